"""SQL files that are not plain SQL: templates, and one file that holds both directions."""

from __future__ import annotations

import re

from safelint.facts.migrations import Direction
from safelint.readers._sql_names import HOLE
from safelint.records import dataclass

_TAG = re.compile(
    r"\{%-?\s*(?P<jinja>\w+)?.*?%\}|\{#.*?#\}|\{\{-?\s*(?P<go>(?:if|else|end|range|with|define|template|block)\b|/\*)?.*?\}\}"
    r"|<%[-=]?\s*(?P<erb>(?:if|unless|else|end)\b)?.*?%>|\$\{[^}\n]*\}|\{[A-Za-z_][\w.]*\}|\$\([A-Za-z_]\w*\)|@@?[A-Z_]+@@?",
    re.DOTALL,
)
_OPENS = {"if", "range", "with", "for", "unless"}
_CLOSES = {"end", "endif", "endfor", "endunless"}
_SILENT = {"jinja", "go", "erb"}
_MARK = re.compile(
    r"^[ \t]*(?:--|/\*)[-/+ \t]*(?:\+?goose|\+?migrate:?|\+?micrate|\+?rambler|@|\+)[ \t]*(?P<mark>up|down|undo)\b[^\n]*"
    r"|^[ \t]*--[ \t]*(?P<tern>-*[ \t]*create above / drop below[ \t]*-*)[^\n]*"
    r"|^[ \t]*--[ \t]*(?:\d+[ \t]+)?(?P<plain>up|down)(?:[ \t]+migration)?[ \t]*:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A template as SQL of the same length: values as holes, control tags as blanks. `sometimes` are the stretches under a condition."""

    text: str
    sometimes: tuple[tuple[int, int], ...]

    def is_conditional(self, offset: int) -> bool:
        """Whether what stands here is there only sometimes."""
        return any(start <= offset < end for start, end in self.sometimes)


def filled(text: str) -> Filled:
    """Read a template around its holes."""
    if not re.search(r"\{[{%#A-Za-z_]|\$[{(]|<%|@[A-Z_]+@", text):
        return Filled(text, ())
    opened: list[int] = []
    sometimes: list[tuple[int, int]] = []

    def replaced(found: re.Match[str]) -> str:
        word = found["jinja"] or found["go"] or found["erb"]
        if word in _OPENS:
            opened.append(found.start())
        elif word in _CLOSES and opened:
            sometimes.append((opened.pop(), found.end()))
        silent = word is not None or found[0].startswith(("{%", "{#"))
        return "".join(letter if letter == "\n" else " " if silent else HOLE for letter in found[0])

    return Filled(_TAG.sub(replaced, text), tuple(sometimes))


def directions(text: str, of_name: Direction) -> tuple[tuple[int, int, Direction], ...]:
    """The stretches of a file with the direction of each: what its marks say, else what its name says."""
    parts: list[tuple[int, int, Direction]] = []
    start, direction = 0, of_name
    for mark in _MARK.finditer(text):
        word = (mark["mark"] or mark["plain"] or "down").lower()
        parts.append((start, mark.start(), direction))
        start, direction = mark.end(), "upgrade" if word == "up" else "downgrade"
    parts.append((start, len(text), direction))
    return tuple(part for part in parts if part[0] < part[1])
