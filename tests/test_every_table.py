"""Migrations of tables that hold no logins: silent until somebody asks, and then told without a word about logins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from safelint.findings import Finding
from safelint.gate import Wishes, judge
from tests.judging import sides
from tests.repositories import Repository
from tests.test_cli import run

SCHEMA = {
    "db/migrations/0001.sql": "CREATE TABLE invoices (id bigint PRIMARY KEY, n varchar(40), day date, paid boolean DEFAULT false NOT NULL);\n"
    "CREATE TABLE orders (id int PRIMARY KEY);\nCREATE TABLE items (id int, invoice int REFERENCES invoices (id) ON DELETE CASCADE);\n"
    "CREATE TABLE sessions (id text PRIMARY KEY, user_id int, data text, expires timestamp);\n",
}


def found(migration: str, *, code: str = "", before: str | None = None, tables: str | None = "all") -> list[Finding]:
    base = SCHEMA | {"shop/store.go": before if before is not None else code}
    head = SCHEMA | {"shop/store.go": code, "db/migrations/0002.sql": migration}
    return list(judge(*sides(base, head), Wishes(tables=tables)).findings)


LOCKED = "SET lock_timeout = '5s';\n"
CASES = [
    ("CREATE INDEX i ON invoices (day);", "table-blocked"),
    ("ALTER TABLE invoices ALTER COLUMN id TYPE numeric;", "table-blocked"),
    ("ALTER TABLE invoices ADD CONSTRAINT c CHECK (id > 0);", "table-blocked"),
    ("ALTER TABLE invoices ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE invoices VALIDATE CONSTRAINT c;", "table-blocked"),
    ("LOCK TABLE invoices;", "table-blocked"),
    ("UPDATE invoices SET day = now();", "table-blocked"),
    ("DROP TABLE items;", "table-rows-lost"),
    ("DROP TABLE items; CREATE TABLE items (id int);", "table-rows-lost"),
    ("DELETE FROM invoices;", "table-rows-lost"),
    ("TRUNCATE invoices;", "table-rows-lost"),
    ("ALTER TABLE invoices SET UNLOGGED;", "table-rows-lost"),
    ("ALTER TABLE invoices ALTER COLUMN n TYPE varchar(20);", "table-rows-lost"),
    ("ALTER TABLE invoices RENAME TO bills;", "table-changed-under-running-code"),
    ("ALTER TABLE invoices DROP COLUMN day;", "table-changed-under-running-code"),
    ("ALTER TABLE invoices ADD COLUMN currency text NOT NULL;", "table-changed-under-running-code"),
    ("REVOKE SELECT ON invoices FROM app;", "table-changed-under-running-code"),
    ("ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;", "table-changed-under-running-code"),
]


@pytest.mark.parametrize(("migration", "rule"), CASES)
def test_every_table_is_judged_when_somebody_asks(migration: str, rule: str) -> None:
    findings = found(LOCKED + migration)
    assert rule in {finding.rule for finding in findings}
    for finding in findings:
        assert finding.impact == "beyond-logins"
        assert not re.search(r"login|session|logged", finding.message)
        assert "***" not in finding.message


@pytest.mark.parametrize("tables", [None, "logins"])
@pytest.mark.parametrize(("migration", "rule"), CASES)
def test_and_none_of_them_otherwise(migration: str, rule: str, tables: str | None) -> None:
    assert not found(migration, tables=tables)


@pytest.mark.parametrize(
    "migration",
    [
        "CREATE INDEX CONCURRENTLY i ON invoices (day);",
        "ALTER TABLE invoices ADD COLUMN currency text NOT NULL DEFAULT 'EUR';",
        "CREATE TABLE fresh (id int); CREATE INDEX i ON fresh (id); DROP TABLE fresh;",
        "DELETE FROM invoices WHERE id = 4;",
        "UPDATE invoices SET day = now() WHERE id = 4;",
        "ALTER TABLE invoices ADD CONSTRAINT c CHECK (id > 0) NOT VALID; COMMIT; ALTER TABLE invoices VALIDATE CONSTRAINT c;",
        "-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE invoices;",
        "INSERT INTO orders VALUES (1);",
    ],
)
def test_what_harms_nobody_is_silent(migration: str) -> None:
    assert not found(LOCKED + migration)


def test_tables_of_logins_keep_their_own_words() -> None:
    (finding,) = found(LOCKED + "TRUNCATE sessions;")
    assert (finding.rule, finding.impact) == ("session-table-emptied", "everyone")


@pytest.mark.parametrize(
    ("before", "after", "severity", "words"),
    [
        ('q := "SELECT id, day FROM invoices"', 'q := "SELECT id, day FROM invoices"', "error", "code asks"),
        ('q := "SELECT id, day FROM invoices"', 'q := "SELECT id FROM invoices"', "warning", "code that is running asks"),
        ('q := "SELECT * FROM invoices"', 'q := "SELECT * FROM invoices"', "warning", "code may ask"),
        ("", "", "warning", "code may ask"),
    ],
)
def test_a_column_is_dropped_under_its_reader(before: str, after: str, severity: str, words: str) -> None:
    (finding,) = found(LOCKED + "ALTER TABLE invoices DROP COLUMN day;", code=after, before=before)
    assert finding.severity == severity
    assert words in finding.message
    assert ("shop/store.go", 1) in {(each.place.path, each.place.line) for each in finding.related} or words == "code may ask"


def test_a_column_that_an_earlier_deploy_stopped_reading() -> None:
    assert not found(LOCKED + "ALTER TABLE invoices DROP COLUMN day;", code='q := "SELECT id FROM invoices WHERE paid"')


def test_the_configuration_can_ask_and_the_command_line_has_the_last_word() -> None:
    base = SCHEMA | {"safelint.toml": 'tables = "all"\n'}
    head = base | {"db/migrations/0002.sql": "CREATE INDEX i ON invoices (day);"}
    assert [finding.rule for finding in judge(*sides(base, head)).findings] == ["table-blocked"]
    assert not judge(*sides(base, head), Wishes(tables="logins")).findings


def test_a_change_that_narrows_it_is_shown() -> None:
    base = SCHEMA | {"safelint.toml": 'tables = "all"\n'}
    head = SCHEMA | {"safelint.toml": 'tables = "logins"\n', "db/migrations/0002.sql": "CREATE INDEX i ON invoices (day);"}
    (finding,) = judge(*sides(base, head)).findings
    assert "all became logins" in finding.message


def test_the_command_line(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit(dict(SCHEMA))
    repository.put("db/migrations/0002.sql", "CREATE INDEX i ON invoices (day);\n")
    assert b"table-blocked" not in run(tmp_path, "check").stdout
    assert b"table-blocked" in run(tmp_path, "check", "--tables", "all").stdout
