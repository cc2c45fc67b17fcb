"""Alert rules: what their expressions compare, and the measured rule files judged exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint.facts import NotUnderstood
from safelint.facts.monitoring import AlertRule
from safelint.readers import Source
from safelint.readers.alerts import read, seconds
from tests.judging import judge

DATA = Path(__file__).parent / "data"


def alert(expression: str) -> AlertRule:
    (fact,) = read(Source("a.yml", f"- alert: A\n  expr: {expression}\n  for: 1h30m\n"))
    assert isinstance(fact, AlertRule)
    return fact


@pytest.mark.parametrize(
    ("expression", "non_negative"),
    [
        ("rate(a[5m]) < 1", True),
        ("sum(rate(a[5m])) < 1", True),
        ("avg_over_time(rate(a[1h])[1d:1h]) < 1", True),
        ("rate(a[5m]) / rate(b[5m]) < 1", True),
        ("rate(a[5m]) - rate(b[5m]) < 1", False),
        ("-rate(a[5m]) < 1", False),
        ("delta(a[5m]) < 1", False),
        ("a < 1", False),
        ("count(a) < 1", True),
        ("histogram_quantile(0.9, rate(a_bucket[5m])) < 1", False),
    ],
)
def test_what_cannot_be_negative(expression: str, non_negative: bool) -> None:
    assert alert(expression).comparisons[0].left.non_negative is non_negative


def test_what_is_read() -> None:
    found = alert("rate(a_total[5m]) > 1 and on (x) absent(b) == 1 or c offset 1h < -2")
    assert found.metrics == ("a_total", "b", "c")
    assert found.absent == ("b",)
    assert found.held_for == 5400
    assert [(each.function, each.metric, each.window) for each in found.ranges] == [("rate", "a_total", 300.0)]
    assert [each.right.number for each in found.comparisons] == [1, 1, -2]


def test_the_measured_rules_that_work_are_silent_but_for_the_planted_trap() -> None:
    findings = judge(None, {"monitoring/a.yml": (DATA / "alerts_good.yml").read_text()}).findings
    assert [(finding.rule, finding.place.line) for finding in findings] == [("alert-outlives-its-window", 19)]


def test_the_measured_rules_that_were_silent_are_found() -> None:
    findings = judge(None, {"monitoring/a.yml": (DATA / "alerts_incident.yml").read_text()}).findings
    assert {(finding.rule, finding.place.line) for finding in findings} == {
        ("alert-never-fires", 6),
        ("alert-blind-to-new-pods", 14),
        ("alert-on-every-replica", 21),
        ("alert-gone-with-its-series", 21),
    }


def test_what_is_not_about_logins_is_not_ours() -> None:
    text = "- alert: DiskFull\n  expr: rate(disk_free_bytes[5m]) < -1\n"
    assert judge(None, {"a.yml": text}).findings == ()


@pytest.mark.parametrize("expression", ["'sum('", "'{{ .Values.expr }} > 1'", "'" + "(" * 1500 + "a" + ")" * 1500 + "'", "'" + "a" * 5000 + "'"])
def test_what_does_not_parse_is_not_understood(expression: str) -> None:
    (fact,) = read(Source("a.yml", f"alert: A\nexpr: {expression}\n"))
    assert isinstance(fact, NotUnderstood)


@given(st.text(alphabet="ab_()[]{}<>=-+*/0159m:,'\" ", max_size=60))
def test_any_expression_is_a_rule_or_not_understood(expression: str) -> None:
    quoted = expression.replace("'", "''")
    (fact,) = read(Source("a.yml", f"alert: A\nexpr: '{quoted}'\n"))
    assert isinstance(fact, AlertRule | NotUnderstood)


def test_durations() -> None:
    assert (seconds("1h30m"), seconds("500ms"), seconds("1d"), seconds("soon")) == (5400, 0.5, 86400, 0)
