"""CREATE ... and DROP ..."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.migrations import (
    Column,
    ConstraintAdded,
    ConstraintDropped,
    IndexCreated,
    IndexDropped,
    PolicyCreated,
    PolicyDropped,
    RuleCreated,
    SchemaDropped,
    TableCreated,
    TableDropped,
    TriggerCreated,
    TriggersSwitched,
    ViewCreated,
    ViewDropped,
)
from safelint.readers._sql_columns import Constraint, column_of, constraint_of, names_of
from safelint.readers._sql_cursor import Cursor, split
from safelint.readers._sql_rows import query_of
from safelint.readers._sql_tokens import Token

_MODIFIERS = ("global", "local", "temporary", "temp", "unlogged", "foreign", "materialized", "recursive", "unique", "fulltext", "spatial", "clustered",
              "nonclustered", "constraint", "virtual", "bitmap", "columnstore", "external", "private", "immutable")  # fmt: skip
_TABLE_PARTS = ("index", "key", "fulltext", "spatial", "like", "period", "partition")


def create(cursor: Cursor) -> Iterator[Fact]:
    """CREATE: of a table, an index, a view, a trigger, a rule, a policy; everything else takes nothing from anybody."""
    cursor.need("create")
    cursor.take("or", "replace")
    cursor.take("or", "alter")
    modifiers = set()
    while word := cursor.take_any(*_MODIFIERS):
        modifiers.add(word)
    if cursor.word in ("definer", "algorithm"):
        cursor.until("view", "trigger", "procedure", "function", "event")
    if cursor.take("table"):
        yield from _table(cursor, modifiers)
    elif cursor.take("index"):
        yield from _index(cursor, unique="unique" in modifiers)
    elif cursor.take("view"):
        yield from _view(cursor)
    elif cursor.take("trigger"):
        yield from _trigger(cursor)
    elif cursor.take("rule"):
        yield from _rule(cursor)
    elif cursor.take("policy"):
        yield from _policy(cursor)


def _table(cursor: Cursor, modifiers: set[str]) -> Iterator[Fact]:
    if_not_exists = cursor.if_not_exists()
    table = cursor.table()
    temporary = bool(modifiers & {"temporary", "temp"}) or table.startswith("#")
    columns: list[Column] = []
    constraints: list[Constraint] = []
    like, partition_of = "", ""
    filled_from: tuple[str, ...] = ()
    if cursor.take("partition", "of"):
        partition_of = cursor.table()
    elif cursor.take("like"):
        like = cursor.table()
    elif cursor.word == "(" and not (cursor.index + 1 < len(cursor.tokens) and cursor.tokens[cursor.index + 1].word in ("select", "with")):
        for part in split(cursor.group()):
            inner = cursor.inside(part)
            if inner.take("like"):
                like = inner.table()
            elif (constraint := constraint_of(inner)) is not None:
                constraints.append(constraint)
            elif inner.word not in _TABLE_PARTS or (len(part) > 1 and part[1].kind == "word" and part[1].word not in ("(", "using") and inner.word == "key"):
                columns.append(column_of(inner))
    query = next((index for index in range(cursor.index, len(cursor.tokens)) if cursor.tokens[index].word == "select"), None)
    if query is not None:
        filled_from, _ = query_of(cursor, cursor.tokens[query:])
        if any(token.word == "no" for token in cursor.tokens[-2:]) and cursor.tokens[-1].word == "data":
            filled_from = ()
    columns = [_constrained(column, constraints) for column in columns]
    if "foreign" in modifiers:
        return
    yield cursor.fact(
        TableCreated,
        table,
        f"CREATE TABLE {table}",
        columns=tuple(columns),
        if_not_exists=if_not_exists,
        temporary=temporary,
        unlogged="unlogged" in modifiers,
        like=like,
        filled_from=filled_from,
        partition_of=partition_of,
    )
    for constraint in constraints:
        if constraint.references is not None and len(constraint.columns) != 1:
            yield _constraint(cursor, table, constraint)


def _constrained(column: Column, constraints: list[Constraint]) -> Column:
    """A column with what the constraints after it say about it alone."""
    from safelint.records import replace

    for constraint in constraints:
        if constraint.columns != (column.name,):
            continue
        if constraint.kind == "primary key":
            column = replace(column, primary_key=True, nullable=False)
        elif constraint.kind == "unique":
            column = replace(column, unique=True)
        elif constraint.references is not None:
            column = replace(column, references=constraint.references)
    return column


def _constraint(cursor: Cursor, table: str, constraint: Constraint, tokens: list[Token] | None = None) -> ConstraintAdded:
    """A constraint as a fact."""
    named = f"CONSTRAINT {constraint.name} " if constraint.name else ""
    return cursor.fact(
        ConstraintAdded,
        table,
        f"ALTER TABLE {table} ADD {named}{constraint.kind.upper()}",
        tokens,
        kind=constraint.kind,
        name=constraint.name,
        columns=constraint.columns,
        valid=constraint.valid,
        using_index=constraint.using_index,
        references=constraint.references,
    )


constraint_fact = _constraint


def _index(cursor: Cursor, unique: bool) -> Iterator[Fact]:
    concurrently = bool(cursor.take_any("concurrently", "async"))
    if_not_exists = cursor.if_not_exists()
    name = "" if cursor.word == "on" else cursor.name()
    if cursor.take("using"):
        cursor.skip()
    cursor.need("on")
    table = cursor.table()
    if cursor.take("using"):
        cursor.skip()
    columns = names_of(cursor.group()) if cursor.word == "(" else ()
    rest = [token.word for token in cursor.tokens[cursor.index :]]
    if "online" in rest:  # SQL Server: WITH (ONLINE = ON); Oracle: ONLINE
        concurrently = rest[rest.index("online") + 1 : rest.index("online") + 3] != ["=", "off"]
    if ("lock", "=", "none") in zip(rest, rest[1:], rest[2:], strict=False) or ("inplace" in rest):
        concurrently = True
    yield cursor.fact(
        IndexCreated,
        table,
        f"CREATE {'UNIQUE ' if unique else ''}INDEX{' CONCURRENTLY' if concurrently else ''} ON {table} ({', '.join(columns)})",
        name=name,
        columns=columns,
        unique=unique,
        concurrently=concurrently,
        if_not_exists=if_not_exists,
    )


def _view(cursor: Cursor) -> Iterator[Fact]:
    cursor.if_not_exists()
    view = cursor.table()
    query = next((index for index in range(cursor.index, len(cursor.tokens)) if cursor.tokens[index].word in ("select", "with")), None)
    sources = query_of(cursor, cursor.tokens[query:])[0] if query is not None else ()
    yield cursor.fact(ViewCreated, view, f"CREATE VIEW {view}", sources=sources)


def _trigger(cursor: Cursor) -> Iterator[Fact]:
    cursor.if_not_exists()
    name = cursor.name()
    if cursor.take("on"):  # SQL Server: CREATE TRIGGER t ON x AFTER INSERT AS ...
        table = cursor.table()
        cursor.until("after", "for", "instead")
        timing = "instead of" if cursor.take("instead", "of") else cursor.take_any("after", "for") or "after"
        events = [token.word for token in cursor.until("as") if token.word in ("insert", "update", "delete")]
        yield cursor.fact(TriggerCreated, table, f"CREATE TRIGGER {name} ON {table}", name=name, timing=timing, events=tuple(events))
        return
    timing = "instead of" if cursor.take("instead", "of") else cursor.take_any("before", "after")
    events = [token.word for token in cursor.until("on") if token.word in ("insert", "update", "delete", "truncate")]
    cursor.need("on")
    table = cursor.table()
    cursor.until("execute", "begin", "call", "set")
    function = ""
    if cursor.take("execute"):
        cursor.take_any("function", "procedure")
        function = cursor.name()
    yield cursor.fact(TriggerCreated, table, f"CREATE TRIGGER {name} ON {table}", name=name, timing=timing, events=tuple(events), function=function)


def _rule(cursor: Cursor) -> Iterator[Fact]:
    name = cursor.name()
    cursor.need("as")
    cursor.need("on")
    event = cursor.word
    cursor.skip()
    cursor.need("to")
    table = cursor.table()
    conditional = cursor.word == "where"
    cursor.until("do")
    cursor.need("do")
    instead = cursor.take("instead")
    cursor.take("also")
    nothing = cursor.take("nothing")
    yield cursor.fact(
        RuleCreated,
        table,
        f"CREATE RULE {name} AS ON {event.upper()} TO {table} DO{' INSTEAD' if instead else ''}{' NOTHING' if nothing else ''}",
        name=name,
        event=event,
        instead=instead and not conditional,
        nothing=nothing and not conditional,
    )


def _policy(cursor: Cursor) -> Iterator[Fact]:
    name = cursor.name()
    cursor.need("on")
    table = cursor.table()
    restrictive = cursor.take("as", "restrictive")
    cursor.take("as", "permissive")
    command = "all"
    if cursor.take("for"):
        command = cursor.word
        cursor.skip()
    cursor.until("using", "with")
    conditions = []
    while cursor.word in ("using", "with"):
        cursor.take("with", "check")
        cursor.take("using")
        conditions.append([token.word for token in cursor.group()])
    always = bool(conditions) and all(each == ["true"] for each in conditions)
    never = any(each == ["false"] for each in conditions)
    yield cursor.fact(PolicyCreated, table, f"CREATE POLICY {name} ON {table}", name=name, command=command, restrictive=restrictive, always=always, never=never)


def drop(cursor: Cursor) -> Iterator[Fact]:
    """DROP of a table, index, view, schema, policy, trigger, rule ..."""
    cursor.need("drop")
    temporary = bool(cursor.take_any("temporary", "temp"))
    cursor.take_any("foreign", "materialized", "external")
    what = cursor.word
    if what == "owned":
        yield from _owned(cursor)
        return
    if what not in ("table", "index", "view", "schema", "database", "policy", "trigger", "rule", "tables"):
        return
    cursor.skip()
    concurrently = cursor.take("concurrently")
    if_exists = cursor.if_exists()
    cascade = any(token.word == "cascade" for token in cursor.tokens)
    if what in ("policy", "trigger", "rule", "index"):
        yield from _dropped_on(cursor, what, concurrently, if_exists, cascade)
        return
    names: list[str] = []
    while True:
        names.append(cursor.table())
        if not cursor.take(","):
            break
    if not cursor.done and cursor.word not in ("cascade", "restrict", "purge", "force", "with", "wait", "nowait", ")"):
        raise cursor.lost()
    for name in names:
        if what in ("table", "tables") and not temporary:
            text = f"DROP TABLE {name}{' CASCADE' if cascade else ''}"
            yield cursor.fact(TableDropped, name, text, if_exists=if_exists, cascade=cascade)
        elif what == "view":
            yield cursor.fact(ViewDropped, name, f"DROP VIEW {name}", if_exists=if_exists)
        elif what in ("schema", "database"):
            yield cursor.fact(SchemaDropped, "", f"DROP {what.upper()} {name}", name=name, what=what, cascade=cascade or what == "database")


def _owned(cursor: Cursor) -> Iterator[Fact]:
    cursor.need("owned", "by")
    cascade = any(token.word == "cascade" for token in cursor.tokens)
    for part in split(cursor.until("cascade", "restrict")):
        role = cursor.inside(part).name()
        yield cursor.fact(SchemaDropped, "", f"DROP OWNED BY {role}", name=role, what="owned", cascade=cascade)


def _dropped_on(cursor: Cursor, what: str, concurrently: bool, if_exists: bool, cascade: bool) -> Iterator[Fact]:
    name = cursor.name()
    table = ""
    if cursor.take("on"):
        table = cursor.table()
    if what == "index":
        yield cursor.fact(IndexDropped, table, f"DROP INDEX {name}", name=name, concurrently=concurrently, if_exists=if_exists)
        while cursor.take(","):
            name = cursor.name()
            yield cursor.fact(IndexDropped, table, f"DROP INDEX {name}", name=name, concurrently=concurrently, if_exists=if_exists)
    elif what == "policy":
        yield cursor.fact(PolicyDropped, table, f"DROP POLICY {name} ON {table}", name=name)
    elif what == "trigger" and table:
        yield cursor.fact(TriggersSwitched, table, f"DROP TRIGGER {name} ON {table}", name=name, enabled=False)
    elif what == "rule" and table:
        yield cursor.fact(ConstraintDropped, table, f"DROP RULE {name} ON {table}", name=name, kind="rule", cascade=cascade)
