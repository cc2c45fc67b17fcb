"""Units of systemd: `Environment=` and `EnvironmentFile=` of a service."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.settings import VariableSet, VariablesTaken
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._variables import VARIABLE_NAME, variable
from safelint.values import Known, Unknown, Value

YIELDS: tuple[type[Fact], ...] = (VariableSet, VariablesTaken)
NAMES = rf"(?i:^(?=.*\.service){NOT_FOR_DEVELOPERS}.*\.service(\.d/[^/]+\.conf)?(\.j2|\.in|\.tmpl)?$)"
TRIGGERS = (b"environment",)

_LINE = re.compile(r"[ \t]*(?P<name>Environment|EnvironmentFile)[ \t]*=[ \t]*(?P<value>.*)")


def read(source: Source) -> Iterator[Fact]:
    """The variables of a unit, in order; an empty `Environment=` takes back what stands before it."""
    found: list[Fact] = []
    for number, line in enumerate(source.text.split("\n"), 1):
        matched = _LINE.fullmatch(line.rstrip())
        if matched is None:
            continue
        place = Place(source.path, number, 1, number, len(line) + 1)
        text = matched["value"]
        if matched["name"] == "EnvironmentFile":
            # On the server it lies elsewhere than in the tree: beside the unit, if anywhere.
            beside = posixpath.join(posixpath.dirname(source.path), posixpath.basename(text.lstrip("-")))
            found.append(VariablesTaken(place=place, source=posixpath.normpath(beside), scope=""))
        elif not text:
            found.clear()
        else:
            found += _assigned(place, text)
    yield from found


def _assigned(place: Place, text: str) -> Iterator[Fact]:
    try:
        words = shlex.split(text)
    except ValueError:
        yield NotUnderstood(place=place, what="the environment of a unit", why="its quotes do not match")
        return
    for word in words:
        name, equals, value = word.partition("=")
        if equals and VARIABLE_NAME.fullmatch(name):
            yield variable(place, name, _value(value))


def _value(text: str) -> Value:
    return Unknown("filled in elsewhere") if "{{" in text or "@" in text[:1] or "%" in text else Known(text)
