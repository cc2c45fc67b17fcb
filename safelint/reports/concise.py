"""One line a finding, for logs, editors and grep: `path:line:column: severity rule message`."""

from __future__ import annotations

from safelint.facts import NotUnderstood
from safelint.plain import printable
from safelint.reports import Look, Result
from safelint.reports._words import shown_path, summary, verdict


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    lines = [verdict(result)]
    for finding in result.findings:
        place = finding.place
        lines.append(f"{shown_path(place.path)}:{place.line}:{place.column}: {finding.severity} {printable(finding.rule)} {printable(finding.message)}")
    if look.verbose:
        lines += [f"{shown_path(fact.place.path)}:{fact.place.line}:{fact.place.column}: not understood: {_why(fact)}" for fact in result.not_understood]
    return "\n".join([*lines, printable(summary(result)), ""])


def _why(fact: NotUnderstood) -> str:
    return f"{printable(fact.what)}: {printable(fact.why)}"
