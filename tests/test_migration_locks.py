"""Every operation that was measured on PostgreSQL 15 is judged as it was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safelint.findings import Finding
from tests.judging import judge

MEASURED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "locks_postgresql15.json").read_text())
# The tables that the measurement began with.
SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE sessions (id text PRIMARY KEY, user_id int, data text, expires timestamp, n varchar(40), status text DEFAULT 'x' NOT NULL);
CREATE UNIQUE INDEX sess_u ON sessions (id);
"""
LOCKING = "session-table-altered-without-lock-timeout"
LOSING = {
    "session-table-dropped",
    "session-table-recreated-empty",
    "session-table-emptied",
    "sessions-ended-by-update",
    "session-table-emptied-through-another",
}
WORDS = {"read": "reads", "login": "logins", "refresh": "refreshes"}


def found(row: dict[str, Any]) -> list[Finding]:
    before, _, measured = row["ddl"].rpartition("COMMIT; BEGIN;")
    files = {"migrations/0001.sql": SCHEMA + before}
    return list(judge(files, files | {"migrations/0002.sql": measured + ";\n"}).findings)


@pytest.mark.parametrize("row", MEASURED, ids=[row["op"] for row in MEASURED])
def test_who_is_blocked(row: dict[str, Any]) -> None:
    blocked = {WORDS[who] for who in WORDS if row[who] == "BLOCKED"}
    findings = found(row)
    if row["live_sessions_after"] in (0, "n/a") or row["op"].startswith("UPDATE all"):
        assert findings, "what takes the sessions away, or hides them, is said; who waits meanwhile matters less"
        return
    said = {word for finding in findings for word in WORDS.values() if word in finding.message}
    if row["rewrite"] is True:
        assert "session-table-rewritten" in {finding.rule for finding in findings}
    if blocked:
        # VALIDATE and the like block nobody; a REINDEX was measured to stop even the readers.
        assert said == blocked, [finding.message for finding in findings]
    else:
        assert not said


@pytest.mark.parametrize("row", MEASURED, ids=[row["op"] for row in MEASURED])
def test_what_is_left(row: dict[str, Any]) -> None:
    rules = {finding.rule for finding in found(row)}
    after = row["after_read"], row["after_login"]
    dropped = after[0] == "ERR:UndefinedTable" and "DROP TABLE" in row["ddl"]
    if dropped or row["live_sessions_after"] == 0 or row["op"] == "UPDATE all expires":
        assert rules & LOSING
    else:
        assert not rules & LOSING
    if after[0] == "ERR:UndefinedTable" and not dropped:
        assert "session-table-moved" in rules
    if after[0] == "ERR:UndefinedColumn":
        assert "session-column-removed" in rules
    if after[1] == "ERR:NotNullViolation":
        assert "session-column-required" in rules


@pytest.mark.parametrize("row", [row for row in MEASURED if row["live_sessions_after"] == 2000], ids=lambda row: row["op"])
def test_a_lock_timeout_settles_what_is_brief(row: dict[str, Any]) -> None:
    bounded = {**row, "ddl": f"SET lock_timeout = '2s'; {row['ddl']}"}
    assert LOCKING not in {finding.rule for finding in found(bounded)}


@pytest.mark.parametrize(
    ("version", "ddl", "rule"),
    [
        ("10", "ALTER TABLE sessions ADD COLUMN c int DEFAULT 1", "session-table-rewritten"),
        ("11", "ALTER TABLE sessions ADD COLUMN c int DEFAULT 1", LOCKING),
        ("11", "ALTER TABLE sessions VALIDATE CONSTRAINT c; ALTER TABLE sessions ALTER data SET NOT NULL", "session-table-scanned"),
        ("12", "ALTER TABLE sessions VALIDATE CONSTRAINT c; ALTER TABLE sessions ALTER data SET NOT NULL", LOCKING),
    ],
)
def test_what_a_version_learned(version: str, ddl: str, rule: str) -> None:
    files = {"migrations/0001.sql": SCHEMA, "safelint.toml": f'postgres = "{version}"\n'}
    assert {finding.rule for finding in judge(files, files | {"migrations/0002.sql": f"{ddl};\n"}).findings} == {rule}
