"""Fixes for Django migrations: an index beside the running work, where the file itself is for PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from safelint.facts.migrations import IndexCreated
from safelint.findings import Finding
from safelint.fixes import Edit
from safelint.fixes._python import Code, parsed
from safelint.readers import Source, Unreadable
from safelint.readers.python import NAMES, django_migrations

if TYPE_CHECKING:
    import libcst

RULES = ("session-index-built-under-a-lock",)
_IMPORT = "from django.contrib.postgres.operations import AddIndexConcurrently\n"
# What may run outside of a transaction without leaving half a migration behind.
_INDEXES = {"AddIndex", "AddIndexConcurrently", "RemoveIndex", "RemoveIndexConcurrently"}


def edits(finding: Finding, text: str) -> Iterable[Edit]:
    """How to mend a finding in a migration that nothing but indexes are in; nothing for any other file."""
    if not re.search(NAMES, finding.place.path) or "django.contrib.postgres" not in text or finding.direction == "downgrade":
        return
    try:
        facts = [fact for fact in django_migrations.read(Source(finding.place.path, text)) if isinstance(fact, IndexCreated)]
        code = Code(text)
    except (Unreadable, ValueError):
        return
    call = code.call_at(finding.place)
    if call and any(fact.place == finding.place and not fact.concurrently for fact in facts) and _name(call) == "AddIndex":
        yield from _concurrently(code, call)


def _name(node: libcst.CSTNode) -> str:
    """The last part of the name of what is called."""
    import libcst

    func = node.func if isinstance(node, libcst.Call) else None
    return func.attr.value if isinstance(func, libcst.Attribute) else func.value if isinstance(func, libcst.Name) else ""


def _concurrently(code: Code, call: libcst.Call) -> Iterator[Edit]:
    import libcst

    above = list(code.above(call))
    listed = next((each for each in above if isinstance(each, libcst.List)), None)
    migration = next((each for each in above if isinstance(each, libcst.ClassDef)), None)
    if listed is None or migration is None or not all(_name(each.value) in _INDEXES for each in listed.elements):
        return
    changes: list[tuple[libcst.CSTNode, Callable[[Any], Any]]] = [(call, lambda made: made.with_changes(func=libcst.Name("AddIndexConcurrently")))]
    if not re.search(r"^\s*atomic\s*[:=]", code.text, re.MULTILINE):
        changes.append((migration, lambda made: _not_atomic(made, code)))
    if not re.search(r"import .*\bAddIndexConcurrently\b", code.text):
        lines = [
            each for each in code.module.body if isinstance(each, libcst.SimpleStatementLine) and isinstance(each.body[0], libcst.Import | libcst.ImportFrom)
        ]
        changes.append((lines[-1], lambda line: [*parsed(_IMPORT, code), line] if len(lines) == 1 else [line, *parsed(_IMPORT, code)]))
    yield code.with_changes(*changes)


def _not_atomic(migration: libcst.ClassDef, code: Code) -> libcst.ClassDef:
    """The class with `atomic = False` above everything but its docstring."""
    import libcst

    body = list(migration.body.body)
    (line,) = parsed("atomic = False\n", code)
    first: Any = body[0]
    at = 0
    if isinstance(first, libcst.SimpleStatementLine) and isinstance(first.body[0], libcst.Expr) and isinstance(first.body[0].value, libcst.SimpleString):
        at = 1
    return migration.with_changes(body=migration.body.with_changes(body=[*body[:at], line, *body[at:]]))
