"""Values for the Helm charts that run a store (Bitnami's redis and valkey): configuration, persistence, commands left open.

The chart's own defaults count where a value is absent: an append-only file, no snapshots, a volume, and neither FLUSHALL nor FLUSHDB.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreMount, StoreService
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis import directives
from safelint.readers._service import items
from safelint.readers._yaml import Node, documents
from safelint.values import Known

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective)
NAMES = r"(?i:^(?!.*(^|[/._-])(dev|develop|development|local|test|tests|testing|ci)([/._-]|$)).*(^|/)[^/]*values[\w.-]*\.ya?ml$)"
TRIGGERS = (b"commonconfiguration", b"disablecommands", b"persistence")

_CHARTS = ("redis", "valkey", "redis-cluster", "valkey-cluster")
_PARTS = ("master", "primary")


def read(source: Source) -> Iterator[Fact]:
    """The store that these values ask for, where they say anything about what it keeps."""
    try:
        roots = documents(source)
    except Unreadable:
        # Helm itself refuses values that are no YAML.
        return
    for root in roots:
        for name in _CHARTS:
            if (chart := root.get(name)) is not None and _is_chart(chart):
                yield from _chart(source, f"{source.path}#{name}", chart)
        if root.get("commonConfiguration") is not None and _is_chart(root):
            yield from _chart(source, f"{source.path}#values", root)


def _is_chart(node: Node) -> bool:
    enabled = node.get("enabled")
    if enabled is not None and enabled.text.lower() == "false":
        return False
    return node.get("commonConfiguration") is not None or any(node.get(part, "persistence") or node.get(part, "disableCommands") for part in _PARTS)


def _chart(source: Source, file: str, node: Node) -> Iterator[Fact]:
    part = next((found for each in _PARTS if (found := node.get(each)) is not None), None)
    persistence = part.get("persistence") if part else None
    enabled = persistence.get("enabled") if persistence else None
    claim = persistence.get("existingClaim") if persistence else None
    keeps = enabled is None or enabled.text.lower() != "false"
    place = enabled.place if enabled is not None else node.place
    mount = StoreMount(place=place, target="/data", kind="volume" if keeps else "pod", name=claim.text if claim and keeps else "")
    yield StoreService(place=place, file=file, platform="kubernetes", image="", controller="StatefulSet", mounts=(mount,))
    common = node.get("commonConfiguration")
    if common is not None and common.kind == "scalar":
        shift = 1 if common.block else 0

        def locate(number: int, width: int) -> Place:
            line = common.place.line + shift + number - 1
            return Place(source.path, line, common.place.column, line, common.place.column + max(width, 1))

        yield from directives(common.text, file, "redis", locate)
    else:
        for name, value in (("appendonly", "yes"), ("save", "")):
            yield StoreDirective(place=node.place, file=file, kind="redis", name=name, arguments=(Known(value),))
    disabled = part.get("disableCommands") if part else None
    commands = [(each.text, each.place) for each in items(disabled)] if disabled is not None else [("FLUSHDB", node.place), ("FLUSHALL", node.place)]
    for command, where in commands:
        yield StoreDirective(place=where, file=file, kind="redis", name="rename-command", arguments=(Known(command), Known("")))
