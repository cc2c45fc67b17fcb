"""Lines of a file as they may be shown to a person: secrets hidden, nothing that a terminal would obey, a width that fits."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from safelint.masks import Span, apply, assigns_secret, hidden, is_suspect
from safelint.plain import without_commands, written_out
from safelint.records import dataclass
from safelint.secrets import HIDDEN, is_secret_name

LONGEST = 2_000
"""Characters. A longer line was made by a machine and tells a person nothing."""

_CONTEXT = 60  # lines above a line that are searched for what it belongs to
_QUOTING = re.compile(r"\.(py|pyi|sql|js|jsx|ts|tsx|mjs|go|rs|java|kt|rb|php|cs|scala|swift|c|cc|cpp|h)$", re.IGNORECASE)
_CONTINUED = re.compile(r"(?:[(\[{=\\+,|>]|>-|\|-|\"\"\"|''')\s*$")
_AWAITS_SECRET = re.compile(r"""(?:(?:^|[\s"'\[,])-(?:a|u|p)|--pass(?:word)?|requirepass|masterauth|auth[-_]pass)["']?,?\s*\\?$""", re.IGNORECASE)
_VALUE = re.compile(r"""^\s*(?:-\s+)?["']?(?:value|default|content|data|text)["']?\s*[:=]\s*(?P<value>.*)""", re.IGNORECASE)
_SECRET_MANIFEST = re.compile(r"^\s*[\"']?kind[\"']?:\s*[\"']?\w*Secret\b", re.MULTILINE)
_BLOCK_BEGINS = re.compile(r"-----BEGIN ")
_BLOCK_ENDS = re.compile(r"-----END ")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line as shown, and which of its columns (from 0, up to but not including the second) to mark."""

    text: str
    mark: Span


class Page:
    """The lines of a file, and what has to be known of the whole file to show one of them."""

    def __init__(self, path: str, text: str) -> None:
        self.lines = text.split("\n")
        self.quotes = _QUOTING.search(path) is not None
        """Whether literals stand in quotes, as in a programming language."""

    @functools.cached_property
    def is_secret_manifest(self) -> bool:
        """Whether it is a Kubernetes Secret, all of whose values are secrets."""
        return any(_SECRET_MANIFEST.search(line) for line in self.lines)

    @functools.cached_property
    def openers(self) -> list[str | None]:
        """For each line the one on which the triple-quoted text begins that it is in."""
        found: list[str | None] = []
        opener, mark = None, ""
        for line in self.lines:
            found.append(opener)
            for quote in re.finditer(r'"""|\'\'\'', line):
                if not mark:
                    opener, mark = line, quote[0]
                elif quote[0] == mark:
                    opener, mark = None, ""
        return found

    def masked(self, number: int) -> str:
        """A whole line (from 1) with its secrets hidden, and otherwise as it is."""
        return apply(self.lines[number - 1], _hidden(self, number))


def excerpt(page: Page, number: int, columns: Span, width: int) -> Excerpt:
    """Line `number` (from 1) of a file, cut to `width` columns around `columns` (characters, from 0)."""
    line = page.lines[number - 1]
    if len(line) > LONGEST:
        return Excerpt(f"(a line of {len(line):,} characters)", (0, 0))
    spans = _hidden(page, number)
    cells = list(_cells(line, spans))
    start, end = min(columns[0], len(cells)), min(max(columns[1], columns[0] + 1), len(cells))
    first, last = _window([_width(cell) for cell in cells], start, end, width)
    before, after = "…" if first else "", "…" if last < len(cells) else ""
    left = len(before) + sum(_width(cell) for cell in cells[first:start])
    marked = sum(_width(cell) for cell in cells[start : min(end, last)])
    text = without_commands(before + "".join(cells[first:last]) + after)
    return Excerpt(text, (left, left + max(marked, 1)))


def _cells(line: str, spans: Sequence[Span]) -> Iterator[str]:
    """What is shown for each character: a hidden stretch stands in its first."""
    inside = {index for start, end in spans for index in range(start, end)}
    begins = {start for start, _ in spans}
    for index, letter in enumerate(line):
        if index in inside:
            yield HIDDEN if index in begins else ""
        else:
            yield letter if letter.isprintable() else written_out(letter)


def _width(cell: str) -> int:
    if cell.isascii():
        return len(cell)
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in cell)


def _window(widths: list[int], start: int, end: int, width: int) -> Span:
    """Which characters to show so that they fit, with the marked ones among them."""
    if sum(widths) <= width:
        return 0, len(widths)
    first = 0
    # Keep a third of the width as the context before the mark where the mark would not be seen otherwise.
    if sum(widths[:end]) > width - 2:
        room = width // 3
        first = start
        while first and room > widths[first - 1]:
            first -= 1
            room -= widths[first]
    last, room = first, width - 2
    while last < len(widths) and room >= widths[last]:
        room -= widths[last]
        last += 1
    return first, last


def _hidden(page: Page, number: int) -> tuple[Span, ...]:
    """What must not be shown of a line, seen with the lines around it."""
    lines, quoting = page.lines, page.quotes
    line = lines[number - 1]
    whole = ((len(line) - len(line.lstrip()), len(line)),)
    if _in_block(lines, number) or (number > 1 and _AWAITS_SECRET.search(lines[number - 2])):
        return whole
    openers = list(_openers(lines, number))
    if any(assigns_secret(opener) for opener in openers) and not quoting:
        return whole
    if quoting and (opener := page.openers[number - 1]) and (is_secret_name(opener) or assigns_secret(opener)):
        return whole
    if not quoting and _unclosed_secret(lines, number):
        return whole
    spans = hidden(line, quoted=quoting, suspect=any(is_suspect(opener) for opener in openers))
    if not quoting and _value_of_secret(page, number):
        found = _VALUE.match(line) or re.match(r"[^:=]*[:=]\s*(?P<value>.*)", line)
        if found:
            return tuple(sorted({*(span for span in spans if span[1] <= found.start("value")), found.span("value")}))
    return spans


def _in_block(lines: Sequence[str], number: int) -> bool:
    """Whether a line belongs to a PEM block (its first line is hidden by itself)."""
    for above in range(number - 1, max(number - 200, 0), -1):
        text = lines[above - 1]
        ends = [found.start() for found in _BLOCK_ENDS.finditer(text)]
        begins = [found.start() for found in _BLOCK_BEGINS.finditer(text)]
        if begins and (not ends or begins[-1] > ends[-1]):
            return True
        if ends:
            return False
    return False


def _openers(lines: Sequence[str], number: int) -> Iterator[str]:
    """The lines that a line belongs to: those it continues, and those that it stands further in than."""
    depth = _depth(lines[number - 1])
    for above in range(number - 1, max(number - _CONTEXT, 0), -1):
        text = lines[above - 1]
        if not text.strip():
            continue
        continued = above == number - 1 and _CONTINUED.search(text)
        if _depth(text) < depth or continued:
            # A block of code that merely handles secrets (`def f(password):`) is not a value.
            if continued or not text.rstrip().endswith((":", ")", ";", "{")) or (":" in text.rstrip()[-1:] and "(" not in text):
                yield text
            depth = min(depth, _depth(text))
            if continued:
                number = above


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _unclosed_secret(lines: Sequence[str], number: int) -> bool:
    """Whether a line is in a quoted text of many lines that a secret's name opens."""
    for above in range(number - 1, max(number - _CONTEXT, 0), -1):
        if assigns_secret(lines[above - 1]):
            between = "\n".join(lines[above - 1 : number - 1])
            value = re.sub(r"\\.", "", between)
            return any(value.count(quote) % 2 for quote in "\"'")
    return False


def _value_of_secret(page: Page, number: int) -> bool:
    """Whether a line is the `value:` of a neighbour's `name: SECRET`, or stands in a Kubernetes Secret."""
    lines = page.lines
    near = lines[max(number - 4, 0) : number + 3]
    if _VALUE.match(lines[number - 1]) and any(is_secret_name(text) or is_suspect(text) for text in near):
        return True
    return page.is_secret_manifest and not re.match(r"\s*(kind|apiVersion|metadata|name|type|namespace)\s*:", lines[number - 1])
