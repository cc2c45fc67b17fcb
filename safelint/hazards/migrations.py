"""Migrations: what they do to the people who are logged in, through the tables that logins depend on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from safelint.facts.migrations import (
    Column,
    ColumnAdded,
    ColumnDefaultChanged,
    ColumnDropped,
    ColumnNullabilityChanged,
    ColumnRenamed,
    ColumnRetyped,
    Direction,
    IndexCreated,
    IndexDropped,
    RowsDeleted,
    RowSecurityChanged,
    RowsUpdated,
    RuleCreated,
    Statement,
    TableCreated,
    TableDropped,
    TableRenamed,
    TableStorageChanged,
    TableTruncated,
)
from safelint.facts.project import ServerVersion, TableRole
from safelint.findings import Confidence, Severity
from safelint.hazards import Hazard
from safelint.hazards._access import hidden_by
from safelint.hazards._cascades import children, tables_of_schema
from safelint.hazards._downgrades import takes_back
from safelint.hazards._endings import ended_by
from safelint.hazards._locks import Lock, is_narrower, lock_of
from safelint.hazards._story import Story, stories
from safelint.places import Related
from safelint.records import dataclass, replace
from safelint.sources import Change, Side
from safelint.table_names import by_name
from safelint.tables import Role, Standing, Tables

# What is lost for good, or missed at once, is worth the search for a table whose name tells nothing.
_LOSING = (TableDropped, TableTruncated, TableRenamed, RowsDeleted, RowsUpdated, ColumnDropped, ColumnRenamed)
_HELD = {"session": "sessions", "token": "tokens", "user": "accounts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTableHazard(Hazard):
    """What a statement does to a table that logins depend on. `what` names what the table holds: sessions, tokens, accounts."""

    table: str
    role: Role
    what: str
    statement: str
    direction: Direction
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableDropped(LoginTableHazard):
    """The table goes. `recreated`: an empty one of the same name takes its place."""

    recreated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableEmptied(LoginTableHazard):
    """Every row that matters goes. `through`: the table whose emptying takes these rows along, "" where it is this one."""

    how: Literal["truncate", "delete", "cascade", "partition"]
    through: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(LoginTableHazard):
    """The rows stay and nobody can log on with them: expired, revoked, given another key."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableMoved(LoginTableHazard):
    """The table has another name or schema afterwards, and nothing answers to the old one."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumnGone(LoginTableHazard):
    """A column that code reads is dropped or renamed. `reader`: which code, `head` (for good), `base` (until the deploy is through), `unknown`."""

    column: str
    how: Literal["dropped", "renamed"]
    reader: Literal["head", "base", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableHidden(LoginTableHazard):
    """The rows stay and the application may not see or change them any more. `how`: row security, policy, privileges, owner, rule."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSessionsRefused(LoginTableHazard):
    """An INSERT of the code that is running does not give a column a value that it needs now."""

    column: str
    how: Literal["added", "required", "default dropped"]
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumnNarrowed(LoginTableHazard):
    """Values that fitted a column may not fit any more."""

    column: str
    was: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableUnlogged(LoginTableHazard):
    """The table is not written to the log: a crash of the server, or a failover, empties it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableBlocked(LoginTableHazard):
    """Who logs in or is logged in waits for a lock. `work`: what is done under it (see `safelint.hazards._locks.Work`)."""

    work: str
    blocked: str
    mode: str


def of_state(side: Side) -> Iterator[Hazard]:
    """The hazards of every migration in the files of the change."""
    judge = _Judge(side)
    for story in stories(side):
        for index, statement in enumerate(story.statements):
            yield from judge.of_statement(story, index, statement)


def of_change(change: Change) -> Iterator[Hazard]:
    """Columns that the code of the base still reads while the migration of the head takes them away."""
    new = Counter(_columns_gone(change.head)) - Counter(_columns_gone(change.base))
    if not new:
        return
    judge, before = _Judge(change.head), Tables(change.base)
    for story in stories(change.head):
        for index, statement in enumerate(story.statements):
            if isinstance(statement, ColumnDropped | ColumnRenamed) and statement in new and statement.direction == "upgrade":
                yield from judge.of_column(story, index, statement, before)


def _columns_gone(side: Side) -> tuple[ColumnDropped | ColumnRenamed, ...]:
    return (*side.touched(ColumnDropped), *side.touched(ColumnRenamed))


class _Judge:
    """Judges the statements of one side."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.tables = Tables(side)

    def of_statement(self, story: Story, index: int, statement: Statement) -> Iterator[Hazard]:
        yield from self._of_many(story, index, statement)
        if isinstance(statement, IndexDropped) and not statement.table:
            statement = replace(statement, table=self._table_of_index(statement.name))
        table = story.original(index, statement.table)
        if not table or story.is_new(index, statement.table) or not self._is_worth_asking(table, statement):
            return
        standing = self.tables.standing(table)
        if standing is None:
            return
        harm = list(self._harm(story, index, statement, table, standing))
        yield from harm
        if not any(isinstance(each, SessionTableDropped | SessionTableEmptied) for each in harm):
            yield from self._wait(story, index, statement, table, standing)

    def _is_worth_asking(self, table: str, statement: Statement) -> bool:
        """Whether the code is asked what a table is: that reads the whole tree, and an index on `invoices` is no reason to."""
        return statement.origin != "sql" or isinstance(statement, _LOSING) or by_name(table) is not None or bool(self.side.everywhere(TableRole))

    def _common(self, statement: Statement, table: str, standing: Standing) -> dict[str, Any]:
        why = Related(standing.place, standing.why, self.side.name) if standing.place else None
        return {
            "place": statement.place,
            "side": self.side.name,
            "related": (why,) if why else (),
            "table": table,
            "role": standing.role,
            "what": _HELD[standing.role],
            "statement": statement.statement,
            "direction": statement.direction,
            "confidence": None if standing.confidence == "high" else standing.confidence,
        }

    # ---- what is lost

    def _harm(self, story: Story, index: int, statement: Statement, table: str, standing: Standing) -> Iterator[LoginTableHazard]:
        common = self._common(statement, table, standing)
        match statement:
            case TableDropped() if not takes_back(self.side, statement):
                yield from self._dropped(story, index, table, common)
            case TableTruncated():
                if not story.rows_go_to(table, index):
                    yield SessionTableEmptied(**common, how="truncate")
            case RowsDeleted(rows=rows, only_null=only_null, limited=limited):
                everything = rows in ("all", "live") or (only_null and story.added_here(statement.table, only_null, index) is not None)
                if everything and not limited and not story.rows_go_to(table, index):
                    yield SessionTableEmptied(**common, how="delete")
            case RowsUpdated():
                added = {each.column for each in statement.assignments if story.added_here(statement.table, each.column, index)}
                column = ended_by(statement, standing.role, added)
                if column:
                    yield SessionsEnded(**common, column=column)
            case TableRenamed(to=to):
                if (
                    not takes_back(self.side, statement)
                    and not story.keeps_its_name(table, index)
                    and story.original(index, statement.table) == statement.table
                ):
                    yield SessionTableMoved(**common, to=to)
            case ColumnDropped() | ColumnRenamed():
                yield from self.of_column(story, index, statement, None)
            case TableStorageChanged(how="unlogged"):
                yield SessionTableUnlogged(**common)
            case ColumnRetyped(column=column, type=to):
                was = statement.was or self._type_before(table, column, statement)
                if was and to and is_narrower(was, to) and not story.is_scratch(statement.table, column, index):
                    yield SessionColumnNarrowed(**common, column=column, was=was, to=to)
            case ColumnAdded() | ColumnNullabilityChanged() | ColumnDefaultChanged():
                yield from self._refused(story, index, statement, common)
            case RuleCreated(nothing=True, event=event) if event in ("insert", "update", "delete"):
                yield SessionTableHidden(**common, how=f"rule on {event}")
            case _:
                if how := hidden_by(story, index, statement, self.side):
                    # The owner of a table sees its rows all the same, unless that is FORCEd; many applications are the owner.
                    perhaps = isinstance(statement, RowSecurityChanged) and statement.action == "enable"
                    yield SessionTableHidden(**common, how=how, severity="warning" if perhaps else None)

    def _dropped(self, story: Story, index: int, table: str, common: dict[str, Any]) -> Iterator[LoginTableHazard]:
        if story.has_successor(table, index):
            return
        if copy := story.rows_go_to(table, index):
            if not story.keeps_its_name(table, index) and copy.lower() != table.lower():
                yield SessionTableMoved(**common, to=copy)
            return
        before = self.side.before
        if before is not None and not story.is_made_again(table, index) and Tables(before).is_abandoned(table):
            return
        yield SessionTableDropped(**common, recreated=story.is_made_again(table, index))

    def _refused(self, story: Story, index: int, statement: Statement, common: dict[str, Any]) -> Iterator[LoginTableHazard]:
        if statement.direction == "downgrade":
            # A column that comes back: the code that is gone back to has always given it a value.
            common["confidence"] = "low"
        if common["role"] == "user":
            # A row of the users' table is written by a sign-up, not by a login: nobody who has an account notices.
            common["severity"] = "info"
        match statement:
            case ColumnAdded(column=column) if not column.nullable and column.default in ("", "null"):
                if not story.gets_default(statement.table, column.name):
                    yield NewSessionsRefused(**common, column=column.name, how="added")
            case ColumnNullabilityChanged(nullable=False, column=name):
                added = story.added_here(statement.table, name, index)
                if added is not None and added.column.default in ("", "null") and not story.gets_default(statement.table, name):
                    yield NewSessionsRefused(**common, column=name, how="required")
            case ColumnDefaultChanged(column=name, default="" | "null"):
                added = story.added_here(statement.table, name, index)
                before = added.column if added is not None else self._declared(str(common["table"]), name, statement)
                optional = any(isinstance(each, ColumnNullabilityChanged) and each.nullable and each.column == name for each in story.statements)
                if before and not before.nullable and not optional and before.default not in ("", "null") and not story.gets_default(statement.table, name):
                    yield NewSessionsRefused(**common, column=name, how="default dropped")

    def of_column(self, story: Story, index: int, statement: ColumnDropped | ColumnRenamed, before: Tables | None) -> Iterator[LoginTableHazard]:
        """A column that goes; `before`: the tables of the base, when it is the base's code that is asked for."""
        table = story.original(index, statement.table)
        standing = self.tables.standing(table)
        if standing is None or story.is_new(index, statement.table) or story.is_scratch(statement.table, statement.column, index):
            return
        if (story.lives_on(statement.table, statement.column, index) and self._keeps_values(story, statement)) or takes_back(self.side, statement):
            return
        common = self._common(statement, table, standing)
        how: Literal["dropped", "renamed"] = "dropped" if isinstance(statement, ColumnDropped) else "renamed"
        # After a downgrade it is the old code that runs.
        running = Tables(self.side.before) if statement.direction == "downgrade" and self.side.before is not None else self.tables
        here = running.reads(table, statement.column)
        related = common.pop("related")
        assert isinstance(related, tuple)
        if before is None and (here or not running.declared(table)):
            reader: Literal["head", "unknown"] = "head" if here else "unknown"
            if reader == "unknown":  # the code may have stopped reading it long ago: nothing here can tell
                common["confidence"] = "low" if standing.role == "user" else common["confidence"] or "medium"
            yield SessionColumnGone(**common, related=(*here, *related), column=statement.column, how=how, reader=reader)
        elif before is not None and not here and (there := before.reads(table, statement.column)):
            yield SessionColumnGone(**common, related=(*there, *related), column=statement.column, how=how, reader="base")

    # ---- statements about more than one table

    def _of_many(self, story: Story, index: int, statement: Statement) -> Iterator[Hazard]:
        for parent in _emptied(statement):
            original = story.original(index, parent)
            if story.is_new(index, parent) or self.tables.standing(original) is not None:
                continue  # a table of logins itself: that it is emptied is said already
            for child, related in children(self.side, original, statement):
                standing = self.tables.standing(child)
                if standing is not None and standing.confidence != "low" and not story.is_new(index, child):
                    common = self._common(statement, child, standing) | {"related": (related,)}
                    yield SessionTableEmptied(**common, how="cascade", through=original)
        for table, how in tables_of_schema(self.side, statement):
            standing = self.tables.standing(table)
            if standing is not None and not any(isinstance(each, TableCreated) and each.table == table for each in story.statements):
                common = self._common(statement, table, standing)
                if how == "dropped":
                    yield SessionTableDropped(**common)
                else:
                    yield SessionTableMoved(**common, to=how)

    # ---- who waits

    def _wait(self, story: Story, index: int, statement: Statement, table: str, standing: Standing) -> Iterator[Hazard]:
        if statement.dialect in ("sqlite", "oracle"):
            return
        lock = lock_of(
            statement,
            lambda _, column: self._type_before(table, column, statement),
            utc=story.in_utc(index),
            proven=story.validated(statement.table, index),
            version=self._server_version(),
        )
        if lock is None or not lock.blocks or (story.is_perhaps_new(index, statement.table) and not self._made_before(table, statement)):
            return
        if lock.work == "rows" and not (isinstance(statement, RowsUpdated) and statement.rows == "all"):
            return
        if lock.work == "brief" and story.waits_at_most(index) is not None:
            return
        lock = _in_mysql(lock, statement) if statement.dialect in ("mysql", "mssql") else lock
        if lock is not None:
            common = self._common(statement, table, standing)
            if lock.work == "brief":
                common["confidence"] = "low"
            yield SessionTableBlocked(**common, work=lock.work, blocked=_listed(lock.blocks), mode=lock.mode)

    # ---- what the tree knows

    def _server_version(self) -> float:
        """The version of PostgreSQL that production runs, as the project's configuration says; a recent one where it does not."""
        numbers = [re.match(r"\d+(\.\d+)?", each.version) for each in self.side.everywhere(ServerVersion) if each.product == "postgres"]
        return float(numbers[0][0]) if numbers and numbers[0] else 99

    def _table_of_index(self, name: str) -> str:
        """The table of an index, which PostgreSQL and SQLite don't name when they drop it."""
        return next((each.table for each in self.side.everywhere(IndexCreated) if each.name == name), "")

    def _made_before(self, table: str, statement: Statement) -> bool:
        """Whether an earlier migration makes this table."""
        return any(
            each.table == table and each.direction == "upgrade" and each.place.path < statement.place.path for each in self.side.everywhere(TableCreated)
        )

    def _type_before(self, table: str, column: str, statement: Statement) -> str:
        """The type of a column before a statement, as the migrations before it declare it; "" where none does."""
        found = ""
        declared: list[TableCreated | ColumnAdded | ColumnRetyped] = [
            *self.side.everywhere(TableCreated),
            *self.side.everywhere(ColumnAdded),
            *self.side.everywhere(ColumnRetyped),
        ]
        for each in sorted(declared, key=lambda one: (one.place.path, one.position)):
            if each.table != table or each.direction != "upgrade" or (each.place.path, each.position) >= (statement.place.path, statement.position):
                continue
            if isinstance(each, TableCreated):
                found = next((one.type for one in each.columns if one.name == column), found)
            elif isinstance(each, ColumnAdded):
                found = each.column.type if each.column.name == column else found
            else:
                found = each.type if each.column == column else found
        return found

    def _declared(self, table: str, column: str, statement: Statement) -> Column | None:
        """A column as the migrations before declare it."""
        for created in self.side.everywhere(TableCreated):
            for each in created.columns:
                if created.table == table and each.name == column and created.place.path != statement.place.path:
                    return each
        for added in self.side.everywhere(ColumnAdded):
            if added.table == table and added.column.name == column and added.place.path != statement.place.path:
                return added.column
        return None

    @staticmethod
    def _keeps_values(story: Story, statement: ColumnDropped | ColumnRenamed) -> bool:
        """Whether the column that takes the place of another is given its values."""
        if isinstance(statement, ColumnRenamed):
            return True
        return any(
            isinstance(each, RowsUpdated) and each.table == statement.table and any(statement.column.lower() in one.value for one in each.assignments)
            for each in story.statements
        )


def _emptied(statement: Statement) -> tuple[str, ...]:
    """The table whose rows all go, where that can take rows of others along."""
    if isinstance(statement, TableTruncated) and statement.cascade:
        return (statement.table,)
    if isinstance(statement, RowsDeleted) and statement.rows == "all" and not statement.limited:
        return (statement.table,)
    return ()


def _in_mysql(lock: Lock, statement: Statement) -> Lock | None:
    """InnoDB builds indexes and adds columns beside the running work; a copied table can still be read, not written."""
    if lock.work == "build" or isinstance(statement, ColumnAdded | ColumnNullabilityChanged):
        return None
    return Lock("share row exclusive", lock.work) if lock.work in ("rewrite", "scan") else lock


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
