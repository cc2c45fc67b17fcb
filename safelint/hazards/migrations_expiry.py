"""A new expiry column and the query that asks for it: the rows that were there before have no value in it."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.migrations import ColumnAdded, RowsUpdated, Statement, TableCreated
from safelint.facts.tables import ColumnComparedWithNow
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change
from safelint.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRowsHaveNoExpiry(Hazard):
    """A query that leaves out every row from before a column was added: NULL is later than nothing."""

    table: str
    column: str
    code: str
    confidence: Confidence = "high"


def of_change(change: Change) -> Iterator[Hazard]:
    """Columns that this change adds without a value, and asks for."""
    asked = set(change.head.touched(ColumnComparedWithNow)) - set(change.base.touched(ColumnComparedWithNow))
    if not asked:
        return
    before = {fact for fact in change.base.touched(Statement) if isinstance(fact, ColumnAdded)}
    statements = change.head.touched(Statement)
    made = {fact.table.lower() for fact in statements if isinstance(fact, TableCreated) and not fact.if_not_exists}
    filled = {(fact.table.lower(), column.lower()) for fact in statements if isinstance(fact, RowsUpdated) for column in fact.columns}
    tables = Tables(change.head)
    for added in statements:
        if not isinstance(added, ColumnAdded):
            continue
        column, table = added.column, added.table.lower()
        if added in before or added.direction != "upgrade" or column.default or not column.nullable or table in made or (table, column.name.lower()) in filled:
            continue
        standing = tables.standing(added.table)
        if standing is None or standing.role == "user":
            continue
        models = {model.model.rsplit(".", 1)[-1] for model in tables.declared(added.table)}
        for fact in sorted(asked, key=lambda each: each.place):
            if fact.model in models and fact.column.lower() == column.name.lower():
                yield OldRowsHaveNoExpiry(
                    place=fact.place,
                    related=(Related(added.place, "added here, with no value for the rows that are there"),),
                    table=added.table,
                    column=column.name,
                    code=fact.code,
                    confidence=standing.confidence,
                )
