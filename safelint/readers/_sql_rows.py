"""Statements about rows: DELETE, UPDATE, INSERT, MERGE, TRUNCATE, and those that stand in a WITH."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from safelint.facts import Fact
from safelint.facts.migrations import Assignment, PartitionChanged, RowsCopied, RowsDeleted, RowsUpdated, TableCreated, TableTruncated
from safelint.readers._sql_cursor import Cursor, clipped, split, written
from safelint.readers._sql_names import HOLE, identifier, table_name
from safelint.readers._sql_tokens import Token
from safelint.readers._sql_where import Where, where_of

_CLAUSES = (
    "using",
    "where",
    "returning",
    "order",
    "limit",
    "output",
    "option",
    "from",
    "set",
    "join",
    "inner",
    "left",
    "right",
    "cross",
    "full",
    "natural",
    "straight_join",
    "on",
    "partition",
    "with",
    "use",
    "force",
    "ignore",
)
_JOINS = ("join", "inner", "left", "right", "cross", "full", "natural", "straight_join")
_LITERAL_WORDS = {"null", "true", "false", "current_timestamp", "current_date", "localtimestamp", "default", "interval", "at", "time",
                  "zone", "as", "timestamp", "date", "cast", "text", "varchar", "timestamptz", "integer", "bigint", "and", "or", "not",
                  "day", "days", "hour", "hours"}  # fmt: skip


def truncate(cursor: Cursor) -> Iterator[Fact]:
    """TRUNCATE [TABLE] a, b CASCADE."""
    cursor.need("truncate")
    cursor.take("table")
    tables = []
    while True:
        cursor.if_exists()
        tables.append(cursor.table())
        if not cursor.take(","):
            break
    cascade = any(token.word == "cascade" for token in cursor.tokens[cursor.index :])
    if (partition := next((index for index, token in enumerate(cursor.tokens) if token.word in ("partition", "partitions")), None)) is not None:
        rest = written(cursor.tokens[partition + 1 :])
        yield cursor.fact(PartitionChanged, tables[0], f"TRUNCATE {tables[0]} PARTITION", partition=rest, how="truncate")
        return
    for table in tables:
        yield cursor.fact(TableTruncated, table, f"TRUNCATE {table}{' CASCADE' if cascade else ''}", cascade=cascade)


def delete(cursor: Cursor) -> Iterator[Fact]:
    """DELETE in every dialect's form, with USING, JOIN, several targets, LIMIT."""
    cursor.need("delete")
    while cursor.take_any("low_priority", "quick", "ignore"):
        pass
    limited = False
    if cursor.take("top"):
        cursor.skip()
        limited = not cursor.take("percent")
    targets: list[str] = []
    if not cursor.take("from"):
        # MySQL and SQL Server name the targets first: DELETE s FROM sessions s JOIN ...
        targets.append(_target(cursor))
        while cursor.take(","):
            targets.append(_target(cursor))
        if not cursor.take("from"):
            yield from _deleted(cursor, [(targets[0], targets[0])], cursor.tokens[cursor.index :], limited)
            return
        sources = _sources(cursor)
        names = {alias: name for name, alias in sources} | {name: name for name, _ in sources}
        several = [(names.get(target, target), target) for target in targets]
        partner = next((name for name, _ in sources if name not in [table for table, _ in several]), "")
        yield from _deleted(cursor, several, cursor.tokens[cursor.index :], limited, len(sources) > 1, partner)
        return
    target = cursor.table()
    if cursor.take(","):  # DELETE FROM s, t USING sessions s JOIN tokens t
        targets = [target, _target(cursor)]
        while cursor.take(","):
            targets.append(_target(cursor))
    alias = _alias(cursor)
    if cursor.take_any("using", "from"):
        sources = _sources(cursor)
        names = {each_alias: name for name, each_alias in sources}
        if targets:
            several = [(names.get(each, each), each) for each in targets]
            partner = next((name for name, _ in sources if name not in [table for table, _ in several]), "")
            yield from _deleted(cursor, several, cursor.tokens[cursor.index :], limited, len(sources) > 1, partner)
            return
        real = names.get(target, target)
        others = [name for name, _ in sources if name != real]
        yield from _deleted(cursor, [(real, alias or target)], cursor.tokens[cursor.index :], limited, True, others[0] if others else "")
        return
    yield from _deleted(cursor, [(target, alias or target)], cursor.tokens[cursor.index :], limited)


def _target(cursor: Cursor) -> str:
    name = cursor.table()
    return name.removesuffix(".*")


