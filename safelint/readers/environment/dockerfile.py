"""Dockerfiles: what `ENV` gives to the process that runs in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._variables import VARIABLE_NAME, in_compose, variable
from safelint.records import dataclass, field
from safelint.values import Environment, Known, Value

YIELDS: tuple[type[Fact], ...] = (VariableSet,)
NAMES = (
    rf"(?i:^(?=.*file){NOT_FOR_DEVELOPERS}"
    r"(.*/)?((docker|container)file([._-][\w.-]+)?|[\w.-]+\.(docker|container)file)$)"
)
TRIGGERS = (b"env",)

_INSTRUCTION = re.compile(r"[ \t]*(?P<name>[A-Za-z]+)[ \t]+(?P<rest>.*)", re.DOTALL)
_STAGE = re.compile(r"(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_PAIR = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s\"'\\])*)")


@dataclass(slots=True)
class _Stage:
    """One stage of a build."""

    image: str
    found: list[VariableSet] = field(default_factory=list)
    arguments: dict[str, Value] = field(default_factory=dict)


def read(source: Source) -> Iterator[Fact]:
    """The variables of the last stage, and of the stages that it is built from. What a build alone needs (`ARG`, earlier stages) runs nowhere."""
    stages: dict[str, _Stage] = {}
    current: _Stage | None = None
    for line, text in _instructions(source.text):
        found = _INSTRUCTION.fullmatch(text)
        if found is None:
            continue
        name, rest = found["name"].upper(), found["rest"].strip()
        if name == "FROM" and (begun := _STAGE.match(rest)):
            current = _Stage(begun["image"].lower())
            stages[(begun["name"] or str(len(stages))).lower()] = current
        elif name == "ARG" and current is not None:
            argument, equals, default = rest.partition("=")
            if equals:
                current.arguments[argument] = Known(default.strip("\"'"))
        elif name == "ENV" and current is not None:
            lines = text.split("\n")
            for each, value in _variables(rest, current.arguments):
                at = next((number for number, part in enumerate(lines) if re.search(rf"(?<![\w-]){re.escape(each)}(?!\w)", part)), 0)
                current.found.append(variable(Place(source.path, line + at, 1, line + at, len(lines[at]) + 1), each, value))
    chain: list[_Stage] = []
    while current is not None and current not in chain:
        chain.insert(0, current)
        current = stages.get(current.image)
    for stage in chain:
        yield from stage.found


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction with the line that it begins on; comments between its lines are left out of it as empty ones."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        start = number
        parts: list[str] = []
        while number < len(lines):
            line = lines[number]
            number += 1
            if line.lstrip().startswith("#"):
                if not parts:
                    break
                parts.append("")
                continue
            goes_on = line.rstrip().endswith("\\")
            parts.append(line.rstrip()[:-1] if goes_on else line)
            if not goes_on:
                break
        if parts:
            yield start + 1, "\n".join(parts)


def _variables(rest: str, arguments: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    first, _, others = rest.partition(" ")
    pairs = [(found["name"], found["value"]) for found in _PAIR.finditer(rest)] if "=" in first else [(first, others.strip())]
    for name, text in pairs:
        if VARIABLE_NAME.fullmatch(name):
            plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
            value = Known(plain) if text.startswith("'") else in_compose(plain)
            if isinstance(value, Environment) and value.name in arguments:
                value = Environment(value.name, arguments[value.name])
            yield name, value
