"""Two independent oracles for the reader of SQL: sqlglot's parsers say what a statement is, and SQLite what a condition leaves."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDropped,
    ColumnRenamed,
    IndexCreated,
    RowsCopied,
    RowsDeleted,
    RowsUpdated,
    Statement,
    TableCreated,
    TableDropped,
    TableRenamed,
    TableTruncated,
)
from safelint.places import Place
from safelint.readers._sql import read_sql

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

# What both sides can say: our fact, and sqlglot's node with the place of its table.
KINDS: dict[type[Statement], str] = {
    TableCreated: "create table",
    TableDropped: "drop table",
    TableTruncated: "truncate",
    TableRenamed: "rename table",
    RowsDeleted: "delete",
    RowsUpdated: "update",
    RowsCopied: "insert select",
    ColumnAdded: "add column",
    ColumnDropped: "drop column",
    ColumnRenamed: "rename column",
    IndexCreated: "create index",
}
STATEMENTS = [
    "drop table {t}",
    "drop table if exists {t}",
    "truncate table {t}",
    "delete from {t}",
    "delete from {t} where expires < 5 and user_id is not null",
    "delete from {t} where id in (select id from other where a = ';')",
    "update {t} set revoked = 1",
    "update {t} set data = 'it''s; gone' where id = 7",
    "insert into {t} select * from other",
    "insert into {t} (id, data) select id, data from other where data <> '--'",
    "create table {t} (id int primary key, data text default 'a;b', expires int not null)",
    "create table if not exists {t} (id int)",
    "create index ix_a on {t} (id)",
    "create unique index ix_b on {t} (id, data)",
    "alter table {t} add column device text",
    "alter table {t} drop column device",
    "alter table {t} rename to other",
    "alter table {t} rename column a to b",
]
TABLES = {"postgres": ("sessions", "app.sessions", '"sessions"', 'app."sessions"'), "sqlite": ("sessions", '"sessions"'), "mysql": ("sessions", "`sessions`")}
BETWEEN = ("", "\n", " -- a; comment\n", " /* another; one */ ")


def ours(text: str) -> list[tuple[str, str]]:
    facts = read_sql(text, lambda _, __: Place("m.sql"))
    return [(KINDS[type(fact)], fact.table) for fact in facts if isinstance(fact, Statement) and type(fact) in KINDS]


def theirs(text: str, dialect: str) -> list[tuple[str, str]]:
    return [said for node in sqlglot.parse(text, dialect=dialect) if node is not None for said in _said(node)]


def _said(node: exp.Expr) -> list[tuple[str, str]]:
    assert not isinstance(node, exp.Command), f"sqlglot does not read {node.sql()}: no oracle for it"
    match node:
        case exp.Drop():
            return [(f"drop {node.args['kind'].lower()}", _name(each)) for each in node.find_all(exp.Table)]
        case exp.TruncateTable():
            return [("truncate", _name(each)) for each in node.expressions]
        case exp.Delete():
            return [("delete", _name(node.this))]
        case exp.Update():
            return [("update", _name(node.this))]
        case exp.Insert():
            return [("insert select", _name(node.this))]
        case exp.Create():
            kind = node.args["kind"].lower()
            return [(f"create {kind}", _name(node.this))]
        case exp.Alter():
            return [(_action(each), _name(node.this)) for each in node.args["actions"]]
        case _:
            raise AssertionError(f"{type(node).__name__} is not among the statements of this test")


def _action(action: exp.Expr) -> str:
    match action:
        case exp.ColumnDef():
            return "add column"
        case exp.Drop():
            return "drop column"
        case exp.AlterRename():
            return "rename table"
        case exp.RenameColumn():
            return "rename column"
        case _:
            raise AssertionError(type(action).__name__)


def _name(node: exp.Expr) -> str:
    table = next(node.find_all(exp.Table))
    return ".".join(part.name.lower() for part in table.parts)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, str]:
    """A dialect and a script of a few statements, in any case, quoted and commented in any way."""
    dialect = draw(st.sampled_from(sorted(TABLES)))
    parts = []
    for template in draw(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4)):
        words = template.format(t=draw(st.sampled_from(TABLES[dialect]))).split(" ")
        cased: Callable[[str], str] = draw(st.sampled_from((str.lower, str.upper, str.title)))
        parts.append(" ".join(cased(word) if word.isalpha() and "sessions" not in word else word for word in words))
    return dialect, draw(st.sampled_from(BETWEEN)) + ";".join(part + draw(st.sampled_from(BETWEEN)) for part in parts)


@given(scripts())
@settings(max_examples=400, deadline=None)
def test_sqlglot_reads_the_same_statements(script: tuple[str, str]) -> None:
    dialect, text = script
    assert ours(text) == theirs(text, dialect)


# ---- conditions: 60 rows, half of them expired, and SQLite deletes

NOW = 1000
ROWS = [(number, f"k{number}", 1 + number % 3, NOW + (number - 30) * 10 - 5, number % 2, number) for number in range(60)]
ATOMS = [
    "1 = 1", "0 = 1", "true", "1", "id is not null", "id is null", "id > 0", "id = 7", "id <> 7", "user_id = 2", "user_id in (1, 2, 3)", "revoked = 1",
    "expires < strftime('%s', 'now')", "expires >= strftime('%s', 'now')", "session_key like 'k1%'", "length(session_key) > 1", "session_key is not null",
    "id = id", "exists (select 1)", "expires is null", "coalesce(revoked, 0) = 0",
]  # fmt: skip
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda each: f"({each[0]}) {each[1]} ({each[2]})"), inner.map("not ({})".format)
    ),
    max_leaves=4,
)


def left_by(condition: str) -> tuple[int, int]:
    """How many expired and how many live rows are left by a DELETE with this condition."""
    with sqlite3.connect(":memory:") as database:
        database.create_function("strftime", 2, lambda *_: NOW)
        database.execute(
            "create table sessions (id integer not null, session_key text not null, user_id integer, expires integer, revoked integer, used integer)"
        )
        database.executemany("insert into sessions values (?, ?, ?, ?, ?, ?)", ROWS)
        database.execute(f"delete from sessions where {condition}")
        ((expired, live),) = database.execute("select coalesce(sum(expires < 1000), 0), coalesce(sum(expires >= 1000), 0) from sessions")
        return int(expired), int(live)


@given(CONDITIONS)
@settings(max_examples=500, deadline=None)
def test_sqlite_leaves_what_the_condition_says(condition: str) -> None:
    (fact,) = [each for each in read_sql(f"delete from sessions where {condition}", lambda _, __: Place("m.sql")) if isinstance(each, RowsDeleted)]
    _, live = left_by(condition)
    every = sum(row[3] >= NOW for row in ROWS)
    if fact.rows == "all":
        assert live == 0, "said to empty the table, and live sessions were left"
    if fact.rows == "expired":
        assert live == every, "said to be housekeeping, and live sessions were deleted"


@pytest.mark.parametrize("condition", ["1 = 1", "id = id", "true", "id is not null", "(1 = 1) or (id = 7)", "not (0 = 1)", "(expires < 5) or (expires >= 5)"])
def test_what_empties_the_table_is_seen(condition: str) -> None:
    (fact,) = [each for each in read_sql(f"delete from sessions where {condition}", lambda _, __: Place("m.sql")) if isinstance(each, RowsDeleted)]
    assert left_by(condition) == (0, 0)
    assert fact.rows == "all"
