"""Monitoring: the alerts that would tell of a mass logout, as their rule files say them."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """One side of a comparison in PromQL.

    `number`: its value where it is a literal. `non_negative`: it can't be below zero, whatever the series hold.
    `functions`: every function that is called in it; `metrics`: every series that it reads. `window`: the seconds of its range
    selector where it is one function of one range, else 0. `per_series`: it keeps one value a series, not a sum over them.
    `is_history`: it looks back through a subquery. `is_bare`: it is a metric as it stands.
    """

    text: str
    number: float | None = None
    non_negative: bool = False
    functions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    window: float = 0.0
    per_series: bool = True
    is_history: bool = False
    is_bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`left operator right`. `matched_on`: the other series that the result is joined with by `and`."""

    left: Operand
    operator: str
    right: Operand
    matched_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeCall:
    """A function of a range of one metric: `rate(metric[window])`, the window in seconds."""

    function: str
    metric: str
    window: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule(Fact):
    """One alerting rule. `held_for`: the seconds of its `for`; `absent`: the metrics whose absence it tells."""

    name: str
    expression: str
    held_for: float = 0.0
    metrics: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    ranges: tuple[RangeCall, ...] = ()
