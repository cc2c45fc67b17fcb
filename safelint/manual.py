"""The rules' documents, for a person at a terminal."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator

import click

from safelint.plain import printable
from safelint.reports._words import IMPACT, ROLLBACK, title
from safelint.rules import Rule

_MARKER = re.compile(r"\s*(?:#|--|//|/\*|\(|<!--)\s*finding: .*$")
_COLOUR = {"error": "red", "warning": "yellow", "info": "cyan"}


class NoSuchRule(click.ClickException):
    """There is no rule of this name; the message says which one may be meant."""

    exit_code = 2


def overview(rules: tuple[Rule, ...], colour: bool) -> str:
    """One line a rule, by cause."""
    longest = max(len(rule.name) for rule in rules)
    lines = []
    for cause in sorted({rule.cause for rule in rules}):
        lines.append(_styled(cause, colour, bold=True))
        lines += [f"  {rule.name.ljust(longest)}  {_severity(rule, colour)}  {printable(title(rule))}" for rule in rules if rule.cause == cause]
        lines.append("")
    return "\n".join([*lines, f"{len(rules)} rules. `safelint rule NAME` shows one of them: what breaks, what to do at 3 AM, what to do instead.", ""])


def document(name: str, rules: tuple[Rule, ...], colour: bool, width: int) -> str:
    """The whole document of a rule. Raises NoSuchRule."""
    named = {rule.name: rule for rule in rules}
    if name not in named:
        close = difflib.get_close_matches(name, named, n=1) or [each for each in named if name in each][:1]
        raise NoSuchRule(f"there is no rule named {printable(name)!r}; " + (f"did you mean {close[0]}?" if close else "`safelint rule` lists them all"))
    rule = named[name]
    facts = f"{rule.severity} · {IMPACT[rule.impact]} · {ROLLBACK[rule.impact][rule.rollback]} · {rule.confidence} confidence · since {rule.since}"
    head = [_styled(title(rule), colour, bold=True), _styled(f"{rule.cause}/{rule.name}", colour, fg=_COLOUR[rule.severity]), facts]
    lines = [*head, "", *_body(rule, colour, width)]
    if rule.unproven:
        lines += ["", *textwrap.wrap(f"Not proven by a test against the real thing: {rule.unproven}.", width)]
    return "\n".join([*lines, ""])


def _body(rule: Rule, colour: bool, width: int) -> Iterator[str]:
    """The text below the heading: paragraphs in the width of the terminal, code as it is."""
    text = re.sub(r"\A\s*# .*\n", "", rule.text).strip()
    for index, part in enumerate(re.split(r"^(```.*?^```)$", text, flags=re.MULTILINE | re.DOTALL)):
        if index % 2:
            lines = part.split("\n")
            yield _styled(f"  {' '.join(lines[0].removeprefix('```').split()[1:]) or 'code'}:", colour, dim=True)
            for line in lines[1:-1]:
                yield _styled(f"  | {printable(_MARKER.sub('  <- found', line))}", colour, fg="cyan")
            continue
        for paragraph in re.split(r"\n\s*\n", part.strip("\n")):
            if paragraph.startswith("#"):
                kind, _, about = paragraph.lstrip("# ").partition(": ")
                yield ""
                yield _styled(f"{kind}: {about}" if about else kind, colour, bold=True, fg={"Bad": "red", "Good": "green"}.get(kind))
            elif re.match(r"\s*([-*|]|\d+\.) ?", paragraph) and not paragraph.startswith("**"):
                yield from (printable(line) for line in paragraph.split("\n"))
            elif paragraph.strip():
                yield from _paragraph(paragraph, colour, width)
                yield ""


def _paragraph(paragraph: str, colour: bool, width: int) -> Iterator[str]:
    for line in textwrap.wrap(printable(" ".join(paragraph.split())), width, break_long_words=False, break_on_hyphens=False):
        yield re.sub(r"\*\*(.+?)\*\*", lambda found: _styled(found[1], colour, bold=True), line)


def _severity(rule: Rule, colour: bool) -> str:
    return _styled(rule.severity.ljust(7), colour, fg=_COLOUR[rule.severity])


def _styled(text: str, colour: bool, **style: object) -> str:
    return click.style(text, **style) if colour else text  # type: ignore[arg-type]
