"""Helm values: the environment that they give to a chart's containers, in the shapes that charts ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.readers import Source, Unreadable
from safelint.readers._variables import in_manifest, variable
from safelint.readers._yaml import Node, documents
from safelint.readers.environment.kubernetes import listed

YIELDS: tuple[type[Fact], ...] = (VariableSet,)
NAMES = rf"(?i:^(?=.*values){NOT_FOR_DEVELOPERS}(.*/)?[^/]*values[\w.-]*\.ya?ml$)"
TRIGGERS = (b"env", b"secret")

_HOLDS = re.compile(
    r"(?:(?:extra|additional|common|container|app|global|pod)_?)?(?:env(?:ironment)?(?:_?(?:vars?|variables|secrets?|raw))?|secrets?(?:_?env)?)", re.IGNORECASE
)
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")
_DEEPEST = 12


def read(source: Source) -> Iterator[Fact]:
    """What stands below `env`, `extraEnv`, `environment`, `secrets` and their like, at any depth."""
    try:
        roots = documents(source)
    except Unreadable:
        # Helm itself refuses values that are no YAML.
        return
    for root in roots:
        yield from _below(root, (), 0)


def _below(node: Node, above: tuple[str, ...], depth: int) -> Iterator[Fact]:
    if depth > _DEEPEST:
        return
    for key, value in node.settings():
        if _HOLDS.fullmatch(key.text):
            scope = ".".join(above)
            yield from listed(value, scope)
            for name, text in value.settings():
                if text.kind == "scalar" and _CONSTANT.fullmatch(name.text):
                    yield variable(text.place, name.text, in_manifest(text.text), scope, secret="secret" in key.text.lower())
                elif text.kind == "mapping" and _CONSTANT.fullmatch(name.text) and (inner := text.get("value")) is not None and inner.kind == "scalar":
                    yield variable(inner.place, name.text, in_manifest(inner.text), scope)
        if value.kind == "mapping":
            yield from _below(value, (*above, key.text), depth + 1)
