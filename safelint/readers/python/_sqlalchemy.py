"""SQLAlchemy's expressions as the walk meets them: tables, columns, conditions, statements - each of them as the SQL that it is."""

from __future__ import annotations

import ast

from safelint.readers._sql_names import HOLE, UNKNOWN_TYPE
from safelint.readers.python._queries import NOW, Query, QueryWalk, Sql
from safelint.readers.python._statements import literal, quoted, sql_text
from safelint.readers.python._walk import Call, flag, text
from safelint.records import dataclass, replace
from safelint.values import Known, Listing, Mapping, Reference

_LIKE = {"like": "LIKE", "ilike": "ILIKE", "startswith": "LIKE", "endswith": "LIKE", "contains": "LIKE", "notlike": "NOT LIKE", "not_like": "NOT LIKE"}
_NARROWING = {"where", "filter", "filter_by", "having"}
_UNCHANGED = {
    "execution_options",
    "returning",
    "with_entities",
    "select_from",
    "order_by",
    "options",
    "populate_existing",
    "yield_per",
    "with_for_update",
    "enable_eagerloads",
}

_STARRED = {"Table", "Column", "MetaData", "ForeignKey", "ForeignKeyConstraint", "UniqueConstraint", "PrimaryKeyConstraint", "CheckConstraint", "Index", "text",
            "select", "delete", "update", "insert", "and_", "or_", "not_", "func", "Integer", "Unicode", "UnicodeText", "String", "DateTime", "Boolean", "Text",
            "Float", "Date", "BigInteger", "types", "sql"}  # fmt: skip
