"""Alembic and sqlalchemy-migrate revisions: what `upgrade()` and `downgrade()` would do, in order, without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal as OneOf
from typing import get_args

from safelint.facts import Fact, LooksElsewhere, NotUnderstood
from safelint.facts import migrations as facts
from safelint.facts.migrations import Direction, Statement
from safelint.readers import Source
from safelint.readers._sql_names import HOLE, UNKNOWN_TYPE
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._elsewhere import Elsewhere
from safelint.readers.python._queries import Query, Sql
from safelint.readers.python._sqlalchemy import ColumnOf, Constraint, Named, SqlAlchemyWalk, Table
from safelint.readers.python._statements import Statements, quoted, sql_text
from safelint.readers.python._tables import table_name
from safelint.readers.python._walk import Call, Frame, Function, TooLong, flag, text
from safelint.records import dataclass, replace
from safelint.table_names import by_name
from safelint.values import Known, Listing, Reference, Unknown

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (NotUnderstood, LooksElsewhere, facts.Revision, *facts.STATEMENTS)
TRIGGERS = (b"alembic", b"migrate_engine", b"down_revision")

# Every operation of Alembic, and whether it changes anything that matters: a test compares this with the installed library.
HARMLESS = {
    "bulk_insert", "create_table_comment", "drop_table_comment", "get_context", "get_bind", "f", "inline_literal", "implementation_for",
    "register_operation", "run_async", "autocommit_block", "context",
}  # fmt: skip
UNCLEAR = {"invoke"}
KNOWN = {
    "add_column", "alter_column", "batch_alter_table", "create_check_constraint", "create_exclude_constraint", "create_foreign_key", "create_index",
    "create_primary_key", "create_table", "create_unique_constraint", "drop_column", "drop_constraint", "drop_index", "drop_table", "execute",
    "rename_table",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Op:
    """`alembic.op`, or the object of a `batch_alter_table` (then with its table, as SQL)."""

    table: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """`op.drop_table` itself, under whatever name it is called then."""

    name: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Bind:
    """A connection, an engine, a session, a context of the migration."""

    what: OneOf["bind", "context", "autocommit"] = "bind"


def read(source: Source) -> Iterator[Fact]:
    """The facts of a revision, upgrade first."""
    module = parse(Source(source.path, source.text))
    functions = module.functions
    if not _is_revision(module, functions):
        return
    yield from _revision(module)
    elsewhere = Elsewhere(source.path, source.beside)
    for direction in get_args(Direction):
        found: list[Fact] = []
        statements = Statements(module, "alembic", direction, found)
        walk = AlembicWalk(module, statements, elsewhere)
        walk.frame = Frame({}, transactional=True)
        for root in _roots(functions, direction):
            try:
                walk.run(root, [Bind()] if root.args.args and root.args.args[0].arg == "migrate_engine" else [])
            except TooLong:
                yield NotUnderstood(place=module.place(root), what=f"{root.name}()", why="too long to follow", direction=statements.direction)
        yield from found
    yield from elsewhere.fact()


def _is_revision(module: PythonModule, functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]) -> bool:
    if not any(name.startswith(("upgrade", "downgrade")) for name in functions):
        return False
    engine = any(argument.arg == "migrate_engine" for function in functions.values() for argument in function.args.args)
    return module.imports("alembic") or engine or bool(module.assignments(module.tree, "down_revision"))


def _roots(functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], direction: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that Alembic itself would call. With several databases `upgrade` finds `upgrade_<name>` by the name."""
    main = functions.get(direction)
    by_database = [node for name, node in functions.items() if name.startswith(direction + "_")]
    if main is None:
        return by_database
    finds = any(isinstance(each, ast.Name) and each.id in ("globals", "eval") for each in ast.walk(main))
    return by_database if finds and by_database else [main]


def _revision(module: PythonModule) -> Iterator[Fact]:
    """The identifiers of the revision: who it is, and after whom it comes."""

    def known(name: str) -> tuple[str, ...] | None:
        assigned = module.assignments(module.tree, name)
        if not assigned or assigned[-1] is None:
            return None
        value = module.value(assigned[-1])
        items = value.items if isinstance(value, Listing) else (value,)
        return tuple(item.value for item in items if isinstance(item, Known) and isinstance(item.value, str))

    own = known("revision")
    after = known("down_revision")
    if own and after is not None:
        place = next((module.place(value) for value in module.assignments(module.tree, "down_revision") if value is not None), None)
        assert place is not None
        yield facts.Revision(place=place, name=own[0], after=after, requires=known("depends_on") or (), labels=known("branch_labels") or ())


