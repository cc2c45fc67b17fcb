"""Kubernetes manifests: the pods that run a store, their options, their volumes, and configurations kept in a ConfigMap."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreMount, StoreService
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis import HOLE
from safelint.readers._redis import directives as lines_of
from safelint.readers._service import Word, directives, filled, is_store, items, server_words
from safelint.readers._shell_form import behind_shell
from safelint.readers._yaml import Node, documents

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective, ServerBehindShell)
NAMES = r"(?i:^(?!.*(^|[/._-])(dev|develop|development|local|test|tests|testing|ci)([/._-]|$))(?!.*compose[\w.-]*\.ya?ml$).*\.ya?ml(\.(j2|tpl|tmpl))?$)"
TRIGGERS = (b"redis", b"valkey")

_KINDS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"}
_CONF = re.compile(r"(redis|valkey)[\w.-]*\.conf$|^master\.conf$|^replica\.conf$|^slave\.conf$", re.IGNORECASE)


def read(source: Source) -> Iterator[Fact]:
    """Each container whose image is a store, and each configuration of one."""
    if not re.search(r"(?m)^\s*kind:", source.text):
        return
    try:
        roots = documents(source)
    except Unreadable:
        if "{{" in source.text:
            # A Helm template may be no YAML before it is filled in; what it makes is not ours to guess.
            return
        raise
    for root in roots:
        for node in (root, *items(root, "items")):
            kind = node.get("kind")
            if kind is not None and kind.text == "ConfigMap":
                yield from _configurations(source, node)
            elif kind is not None and kind.text in _KINDS:
                yield from _workload(source, node, kind.text)


def _configurations(source: Source, node: Node) -> Iterator[Fact]:
    name, data = node.get("metadata", "name"), node.get("data")
    for key, value in data.pairs if data else ():
        if _CONF.search(key.text) and value.kind == "scalar":
            shift = 1 if value.block else 0

            def locate(number: int, width: int, value: Node = value, shift: int = shift) -> Place:
                line = value.place.line + shift + number - 1
                return Place(source.path, line, value.place.column, line, value.place.column + max(width, 1))

            kind = "sentinel" if "sentinel" in key.text else "redis"
            yield from lines_of(value.text.replace("‥", HOLE), f"{source.path}#{name.text if name else ''}/{key.text}", kind, locate)


def _workload(source: Source, node: Node, kind: str) -> Iterator[Fact]:
    spec = node.get("spec") if kind == "Pod" else node.get("spec", "template", "spec")
    containers = spec.get("containers") if spec else None
    name = node.get("metadata", "name")
    claims = {claim.text for each in items(node, "spec", "volumeClaimTemplates") if (claim := each.get("metadata", "name"))}
    volumes = {label.text: each for each in items(spec, "volumes") if (label := each.get("name"))}
    for container in items(containers):
        image = container.get("image")
        if image is None or not is_store(filled(image.text)):
            continue
        label = container.get("name")
        file = f"{source.path}#{kind}/{name.text if name else ''}/{label.text if label else ''}"
        mounts, files = _mounts(container, volumes, claims)
        words = [Word(filled(item.text), item.place) for key in ("command", "args") for item in items(container, key)]
        ran = server_words(words)
        written = filled(image.text)
        yield StoreService(
            place=image.place,
            file=file,
            platform="kubernetes",
            image="" if HOLE in written else written,
            controller=kind,
            mounts=tuple(mounts),
            is_whole=ran is not None and "{{" not in source.text,
        )
        yield from directives(ran or [], file, written, files)
        if container.get("lifecycle", "preStop") is None:
            yield from behind_shell(words, file, written)


def _mounts(container: Node, volumes: dict[str, Node], claims: set[str]) -> tuple[list[StoreMount], dict[str, str]]:
    mounts: list[StoreMount] = []
    files: dict[str, str] = {}
    for mount in items(container, "volumeMounts"):
        name, path, part = (each.text if (each := mount.get(key)) else "" for key in ("name", "mountPath", "subPath"))
        volume = volumes.get(name)
        config = volume.get("configMap", "name") if volume else None
        if config is not None:
            files[path] = f"configmap:{config.text}/{part}" if part else f"configmap:{config.text}"
        elif volume is not None and volume.get("emptyDir") is not None:
            medium = volume.get("emptyDir", "medium")
            mounts.append(StoreMount(place=mount.place, target=path, kind="memory" if medium and medium.text == "Memory" else "pod", name=name))
        elif volume is not None or name in claims:
            mounts.append(StoreMount(place=mount.place, target=path, kind="volume", name=name))
    return mounts, files
