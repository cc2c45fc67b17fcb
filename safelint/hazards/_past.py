"""What stood in the database before a statement, as far as the migrations of the tree tell."""

from __future__ import annotations

import re

from safelint.config import PATHS
from safelint.facts.migrations import Column, ColumnAdded, ColumnNullabilityChanged, ColumnRetyped, ConstraintAdded, IndexCreated, Statement, TableCreated
from safelint.facts.project import ServerVersion
from safelint.hazards._databases import is_for_another
from safelint.records import dataclass
from safelint.sources import Side


@dataclass(frozen=True, slots=True)
class Past:
    """What the migrations of one side say about their tables."""

    side: Side

    def server_version(self) -> float:
        """The version of PostgreSQL that production runs, as the project's configuration says; a recent one where it does not."""
        numbers = [re.match(r"\d+(\.\d+)?", each.version) for each in self.side.within(ServerVersion, PATHS) if each.product == "postgres"]
        return float(numbers[0][0]) if numbers and numbers[0] else 99

    def table_of_index(self, name: str) -> str:
        """The table of an index, which PostgreSQL and SQLite don't name when they drop it."""
        return next((each.table for each in self.side.everywhere(IndexCreated) if each.name == name), "")

    def made_before(self, table: str, statement: Statement) -> bool:
        """Whether an earlier migration makes this table."""
        return any(
            each.table == table and each.direction == "upgrade" and each.place.path < statement.place.path and not is_for_another(each, statement)
            for each in self.side.everywhere(TableCreated)
        )

    def type_before(self, table: str, column: str, statement: Statement) -> str:
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
            if is_for_another(each, statement):
                continue
            if isinstance(each, TableCreated):
                found = next((one.type for one in each.columns if one.name == column), found)
            elif isinstance(each, ColumnAdded):
                found = each.column.type if each.column.name == column else found
            else:
                found = each.type if each.column == column else found
        return found

    def is_news(self, statement: Statement) -> bool:
        """Whether what a statement says a column is from now on differs from what the migrations before say that it is."""
        if not isinstance(statement, ColumnNullabilityChanged | ConstraintAdded) or not statement.stated:
            return True
        column = statement.column if isinstance(statement, ColumnNullabilityChanged) else statement.columns[0]
        nullable: bool | None = None
        unique: bool | None = None
        told = (TableCreated, ColumnAdded, ColumnNullabilityChanged, ConstraintAdded)
        rows: list[Statement] = [each for kind in told for each in self.side.everywhere(kind)]
        for each in sorted(rows, key=lambda one: (one.place.path, one.position)):
            if each.table != statement.table or each.direction != "upgrade" or (each.place.path, each.position) >= (statement.place.path, statement.position):
                continue
            match each:
                case TableCreated(columns=columns) if found := next((one for one in columns if one.name == column), None):
                    nullable, unique = found.nullable and not found.primary_key, found.unique or found.primary_key
                case ColumnAdded(column=found) if found.name == column:
                    nullable, unique = found.nullable, found.unique
                case ColumnNullabilityChanged() if each.column == column:
                    nullable = each.nullable
                case ConstraintAdded(kind="unique" | "primary key", columns=(only,)) if only == column:
                    unique = True
        return nullable is True if isinstance(statement, ColumnNullabilityChanged) else unique is False

    def declared(self, table: str, column: str, statement: Statement) -> Column | None:
        """A column as the migrations before declare it."""
        for created in self.side.everywhere(TableCreated):
            if created.table != table or created.place.path == statement.place.path or is_for_another(created, statement):
                continue
            if found := next((each for each in created.columns if each.name == column), None):
                return found
        for added in self.side.everywhere(ColumnAdded):
            if added.table == table and added.column.name == column and added.place.path != statement.place.path and not is_for_another(added, statement):
                return added.column
        return None

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns that the migrations of the tree give a table, whether or not they still have them; empty where none makes it."""
        made = [each.name for created in self.side.everywhere(TableCreated) if created.table == table for each in created.columns]
        return (*made, *(added.column.name for added in self.side.everywhere(ColumnAdded) if added.table == table)) if made else ()
