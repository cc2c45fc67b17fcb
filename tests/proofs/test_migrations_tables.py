"""Tables that hold no logins, on a real PostgreSQL: who waits, what is lost, what the code that is running gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, judge
from tests.proofs.postgres import Database, Postgres, statements

TABLES = """
CREATE TABLE invoices (id int PRIMARY KEY, number int, day date, amount int, paid boolean DEFAULT false NOT NULL);
INSERT INTO invoices SELECT g, g, '2001-01-01'::date + g, g, false FROM generate_series(1, 100) g;
"""
READING = "SELECT id, amount FROM invoices WHERE id = 1"
WRITING = "INSERT INTO invoices (id, number, day) VALUES (1000, 1000, now())"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


def examples(rule: str, kind: str) -> list[Any]:
    (found,) = [each for each in RULES if each.name == rule]
    return [pytest.param(each, id=each.title) for each in found.examples if each.kind == kind]


def database(postgres: Postgres) -> Database:
    found = postgres.database("tables")
    found.run(TABLES)
    return found


def migration(example: Example) -> list[str]:
    return list(statements("".join(text for path, text in example.head.items() if "0042" in path)))


def errors(database: Database, *tries: str, patience: str = "0") -> list[str]:
    import psycopg

    found = []
    with database.connect() as connection:
        connection.execute(f"SET lock_timeout = '{patience}'")
        for statement in tries:
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                found.append(type(error).__name__)
    return found


@pytest.mark.parametrize("example", examples("table-blocked", "Bad"))
def test_who_waits(postgres: Postgres, example: Example) -> None:
    tables = database(postgres)
    (finding,) = [each for each in judge(example.base, example.head).findings if each.rule == "table-blocked"]
    with tables.connect() as working:
        working.execute("BEGIN")
        for statement in migration(example):
            working.execute(statement)
        readers = errors(tables, READING, patience="300ms")
        writers = errors(tables, WRITING, patience="300ms")
        working.execute("ROLLBACK")
    assert (bool(readers), bool(writers)) == ("reads" in finding.message, "writes" in finding.message)
    assert writers == ["LockNotAvailable"]


@pytest.mark.parametrize("example", examples("table-rows-lost", "Bad"))
def test_bad_loses_rows(postgres: Postgres, example: Example) -> None:
    tables = database(postgres)
    for statement in migration(example):
        tables.run(statement)
    assert tables.rows("SELECT to_regclass('invoices')") == [(None,)] or tables.rows("SELECT count(*) FROM invoices") == [(0,)]


@pytest.mark.parametrize("example", examples("table-changed-under-running-code", "Bad"))
def test_bad_breaks_the_code_that_is_running(postgres: Postgres, example: Example) -> None:
    import psycopg

    tables = database(postgres)
    assert errors(tables, READING, WRITING) == []
    tables.run("DELETE FROM invoices WHERE id = 1000")
    try:
        for statement in migration(example):
            tables.run(statement)
    except psycopg.errors.NotNullViolation:
        return  # there are rows: the deploy itself stops
    assert errors(tables, READING, WRITING)


@pytest.mark.parametrize("example", examples("table-changed-under-running-code", "Good"))
def test_good_does_not(postgres: Postgres, example: Example) -> None:
    tables = database(postgres)
    for statement in migration(example):
        tables.run(statement)
    assert errors(tables, "SELECT id FROM invoices WHERE NOT paid", WRITING) == []
