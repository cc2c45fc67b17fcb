"""SQLite, which comes with Python: a table that is rebuilt takes along what cascades from it, unless foreign keys are off."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.judging import example


@pytest.mark.parametrize(("kind", "left"), [("Bad", 0), ("Good", 1)])
def test_sessions_after_the_users_were_rebuilt(tmp_path: Path, kind: str, left: int) -> None:
    found = example("session-table-emptied-through-another", kind, "SQLite's")
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    connection.executescript("".join(found.base.values()))
    connection.execute("PRAGMA foreign_keys = ON")  # as Django, Rails, Prisma and hosted SQLite have it
    connection.execute("INSERT INTO users VALUES (1, 'a@shop.test')")
    connection.execute("INSERT INTO sessions VALUES ('s', 1, '2999-01-01')")
    connection.executescript("".join(text for path, text in found.head.items() if path not in found.base))
    assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (left,)
    connection.close()
