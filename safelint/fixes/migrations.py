"""Fixes for SQL migrations: a bound for the wait, an index beside the running work, a constraint that looks at old rows later.

What cannot run in a transaction is written only where the file says that it runs in none. Statements for PostgreSQL are written
only into files that are not for another database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safelint.facts.migrations import ConstraintAdded, IndexCreated, Statement, TransactionMarked
from safelint.findings import Finding
from safelint.fixes import Edit
from safelint.places import Place
from safelint.readers import Source, sql
from safelint.readers._sql_tokens import statements_of, tokens_of

RULES = (
    "session-table-altered-without-lock-timeout",
    "session-index-built-under-a-lock",
    "session-table-scanned",
)
_PATIENCE = "5s"
_ADDED = re.compile(r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?P<table>\S+)\s+ADD\s+CONSTRAINT\s+(?P<name>\S+)", re.IGNORECASE)


def edits(finding: Finding, text: str) -> Iterable[Edit]:
    """How to mend a finding in a file of SQL; nothing for any other file."""
    if not re.search(sql.NAMES, finding.place.path):
        return
    statements = [fact for fact in sql.read(Source(finding.place.path, text)) if isinstance(fact, Statement)]
    found = next((each for each in statements if each.place == finding.place), None)
    if found is None or found.dialect not in (None, "postgresql"):
        return
    alone = found.transactional is False and not any(isinstance(each, TransactionMarked) for each in statements)
    match found:
        case IndexCreated(concurrently=False) if alone:
            yield from _concurrently(finding, text)
        case ConstraintAdded(kind="check" | "foreign key", valid=True, name=name) if alone and name:
            yield from _validated_later(finding, text)
        case _ if finding.rule == "session-table-altered-without-lock-timeout":
            yield from _bounded(finding, text)


def _bounded(finding: Finding, text: str) -> Iterator[Edit]:
    """A lock_timeout before the whole statement, where it begins its line."""
    start, _ = _statement(finding.place, text)
    line_start = text.rfind("\n", 0, start) + 1
    indent = text[line_start:start]
    if not indent.strip():
        line = text.count("\n", 0, start) + 1
        yield Edit(line, len(indent) + 1, line, len(indent) + 1, f"SET lock_timeout = '{_PATIENCE}';\n{indent}")


def _statement(place: Place, text: str) -> tuple[int, int]:
    """Where the statement begins and ends that a place is a part of."""
    offset = sum(len(line) + 1 for line in text.split("\n")[: place.line - 1]) + place.column - 1
    for tokens in statements_of(tokens_of(text)):
        if tokens[0].start <= offset < tokens[-1].end:
            return tokens[0].start, tokens[-1].end
    return offset, offset


def _concurrently(finding: Finding, text: str) -> Iterator[Edit]:
    line = text.split("\n")[finding.place.line - 1]
    head = re.compile(r"CREATE\s+(UNIQUE\s+)?INDEX\b", re.IGNORECASE).match(line, finding.place.column - 1)
    if head:
        word = "concurrently" if head[0].islower() else "CONCURRENTLY"
        yield Edit(finding.place.line, head.end() + 1, finding.place.line, head.end() + 1, f" {word}")


def _validated_later(finding: Finding, text: str) -> Iterator[Edit]:
    """NOT VALID at the end of the statement, and a VALIDATE of its own after it."""
    start, end = _statement(finding.place, text)
    head = _ADDED.match(text, start)
    closing = re.compile(r"\s*;").match(text, end)
    place = finding.place
    rest = text.split("\n")[place.end_line - 1][place.end_column - 1 :]
    if head and closing and re.match(r"\s*;", rest):
        validate = f" NOT VALID;\nALTER TABLE {head['table']} VALIDATE CONSTRAINT {head['name']}"
        yield Edit(place.end_line, place.end_column, place.end_line, place.end_column, validate)
