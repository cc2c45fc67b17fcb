"""From what Python code does to tables, written as SQL, to the same facts that SQL gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from safelint.facts import Fact, NotUnderstood
from safelint.facts.migrations import Direction, Origin, RowsDeleted, RowsUpdated, Statement
from safelint.places import Place
from safelint.readers._sql import read_sql
from safelint.readers._sql_names import HOLE
from safelint.readers.python._module import PythonModule
from safelint.readers.python._walk import Frame
from safelint.records import dataclass, replace
from safelint.table_names import by_name
from safelint.values import Known, Template, Value

_LOGIN_WORDS = re.compile(r"sess|token|user|auth|log_?in|log_?out|account|credential|passw|oauth|jwt|remember", re.IGNORECASE)
_GLUED = re.compile(rf"(^\s*DELETE\s+FROM\s+[\w.\"]*\w\"?){HOLE}(?=\s*;?\s*$)", re.IGNORECASE)
_BATCH = re.compile(rf"(?<=\s)LIMIT\s+(\d+|{HOLE}|[:%]\(?\w+(\)s)?|\?)", re.IGNORECASE)
_LONGEST = 90  # characters of code in a message
_NAMING = ("model_name", "name", "old_name", "new_name", "new_column_name", "table", "schema")  # arguments that say what an operation is about


@dataclass(slots=True)
class Statements:
    """Collects the facts of one file in the order in which they would happen."""

    module: PythonModule
    origin: Origin
    direction: Direction
    facts: list[Fact]
    position: int = 0
    called: Place | None = None
    """Where this file calls into another one, while that is walked; `within` is its path."""
    within: str = ""
    outer: tuple[PythonModule, ...] = ()

    @contextmanager
    def inside(self, module: PythonModule, called: ast.expr | None, within: str = "") -> Iterator[None]:
        """What stands in another file happens where this one calls it."""
        before = self.module, self.called, self.within, self.outer
        self.outer = (*self.outer, self.module)
        if called is not None and self.called is None:
            self.called = self.module.place(called)
        self.module, self.within = module, within or (module.path if self.called else "")
        try:
            yield
        finally:
            self.module, self.called, self.within, self.outer = before

    def sql(self, sql: str, node: ast.expr, frame: Frame, **known: Any) -> None:
        """Statements that the code at `node` amounts to. `known`: fields of the facts that are known better than the SQL tells."""
        place, code = self.place(node), self.code(node)
        for fact in self._read(sql, lambda start, end: place, frame):
            if isinstance(fact, Statement):
                fits = {name: value for name, value in known.items() if hasattr(fact, name)}
                fact = replace(fact, statement=code, **fits)
            self._add(fact)

    def text(self, value: object, written: ast.expr, frame: Frame, call: ast.expr) -> bool:
        """SQL that the code itself writes at `written`. False where nothing of it is known."""
        sql = sql_text(value)
        if sql is None:
            return False
        literal = Literal.of(self.module, written)
        place = self.place(call)

        def place_of(start: int, end: int) -> Place:
            return literal.place(start, end) if literal is not None and literal.value == sql and self.called is None else place

        # Text that is glued to the end is a condition sooner than the rest of a name.
        for fact in self._read(_GLUED.sub(rf"\1 {HOLE}", sql), place_of, frame):
            self._add(fact)
            if isinstance(fact, RowsDeleted | RowsUpdated) and fact.rows == "unknown" and by_name(fact.table) is not None:
                self.not_understood(call, "which rows it takes is put together elsewhere")
        return True

    def not_understood(self, node: ast.expr, why: str, anything: bool = False) -> None:
        """Something that could matter: where a file has nothing to do with logins, it can't, unless it could be about `anything`."""
        if anything or any(module.mentions(_LOGIN_WORDS) for module in (self.module, *self.outer)):
            self.facts.append(NotUnderstood(place=self.place(node), what=self.code(node), why=why, direction=self.direction))

    def place(self, node: ast.expr) -> Place:
        """The place of some code: of the call that leads to it, where it is in another file."""
        return self.called or self.module.place(node)

    def code(self, node: ast.expr) -> str:
        """The code of a statement as a message says it: of a long call, what it is called with first."""
        whole = self.module.text(node)
        if isinstance(node, ast.Call) and len(whole) > _LONGEST - 20 and len(node.args) + len(node.keywords) > 1:
            names = [*self._names(node)] or [
                self.module.text(node.args[0]) if node.args else f"{node.keywords[0].arg}={self.module.text(node.keywords[0].value)}"
            ]
            called = self.module.text(node.func)
            while len(names) > 1 and len(f"{called}({', '.join(names)}, ...)") > _LONGEST:
                names.pop()
            whole = f"{called}({', '.join(names)}, ...)"
        return shortened(whole)

    def _names(self, call: ast.Call) -> Iterator[str]:
        """What the arguments of a call name: the table and the column, and not what is done to them."""
        for argument in call.args:
            if not (text := self._name(argument)):
                return
            yield text
            if isinstance(argument, ast.Call) and text.endswith("...)"):
                return
        for keyword in call.keywords:
            if keyword.arg in _NAMING and (text := self._name(keyword.value)):
                yield f"{keyword.arg}={text}"

    def _name(self, argument: ast.expr) -> str:
        if isinstance(argument, ast.Constant):
            return self.module.text(argument)
        if isinstance(argument, ast.List | ast.Tuple) and all(isinstance(each, ast.Constant) for each in argument.elts):
            return self.module.text(argument)
        if isinstance(argument, ast.Call) and argument.args and isinstance(argument.args[0], ast.Constant):
            rest = ", ..." if len(argument.args) + len(argument.keywords) > 1 else ""
            return f"{self.module.text(argument.func)}({self.module.text(argument.args[0])}{rest})"
        return ""

    def fact(self, fact: Statement) -> None:
        """A fact that needs no SQL."""
        self._add(fact)

    def _read(self, sql: str, place_of: Any, frame: Frame) -> Iterator[Fact]:
        if frame.repeated:
            # One batch after another until none is left: together that is every row. What follows keeps its place.
            sql = _BATCH.sub(lambda found: " " * len(found[0]), sql)
        return read_sql(
            sql,
            place_of,
            direction=self.direction,
            origin=self.origin,
            dialect=frame.dialect,
            first=self.position,
            conditional=frame.conditional,
            transactional=frame.transactional,
        )

    def _add(self, fact: Fact) -> None:
        if isinstance(fact, Statement):
            fact = replace(fact, position=self.position, statement=f"{fact.statement} (in {self.within})" if self.within else fact.statement)
            self.position += 1
        self.facts.append(fact)


