"""Monitoring: whether the alerts that should tell of a mass logout can fire, and whether they are still there.

What is here was measured with promtool 2.42 on the series of a real mass logout: all sessions gone in one scrape, a slow
drain, a rolling deploy, an exporter that dies with its store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.monitoring import AlertRule, Comparison, Operand
from safelint.hazards import Hazard
from safelint.records import dataclass
from safelint.sources import Change, Side

_LOGIN = re.compile(r"session|log[-_ ]?in|log[-_ ]?out|sign[-_ ]?in|auth|token|redis|valkey", re.IGNORECASE)
_COUNTER = re.compile(r"_(total|count|sum|bucket|created)$|_total:|:rate|:increase")
_GAUGE = re.compile(r"(^|_)(active|current|connected|open|live|online|sessions|users|size|up|usage|bytes|ratio|keys|connections|clients)(_|$)")
_STEPS = {"delta", "idelta", "deriv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNeverFires(Hazard):
    """An alert whose condition no series can meet. `why` in words."""

    alert: str
    expression: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOfGauge(Hazard):
    """`rate`, `irate` or `increase` of a series that goes up and down."""

    alert: str
    function: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOutlivesItsWindow(Hazard):
    """An alert that must hold longer than the step that it looks for stays in its window. Both in seconds."""

    alert: str
    function: str
    held_for: float
    window: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertGoesWithItsSeries(Hazard):
    """An alert on "the store is down" that has nothing to compare once the exporter is gone too."""

    alert: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBlindToNewPods(Hazard):
    """An alert that compares each series with its own past: a pod that came with the deploy has none."""

    alert: str
    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOnEveryReplica(Hazard):
    """An alert on the number of replicas that is true on every replica, always."""

    alert: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRemoved(Hazard):
    """The last alert on a series of logins or sessions is taken away."""

    alert: str
    metric: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What is wrong with the alerts of one side."""
    for alert in side.touched(AlertRule):
        if not concerns_logins(alert):
            continue
        dead = [why for each in alert.comparisons if (why := _impossible(each))]
        if dead:
            yield AlertNeverFires(place=alert.place, alert=alert.name, expression=alert.expression, why=dead[0])
        else:
            yield from _rates(alert)
        yield from _too_long(alert)
        yield from _replicas(alert)
        yield from _new_pods(alert)
        yield from _vanishing(side, alert)


def of_change(change: Change) -> Iterator[Hazard]:
    """Alerts that the change takes away."""
    removed = [alert for alert in change.base.touched(AlertRule) if concerns_logins(alert)]
    if not removed:
        return
    kept = {metric for alert in change.head.everywhere(AlertRule) for metric in alert.metrics}
    for alert in removed:
        gone = [metric for metric in alert.metrics if metric and metric not in kept and _LOGIN.search(metric)]
        if gone:
            yield AlertRemoved(place=alert.place, side="base", alert=alert.name, metric=gone[0])


def concerns_logins(alert: AlertRule) -> bool:
    """Whether an alert is about logins, sessions or their store."""
    return any(_LOGIN.search(text) for text in (alert.name, *alert.metrics))


def _impossible(comparison: Comparison) -> str:
    """Why a comparison is never true, or nothing."""
    for operand, operator, other in (
        (comparison.left, comparison.operator, comparison.right),
        (comparison.right, _MIRRORED[comparison.operator], comparison.left),
    ):
        bound = other.number
        if bound is None or not operand.non_negative or operand.number is not None:
            continue
        if (operator == "<" and bound <= 0) or (operator in ("<=", "==") and bound < 0):
            return f"`{operand.text}` is never below zero"
    return ""


_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def _rates(alert: AlertRule) -> Iterator[Hazard]:
    for each in alert.ranges:
        if each.function in ("rate", "irate", "increase") and _GAUGE.search(each.metric) and not _COUNTER.search(each.metric):
            yield RateOfGauge(place=alert.place, alert=alert.name, function=each.function, metric=each.metric)


def _too_long(alert: AlertRule) -> Iterator[Hazard]:
    for comparison in alert.comparisons:
        operand = comparison.left if comparison.left.number is None else comparison.right
        steps = [each for each in operand.functions if each in _STEPS]
        if steps and operand.window and alert.held_for >= operand.window:
            yield AlertOutlivesItsWindow(place=alert.place, alert=alert.name, function=steps[0], held_for=alert.held_for, window=operand.window)


def _replicas(alert: AlertRule) -> Iterator[Hazard]:
    for comparison in alert.comparisons:
        left = comparison.left
        if left.metrics != ("redis_connected_slaves",) or not left.per_series or "role" in left.text:
            continue
        low = comparison.operator in ("<", "<=", "==") and comparison.right.number is not None and comparison.right.number <= 1
        if low and not any("role" in each or "instance_info" in each for each in comparison.matched_on):
            yield AlertOnEveryReplica(place=alert.place, alert=alert.name, metric=left.metrics[0])


def _new_pods(alert: AlertRule) -> Iterator[Hazard]:
    for comparison in alert.comparisons:
        for now, past in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            if past.is_history and past.per_series and now.per_series and not now.is_history and _same_series(now, past):
                yield AlertBlindToNewPods(place=alert.place, alert=alert.name, expression=alert.expression)
                return


def _same_series(now: Operand, past: Operand) -> bool:
    return bool(set(now.metrics) & set(past.metrics))


def _vanishing(side: Side, alert: AlertRule) -> Iterator[Hazard]:
    for comparison in alert.comparisons:
        left = comparison.left
        is_up = left.is_bare and len(left.metrics) == 1 and left.metrics[0] in ("redis_up", "valkey_up")
        if is_up and comparison.operator in ("==", "<") and comparison.right.number in (0.0, 1.0):
            metric = left.metrics[0]
            if not any(metric in other.absent for other in side.everywhere(AlertRule)):
                yield AlertGoesWithItsSeries(place=alert.place, alert=alert.name, metric=metric)
