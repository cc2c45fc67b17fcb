"""The first line: what a person needs at a glance."""

from __future__ import annotations

from typing import Any

import pytest

from safelint.facts import NotUnderstood
from safelint.findings import Finding
from safelint.places import Place
from safelint.reports import Result
from safelint.reports._words import verdict

HERE = Place("a.py", 1)


def finding(severity: Any, confidence: Any, impact: Any, rollback: Any) -> Finding:
    return Finding("a-rule", severity, confidence, impact, rollback, "said", HERE)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "Nothing in this change ends sessions."),
        ([("error", "high", "everyone", "heals")], "This change logs every user out; a rollback brings them back."),
        ([("error", "medium", "everyone", "login-loop")], "This change probably logs every user out; they can't log in again either (a login loop)."),
        ([("warning", "low", "new-logins", "heals")], "This change may keep people from logging in; a rollback mends it."),
        ([("info", "high", "everyone", "heals")], "Nothing in this change ends sessions by itself; 1 note to read."),
        (
            [("error", "high", "everyone", "heals"), ("error", "medium", "everyone", "does-not-heal")],
            "This change logs every user out; a rollback does not bring them back.",
        ),
        (
            [("warning", "high", "everyone", "does-not-heal"), ("error", "high", "some-users", "heals")],
            "This change logs some users out; a rollback brings them back.",
        ),
        (
            [("error", "high", "next-incident", "does-not-heal")],
            "This change lets the next incident log users out; once it has happened, a rollback does not help.",
        ),
    ],
)
def test_the_worst_decides(findings: list[tuple[str, str, str, str]], expected: str) -> None:
    assert verdict(Result(findings=tuple(finding(*each) for each in findings))) == expected


def test_what_is_not_known_is_not_good_news() -> None:
    unclear = (NotUnderstood(place=HERE, what="the file", why="binary"),)
    silenced = ((finding("error", "high", "everyone", "heals"), "pages only"),)
    said = verdict(Result(not_understood=unclear, suppressed=silenced))
    assert said == "Nothing else in this change is known to end sessions, but 1 finding is suppressed and 1 part was not understood."
