"""A comment behind a directive of the store goes to a line of its own, above it."""

from __future__ import annotations

from collections.abc import Iterable

from safelint.findings import Finding
from safelint.fixes import Edit

# An apostrophe in the comment is told as quotes that do not match.
RULES = ("store-conf-inline-comment", "store-refuses-to-start")


def edits(finding: Finding, text: str) -> Iterable[Edit]:
    """Where a `#` outside of quotes begins a word behind the directive; an apostrophe in the comment itself does not matter."""
    number = finding.place.line
    line = text.split("\n")[number - 1].rstrip("\r")
    at = _comment(line)
    if at is None:
        return
    indent = line[: len(line) - len(line.lstrip())]
    yield Edit(number, 1, number, len(line) + 1, f"{indent}{line[at:].rstrip()}\n{line[:at].rstrip()}")


def _comment(line: str) -> int | None:
    quote = ""
    for at, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote and line[at - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#" and at and line[at - 1] in " \t" and len(line[:at].split()) > 1:
            return at
    return None