def shortened(code: str) -> str:
    """Code for a message, on one line."""
    line = " ".join(code.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def sql_text(value: object) -> str | None:
    """SQL as far as it is known; holes stand for the rest. None where nothing is."""
    match value:
        case Known(str() as text):
            return text
        case Template(parts):
            found = "".join(part.value if isinstance(part, Known) and isinstance(part.value, str) else HOLE for part in parts)
            return found if found.replace(HOLE, "").strip() else None
    return None


@dataclass(frozen=True, slots=True)
class Literal:
    """A string as it stands in the source, where every character of it stands for itself."""

    path: str
    value: str
    line: int
    column: int

    @classmethod
    def of(cls, module: PythonModule, node: ast.expr | None) -> Literal | None:
        """The literal that an expression is, also behind `text(...)`, `dedent` is not; None where the characters do not match."""
        while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            node = node.args[0]
        if isinstance(node, ast.Name):
            for scope in (module.scope(node), module.tree):
                assigned = module.assignments(scope, node.id)
                if assigned:
                    return cls.of(module, assigned[0]) if len(assigned) == 1 and not isinstance(assigned[0], ast.Name) else None
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return None
        place = module.place(node)
        source = module.between(place)
        quotes = next((each for each in ('"""', "'''", '"', "'") if source.lstrip("rRbBuU").startswith(each)), "")
        start = source.find(quotes)
        if not quotes or source[start + len(quotes) : -len(quotes)] != node.value:
            return None
        return cls(module.path, node.value, place.line, place.column + start + len(quotes))

    def place(self, start: int, end: int) -> Place:
        """The place of a stretch of the value."""
        line, column = self._at(start)
        end_line, end_column = self._at(end)
        return Place(self.path, line, column, end_line, end_column)

    def _at(self, offset: int) -> tuple[int, int]:
        before = self.value[:offset]
        lines = before.count("\n")
        return self.line + lines, len(before) - before.rfind("\n") if lines else self.column + len(before)


def quoted(*names: str) -> str:
    """A name for SQL that keeps its case."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names if name)


def literal(value: Value | object) -> str:
    """A value as SQL; a hole where it is not known."""
    match value:
        case Known(bool() as truth):
            return "true" if truth else "false"
        case Known(int() | float() as number):
            return repr(number)
        case Known(str() as text):
            return "'" + text.replace("'", "''") + "'"
        case Known(None):
            return "NULL"
    return HOLE
