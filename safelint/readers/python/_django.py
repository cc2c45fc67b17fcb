"""Django's ORM as the walk meets it: models, managers, querysets, the rows of a loop - each change of rows as the SQL that it is."""

from __future__ import annotations

import ast
import re

from safelint.readers._sql_names import HOLE
from safelint.readers.python._elsewhere import Elsewhere
from safelint.readers.python._module import PythonModule
from safelint.readers.python._queries import NOW, Query, QueryWalk, Sql
from safelint.readers.python._statements import Statements, quoted
from safelint.readers.python._tables import default_table, model_table
from safelint.readers.python._walk import Call, Function, flag, text
from safelint.records import dataclass, field, replace
from safelint.values import Known, Listing, Mapping, Reference, Template, Unknown

# Commands that say by their name that they look after logins, and take nobody's away.
_HOUSEKEEPING = re.compile(r"expired|^clearsessions$|^cleartokens$|^create|^changepassword$|^send|^check|^show|^list|^sync|^import|^export|^load|^dump")
_LOGINS = re.compile(r"session|token|log_?out|login|flush|purge|wipe")
_LOOKUPS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "exact": "=", "iexact": "="}
_SAME = {
    "all", "using", "db_manager", "order_by", "select_related", "prefetch_related", "only", "defer", "iterator", "aiterator", "select_for_update",
    "reverse", "values", "values_list", "annotate", "alias", "get_queryset", "get_query_set", "none_of", "extra_order", "complex_filter_all",
}  # fmt: skip
_ONE = {"first", "last", "get", "earliest", "latest", "get_or_create", "update_or_create", "afirst", "aget"}
_MANAGERS = {"objects", "_default_manager", "_base_manager", "all_objects", "base_objects"}
EVERYTHING = ("flush", "reset_db", "sqlflush_run")


@dataclass(frozen=True, slots=True)
class Apps:
    """The registry of models that a migration's function is handed."""


