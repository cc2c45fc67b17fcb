"""Fixes: what a finding asks for, where it can be done by a machine. One module a subject, found in this folder.

A module (names with a leading underscore are helpers) has two names:

    RULES: tuple[str, ...]                                        the rules whose findings it can mend
    def edits(finding: Finding, text: str) -> Iterable[Edit]      how: nothing where it is not sure

`text` is the file of the finding at the head. A fix is pure, and only for what has one right answer: the file means what
it meant before, its finding is gone, and there is nothing left to do for a second run. Whoever calls judges the
mended file again, and drops the edits of a finding that is still there (`safelint.mending`).
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from typing import Protocol, cast

from safelint.findings import Finding
from safelint.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """`text` in place of what stands between two positions of the finding's file (from 1, the end exclusive, as in a `Place`)."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Module(Protocol):
    """What the module of a fix has."""

    RULES: tuple[str, ...]

    def edits(self, finding: Finding, text: str) -> Iterable[Edit]: ...


@functools.cache
def _modules() -> tuple[Module, ...]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    return tuple(cast(Module, importlib.import_module(f"{__name__}.{name}")) for name in names)


def edits(finding: Finding, text: str) -> tuple[Edit, ...]:
    """How to mend a finding; empty where no fix is for it, or it is not sure."""
    return next((found for module in _modules() if finding.rule in module.RULES and (found := tuple(module.edits(finding, text)))), ())


def applied(text: str, wanted: Iterable[tuple[Edit, ...]]) -> tuple[str, list[bool]]:
    """The text after these edits, and which groups of them were made: a group that overlaps an earlier one waits for the next time."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(text))

    taken: list[tuple[int, int, str]] = []
    made = []
    for group in wanted:
        spans = [(offset(each.line, each.column), offset(each.end_line, each.end_column), each.text) for each in group]
        free = all(not (start < end_taken and start_taken < end) and start != start_taken for start, end, _ in spans for start_taken, end_taken, _ in taken)
        made.append(free and bool(spans))
        if free:
            taken += spans
    for start, end, new in sorted(taken, reverse=True):
        text = text[:start] + new + text[end:]
    return text, made
