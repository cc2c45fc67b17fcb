"""Both sides of a change: their files, and the facts that they hold.

Nothing is read before somebody asks: `touched` reads the files of the change, `everywhere` the tree, and each of
them only with the readers that can give the kind of fact that was asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from safelint.facts import Fact, LooksElsewhere, NotUnderstood, Unread
from safelint.files import Files, decoded
from safelint.library import Library
from safelint.paths import in_production
from safelint.places import SideName
from safelint.readers import Reader, Source, Unreadable, readers, readers_of
from safelint.readers._beside import file_path, module_path
from safelint.records import dataclass, field

F = TypeVar("F", bound=Fact)
_MOST_ROUNDS = 4  # of files that lead to files


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a change; a path is None at the side where the file is not, and they differ for a renamed one."""

    base: str | None
    head: str | None


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
    _concerned: dict[bool, dict[str, list[str]]] = field(default_factory=dict)
    _paths: frozenset[str] | None = None
    worked_out: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    """What hazards derived from this side and several of them need: each by a key of its own."""
    every_table: bool | None = field(default=None, compare=False)
    """Whether the migrations of tables that hold no logins are judged, too; None where nobody says, and the configuration decides."""
    before: Side | None = field(default=None, compare=False, repr=False)
    """The side that this one takes the place of: what runs until the deploy is through."""

    @property
    def paths(self) -> frozenset[str]:
        """Every file of this side."""
        if self._paths is None:
            self._paths = frozenset(self.files.paths())
        return self._paths

    def touched(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of this kind in the files of the change, in order of path and line."""
        return self._of(kind, everywhere=False)

    def everywhere(self, kind: type[F]) -> tuple[F, ...]:
        """The facts of this kind in the whole tree, in order of path and line."""
        return self._of(kind, everywhere=True)

    def within(self, kind: type[F], paths: Iterable[str]) -> tuple[F, ...]:
        """The facts of this kind in these files alone, touched or not, in order of path and line; a file that is not there has none."""
        return self._chosen(kind, self._concerning(path for path in paths if path in self.paths))

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

    def unread_everywhere(self, *kinds: type[Fact]) -> Iterator[Unread]:
        """The files of the whole tree of which a reader that gives facts of these kinds could make nothing, each once."""
        failed = set()
        for kind in kinds:
            for _, facts in self._read(readers_of(kind), self._readers_concerned(everywhere=True)):  # type: ignore[arg-type]
                for fact in facts:
                    if isinstance(fact, Unread) and fact.place.path not in failed:
                        failed.add(fact.place.path)
                        yield fact

    def reads_like(self, other: Side, changed: ChangedFile) -> None:
        """Python that the other side had something to say in is read here, too: without a word that leads to a reader it may be broken, not empty."""
        if changed.base is None or changed.head is None or not changed.head.endswith(".py"):
            return
        mine = self._readers_concerned(everywhere=False)
        for name, paths in other._readers_concerned(everywhere=False).items():
            if changed.base in paths and in_production(changed.head) and changed.head not in mine.get(name, ()):
                mine.setdefault(name, []).append(changed.head)

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
        for reader, facts in self._read(readers() if self._readers_concerned(everywhere=False) else (), self._readers_concerned(everywhere=False)):
            yield reader.name, facts

    def _of(self, kind: type[F], everywhere: bool) -> tuple[F, ...]:
        if (kind, everywhere) not in self._facts:
            self._facts[kind, everywhere] = self._chosen(kind, self._readers_concerned(everywhere))
        return self._facts[kind, everywhere]  # type: ignore[return-value]

    def _readers_concerned(self, everywhere: bool) -> dict[str, list[str]]:
        """For each reader's name the files that concern it."""
        if everywhere not in self._concerned:
            self._concerned[everywhere] = self._concerning(self.files.paths() if everywhere else self.touched_paths)
        return self._concerned[everywhere]

    def _concerning(self, paths: Iterable[str]) -> dict[str, list[str]]:
        return self.library.concerned(self.name, self.files, [path for path in paths if in_production(path)])

    def _chosen(self, kind: type[F], concerned: Mapping[str, list[str]]) -> tuple[F, ...]:
        rows = self._read(readers_of(kind), concerned)  # type: ignore[arg-type]
        return tuple(sorted((fact for _, row in rows for fact in row if isinstance(fact, kind)), key=lambda fact: fact.place))

    def _read(self, readers: Iterable[Reader], concerned: Mapping[str, list[str]]) -> Iterator[tuple[Reader, tuple[Fact, ...]]]:
        wanted: dict[str, list[Reader]] = {}
        for reader in readers:
            for path in concerned.get(reader.name, ()):
                if (path, reader.name) not in self.left_out:
                    wanted.setdefault(path, []).append(reader)
        for reader, facts in self.library.facts(self.name, self.files, wanted):
            asked = next((fact for fact in facts if isinstance(fact, LooksElsewhere)), None)
            yield reader, self._beside_others(reader, asked, facts) or facts if asked and asked.place.path in self.touched_paths else facts

    def _beside_others(self, reader: Reader, asked: LooksElsewhere, alone: tuple[Fact, ...]) -> tuple[Fact, ...]:
        """The facts of a file of the change that is read beside others, which in their turn can ask for more; nothing where there are none."""
        key = (reader.name, asked.place.path)
        if key not in self.worked_out:
            self.worked_out[key] = ()
            path, beside = asked.place.path, dict[str, str]()
            text = self.text(path)
            for _ in range(_MOST_ROUNDS if text is not None else 0):
                more = [each for each in self._meant(asked, path) if each not in beside]
                # SQL that changes as well is judged where it stands.
                texts = {
                    each: "" if each in self.touched_paths and not each.endswith(".py") else found for each in more if (found := self.text(each)) is not None
                }
                if not texts:
                    break
                beside |= texts
                source = Source(path, text or "", tuple(Source(*each) for each in sorted(beside.items())))
                try:
                    self.worked_out[key] = tuple(reader.read(source))
                except (Unreadable, RecursionError):
                    # Alone it could be read: what it takes from others is what nobody can follow.
                    unclear = NotUnderstood(place=asked.place, what="what it takes from other files", why="nested too deeply")
                    self.worked_out[key] = (*alone, unclear)
                    break
                asked = next((fact for fact in self.worked_out[key] if isinstance(fact, LooksElsewhere)), asked)
        return cast(tuple[Fact, ...], self.worked_out[key])

    def _meant(self, asked: LooksElsewhere, near: str) -> Iterator[str]:
        for name in asked.modules:
            if found := module_path(name, self.paths, near):
                yield found[0]
        for written in asked.files:
            if path := file_path(written, self.paths, near):
                yield path


@dataclass(slots=True)
class Change:
    """Two sides whose difference is judged: what one side could not read is left out of both."""

    base: Side
    head: Side
    changed: tuple[ChangedFile, ...]
    worked_out: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    """What hazards derived from the two sides and several of them need."""

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
            if not blind:
                return side
            return Side(side.name, side.files, side.touched_paths, side.library, frozenset(blind), every_table=side.every_table, before=side.before)

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
