"""SARIF 2.1.0, as code scanning reads it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any
from urllib.parse import quote

from safelint import __version__
from safelint.facts import NotUnderstood
from safelint.findings import Finding
from safelint.places import Place
from safelint.reports import Look, Result
from safelint.reports._words import consequence, in_short, part, title
from safelint.reports.json import clean
from safelint.rules import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}
_PROBLEM = {"error": "error", "warning": "warning", "info": "recommendation"}
_MOST = 5_000  # results of a run that code scanning shows; it takes the first ones, and ours are the worst


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    findings = result.findings[:_MOST]
    names = sorted({finding.rule for finding in findings})
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding in findings:
        identity = (finding.rule, finding.place.path, finding.message)
        results.append(_result(finding, names.index(finding.rule), seen[identity]))
        seen[identity] += 1
    beyond = len(result.findings) - len(findings)
    left_out = [{"level": "warning", "message": {"text": f"{beyond:,} more findings are not in this file"}}] if beyond else []
    run = {
        "tool": {
            "driver": {
                "name": "safelint",
                "semanticVersion": __version__,
                "rules": [_rule(name, result.rules.get(name)) for name in names],
            }
        },
        "automationDetails": {"id": "safelint/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [*left_out, *(_notification(fact) for fact in result.not_understood)]},
        ],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": clean(title(rule))},
        "fullDescription": {"text": clean(in_short(part(rule, "What breaks"), 900) or title(rule))},
        "help": {"text": clean(rule.text.strip()), "markdown": clean(rule.text.strip())},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"precision": rule.confidence, "problem.severity": _PROBLEM[rule.severity], "tags": ["sessions", rule.cause]},
    }


def _result(finding: Finding, index: int, ordinal: int) -> dict[str, Any]:
    before = [f"{each.message}: {each.place.path}:{each.place.line}" for each in finding.related if each.side == "base"]
    text = f"{finding.message}. Impact: {consequence(finding)}."
    # A place before the change is not in the tree that the host shows: it is told, not linked.
    text += "".join(f" Before the change, {each}." for each in before)
    identity = hashlib.sha256("\0".join((finding.rule, finding.place.path, finding.message)).encode("utf-8", "replace")).hexdigest()[:16]
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": clean(text)},
        "locations": [_location(finding.place)],
        "relatedLocations": [
            {"id": number, "message": {"text": clean(each.message)}, **_location(each.place)}
            for number, each in enumerate((each for each in finding.related if each.side == "head"), 1)
        ],
        # Of the rule, the file and the message, and not of the line: the same finding after a move, and nothing of the source in it.
        "partialFingerprints": {"primaryLocationLineHash": f"{identity}:{ordinal + 1}"},
        "properties": {"confidence": finding.confidence, "impact": finding.impact, "rollback": finding.rollback, "side": finding.side},
    }


def _location(place: Place) -> dict[str, Any]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": max(place.end_line, place.line),
        "endColumn": place.end_column if place.end_line > place.line else max(place.end_column, place.column),
    }
    uri = quote(place.path, safe="/", errors="replace")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}}


def _notification(fact: NotUnderstood) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": clean(f"not understood: {fact.what}: {fact.why}")}, "locations": [_location(fact.place)]}
