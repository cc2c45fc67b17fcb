"""Migrations: what they do to the people who are logged in, through the tables that logins depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from safelint.facts.migrations import ColumnDropped, ColumnRenamed
from safelint.hazards import Hazard
from safelint.hazards._judge import Judge
from safelint.hazards._login_tables import LoginTableHazard
from safelint.hazards._story import stories
from safelint.sources import Change, Side
from safelint.tables import Tables


def of_state(side: Side) -> Iterator[Hazard]:
    """The hazards of every migration in the files of the change."""
    judge = Judge(side)
    for story in stories(side):
        for index, statement in enumerate(story.statements):
            yield from judge.of_statement(story, index, statement)


def of_change(change: Change) -> Iterator[Hazard]:
    """Columns that the code of the base still reads while the migration of the head takes them away."""
    yield from columns_gone(change, Judge(change.head))


def columns_gone(change: Change, judge: Judge) -> Iterator[LoginTableHazard]:
    """The columns that only the code of the base reads."""
    new = Counter(_columns_gone(change.head)) - Counter(_columns_gone(change.base))
    if not new:
        return
    before = Tables(change.base)
    for story in stories(change.head):
        for index, statement in enumerate(story.statements):
            if isinstance(statement, ColumnDropped | ColumnRenamed) and statement in new and statement.direction == "upgrade":
                yield from judge.of_column(story, index, statement, before)


def _columns_gone(side: Side) -> tuple[ColumnDropped | ColumnRenamed, ...]:
    return (*side.touched(ColumnDropped), *side.touched(ColumnRenamed))
