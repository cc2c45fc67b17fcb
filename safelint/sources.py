"""Both sides of a change: their files, and the facts that they hold.

Nothing is read before somebody asks: `touched` reads the files of the change, `everywhere` the tree, and each of
them only with the readers that can give the kind of fact that was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from safelint.facts import Fact, NotUnderstood, Unread
from safelint.paths import in_production
from safelint.places import Place, SideName
from safelint.readers import Reader, Source, Unreadable, readers_for, readers_of

LARGEST = 1024 * 1024
"""Bytes. A larger file is a dump or a data set, and is reported as not understood."""

SEARCHED = 32 * LARGEST
"""Bytes. As much of a file as is searched for a reason to read it."""

F = TypeVar("F", bound=Fact)


class Files(Protocol):
    """The files of one side."""

    def paths(self) -> Collection[str]:
        """Every regular file, as git names it: relative to the root, with slashes."""
        ...

    def blob(self, path: str) -> str | None:
        """What git calls the content of this file (its object id), or None where that is not known."""
        ...

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The content of these files, in any order, of each no more than `SEARCHED + 1` bytes; a file that is not there is left out."""
        ...


class Cache(Protocol):
    """Facts that were read before, by content, path and reader."""

    def get(self, wanted: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[Fact, ...]]: ...
    def put(self, rows: Iterable[tuple[tuple[str, str, str], tuple[Fact, ...]]]) -> None: ...


class NoCache:
    """Remembers nothing."""

    def get(self, wanted: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[Fact, ...]]:
        return {}

    def put(self, rows: Iterable[tuple[tuple[str, str, str], tuple[Fact, ...]]]) -> None:
        return None


class MemoryFiles:
    """Files that are texts in memory: an editor's buffer, an example of a rule, a test."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def paths(self) -> Collection[str]:
        return self._files.keys()

    def blob(self, path: str) -> str | None:
        return None

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            if path in self._files:
                yield path, self._files[path]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a change; a path is None at the side where the file is not, and they differ for a renamed one."""

    base: str | None
    head: str | None


