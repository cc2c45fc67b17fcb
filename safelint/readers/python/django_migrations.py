"""Django migrations: what their operations would do, in order, and what the functions that they run would do to rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact, LooksElsewhere, NotUnderstood
from safelint.facts.migrations import STATEMENTS, DjangoMigration, TableCreated
from safelint.facts.tables import TableNamed
from safelint.readers import Source
from safelint.readers._sql_names import HOLE
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._django import Apps, DjangoWalk, Editor, FieldOf, Model
from safelint.readers.python._django_fields import Field, column_sql, field_of
from safelint.readers.python._elsewhere import Elsewhere
from safelint.readers.python._queries import FileOf
from safelint.readers.python._statements import Statements, quoted
from safelint.readers.python._tables import app_label, default_table
from safelint.readers.python._walk import Call, Frame, Function, TooLong, flag, text
from safelint.records import dataclass, field
from safelint.values import Known, Listing, Mapping, Reference, Unknown

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (NotUnderstood, LooksElsewhere, DjangoMigration, TableNamed, *STATEMENTS)
TRIGGERS = (b"migrations.",)

_DEEDS = {"__init__", "database_forwards", "database_backwards"}
_LOGIN_WORDS = ("session", "token", "auth", "login", "user", "account", "credential", "password")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a migration, with its arguments."""

    kind: str
    call: Call


def by_words(code: str) -> bool:
    """Whether some code is about logins."""
    return any(word in code.lower() for word in _LOGIN_WORDS)


