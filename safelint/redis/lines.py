"""How the server takes a configuration file apart: lines, words, quotes. Measured on Redis 6.2 to 8.2 and Valkey 9.1."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.records import dataclass

UNBALANCED = "Unbalanced quotes in configuration line"
_BLANK = " \t\n\r\v\f"
_STRIPPED = " \t\r\n"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
_HEX = frozenset("0123456789abcdefABCDEF")


class Unbalanced(Exception):
    """A quote that is not closed, or (not on Valkey) is followed by something else than a blank."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something. `words` is None where its quotes do not match; `number` counts from 1."""

    number: int
    text: str
    words: tuple[str, ...] | None


def split(text: str, glued: bool = False) -> tuple[str, ...]:
    """The words of a line. `glued` allows text right behind a closing quote, as Valkey 9.1 does. Raises Unbalanced."""
    words: list[str] = []
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in _BLANK:
            at += 1
        if at >= end:
            return tuple(words)
        word, at = _word(text, at, glued)
        words.append(word)


def _word(text: str, at: int, glued: bool) -> tuple[str, int]:
    found: list[str] = []
    end = len(text)
    quote = ""
    while True:
        letter = text[at] if at < end else ""
        if quote:
            if not letter:
                raise Unbalanced
            if letter == "\\" and quote == '"' and text[at + 1 : at + 2] == "x" and len(text) > at + 3 and text[at + 2] in _HEX and text[at + 3] in _HEX:
                found.append(chr(int(text[at + 2 : at + 4], 16)))
                at += 4
            elif letter == "\\" and quote == '"' and at + 1 < end:
                found.append(_ESCAPES.get(text[at + 1], text[at + 1]))
                at += 2
            elif letter == "\\" and quote == "'" and text[at + 1 : at + 2] == "'":
                found.append("'")
                at += 2
            elif letter == quote:
                at += 1
                quote = ""
                if not glued:
                    if at < end and text[at] not in _BLANK:
                        raise Unbalanced
                    return "".join(found), at
            else:
                found.append(letter)
                at += 1
        elif not letter or letter in " \t\n\r":
            return "".join(found), at
        else:
            if letter in "\"'":
                quote = letter
            else:
                found.append(letter)
            at += 1


def lines(text: str, glued: bool = False) -> Iterator[Line]:
    """The lines of a file that are neither empty nor comments. Nothing behind a NUL is read."""
    for number, raw in enumerate(text.partition("\0")[0].split("\n"), 1):
        stripped = raw.strip(_STRIPPED)
        if not stripped or stripped.startswith("#"):
            continue
        try:
            words = split(stripped, glued)
        except Unbalanced:
            yield Line(number, stripped, None)
            continue
        if words:
            yield Line(number, stripped, words)
