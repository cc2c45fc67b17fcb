"""What --fix makes of SQL migrations; that the result runs is shown on PostgreSQL by the proofs."""

from __future__ import annotations

import pytest

from safelint import mending
from safelint.gate import Wishes, judge
from tests.judging import sides

BOUNDED = ("ALTER TABLE sessions\n    ADD COLUMN is_mobile boolean;\n", "SET lock_timeout = '5s';\nALTER TABLE sessions\n    ADD COLUMN is_mobile boolean;\n")
CONCURRENT = (
    "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX i ON sessions (expires);\n",
    "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON sessions (expires);\n",
)
_CHECK = "-- no-transaction\nSET lock_timeout = '5s';\nALTER TABLE sessions ADD CONSTRAINT c CHECK (user_id > 0)"
VALIDATED = (f"{_CHECK};\n", f"{_CHECK} NOT VALID;\nALTER TABLE sessions VALIDATE CONSTRAINT c;\n")
UNSURE = [
    "CREATE INDEX i ON sessions (expires);\n",  # a tool may run the file in a transaction, where CONCURRENTLY is refused
    "-- no-transaction\nBEGIN;\nCREATE INDEX i ON sessions (expires);\nCOMMIT;\n",
    "ALTER TABLE sessions ENGINE = InnoDB, ADD COLUMN c int;\n",
    "-- no-transaction\nSET lock_timeout = '5s';\nALTER TABLE sessions ADD CHECK (user_id > 0);\n",
]


def mended(text: str) -> str:
    path = "migrations/0042.sql"
    base, head, changed = sides({}, {path: text})
    wishes = Wishes(min_confidence="low")
    return mending.mend(base, head, changed, wishes, judge(base, head, changed, wishes)).after.get(path, text.encode()).decode()


@pytest.mark.parametrize(("before", "after"), [BOUNDED, CONCURRENT, VALIDATED], ids=["lock_timeout", "concurrently", "not valid"])
def test_what_is_mechanical_is_done(before: str, after: str) -> None:
    assert mended(before) == after
    assert mended(after) == after


@pytest.mark.parametrize("text", UNSURE)
def test_what_is_not_sure_is_left(text: str) -> None:
    assert mended(text) == text
