"""What a statement of a migration does to one table, seen from the people whose rows are in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.config import PATHS
from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDefaultChanged,
    ColumnDropped,
    ColumnNullabilityChanged,
    ColumnRenamed,
    ColumnRetyped,
    ConstraintAdded,
    IndexCreated,
    IndexDropped,
    PartitionChanged,
    RowsDeleted,
    RowsDeletedLater,
    RowSecurityChanged,
    RowsUpdated,
    RuleCreated,
    Statement,
    TableCreated,
    TableDropped,
    TableRenamed,
    TableStorageChanged,
    TableTruncated,
    WritesDiscarded,
)
from safelint.facts.project import TableRole
from safelint.hazards import Hazard
from safelint.hazards._access import hidden_by, shut_off
from safelint.hazards._cascades import children, tables_of_schema
from safelint.hazards._downgrades import takes_back
from safelint.hazards._endings import ended_by, ended_by_new, is_about_sessions
from safelint.hazards._locks import is_narrower
from safelint.hazards._login_tables import (
    Common,
    LoginTableHazard,
    NewSessionsRefused,
    SessionColumnGone,
    SessionColumnNarrowed,
    SessionsDeletedLater,
    SessionsEnded,
    SessionTableAwayForAMoment,
    SessionTableDropped,
    SessionTableEmptied,
    SessionTableHidden,
    SessionTableMoved,
    SessionTableUnlogged,
)
from safelint.hazards._past import Past
from safelint.hazards._story import Story
from safelint.hazards._waits import waits, waits_at_the_far_end
from safelint.places import Place, Related
from safelint.records import replace
from safelint.sources import Side
from safelint.table_names import by_name
from safelint.tables import Standing, Tables

# What is lost for good, or missed at once, is worth the search for a table whose name tells nothing.
_LOSING = (TableDropped, TableTruncated, TableRenamed, RowsDeleted, RowsUpdated, ColumnDropped, ColumnRenamed)
_HELD = {"session": "sessions", "token": "tokens", "user": "accounts", "other": "rows"}
_OWNER = re.compile(r"(user|account|member|owner|customer)(_?id)?")
_OTHER = Standing("other", "high", "")


class Judge:
    """Judges the statements of one side: by what they do to the tables of logins, or (`others`) to all the other tables."""

    def __init__(self, side: Side, *, others: bool = False) -> None:
        self.side = side
        self.tables = Tables(side)
        self.past = Past(side)
        self.others = others

    def _standing(self, table: str) -> Standing | None:
        """What a table is to this judge; None for one that is not its business."""
        standing = self.tables.standing(table)
        if self.others:
            return _OTHER if standing is None and table else None
        return standing

    def of_statement(self, story: Story, index: int, statement: Statement) -> Iterator[Hazard]:
        yield from self._of_many(story, index, statement)
        if isinstance(statement, IndexDropped) and not statement.table:
            statement = replace(statement, table=self.past.table_of_index(statement.name))
        yield from self._at_the_far_end(story, index, statement)
        table = story.original(index, statement.table)
        if not table or story.is_new(index, statement.table) or not self._is_worth_asking(table, statement):
            return
        standing = self._standing(table)
        if standing is None or not self.past.is_news(statement) or (statement.origin == "django" and self.tables.has_no_table(table)):
            return
        harm = list(self._harm(story, index, statement, table, standing))
        yield from harm
        if not any(isinstance(each, SessionTableDropped | SessionTableEmptied) for each in harm):
            yield from waits(story, index, statement, self._common(statement, table, standing), self.tables, self.past)

    def _is_worth_asking(self, table: str, statement: Statement) -> bool:
        """Whether the code is asked what a table is: that reads the whole tree, and an index on `invoices` is no reason to."""
        return (
            self.others or statement.origin != "sql" or isinstance(statement, _LOSING) or by_name(table) is not None or bool(self.side.within(TableRole, PATHS))
        )

    def _common(self, statement: Statement, table: str, standing: Standing) -> Common:
        why = Related(standing.place, standing.why, self.side.name) if standing.place else None
        return {
            "place": statement.place,
            "side": self.side.name,
            "related": (why,) if why else (),
            "table": self._known_as(statement, table, standing),
            "role": standing.role,
            "what": _HELD[standing.role],
            "statement": statement.statement,
            "direction": statement.direction,
            "impact": None,
            "severity": None,
            "confidence": None if standing.confidence == "high" else standing.confidence,
        }

    def _known_as(self, statement: Statement, table: str, standing: Standing) -> str:
        """The name that people know a table by: the database's, where a migration of Django calls it by its model."""
        if statement.origin != "django" or standing.library:
            return table
        before = self.side.before if isinstance(statement, TableRenamed) else None
        return (Tables(before) if before is not None else self.tables).real_name(table)

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
                everything = (rows in ("all", "live") and self._is_everybody(statement.matched)) or (
                    only_null and story.added_here(statement.table, only_null, index) is not None
                )
                if everything and not limited and not story.rows_go_to(table, index):
                    yield SessionTableEmptied(**common, how="delete")
            case RowsUpdated() if self._is_everybody(statement.matched):
                added = {each.column for each in statement.assignments if story.added_here(statement.table, each.column, index)}
                column = ended_by(statement, standing.role, added)
                if column:
                    what = "sessions of these accounts" if standing.role == "user" and is_about_sessions(column) else common["what"]
                    common = {**common, "what": what}
                    yield SessionsEnded(**common, column=column)
            case ColumnAdded(column=new) if ended_by_new(new) and standing.role == "user":
                # Whether the code compares it with what it gave out before is not known here.
                common = {**common, "what": "sessions of these accounts", "confidence": common["confidence"] or "medium"}
                yield SessionsEnded(**common, column=new.name)
            case TableRenamed(to=to):
                if (
                    not takes_back(self.side, statement)
                    and not story.keeps_its_name(table, index)
                    and story.original(index, statement.table) == statement.table
                ):
                    yield SessionTableMoved(**common, to=to)
                elif story.original(index, statement.table) == statement.table and story.is_away_for_a_moment(table, index):
                    yield SessionTableAwayForAMoment(**common)
            case PartitionChanged(how="drop" | "truncate" | "detach"):
                yield self._partition(statement, common)
            case RowsDeletedLater(when=when):
                yield SessionsDeletedLater(**common, when=when)
            case WritesDiscarded(event=event):
                yield SessionTableHidden(**common, how=f"rule on {event}")
            case TableCreated(unlogged=True, temporary=False):
                yield SessionTableUnlogged(**common)
            case ConstraintAdded(kind="unique", columns=columns) | IndexCreated(unique=True, columns=columns) if (
                standing.role in ("session", "token") and len(columns) == 1 and _OWNER.fullmatch(columns[0])
            ):
                yield NewSessionsRefused(**common, column=columns[0], how="one for each user")
            case ColumnDropped() | ColumnRenamed():
                yield from self.of_column(story, index, statement, None)
            case TableStorageChanged(how="unlogged"):
                yield SessionTableUnlogged(**common)
            case ColumnRetyped(column=column, type=to):
                was = statement.was or self.past.type_before(table, column, statement)
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
                    common = {**common, "severity": "warning" if perhaps else None}
                    yield SessionTableHidden(**common, how=how)

    @staticmethod
    def _partition(statement: PartitionChanged, common: Common) -> SessionTableEmptied:
        """A part of the rows; one that has a date in its name is most likely over."""
        if statement.partition != "all":
            dated = re.search(r"(19|20)\d\d|\d{6}", statement.partition) is not None
            common = {**common, "impact": "some-users", "confidence": "low" if dated else common["confidence"] or "medium"}
        return SessionTableEmptied(**common, how="partition")

    def _is_everybody(self, matched: str) -> bool:
        """Whether every row has a partner in the table that a statement asks for one: all sessions have a user, few are on a list of bans."""
        return not matched or (not self.others and self.tables.standing(matched) is not None)

    def _dropped(self, story: Story, index: int, table: str, common: Common) -> Iterator[LoginTableHazard]:
        if story.has_successor(table, index):
            if story.is_away_for_a_moment(table, index):
                yield SessionTableAwayForAMoment(**common)
            return
        if copy := story.rows_go_to(table, index):
            if not story.keeps_its_name(table, index) and copy.lower() != table.lower():
                yield SessionTableMoved(**common, to=copy)
            return
        before = self.side.before
        if before is not None and not story.is_made_again(table, index) and Tables(before).is_abandoned(table):
            return
        common = {**common, "related": (*common["related"], *(each for each in self.tables.readers(table) if each.place not in _places(common)))}
        yield SessionTableDropped(**common, recreated=story.is_made_again(table, index))

    def _refused(self, story: Story, index: int, statement: Statement, common: Common) -> Iterator[LoginTableHazard]:
        if statement.direction == "downgrade":
            # A column that comes back: the code that is gone back to has always given it a value.
            common = {**common, "confidence": "low"}
        if common["role"] == "user":
            # A row of the users' table is written by a sign-up, not by a login: nobody who has an account notices.
            common = {**common, "severity": "info"}
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
                before = added.column if added is not None else self.past.declared(story.original(index, statement.table), name, statement)
                optional = any(isinstance(each, ColumnNullabilityChanged) and each.nullable and each.column == name for each in story.statements)
                if before and not before.nullable and not optional and before.default not in ("", "null") and not story.gets_default(statement.table, name):
                    yield NewSessionsRefused(**common, column=name, how="default dropped")

    def of_column(self, story: Story, index: int, statement: ColumnDropped | ColumnRenamed, before: Tables | None) -> Iterator[LoginTableHazard]:
        """A column that goes; `before`: the tables of the base, when it is the base's code that is asked for."""
        table = story.original(index, statement.table)
        standing = self._standing(table)
        if standing is None or story.is_new(index, statement.table) or story.is_scratch(statement.table, statement.column, index):
            return
        if (story.lives_on(statement.table, statement.column, index) and self._keeps_values(story, statement)) or takes_back(self.side, statement):
            return
        if story.is_moved(index, table):
            return  # code that asks for the table does not find it, whatever its columns are
        common = self._common(statement, table, standing)
        how: Literal["dropped", "renamed"] = "dropped" if isinstance(statement, ColumnDropped) else "renamed"
        # After a downgrade it is the old code that runs.
        running = Tables(self.side.before) if statement.direction == "downgrade" and self.side.before is not None else self.tables
        here = running.reads(table, statement.column)
        if before is None and (here or not running.are_columns_known(table)):
            reader: Literal["head", "unknown"] = "head" if here else "unknown"
            if reader == "unknown":  # the code may have stopped reading it long ago: nothing here can tell
                common = {**common, "confidence": "low" if standing.role == "user" else common["confidence"] or "medium"}
            common = {**common, "related": (*here, *common["related"])}
            yield SessionColumnGone(**common, column=statement.column, how=how, reader=reader)
        elif before is not None and not here and (there := before.reads(table, statement.column)):
            common = {**common, "related": (*there, *common["related"])}
            yield SessionColumnGone(**common, column=statement.column, how=how, reader="base")

    # ---- statements about more than one table

    def _at_the_far_end(self, story: Story, index: int, statement: Statement) -> Iterator[Hazard]:
        if not isinstance(statement, ConstraintAdded) or statement.references is None:
            return
        parent = story.original(index, statement.references.table)
        if parent == statement.table or story.is_new(index, parent) or not self._is_worth_asking(parent, statement):
            return
        standing = self._standing(parent)
        if standing is not None:
            yield from waits_at_the_far_end(story, index, statement, self._common(statement, parent, standing), self.tables, self.past)

    def _of_many(self, story: Story, index: int, statement: Statement) -> Iterator[Hazard]:
        for parent in _emptied(statement):
            original = story.original(index, parent)
            dropped = isinstance(statement, TableDropped)
            if story.is_new(index, parent) or (self._standing(original) is not None and not dropped) or (dropped and story.lets_keys_go(index)):
                continue  # a table of logins itself: that it is emptied is said already
            for child, related in children(self.side, original, statement):
                standing = self._standing(child)
                if standing is not None and standing.confidence != "low" and not story.is_new(index, child):
                    common = self._common(statement, child, standing)
                    common = {**common, "related": (related,)}
                    if dropped and common["confidence"] is None and not story.speaks_of_keys(index):
                        common = {**common, "confidence": "medium"}  # foreign keys may be off, as they are where nobody switches them on
                    yield SessionTableEmptied(**common, how="cascade", through=original)
        for table in shut_off(story, index, statement, self.side):
            standing = self._standing(table)
            if standing is not None:
                yield SessionTableHidden(**self._common(statement, table, standing), how="privileges")
        for table, how in tables_of_schema(self.side, statement):
            standing = self._standing(table)
            if standing is not None and not any(isinstance(each, TableCreated) and each.table == table for each in story.statements):
                common = self._common(statement, table, standing)
                if how == "dropped":
                    yield SessionTableDropped(**common)
                else:
                    yield SessionTableMoved(**common, to=how)

    @staticmethod
    def _keeps_values(story: Story, statement: ColumnDropped | ColumnRenamed) -> bool:
        """Whether the column that takes the place of another is given its values."""
        if isinstance(statement, ColumnRenamed):
            new = any(isinstance(each, ColumnAdded) and _is_named(each, statement.table, statement.column) for each in story.statements)
            if not new:
                return True  # another column was given its name
        name = (statement.to if isinstance(statement, ColumnRenamed) else statement.column).lower()
        return any(
            isinstance(each, RowsUpdated) and each.table == statement.table and any(name in one.value.lower() for one in each.assignments)
            for each in story.statements
        )


def _is_named(added: ColumnAdded, table: str, column: str) -> bool:
    return added.table == table and added.column.name.lower() == column.lower()


def _places(common: Common) -> set[Place]:
    return {each.place for each in common["related"]}


def _emptied(statement: Statement) -> tuple[str, ...]:
    """The table whose rows all go, where that can take rows of others along."""
    if isinstance(statement, TableTruncated) and statement.cascade:
        return (statement.table,)
    if isinstance(statement, RowsDeleted) and statement.rows == "all" and not statement.limited:
        return (statement.table,)
    if isinstance(statement, TableDropped) and statement.dialect == "sqlite" and statement.origin == "sql":
        return (statement.table,)  # SQLite deletes every row first, and follows ON DELETE CASCADE
    return ()
