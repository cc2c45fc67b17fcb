"""Where else a store is started: systemd units, supervisord, with options on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._service import Word, directives, server_words, words_of
from safelint.readers._shell_form import behind_shell

YIELDS: tuple[type[Fact], ...] = (StoreDirective, ServerBehindShell)
NAMES = (
    rf"(?i:^{NOT_FOR_DEVELOPERS}(?:.*\.service(\.d/.*\.conf)?(\.j2)?$|.*supervisor[\w./-]*\.(conf|ini)(\.j2)?$|.*/supervisor/.*\.(conf|ini)$|(.*/)?procfile$))"
)
TRIGGERS = (b"redis", b"valkey")

_STARTS = re.compile(r"^\s*(?:ExecStart|command)\s*=\s*[-@:+!]*(.*)$", re.IGNORECASE | re.DOTALL)
_PROCESS = re.compile(r"^(?P<name>[\w-]+):\s*(?P<command>.*)$")


def read(source: Source) -> Iterator[Fact]:
    """The options of each server that is started."""
    section = ""
    is_list = source.path.lower().endswith("procfile")
    for number, line in _joined(source.text):
        if line.startswith("["):
            section = line.strip().strip("[]")
        elif is_list and (process := _PROCESS.match(line)):
            yield from _started(source, f"{source.path}#{process['name']}", number, line, process["command"])
        elif found := _STARTS.match(line):
            yield from _started(source, f"{source.path}#{section}", number, line, found[1])


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line) with those that a backslash carries on put together."""
    held, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first if held else number
        if line.rstrip().endswith("\\"):
            held += line.rstrip()[:-1] + " "
            continue
        yield first, held + line
        held = ""
    if held:
        yield first, held


def _started(source: Source, file: str, number: int, line: str, command: str) -> Iterator[Fact]:
    start = len(line) - len(line.lstrip()) + 1
    place = Place(source.path, number, start, number, len(line.rstrip()) + 1)
    words = [Word(word, place) for word in words_of(command) or ()]
    yield from behind_shell(words, file, "")
    # A server with nothing behind it says nothing.
    yield from directives(server_words(words) or [], file, "", {})