def _deleted(
    cursor: Cursor, targets: list[tuple[str, str]], rest: list[Token], limited: bool = False, joined: bool = False, partner: str = ""
) -> Iterator[Fact]:
    where, more = _condition(cursor.inside(rest), targets[0][0], joined)
    for table, _ in targets:
        text = f"DELETE FROM {table}" + (f" WHERE {clipped(where.text, 60)}" if where.text else "")
        yield cursor.fact(
            RowsDeleted,
            table,
            text,
            rows=where.rows,
            where=where.text,
            only_null=where.only_null,
            matched=where.matched or (partner if where.rows == "all" else ""),
            limited=limited or more,
        )


def _condition(cursor: Cursor, target: str, joined: bool) -> tuple[Where, bool]:
    """What stands after the tables: the condition, and whether a LIMIT bounds it."""
    before = cursor.until("where", "returning", "order", "limit", "option", "output")
    limited = False
    if cursor.word == "output":
        cursor.until("where")
    found = Where("all")
    if cursor.take("where"):
        condition = cursor.until("returning", "order", "limit", "option", "window")
        if condition[:2] and condition[0].word == "current" and condition[1].word == "of":
            found = Where("some", written(condition))
        else:
            found = where_of(condition, target, joined) if condition else Where("unknown")
    elif any(HOLE in token.text or token.kind == "param" for token in before):
        found = Where("unknown", written(before))  # the condition is in the part that is filled in
    cursor.until("limit")
    limited = cursor.word == "limit"
    return found, limited


def _alias(cursor: Cursor) -> str:
    if cursor.take("as"):
        return cursor.name()
    token = cursor.token
    if token is not None and token.kind in ("word", "name") and token.word not in _CLAUSES and not set(token.text) <= {HOLE}:
        return cursor.name()
    return ""


def _sources(cursor: Cursor) -> list[tuple[str, str]]:
    """The tables of a FROM clause with their aliases (the name itself where there is none); stops before what is not one."""
    found: list[tuple[str, str]] = []
    while True:
        cursor.take("lateral")
        if cursor.word == "(":
            cursor.skip()
            name = ""
        elif cursor.token is not None and cursor.token.kind in ("word", "name", "param"):
            name = cursor.table()
            if cursor.word == "(":
                cursor.skip()
                name = ""
        else:
            return found
        alias = _alias(cursor)
        found.append((name, alias or name))
        while cursor.word in ("partition", "with", "use", "force", "ignore"):
            cursor.skip()
        if cursor.take("on"):
            cursor.until(",", "where", "returning", "order", "limit", "set", "group", *_JOINS)
        elif cursor.word == "using":
            cursor.skip()
            cursor.skip()
        if cursor.take(","):
            continue
        if cursor.word in _JOINS:
            while cursor.take_any(*_JOINS, "outer"):
                pass
            continue
        return found


def update(cursor: Cursor) -> Iterator[Fact]:
    """UPDATE in every dialect's form."""
    cursor.need("update")
    while cursor.take_any("low_priority", "ignore"):
        pass
    if cursor.take("or"):
        cursor.skip()
    limited = False
    if cursor.take("top"):
        cursor.skip()
        limited = True
    sources = _sources(cursor)
    if not sources:
        raise cursor.lost()
    cursor.need("set")
    assigned = cursor.until("from", "where", "returning", "order", "limit", "output", "option")
    joined = len(sources) > 1
    table = sources[0][0]
    partner = sources[1][0] if joined else ""
    if cursor.take("from"):
        more = _sources(cursor)
        names = {alias: name for name, alias in more}
        joined = True
        others = [name for name, _ in more if name != names.get(table, table)]
        partner = others[0] if others else ""
        table = names.get(table, table)
    elif joined and (named := _qualifier(assigned)) is not None:
        # MySQL: of the tables that it joins, those are changed that stand before the columns.
        aliases = {alias.lower(): name for alias, name in ((each[1].rsplit(".", 1)[-1], each[0]) for each in sources)}
        table = aliases.get(named.lower(), table)
        partner = next((name for name, _ in sources if name != table), "")
    where, bounded = _condition(cursor.inside(cursor.tokens[cursor.index :]), table, joined)
    if where.rows == "all" and len(assigned) > 3 and set(assigned[-1].text) <= {HOLE} and assigned[-2].word not in ("=", ","):
        assigned, where = assigned[:-1], Where("unknown", "{}")  # the condition is in the part that is filled in
    assignments = tuple(_assignments(assigned))
    columns = ", ".join(each.column for each in assignments)
    yield cursor.fact(
        RowsUpdated,
        table,
        f"UPDATE {table} SET {clipped(columns, 60)}",
        assignments=assignments,
        rows=where.rows,
        where=where.text,
        only_null=where.only_null,
        matched=where.matched or (partner if where.rows == "all" else ""),
        limited=limited or bounded,
    )