class AlembicWalk(SqlAlchemyWalk):
    """Follows `op` and what hangs on it."""

    def on_name(self, dotted: str) -> object:
        if dotted in ("alembic.op", "alembic.operations"):
            return Op()
        if dotted.startswith("alembic.op.") and dotted.count(".") == 2:
            return Operation(dotted.rpartition(".")[2])
        if dotted == "alembic.context":
            return Bind("context")
        return super().on_name(dotted)

    def on_attribute(self, on: object, name: str) -> object:
        if isinstance(on, Op):
            return Operation(name, on.table)
        if isinstance(on, Bind):
            return Bind() if name in ("connection", "bind", "engine") else NotImplemented
        return super().on_attribute(on, name)

    def on_enter(self, entered: object) -> bool | None:
        return False if entered == Bind("autocommit") else None

    def on_call(self, call: Call) -> object:
        match call.on:
            case Op(batch) if isinstance(call.node.func, ast.Attribute):
                return self._operation(call, batch)
            case Operation(name, batch):
                return self._operation(replace(call, method=name), batch)
            case Bind():
                if call.method == "autocommit_block":
                    return Bind("autocommit")
                if call.method in (
                    "connect",
                    "begin",
                    "begin_nested",
                    "get_bind",
                    "bind",
                    "connection",
                    "execution_options",
                    "get_context",
                    "raw_connection",
                    "cursor",
                ):
                    return Bind()
                if call.method == "run_callable" and call.args and isinstance(call.args[0], Function):
                    return self.call(call.args[0], [Bind()])
        if call.name == "getattr" and len(call.args) > 1 and isinstance(call.args[0], Op) and text(call.args[1]):
            return Operation(text(call.args[1]) or "", call.args[0].table)
        if call.name == "map" and len(call.args) == 2 and isinstance(call.args[0], Operation) and isinstance(call.args[1], Listing):
            for item in call.args[1].items:
                self._operation(replace(call, method=call.args[0].name, args=(item,), kwargs={}), call.args[0].table)
            return Known(None)
        found = super().on_call(call)
        if found is not NotImplemented:
            return found
        if call.method == "drop_all":
            self.statements.fact(self._everything(call))
            return Known(None)
        if call.method in ("drop", "create", "alter") and isinstance(call.node.func, ast.Attribute) and isinstance(call.on, Sql):
            return self._migrate_column(call, call.on)
        if call.method == "create" and isinstance(call.on, ColumnOf):
            table = self.table_of(call.args[0]) if call.args else None
            if table is not None:
                self._do(f"ALTER TABLE {table.sql} ADD COLUMN {call.on.sql}", call)
            return Known(None)
        if call.method == "create" and isinstance(call.on, Table):
            return Known(None)
        self._stranger(call)
        return NotImplemented

    def _stranger(self, call: Call) -> None:
        """A helper of another file that is handed a login's table: what it does with it is not known here."""
        if not self.module.is_imported(call.node.func) or not (call.on is None or isinstance(call.on, Reference)):
            return
        dotted = call.name or ""
        if dotted.startswith(
            ("sqlalchemy", "alembic", "os.", "pathlib", "datetime", "json", "uuid", "logging", "textwrap", "re.", "typing", "warnings", "sys.", "time.")
        ):
            return
        verbs = ("drop", "delete", "truncate", "remove", "rename", "alter", "clear", "purge", "flush", "execute", "migrate")
        if any(verb in call.method.lower() for verb in verbs):
            names = [name for each in (*call.args, *call.kwargs.values()) if (name := text(each)) and by_name(name)]
            if names or "execute" in call.method.lower() or any(by_name(word) for word in call.method.lower().split("_")):
                self.statements.not_understood(call.node, f"{dotted} is in another file")

    # ---- operations

    def _do(self, sql: str, call: Call, **known: object) -> None:
        self.statements.sql(sql, call.node, self.frame, **known)

    def _operation(self, call: Call, table: str) -> object:
        name = call.method
        if name == "batch_alter_table":
            schema = text(call.argument("schema"))
            return Op(quoted(schema or "", self._text(call.argument("table_name", 0))))
        if name == "execute":
            return self.execute(call, call.argument("sqltext", 0), self._node(call, "sqltext"))
        if name in ("get_bind", "get_context"):
            return Bind("bind" if name == "get_bind" else "context")
        if name == "f":
            return call.argument("name", 0)
        if name == "inline_literal":
            return call.argument("value", 0)
        if name == "run_async" and call.args and isinstance(call.args[0], Function):
            return self.call(call.args[0], [Bind()])
        if name in UNCLEAR:
            self.statements.not_understood(call.node, "an operation object is not followed")
            return Known(None)
        method = getattr(self, f"_op_{name}", None)
        if method is not None:
            return method(call, table)
        return Known(None)

    def _node(self, call: Call, name: str) -> ast.expr:
        return next((keyword.value for keyword in call.node.keywords if keyword.arg == name), call.node.args[0] if call.node.args else call.node)

    def _text(self, value: object) -> str:
        return sql_text(value) or HOLE

    def _table(self, call: Call, table: str, name: str, position: int) -> tuple[str, int]:
        """The table of an operation as SQL, and how far a batch operation's arguments are to the left of the plain one's."""
        if table:
            return table, 1
        return quoted(text(call.argument("schema")) or "", self._text(call.argument(name, position))), 0

    def _names(self, value: object) -> str:
        items = value.items if isinstance(value, Listing) else (value,)
        return ", ".join(f"({each.sql})" if isinstance(each, Sql) else quoted(text(each) or HOLE) for each in items)

    def _op_create_table(self, call: Call, batch: str) -> object:
        table, _ = self._table(call, batch, "table_name", 0)
        parts = [each.sql for each in call.args[1:] if isinstance(each, ColumnOf | Constraint)]
        prefixes = call.argument("prefixes")
        words = [text(each) or "" for each in prefixes.items] if isinstance(prefixes, Listing) else []
        guard = "IF NOT EXISTS " if flag(call.argument("if_not_exists")) else ""
        self._do(f"CREATE {' '.join(words)} TABLE {guard}{table} ({', '.join(parts)})", call)
        return Table(table)

    def _op_drop_table(self, call: Call, batch: str) -> None:
        table, _ = self._table(call, batch, "table_name", 0)
        if table == quoted(HOLE):
            self.statements.not_understood(call.node, "the table is not known here")
        self._do(f"DROP TABLE {'IF EXISTS ' if flag(call.argument('if_exists')) else ''}{table}", call)

    def _op_rename_table(self, call: Call, batch: str) -> None:
        table, _ = self._table(call, batch, "old_table_name", 0)
        self._do(f"ALTER TABLE {table} RENAME TO {quoted(self._text(call.argument('new_table_name', 1)))}", call)

    def _op_add_column(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 0)
        column = call.argument("column", 1 - shift)
        if not isinstance(column, ColumnOf):
            return
        guard = "IF NOT EXISTS " if flag(call.argument("if_not_exists")) else ""
        self._do(f"ALTER TABLE {table} ADD COLUMN {guard}{column.sql}", call)
        if column.index:
            self._do(f"CREATE INDEX ON {table} ({quoted(column.name)})", call)

    def _op_drop_column(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 0)
        column = quoted(self._text(call.argument("column_name", 1 - shift)))
        self._do(f"ALTER TABLE {table} DROP COLUMN {'IF EXISTS ' if flag(call.argument('if_exists')) else ''}{column}", call)

    def _op_alter_column(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 0)
        column = quoted(self._text(call.argument("column_name", 1 - shift)))
        kind = call.argument("type_")
        if kind is not None and not (isinstance(kind, Known) and kind.value is None):
            using = text(call.argument("postgresql_using"))
            was = self.type_sql(call.argument("existing_type"))
            self._do(
                f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {self.type_sql(kind) or UNKNOWN_TYPE}" + (f" USING {using}" if using else ""), call, was=was
            )
        nullable = call.argument("nullable")
        if isinstance(nullable, Known) and isinstance(nullable.value, bool):
            self._do(f"ALTER TABLE {table} ALTER COLUMN {column} {'DROP' if nullable.value else 'SET'} NOT NULL", call)
        if call.has("server_default"):
            default = call.argument("server_default")
            if isinstance(default, Known) and default.value is None:
                self._do(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT", call)
            elif not (isinstance(default, Known) and default.value is False):
                self._do(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {self.default(default)}", call)
        new = text(call.argument("new_column_name") or call.argument("name"))
        if new:
            self._do(f"ALTER TABLE {table} RENAME COLUMN {column} TO {quoted(new)}", call)

    def _op_create_index(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 1)
        words = ["CREATE", "UNIQUE" if flag(call.argument("unique", 4 if not shift else None)) else "", "INDEX"]
        words.append("CONCURRENTLY" if flag(call.argument("postgresql_concurrently")) else "")
        words.append("IF NOT EXISTS" if flag(call.argument("if_not_exists")) else "")
        name = quoted(self._text(call.argument("index_name", 0)))
        self._do(f"{' '.join(word for word in words if word)} {name} ON {table} ({self._names(call.argument('columns', 2 - shift))})", call)

    def _op_drop_index(self, call: Call, batch: str) -> None:
        table = batch or (quoted(self._text(call.argument("table_name", 1))) if call.argument("table_name", 1) is not None else "")
        concurrently = "CONCURRENTLY " if flag(call.argument("postgresql_concurrently")) else ""
        guard = "IF EXISTS " if flag(call.argument("if_exists")) else ""
        known = {"table": table_name(table)} if table else {}
        self._do(f"DROP INDEX {concurrently}{guard}{quoted(self._text(call.argument('index_name', 0)))}", call, **known)

    def _constraint_on(self, call: Call, table: str, definition: str) -> None:
        name = call.argument("constraint_name", 0)
        named = f"CONSTRAINT {quoted(text(name) or '')} " if text(name) else ""
        unchecked = " NOT VALID" if flag(call.argument("postgresql_not_valid")) else ""
        self._do(f"ALTER TABLE {table} ADD {named}{definition}{unchecked}", call)

    def _op_create_foreign_key(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "source_table", 1)
        schema = text(call.argument("source_schema"))
        if not batch and schema:
            table = quoted(schema, self._text(call.argument("source_table", 1)))
        far = quoted(text(call.argument("referent_schema")) or "", self._text(call.argument("referent_table", 2 - shift)))
        near, columns = (self._names(call.argument(name, position - shift)) for name, position in (("local_cols", 3), ("remote_cols", 4)))
        delete = text(call.argument("ondelete"))
        self._constraint_on(call, table, f"FOREIGN KEY ({near}) REFERENCES {far} ({columns})" + (f" ON DELETE {delete}" if delete else ""))

    def _op_create_unique_constraint(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 1)
        existing = text(call.argument("postgresql_using_index"))
        self._constraint_on(
            call, table, f"UNIQUE USING INDEX {quoted(existing)}" if existing else f"UNIQUE ({self._names(call.argument('columns', 2 - shift))})"
        )

    def _op_create_primary_key(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 1)
        self._constraint_on(call, table, f"PRIMARY KEY ({self._names(call.argument('columns', 2 - shift))})")

    def _op_create_check_constraint(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 1)
        self._constraint_on(call, table, f"CHECK ({self.condition(call.argument('condition', 2 - shift))})")

    def _op_create_exclude_constraint(self, call: Call, batch: str) -> None:
        table, _ = self._table(call, batch, "table_name", 1)
        self._constraint_on(call, table, f"EXCLUDE USING gist ({HOLE} WITH =)")

    def _op_drop_constraint(self, call: Call, batch: str) -> None:
        table, shift = self._table(call, batch, "table_name", 1)
        kind = {"foreignkey": "foreign key", "primary": "primary key"}.get(
            text(call.argument("type_", 2 - shift)) or "", text(call.argument("type_", 2 - shift)) or ""
        )
        self._do(f"ALTER TABLE {table} DROP CONSTRAINT {quoted(self._text(call.argument('constraint_name', 0)))}", call, kind=kind)

    # ---- sqlalchemy-migrate, and the rest

    def _migrate_column(self, call: Call, column: Sql) -> object:
        """`table.c.name.drop()` and `.alter(...)`."""
        func = call.node.func
        owner = func.value.value if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Attribute) else None
        inner = owner.value if isinstance(owner, ast.Attribute) else owner
        table = self.table_of(self.frame.names.get(inner.id)) if isinstance(inner, ast.Name) else None
        if table is None:
            return Known(None)
        if call.method == "drop":
            self._do(f"ALTER TABLE {table.sql} DROP COLUMN {column.sql}", call)
        elif text(call.argument("name")):
            self._do(f"ALTER TABLE {table.sql} RENAME COLUMN {column.sql} TO {quoted(text(call.argument('name')) or '')}", call)
        return Known(None)

    def _everything(self, call: Call) -> Statement:
        return facts.SchemaDropped(
            place=self.module.place(call.node), statement=self.module.text(call.node), direction=self.statements.direction, origin="alembic",
            conditional=self.frame.conditional, name="every table of the models", what="schema", cascade=True,
        )  # fmt: skip

    def execute(self, call: Call, what: object, written: ast.expr) -> object:
        if isinstance(what, Query | Sql | Known | Listing | Function):
            return super().execute(call, what, written)
        if isinstance(what, Named | Table | Bind | ColumnOf | Reference | Unknown) and not self._matters(call):
            return Known(None)
        return super().execute(call, what, written)

    def _matters(self, call: Call) -> bool:
        """`execute` of a thing that is no connection (a task, a command) is no statement."""
        return isinstance(call.on, Bind | Op | Named) or call.method in ("exec_driver_sql", "executescript") or isinstance(call.on, Unknown)
