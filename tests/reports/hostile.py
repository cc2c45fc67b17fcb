"""Results for tests of reports: one that people meet, and any that an enemy could make."""

from __future__ import annotations

from hypothesis import strategies as st

from safelint.facts import NotUnderstood
from safelint.findings import CONFIDENCES, IMPACTS, ROLLBACKS, SEVERITIES, Finding
from safelint.places import Place, Related
from safelint.reports import Result
from tests.judging import RULES

NAMED = {rule.name: rule for rule in RULES}
# What formats and terminals give a meaning to, and any letter at all.
TEXT = st.lists(
    st.sampled_from(
        ["::error::", "::", "%0A", "%", "\n", "\r", "\x1b[31m", "\x1b]0;x\x07", "\u202e", "\u2066", "##[error]", "##vso[task]", "<script>", "](http://x)", "`"]
    )
    | st.sampled_from(["|", ",", "&", '"', "\\", "\ud800", "\x00", "\u2028", "é", "漢", "a", "b c", "/", ":1:1: error", "***", "-->"])
    | st.text(max_size=5),
    min_size=1,
    max_size=8,
).map("".join)


@st.composite
def places(draw: st.DrawFn) -> Place:
    line, column = draw(st.integers(1, 5)), draw(st.integers(1, 30))
    more = draw(st.integers(0, 2))
    return Place(draw(TEXT), line, column, line + more, draw(st.integers(1, 30)) if more else column + draw(st.integers(0, 20)))


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return Finding(
        rule=draw(st.sampled_from(sorted(NAMED))),
        severity=draw(st.sampled_from(SEVERITIES)),
        confidence=draw(st.sampled_from(CONFIDENCES)),
        impact=draw(st.sampled_from(IMPACTS)),
        rollback=draw(st.sampled_from(ROLLBACKS)),
        message=draw(TEXT),
        place=draw(places()),
        side=draw(st.sampled_from(["base", "head"])),
        related=tuple(draw(st.lists(st.builds(Related, places(), TEXT, st.sampled_from(["base", "head"])), max_size=2))),
    )


@st.composite
def results(draw: st.DrawFn) -> Result:
    text = draw(st.lists(TEXT, max_size=6).map("\n".join))
    return Result(
        findings=tuple(draw(st.lists(findings(), max_size=3))),
        suppressed=tuple(draw(st.lists(st.tuples(findings(), TEXT), max_size=2))),
        below_confidence=draw(st.integers(0, 2)),
        not_understood=tuple(draw(st.lists(st.builds(NotUnderstood, place=places(), what=TEXT, why=TEXT), max_size=2))),
        description=draw(TEXT),
        files=draw(st.integers(0, 2000)),
        rules=NAMED,
        text=lambda side, path: text,
    )