def _qualifier(assigned: list[Token]) -> str | None:
    """What stands before the first column that is set: `u` of `u.password = ''`."""
    if len(assigned) > 2 and assigned[1].word == "." and assigned[0].kind in ("word", "name"):
        return identifier(assigned[0].text)
    return None


def _assignments(tokens: list[Token]) -> Iterator[Assignment]:
    for part in split(tokens):
        at = next((index for index, token in enumerate(part) if token.word in ("=", ":=")), None)
        if at is None:
            continue
        left, right = part[:at], part[at + 1 :]
        if left[:1] and left[0].word == "(":
            names = [identifier(each[-1].text) for each in split(left[1:-1])]
            values = split(right[1:-1]) if right[:1] and right[0].word == "(" else []
            for number, name in enumerate(names):
                value = values[number] if len(values) == len(names) else right
                yield Assignment(column=name, value=clipped(written(value), 120), constant=is_constant(value))
        elif left:
            names = [token.text for token in left if token.kind in ("word", "name")]
            yield Assignment(column=identifier(names[-1]) if names else "", value=clipped(written(right), 120), constant=is_constant(right))


def is_constant(tokens: list[Token]) -> bool:
    """Whether an expression names no column: the same value for every row (or at least none of the row's own)."""
    following = [*tokens[1:], None]
    for token, after in zip(tokens, following, strict=True):
        if token.kind == "name" or token.word in ("select", "case"):
            return False
        if token.kind == "word" and token.word not in _LITERAL_WORDS and not (after is not None and after.word == "("):
            return False
    return bool(tokens)


def insert(cursor: Cursor) -> Iterator[Fact]:
    """INSERT INTO t SELECT ... FROM s, REPLACE INTO; VALUES say nothing that matters."""
    if not cursor.take_any("insert", "replace"):
        raise cursor.lost()
    while cursor.take_any("low_priority", "delayed", "high_priority", "ignore"):
        pass
    if cursor.take("or"):
        cursor.skip()
    cursor.take("overwrite")
    cursor.take("into")
    cursor.take("table")
    table = cursor.table()
    if cursor.take("as"):
        cursor.name()
    columns: tuple[str, ...] = ()
    if cursor.word == "(" and cursor.index + 1 < len(cursor.tokens) and cursor.tokens[cursor.index + 1].word not in ("select", "with", "("):
        columns = tuple(identifier(part[-1].text) for part in split(cursor.group()))
    query = cursor.tokens[cursor.index :]
    yield from changes_within(cursor, query)
    sources, rows = query_of(cursor, query)
    if sources:
        yield cursor.fact(RowsCopied, table, f"INSERT INTO {table} SELECT FROM {sources[0]}", sources=sources, columns=columns, rows=rows)


def query_of(cursor: Cursor, query: list[Token]) -> tuple[tuple[str, ...], Any]:
    """The tables that a query reads, and which rows of the first one."""
    found: list[str] = []
    rows: Any = "all"
    for index, token in enumerate(query):
        if token.word == "from" and index + 1 < len(query) and query[index - 1].word not in ("distinct", "epoch", "year", "day"):
            inner = cursor.inside(query[index + 1 :])
            sources = [name for name, _ in _sources(inner) if name]
            if not found and sources:
                rest = inner.until("where", "group", "order", "union", "on", ")", ";")
                del rest
                if inner.take("where"):
                    rows = where_of(inner.until("group", "order", "limit", "union", "on", ")", "returning"), sources[0], len(sources) > 1).rows
            found.extend(sources)
    return tuple(dict.fromkeys(found)), rows


def changes_within(cursor: Cursor, tokens: list[Token]) -> Iterator[Fact]:
    """The DELETEs, UPDATEs and INSERTs that stand in parentheses of a statement: `WITH gone AS (DELETE ...)`."""
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.word == "(":
            opened.append(index)
        elif token.word == ")" and opened:
            start = opened.pop()
            inner = tokens[start + 1 : index]
            if inner and inner[0].word in ("delete", "update", "insert") and start and tokens[start - 1].word in ("as", "materialized"):
                yield from _READERS[inner[0].word](cursor.inside(inner))


