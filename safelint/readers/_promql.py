"""PromQL: what an alert's expression compares. Parsed by promql-parser, which is imported when there is one to parse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safelint.facts.monitoring import Comparison, Operand, RangeCall

if TYPE_CHECKING:
    from promql_parser import BinaryExpr, Call, Expr, VectorSelector

LONGEST = 4000
"""Characters. The parser is recursive native code: 20,000 brackets end the process instead of raising an error."""

# Functions whose result is never below zero. `rate`, `irate` and `increase` take each fall for a counter's reset.
_NON_NEGATIVE = {"rate", "irate", "increase", "count_over_time", "present_over_time", "changes", "resets", "abs", "absent", "absent_over_time", "sqrt", "exp",
                 "stddev_over_time", "stdvar_over_time", "time", "timestamp", "minute", "hour", "year"}  # fmt: skip
_KEEPS_SIGN = {"avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "last_over_time", "quantile_over_time", "ceil", "floor", "round",
               "sort", "sort_desc", "label_replace", "label_join", "scalar", "vector"}  # fmt: skip
_AGGREGATES_THAT_KEEP = {"sum", "avg", "min", "max", "topk", "bottomk", "quantile", "group"}
_COMPARISONS = {"==", "!=", "<", ">", "<=", ">="}


class BadExpression(Exception):
    """An expression that does not parse; the message says why."""


class Expression:
    """What one expression compares, and what it reads."""

    def __init__(self, text: str) -> None:
        self.comparisons: list[Comparison] = []
        self.ranges: list[RangeCall] = []
        self.metrics: list[str] = []
        self.absent: list[str] = []
        self._visit(_parsed(text), ())

    def _visit(self, node: Expr, matched_on: tuple[str, ...]) -> Operand:
        import promql_parser as promql

        match node:
            case promql.NumberLiteral():
                return Operand(text=node.prettify(), number=node.val, non_negative=node.val >= 0, per_series=False)
            case promql.VectorSelector():
                name = _name(node)
                self.metrics.append(name)
                return Operand(text=node.prettify(), metrics=(name,), is_bare=True)
            case promql.MatrixSelector():
                inner = self._visit(node.vector_selector, ())
                return Operand(text=node.prettify(), metrics=inner.metrics, window=node.range.total_seconds())
            case promql.SubqueryExpr():
                inner = self._visit(node.expr, ())
                return _like(inner, node, is_history=True, non_negative=inner.non_negative)
            case promql.ParenExpr():
                return self._visit(node.expr, matched_on)
            case promql.UnaryExpr():
                inner = self._visit(node.expr, ())
                number = -inner.number if inner.number is not None else None
                return _like(inner, node, number=number, non_negative=number is not None and number >= 0)
            case promql.AggregateExpr():
                inner = self._visit(node.expr, matched_on)
                kind = str(node.op)
                keeps = kind in _AGGREGATES_THAT_KEEP and inner.non_negative
                grouped = node.modifier is not None and "instance" in node.modifier.labels and node.modifier.type == promql.AggModifierType.By
                return _like(inner, node, non_negative=keeps or kind in ("count", "count_values", "stddev", "stdvar"), per_series=grouped)
            case promql.Call():
                return self._called(node)
            case promql.BinaryExpr():
                return self._combined(node, matched_on)
            case _:
                return Operand(text=node.prettify())

    def _called(self, node: Call) -> Operand:
        name = node.func.name
        arguments = [self._visit(each, ()) for each in node.args]
        ranged = next((each for each in arguments if each.window and len(each.metrics) == 1), None)
        if ranged:
            self.ranges.append(RangeCall(function=name, metric=ranged.metrics[0], window=ranged.window))
        if name in ("absent", "absent_over_time"):
            self.absent.extend(metric for each in arguments for metric in each.metrics)
        main = next((each for each in arguments if each.metrics), arguments[0] if arguments else Operand(text=name))
        keeps = name in _KEEPS_SIGN and main.non_negative
        return Operand(
            text=node.prettify(),
            non_negative=name in _NON_NEGATIVE or keeps,
            functions=(name, *main.functions),
            metrics=main.metrics,
            window=ranged.window if ranged else 0.0,
            per_series=main.per_series and name not in ("absent", "absent_over_time", "scalar"),
            is_history=main.is_history,
        )

    def _combined(self, node: BinaryExpr, matched_on: tuple[str, ...]) -> Operand:
        operator = str(node.op)
        joined: tuple[str, ...] = ()
        if operator in ("and", "unless"):
            joined = tuple(_metrics_of(node.rhs))
        left = self._visit(node.lhs, (*matched_on, *joined))
        right = self._visit(node.rhs, matched_on)
        if operator in _COMPARISONS:
            self.comparisons.append(Comparison(left=left, operator=operator, right=right, matched_on=matched_on))
        both = left.non_negative and right.non_negative
        return Operand(
            text=node.prettify(),
            non_negative=(both and operator in ("+", "*", "/", "%")) or (left.non_negative and operator in _COMPARISONS),
            functions=(*left.functions, *right.functions),
            metrics=(*left.metrics, *right.metrics),
            per_series=left.per_series or right.per_series,
            is_history=left.is_history or right.is_history,
        )


def _parsed(text: str) -> Expr:
    import promql_parser as promql

    if len(text) > LONGEST:
        raise BadExpression(f"longer than {LONGEST} characters")
    try:
        return promql.parse(text)
    except ValueError as error:
        raise BadExpression(str(error).split("\n")[0][:120]) from None


def _metrics_of(node: Expr) -> list[str]:
    import promql_parser as promql

    found: list[str] = []

    def visit(each: Expr) -> bool:
        if isinstance(each, promql.VectorSelector):
            found.append(_name(each))
        return True

    promql.walk(node, visit)
    return found


def _name(selector: VectorSelector) -> str:
    """The metric of a selector: its name, or what it asks of `__name__`."""
    if selector.name:
        return str(selector.name)
    return next((str(each.value) for each in selector.matchers.matchers if each.name == "__name__"), "")


def _like(inner: Operand, node: Expr, *, number: float | None = None, non_negative: bool, per_series: bool | None = None, is_history: bool = False) -> Operand:
    """`inner` as it is inside another expression."""
    return Operand(
        text=node.prettify(),
        number=number,
        non_negative=non_negative,
        functions=inner.functions,
        metrics=inner.metrics,
        window=inner.window,
        per_series=inner.per_series if per_series is None else per_series,
        is_history=inner.is_history or is_history,
    )
