"""Statements and conditions that Python code builds, as SQL: what SQLAlchemy and Django have in common."""

from __future__ import annotations

import ast

from safelint.readers._sql_names import HOLE
from safelint.readers.python._module import PythonModule
from safelint.readers.python._statements import Statements, literal, sql_text
from safelint.readers.python._walk import Call, Function, Walk
from safelint.records import dataclass
from safelint.values import Called, Duration, Known, Listing, Template

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


def _is_harmless(written: ast.expr) -> bool:
    """`table.select()`, `CreateSchema(...)`: what reads or adds, whatever it is about."""
    if not isinstance(written, ast.Call):
        return False
    name = written.func.attr if isinstance(written.func, ast.Attribute) else written.func.id if isinstance(written.func, ast.Name) else ""
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

    def __init__(self, module: PythonModule, statements: Statements) -> None:
        super().__init__(module)
        self.statements = statements

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
                self.statements.text(Known(sql), written, self.frame, call.node) if HOLE not in sql else self.statements.sql(sql, call.node, self.frame)
            case Known(str()) | Template():
                if not self.statements.text(what, written, self.frame, call.node):
                    self.statements.not_understood(call.node, "the statement is not known here")
            case Function():
                return self.run(what.node)
            case Listing(items):
                for item in items:
                    self.execute(call, item, written)
            case _ if not self.reads_file(written) and not _is_harmless(written):
                self.statements.not_understood(call.node, "the statement is not known here")
        return Known(None)

    def reads_file(self, node: ast.AST) -> bool:
        """Whether an expression is the content of a .sql file: that file is in the tree, and read there."""
        seen: set[str] = set()
        queue = [node]
        while queue:
            for each in ast.walk(queue.pop()):
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.endswith(".sql"):
                    return True
                if isinstance(each, ast.Name) and each.id not in seen:
                    seen.add(each.id)
                    for scope in (self.module.scope(each), self.module.tree):
                        queue += [value for value in self.module.assignments(scope, each.id) if value is not None]
        return False