def with_(cursor: Cursor) -> Iterator[Fact]:
    """WITH ... and the statement after it."""
    yield from changes_within(cursor, cursor.tokens)
    cursor.need("with")
    cursor.take("recursive")
    while not cursor.done:
        cursor.name()
        if cursor.word == "(":
            cursor.skip()
        cursor.need("as")
        cursor.take("not")
        cursor.take("materialized")
        cursor.group()
        cursor.until(",", "select", "delete", "update", "insert", "merge", "values", "table", "replace")
        if not cursor.take(","):
            break
    word = cursor.word
    rest = cursor.inside(cursor.tokens[cursor.index :])
    if word in _READERS:
        named = _ctes(cursor.tokens)
        for fact in _READERS[word](rest):
            # What is deleted from the name of a query is deleted from its table (SQL Server).
            if not (isinstance(fact, RowsDeleted | RowsUpdated) and fact.table in named):
                yield fact
            else:
                sources, rows = query_of(cursor, named[fact.table])
                if sources and isinstance(fact, RowsDeleted):
                    both = rows if fact.rows == "all" else fact.rows
                    yield cursor.fact(RowsDeleted, sources[0], f"DELETE FROM {sources[0]}", rows=both, where=fact.where)
    elif word not in ("select", "values", "table", "("):
        raise cursor.lost()


def _ctes(tokens: list[Token]) -> dict[str, list[Token]]:
    found = {}
    for index, token in enumerate(tokens):
        if token.word == "as" and index and index + 1 < len(tokens) and tokens[index + 1].word == "(" and tokens[index - 1].kind in ("word", "name"):
            depth, end = 0, index + 1
            while end < len(tokens):
                depth += {"(": 1, ")": -1}.get(tokens[end].word, 0)
                if depth == 0:
                    break
                end += 1
            found[table_name(tokens[index - 1].text)] = tokens[index + 2 : end]
    return found


def merge(cursor: Cursor) -> Iterator[Fact]:
    """MERGE: its DELETE and UPDATE branches."""
    cursor.need("merge")
    if cursor.take("top"):
        cursor.skip()
    cursor.take("into")
    table = cursor.table()
    _alias(cursor)
    cursor.until("using")
    cursor.need("using")
    partner = "" if cursor.word == "(" else cursor.table()
    cursor.until("when")
    while cursor.take("when"):
        condition = cursor.until("then")
        cursor.need("then")
        words = [token.word for token in condition]
        extra = "and" in words
        rows: Any = "some" if extra else "all"
        start = cursor.index
        if cursor.take("delete"):
            yield cursor.fact(
                RowsDeleted, table, f"MERGE INTO {table} ... DELETE", rows=rows, where=written(condition), matched=partner if rows == "all" else ""
            )
        elif cursor.take("update"):
            cursor.take("set")
            assignments = tuple(_assignments(cursor.until("when", "returning", "output")))
            yield cursor.fact(
                RowsUpdated, table, f"MERGE INTO {table} ... UPDATE", assignments=assignments, rows=rows, where=written(condition), matched=partner
            )
        cursor.index = max(cursor.index, start)
        cursor.until("when")


def select(cursor: Cursor) -> Iterator[Fact]:
    """SELECT ... INTO new_table FROM old_table; any other SELECT only reads."""
    yield from changes_within(cursor, cursor.tokens)
    cursor.need("select")
    cursor.until("into", "from")
    if cursor.take("into"):
        kind = cursor.take_any("temp", "temporary", "unlogged", "local", "global")
        if kind in ("local", "global"):
            kind = cursor.take_any("temp", "temporary")
        cursor.take("table")
        if cursor.word in ("outfile", "dumpfile", "strict") or (cursor.token and (cursor.token.text.startswith("@") or cursor.token.kind == "param")):
            return
        table = cursor.table()
        sources, _ = query_of(cursor, cursor.tokens[cursor.index :])
        if sources and not cursor.context.block:
            temporary = kind in ("temp", "temporary") or table.startswith("#")
            yield cursor.fact(TableCreated, table, f"SELECT INTO {table}", temporary=temporary, unlogged=kind == "unlogged", filled_from=sources)


def explain(cursor: Cursor) -> Iterator[Fact]:
    """EXPLAIN ANALYZE runs what it explains."""
    cursor.need("explain")
    runs = cursor.word == "(" and any(token.word == "analyze" for token in cursor.group())
    while word := cursor.take_any("analyze", "verbose", "analyse"):
        runs = runs or word != "verbose"
    if runs and cursor.word in _READERS:
        yield from _READERS[cursor.word](cursor.inside(cursor.tokens[cursor.index :]))


def copy(cursor: Cursor) -> Iterator[Fact]:
    """COPY (DELETE ... RETURNING ...) TO ...; any other COPY takes nothing away."""
    cursor.need("copy")
    if cursor.word == "(":
        inner = cursor.inside(cursor.group())
        if inner.word in _READERS:
            yield from _READERS[inner.word](inner)


_READERS = {"delete": delete, "update": update, "insert": insert, "merge": merge}
