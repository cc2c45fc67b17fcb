"""Queries that ask for rows that have not expired, in the words of SQLAlchemy and of Django."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.tables import ColumnComparedWithNow
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import origins

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (ColumnComparedWithNow,)
TRIGGERS = (b".filter(", b".where(", b"__gt")

_NOW = re.compile(r"(^|\.)(now|utcnow|today|time)$")
_WORTH_READING = re.compile(r"\bnow\(|utcnow\(|\btime\(|today\(")
_QUERY = {"filter", "where", "get", "having"}


def read(source: Source) -> Iterator[Fact]:
    """The comparisons with now of a file."""
    if not _WORTH_READING.search(source.text):
        return
    module = parse(source)
    for comparison in module.nodes(ast.Compare):
        column = _later_than_now(module, comparison) if len(comparison.ops) == 1 else None
        query = _query(module, comparison) if column is not None else None
        if column is None or query is None or _takes_null(module, query, column.attr):
            continue
        if model := _class(module, column.value):
            yield ColumnComparedWithNow(place=module.place(comparison), model=model, column=column.attr, code=module.text(comparison))
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in _QUERY:
            for keyword in call.keywords:
                name, _, operator = (keyword.arg or "").rpartition("__")
                if (
                    operator in ("gt", "gte")
                    and _is_now(module, keyword.value)
                    and not _takes_null(module, call, name)
                    and (model := _class(module, call.func))
                ):
                    yield ColumnComparedWithNow(place=module.place(keyword), model=model, column=name, code=module.text(keyword))


def _later_than_now(module: PythonModule, comparison: ast.Compare) -> ast.Attribute | None:
    """The attribute that a comparison wants to be later than now."""
    left, operator, right = comparison.left, comparison.ops[0], comparison.comparators[0]
    if isinstance(operator, ast.Lt | ast.LtE):
        left, right = right, left
    elif not isinstance(operator, ast.Gt | ast.GtE):
        return None
    return left if isinstance(left, ast.Attribute) and _is_now(module, right) else None


def _is_now(module: PythonModule, node: ast.expr) -> bool:
    return any(isinstance(each, ast.Call) and _NOW.search(module.qualified(each.func) or "") is not None for each in origins(module, node))


def _query(module: PythonModule, node: ast.AST) -> ast.Call | None:
    for above in module.parents(node):
        if isinstance(above, ast.Call) and isinstance(above.func, ast.Attribute) and above.func.attr in _QUERY:
            return above
        if isinstance(above, ast.stmt):
            return None
    return None


def _takes_null(module: PythonModule, query: ast.Call, column: str) -> bool:
    """Whether a query says something of the column's NULL too."""
    return re.search(rf"\b{re.escape(column)}(\.is_\(None|__isnull| ?== ?None| is None)", module.text(query)) is not None or "coalesce" in module.text(query)


def _class(module: PythonModule, node: ast.expr) -> str:
    """The model's class at the root of a chain: `Session.objects.filter`, `cls`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    if not isinstance(node, ast.Name):
        return ""
    if node.id in ("cls", "self"):
        owner = module.class_of(node)
        return owner.name if owner else ""
    return (module.qualified(node) or node.id).rsplit(".", 1)[-1]
