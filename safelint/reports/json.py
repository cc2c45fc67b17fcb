"""For programs: one JSON object.

version     the version of safelint; what is described here changes only with the first number of it (or, before
            1.0, the second), while new keys may come at any time
summary     verdict         one sentence for a person
            failed          whether the run fails: whether the exit code is 1
            compared        what was compared with what
            files           how many files of the change
            errors, warnings, infos, suppressed, below_confidence   how many
            not_understood  what could matter and was not understood: path, line, column, what, why of each
findings    worst first; each with
            rule            its name, as `safelint rule NAME` takes it
            severity        error, warning or info
            confidence      high, medium or low
            impact          everyone, new-logins, some-users, next-incident, blind or beyond-logins: who is hit
            rollback        heals, does-not-heal or login-loop: whether deploying the old version is the way back
            message         one line
            path            as git names it: relative to the root, with slashes
            line, column, end_line, end_column   from 1; end_column is one past the last character
            side            head or base: where that place is; base for something that the change takes away
            related         other places that explain it: message, path, line, column, end_line, end_column, side
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from safelint import __version__
from safelint.findings import Finding
from safelint.places import Place, SideName
from safelint.reports import Look, Result
from safelint.reports._words import verdict


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    counts = Counter(each.severity for each in result.findings)
    report = {
        "version": __version__,
        "summary": {
            "verdict": verdict(result),
            "failed": result.failed,
            "compared": clean(result.description),
            "files": result.files,
            "errors": counts["error"],
            "warnings": counts["warning"],
            "infos": counts["info"],
            "suppressed": len(result.suppressed),
            "below_confidence": result.below_confidence,
            "not_understood": [
                {"path": clean(fact.place.path), "line": fact.place.line, "column": fact.place.column, "what": clean(fact.what), "why": clean(fact.why)}
                for fact in result.not_understood
            ],
        },
        "findings": [_finding(finding) for finding in result.findings],
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "impact": finding.impact,
        "rollback": finding.rollback,
        "message": clean(finding.message),
        **_place(finding.place, finding.side),
        "related": [{"message": clean(each.message), **_place(each.place, each.side)} for each in finding.related],
    }


def _place(place: Place, side: SideName) -> dict[str, Any]:
    return {
        "path": clean(place.path),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "side": side,
    }


def clean(text: str) -> str:
    """The text without half characters: a path that is no UTF-8 has them, and JSON must not."""
    return text.encode("utf-8", "replace").decode("utf-8")
