"""Statements about privileges, locks, settings, transactions and storage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.migrations import (
    ColumnRenamed,
    IndexRebuilt,
    ParameterSet,
    PrivilegesChanged,
    TableLocked,
    TableRenamed,
    TableStorageChanged,
    TransactionMarked,
)
from safelint.readers._sql_cursor import Cursor, split, written
from safelint.readers._sql_names import identifier, table_name

_OTHER_OBJECTS = {"function", "procedure", "routine", "sequence", "database", "language", "domain", "type", "foreign", "tablespace",
                  "large", "parameter", "functions", "procedures", "routines", "sequences", "types"}  # fmt: skip
_DURATION = re.compile(r"'?\s*(\d+(?:\.\d+)?)\s*(us|ms|s|sec|seconds?|min|minutes?|h|d)?\s*'?", re.IGNORECASE)
_MILLISECONDS = {
    "us": 0.001,
    "ms": 1.0,
    "": 1.0,
    "s": 1e3,
    "sec": 1e3,
    "second": 1e3,
    "seconds": 1e3,
    "min": 6e4,
    "minute": 6e4,
    "minutes": 6e4,
    "h": 3.6e6,
    "d": 8.64e7,
}
_TIMEOUTS = {"lock_timeout", "statement_timeout", "lock_wait_timeout", "innodb_lock_wait_timeout", "deadlock_timeout",
             "transaction_timeout", "idle_in_transaction_session_timeout"}  # fmt: skip
_IN_SECONDS = {"lock_wait_timeout", "innodb_lock_wait_timeout"}


def privileges(cursor: Cursor) -> Iterator[Fact]:
    """GRANT and REVOKE on tables; those of roles and of functions take no table away."""
    action = cursor.take_any("grant", "revoke")
    option_only = cursor.take("grant", "option", "for") or cursor.take("admin", "option", "for")
    granted = cursor.until("on", "to", "from")
    if not cursor.take("on") or option_only:
        return
    names = tuple(identifier(part[0].text) for part in split(granted) if part)
    scope = "table"
    if cursor.take("all", "tables", "in", "schema"):
        scope = "all tables"
    elif cursor.take("schema"):
        scope = "schema"
    elif cursor.word in _OTHER_OBJECTS or (
        cursor.word == "all" and cursor.index + 1 < len(cursor.tokens) and cursor.tokens[cursor.index + 1].word in _OTHER_OBJECTS
    ):
        return
    else:
        cursor.take("table")
        cursor.take("object", "::")
    tables = [table_name(*(token.text for token in part if token.word not in (".", "*"))) for part in split(cursor.until("to", "from"))]
    if not cursor.take_any("to", "from"):
        raise cursor.lost()
    roles = tuple(identifier(part[0].text) for part in split(cursor.until("cascade", "restrict", "with", "granted")))
    short = ", ".join(names)
    for table in tables:
        text = f"{action.upper()} {short.upper()} ON {table} {'TO' if action == 'grant' else 'FROM'} {', '.join(roles)}"
        yield cursor.fact(PrivilegesChanged, table, text, action=action, privileges=names, roles=roles, scope=scope)


def rename(cursor: Cursor) -> Iterator[Fact]:
    """RENAME TABLE a TO b, c TO d (MySQL); EXEC sp_rename (SQL Server) is read elsewhere."""
    cursor.need("rename")
    if not cursor.take_any("table", "tables"):
        return
    while True:
        table = cursor.table()
        cursor.need("to")
        to = cursor.table()
        yield cursor.fact(TableRenamed, table, f"RENAME TABLE {table} TO {to}", to=to)
        if not cursor.take(","):
            return


def sp_rename(cursor: Cursor) -> Iterator[Fact]:
    """EXEC sp_rename 'table', 'new' and EXEC sp_rename 'table.column', 'new', 'COLUMN'."""
    if not any(token.word == "sp_rename" for token in cursor.tokens[:4]):
        return
    literals = [token.text.lstrip("nN").strip("'") for token in cursor.tokens if token.kind == "string"]
    if len(literals) < 2:
        return
    parts = [part for part in re.split(r"\.", re.sub(r'[\[\]"]', "", literals[0])) if part]
    kind = literals[2].lower() if len(literals) > 2 else "object"
    if kind == "column" and len(parts) > 1:
        table = table_name(*parts[:-1])
        yield cursor.fact(ColumnRenamed, table, f"ALTER TABLE {table} RENAME COLUMN {parts[-1].lower()} TO {literals[1].lower()}",
                          column=parts[-1].lower(), to=literals[1].lower())  # fmt: skip
    elif kind == "object":
        table = table_name(*parts)
        yield cursor.fact(TableRenamed, table, f"RENAME TABLE {table} TO {literals[1].lower()}", to=literals[1].lower())


def lock(cursor: Cursor) -> Iterator[Fact]:
    """LOCK TABLE t IN ... MODE; LOCK TABLES t WRITE."""
    cursor.need("lock")
    cursor.take_any("table", "tables")
    for part in split(cursor.until("in", "nowait")):
        inner = cursor.inside(part)
        table = inner.table()
        mode = "access exclusive"
        words = {token.word for token in part}
        if "read" in words:
            mode = "share"
        if cursor.word == "in":
            mode = written(cursor.tokens[cursor.index + 1 :]).split(" mode")[0]
        yield cursor.fact(TableLocked, table, f"LOCK TABLE {table} IN {mode.upper()} MODE", mode=mode)


def cluster(cursor: Cursor) -> Iterator[Fact]:
    """CLUSTER t."""
    cursor.need("cluster")
    cursor.take("verbose")
    if cursor.word == "(":
        cursor.skip()
    if not cursor.done:
        table = cursor.table()
        yield cursor.fact(TableStorageChanged, table, f"CLUSTER {table}", how="cluster")


def vacuum(cursor: Cursor) -> Iterator[Fact]:
    """VACUUM FULL t; without FULL it blocks nobody."""
    cursor.need("vacuum")
    full = False
    if cursor.word == "(":
        full = any(token.word == "full" for token in cursor.group())
    while word := cursor.take_any("full", "freeze", "verbose", "analyze"):
        full = full or word == "full"
    if full and not cursor.done:
        for part in split(cursor.tokens[cursor.index :]):
            table = cursor.inside(part).table()
            yield cursor.fact(TableStorageChanged, table, f"VACUUM FULL {table}", how="vacuum full")


def reindex(cursor: Cursor) -> Iterator[Fact]:
    """REINDEX."""
    cursor.need("reindex")
    concurrently = False
    if cursor.word == "(":
        concurrently = any(token.word == "concurrently" for token in cursor.group())
    scope = cursor.take_any("table", "index", "schema", "database", "system") or "table"
    concurrently = cursor.take("concurrently") or concurrently
    if cursor.done:
        return
    name = cursor.table()
    table = name if scope == "table" else ""
    yield cursor.fact(IndexRebuilt, table, f"REINDEX {scope.upper()} {name}", name="" if table else name, scope=scope, concurrently=concurrently)


def optimize(cursor: Cursor) -> Iterator[Fact]:
    """OPTIMIZE TABLE t (MySQL)."""
    cursor.need("optimize")
    cursor.take_any("local", "no_write_to_binlog")
    if cursor.take_any("table", "tables"):
        for part in split(cursor.tokens[cursor.index :]):
            table = cursor.inside(part).table()
            yield cursor.fact(TableStorageChanged, table, f"OPTIMIZE TABLE {table}", how="rebuild")


def parameter(cursor: Cursor) -> Iterator[Fact]:
    """SET [LOCAL|SESSION] name = value, for the settings that bound a wait or switch checks off; SET TRANSACTION and others say nothing."""
    cursor.need("set")
    local = False
    if scope := cursor.take_any("local", "session", "global"):
        local = scope == "local"
    if cursor.token is None or cursor.token.kind not in ("word", "name"):
        return
    name = cursor.name().lstrip("@").removeprefix("session.").removeprefix("global.")
    if not cursor.take_any("=", "to", ":="):
        return
    yield _parameter(cursor, name, written(cursor.tokens[cursor.index :]), local)


def pragma(cursor: Cursor) -> Iterator[Fact]:
    """PRAGMA foreign_keys = OFF, PRAGMA foreign_keys(0) (SQLite)."""
    cursor.need("pragma")
    name = cursor.name()
    value = written(cursor.group()) if cursor.word == "(" else written(cursor.tokens[cursor.index + 1 :]) if cursor.word == "=" else ""
    if value:
        yield cursor.fact(ParameterSet, "", f"PRAGMA {name} = {value}", name=name, value=value.strip("'"))


def set_config(cursor: Cursor) -> Iterator[Fact]:
    """SELECT set_config('lock_timeout', '5s', true)."""
    literals = [token for token in cursor.tokens if token.kind == "string"]
    if len(literals) >= 2:
        local = any(token.word == "true" for token in cursor.tokens)
        yield _parameter(cursor, literals[0].text.strip("'").lower(), literals[1].text, local)


def _parameter(cursor: Cursor, name: str, value: str, local: bool) -> ParameterSet:
    found = _DURATION.fullmatch(value)
    unit = (found[2] or "").lower() if found else ""
    milliseconds = float(found[1]) * _MILLISECONDS[unit] * (1000 if name in _IN_SECONDS and not unit else 1) if found and name in _TIMEOUTS else None
    return cursor.fact(ParameterSet, "", f"SET {name} = {value}", name=name, value=value.strip("'"), milliseconds=milliseconds, local=local)


def transaction(cursor: Cursor) -> Iterator[Fact]:
    """BEGIN, COMMIT, ROLLBACK; a savepoint ends nothing."""
    first = cursor.word
    cursor.skip()
    if first == "start" and not cursor.take("transaction"):
        return
    if first == "rollback" and (cursor.take("to") or cursor.at("transaction", "to") or cursor.at("work", "to")):
        return
    mark = {"begin": "begin", "start": "begin", "commit": "commit", "end": "commit"}.get(first, "rollback")
    yield cursor.fact(TransactionMarked, "", mark.upper(), mark=mark)