@dataclass(frozen=True, slots=True)
class Editor:
    """The schema editor, a connection or a cursor: what runs SQL."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, by its table."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Meta:
    """`Model._meta`."""

    model: Model


@dataclass(frozen=True, slots=True)
class FieldOf:
    """`Model._meta.get_field(name)`."""

    name: str


@dataclass(slots=True)
class Row:
    """One of the rows of a query; `changes` are what was set on it and not saved yet."""

    query: Query
    conditional: bool
    changes: dict[str, object] = field(default_factory=dict)


class DjangoWalk(QueryWalk):
    """Follows models and querysets. Tables are named as Django would name them; `names` has those that the file knows better."""

    def __init__(self, module: PythonModule, statements: Statements, elsewhere: Elsewhere | None = None) -> None:
        super().__init__(module, statements, elsewhere)
        self.rows: dict[str, Row] = {}
        """The rows that the last loop over each table went through."""

    def table(self, app: str, model: str) -> str:
        """The table of a model."""
        return default_table(app, model)

    # ---- names and attributes

    def on_name(self, dotted: str) -> object:
        parts = dotted.split(".")
        if "models" in parts[:-1] and parts[-1][:1].isupper() and not dotted.startswith(("django.db.", "django.contrib.gis.db.")):
            return Model(model_table(dotted), parts[-1])
        if dotted in ("django.db.connection", "django.db.transaction", "django.db.connections"):
            return Editor()
        return NotImplemented

    def on_attribute(self, on: object, name: str) -> object:
        match on:
            case Model() if name in _MANAGERS:
                return Query("select", quoted(on.table))
            case Model() if name == "_meta":
                return Meta(on)
            case Model() if name == "DoesNotExist":
                return NotImplemented
            case Model() if name.islower() and not name.startswith("_"):
                # A manager of another name chooses rows in its own way.
                return Query("select", quoted(on.table), where=(HOLE,))
            case Meta(model) if name == "db_table":
                return Known(model.table)
            case Meta():
                return on
            case Editor() if name in ("connection", "atomic"):
                return Editor()
            case Row():
                return Unknown("a row's value")
        return NotImplemented

    def on_set(self, on: object, name: str, value: object, node: ast.expr) -> None:
        if isinstance(on, Row):
            # Whatever it becomes: what hangs on the old password hangs on nothing afterwards.
            on.changes[name] = Known("!") if name == "password" else value

    def on_iterate(self, over: object) -> object:
        if not (isinstance(over, Query) and over.verb == "select"):
            return NotImplemented
        self.rows[over.table] = Row(over, self.frame.conditional)
        return self.rows[over.table]

    # ---- calls

    def on_call(self, call: Call) -> object:
        match call.on:
            case Apps() if call.method in ("get_model", "get_registered_model"):
                return self._model(call)
            case Query():
                return self._queryset(call, call.on)
            case Row():
                return self._row(call, call.on)
            case Model() if call.method == "raw":
                return self.execute(call, call.argument("raw_query", 0), call.node.args[0]) if call.node.args else Known(None)
            case Meta() if call.method == "get_field":
                return text(call.argument("field_name", 0)) and FieldOf(text(call.argument("field_name", 0)) or "")
            case Editor() if call.method in ("cursor", "atomic", "connection", "get_connection", "__enter__"):
                return Editor()
        if call.name in NOW:
            return Sql("now()")
        if call.name in ("list", "set", "tuple", "sorted") and call.args and isinstance(call.args[0], Query):
            return call.args[0]
        if call.name == "functools.partial" and call.args and isinstance(call.args[0], Function):
            return call.args[0]
        last = (call.name or call.method).rsplit(".", 1)[-1]
        if last == "get_user_model":
            return Model("auth_user", "User")
        if last == "F" and text(call.argument("name", 0)):
            return Sql(quoted(text(call.argument("name", 0)) or ""))
        if last == "Q":
            return Sql(self._conditions(call) or "true")
        if last == "call_command":
            return self._command(call)
        if call.name in ("django.apps.apps.get_model",):
            return self._model(call)
        if call.method in ("execute", "executemany") and call.args:
            return self.execute(call, call.args[0], call.node.args[0])
        return NotImplemented

    def _model(self, call: Call) -> object:
        app, model = text(call.argument("app_label", 0)), text(call.argument("model_name", 1))
        if not (app or model) and "AUTH_USER_MODEL" in self.module.text(call.node):
            return Model("auth_user", "User")
        if app and not model and "." in app:
            app, model = app.split(".", 1)
        return Model(self.table(app, model), model) if app and model else Model(HOLE, "a model")

    def _queryset(self, call: Call, query: Query) -> object:
        match call.method:
            case "filter" | "complex_filter":
                found = self._conditions(call)
                return replace(query, where=(*query.where, found)) if found else query
            case "exclude":
                found = self._conditions(call)
                return replace(query, where=(*query.where, f"NOT ({found})")) if found else query
            case "delete" | "_raw_delete" | "adelete":
                if query.table == quoted(HOLE) and not query.where:
                    self.statements.not_understood(call.node, "the model is not known here")
                # DELETE has no LIMIT: Django itself refuses to delete a slice.
                self.statements.sql(replace(query, verb="delete").sql, call.node, self.frame)
                return Listing((Unknown("how many"), Unknown("of what")))
            case "update" | "aupdate":
                changes = tuple((quoted(name), self.expression(value)) for name, value in call.kwargs.items() if name != "**")
                self.statements.sql(replace(query, verb="update", values=changes).sql, call.node, self.frame)
                return Unknown("how many")
            case "raw":
                return self.execute(call, call.argument("raw_query", 0), call.node.args[0]) if call.node.args else Known(None)
            case "values" | "values_list":
                names = tuple(quoted(name) for each in call.args if (name := text(each)))
                return replace(query, columns=names)
            case _ if call.method in _ONE:
                found = self._conditions(call)
                return Row(replace(query, where=(*query.where, found or HOLE)), self.frame.conditional)
            case "distinct":
                return replace(query, limited=True)
            case "extra" | "none" | "dates" | "union" | "intersection" | "difference":
                return replace(query, where=(*query.where, HOLE))
            case _ if call.method in _SAME:
                return query
            case "bulk_update" | "abulk_update" if (row := self.rows.get(query.table)) and isinstance(given := call.argument("fields", 1), Listing):
                written = {text(each) for each in given.items}
                updated = tuple((quoted(name), self.expression(value)) for name, value in row.changes.items() if name in written)
                if updated:
                    self.statements.sql(replace(row.query, verb="update", values=updated).sql, call.node, self.frame)
                return Unknown("how many")
            case "count" | "exists" | "aggregate" | "create" | "bulk_create" | "bulk_update" | "in_bulk":
                return Unknown("not a queryset")
        return replace(query, where=(*query.where, HOLE))

    def _row(self, call: Call, row: Row) -> object:
        chosen = self.frame.conditional and not row.conditional
        query = replace(row.query, where=(*row.query.where, HOLE)) if chosen else row.query
        # Whether a row is changed depends on the row: the statement itself is not in doubt.
        with self.given(conditional=row.conditional):
            match call.method:
                case "delete":
                    self.statements.sql(replace(query, verb="delete").sql, call.node, self.frame)
                case "set_password" | "set_unusable_password":
                    row.changes["password"] = Known("!")
                case "save" if row.changes:
                    changes = tuple((quoted(name), self.expression(value)) for name, value in row.changes.items())
                    self.statements.sql(replace(query, verb="update", values=changes).sql, call.node, self.frame)
                    row.changes.clear()
        return Unknown("a row's method")

    def _command(self, call: Call) -> object:
        name = text(call.argument("command_name", 0))
        if name in EVERYTHING:
            self.statements.sql("TRUNCATE django_session; TRUNCATE auth_user", call.node, self.frame)
        elif name == "migrate" and len(call.args) > 2 and text(call.args[2]) == "zero" and text(call.args[1]) == "sessions":
            self.statements.sql("DROP TABLE django_session", call.node, self.frame)
        elif name and _LOGINS.search(name) and not _HOUSEKEEPING.search(name):
            self.statements.not_understood(call.node, "what this command does is in another file")
        return Known(None)

    # ---- conditions

    def _conditions(self, call: Call) -> str:
        found = [self.condition(each) for each in call.args]
        found += [self._lookup(name, value) for name, value in call.kwargs.items()]
        return " AND ".join(f"({each})" for each in found) if len(found) > 1 else found[0] if found else ""

    def _lookup(self, name: str, value: object) -> str:
        column, *rest = name.split("__")
        if name == "**" or len(rest) > 1 or (rest and rest[0] not in {*_LOOKUPS, "isnull", "in", "range", "contains", "icontains", "startswith", "endswith"}):
            return HOLE
        column = quoted("id" if column == "pk" else column)
        operator = rest[0] if rest else "exact"
        if operator == "isnull":
            return f"{column} IS {'NULL' if flag(value) else 'NOT NULL'}"
        if operator == "exact" and isinstance(value, Known) and value.value is None:
            return f"{column} IS NULL"
        if operator == "in":
            inner = self.expression(value)
            return f"{column} IN {inner if inner.startswith('(') else f'({inner})'}"
        if operator == "range" and isinstance(value, Listing) and len(value.items) == 2:
            return f"{column} BETWEEN {self.expression(value.items[0])} AND {self.expression(value.items[1])}"
        if operator in _LOOKUPS:
            return f"{column} {_LOOKUPS[operator]} {self.expression(value)}"
        return f"{column} LIKE {self.expression(value)}"

    def _item(self, node: ast.Subscript, on: object, index: object) -> object:
        if isinstance(on, Query):
            if isinstance(node.slice, ast.Slice):
                if self.frame.repeated:
                    return on  # a part of the rows in each turn, until none is left
                return replace(on, limited=True, where=(*on.where, HOLE))
            return Row(replace(on, where=(*on.where, HOLE)), self.frame.conditional)
        if isinstance(on, Editor):
            return on
        return super()._item(node, on, index)

    def execute(self, call: Call, what: object, written: ast.expr) -> object:
        # A command or a task has an `execute`, too; only what is surely SQL, or surely a database, counts.
        if isinstance(what, Known | Template | Sql | Query | Listing | Function | Mapping) or isinstance(call.on, Editor):
            return super().execute(call, what, written)
        return Unknown("not a statement") if isinstance(what, Reference | Unknown) else NotImplemented