# Types by the names under which SQLAlchemy and its dialects have them.
_TYPES = {
    "integer": "integer", "int": "integer", "biginteger": "bigint", "bigint": "bigint", "smallinteger": "smallint", "smallint": "smallint",
    "string": "varchar", "varchar": "varchar", "unicode": "varchar", "nvarchar": "varchar", "char": "char", "text": "text", "unicodetext": "text",
    "longtext": "longtext", "mediumtext": "mediumtext", "boolean": "boolean", "date": "date", "datetime": "timestamp", "timestamp": "timestamp",
    "time": "time", "interval": "interval", "float": "double precision", "double": "double precision", "double_precision": "double precision",
    "numeric": "numeric", "decimal": "numeric", "largebinary": "bytea", "bytea": "bytea", "blob": "blob", "longblob": "longblob", "binary": "binary",
    "varbinary": "varbinary", "json": "json", "jsonb": "jsonb", "uuid": "uuid", "guid": "uuid", "inet": "inet", "cidr": "cidr", "macaddr": "macaddr",
    "array": "array", "enum": "varchar", "pickletype": "bytea", "citext": "citext", "tsvector": "tsvector", "hstore": "hstore", "real": "real",
    "tinyint": "tinyint", "utcdatetime": "timestamp", "unicodetype": "text", "bit": "bit", "oid": "oid", "money": "money",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table, by its name for SQL."""

    sql: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class TypeOf:
    """A column's type."""

    sql: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`ForeignKey(...)` of a column."""

    sql: str


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """`Column(...)`: its name and its definition."""

    name: str
    sql: str
    index: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table that is created."""

    sql: str


@dataclass(frozen=True, slots=True)
class Columns:
    """`table.c`."""

    table: Table


@dataclass(frozen=True, slots=True)
class Reflected:
    """`MetaData()`, and its `tables`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One of the rows of a query; what is set on it is written when the session is flushed."""

    query: Query
    conditional: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A class or function of SQLAlchemy, by its dotted name: `sqlalchemy.func`, `sqlalchemy.String`."""

    name: str


def is_sqlalchemy(dotted: str) -> bool:
    """Whether a dotted name belongs to SQLAlchemy or one of its friends."""
    return dotted.startswith(("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "migrate."))


class SqlAlchemyWalk(QueryWalk):
    """Follows SQLAlchemy's Core and ORM as far as migrations use them."""

    # ---- names

    def on_name(self, dotted: str) -> object:
        if is_sqlalchemy(dotted):
            return Named(dotted)
        return NotImplemented

    def table_of(self, value: object) -> Table | None:
        """The table that a thing is: a table, a model's class of this file, a class of another one."""
        match value:
            case Table():
                return value
            case Columns(table):
                return table
            case Reference(name):
                last = name.rsplit(".", 1)[-1]
                return Table(quoted(last)) if last[:1].isupper() and not last.isupper() else None
        return None

    def _class_table(self, name: str) -> Table | None:
        for cls in self.module.nodes(ast.ClassDef):
            if cls.name == name:
                for assigned in self.module.assignments(cls, "__tablename__"):
                    table = text(self.module.value(assigned)) if assigned is not None else None
                    return Table(quoted(table or HOLE))
        return None

    def _name(self, node: ast.Name, name: str) -> object:
        if name not in self.frame.names and (table := self._class_table(name)) is not None:
            return table
        if name in _STARRED and name not in self.frame.names and not self.module.is_imported(node) and self._has_star():
            return Named(f"sqlalchemy.{name}")
        return super()._name(node, name)

    def _has_star(self) -> bool:
        """Whether everything of SQLAlchemy is imported, nameless, as old migrations do."""
        return any(
            (each.module or "").split(".")[0] in ("sqlalchemy", "migrate") and any(alias.name == "*" for alias in each.names)
            for each in self.module.nodes(ast.ImportFrom)
        )

    # ---- attributes

    def on_attribute(self, on: object, name: str) -> object:
        match on:
            case Named(dotted):
                return Named(f"{dotted}.{name}")
            case Table() if name in ("c", "columns"):
                return Columns(on)
            case Table() if name in ("__table__", "__mapper__"):
                return on
            case Table() if name in ("query", "objects"):
                return Query("select", on.sql)
            case Query(verb="select") if name in ("c", "columns", "selected_columns"):
                return on
            case Query(verb="select") if name:
                # A column of a subquery: as good as the subquery itself.
                return on
            case Reflected() if name == "tables":
                return on
            case Reflected() if name:
                return Table(quoted(name))
            case Columns() | Table() if name:
                return Sql(quoted(name))
            case Reference(dotted) if name == "query" and dotted.rsplit(".", 1)[-1][:1].isupper():
                return Query("select", quoted(dotted.rsplit(".", 1)[-1]))
            case Reference(dotted) if name == "__table__":
                return self.table_of(on) or NotImplemented
        return NotImplemented

    def expression(self, value: object) -> str:
        return value.sql if isinstance(value, Table) else super().expression(value)

    # ---- rows of a session

    def on_iterate(self, over: object) -> object:
        return Row(over, self.frame.conditional) if isinstance(over, Query) and over.verb == "select" else NotImplemented

    def on_set(self, on: object, name: str, value: object, node: ast.expr) -> None:
        if isinstance(on, Row):
            self._of_row(on, node, verb="update", values=((quoted(name), self.expression(value)),))

    def _of_row(self, row: Row, node: ast.expr, verb: str, values: tuple[tuple[str, str], ...] = ()) -> None:
        chosen = self.frame.conditional and not row.conditional
        query = replace(row.query, verb=verb, values=values, where=(*row.query.where, HOLE) if chosen else row.query.where)
        # Whether a row is changed depends on the row: the statement itself is not in doubt.
        with self.given():
            self.frame = replace(self.frame, conditional=row.conditional)
            self.statements.sql(query.sql, node, self.frame)

    # ---- calls

    def on_call(self, call: Call) -> object:
        name = call.on.name if isinstance(call.on, Named) and not isinstance(call.node.func, ast.Attribute) else ""
        if isinstance(call.on, Named) and isinstance(call.node.func, ast.Attribute):
            name = f"{call.on.name}.{call.method}"
        if name:
            found = self._sqlalchemy(call, name)
            if found is not NotImplemented:
                return found
        if call.name in NOW:
            return Sql("now()")
        match call.on:
            case Sql(sql):
                return self._expression_method(call, sql)
            case Query():
                return self._query_method(call, call.on)
            case Table():
                return self._table_method(call, call.on)
        if call.method == "delete" and call.args and isinstance(call.args[0], Row):
            self._of_row(call.args[0], call.node, verb="delete")
            return Known(None)
        if call.method == "query" and call.args:
            table = self.table_of(call.args[0])
            if table is not None:
                return Query("select", table.sql)
            if isinstance(call.args[0], Sql):
                return Query("select", HOLE, columns=(call.args[0].sql,))
        if call.method in ("execute", "exec_driver_sql", "scalar", "scalars", "executescript", "executemany", "exec") and call.args:
            return self.execute(call, call.args[0], call.node.args[0])
        return NotImplemented

    def _sqlalchemy(self, call: Call, name: str) -> object:
        last = name.rsplit(".", 1)[-1]
        if ".func." in name:
            return Sql("now()") if name in NOW else Sql(f"{last}({', '.join(self.expression(each) for each in call.args)})")
        match last:
            case "text" | "literal_column" | "DDL":
                sql = sql_text(call.argument("statement" if last == "DDL" else "text", 0))
                return Sql(sql) if sql is not None else NotImplemented
            case "table" | "Table" | "TableClause":
                return Table(self._table_sql(call.argument("name", 0), call.argument("schema")))
            case "delete" | "update" | "insert" | "select":
                return self._built(call, last)
            case "and_" | "or_":
                glue = " AND " if last == "and_" else " OR "
                return Sql(glue.join(f"({self.condition(each)})" for each in call.args) or "true")
            case "not_":
                return Sql(f"NOT ({self.condition(call.argument('clause', 0))})")
            case "null":
                return Sql("NULL")
            case "true" | "false":
                return Sql(last)
            case "exists":
                inner = call.argument("", 0)
                return Sql(f"EXISTS ({inner.sql})") if isinstance(inner, Query) else Sql(f"EXISTS ({HOLE})")
            case "column":
                return Sql(quoted(text(call.argument("text", 0)) or HOLE))
            case "literal" | "bindparam":
                return Sql(literal(call.argument("value", 0 if last == "literal" else 1)))
            case "cast":
                return Sql(self.expression(call.argument("expression", 0)))
            case "Column":
                return self.column(call)
            case "ForeignKey":
                return self._foreign_key(call)
            case "PrimaryKeyConstraint" | "UniqueConstraint" | "ForeignKeyConstraint" | "CheckConstraint" | "ExcludeConstraint":
                return self._constraint(call, last)
            case "Identity" | "Sequence" | "Computed":
                return Sql(f"{last.lower()}()")
            case "DropTable" if (table := self.table_of(call.argument("element", 0))) is not None:
                return Sql(f"DROP TABLE {table.sql}")
            case "DropSchema":
                return Sql(f"DROP SCHEMA {quoted(text(call.argument('name', 0)) or HOLE)} CASCADE")
            case "MetaData":
                return Reflected()
            case "inspect":
                return NotImplemented
        return self._type(call, last)

    def _table_sql(self, name: object, schema: object) -> str:
        return quoted(text(schema) or "", text(name) or sql_text(name) or HOLE)

    def _type(self, call: Call, name: str) -> object:
        kind = _TYPES.get(name.lower())
        if kind is None:
            return NotImplemented
        size = call.argument("length", 0) if kind in ("varchar", "char", "binary", "varbinary") and name.lower() != "enum" else None
        if kind == "numeric":
            numbers = [literal(each) for each in (call.argument("precision", 0), call.argument("scale", 1)) if each is not None]
            return TypeOf(f"numeric({', '.join(numbers)})" if numbers and HOLE not in numbers else kind)
        if kind in ("timestamp", "time") and flag(call.argument("timezone", 0)):
            return TypeOf(f"{kind} with time zone")
        return TypeOf(f"{kind}({size.value})" if isinstance(size, Known) and type(size.value) is int else kind)

    def type_sql(self, value: object) -> str:
        """A column's type as SQL, "" where it is not known."""
        match value:
            case TypeOf(sql):
                return sql
            case Named(name) | Reference(name):
                return _TYPES.get(name.rsplit(".", 1)[-1].lower(), "")
        return ""

    # ---- statements

    def _built(self, call: Call, verb: str) -> object:
        subject = call.args[0] if call.args else None
        if verb == "select":
            subjects = subject.items if isinstance(subject, Listing) else call.args
            table = next((found for each in subjects if (found := self.table_of(each))), None) or self._table_written(call.node)
            inner = next((each for each in subjects if isinstance(each, Query)), None)
            if inner is not None:
                return inner
            columns = tuple(each.sql for each in subjects if isinstance(each, Sql))
            return Query("select", table.sql if table else HOLE, columns=columns)
        table = self.table_of(subject)
        if table is None:
            return Query(verb, HOLE)
        return self._narrowed(Query(verb, table.sql), call.args[1:], call)

    def _table_written(self, call: ast.Call) -> Table | None:
        """The table of `select(table.c.id)`: a column no longer knows whose it is."""
        for each in call.args:
            for node in ast.walk(each):
                if isinstance(node, ast.Name) and (table := self.table_of(self._name(node, node.id))) is not None:
                    return table
        return None

    def _table_method(self, call: Call, table: Table) -> object:
        match call.method:
            case "delete" | "update" | "insert" | "select":
                return self._narrowed(Query(call.method, table.sql), call.args, call)
            case "drop":
                self.statements.sql(f"DROP TABLE {table.sql}", call.node, self.frame)
                return Known(None)
            case "rename" if text(call.argument("name", 0)):
                self.statements.sql(f"ALTER TABLE {table.sql} RENAME TO {quoted(text(call.argument('name', 0)) or '')}", call.node, self.frame)
                return Known(None)
            case "alias" | "join" | "outerjoin":
                return table
        return NotImplemented

    def _narrowed(self, query: Query, args: tuple[object, ...], call: Call) -> Query:
        given = call.argument("whereclause")
        conditions = tuple(self.condition(each) for each in args if not isinstance(each, Known) or each.value is not None)
        if given is not None:
            conditions += (self.condition(given),)
        if query.verb == "insert":
            return query
        return replace(query, where=query.where + conditions, values=query.values + self._changes(call.argument("values")))

    def _changes(self, values: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(values, Mapping):
            return ()
        return tuple((quoted(text(key) or "") or self.expression(key), self.expression(value)) for key, value in values.items)

    def _query_method(self, call: Call, query: Query) -> object:
        match call.method:
            case "where" | "filter" | "having":
                return replace(query, where=query.where + tuple(self.condition(each) for each in call.args))
            case "filter_by":
                named = tuple(f"{quoted(name)} = {self.expression(value)}" for name, value in call.kwargs.items() if name != "**")
                return replace(query, where=query.where + named + ((HOLE,) if call.has("**") else ()))
            case "values":
                given = tuple((quoted(name), self.expression(value)) for name, value in call.kwargs.items())
                return replace(query, values=query.values + given + self._changes(call.argument("", 0)))
            case "limit" | "fetch" | "slice" | "distinct" | "offset":
                return replace(query, limited=query.limited or call.method != "distinct")
            case "from_select" if len(call.args) > 1 and isinstance(call.args[1], Query):
                return replace(query, source=call.args[1].sql)
            case "join" | "outerjoin" | "group_by":
                return replace(query, where=(*query.where, HOLE))
            case "delete" if query.verb == "select":
                self.statements.sql(replace(query, verb="delete").sql, call.node, self.frame)
                return Known(None)
            case "update" if query.verb == "select":
                changes = self._changes(call.argument("values", 0))
                self.statements.sql(replace(query, verb="update", values=changes).sql, call.node, self.frame)
                return Known(None)
            case "execute":
                self.execute(call, query, call.node)
                return Known(None)
            case "subquery" | "cte" | "scalar_subquery" | "as_scalar" | "alias" | "lateral":
                return query
            case "all" | "scalars" | "unique" | "fetchall":
                return query
            case _ if call.method in _UNCHANGED:
                return query
        return NotImplemented

    def _expression_method(self, call: Call, sql: str) -> object:
        first = call.args[0] if call.args else None
        match call.method:
            case "is_" | "isnot" | "is_not":
                return Sql(f"{sql} {'IS' if call.method == 'is_' else 'IS NOT'} {self.expression(first)}")
            case "in_" | "notin_" | "not_in":
                inner = self.expression(first)
                return Sql(f"{sql} {'IN' if call.method == 'in_' else 'NOT IN'} {inner if inner.startswith('(') else f'({inner})'}")
            case "between" if len(call.args) > 1:
                return Sql(f"{sql} BETWEEN {self.expression(first)} AND {self.expression(call.args[1])}")
            case "eq" | "__eq__":
                return Sql(f"{sql} = {self.expression(first)}")
            case "drop" | "alter" | "create":
                return NotImplemented
            case "label" | "asc" | "desc" | "cast" | "bindparams" | "columns" | "collate" | "self_group" | "execution_options":
                return Sql(sql)
            case _ if call.method in _LIKE:
                return Sql(f"{sql} {_LIKE[call.method]} {self.expression(first)}")
        return Sql(HOLE)

    # ---- columns

    def column(self, call: Call) -> ColumnOf:
        """`Column(name, type, ...)`."""
        args = list(call.args)
        name = text(args.pop(0)) if args and isinstance(args[0], Known) else text(call.argument("name"))
        kind = self.type_sql(call.argument("type_") if call.has("type_") else args[0] if args else None)
        parts = [quoted(name or HOLE), kind or UNKNOWN_TYPE]
        default = call.argument("server_default")
        primary = flag(call.argument("primary_key"))
        nullable = call.argument("nullable")
        if any(isinstance(each, Sql) and each.sql == "identity()" for each in args):
            parts.append("GENERATED BY DEFAULT AS IDENTITY")
        if default is not None and not (isinstance(default, Known) and default.value is None):
            parts.append(f"DEFAULT {self.default(default)}")
        if primary:
            parts.append("PRIMARY KEY")
        elif isinstance(nullable, Known) and nullable.value is False:
            parts.append("NOT NULL")
        if flag(call.argument("unique")):
            parts.append("UNIQUE")
        parts += [each.sql for each in args if isinstance(each, ForeignKey)]
        return ColumnOf(name or HOLE, " ".join(parts), flag(call.argument("index")))

    def default(self, value: object) -> str:
        """A column's default as SQL: a plain string is a literal, `text(...)` an expression."""
        match value:
            case Sql(sql):
                return "nextval('a_sequence')" if sql == "sequence()" else f"({sql})" if " " in sql else sql
            case Known():
                return literal(value)
        return f"{HOLE}()"

    def _foreign_key(self, call: Call) -> ForeignKey:
        target = text(call.argument("column", 0))
        if target is None:
            return ForeignKey(f"REFERENCES {HOLE}")
        *table, column = target.split(".")
        delete = text(call.argument("ondelete"))
        return ForeignKey(f"REFERENCES {quoted(*table)} ({quoted(column)})" + (f" ON DELETE {delete}" if delete else ""))

    def _constraint(self, call: Call, kind: str) -> Constraint | Sql:
        def names(value: object) -> str:
            items = value.items if isinstance(value, Listing) else ()
            return ", ".join(quoted(text(each) or HOLE) for each in items)

        named = ", ".join(quoted(text(each) or HOLE) for each in call.args)
        match kind:
            case "PrimaryKeyConstraint":
                return Constraint(f"PRIMARY KEY ({named})")
            case "UniqueConstraint":
                return Constraint(f"UNIQUE ({named})")
            case "CheckConstraint":
                return Constraint(f"CHECK ({self.condition(call.argument('sqltext', 0))})")
            case "ForeignKeyConstraint":
                far = call.argument("refcolumns", 1)
                targets = [text(each) or HOLE for each in far.items] if isinstance(far, Listing) else []
                if not targets:
                    return Sql(HOLE)
                delete = text(call.argument("ondelete"))
                table = quoted(*targets[0].split(".")[:-1])
                columns = ", ".join(quoted(each.split(".")[-1]) for each in targets)
                near = names(call.argument("columns", 0))
                return Constraint(f"FOREIGN KEY ({near}) REFERENCES {table} ({columns})" + (f" ON DELETE {delete}" if delete else ""))
        return Sql(HOLE)
