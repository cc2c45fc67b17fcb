"""Facts that were read before, in one SQLite file inside the git directory. Without it everything is read again: same answer."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from safelint.library import Key, Row
from safelint.version import code_version

if TYPE_CHECKING:
    import sqlite3

LARGEST = 64 * 1024 * 1024
"""Bytes. A larger file loses the older half of its rows."""

_PATIENCE = 0.25  # seconds that another process may keep the database to itself
_AT_ONCE = 500  # keys in one question: fewer than SQLite allows
_CHECKED = 8  # bytes of a row that say that the rest is what was written
_LAYOUT = 1  # of the tables below


class FactCache:
    """Rows by content, path and version of the readers. Opens its file at the first question."""

    def __init__(self, directory: Path) -> None:
        """`directory` is made when it is needed: in the git directory that all work trees of a repository share."""
        self._file = directory / "facts.sqlite3"
        self._opened: sqlite3.Connection | None = None
        self._version = b""
        self._key = b""
        self._usable = True

    def get(self, wanted: Collection[Key]) -> dict[Key, Row]:
        """The rows that are there, of those that are wanted."""
        import sqlite3

        found: dict[Key, Row] = {}
        try:
            if (database := self._database()) is None:
                return {}
            names = {self._name(key): key for key in wanted}
            pending = list(names)
            for start in range(0, len(pending), _AT_ONCE):
                some = pending[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                for name, data in database.execute(f"SELECT name, data FROM facts WHERE name IN ({marks})", some):  # noqa: S608 - question marks
                    row = self._unpacked(name, data)
                    if row is not None:
                        found[names[name]] = row
        except (sqlite3.Error, OSError):
            self._give_up()
        return found

    def put(self, rows: Iterable[tuple[Key, Row]]) -> None:
        """Remember rows, in place of what was known of the same files."""
        import sqlite3

        try:
            if (database := self._database()) is None:
                return
            database.execute("BEGIN IMMEDIATE")
            packed = ((name := self._name(key), self._packed(name, row)) for key, row in rows)
            database.executemany("INSERT OR REPLACE INTO facts (name, data) VALUES (?, ?)", packed)
            database.execute("COMMIT")
        except (sqlite3.Error, OSError):
            self._give_up()

    # ---- rows

    def _name(self, key: Key) -> bytes:
        return hashlib.blake2b("\0".join(key).encode("utf-8", "surrogateescape"), key=self._version, digest_size=16).digest()

    def _check(self, name: bytes, text: bytes) -> bytes:
        return hashlib.blake2b(name + text, key=self._key, digest_size=_CHECKED).digest()

    def _packed(self, name: bytes, row: Row) -> bytes:
        text = json.dumps(row, separators=(",", ":")).encode() if row else b""
        return self._check(name, text) + text

    def _unpacked(self, name: bytes, data: object) -> Row | None:
        """A row, or None for one that is not what was written: nothing here waits for the disk, so a power cut may leave anything."""
        if not isinstance(data, bytes) or data[:_CHECKED] != self._check(name, data[_CHECKED:]):
            return None
        row: Row = json.loads(data[_CHECKED:]) if len(data) > _CHECKED else {}
        return row

    # ---- the file

    def _give_up(self) -> None:
        """No cache for the rest of this run: the disk is full, the file is broken, or somebody else has it for long."""
        self._usable = False
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _database(self) -> sqlite3.Connection | None:
        import sqlite3

        if self._opened is None and self._usable:
            self._file.parent.mkdir(exist_ok=True)
            # Nobody else's to read: with the key in it, guesses at secrets could be checked.
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            try:
                self._open()
            except sqlite3.OperationalError:
                raise  # somebody else has it: it is not broken
            except sqlite3.DatabaseError:
                self._file.unlink()
                os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
                self._open()
        return self._opened

    def _open(self) -> None:
        import sqlite3

        from safelint.secrets import use_key

        database = sqlite3.connect(self._file, timeout=_PATIENCE, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = OFF")
            if database.execute("PRAGMA user_version").fetchone() != (_LAYOUT,):
                database.execute("BEGIN IMMEDIATE")
                for table in ("facts", "secret"):
                    database.execute(f"DROP TABLE IF EXISTS {table}")
                database.execute("CREATE TABLE secret (key BLOB NOT NULL)")
                database.execute("CREATE TABLE facts (name BLOB NOT NULL UNIQUE, data BLOB NOT NULL)")
                database.execute("INSERT INTO secret VALUES (?)", (os.urandom(32),))
                database.execute(f"PRAGMA user_version = {_LAYOUT}")
                database.execute("COMMIT")
            if self._file.stat().st_size > LARGEST:
                database.execute("DELETE FROM facts WHERE rowid <= (SELECT (MIN(rowid) + MAX(rowid)) / 2 FROM facts)")
                database.execute("VACUUM")
            ((self._key,),) = database.execute("SELECT key FROM secret").fetchall()
        except (sqlite3.Error, ValueError) as error:
            database.close()
            raise error if isinstance(error, sqlite3.Error) else sqlite3.DatabaseError("no key") from None
        self._version = code_version()
        self._opened = database
        use_key(self._key)
