"""Statements and conditions that Python code builds, as SQL: what SQLAlchemy and Django have in common."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager

from safelint.readers._sql_names import HOLE
from safelint.readers.python._calls import last_name
from safelint.readers.python._elsewhere import Elsewhere
from safelint.readers.python._module import PythonModule
from safelint.readers.python._statements import Statements, literal, sql_text
from safelint.readers.python._walk import Call, Function, Walk, text
from safelint.records import dataclass
from safelint.values import Called, Duration, Known, Listing, Template, Value

NOW = (
    "datetime.datetime.utcnow", "datetime.datetime.now", "datetime.utcnow", "datetime.now", "django.utils.timezone.now", "sqlalchemy.func.now",
    "sqlalchemy.func.current_timestamp", "sqlalchemy.func.utcnow", "sqlalchemy.sql.func.now", "sqlalchemy.sql.func.current_timestamp", "time.time",
    "sqlalchemy.func.statement_timestamp", "sqlalchemy.func.clock_timestamp", "datetime.date.today", "django.db.models.functions.Now",
)  # fmt: skip
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "IS", ast.IsNot: "IS NOT",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression of SQL."""

    sql: str


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of SQL, or what is in it, that is not at hand: by its path, as the code puts it together."""

    path: str


def _is_harmless(written: ast.expr) -> bool:
    """`table.select()`, `CreateSchema(...)`: what reads or adds, whatever it is about."""
    if not isinstance(written, ast.Call):
        return False
    name = last_name(written.func)
    return name in ("select", "insert", "DropSequence") or name.startswith("Create")


@dataclass(frozen=True, slots=True)
class Query:
    """A statement that is built and not executed yet: verb, table, conditions."""

    verb: str
    table: str
    where: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    limited: bool = False
    source: str = ""

    @property
    def sql(self) -> str:
        """The whole statement."""
        condition = " WHERE " + " AND ".join(f"({each})" for each in self.where) if self.where else ""
        match self.verb:
            case "delete":
                return f"DELETE FROM {self.table}{condition}"
            case "update":
                changes = ", ".join(f"{name} = {value}" for name, value in self.values) or f"{HOLE} = {HOLE}"
                return f"UPDATE {self.table} SET {changes}{condition}"
            case "insert" if self.source:
                return f"INSERT INTO {self.table} {self.source}"
            case "insert":
                return f"INSERT INTO {self.table} VALUES ({HOLE})"
        limit = f" LIMIT {HOLE}" if self.limited else ""
        return f"SELECT {', '.join(self.columns) or '*'} FROM {self.table}{condition}{limit}"


class QueryWalk(Walk):
    """Follows what is built and executed."""

    def __init__(self, module: PythonModule, statements: Statements, elsewhere: Elsewhere | None = None) -> None:
        super().__init__(module, elsewhere)
        self.statements = statements
        self._calls: list[ast.expr] = []
        self._file_of: dict[str, str] = {}

    @contextmanager
    def inside(self, module: PythonModule) -> Iterator[None]:
        called = self._calls[-1] if self._calls and module is not self.module else None
        with super().inside(module), self.statements.inside(module, called):
            yield

    @contextmanager
    def at(self, node: ast.expr) -> Iterator[None]:
        """Walk what a call leads to."""
        self._calls.append(node)
        try:
            yield
        finally:
            self._calls.pop()

    def _call(self, node: ast.Call) -> object:
        with self.at(node):
            result = super()._call(node)
        if (self.module.qualified(node.func) or "") in self.elsewhere.broken:
            self.statements.not_understood(node, "the file that it is in does not parse", anything=True)
        method = last_name(node.func)
        if method in ("open", "read", "read_text", "get_data") and (path := self._file_named(node)):
            return FileOf(path) if method == "open" else self._content(path)
        return result

    # ---- conditions

    def on_comparison(self, node: ast.Compare, left: object, right: object) -> object:
        operator = _OPERATORS.get(type(node.ops[0]))
        if operator and (isinstance(left, Sql) or isinstance(right, Sql)):
            first, second = self.expression(left), self.expression(right)
            if second == "NULL" and operator in ("=", "<>"):
                operator = "IS" if operator == "=" else "IS NOT"
            return Sql(f"{first} {operator} {second}")
        return NotImplemented

    def on_operator(self, operator: ast.operator | ast.unaryop, *operands: object) -> object:
        if not any(isinstance(each, Sql) for each in operands):
            return NotImplemented
        sql = [self.expression(each) for each in operands]
        match operator:
            case ast.Not() | ast.Invert():
                return Sql(f"NOT ({sql[0]})")
            case ast.BitAnd():
                return Sql(f"({sql[0]}) AND ({sql[1]})")
            case ast.BitOr():
                return Sql(f"({sql[0]}) OR ({sql[1]})")
            case ast.Add() | ast.Sub():
                return Sql(f"{sql[0]} {'+' if isinstance(operator, ast.Add) else '-'} {sql[1]}")
        return Sql(HOLE)

    def expression(self, value: object) -> str:
        """Anything as a part of a statement."""
        match value:
            case Sql(sql):
                return sql
            case Query():
                # Rows that are chosen from nobody knows where are an unknown choice.
                return f"({HOLE})" if value.table == HOLE else f"({value.sql})"
            case Duration(seconds):
                return f"interval '{seconds:g} seconds'"
            case Called(name, _) if name in NOW:
                return "now()"
            case Listing(items):
                return "(" + ", ".join(self.expression(item) for item in items) + ")"
        return literal(value)

    def condition(self, value: object) -> str:
        """Anything as a condition."""
        match value:
            case Known(bool()) | Known(None):
                return literal(value)
            case Known(str()) | Template():
                return sql_text(value) or HOLE
            case Called("or" | "and"):
                return HOLE
        return self.expression(value)

    # ---- running a statement

    def execute(self, call: Call, what: object, written: ast.expr) -> object:
        """Something that runs a statement."""
        match what:
            case Query(verb="select"):
                return what
            case Query():
                self.statements.sql(what.sql, call.node, self.frame)
            case Sql(sql):
                self.run_text(Known(sql), written, call.node) if HOLE not in sql else self.statements.sql(sql, call.node, self.frame)
            case Known(str()) | Template():
                if not self.run_text(what, written, call.node):
                    self.statements.not_understood(call.node, "the statement is not known here")
            case Function():
                return self.call(what)
            case Listing(items):
                for item in items:
                    self.execute(call, item, written)
            case FileOf(path):
                self.statements.not_understood(call.node, f"{path} is not in the tree")
            case _ if path := self._file_named(written):
                return self.execute(call, self._content(path), written)
            case _ if not _is_harmless(written):
                self.statements.not_understood(call.node, "the statement is not known here")
        return Known(None)

    def run_text(self, what: Value | object, written: ast.expr, call: ast.expr) -> bool:
        """A text that is run as SQL. False where nothing of it is known."""
        path = self._file_of.get(what.value) if isinstance(what, Known) and isinstance(what.value, str) else None
        with self.statements.inside(self.module, None, path or ""):
            return self.statements.text(what, written, self.frame, call)

    # ---- files of SQL

    def _content(self, path: str) -> object:
        found = self.elsewhere.text(path)
        if found is None:
            return FileOf(path)
        self._file_of[found[1]] = found[0]
        return Known(found[1])

    def _file_named(self, node: ast.AST) -> str:
        """The path of the file of SQL that an expression names, as far as it is written there; "" where it names none."""
        pieces = list(self._pieces(node, set()))
        last = max((index for index, piece in enumerate(pieces) if re.search(r"\.(sql|psql|pgsql|ddl)$", piece)), default=-1)
        return "/".join(piece for piece in pieces[: last + 1] if re.fullmatch(r"[\w. /-]+", piece))

    def _pieces(self, node: ast.AST, seen: set[str]) -> Iterator[str]:
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Name) and (known := text(self.value(node))) is not None:
            yield known
        elif isinstance(node, ast.Name):
            if isinstance(bound := self.frame.names.get(node.id), FileOf):
                yield bound.path
            elif node.id not in seen:
                seen.add(node.id)
                for scope in (self.module.scope(node), self.module.tree):
                    for value in self.module.assignments(scope, node.id):
                        yield from self._pieces(value, seen) if value is not None else ()
        else:
            for child in ast.iter_child_nodes(node):
                yield from self._pieces(child, seen)