def decoded(data: bytes) -> str:
    """The text of a file. Raises Unreadable for one that is binary."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Unreadable(f"not UTF-16: {error.reason}") from None
    elif b"\0" in data:
        raise Unreadable("binary")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            # Every byte is a letter in Latin-1: nothing that we look for is outside ASCII, and nothing is lost.
            text = data.decode("latin-1")
    return text.replace("\r\n", "\n")


def read_facts(reader: Reader, path: str, data: bytes) -> tuple[Fact, ...]:
    """What one reader makes of one file; a single `Unread` where that is nothing at all."""
    if len(data) <= SEARCHED and not reader.may_concern(data.lower()):
        return ()
    if len(data) > LARGEST:
        return (Unread(place=Place(path), why=f"larger than {LARGEST // 1024} KiB"),)
    try:
        return tuple(reader.module.read(Source(path, decoded(data))))
    except Unreadable as error:
        return (Unread(place=Place(path, error.line, 1, error.line, 1), why=error.why),)


@dataclass(slots=True)
class Library:
    """Reads files, each at most once in this process, and remembers through the cache. Shared by both sides."""

    cache: Cache = field(default_factory=NoCache)
    # Facts of what has no name in git (a changed file of the working tree) are kept by side and path.
    _read: dict[tuple[str, str, str], tuple[Fact, ...]] = field(default_factory=dict)

    def facts(self, side: SideName, files: Files, wanted: Collection[tuple[str, Reader]]) -> dict[tuple[str, str], tuple[Fact, ...]]:
        """The facts for each (path, reader name) that is wanted."""
        keys = {(path, reader.name): (files.blob(path) or f"{side}:", path, reader.name) for path, reader in wanted}
        missing = {key for key in keys.values() if key not in self._read}
        if missing:
            self._read.update(self.cache.get([key for key in missing if not key[0].endswith(":")]))
            unread: dict[str, list[Reader]] = {}
            for path, reader in wanted:
                if keys[path, reader.name] not in self._read:
                    unread.setdefault(path, []).append(reader)
            fresh = []
            for path, data in files.read([*unread]):
                for reader in unread.pop(path):
                    key = keys[path, reader.name]
                    self._read[key] = read_facts(reader, path, data)
                    if not key[0].endswith(":"):
                        fresh.append((key, self._read[key]))
            self.cache.put(fresh)
            for path, helpless in unread.items():
                for reader in helpless:
                    self._read[keys[path, reader.name]] = (Unread(place=Place(path), why="could not be read"),)
        return {name: self._read.get(key, ()) for name, key in keys.items()}


@dataclass(slots=True)
class Side:
    """One side of a change, as hazards see it."""

    name: SideName
    files: Files
    touched_paths: Collection[str]
    library: Library
    left_out: frozenset[tuple[str, str]] = frozenset()
    """(path, reader name) whose facts are not comparable, because the other side could not be read."""
    _facts: dict[tuple[type[Fact], bool], tuple[Fact, ...]] = field(default_factory=dict)

    def touched(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of this kind in the files of the change, in order of path and line."""
        return self._of(kind, everywhere=False)

    def everywhere(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of this kind in the whole tree, in order of path and line."""
        return self._of(kind, everywhere=True)

    def within(self, kind: type[F], paths: Iterable[str]) -> tuple[F, ...]:
        """The facts of this kind in these files alone, touched or not, in order of path and line; a file that is not there has none."""
        return self._read(kind, [path for path in paths if path in self.files.paths()])

    def text(self, path: str) -> str | None:
        """The text of one file, or None where there is none to be had."""
        for _, data in self.files.read([path]):
            try:
                return decoded(data)
            except Unreadable:
                return None
        return None

    def is_concerned(self) -> bool:
        """Whether any file of the change has anything to say."""
        return any(facts for _, facts in self._everything_touched())

    def unread(self) -> Iterator[tuple[str, Unread]]:
        """The files of the change that a reader could make nothing of, with that reader's name."""
        for reader, facts in self._everything_touched():
            for fact in facts:
                if isinstance(fact, Unread):
                    yield reader, fact

    def not_understood(self) -> Iterator[NotUnderstood]:
        """Everything in the files of the change that could matter and was not understood, each file's failure once."""
        failed = set()
        for _, facts in self._everything_touched():
            for fact in facts:
                if isinstance(fact, NotUnderstood):
                    yield fact
                elif isinstance(fact, Unread) and fact.place.path not in failed:
                    failed.add(fact.place.path)
                    yield NotUnderstood(place=fact.place, what="the file", why=fact.why)

    def _everything_touched(self) -> Iterator[tuple[str, tuple[Fact, ...]]]:
        wanted = [(path, reader) for path in self.touched_paths if in_production(path) for reader in readers_for(path)]
        found = self.library.facts(self.name, self.files, wanted)
        for (_, reader), facts in found.items():
            yield reader, facts

    def _of(self, kind: type[F], everywhere: bool) -> tuple[F, ...]:
        if (kind, everywhere) not in self._facts:
            self._facts[kind, everywhere] = self._read(kind, self.files.paths() if everywhere else self.touched_paths)
        return self._facts[kind, everywhere]  # type: ignore[return-value]

    def _read(self, kind: type[F], paths: Collection[str]) -> tuple[F, ...]:
        wanted = [
            (path, reader)
            for reader in readers_of(kind)  # type: ignore[arg-type]
            for path in paths
            if reader.module.reads(path) and in_production(path) and (path, reader.name) not in self.left_out
        ]
        found = self.library.facts(self.name, self.files, wanted)
        return tuple(sorted((fact for row in found.values() for fact in row if isinstance(fact, kind)), key=lambda fact: fact.place))


@dataclass(slots=True)
class Change:
    """Two sides whose difference is judged: what one side could not read is left out of both."""

    base: Side
    head: Side
    changed: tuple[ChangedFile, ...]

    @classmethod
    def between(cls, base: Side, head: Side, changed: tuple[ChangedFile, ...]) -> Change:
        """The comparable part of both sides."""
        to_head = {each.base: each.head for each in changed if each.base}
        to_base = {each.head: each.base for each in changed if each.head}
        blind: set[tuple[str, str]] = set()
        for side, other in ((base, to_head), (head, to_base)):
            for reader, fact in side.unread():
                blind.add((fact.place.path, reader))
                if counterpart := other.get(fact.place.path):
                    blind.add((counterpart, reader))

        def comparable(side: Side) -> Side:
            return Side(side.name, side.files, side.touched_paths, side.library, frozenset(blind))

        return cls(comparable(base), comparable(head), changed)

    def head_path(self, base_path: str) -> str | None:
        """Where a file of the base is at the head; None where it was deleted."""
        for each in self.changed:
            if each.base == base_path:
                return each.head
        return base_path

    def base_path(self, head_path: str) -> str | None:
        """Where a file of the head was at the base; None where it is new."""
        for each in self.changed:
            if each.head == head_path:
                return each.base
        return head_path
