"""What else in the same change ends the sessions that old cookies stand for."""

from __future__ import annotations

from safelint.facts.migrations import RowsDeleted, Statement, TableDropped, TableTruncated
from safelint.hazards._changes import changes
from safelint.sources import Change
from safelint.table_names import by_name
from safelint.values import Listing


def old_sessions_end(change: Change, framework: str) -> bool:
    """Whether the same change ends the sessions that the old cookies stand for."""
    for each in changes(change):
        if each.framework.name == framework and each.row.cause != "cookies" and each.row.effect in ("out", "destroyed") and each.certainty == "sure":
            fallbacks = each.head.value("SECRET_KEY_FALLBACKS")
            if each.name != "SECRET_KEY" or not isinstance(fallbacks, Listing) or not fallbacks.items:
                return True
    emptied: list[Statement] = [*change.head.touched(TableDropped), *change.head.touched(TableTruncated)]
    emptied += [fact for fact in change.head.touched(RowsDeleted) if not fact.where and not fact.matched]
    return any(fact.direction == "upgrade" and (standing := by_name(fact.table)) is not None and standing.role == "session" for fact in emptied)
