"""Values for the Helm charts that run a store: Bitnami's redis and valkey, redis-ha, and those that take a configuration as text.

They stand in a file of values, in Flux's HelmRelease or in Argo CD's Application. The chart's own defaults count where a value is absent: for
Bitnami's an append-only file, no snapshots, a volume, and neither FLUSHALL nor FLUSHDB.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreMount, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis import arguments_of, directives
from safelint.readers._service import Word, items, words_of
from safelint.readers._service import directives as options
from safelint.readers._yaml import Node, documents
from safelint.readers._yaml_holes import around_holes
from safelint.redis.lines import Unbalanced, split
from safelint.values import Known

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}.*\.ya?ml(\.(gotmpl|tpl|j2))?$)"
TRIGGERS = (b"commonconfiguration", b"disablecommands", b"persisten", b"redisconfig", b"valkeyconfig")

_VALUES = re.compile(r"(^|/)[^/]*values[\w.-]*\.ya?ml(\.(gotmpl|tpl|j2))?$", re.IGNORECASE)
_RELEASES = re.compile(r"(?m)^kind:\s*(HelmRelease|Application)\b")
_CHARTS = ("redis", "valkey", "redis-cluster", "valkey-cluster")
_PARTS = ("master", "primary")
_TEXTS = ("redisConfig", "valkeyConfig")


def read(source: Source) -> Iterator[Fact]:
    """The store that these values ask for, where they say anything about what it keeps."""
    if not _VALUES.search(source.path):
        if _RELEASES.search(source.text):
            yield from _releases(source)
        return
    try:
        roots, _ = around_holes(source)
    except Unreadable:
        # Helm itself refuses values that are no YAML.
        return
    for root in roots:
        yield from _values(source, root, source.path)


def _releases(source: Source) -> Iterator[Fact]:
    try:
        roots = documents(source)
    except Unreadable:
        return  # who reads manifests says so
    for root in roots:
        chart = root.get("spec", "chart", "spec", "chart") or root.get("spec", "source", "chart")
        values = root.get("spec", "values") or root.get("spec", "source", "helm", "valuesObject")
        name = root.get("metadata", "name")
        if values is not None and values.kind == "mapping":
            label = f"{source.path}#{name.text if name else ''}"
            if chart is not None and chart.text in _CHARTS:
                yield from of_bitnami(source, label, values)
            else:
                yield from _values(source, values, label)


def _values(source: Source, root: Node, label: str) -> Iterator[Fact]:
    mark = "/" if "#" in label else "#"
    for key, chart in root.pairs:
        if chart.kind == "mapping" and _is_on(chart):
            if (key.text in _CHARTS and _is_bitnami(chart)) or chart.get("commonConfiguration") is not None:
                yield from of_bitnami(source, f"{label}{mark}{key.text}", chart)
            elif key.text.endswith("redis-ha"):
                yield from _highly_available(source, f"{label}{mark}{key.text}", chart)
            elif any((text := chart.get(each)) is not None and text.block for each in _TEXTS):
                yield from _of_text(source, f"{label}{mark}{key.text}", chart)
    if root.get("commonConfiguration") is not None and _is_on(root):
        yield from of_bitnami(source, f"{label}{mark}values", root)


def _is_on(node: Node) -> bool:
    enabled = node.get("enabled")
    return enabled is None or enabled.text.lower() != "false"


def _is_bitnami(node: Node) -> bool:
    return node.get("commonConfiguration") is not None or any(node.get(part, "persistence") or node.get(part, "disableCommands") for part in _PARTS)


def _mount(node: Node | None, otherwise: Place, target: str = "/data") -> StoreMount:
    """What lies under the store, as `persistence` or the like says: a volume, unless that is off."""
    enabled = node.get("enabled") if node else None
    claim = node.get("existingClaim") if node else None
    keeps = enabled is None or enabled.text.lower() != "false"
    place = enabled.place if enabled is not None else otherwise
    return StoreMount(place=place, target=target, kind="volume" if keeps else "pod", name=claim.text if claim and keeps else "")


def _service(file: str, mount: StoreMount, image: str, path: str, has_command: bool) -> StoreService:
    # A file for one environment stands on the chart's plain one.
    folder, name = posixpath.split(path)
    layer = re.fullmatch(r"(values)[._-][\w.-]+(\.ya?ml)", name, re.IGNORECASE)
    parent = f"maybe:{posixpath.join(folder, layer[1] + layer[2])}#{file.partition('#')[2]}" if layer and not has_command else ""
    return StoreService(
        place=mount.place,
        file=file,
        platform="kubernetes",
        image=image,
        controller="StatefulSet",
        mounts=(mount,),
        parent=parent,
        has_command=not parent,
    )


def of_bitnami(source: Source, file: str, node: Node) -> Iterator[Fact]:
    """The store that these values of Bitnami's chart ask for."""
    part = next((found for each in _PARTS if (found := node.get(each)) is not None), None)
    mount = _mount(part.get("persistence") if part else None, node.place)
    tag = node.get("image", "tag")
    common = node.get("commonConfiguration")
    given = common is not None and common.kind == "scalar"
    yield _service(file, mount, f"redis:{tag.text}" if tag is not None and not tag.has_hole else "", source.path, given)
    if common is not None and given:
        yield from _lines(source, file, common)
    else:
        for name, value in (("appendonly", "yes"), ("save", "")):
            yield StoreDirective(place=node.place, file=file, kind="redis", name=name, arguments=(Known(value),))
    own = part.get("configuration") if part else None
    if own is not None and own.kind == "scalar" and own.text.strip():
        yield from _lines(source, file, own)
    disabled = part.get("disableCommands") if part else None
    commands = [(each.text, each.place) for each in items(disabled)] if disabled is not None else [("FLUSHDB", node.place), ("FLUSHALL", node.place)]
    for command, where in commands:
        yield StoreDirective(place=where, file=file, kind="redis", name="rename-command", arguments=(Known(command), Known("")))
    flags = [Word(word, each.place) for each in items(part, "extraFlags") for word in words_of(each.text) or []] if part else []
    yield from options(flags, file, "", {})


