"""The way back of a migration: what of it only takes back what the way forth brought."""

from __future__ import annotations

from safelint.facts.migrations import ColumnAdded, ColumnDropped, ColumnRenamed, RowsCopied, Statement, TableCreated, TableDropped, TableRenamed
from safelint.sources import Side


def takes_back(side: Side, statement: Statement) -> bool:
    """Whether a statement of a downgrade undoes one of this change's own upgrades: the code to go back to never knew what goes.

    A new table that took over another one's rows is more than that: they go with it.
    """
    if statement.direction != "downgrade":
        return False
    before = [each for each in side.touched(Statement) if each.direction == "upgrade"]
    table = statement.table
    match statement:
        case TableDropped():
            made = any(isinstance(each, TableCreated) and each.table == table and not each.filled_from for each in before)
            return made and not any(isinstance(each, RowsCopied) and each.table == table for each in before)
        case TableRenamed(to=to):
            return any(isinstance(each, TableRenamed) and (each.table, each.to) == (to, table) for each in before)
        case ColumnDropped(column=column):
            return any(isinstance(each, ColumnAdded) and each.table == table and each.column.name == column for each in before)
        case ColumnRenamed(column=column, to=to):
            return any(isinstance(each, ColumnRenamed) and (each.table, each.column, each.to) == (table, to, column) for each in before)
    return False