@dataclass(slots=True)
class _Known:
    """What a file itself says of the models: their tables and their columns."""

    app: str
    tables: dict[tuple[str, str], str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    unmanaged: set[str] = field(default_factory=set)

    def table(self, model: str, app: str = "") -> str:
        """The table of a model."""
        app = app or self.app
        return self.tables.get((app.lower(), model.lower())) or default_table(app, model)


def read(source: Source) -> Iterator[Fact]:
    """The facts of a migration."""
    module = parse(Source(source.path, source.text))
    if not module.imports("django"):
        return
    elsewhere = Elsewhere(source.path, source.beside)
    for cls in module.nodes(ast.ClassDef):
        if any((module.qualified(base) or "").endswith("Migration") for base in cls.bases):
            link = _link(module, cls)
            yield link
            # A database that ran the migrations in whose place a squashed one comes does not run it: it only makes new ones.
            yield from (fact for fact in _migration(module, cls, elsewhere) if not link.replaces or isinstance(fact, TableCreated | TableNamed))
    yield from elsewhere.fact()


def _link(module: PythonModule, cls: ast.ClassDef) -> DjangoMigration:
    """A migration's place among those of its app."""
    place, whole = module.place(cls), True

    def named(attribute: str) -> tuple[str, ...]:
        nonlocal place, whole
        found = []
        for written in module.assignments(cls, attribute):
            value = module.value(written) if written is not None else None
            place = module.place(written) if attribute == "dependencies" and written is not None else place
            whole = whole and isinstance(value, Listing) and not any(isinstance(item, Unknown) for item in value.items)
            pairs = [pair.items for pair in value.items if isinstance(pair, Listing) and len(pair.items) == 2] if isinstance(value, Listing) else []
            found += [f"{app}.{name}" for first, second in pairs if (app := text(first)) and (name := text(second))]
        return tuple(found)

    after, replaces = named("dependencies"), named("replaces")
    *package, name = module.dotted.split(".")
    return DjangoMigration(place=place, app=app_label(package), name=name, after=after, replaces=replaces, whole=whole)


def _migration(module: PythonModule, cls: ast.ClassDef, elsewhere: Elsewhere) -> Iterator[Fact]:
    app = app_label(module.dotted.split("."))
    atomic = next((module.value(value) for value in module.assignments(cls, "atomic") if value is not None), Known(True))
    for backwards in (False, True):
        found: list[Fact] = []
        statements = Statements(module, "django", "downgrade" if backwards else "upgrade", found)
        walk = _MigrationWalk(module, statements, elsewhere, _Known(app), backwards)
        walk.frame = Frame({}, transactional=bool(atomic.value) if isinstance(atomic, Known) else None)
        try:
            walk.migration(cls)
        except TooLong:
            yield NotUnderstood(place=module.place(cls), what=f"class {cls.name}", why="too long to follow", direction=statements.direction)
        yield from found


class _MigrationWalk(DjangoWalk):
    """Applies operations in order, forwards or backwards."""

    def __init__(self, module: PythonModule, statements: Statements, elsewhere: Elsewhere, known: _Known, backwards: bool) -> None:
        super().__init__(module, statements, elsewhere)
        self.known = known
        self.backwards = backwards

    def table(self, app: str, model: str) -> str:
        return self.known.table(model, app)

    def migration(self, cls: ast.ClassDef) -> None:
        """Walk the list of operations of a migration's class."""
        for statement in cls.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="operations")], value=value) | ast.AnnAssign(target=ast.Name(id="operations"), value=ast.expr() as value):
                    pass
                case ast.AugAssign(target=ast.Name(id="operations"), value=value):
                    pass
                case _:
                    continue
            self.apply_all(self.evaluate(value), value)

    def apply_all(self, operations: object, written: ast.expr) -> None:
        """Apply a list of operations."""
        if not isinstance(operations, Listing):
            return
        for each in operations.items:
            if isinstance(each, Operation):
                self.apply(each)
            elif isinstance(each, Listing):
                self.apply_all(each, written)
        for node in written.elts if isinstance(written, ast.List | ast.Tuple) and not self.backwards else ():
            self._stranger(node)

    def _stranger(self, node: ast.expr) -> None:
        """An operation of somebody's own: what it does stands in its class."""
        name = self.module.qualified(node.func) if isinstance(node, ast.Call) else None
        if not name or name.rsplit(".", 1)[-1] in OPERATIONS or name.startswith(("django.", "migrations.")):
            return
        written = [node, *(cls for cls in self.module.nodes(ast.ClassDef) if cls.name == name)]
        if not isinstance(self.evaluate(node), Operation | Listing) and any(by_words(self.module.text(each)) for each in written):
            self.statements.not_understood(node, "what this operation does is in its class")

    # ---- operations

    def on_name(self, dotted: str) -> object:
        if dotted in ("django.apps.apps",):
            return Apps()
        return super().on_name(dotted)

    def on_call(self, call: Call) -> object:
        kind = (call.name or "").rsplit(".", 1)[-1]
        kind = self._base_of(kind) if kind not in OPERATIONS else kind
        if kind in OPERATIONS and isinstance(call.node.func, ast.Attribute | ast.Name):
            return Operation(kind, call)
        if (made := field_of(self, call)) is not None:
            return made
        if isinstance(call.on, Editor):
            found = self._edit(call)
            if found is not NotImplemented:
                return found
        return super().on_call(call)

    def _base_of(self, name: str) -> str:
        """The operation that a class of this file is, where it only gives it another name."""
        for cls in self.module.nodes(ast.ClassDef):
            if cls.name == name and not any(isinstance(each, ast.FunctionDef) and each.name in _DEEDS for each in cls.body):
                return next((last for base in cls.bases if (last := (self.module.qualified(base) or "").rsplit(".", 1)[-1]) in OPERATIONS), name)
        return name

    def apply(self, operation: Operation) -> None:
        """What one operation does to the database."""
        if self.backwards and operation.kind not in ("RunSQL", "RunPython", "SeparateDatabaseAndState"):
            return
        method = getattr(self, f"_apply_{OPERATIONS[operation.kind]}", None)
        if method is not None:
            method(operation.call, operation.kind)

    def _do(self, sql: str, call: Call) -> None:
        self.statements.sql(sql, call.node, self.frame)

    def _model_table(self, call: Call, name: str = "model_name", position: int = 0) -> str:
        return quoted(self.known.table(text(call.argument(name, position)) or HOLE))

    def _is_unmanaged(self, call: Call, name: str = "model_name") -> bool:
        return (text(call.argument(name, 0)) or "").lower() in self.known.unmanaged

    def _apply_create_model(self, call: Call, kind: str) -> None:
        name = text(call.argument("name", 0))
        if name is None:
            return
        options = call.argument("options", 2)
        option = options.get if isinstance(options, Mapping) else lambda _: None
        if flag(option("proxy")) or option("managed") == Known(False):
            self.known.unmanaged.add(name.lower())
            if not self.backwards:
                self.statements.facts.append(TableNamed(place=self.module.place(call.node), default_name=default_table(self.known.app, name), name=""))
            return
        self._name_table(name, text(option("db_table")), call)
        fields = call.argument("fields", 1)
        columns: list[str] = []
        for pair in fields.items if isinstance(fields, Listing) else ():
            if isinstance(pair, Listing) and len(pair.items) == 2 and isinstance(pair.items[1], Field):
                sql = self._column(name, text(pair.items[0]) or HOLE, pair.items[1])
                if sql:
                    columns.append(sql)
        self._do(f"CREATE TABLE {quoted(self.known.table(name))} ({', '.join(columns)})", call)

    def _column(self, model: str, name: str, made: Field) -> str | None:
        self.known.columns[model.lower(), name] = made.column(name)
        return column_sql(name, made, self.known.table)

    def _name_table(self, model: str, table: str | None, call: Call) -> None:
        if table:
            self.known.tables[self.known.app.lower(), model.lower()] = table
            default = default_table(self.known.app, model)
            if not self.backwards:
                self.statements.facts.append(TableNamed(place=self.module.place(call.node), default_name=default, name=table))

    def _apply_delete_model(self, call: Call, kind: str) -> None:
        if not self._is_unmanaged(call, "name"):
            self._do(f"DROP TABLE {self._model_table(call, 'name')} CASCADE", call)

    def _apply_rename_model(self, call: Call, kind: str) -> None:
        old, new = text(call.argument("old_name", 0)), text(call.argument("new_name", 1))
        key = (self.known.app.lower(), (old or "").lower())
        if not old or not new or self._is_unmanaged(call, "old_name"):
            return
        if key in self.known.tables:
            # A table with a name of its own keeps it.
            self.known.tables[self.known.app.lower(), new.lower()] = self.known.tables[key]
            return
        if old.lower() != new.lower():
            self._do(f"ALTER TABLE {quoted(self.known.table(old))} RENAME TO {quoted(default_table(self.known.app, new))}", call)

    def _apply_alter_table(self, call: Call, kind: str) -> None:
        model, table = text(call.argument("name", 0)), call.argument("table", 1)
        if not model or self._is_unmanaged(call, "name"):
            return
        before = self.known.table(model)
        after = text(table) or (default_table(self.known.app, model) if isinstance(table, Known) else None)
        if after and after != before:
            self._do(f"ALTER TABLE {quoted(before)} RENAME TO {quoted(after)}", call)
        # Back to the default name counts too: an earlier migration may have given another one.
        self._name_table(model, after, call)

    def _apply_add_field(self, call: Call, kind: str) -> None:
        name, made = text(call.argument("name", 1)), call.argument("field", 2)
        if not name or not isinstance(made, Field) or self._is_unmanaged(call):
            return
        sql = self._column(text(call.argument("model_name", 0)) or "", name, made)
        if not sql:
            return
        table = self._model_table(call)
        self._do(f"ALTER TABLE {table} ADD COLUMN {sql}", call)
        if made.default_is_dropped:
            self._do(f"ALTER TABLE {table} ALTER COLUMN {quoted(made.column(name))} DROP DEFAULT", call)
        if made.indexed:
            self._do(f"CREATE INDEX ON {table} ({quoted(made.column(name))})", call)

    def _apply_alter_field(self, call: Call, kind: str) -> None:
        """What the field is from now on, in all: what of it is new, only the migrations before can tell."""
        model, name, made = text(call.argument("model_name", 0)), text(call.argument("name", 1)), call.argument("field", 2)
        if not (model and name and isinstance(made, Field) and made.has_column) or self._is_unmanaged(call):
            return
        self.known.columns[model.lower(), name] = made.column(name)
        table, column = self._model_table(call), quoted(made.column(name))
        says = [f"ALTER COLUMN {column} TYPE {made.type}"] if made.is_typed else []
        says += [] if made.nullable else [f"ALTER COLUMN {column} SET NOT NULL"]
        says += [f"ADD UNIQUE ({column})"] if made.unique else []
        for each in says:
            self.statements.sql(f"ALTER TABLE {table} {each}", call.node, self.frame, stated=True)

    def _apply_remove_field(self, call: Call, kind: str) -> None:
        model, name = text(call.argument("model_name", 0)), text(call.argument("name", 1))
        if model and name and not self._is_unmanaged(call):
            column = self.known.columns.get((model.lower(), name), name)
            self._do(f"ALTER TABLE {self._model_table(call)} DROP COLUMN {quoted(column)} CASCADE", call)

    def _apply_rename_field(self, call: Call, kind: str) -> None:
        old, new = text(call.argument("old_name", 1)), text(call.argument("new_name", 2))
        if old and new and not self._is_unmanaged(call):
            self._do(f"ALTER TABLE {self._model_table(call)} RENAME COLUMN {quoted(old)} TO {quoted(new)}", call)

    def _apply_add_index(self, call: Call, kind: str) -> None:
        if self._is_unmanaged(call):
            return
        index = call.argument("index", 1)
        names = index.get("fields") if isinstance(index, Mapping) else None
        columns = ", ".join(quoted((text(each) or HOLE).lstrip("-")) for each in names.items) if isinstance(names, Listing) else HOLE
        concurrently = " CONCURRENTLY" if kind == "AddIndexConcurrently" else ""
        self._do(f"CREATE INDEX{concurrently} ON {self._model_table(call)} ({columns or HOLE})", call)

    def _apply_add_constraint(self, call: Call, kind: str) -> None:
        if self._is_unmanaged(call):
            return
        constraint = call.argument("constraint", 1)
        table = self._model_table(call)
        what = text(constraint.get("kind")) if isinstance(constraint, Mapping) else None
        names = constraint.get("fields") if isinstance(constraint, Mapping) else None
        columns = ", ".join(quoted(text(each) or HOLE) for each in names.items) if isinstance(names, Listing) and names.items else HOLE
        if what == "UniqueConstraint":
            conditional = isinstance(constraint, Mapping) and constraint.get("condition") is not None
            self._do(f"CREATE UNIQUE INDEX ON {table} ({columns})" if conditional else f"ALTER TABLE {table} ADD UNIQUE ({columns})", call)
        elif what == "CheckConstraint":
            unchecked = " NOT VALID" if kind == "AddConstraintNotValid" else ""
            self._do(f"ALTER TABLE {table} ADD CHECK ({HOLE}){unchecked}", call)

    def _apply_unique_together(self, call: Call, kind: str) -> None:
        groups = call.argument("unique_together" if kind == "AlterUniqueTogether" else "index_together", 1)
        if not isinstance(groups, Listing) or self._is_unmanaged(call, "name"):
            return
        table = self._model_table(call, "name")
        for group in groups.items:
            if isinstance(group, Listing) and group.items:
                columns = ", ".join(quoted(text(each) or HOLE) for each in group.items)
                self._do(f"ALTER TABLE {table} ADD UNIQUE ({columns})" if kind == "AlterUniqueTogether" else f"CREATE INDEX ON {table} ({columns})", call)

    def _apply_separate(self, call: Call, kind: str) -> None:
        self.apply_all(call.argument("database_operations", 0), call.node)
        state = call.argument("state_operations", 1)
        for each in state.items if isinstance(state, Listing) else ():
            if isinstance(each, Operation):
                self._state_only(each)

    def _state_only(self, operation: Operation) -> None:
        """What the state says of tables' names, without anything being done."""
        call = operation.call
        if operation.kind == "CreateModel":
            options = call.argument("options", 2)
            self._name_table(text(call.argument("name", 0)) or "", text(options.get("db_table")) if isinstance(options, Mapping) else None, call)
        elif operation.kind == "AlterModelTable":
            self._name_table(text(call.argument("name", 0)) or "", text(call.argument("table", 1)), call)

    def _apply_sql(self, call: Call, kind: str) -> None:
        name, position = ("reverse_sql", 1) if self.backwards else ("sql", 0)
        written = next((keyword.value for keyword in call.node.keywords if keyword.arg == name), None)
        if written is None:
            written = call.node.args[position] if len(call.node.args) > position else call.node
        self._run_sql(call, call.argument(name, position), written)

    def _run_sql(self, call: Call, what: object, written: ast.expr) -> None:
        """SQL as RunSQL takes it: a text, or a list of texts and of (text, parameters)."""
        if isinstance(what, Listing):
            nodes = written.elts if isinstance(written, ast.List | ast.Tuple) and len(written.elts) == len(what.items) else [written] * len(what.items)
            for item, node in zip(what.items, nodes, strict=True):
                if isinstance(item, Listing) and item.items:
                    first = node.elts[0] if isinstance(node, ast.List | ast.Tuple) and node.elts else node
                    self._run_sql(call, item.items[0], first)
                else:
                    self._run_sql(call, item, node)
            return
        if what is None or (isinstance(what, Known) and what.value is None) or (isinstance(what, Reference) and what.name.endswith("noop")):
            return
        if isinstance(what, FileOf) or not self.run_text(what, written, call.node):
            self.statements.not_understood(call.node, f"{what.path} is not in the tree" if isinstance(what, FileOf) else "the statement is not known here")

    def _apply_python(self, call: Call, kind: str) -> None:
        code = call.argument("reverse_code", 1) if self.backwards else call.argument("code", 0)
        atomic = call.argument("atomic")
        with self.given(transactional=bool(atomic.value) if isinstance(atomic, Known) and atomic.value is not None else None):
            if isinstance(code, Reference) and (method := self._method(code.name)) is not None:
                code = method
            if isinstance(code, Function):
                with self.at(call.node):
                    self.call(code, [Apps(), Editor()])
            elif isinstance(code, Reference | Unknown):
                name = code.name if isinstance(code, Reference) else self.module.text(call.node)
                if name in self.elsewhere.broken:
                    self.statements.not_understood(call.node, "the file that it is in does not parse", anything=True)
                elif not name.endswith("noop") and any(word in name.lower() for word in _LOGIN_WORDS):
                    self.statements.not_understood(call.node, "the function is in another file")

    def _method(self, name: str) -> Function | None:
        """A static method of a class of this file, by its dotted name."""
        owner, _, name = name.rpartition(".")
        methods = [each for cls in self.module.nodes(ast.ClassDef) if cls.name == owner for each in cls.body]
        found = next((each for each in methods if isinstance(each, ast.FunctionDef) and each.name == name), None)
        return Function(found, module=self.module) if found is not None else None

    def _edit(self, call: Call) -> object:
        """The schema editor's own methods."""
        model = call.args[0] if call.args else None
        if not isinstance(model, Model):
            return NotImplemented
        table = quoted(model.table)
        match call.method:
            case "delete_model":
                self._do(f"DROP TABLE {table} CASCADE", call)
            case "create_model":
                self._do(f"CREATE TABLE {table} ({HOLE} {HOLE})", call)
            case "alter_db_table" if text(call.argument("new_db_table", 2)):
                before = quoted(text(call.argument("old_db_table", 1)) or model.table)
                self._do(f"ALTER TABLE {before} RENAME TO {quoted(text(call.argument('new_db_table', 2)) or '')}", call)
            case "remove_field":
                field = call.argument("field", 1)
                self._do(f"ALTER TABLE {table} DROP COLUMN {quoted(field.name) if isinstance(field, FieldOf) else HOLE}", call)
            case _:
                return NotImplemented
        return Known(None)


OPERATIONS = {
    "CreateModel": "create_model", "DeleteModel": "delete_model", "RenameModel": "rename_model", "AlterModelTable": "alter_table",
    "AddField": "add_field", "RemoveField": "remove_field", "RenameField": "rename_field", "AlterField": "alter_field", "AddIndex": "add_index",
    "AddIndexConcurrently": "add_index", "AddConstraint": "add_constraint", "AddConstraintNotValid": "add_constraint",
    "AlterUniqueTogether": "unique_together", "AlterIndexTogether": "unique_together", "SeparateDatabaseAndState": "separate", "RunSQL": "sql",
    "RunPython": "python",
}  # fmt: skip
