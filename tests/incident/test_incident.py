"""Every broken line of the incident is found where it stands, and its corrected form is silent."""

from __future__ import annotations

import pytest

from safelint.findings import Finding
from tests.incident.cases import Case, load
from tests.judging import judge

CASES = load()

# The lines of the incident's text that are wrong, as they are counted in our notes: S for the key ring, C for the causes, R for
# the store, D for the migration, F for the way back, "Infrastructure" for the servers around it.
ROWS = {
    *(f"S{number}" for number in range(1, 13)),
    *("C1", "C3", "C4a", "C4b", "C5a", "C5b", "C5c", "C5d", "C5e", "R1", "R2", "R3", "R4", "R5", "D1", "F1"),
    *(f"Cause {number}" for number in range(1, 7)),
    *(f"Infrastructure {number}" for number in range(1, 9)),
}

# What no reading of the files can find, or what others find already.
NOT_FOUND = {
    "S6": "a method that its class does not define: a type checker says it, for all code alike",
    "S12": "names that are not defined: every Python linter says it (ruff F821), for all code alike",
    "C4b": "a leeway of minutes against a clock that is an hour off: how far a clock is off stands in no file",
    "Cause 4": "see C4a and S9; the drift itself stands in no file",
    "Infrastructure 1": "see R1 and R2: it is their sum",
    "Infrastructure 2": "see R3",
    "Infrastructure 3": "see R4",
    "Infrastructure 8": "text that is no YAML holds no alert: it is reported as not understood, see below",
    "Infrastructure 5": "the same directive missing on another server: which files belong to one cluster stands in no file",
}


def found(findings: tuple[Finding, ...]) -> set[str]:
    """What a person sees by default: findings of low confidence are hidden."""
    return {f"{each.rule}@{each.place.path}:{each.place.line}" for each in findings if each.confidence != "low"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_is_found(case: Case) -> None:
    assert case.finds
    assert case.finds <= found(judge(case.broken.base, case.broken.head).findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_corrected_is_silent(case: Case) -> None:
    assert not found(judge(case.corrected.base, case.corrected.head).findings)


def test_every_line_has_a_case_or_a_reason() -> None:
    covered = {row for case in CASES for row in case.rows}
    assert covered | NOT_FOUND.keys() == ROWS
    assert not covered & NOT_FOUND.keys()


def test_alerts_that_are_no_yaml_are_not_understood() -> None:
    printed = "groups:\n- name: login\nrules:\n- alert: SessionsFalling\nexpr: rate(active_sessions[5m]) < -1000\nfor: 1m\n- alert: Other\n"
    judged = judge({}, {"monitoring/alerts.yml": printed})
    assert [fact.place.path for fact in judged.not_understood] == ["monitoring/alerts.yml"]
