"""The words that all reports share: what a result means for people who are logged in."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from safelint.findings import CONFIDENCES, IMPACTS, ROLLBACKS, SEVERITIES, Finding, Impact
from safelint.plain import printable

if TYPE_CHECKING:
    from safelint.reports import Result
    from safelint.rules import Rule

IMPACT: dict[Impact, str] = {
    "everyone": "every user is logged out",
    "new-logins": "new logins fail",
    "some-users": "some users are logged out",
    "next-incident": "the next incident logs users out",
    "blind": "a mass logout would go unnoticed",
    "beyond-logins": "nobody is logged out, and other work fails or waits",
}
_BRINGS_BACK = {
    "heals": "a rollback brings them back",
    "does-not-heal": "a rollback does not bring them back",
    "login-loop": "they can't log in again either (a login loop)",
}
_MENDS = {
    "heals": "a rollback mends it",
    "does-not-heal": "a rollback does not mend it",
    "login-loop": "it leaves people in a login loop",
}
_NOBODY_YET = {
    "heals": "a rollback undoes it",
    "does-not-heal": "once it has happened, a rollback does not help",
    "login-loop": "it leaves people in a login loop",
}
ROLLBACK: dict[Impact, dict[str, str]] = {
    "everyone": _BRINGS_BACK,
    "new-logins": _MENDS,
    "some-users": _BRINGS_BACK,
    "next-incident": _NOBODY_YET,
    "blind": _NOBODY_YET,
    "beyond-logins": _MENDS,
}
# What the change does: said of it for sure, and after "may".
_DOES: dict[Impact, tuple[str, str]] = {
    "everyone": ("logs every user out", "log every user out"),
    "new-logins": ("keeps people from logging in", "keep people from logging in"),
    "some-users": ("logs some users out", "log some users out"),
    "next-incident": ("lets the next incident log users out", "let the next incident log users out"),
    "blind": ("lets a mass logout go unnoticed", "let a mass logout go unnoticed"),
    "beyond-logins": ("stops other work, and logs nobody out", "stop other work, and logs nobody out"),
}


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 finding`, `2 findings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def verdict(result: Result) -> str:
    """What the result means, in one sentence that can stand alone."""
    subject = "This tree" if result.whole else "This change"
    serious = [each for each in result.findings if each.severity != "info"]
    if serious:
        # What the deploy does comes first; where only a downgrade does anything, that is said.
        deployed = [each for each in serious if each.direction == "upgrade"]
        if not deployed:
            subject = f"A downgrade of {subject.lower()}"
        serious = deployed or serious
        worst = min(serious, key=_badness)
        surely, maybe = _DOES[worst.impact]
        does = {"high": surely, "medium": f"probably {surely}", "low": f"may {maybe}"}[worst.confidence]
        # One finding that no rollback mends is enough, however many others it does.
        rollback = max((each.rollback for each in serious if each.severity == worst.severity and each.impact == worst.impact), key=ROLLBACKS.index)
        return f"{subject} {does}; {ROLLBACK[worst.impact][rollback]}."
    reservations = []
    if result.suppressed:
        number = len(result.suppressed)
        reservations.append(f"{counted(number, 'finding')} {'is' if number == 1 else 'are'} suppressed")
    if result.not_understood:
        number = len(result.not_understood)
        reservations.append(f"{counted(number, 'part')} {'was' if number == 1 else 'were'} not understood")
    if reservations:
        return f"Nothing else in {subject.lower()} is known to end sessions, but {' and '.join(reservations)}."
    if result.findings:
        return f"Nothing in {subject.lower()} ends sessions by itself; {counted(len(result.findings), 'note')} to read."
    return f"Nothing in {subject.lower()} ends sessions."


def _badness(finding: Finding) -> tuple[int, int, int]:
    return SEVERITIES.index(finding.severity), IMPACTS.index(finding.impact), CONFIDENCES.index(finding.confidence)


def consequence(finding: Finding) -> str:
    """Impact and rollback of one finding, in words."""
    return f"{IMPACT[finding.impact]}; {ROLLBACK[finding.impact][finding.rollback]}"


def tally(result: Result) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    counts = Counter(each.severity for each in result.findings)
    names = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes")}
    return ", ".join(counted(counts[severity], *names[severity]) for severity in SEVERITIES if counts[severity]) or "no findings"


def summary(result: Result) -> str:
    """The last line: what was compared, and everything that is not shown above it."""
    parts = [f"Judged {result.description}", counted(result.files, "file"), tally(result)]
    parts += [f"{len(result.suppressed):,} suppressed"] if result.suppressed else []
    parts += [f"{result.below_confidence:,} below the confidence asked for"] if result.below_confidence else []
    parts += [f"{len(result.not_understood):,} not understood"] if result.not_understood else []
    return " · ".join(part for part in parts if part)


def shown_path(path: str) -> str:
    """A path as a line of a log may begin with it: a file can be called "::error::x", which a build server would obey."""
    shown = printable(path)
    return f"./{shown}" if shown.lstrip().startswith((":", "-")) else shown


def title(rule: Rule) -> str:
    """The heading of a rule's document."""
    found = re.search(r"^# +(.+)$", rule.text, re.MULTILINE)
    return found[1].strip() if found else rule.name.replace("-", " ").capitalize()


def part(rule: Rule, name: str) -> str:
    """A part of a rule's document as one line: of "What breaks", "At 3 AM", "Instead"; empty where it has none."""
    found = re.search(rf"^\*\*{re.escape(name)}\.\*\*(.*?)(?=\n\s*\n|\n#|\Z)", rule.text, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def in_short(text: str, longest: int = 160) -> str:
    """The first sentences of a text, as many as go into `longest` characters, and at least one."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z`])", text)
    short = sentences[0]
    for sentence in sentences[1:]:
        if len(short) + 1 + len(sentence) > longest:
            break
        short += " " + sentence
    return short
