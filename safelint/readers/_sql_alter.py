"""ALTER ...: one action after another, in the forms of PostgreSQL, MySQL, SQLite, SQL Server and Oracle."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDefaultChanged,
    ColumnDropped,
    ColumnNullabilityChanged,
    ColumnRenamed,
    ColumnRetyped,
    ConstraintDropped,
    ConstraintValidated,
    IndexCreated,
    IndexDropped,
    PartitionChanged,
    PrivilegesChanged,
    RowSecurityChanged,
    SchemaRenamed,
    TableRenamed,
    TableStorageChanged,
    TriggersSwitched,
)
from safelint.readers._sql_columns import column_of, constraint_of, default_of, names_of, options_of, type_of
from safelint.readers._sql_create import constraint_fact
from safelint.readers._sql_cursor import Cursor, split, written
from safelint.readers._sql_tokens import Token

# Actions that change neither a row nor who may read it, and whose lock is that of the others or none that matters.
_HARMLESS = {"set", "reset", "inherit", "no", "of", "replica", "comment", "auto_increment", "algorithm", "lock", "default", "order",
             "import", "checksum", "row_format", "key_block_size", "stats_persistent", "max_rows", "min_rows", "avg_row_length",
             "pack_keys", "delay_key_write", "online", "nocheck", "check", "switch", "logging", "nologging", "parallel", "noparallel",
             "cache", "nocache", "depends", "with", "without", "secondary_engine", "encryption", "compression", "analyze", "optimize",
             "repair", "upgrade", "stats_auto_recalc", "connection", "data", "union"}  # fmt: skip


def alter(cursor: Cursor) -> Iterator[Fact]:
    """ALTER: of a table and of what else can take a table away."""
    cursor.need("alter")
    cursor.take_any("online", "offline", "ignore")
    cursor.take_any("foreign", "materialized")
    if cursor.take("table"):
        yield from _table(cursor)
    elif cursor.take("schema"):
        name = cursor.name()
        if cursor.take("rename", "to"):
            to = cursor.name()
            yield cursor.fact(SchemaRenamed, "", f"ALTER SCHEMA {name} RENAME TO {to}", name=name, to=to)
        elif cursor.take("transfer"):  # SQL Server: ALTER SCHEMA to TRANSFER from.table
            if cursor.take("object"):
                cursor.need("::")
            table = cursor.table()
            yield cursor.fact(TableRenamed, table, f"ALTER SCHEMA {name} TRANSFER {table}", to=f"{name}.{table.rsplit('.', 1)[-1]}")


def _table(cursor: Cursor) -> Iterator[Fact]:
    if cursor.take("all"):  # ALTER TABLE ALL IN TABLESPACE ...
        return
    cursor.if_exists()
    table = cursor.table()
    while cursor.take_any("wait", "nowait"):
        if cursor.token and cursor.token.kind == "number":
            cursor.skip()
    if cursor.take("with"):  # SQL Server: WITH NOCHECK ADD CONSTRAINT
        unchecked = cursor.take("nocheck")
        cursor.take("check")
    else:
        unchecked = False
    actions = split(cursor.tokens[cursor.index :])
    if not actions:
        raise cursor.lost()
    previous = ""
    for tokens in actions:
        action = cursor.inside(tokens)
        # SQL Server and Oracle go on after a comma without the verb: ADD a int, b int
        if previous in ("add", "drop") and action.word not in _VERBS and tokens[0].kind in ("word", "name"):
            verb = previous
        else:
            verb = action.word
            if verb not in ("add", "drop"):
                verb = ""
            else:
                action.skip()
        previous = verb
        yield from _action(action, table, verb, unchecked)


_VERBS = {"add", "drop", "alter", "modify", "change", "rename", "validate", "enable", "disable", "force", "owner", "attach", "detach", "cluster", "convert",
          "engine", "exchange", "truncate", "discard", "reorganize", "coalesce", "rebuild", "remove", "move", "split", "merge", *_HARMLESS}  # fmt: skip


def _action(action: Cursor, table: str, verb: str, unchecked: bool) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    if verb == "add":
        yield from _add(action, table, unchecked)
    elif verb == "drop":
        yield from _drop(action, table)
    elif action.take("alter"):
        yield from _alter_column(action, table)
    elif action.take_any("modify"):
        if action.take("partition"):
            return
        action.take("column")
        for part in split(action.group()) if action.word == "(" else [action.tokens[action.index :]]:
            yield from _defined_anew(action.inside(part), table, action.tokens)
    elif action.take("change"):
        action.take("column")
        action.if_exists()
        old = action.name()
        start = action.index
        new = action.name()
        if new != old:
            yield action.fact(ColumnRenamed, table, f"{head} RENAME COLUMN {old} TO {new}", action.tokens, column=old, to=new)
        action.index = start
        yield from _defined_anew(action, table, action.tokens)
    elif action.take("rename"):
        yield from _rename(action, table)
    elif action.take("validate", "constraint"):
        name = action.name()
        yield action.fact(ConstraintValidated, table, f"{head} VALIDATE CONSTRAINT {name}", action.tokens, name=name)
    elif action.take("owner", "to"):
        role = action.name()
        yield action.fact(PrivilegesChanged, table, f"{head} OWNER TO {role}", action.tokens, action="owner", roles=(role,))
    elif action.at("set", "schema"):
        action.take("set", "schema")
        schema = action.name()
        to = table.rsplit(".", 1)[-1] if schema == "public" else f"{schema}.{table.rsplit('.', 1)[-1]}"
        yield action.fact(TableRenamed, table, f"{head} SET SCHEMA {schema}", action.tokens, to=to)
    elif action.word in ("enable", "disable", "force") or action.at("no", "force"):
        yield from _switch(action, table)
    elif action.word in ("attach", "detach", "truncate", "exchange", "reorganize", "coalesce", "remove", "discard", "rebuild", "split", "merge", "import"):
        yield from _partition(action, table)
    else:
        yield from _storage(action, table)


def _storage(action: Cursor, table: str) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    how, to = "", ""
    if action.take("set"):
        if logged := action.take_any("logged", "unlogged"):
            how = logged
        elif action.take("tablespace"):
            how, to = "tablespace", action.name()
        elif action.take("access", "method"):
            how, to = "access method", action.name()
        elif action.take("without", "oids"):
            how = "rebuild"
    elif action.take("engine"):
        action.take("=")
        how, to = "engine", action.name()
    elif action.take("convert", "to"):
        how, to = "charset", written(action.tokens[action.index :])
    elif action.take("move"):
        how = "tablespace"
    elif action.take("cluster"):
        return
    elif action.word not in _HARMLESS and not (action.token and action.token.kind == "name") and action.word not in ("charset", "character", "collate"):
        raise action.lost()
    if how:
        said = f"CONVERT TO {to.upper()}" if how == "charset" else f"ENGINE = {to}" if how == "engine" else f"SET {how.upper()}{' ' + to if to else ''}"
        yield action.fact(TableStorageChanged, table, f"{head} {said}", action.tokens, how=how, to=to.lower())


def _add(action: Cursor, table: str, unchecked: bool) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    if action.word in ("partition",):
        yield action.fact(PartitionChanged, table, f"{head} ADD PARTITION", action.tokens, partition=written(action.tokens[action.index + 1 :]), how="add")
        return
    if (constraint := constraint_of(action)) is not None:
        constraint.valid = constraint.valid and not unchecked
        yield constraint_fact(action, table, constraint, action.tokens)
        return
    if action.word in ("index", "key", "fulltext", "spatial") and not action.at("key", "="):
        while action.take_any("fulltext", "spatial", "index", "key"):
            pass
        action.if_not_exists()
        name = "" if action.word in ("(", "using") else action.name()
        action.until("(")
        columns = names_of(action.group())
        yield action.fact(IndexCreated, table, f"{head} ADD INDEX ({', '.join(columns)})", action.tokens, name=name, columns=columns)
        return
    if action.word in ("period", "system"):
        return
    action.take("column")
    if_not_exists = action.if_not_exists()
    parts = split(action.group()) if action.word == "(" else [action.tokens[action.index :]]
    for part in parts:
        inner = action.inside(part)
        if len(parts) > 1 and (constraint := constraint_of(inner)) is not None:
            yield constraint_fact(action, table, constraint, action.tokens)
            continue
        column = column_of(inner)
        yield action.fact(ColumnAdded, table, f"{head} ADD COLUMN {column.name}", action.tokens, column=column, if_not_exists=if_not_exists)


def _drop(action: Cursor, table: str) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    cascade = any(token.word == "cascade" for token in action.tokens)
    if action.take("constraint"):
        action.if_exists()
        name = action.name()
        yield action.fact(ConstraintDropped, table, f"{head} DROP CONSTRAINT {name}", action.tokens, name=name, cascade=cascade)
    elif action.take("primary", "key"):
        yield action.fact(ConstraintDropped, table, f"{head} DROP PRIMARY KEY", action.tokens, name="", kind="primary key", cascade=cascade)
    elif action.at("foreign", "key") or action.at("check") or (action.at("unique") and len(action.tokens) - action.index > 1):
        kind = "foreign key" if action.take("foreign", "key") else action.word
        if kind != "foreign key":
            action.skip()
        action.if_exists()
        name = written(action.group()) if action.word == "(" else action.name()
        yield action.fact(ConstraintDropped, table, f"{head} DROP {kind.upper()} {name}", action.tokens, name=name, kind=kind, cascade=cascade)
    elif action.word in ("index", "key") and len(action.tokens) - action.index > 1:
        action.skip()
        if_exists = action.if_exists()
        name = action.name()
        yield action.fact(IndexDropped, table, f"{head} DROP INDEX {name}", action.tokens, name=name, if_exists=if_exists)
    elif action.take("partition"):
        name = written(action.tokens[action.index :])
        yield action.fact(PartitionChanged, table, f"{head} DROP PARTITION {name}", action.tokens, partition=name, how="drop")
    elif action.word not in ("period", "system"):
        action.take("column")
        if_exists = action.if_exists()
        names = names_of(action.group()) if action.word == "(" else (action.name(),)
        for name in names:
            yield action.fact(ColumnDropped, table, f"{head} DROP COLUMN {name}", action.tokens, column=name, if_exists=if_exists, cascade=cascade)


def _alter_column(action: Cursor, table: str) -> Iterator[Fact]:
    if action.take("constraint") or (action.word in ("index", "check", "key") and len(action.tokens) - action.index > 2):
        return
    action.take("column")
    action.if_exists()
    column = action.name()
    head = f"ALTER TABLE {table} ALTER COLUMN {column}"
    tokens = action.tokens
    if action.take("set", "data", "type") or action.take("type"):
        kind = action.until("using", "collate")
        if action.take("collate"):
            action.parts()
        using = written(action.tokens[action.index :]) if action.take("using") else ""
        yield action.fact(ColumnRetyped, table, f"{head} TYPE {type_of(kind)}", tokens, column=column, type=type_of(kind), using=using)
    elif action.take("set", "not", "null"):
        yield action.fact(ColumnNullabilityChanged, table, f"{head} SET NOT NULL", tokens, column=column, nullable=False)
    elif action.take("drop", "not", "null"):
        yield action.fact(ColumnNullabilityChanged, table, f"{head} DROP NOT NULL", tokens, column=column, nullable=True)
    elif action.take("set", "default"):
        default = default_of(action.tokens[action.index :])
        yield action.fact(ColumnDefaultChanged, table, f"{head} SET DEFAULT", tokens, column=column, default=default)
    elif action.take("drop", "default") or action.take("drop", "identity") or action.take("drop", "expression"):
        yield action.fact(ColumnDefaultChanged, table, f"{head} DROP {action.tokens[action.index - 1].text.upper()}", tokens, column=column, default="")
    elif action.word in ("set", "reset", "restart", "add", "visible", "invisible") or action.at("drop", "rowguidcol"):
        return  # SET STATISTICS, SET STORAGE, SET (n_distinct = 1), SET GENERATED, ADD GENERATED
    elif action.done:
        raise action.lost()
    else:  # SQL Server: ALTER COLUMN c varchar(80) NOT NULL
        action.index -= 1
        yield from _defined_anew(action, table, tokens, keeps_default=True)


def _defined_anew(cursor: Cursor, table: str, tokens: list[Token], keeps_default: bool = False) -> Iterator[Fact]:
    """A column's whole definition again: MODIFY and CHANGE of MySQL, ALTER COLUMN of SQL Server."""
    column = column_of(cursor) if not cursor.at("if", "exists") else options_of(cursor, "", "")
    head = f"ALTER TABLE {table} ALTER COLUMN {column.name}"
    if column.type:
        yield cursor.fact(ColumnRetyped, table, f"{head} TYPE {column.type}", tokens, column=column.name, type=column.type)
    if not column.nullable:
        yield cursor.fact(ColumnNullabilityChanged, table, f"{head} SET NOT NULL", tokens, column=column.name, nullable=False)
        if not column.default and not keeps_default:
            yield cursor.fact(ColumnDefaultChanged, table, f"{head} DROP DEFAULT", tokens, column=column.name, default="")


