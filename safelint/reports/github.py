"""Annotations on GitHub: workflow commands on the lines of the change.

GitHub shows ten annotations of each level for a step and drops the others without a word: what is beyond is listed in
the log. The summary of the step is `summary_page`; the command line writes it where GitHub wants it.
"""

from __future__ import annotations

from collections import Counter

from safelint.findings import Finding
from safelint.plain import printable
from safelint.reports import Look, Result
from safelint.reports._words import consequence, in_short, part, summary, verdict

_LEVEL = {"error": "error", "warning": "warning", "info": "notice"}
_MOST = 10
_LARGEST = 900_000  # bytes; GitHub refuses a summary of more than 1 MiB


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    lines = [verdict(result)]
    shown: Counter[str] = Counter()
    for finding in result.findings:
        shown[finding.severity] += 1
        lines.append(_command(finding) if shown[finding.severity] <= _MOST else _plain(finding))
    return "\n".join([*lines, printable(summary(result)), ""])


def summary_page(result: Result) -> str:
    """The same as Markdown, for the page of the workflow run."""
    head = f"### {_text(verdict(result))}\n\n"
    tail = f"\n{_text(summary(result))}\n"
    room = _LARGEST - len(head) - len(tail)
    items: list[str] = []
    for index, finding in enumerate(result.findings):
        rule = result.rules.get(finding.rule)
        instead = f"<br>{_text('Instead: ' + in_short(part(rule, 'Instead')))}" if rule else ""
        at = f"{finding.place.path}:{finding.place.line}"
        item = (
            f"- **{finding.severity}** <code>{_text(finding.rule)}</code> {_text(at)}<br>{_text(finding.message)}<br>{_text(consequence(finding))}{instead}\n"
        )
        room -= len(item)
        if room < 200:
            items.append(f"- and {len(result.findings) - index:,} more\n")
            break
        items.append(item)
    return head + "".join(items) + tail


def _command(finding: Finding) -> str:
    place = finding.place
    properties = {"file": place.path, "line": place.line, "endLine": place.end_line}
    # GitHub refuses columns for a place of more than one line.
    if place.end_line == place.line:
        properties |= {"col": place.column, "endColumn": place.end_column}
    properties["title"] = f"safelint: {finding.rule}"
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_LEVEL[finding.severity]} {given}::{_data(printable(finding.message) + '. Impact: ' + consequence(finding) + '.')}"


def _plain(finding: Finding) -> str:
    return printable(f"{finding.severity} {finding.rule} {finding.place.path}:{finding.place.line}: {finding.message}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")


def _text(text: str) -> str:
    """A text that Markdown and HTML leave alone: whatever they could take for their own is written as its number."""
    return "".join(letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in printable(text))
