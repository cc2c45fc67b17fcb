"""Code outside of migrations that empties a table: commands, scripts, and what answers requests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from safelint.facts import Fact
from safelint.facts.migrations import RowsDeleted, Statement, TableDropped, TableTruncated
from safelint.facts.tables import TableEmptiedByCode
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._django import Apps, DjangoWalk
from safelint.readers.python._sqlalchemy import SqlAlchemyWalk
from safelint.readers.python._statements import Statements
from safelint.readers.python._walk import TooLong
from safelint.table_names import by_name

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (TableEmptiedByCode,)
TRIGGERS = (b".delete(", b"_raw_delete", b"delete from", b"truncate", b"drop table")

_EMPTYING = re.compile(r"\.delete\(|_raw_delete|delete\(|delete\s+from|truncate|drop\s+table", re.IGNORECASE)
_ONE_OFF = re.compile(
    r"(^|/)(management/commands|scripts?|bin|tools?|deploy\w*|release\w*|ops|maintenance|one_?offs?|jobs|cron|hooks|entrypoints?)/"
    r"|(^|/)(fabfile|tasks|deploy\w*|release\w*|entrypoint|post_deploy|pre_deploy|cleanup|reset\w*|clear\w*|wipe\w*|flush\w*)\.py$"
)


def read(source: Source) -> Iterator[Fact]:
    """The deletions of a file that is no migration."""
    module = parse(source)
    if module.imports("alembic") or module.imports("django.db.migrations") or any(name in source.path for name in ("/migrations/", "/versions/")):
        return
    found: list[Fact] = []
    statements = Statements(module, "python", "upgrade", found)
    walk: DjangoWalk | SqlAlchemyWalk = DjangoWalk(module, statements) if module.imports("django") else SqlAlchemyWalk(module, statements)
    # What is too long is a program, not a script: what was met on the way is all that is said of it.
    with suppress(TooLong):
        for function in _functions(module):
            walk.run(function, [Apps()] if function.args.args and function.args.args[0].arg == "apps" else [])
    seen = set()
    for fact in found:
        if isinstance(fact, Statement) and _empties(fact) and fact.place not in seen and _may_be_login(fact.table):
            seen.add(fact.place)
            yield TableEmptiedByCode(place=fact.place, table=fact.table, call=fact.statement, one_off=_ONE_OFF.search(source.path) is not None)


def _functions(module: PythonModule) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """What could empty something: functions and methods (a nested one is met where it is called), then what the file does when it is run."""
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        if module.function(function) is None and _EMPTYING.search(module.between(module.place(function))):
            yield function
    body = [each for each in module.tree.body if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)]
    if any(_EMPTYING.search(module.between(module.place(each))) for each in body):
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        yield ast.FunctionDef(name="<the file>", args=nothing, body=body, decorator_list=[])


def _empties(statement: Statement) -> bool:
    match statement:
        case RowsDeleted(rows=rows, limited=limited, matched=matched):
            return rows in ("all", "live") and not limited and not matched
    return isinstance(statement, TableTruncated | TableDropped)


def _may_be_login(table: str) -> bool:
    """Names that nobody's logins have are not worth a fact; the tables of a tree are asked later."""
    return by_name(table) is not None or any(word in table.lower() for word in ("session", "token", "login"))
