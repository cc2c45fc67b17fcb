"""The session contract: settings that sessions or tokens depend on, and that mean something else now. Keys, cookies and clocks have modules of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from safelint.findings import Confidence, Impact, Rollback, Severity
from safelint.frameworks import About, Effect
from safelint.hazards import Hazard
from safelint.hazards._settings import SettingChange, changes
from safelint.places import Related
from safelint.sources import Change
from safelint.values import describe

_CONFIDENCE: dict[str, Confidence] = {"sure": "high", "default": "medium", "source": "low"}
_WORST: tuple[Effect, ...] = ("out", "destroyed", "fails")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChanged(Hazard):
    """A setting that sessions depend on has another effective value.

    `cause` and `about` say what kind of setting it is (see `safelint.frameworks.Row`), `consequence` what happens to the people who are logged in.
    """

    cause: str
    about: About
    setting: str
    framework: str
    effect: Effect
    before: str
    after: str
    consequence: str
    impact: Impact
    rollback: Rollback
    severity: Severity
    confidence: Confidence


def of_change(change: Change) -> Iterator[ContractChanged]:
    """Every such setting but keys and cookies."""
    for each in changes(change):
        if each.row.effect != "none" and each.row.cause not in ("cookies", "clock") and each.row.role != "key":
            yield _hazard(each)


def _hazard(change: SettingChange) -> ContractChanged:
    row = change.row
    related = (Related(change.base_place, "its value before", "base"),) if change.base_place is not None and change.side == "head" else ()
    return ContractChanged(
        place=change.place,
        side=change.side,
        related=related,
        cause=row.cause,
        about=row.about,
        setting=change.name,
        framework=change.framework.name,
        effect=row.effect,
        before=describe(change.before),
        after=describe(change.after),
        consequence=row.says,
        impact=row.impact,
        rollback=row.rollback,
        severity="error" if row.effect in _WORST and row.impact == "everyone" and change.certainty == "sure" else "warning",
        confidence=_CONFIDENCE[change.certainty],
    )
