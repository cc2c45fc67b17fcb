"""Alert rules of Prometheus, wherever YAML holds them: rule files, PrometheusRule objects, Helm values, Grafana Mimir and Loki."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.monitoring import AlertRule
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._promql import BadExpression, Expression
from safelint.readers._yaml import Node, documents

YIELDS: tuple[type[Fact], ...] = (AlertRule, NotUnderstood)
NAMES = r"\.(ya?ml|rules)$"
TRIGGERS = (b"alert:", b'"alert"', b"'alert'")

_DURATION = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


def read(source: Source) -> Iterator[Fact]:
    """Every mapping that has an `alert` and an `expr` is an alerting rule."""
    for document in documents(source):
        for node in document.walk():
            name, expression = node.get("alert"), node.get("expr")
            if node.kind == "mapping" and name is not None and expression is not None and expression.kind == "scalar":
                yield _rule(source, name.text, node, expression)


def _rule(source: Source, name: str, node: Node, expression: Node) -> Fact:
    place = _place_of(source, expression)
    held = node.get("for")
    try:
        parsed = Expression(expression.text)
    except RecursionError:
        return NotUnderstood(place=place, what=f"the expression of the alert {name}", why="nested too deeply")
    except BadExpression as error:
        why = "a template fills a part of it in" if expression.has_hole or "{{" in expression.text else f"not PromQL: {error}"
        return NotUnderstood(place=place, what=f"the expression of the alert {name}", why=why)
    return AlertRule(
        place=place,
        name=name,
        expression=" ".join(expression.text.split()),
        held_for=seconds(held.text) if held is not None else 0.0,
        metrics=tuple(dict.fromkeys(parsed.metrics)),
        absent=tuple(dict.fromkeys(parsed.absent)),
        comparisons=tuple(parsed.comparisons),
        ranges=tuple(parsed.ranges),
    )


def seconds(text: str) -> float:
    """A duration as Prometheus writes it (`1h30m`), in seconds; 0 for anything else."""
    return sum(int(amount) * _SECONDS[unit] for amount, unit in _DURATION.findall(text))


def _place_of(source: Source, expression: Node) -> Place:
    """The text of the expression: for a block (`|`, `>-`) the lines below its marker."""
    place = expression.place
    if place.end_line == place.line:
        return place
    lines = source.text.split("\n")
    first = next((line for line in range(place.line, place.end_line) if lines[line].strip()), None)
    if lines[place.line - 1][place.column - 1 : place.column] not in ("|", ">") or first is None:
        return place
    return Place(place.path, first + 1, len(lines[first]) - len(lines[first].lstrip()) + 1, first + 1, len(lines[first]) + 1)
