"""What was read: each file at most once in this process, and through the cache at most once in a repository."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

from safelint.facts import Fact, Unread, decode, encode
from safelint.files import LARGEST, LARGEST_LOCK, SEARCHED, Files, decoded
from safelint.places import Place, SideName
from safelint.readers import Reader, Source, Unreadable, readers_concerned, readers_for

Key = tuple[str, str]
"""What git calls a content, and the path: facts name their place, and a module's name follows from its path."""

Row = dict[str, Any]
"""What is known of one file: for each reader that has a reason to read it, its facts, or None where it has not read it
yet. A reader that is not here has nothing to say. Facts are a tuple, or, as the cache gives them, a list of JSON data."""

_FEW = 64  # files that are sooner searched for trigger words than looked up
_NOTHING: Row = {}


class Cache(Protocol):
    """Rows that were made before. Everything in them is JSON data."""

    def get(self, wanted: Collection[Key]) -> dict[Key, Row]: ...
    def put(self, rows: Iterable[tuple[Key, Row]]) -> None: ...


class NoCache:
    """Remembers nothing."""

    def get(self, wanted: Collection[Key]) -> dict[Key, Row]:
        return {}

    def put(self, rows: Iterable[tuple[Key, Row]]) -> None:
        return None


class Library:
    """Reads files for both sides, and remembers."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache or NoCache()
        self._rows: dict[Key, Row] = {}
        self._looked_up: set[Key] = set()
        self._held: dict[Key, bytes] = {}

    def concerned(self, side: SideName, files: Files, paths: Collection[str]) -> dict[str, list[str]]:
        """Which of these files each reader has a reason to read: reader name -> paths."""
        keys = {path: _key(side, files, path) for path in paths}
        unknown = {path: key for path, key in keys.items() if key not in self._rows}
        # Most changes concern nobody: the search of a few files is over before a database is open.
        few = len(unknown) <= _FEW
        if not few:
            self._look_up(unknown.values())
            unknown = {path: key for path, key in unknown.items() if key not in self._rows}
        fresh: list[Key] = []
        for path, data in files.read([*unknown]):
            key = unknown.pop(path)
            self._rows[key] = searched(path, data)
            if few and self._rows[key]:
                self._held[key] = data
            elif not few:
                fresh.append(key)
        self._remember(fresh)
        for path, key in unknown.items():
            failed = (Unread(place=Place(path), why="could not be read"),)
            self._rows[key] = {reader.name: failed for reader in readers_for(path)}
        found: dict[str, list[str]] = {}
        for path, key in keys.items():
            for name in self._rows[key]:
                found.setdefault(name, []).append(path)
        return found

    def facts(self, side: SideName, files: Files, wanted: Mapping[str, Collection[Reader]]) -> Iterator[tuple[Reader, tuple[Fact, ...]]]:
        """What these readers find in each file that concerns them."""
        keys = {path: _key(side, files, path) for path in wanted}
        self._look_up(key for key in keys.values() if key not in self._looked_up)
        missing = {path: pending for path, key in keys.items() if (pending := self._pending(self._rows[key], wanted[path]))}
        held = [(path, self._held[keys[path]]) for path in missing if keys[path] in self._held]
        fresh: list[Key] = []
        for path, data in itertools.chain(held, files.read([path for path in missing if keys[path] not in self._held])):
            row = self._rows[keys[path]] = dict(self._rows[keys[path]])
            for reader in missing[path]:
                row[reader.name] = read_facts(reader, path, data)
            fresh.append(keys[path])
        self._remember(fresh)
        for path, readers in wanted.items():
            row = self._rows[keys[path]]
            # None is left where a file went away in between.
            yield from ((reader, row.get(reader.name, ()) or ()) for reader in readers)

    def _look_up(self, keys: Iterable[Key]) -> None:
        keys = list(keys)
        self._looked_up.update(keys)
        # Asked even where no file has a name: the cache brings the key by which secrets are compared.
        if keys:
            self._rows.update(self._cache.get([key for key in keys if _is_named(key)]))

    def _remember(self, keys: Iterable[Key]) -> None:
        rows = [(key, self._rows[key]) for key in keys if _is_named(key)]
        if rows:
            self._cache.put((key, {name: encode(facts) if isinstance(facts, tuple) else facts for name, facts in row.items()}) for key, row in rows)

    @staticmethod
    def _pending(row: Row, readers: Collection[Reader]) -> list[Reader]:
        """Which of these readers still have to read a file."""
        pending = []
        for reader in readers:
            facts = row.get(reader.name)
            if isinstance(facts, list):
                facts = row[reader.name] = _decoded(facts)
            if facts is None:
                pending.append(reader)
        return pending


def searched(path: str, data: bytes) -> Row:
    """Who has a reason to read a file."""
    concerned = readers_concerned(path, data if len(data) <= SEARCHED else None)
    return {reader.name: None for reader in concerned} if concerned else _NOTHING


def read_facts(reader: Reader, path: str, data: bytes) -> tuple[Fact, ...]:
    """What one reader makes of one file; a single `Unread` where that is nothing at all."""
    # Lock files are read line by line, in a tenth of a second for 4 MB, and those of large applications are larger than any other text.
    most = LARGEST_LOCK if path.endswith(".lock") else LARGEST
    if len(data) > most:
        return (Unread(place=Place(path), why=f"larger than {most // 1024} KiB"),)
    try:
        return tuple(reader.read(Source(path, decoded(data))))
    except Unreadable as error:
        return (Unread(place=Place(path, error.line, 1, error.line, 1), why=error.why),)
    except RecursionError:
        return (Unread(place=Place(path), why="nested too deeply"),)


def _key(side: SideName, files: Files, path: str) -> Key:
    # What has no name in git (a file of a plain folder) is known by its side.
    return (files.blob(path) or f"{side}:", path)


def _decoded(data: list[Any]) -> tuple[Fact, ...] | None:
    try:
        facts = decode(data)
    except (ValueError, TypeError, AttributeError):
        return None  # no row of ours: the file is read again
    return facts if all(isinstance(fact, Fact) for fact in facts) else None


def _is_named(key: Key) -> bool:
    return not key[0].endswith(":")
