"""What code outside of migrations does to the tables of logins."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.tables import TableEmptiedByCode
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Side
from safelint.tables import Role, Tables

_HELD = {"session": "sessions", "token": "tokens", "user": "accounts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsDeletedByCode(Hazard):
    """Code that deletes every session, or every token. Code that answers requests may mean it ("log out everywhere")."""

    table: str
    role: Role
    what: str
    call: str
    one_off: bool
    confidence: Confidence | None = None


def of_state(side: Side) -> Iterator[Hazard]:
    """The deletions in the files of the change that are about logins."""
    tables = Tables(side)
    for fact in side.touched(TableEmptiedByCode):
        standing = tables.standing(fact.table)
        if standing is None or standing.role == "user":
            continue
        yield SessionsDeletedByCode(
            place=fact.place,
            side=side.name,
            related=(Related(standing.place, standing.why, side.name),) if standing.place else (),
            table=fact.table,
            role=standing.role,
            what=_HELD[standing.role],
            call=fact.call,
            one_off=fact.one_off,
            confidence=None if fact.one_off and standing.confidence == "high" else "low",
        )
