"""Terraform's `helm_release` of a store: the same values as in a file of values, set one by one or written as text."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._hcl import Block, Expression, parse
from safelint.readers._yaml import Node, documents
from safelint.readers.helm_values import of_bitnami
from safelint.values import Known, text_of

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}.*\.(tf|tofu)$)"
TRIGGERS = (b"helm_release",)

_CHARTS = ("redis", "valkey")


def read(source: Source) -> Iterator[Fact]:
    """The store of each release of Bitnami's charts."""
    for block in parse(source).body.blocks:
        if block.kind == "resource" and block.labels[:1] == ("helm_release",) and len(block.labels) == 2:
            chart = block.get("chart")
            name = (text_of(chart.value) if chart else None) or ""
            if name.rpartition("/")[2] in _CHARTS:
                yield from of_bitnami(source, f"{source.path}#helm_release.{block.labels[1]}", _values(source, block))


def _values(source: Source, block: Block) -> Node:
    """All that is set, as one tree: what is set by name wins over what is written as text."""
    root = Node("mapping", block.place)
    values = block.get("values")
    for each in values.items if values else ():
        for document in _written(source, each):
            root.pairs += document.pairs
    several = block.get("set")
    settings = [(each.get("name"), each.get("value")) for each in block.within("set")]
    settings += [(each.get("name"), each.get("value")) for each in (several.items if several else ())]
    for name, value in settings:
        path = text_of(name.value) if name else None
        if path is not None and value is not None:
            _set(root, path.split("."), value)
    return root


def _written(source: Source, text: Expression) -> list[Node]:
    if not isinstance(text.value, Known) or not isinstance(text.value.value, str):
        return []
    try:
        found = documents.__wrapped__(Source(source.path, text.value.value))
    except Unreadable:
        return []  # Helm itself refuses values that are no YAML
    shift = text.first_line - 1
    for node in (each for document in found for each in document.walk()):
        place = node.place
        node.place = Place(place.path, place.line + shift, place.column, place.end_line + shift, place.end_column)
    return [each for each in found if each.kind == "mapping"]


def _set(root: Node, path: list[str], value: Expression) -> None:
    node = root
    for key in path[:-1]:
        below = node.get(key)
        if below is None or below.kind != "mapping":
            below = Node("mapping", value.place)
            node.pairs.append((Node("scalar", value.place, key), below))
        node = below
    written = value.value.value if isinstance(value.value, Known) else "‥"
    text = str(written).lower() if isinstance(written, bool) else str(written)
    node.pairs.append((Node("scalar", value.place, path[-1]), Node("scalar", value.place, text)))