def _rename(action: Cursor, table: str) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    if action.take_any("constraint", "index", "key") and len(action.tokens) > 2:
        return
    if action.take("to") or action.take("as") or (action.word not in ("column",) and "to" not in {token.word for token in action.tokens}):
        to = action.table()
        if "." not in to and "." in table:
            to = f"{table.rsplit('.', 1)[0]}.{to}"
        yield action.fact(TableRenamed, table, f"{head} RENAME TO {to}", action.tokens, to=to)
        return
    action.take("column")
    column = action.name()
    action.need("to")
    to = action.name()
    yield action.fact(ColumnRenamed, table, f"{head} RENAME COLUMN {column} TO {to}", action.tokens, column=column, to=to)


def _switch(action: Cursor, table: str) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    what = "no force" if action.take("no", "force") else action.take_any("enable", "disable", "force")
    if action.take("row", "level", "security"):
        yield action.fact(RowSecurityChanged, table, f"{head} {what.upper()} ROW LEVEL SECURITY", action.tokens, action=what)
        return
    action.take_any("always", "replica")
    if action.take_any("trigger", "rule"):
        name = action.name()
        yield action.fact(TriggersSwitched, table, f"{head} {what.upper()} TRIGGER {name}", action.tokens, name=name, enabled=what == "enable")
    elif action.word not in ("keys", "constraint", "validate", "novalidate", "change_tracking", "all", "") and what != "force":
        raise action.lost()
    elif what == "force" and action.done:
        yield action.fact(TableStorageChanged, table, f"{head} FORCE", action.tokens, how="rebuild")


def _partition(action: Cursor, table: str) -> Iterator[Fact]:
    head = f"ALTER TABLE {table}"
    verb = action.word
    action.skip()
    if action.take("partition"):
        if verb in ("attach", "detach"):
            partition = action.table()
            concurrently = action.take("concurrently")
            yield action.fact(PartitionChanged, table, f"{head} {verb.upper()} PARTITION {partition}", action.tokens, partition=partition, how=verb,
                              concurrently=concurrently)  # fmt: skip
            return
        name = written(action.until("into", "with"))
        if verb == "exchange":
            action.take("with", "table")
            yield action.fact(TableRenamed, table, f"{head} EXCHANGE PARTITION {name}", action.tokens, to=action.table())
            return
        how = "truncate" if verb in ("truncate", "discard") else "reorganize"
        yield action.fact(PartitionChanged, table, f"{head} {verb.upper()} PARTITION {name}", action.tokens, partition=name, how=how)
    elif verb == "discard":
        yield action.fact(PartitionChanged, table, f"{head} DISCARD TABLESPACE", action.tokens, partition="", how="truncate")
    elif verb in ("rebuild", "coalesce", "remove"):
        yield action.fact(TableStorageChanged, table, f"{head} {verb.upper()}", action.tokens, how="rebuild")
