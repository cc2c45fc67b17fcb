"""Every rule's examples are its tests: Bad is found on the marked lines and nowhere else, Good is silent."""

from __future__ import annotations

import pytest

from safelint import gate
from safelint.rules import Example, Rule
from tests.judging import RULES, judge, sides

EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.name}-{example.kind}-{example.title}" for rule, example in EXAMPLES])
def test_example(rule: Rule, example: Example) -> None:
    if rule.cause == gate.CAUSE:
        # What these find is in the way that other rules are used.
        judged = [finding for finding in gate.judge(*sides(example.base, example.head)).findings if finding.rule == rule.name]
    else:
        judged = list(judge(example.base, example.head, (rule,)).findings)
    assert {(finding.place.path, finding.place.line) for finding in judged} == example.expected()
    assert bool(example.expected()) == (example.kind == "Bad"), "a Bad example marks its findings, a Good one has none"
    assert example.head or example.base


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_document(rule: Rule) -> None:
    assert {example.kind for example in rule.examples} == {"Bad", "Good"}
    for part in ("**What breaks.**", "**At 3 AM.**", "**Instead.**"):
        assert part in rule.text
