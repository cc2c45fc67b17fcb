"""Readers: from the text of a source to its facts. They execute nothing and have no opinion.

A reader is a module below this folder (names with a leading underscore are helpers) with four names:

    YIELDS: tuple[type[Fact], ...]     every kind of fact that it can give
    TRIGGERS: tuple[bytes, ...]        lower-case; a file that has none of them (in any case) is never decoded
    def reads(path: str) -> bool       whether it reads a file of this name
    def read(source: Source) -> Iterable[Fact]

`read` raises `Unreadable` for a source that it can make nothing of, and yields `NotUnderstood` for a part.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from safelint.facts import Fact


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file at one side of a change. Lines end with a line feed, whatever they ended with in the file."""

    path: str
    text: str


class Unreadable(Exception):
    """A source that does not parse. `line` counts from 1."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


class Module(Protocol):
    """What a reader's module has."""

    YIELDS: tuple[type[Fact], ...]
    TRIGGERS: tuple[bytes, ...]

    def reads(self, path: str) -> bool: ...
    def read(self, source: Source) -> Iterable[Fact]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A discovered reader. `name` is its module's, below `safelint.readers`."""

    name: str
    module: Module
    triggers: re.Pattern[bytes]


@functools.cache
def readers() -> tuple[Reader, ...]:
    """Every reader below this folder, by name."""
    found = []
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        if info.name.rsplit(".", 1)[-1].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if hasattr(module, "read"):
            name = info.name.removeprefix(f"{__name__}.")
            found.append(Reader(name, cast(Module, module), _pattern(module.TRIGGERS or (b"",))))
    return tuple(sorted(found, key=lambda reader: reader.name))


@functools.cache
def readers_of(kind: type[Fact]) -> tuple[Reader, ...]:
    """The readers that can give this kind of fact, or a more special one."""
    return tuple(reader for reader in readers() if any(issubclass(each, kind) for each in reader.module.YIELDS))


@functools.lru_cache(maxsize=100_000)
def readers_for(path: str) -> tuple[Reader, ...]:
    """The readers that read a file of this name."""
    return tuple(reader for reader in readers() if reader.module.reads(path))


def readers_concerned(path: str, data: bytes | None) -> tuple[Reader, ...]:
    """The readers that have a reason to read this file: its name, and a trigger word in it (None: too large to search)."""
    found = readers_for(path)
    if not found or data is None:
        return found
    lowered = data.lower()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        lowered = lowered.replace(b"\0", b"")  # UTF-16
    if not _any_of(found).search(lowered):
        return ()
    return tuple(reader for reader in found if reader.triggers.search(lowered))


@functools.cache
def _any_of(chosen: tuple[Reader, ...]) -> re.Pattern[bytes]:
    # A reader without trigger words reads every file of its kind.
    return _pattern(word for reader in chosen for word in reader.module.TRIGGERS or (b"",))


def _pattern(words: Iterable[bytes]) -> re.Pattern[bytes]:
    # A word that another one is a part of finds nothing more; words with the same beginning are tried together.
    kept: list[bytes] = []
    for word in sorted(set(words), key=len):
        if not any(shorter in word for shorter in kept):
            kept.append(word)
    return re.compile(b"|".join(re.escape(word) for word in sorted(kept)))
