"""Compose files: the environment of each service."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet, VariablesTaken
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.readers import Source
from safelint.readers._variables import VARIABLE_NAME, in_compose, variable
from safelint.readers._yaml import Node, documents
from safelint.values import Environment

YIELDS: tuple[type[Fact], ...] = (VariableSet, VariablesTaken)
NAMES = rf"(?i:^(?=.*(?:compose|stack)){NOT_FOR_DEVELOPERS}(?!.*[/._-]override([/._-]|$))(.*/)?((docker|podman)-)?(compose|stack)[\w.-]*\.ya?ml$)"
TRIGGERS = (b"environment", b"env_file")
_DEEPEST = 8  # services that extend one another


def read(source: Source) -> Iterator[Fact]:
    """What each service is given, with what it takes from the service that it extends."""
    for root in documents(source):
        services = root.get("services")
        for name, service in services.pairs if services else ():
            given: dict[str, Fact] = {}
            for fact in _service(source, name.text, service, root, 0):
                # What a service says itself counts, wherever the one that it extends stands.
                given[fact.name if isinstance(fact, VariableSet) else f"{len(given)} taken"] = fact
            yield from given.values()


def _service(source: Source, scope: str, service: Node, root: Node, depth: int) -> Iterator[Fact]:
    extended = service.get("extends")
    if extended is not None and depth < _DEEPEST:
        other = extended if extended.kind == "scalar" else extended.get("service")
        file = extended.get("file") if extended.kind == "mapping" else None
        if other is not None and file is None and (base := root.get("services", other.text)) is not None:
            yield from _service(source, scope, base, root, depth + 1)
    for path in _paths(service.get("env_file")):
        found = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), path.text))
        yield VariablesTaken(place=path.place, source=found, scope=scope)
    environment = service.get("environment")
    if environment is None:
        return
    for item in environment.items:
        name, equals, text = item.text.partition("=")
        if item.kind == "scalar" and VARIABLE_NAME.fullmatch(name):
            yield variable(item.place, name, in_compose(text) if equals else Environment(name), scope)
    for key, value in environment.settings():
        if key.kind == value.kind == "scalar" and VARIABLE_NAME.fullmatch(key.text):
            yield variable(value.place, key.text, Environment(key.text) if value.is_null else in_compose(value.text), scope)


def _paths(node: Node | None) -> Iterator[Node]:
    for item in node.items if node is not None and node.kind == "sequence" else [node] if node is not None else []:
        path = item.get("path") if item.kind == "mapping" else item
        if path is not None and path.kind == "scalar" and "$" not in path.text and not path.text.startswith("/"):
            yield path
