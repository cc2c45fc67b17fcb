"""Readers: from the text of a source to its facts. They execute nothing and have no opinion.

A reader is a module below this folder (names with a leading underscore are helpers) with four names:

    YIELDS: tuple[type[Fact], ...]     every kind of fact that it can give
    NAMES: str                         a regular expression: it reads the files whose path has a match
    TRIGGERS: tuple[bytes, ...]        lower-case; a file that has none of them (in any case) is never decoded
    def read(source: Source) -> Iterable[Fact]

The first three are data, so that they can be written down: a reader is imported when a file concerns it.

`read` raises `Unreadable` for a source that it can make nothing of, and yields `NotUnderstood` for a part.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, cast

from safelint.kept import kept
from safelint.records import dataclass
from safelint.version import code_version

if TYPE_CHECKING:
    from safelint.facts import Fact

_SMALL = 1 << 20  # bytes: the searches of less are over before a pattern of all words is compiled


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file at one side of a change. Lines end with a line feed, whatever they ended with in the file.

    `beside`: other files of the tree, for a reader that has asked for them (`safelint.facts.LooksElsewhere`).
    """

    path: str
    text: str
    beside: tuple[Source, ...] = ()


class Unreadable(Exception):
    """A source that does not parse. `line` counts from 1."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class Module(Protocol):
    """What a reader's module has."""

    YIELDS: tuple[type[Fact], ...]
    NAMES: str
    TRIGGERS: tuple[bytes, ...]

    def read(self, source: Source) -> Iterable[Fact]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A discovered reader. `name` is its module's, below `safelint.readers`; `yields` are its kinds of fact, and those above them."""

    name: str
    names: str
    triggers: tuple[str, ...]
    yields: tuple[str, ...]

    def read(self, source: Source) -> Iterable[Fact]:
        """What a source says. Raises Unreadable."""
        return cast(Module, importlib.import_module(f"{__name__}.{self.name}")).read(source)


@functools.cache
def readers() -> tuple[Reader, ...]:
    """Every reader below this folder, by name."""
    return kept("readers", code_version().hex(), _from_data, lambda: tuple(sorted(_discovered(), key=lambda reader: reader.name)), _as_data)


def _discovered() -> Iterable[Reader]:
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        if info.name.rsplit(".", 1)[-1].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if hasattr(module, "read"):
            above = dict.fromkeys(_kind(each) for kind in module.YIELDS for each in kind.__mro__ if each is not object)
            yield Reader(info.name.removeprefix(f"{__name__}."), module.NAMES, tuple(word.decode() for word in module.TRIGGERS), tuple(above))


def _from_data(data: Any) -> tuple[Reader, ...]:
    return tuple(Reader(name, names, tuple(triggers), tuple(yields)) for name, names, triggers, yields in data)


def _as_data(found: tuple[Reader, ...]) -> list[Any]:
    return [[each.name, each.names, each.triggers, each.yields] for each in found]


def _kind(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


@functools.cache
def readers_of(kind: type[Fact]) -> tuple[Reader, ...]:
    """The readers that can give this kind of fact, or a more special one."""
    return tuple(reader for reader in readers() if _kind(kind) in reader.yields)


@functools.lru_cache(maxsize=100_000)
def readers_for(path: str) -> tuple[Reader, ...]:
    """The readers that read a file of this name."""
    return tuple(reader for reader in readers() if re.search(reader.names, path))


def readers_concerned(path: str, data: bytes | None) -> tuple[Reader, ...]:
    """The readers that have a reason to read this file: its name, and a trigger word in it (None: too large to search)."""
    found = readers_for(path)
    if not found or data is None:
        return found
    lowered = data.lower()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        lowered = lowered.replace(b"\0", b"")  # UTF-16
    if not _words(found).any_in(lowered):
        return ()
    return tuple(reader for reader in found if _words((reader,)).any_in(lowered))


@functools.cache
def _words(chosen: tuple[Reader, ...]) -> _Words:
    return _Words(chosen)


class _Words:
    """The trigger words of some readers."""

    def __init__(self, chosen: tuple[Reader, ...]) -> None:
        words = {word.encode() for reader in chosen for word in reader.triggers}
        # A word that another one is a part of finds nothing more.
        self._words = [word for word in sorted(words) if not any(other in word for other in words if other != word)]
        # A reader without trigger words reads every file of its kind.
        self._always = any(not reader.triggers for reader in chosen)
        self._searched = 0
        self._pattern: re.Pattern[bytes] | None = None

    def any_in(self, lowered: bytes) -> bool:
        """Whether there is one of the words in these bytes."""
        if self._always:
            return True
        if self._pattern is None:
            self._searched += len(lowered)
            if self._searched < _SMALL:
                return any(word in lowered for word in self._words)
            self._pattern = re.compile(_tried_together(self._words))
        return self._pattern.search(lowered) is not None


def _tried_together(words: list[bytes]) -> bytes:
    """A pattern of words in which a common beginning is tried once: four times as fast as one after the other (80 words, 64 MB)."""
    if len(words) == 1:
        return re.escape(words[0])
    rests: dict[bytes, list[bytes]] = {}
    for word in words:
        rests.setdefault(word[:1], []).append(word[1:])
    # No word is a part of another one, so that none ends where another goes on.
    return b"(?:" + b"|".join(re.escape(letter) + _tried_together(rest) for letter, rest in rests.items()) + b")"
