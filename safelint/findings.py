"""Findings: rules that matched."""

from __future__ import annotations

from typing import Literal, get_args

from safelint.places import Place, Related, SideName
from safelint.records import dataclass

Severity = Literal["error", "warning", "info"]
Confidence = Literal["high", "medium", "low"]
Impact = Literal["everyone", "new-logins", "some-users", "next-incident", "blind", "beyond-logins"]
Rollback = Literal["heals", "does-not-heal", "login-loop"]
Direction = Literal["upgrade", "downgrade"]
"""`downgrade` for what only the way back of a migration does."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
IMPACTS: tuple[Impact, ...] = get_args(Impact)
ROLLBACKS: tuple[Rollback, ...] = get_args(Rollback)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a change. `place` is at `side`; a removal that could be put on a changed head line was."""

    rule: str
    severity: Severity
    confidence: Confidence
    impact: Impact
    rollback: Rollback
    message: str
    place: Place
    side: SideName = "head"
    related: tuple[Related, ...] = ()
    cause: str = ""
    direction: Direction = "upgrade"


def rank(finding: Finding) -> tuple[int, str, int, int, str]:
    """Worst first, then by place: the order in which a person wants to read."""
    return (SEVERITIES.index(finding.severity), finding.place.path, finding.place.line, finding.place.column, finding.rule)
