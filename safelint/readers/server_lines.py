"""Where else a store is started: Dockerfiles, systemd units, supervisord, with options on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._service import Word, directives, is_store, server_words, words_of
from safelint.readers._shell_form import behind_shell

YIELDS: tuple[type[Fact], ...] = (StoreDirective, ServerBehindShell)
NAMES = (
    r"(?i:^(?!.*(^|[/._-])(dev|develop|development|local|test|tests|testing|ci)([/._-]|$))"
    r"(?:.*(^|/)(docker|container)file[\w.-]*$|.*\.(docker|container)file$|.*\.service(\.j2)?$|.*supervisor[\w./-]*\.(conf|ini)(\.j2)?$|.*/supervisor/.*\.(conf|ini)$))"
)
TRIGGERS = (b"redis", b"valkey")

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+\S+)?\s*$", re.IGNORECASE)
_RUNS = re.compile(r"^\s*(CMD|ENTRYPOINT)\s+(.*)$", re.IGNORECASE)
_COPY = re.compile(r"^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*(\S+)\s+(\S+)\s*$", re.IGNORECASE)
_STARTS = re.compile(r"^\s*(?:ExecStart|command)\s*=\s*[-@:+!]*(.*)$", re.IGNORECASE)


def read(source: Source) -> Iterator[Fact]:
    """The options of each server that is started."""
    lines = source.text.split("\n")
    if re.search(r"(docker|container)file", source.path, re.IGNORECASE):
        yield from _dockerfile(source, lines)
        return
    section = ""
    for number, line in enumerate(lines, 1):
        if line.startswith("["):
            section = line.strip().strip("[]")
        elif found := _STARTS.match(line):
            yield from _started(source, f"{source.path}#{section}", number, line, words_of(found[1]), "", {})


def _dockerfile(source: Source, lines: list[str]) -> Iterator[Fact]:
    image, files = "", dict[str, str]()
    for number, line in enumerate(lines, 1):
        if found := _FROM.match(line):
            image, files = found[1], {}
        elif found := _COPY.match(line):
            files[found[2]] = found[1]
        elif (found := _RUNS.match(line)) and is_store(image):
            yield from _started(source, f"{source.path}#CMD", number, line, _words(found[2]), image, files)


def _words(text: str) -> list[str] | None:
    if not text.lstrip().startswith("["):
        return ["sh", "-c", text]
    try:
        words = json.loads(text)
    except ValueError:
        return None
    return [each for each in words if isinstance(each, str)] if isinstance(words, list) else None


def _started(source: Source, file: str, number: int, line: str, words: list[str] | None, image: str, files: dict[str, str]) -> Iterator[Fact]:
    start = len(line) - len(line.lstrip()) + 1
    place = Place(source.path, number, start, number, len(line.rstrip()) + 1)
    ran = server_words([Word(word, place) for word in words or ()])
    yield from behind_shell([Word(word, place) for word in words or ()], file, image)
    # An entry point that is the server itself, with nothing behind it, says nothing.
    if ran:
        yield from directives(ran, file, image, {target: f"./{origin}" for target, origin in files.items()})
