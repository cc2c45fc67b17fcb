"""What one migration does from its first statement to its last: which tables it makes itself, and where rows go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDefaultChanged,
    ColumnRenamed,
    ConstraintValidated,
    ParameterSet,
    RowsCopied,
    Statement,
    TableCreated,
    TableDropped,
    TableRenamed,
    TransactionMarked,
    ViewCreated,
)
from safelint.records import dataclass, field
from safelint.sources import Side


def stories(side: Side) -> Iterator[Story]:
    """The migrations in the files of the change, each direction apart."""
    parts: dict[tuple[str, str], list[Statement]] = {}
    for statement in side.touched(Statement):
        parts.setdefault((_series(statement.place.path), statement.direction), []).append(statement)
    for statements in parts.values():
        yield Story(sorted(statements, key=lambda statement: (statement.place.path, statement.position, statement.place)))


def _series(path: str) -> str:
    """The migration that a file is a part of: some tools cut one into a file for each statement, with a longer number."""
    folder, _, name = path.rpartition("/")
    found = re.match(r"(\d{14})\d{6}(_.*)", name)
    return f"{folder}/{found[1]}{found[2]}" if found else path


@dataclass(slots=True)
class Story:
    """The statements of one file in one direction, in the order in which they run."""

    statements: Sequence[Statement]
    _fresh: dict[int, frozenset[str]] = field(default_factory=dict)
    _names: dict[int, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Go through once and remember what is true before each statement."""
        fresh: set[str] = set()
        free: set[str] = set()  # names that this migration took from the tables that had them
        names: dict[str, str] = {}  # what a table was called when the migration began
        for index, statement in enumerate(self.statements):
            self._fresh[index] = frozenset(fresh)
            self._names[index] = dict(names)
            table = statement.table
            match statement:
                case TableCreated():
                    # IF NOT EXISTS proves nothing: the table may have been there all along. Nor does what runs only sometimes.
                    if statement.temporary or table in free or not (statement.if_not_exists or statement.conditional):
                        fresh.add(table)
                        names.pop(table, None)
                case TableDropped():
                    fresh.discard(table)
                    if not statement.conditional:
                        free.add(table)
                case TableRenamed(to=to):
                    free.add(table)
                    free.discard(to)
                    names[to] = names.pop(table, table)
                    if table in fresh:
                        fresh.discard(table)
                        fresh.add(to)
                        names.pop(to)

    def together_with(self, index: int) -> Iterator[tuple[int, Statement, bool]]:
        """The statements before this one that run in the same transaction, each with its index and whether that is a guess.

        Most tools run a file in one transaction, and `psql -f` does not.
        """
        marks = [(at, each.mark) for at, each in enumerate(self.statements[:index]) if isinstance(each, TransactionMarked)]
        start, mark = marks[-1] if marks else (-1, "")
        known = mark == "begin" or self.statements[index].transactional or self.statements[index].origin == "django"
        if mark in ("", "begin") and (known or self.statements[index].transactional is None):
            yield from ((at, each, not known) for at, each in enumerate(self.statements[start + 1 : index], start + 1))

    def is_new(self, index: int, table: str) -> bool:
        """Whether the migration itself made this table before this statement: nobody's rows are in it."""
        return table in self._fresh[index]

    def is_perhaps_new(self, index: int, table: str) -> bool:
        """Whether the migration says CREATE TABLE IF NOT EXISTS before: nearly always the table's first appearance."""
        return any(isinstance(each, TableCreated) and each.table == table for each in self.statements[:index])

    def original(self, index: int, table: str) -> str:
        """What the table of this name was called when the migration began."""
        return self._names[index].get(table, table)

    def is_moved(self, before: int, table: str) -> bool:
        """Whether nothing answers to the name of a table any more, because an earlier statement gave it another one."""
        renamed = (at for at, each in enumerate(self.statements[:before]) if isinstance(each, TableRenamed) and each.table == table)
        return any(self.original(at, table) == table and not self.keeps_its_name(table, at) for at in renamed)

    def rows_go_to(self, table: str, before: int | None = None) -> str:
        """Another table that takes over every row of this one (under its original name) before a statement, "" if none does."""
        for index, statement in enumerate(self.statements[:before]):
            match statement:
                case RowsCopied(sources=sources, rows="all" | "live") | TableCreated(filled_from=sources):
                    if table in {self.original(index, source) for source in sources} and self.original(index, statement.table) != table:
                        return statement.table
                    if statement.table == table and any(self.original(index, source) == table for source in sources):
                        return statement.table
        return ""

    def has_successor(self, table: str, after: int) -> str:
        """The table that is given this name later on (with rows of its own, or copied ones), "" if none is.

        A table that was made here and filled with nothing is no successor: its rows are nobody's.
        """
        filled = {each.table for each in self.statements if isinstance(each, RowsCopied) or (isinstance(each, TableCreated) and each.filled_from)}
        made = {each.table for each in self.statements if isinstance(each, TableCreated)}
        for statement in self.statements[after:]:
            if isinstance(statement, TableRenamed) and _same(statement.to, table) and (statement.table in filled or statement.table not in made):
                return statement.table
        return ""

    def is_away_for_a_moment(self, table: str, index: int) -> bool:
        """Whether the name is taken over only by a later statement, where each statement commits by itself: MySQL and MariaDB, whatever BEGIN says."""
        here = self.statements[index]
        if here.dialect != "mysql" or here.conditional:
            return False
        successor = next((each for each in self.statements[index + 1 :] if isinstance(each, TableRenamed) and _same(each.to, table)), None)
        return successor is not None and successor.place != here.place

    def is_made_again(self, table: str, after: int) -> bool:
        """Whether the migration makes an empty table of this name later on."""
        return any(isinstance(each, TableCreated) and _same(each.table, table) for each in self.statements[after:])

    def keeps_its_name(self, table: str, after: int) -> bool:
        """Whether something answers to the old name afterwards with the old rows: a view, a table renamed to it, or one that they were copied back to."""
        holders = self._holders(table)
        kept = False
        for index, statement in enumerate(self.statements[after + 1 :], after + 1):
            match statement:
                case ViewCreated() if _same(statement.table, table):
                    kept = True
                case TableCreated() if _same(statement.table, table) and not statement.if_not_exists:
                    kept = bool(set(statement.filled_from) & holders)
                case RowsCopied(sources=sources) if _same(statement.table, table):
                    kept = kept or bool({self.original(index, source) for source in sources} & holders) or bool(set(sources) & holders)
                case TableRenamed(to=to) if _same(to, table):
                    kept = True
        return kept

    def _holders(self, table: str) -> set[str]:
        """The tables that the rows of this one are in at one time or another."""
        found = {table}
        for index, statement in enumerate(self.statements):
            sources = statement.sources if isinstance(statement, RowsCopied) else statement.filled_from if isinstance(statement, TableCreated) else ()
            if {self.original(index, source) for source in sources} & found:
                found.add(statement.table)
        return found

    def added_here(self, table: str, column: str, before: int) -> ColumnAdded | None:
        """The statement of this migration that added a column, if one did."""
        for statement in self.statements[:before]:
            if isinstance(statement, ColumnAdded) and statement.table == table and statement.column.name.lower() == column.lower():
                return statement
        return None

    def is_scratch(self, table: str, column: str, before: int) -> bool:
        """Whether a column has its name from this migration: added here, or renamed to it."""
        if self.added_here(table, column, before) is not None:
            return True
        return any(isinstance(each, ColumnRenamed) and each.table == table and each.to.lower() == column.lower() for each in self.statements[:before])

    def lives_on(self, table: str, column: str, after: int) -> bool:
        """Whether a column of this name is there again at the end."""
        for each in self.statements[after + 1 :]:
            if each.table == table and (
                (isinstance(each, ColumnAdded) and each.column.name.lower() == column.lower())
                or (isinstance(each, ColumnRenamed) and each.to.lower() == column.lower())
            ):
                return True
        return False

    def gets_default(self, table: str, column: str) -> bool:
        """Whether a default is what the migration leaves a column with, as far as it sets one."""
        last = False
        for statement in self.statements:
            if isinstance(statement, ColumnDefaultChanged) and statement.table == table and statement.column == column:
                last = statement.default not in ("", "null")
        return last

    def lets_keys_go(self, before: int) -> bool:
        """Whether SQLite's foreign keys are switched off at this statement; in a transaction the switch does nothing."""
        off, inside = False, False
        for statement in self.statements[:before]:
            if isinstance(statement, TransactionMarked):
                inside = statement.mark == "begin"
            elif isinstance(statement, ParameterSet) and statement.name == "foreign_keys" and not inside:
                off = statement.value.lower() in ("off", "0", "false", "no")
        return off

    def speaks_of_keys(self, before: int) -> bool:
        """Whether a statement before switches SQLite's foreign keys: whoever does so has them on."""
        return any(isinstance(each, ParameterSet) and each.name == "foreign_keys" for each in self.statements[:before])

    def in_utc(self, before: int) -> bool:
        """Whether the session's time zone was set to UTC before."""
        settings = [each for each in self.statements[:before] if isinstance(each, ParameterSet) and each.name in ("timezone", "time")]
        return bool(settings) and settings[-1].value.lower().strip("'") in ("utc", "gmt", "etc/utc")

    def waits_at_most(self, before: int) -> float | None:
        """The lock_timeout in milliseconds that holds at this statement; None where there is none."""
        found: float | None = None
        local = False
        for statement in self.statements[:before]:
            if isinstance(statement, ParameterSet) and statement.name in ("lock_timeout", "lock_wait_timeout", "innodb_lock_wait_timeout"):
                found, local = statement.milliseconds or None, statement.local
            elif isinstance(statement, TransactionMarked) and statement.mark != "begin" and local:
                found = None
        return found

    def validated(self, table: str, before: int) -> bool:
        """Whether a constraint of this table was validated before: SET NOT NULL can rely on it and needs no scan."""
        return any(isinstance(each, ConstraintValidated) and each.table == table for each in self.statements[:before])


def _same(first: str, second: str) -> bool:
    return first.lower() == second.lower() or first.lower().rsplit(".", 1)[-1] == second.lower().rsplit(".", 1)[-1]
