"""Dockerfiles of a store: what the last stage starts, with which options, and the configuration that is copied into it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._images import maker_of
from safelint.readers._redis import directives as lines_of
from safelint.readers._service import Word, directives, server_words
from safelint.readers._shell_form import behind_shell
from safelint.records import dataclass, field

YIELDS: tuple[type[Fact], ...] = (StoreDirective, ServerBehindShell)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?:.*(^|/)(docker|container)file[\w.-]*$|.*\.(docker|container)file$))"
TRIGGERS = (b"redis", b"valkey", b"keydb")

_KEYWORD = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_ARGUMENT = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")


@dataclass(slots=True)
class _Instruction:
    """One instruction. `text` has its lines joined; `fed` are its here-documents: (line of the first line, text)."""

    keyword: str
    text: str
    place: Place
    fed: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Stage:
    image: str
    files: dict[str, str] = field(default_factory=dict)
    written: list[tuple[int, str, str]] = field(default_factory=list)
    entry: _Instruction | None = None
    command: _Instruction | None = None


def read(source: Source) -> Iterator[Fact]:
    """The options of the server that the last stage of a store starts."""
    stages = [each for each in _stages(source) if maker_of(each.image) == "official"]
    if not stages:
        return
    stage, file = stages[-1], f"{source.path}#CMD"
    for first, name, text in stage.written:

        def locate(number: int, width: int, first: int = first) -> Place:
            return Place(source.path, first + number - 1, 1, first + number - 1, max(width, 1) + 1)

        yield from lines_of(text, f"{source.path}#{name}", "redis", locate)
    words: list[Word] = []
    for instruction in (stage.entry, stage.command):
        # The shell form of an entry point takes nothing from CMD.
        if instruction is not None and not (words and words[0].text == "sh"):
            words += [Word(word, instruction.place) for word in _words(instruction.text)]
    yield from behind_shell(words, file, stage.image)
    # An entry point that is the server itself, with nothing behind it, says nothing.
    yield from directives(server_words(words) or [], file, stage.image, stage.files)


def _stages(source: Source) -> Iterator[_Stage]:
    given: dict[str, str] = {}
    named: dict[str, _Stage] = {}
    stage: _Stage | None = None
    for each in _instructions(source):
        if each.keyword == "ARG" and stage is None:
            name, _, value = each.text.partition("=")
            given[name.strip()] = value.strip().strip("\"'")
        elif each.keyword == "FROM" and (found := _FROM.match(each.text)):
            if stage is not None:
                yield stage
            image = _ARGUMENT.sub(lambda part: given.get(part[1] or part[3]) or part[2] or "", found[1])
            below = named.get(image.lower())
            stage = _Stage(below.image, dict(below.files), list(below.written), below.entry, below.command) if below else _Stage(image)
            if found[2]:
                named[found[2].lower()] = stage
        elif stage is not None:
            _take(stage, each)
    if stage is not None:
        yield stage


def _take(stage: _Stage, each: _Instruction) -> None:
    if each.keyword == "ENTRYPOINT":
        stage.entry, stage.command = each, None
    elif each.keyword == "CMD":
        stage.command = each
    elif each.keyword in ("COPY", "ADD"):
        words = [word.strip("[],\"'") for word in each.text.split() if not word.startswith("--") or word.startswith("---")]
        if each.fed and words:
            # What stands in the file itself lies where it says.
            stage.files[words[-1]] = f"configmap:{words[-1]}"
            stage.written += [(first, words[-1], text) for first, text in each.fed]
        elif len(words) > 1:
            for origin in words[:-1]:
                target = f"{words[-1]}{origin.rpartition('/')[2]}" if words[-1].endswith("/") else words[-1]
                stage.files[target] = f"./{origin.removeprefix('./')}"


def _instructions(source: Source) -> Iterator[_Instruction]:
    lines = source.text.split("\n")
    at = 0
    while at < len(lines):
        first = at
        joined: list[str] = []
        while at < len(lines):
            line = lines[at].rstrip()
            at += 1
            if line.lstrip().startswith("#") or (joined and not line):
                continue
            joined.append(line.removesuffix("\\"))
            if not line.endswith("\\"):
                break
        text = " ".join(joined)
        if (found := _KEYWORD.match(text)) is None:
            continue
        while lines[first].lstrip().startswith("#"):
            first += 1
        start = len(lines[first]) - len(lines[first].lstrip()) + 1
        place = Place(source.path, first + 1, start, at, len(lines[at - 1].rstrip()) + 1)
        instruction = _Instruction(found[1].upper(), found[2].strip(), place)
        if instruction.keyword in ("RUN", "COPY", "ADD"):
            for mark in _HEREDOC.finditer(instruction.text):
                end = next((number for number in range(at, len(lines)) if lines[number].strip() == mark[2]), len(lines))
                instruction.fed.append((at + 1, "\n".join(lines[at:end])))
                at = end + 1
        yield instruction


def _words(text: str) -> list[str]:
    if not text.startswith("["):
        return ["sh", "-c", text]
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return ["sh", "-c", text]  # Docker itself takes it for the shell form then
    return [each for each in words if isinstance(each, str)] if isinstance(words, list) else []
