"""Suppressions in the comments of any file, and which statement each of them is for."""

from __future__ import annotations

import ast
import bisect
import difflib
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from datetime import date

from safelint.facts import Fact
from safelint.facts.suppressions import Suppression
from safelint.places import Place
from safelint.readers import Source

YIELDS: tuple[type[Fact], ...] = (Suppression,)
NAMES = ""
"""Every file: each has some way to write a comment."""

TRIGGERS = (b"safelint:",)

_COMMENT = re.compile(r"(?:#|--|//|/\*|;|\{#|<!--|\(\*|%)+[ \t]*safelint:[ \t]*(?P<said>.*)$")
_SAID = re.compile(r"(?P<word>[\w-]*)[ \t]*(?P<names>\[[^\]]*\]?)?(?P<rest>.*)$")
_CLOSING = re.compile(r"[ \t]*(?:\*/|#\}|-->|\*\)).*$")
_UNTIL = re.compile(r"(?:^|[ \t(])until[ \t]*[=:][ \t]*(?P<day>[^\s)]*)\)?")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST_LINES = 200  # of a statement; a longer one is not what somebody means by a comment


def read(source: Source) -> Iterator[Fact]:
    """The suppressions of a file."""
    lines = source.text.split("\n")
    statements: _Statements | None = None
    comments = _python_comments(source.text) if source.path.endswith(".py") else None
    for number, line in enumerate(lines, 1):
        if "safelint:" not in line.lower():
            continue
        found = _COMMENT.search(line)
        if not found or not _is_comment(line, number, found.start(), comments):
            continue
        parsed = _parsed(_CLOSING.sub("", found["said"]))
        if parsed is None:
            continue
        names, reason, until, problem = parsed
        if statements is None:
            statements = _Statements(source, lines)
        first, last = statements.below(number) if not line[: found.start()].strip() else statements.around(number)
        place = Place(source.path, number, found.start() + 1, number, len(line) + 1)
        yield Suppression(place=place, names=names, reason=reason, until=until, problem=problem, first=first, last=last)


def _parsed(said: str) -> tuple[tuple[str, ...], str, str | None, str] | None:
    """Names, reason, last day and problem of what stands behind `safelint:`; None for a sentence that is no instruction."""
    found = _SAID.match(said)
    if not found:
        return None
    word, bracket, rest = found["word"], found["names"], found["rest"]
    if word != "ignore":
        meant = bracket is not None or difflib.get_close_matches(word.lower(), ["ignore", "noqa", "disable"], n=1, cutoff=0.75)
        return ((), "", None, f"{word or 'nothing'} is no instruction; write ignore[rule-name] and a reason") if meant else None
    names = tuple(name.strip() for name in (bracket or "").strip("[]").split(",") if name.strip())
    until, problem = None, ""
    if day := _UNTIL.search(rest):
        until = day["day"]
        rest = rest[: day.start()] + rest[day.end() :]
        try:
            date.fromisoformat(until)
        except ValueError:
            problem = f"until={until[:20]} is no date; write until=YYYY-MM-DD"
        else:
            problem = "" if re.fullmatch(r"\d{4}-\d\d-\d\d", until) else f"until={until} is no date; write until=YYYY-MM-DD"
    reason = " ".join(rest.strip().lstrip(":-\u2013\u2014").rstrip(";,").split())
    if not names:
        problem = "it names no rule; write ignore[rule-name]"
    elif bracket and not bracket.endswith("]"):
        problem = "its ] is missing"
    elif wrong := next((name for name in names if not _NAME.fullmatch(name)), None):
        problem = f"{wrong[:60]!r} is no name of a rule"
    return names, reason, until, problem


def _is_comment(line: str, number: int, column: int, comments: dict[int, int] | None) -> bool:
    """Whether what begins at a column is a comment, and not within quotes."""
    if comments is not None:
        return comments.get(number, column + 1) <= column
    before = line[:column]
    return not any(before.count(quote) % 2 for quote in "\"'`")


def _python_comments(text: str) -> dict[int, int] | None:
    """The column (from 0) of the comment of each line that has one; None where the file can't be told apart."""
    try:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return {token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT}
    except (tokenize.TokenError, SyntaxError):
        return None


class _Statements:
    """Where the statements of a file begin and end."""

    def __init__(self, source: Source, lines: list[str]) -> None:
        self._lines = lines
        self._sql = source.path.endswith(".sql")
        self._python = _python_statements(source.text) if source.path.endswith(".py") else []

    def around(self, number: int) -> tuple[int, int]:
        """The lines of the statement that a line is part of."""
        if self._python:
            at = bisect.bisect_right(self._python, (number, len(self._lines) + 1)) - 1
            for first, last in reversed(self._python[: at + 1]):
                if first <= number <= last:
                    return first, last
            return number, number
        if self._sql:
            first = number
            while first > 1 and number - first < _MOST_LINES and not _ends_statement(self._lines[first - 2]):
                first -= 1
            return first, self._end(number)
        return number, number

    def below(self, number: int) -> tuple[int, int]:
        """The lines of the statement that begins on the next line, from the comment on; other comments may stand between."""
        target = number + 1
        while target <= len(self._lines) and re.match(r"\s*(#|--|//|/\*.*\*/\s*$|;)", self._lines[target - 1]):
            target += 1
        if target > len(self._lines) or not self._lines[target - 1].strip():
            return number, number
        if self._python:
            first, last = self.around(target)
            return number, last if first == target else target
        return number, self._end(target)

    def _end(self, first: int) -> int:
        """The last line of a statement that begins on this one, or goes on there."""
        depth = 0
        for number in range(first, min(first + _MOST_LINES, len(self._lines) + 1)):
            line = self._lines[number - 1]
            depth += sum(line.count(bracket) for bracket in "([{") - sum(line.count(bracket) for bracket in ")]}")
            if _ends_statement(line) if self._sql else depth <= 0:
                return number
        return first


def _ends_statement(line: str) -> bool:
    return re.sub(r"(--|#).*$|/\*.*?\*/", "", line).rstrip().endswith(";") or not line.strip()


def _python_statements(text: str) -> list[tuple[int, int]]:
    """First and last line of every statement; of a compound one, those of its head."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = max(body[0].lineno - 1, node.lineno) if isinstance(body, list) and body else node.end_lineno or node.lineno
            found.append((node.lineno, last))
    return sorted(found)
