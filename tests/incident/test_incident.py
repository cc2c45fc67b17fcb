"""Every broken line of the incident is found where it stands, and its corrected form is silent."""

from __future__ import annotations

import pytest

from safelint.findings import Finding
from tests.incident.cases import Case, load
from tests.judging import judge

CASES = load()


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


def test_alerts_that_are_no_yaml_are_not_understood() -> None:
    printed = "groups:\n- name: login\nrules:\n- alert: SessionsFalling\nexpr: rate(active_sessions[5m]) < -1000\nfor: 1m\n- alert: Other\n"
    judged = judge({}, {"monitoring/alerts.yml": printed})
    assert [fact.place.path for fact in judged.not_understood] == ["monitoring/alerts.yml"]
