"""One line a finding, for logs, editors and grep: `path:line:column: severity rule message`."""

from __future__ import annotations

from safelint.excerpts import printable
from safelint.reports import Look, Result
from safelint.reports._words import summary, verdict


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    lines = [verdict(result)]
    for finding in result.findings:
        place = finding.place
        lines.append(_one(place.path, f":{place.line}:{place.column}: {finding.severity} {printable(finding.rule)} {printable(finding.message)}"))
    if look.verbose:
        for fact in result.not_understood:
            lines.append(_one(fact.place.path, f":{fact.place.line}:{fact.place.column}: not understood: {printable(fact.what)}: {printable(fact.why)}"))
    return "\n".join([*lines, printable(summary(result)), ""])


def _one(path: str, rest: str) -> str:
    # A file may be called "::error::x": its line must not be a command to a build server.
    shown = printable(path)
    return ("./" if shown.lstrip().startswith(("::", "-")) else "") + shown + rest
