"""The gate itself: suppressions that do nothing or can't be understood, and changes that let more through than before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from safelint.facts.suppressions import Suppression
from safelint.findings import Severity
from safelint.hazards import Hazard
from safelint.records import dataclass

if TYPE_CHECKING:
    from safelint.sources import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionUnclear(Hazard):
    """A suppression that can't be understood; it silences nothing."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionExpired(Hazard):
    """A suppression whose last day has gone; it silences nothing any more."""

    names: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionUnknown(Hazard):
    """A suppression of a rule that there is not. `remedy` names the one that is most like it, or is empty."""

    name: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionUnexplained(Hazard):
    """A suppression of an error without a reason; the error stays."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionUnused(Hazard):
    """A suppression with nothing to silence."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSilenced(Hazard):
    """A comment that this change brings, and the finding that it silences: the rule's name and what it said."""

    name: str
    said: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWeakened(Hazard):
    """A change of what is reported, or of what fails. `effect` says in words what that does to this very change."""

    what: str
    effect: str
    severity: Severity


def of_state(side: Side) -> Iterator[Hazard]:
    """Suppressions that can't be understood, or have had their day."""
    today = datetime.now(UTC).date().isoformat()
    for suppression in side.touched(Suppression):
        if suppression.problem:
            yield SuppressionUnclear(place=suppression.place, problem=suppression.problem)
        elif has_expired(suppression, today):
            yield SuppressionExpired(place=suppression.place, names=suppression.names, until=suppression.until or "")


def has_expired(suppression: Suppression, today: str) -> bool:
    """Whether its last day lies before today (YYYY-MM-DD, UTC)."""
    return suppression.until is not None and suppression.until < today
