"""What a newcomer is told is true."""

from __future__ import annotations

import re
from pathlib import Path

from safelint.facts.store import FlushCalled
from safelint.rules import parse
from tests.judging import judge

ROOT = Path(__file__).parent.parent


def test_the_rule_in_the_contributors_guide_is_a_rule() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    block = re.search(r"\n\n((?:    .*\n|\n)+)", guide)
    assert block
    rule = parse(ROOT / "rules" / "store" / "store-flushed-by-code.md", re.sub(r"^    ", "", block[1], flags=re.MULTILINE))
    assert rule.find is FlushCalled
    bad, good = rule.examples
    assert {(finding.place.path, finding.place.line) for finding in judge(bad.base, bad.head, (rule,)).findings} == bad.expected() != set()
    assert not judge(good.base, good.head, (rule,)).findings
