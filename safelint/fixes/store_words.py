"""Words of a store's configuration that do not do what they say, put so that they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safelint.findings import Finding
from safelint.fixes import Edit

RULES = ("sentinel-time-with-unit", "store-does-not-hear-the-stop", "store-protection-void")

_TIME = re.compile(
    r"^\s*sentinel\s+(?:down-after-milliseconds|failover-timeout)\s+\S+\s+(?P<said>(?P<number>\d+)(?P<unit>ms|s|sec|m|min|h))\s*$", re.IGNORECASE
)
_MILLISECONDS = {"ms": 1, "s": 1000, "sec": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_SERVER = re.compile(r"(?<![\w./-])(?:/[\w./-]*/)?(?:redis|valkey|keydb)-server\b")
# What may stand before the server for it to be all that the shell runs.
_ALONE = re.compile(r"(?:^\s*(?:CMD|ENTRYPOINT)\s+|-c\s+['\"]|^\s*-\s+['\"]?|,\s*['\"])\s*$", re.IGNORECASE)
_TAKEN_AWAY = {"-@dangerous", "-flushall", "-flushdb", "-@write", "-@keyspace", "-@admin"}


def edits(finding: Finding, text: str) -> Iterable[Edit]:
    """How to mend a finding; nothing where there is more than one way."""
    lines = text.split("\n")
    match finding.rule:
        case "sentinel-time-with-unit":
            return _in_milliseconds(finding.place.line, lines[finding.place.line - 1])
        case "store-does-not-hear-the-stop":
            return _replaced(finding, lines)
    return _in_order(finding.place.line, lines[finding.place.line - 1])


def _in_milliseconds(number: int, line: str) -> Iterator[Edit]:
    if found := _TIME.match(line):
        milliseconds = int(found["number"]) * _MILLISECONDS[found["unit"].lower()]
        yield Edit(number, found.start("said") + 1, number, found.end("said") + 1, str(milliseconds))


def _replaced(finding: Finding, lines: list[str]) -> Iterator[Edit]:
    """`exec` before the server, where it is all that the shell runs."""
    place = finding.place
    there = [(number, found) for number in range(place.line, place.end_line + 1) for found in _SERVER.finditer(lines[number - 1])]
    if len(there) != 1:
        return
    number, found = there[0]
    line = lines[number - 1]
    rest = line[found.end() :].partition(" #")[0]
    if _ALONE.search(line[: found.start()]) and not re.search(r"[|&;<>`\\]|\$\(", rest):
        yield Edit(number, found.start() + 1, number, found.start() + 1, "exec ")


def _in_order(number: int, line: str) -> Iterator[Edit]:
    """`+@all` before what is taken away, on a `user` line where it stands behind it."""
    words = [(found.start(), found.end(), found[0]) for found in re.finditer(r"\S+", line)]
    if not words or words[0][2].lower() != "user" or any(letter in line for letter in "\"'()"):
        return
    everything = [each for each in words if each[2].lower() in ("+@all", "allcommands")]
    first = next((each for each in words if each[2].lower() in _TAKEN_AWAY), None)
    if len(everything) == 1 and first is not None and first[0] < everything[0][0]:
        start, end, word = everything[0]
        before = len(line[:start].rstrip())
        yield Edit(number, first[0] + 1, number, first[0] + 1, f"{word} ")
        yield Edit(number, before + 1, number, end + 1, "")