def _lines(source: Source, file: str, text: Node) -> Iterator[StoreDirective]:
    shift = 1 if text.block else 0

    def locate(number: int, width: int) -> Place:
        line = text.place.line + shift + number - 1
        return Place(source.path, line, text.place.column, line, text.place.column + max(width, 1))

    yield from directives(text.text, file, "redis", locate)


def _highly_available(source: Source, file: str, node: Node) -> Iterator[Fact]:
    """The redis-ha chart: a volume unless `persistentVolume` is off, a snapshot after 900 seconds, options as a map."""
    yield _service(file, _mount(node.get("persistentVolume"), node.place), "", source.path, has_command=True)
    config = node.get("redis", "config")
    if config is None or config.get("save") is None:
        yield StoreDirective(place=node.place, file=file, kind="redis", name="save", arguments=(Known("900"), Known("1")))
    for key, value in config.pairs if config else ():
        if value.kind == "scalar":
            try:
                words = split(value.text)
            except Unbalanced:
                words = (value.text,)
            arguments = tuple(arguments_of(key.text.lower(), words or ("",)))
            yield StoreDirective(place=value.place, file=file, kind="redis", name=key.text.lower(), arguments=arguments)


def _of_text(source: Source, file: str, node: Node) -> Iterator[Fact]:
    """A chart that takes the configuration as text, and keeps the data on a volume where it is asked to."""
    storage = next((found for each in ("dataStorage", "storage", "persistence") if (found := node.get(each)) is not None), None)
    if storage is None:
        return
    yield _service(file, _mount(storage, node.place), "", source.path, has_command=True)
    for each in _TEXTS:
        if (text := node.get(each)) is not None and text.block:
            yield from _lines(source, file, text)
