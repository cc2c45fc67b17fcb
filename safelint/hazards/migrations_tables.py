"""Migrations, for whoever asks for every table (`tables = "all"`): what they do to those that hold no logins.

The judging is the same as for the tables of logins; only what comes of it differs. Nobody is logged out, so nothing here says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelint.config import PATHS
from safelint.facts.migrations import Direction, Statement
from safelint.facts.project import TableScope
from safelint.findings import Confidence, Severity
from safelint.hazards import Hazard
from safelint.hazards._judge import Judge
from safelint.hazards._login_tables import (
    LoginTableHazard,
    NewSessionsRefused,
    SessionColumnGone,
    SessionColumnNarrowed,
    SessionTableBlocked,
    SessionTableDropped,
    SessionTableEmptied,
    SessionTableHidden,
    SessionTableMoved,
    SessionTableUnlogged,
)
from safelint.hazards._story import stories
from safelint.hazards.migrations import columns_gone
from safelint.records import dataclass
from safelint.sources import Change, Side
from safelint.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHazard(Hazard):
    """What a statement does to a table that holds no logins."""

    table: str
    statement: str
    direction: Direction
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlocked(TableHazard):
    """Who uses the table waits for a lock. `does`: what the statement does meanwhile, `until` how long that takes."""

    does: str
    blocked: str
    until: str
    work: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRowsLost(TableHazard):
    """Rows, or parts of them, are gone for good. `loss` says which."""

    loss: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChangedUnderCode(TableHazard):
    """Code that is running, or stays, asks for something that is not there any more, or leaves out what is needed now. `fails` says what."""

    fails: str


def of_state(side: Side) -> Iterator[Hazard]:
    """The hazards of every migration in the files of the change, of tables that hold no logins."""
    if not _is_asked_for(side):
        return
    judge = Judge(side, others=True)
    for story in stories(side):
        if story.statements[0].direction == "downgrade":
            continue  # the way back is taken when something has gone wrong already
        for index, statement in enumerate(story.statements):
            for hazard in judge.of_statement(story, index, statement):
                if isinstance(hazard, LoginTableHazard):
                    yield from _said(hazard, judge.tables)


def of_change(change: Change) -> Iterator[Hazard]:
    """Columns that the code of the base still reads while the migration of the head takes them away."""
    if not _is_asked_for(change.head):
        return
    for hazard in columns_gone(change, Judge(change.head, others=True)):
        yield from _said(hazard, Tables(change.head))


def _is_asked_for(side: Side) -> bool:
    if side.every_table is not None:
        return side.every_table
    return bool(side.touched(Statement)) and any(each.tables == "all" for each in side.within(TableScope, PATHS))


def _said(hazard: LoginTableHazard, tables: Tables) -> Iterator[TableHazard]:
    """A hazard in words that fit a table of any kind."""
    match hazard:
        case SessionTableBlocked():
            yield _blocked(hazard)
        case SessionTableDropped(recreated=True):
            yield _lost(hazard, "every row, for it is made again empty")
        case SessionTableDropped(table=table):
            readers = tables.readers(table)
            if readers:
                yield _broken(hazard, f"code asks for {table}, which is dropped", "error", hazard.confidence)
            else:
                yield _lost(hazard, "every row, for the table is dropped", None, hazard.confidence or "medium")
        case SessionTableEmptied(through=through):
            yield _lost(hazard, f"every row, along with those of {through}" if through else "every row")
        case SessionTableUnlogged():
            yield _lost(hazard, "every row, at the next crash or failover of the server")
        case SessionColumnNarrowed(column=column, was=was, to=to):
            yield _lost(hazard, f"what does not fit when {column} goes from {was} to {to}; on PostgreSQL the statement stops there")
        case SessionTableMoved(table=table, to=to):
            yield _broken(hazard, f"code that is running asks for {table}, which is called {to}")
        case SessionColumnGone(column=column, reader=reader, how=how):
            who = {"head": "code asks", "base": "code that is running asks", "unknown": "code may ask"}[reader]
            severity: Severity = "error" if reader == "head" else "warning"
            yield _broken(hazard, f"{who} for column {column}, which is {how}", severity)
        case NewSessionsRefused(column=column):
            yield _broken(hazard, f"code that is running does not give {column} a value, so its INSERTs are refused", "error")
        case SessionTableHidden(how=how):
            yield _broken(hazard, f"the application may not see or change the rows any more ({how})", confidence="medium")


def _blocked(hazard: SessionTableBlocked) -> TableBlocked:
    does, until = {
        "build": ("builds an index", "until it is done"),
        "scan": (f"looks at every row of {hazard.looked_at}", "until it is done"),
        "rewrite": ("writes the table anew", "until it is done"),
        "rows": ("changes every row in one go", "until the transaction ends"),
        "held": ("locks the table", "until the transaction ends"),
        "brief": (f"is quick by itself, and with no {hazard.limit} set it waits for every transaction that uses the table", "behind it"),
    }[hazard.work]
    whose = "reads and writes" if "reads" in hazard.blocked else "writes" if "logins" in hazard.blocked else "updates of these rows"
    severity, confidence = hazard.severity, hazard.confidence
    if hazard.work in ("brief", "rows") and severity is None:
        severity = "info"
    return TableBlocked(
        place=hazard.place,
        side=hazard.side,
        related=hazard.related,
        table=hazard.table,
        statement=hazard.statement,
        direction=hazard.direction,
        severity=severity,
        confidence=confidence,
        does=does,
        blocked=whose,
        until=until,
        work=hazard.work,
        mode=hazard.mode,
    )


def _lost(hazard: LoginTableHazard, loss: str, severity: Severity | None = None, confidence: Confidence | None = None) -> TableRowsLost:
    return TableRowsLost(
        place=hazard.place,
        side=hazard.side,
        related=hazard.related,
        table=hazard.table,
        statement=hazard.statement,
        direction=hazard.direction,
        severity=severity,
        confidence=confidence or hazard.confidence,
        loss=loss,
    )


def _broken(hazard: LoginTableHazard, fails: str, severity: Severity | None = None, confidence: Confidence | None = None) -> TableChangedUnderCode:
    return TableChangedUnderCode(
        place=hazard.place,
        side=hazard.side,
        related=hazard.related,
        table=hazard.table,
        statement=hazard.statement,
        direction=hazard.direction,
        severity=severity or hazard.severity,
        confidence=confidence or hazard.confidence,
        fails=fails,
    )
