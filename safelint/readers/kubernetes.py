"""Kubernetes manifests: the pods that run a store, their options, their volumes, and configurations kept in a ConfigMap.

A container without an image is a patch: a layer on the manifest of the same name, which says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from safelint.facts import Fact, NotUnderstood
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreMount, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._images import bitnami, maker_of, shown
from safelint.readers._operators import of_operator
from safelint.readers._redis import HOLE
from safelint.readers._redis import directives as lines_of
from safelint.readers._service import Word, directives, filled, items, server_words
from safelint.readers._shell import pipelines
from safelint.readers._shell_form import behind_shell
from safelint.readers._yaml import Node
from safelint.readers._yaml_holes import around_holes

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective, ServerBehindShell)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?!.*compose[\w.-]*\.ya?ml$)(?!(.*/)?kustomization\.ya?ml$).*\.ya?ml(\.(j2|tpl|tmpl))?$)"
TRIGGERS = (b"redis", b"valkey", b"keydb")

WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "DeploymentConfig", "Pod"}
_CONF = re.compile(r"(redis|valkey)[\w.-]*\.conf$|^master\.conf$|^replica\.conf$|^slave\.conf$", re.IGNORECASE)
_NAMED = re.compile(r"(^|[-_.])(redis|valkey|keydb)([-_](server|master|primary|node|db|store|sessions?))?$", re.IGNORECASE)
_MATTERS = re.compile(r"(?im)^\s*(-\s+)?image:.*\b(redis|valkey|keydb)\b|^\s*(redis|valkey)[\w.-]*\.conf:")


def is_configuration(key: str) -> bool:
    """Whether what stands under this key of a ConfigMap is a store's configuration."""
    return _CONF.search(key) is not None


def read(source: Source) -> Iterator[Fact]:
    """Each container whose image is a store, and each configuration of one."""
    if not re.search(r"(?m)^\s*kind:", source.text):
        return
    roots, failed = around_holes(source)
    for root in roots:
        yield from of_document(source, root)
    for place, why in failed:
        end = source.text.find("\n---", len("\n".join(source.text.split("\n")[: place.line])))
        part = source.text[: None if end < 0 else end].split("\n", place.line - 1)[-1]
        if _MATTERS.search(part):
            yield NotUnderstood(place=place, what="a manifest of a store", why=why)


def of_document(source: Source, root: Node) -> Iterator[Fact]:
    """What one document says, also those that a list or a template of OpenShift's holds."""
    given = {name.text: value.text for each in items(root, "parameters") if (name := each.get("name")) and (value := each.get("value"))}
    for node in (root, *items(root, "items"), *items(root, "objects")):
        kind = node.get("kind")
        if kind is not None and kind.text == "ConfigMap":
            yield from _configurations(source, node)
        elif kind is not None and kind.text in WORKLOADS:
            yield from _workload(source, node, kind.text, given)
        elif kind is not None:
            yield from of_operator(source, node)


def _configurations(source: Source, node: Node) -> Iterator[Fact]:
    name, data = node.get("metadata", "name"), node.get("data")
    for key, value in data.pairs if data else ():
        if is_configuration(key.text) and value.kind == "scalar":
            shift = 1 if value.block else 0

            def locate(number: int, width: int, value: Node = value, shift: int = shift) -> Place:
                line = value.place.line + shift + number - 1
                return Place(source.path, line, value.place.column, line, value.place.column + max(width, 1))

            kind = "sentinel" if "sentinel" in key.text else "redis"
            yield from lines_of(value.text.replace("‥", HOLE), f"{source.path}#{name.text if name else ''}/{key.text}", kind, locate)


def _workload(source: Source, node: Node, kind: str, given: Mapping[str, str]) -> Iterator[Fact]:
    spec = node.get("spec") if kind == "Pod" else node.get("spec", "template", "spec")
    name = node.get("metadata", "name")
    claims = {claim.text for each in items(node, "spec", "volumeClaimTemplates") if (claim := each.get("metadata", "name"))}
    volumes = {label.text: each for each in items(spec, "volumes") if (label := each.get("name"))}
    for container in items(spec, "containers"):
        image, label = container.get("image"), container.get("name")
        written = _filled(image.text, given) if image is not None else ""
        maker = maker_of(written) if image is not None else None
        named = any(each is not None and _NAMED.search(each.text) for each in (label, name))
        if maker is None and HOLE in written and named:
            maker = "other"  # what it is a template says; what it is for its name does
        if maker is None and (image is not None or not named):
            continue
        part = f"workload/{name.text if name else ''}/{label.text if label else ''}"
        file = f"{source.path}#{part}"
        mounts, files = _mounts(container, volumes, claims)
        files |= _copied(spec, volumes, claims)
        words = [Word(_filled(item.text, given), item.place) for key in ("command", "args") for item in items(container, key)]
        place = image.place if image is not None else (label or container).place
        ran = words if maker == "bitnami" else server_words(words)
        yield StoreService(
            place=place,
            file=file,
            platform="kubernetes",
            image=shown(written),
            controller=kind,
            mounts=tuple(mounts),
            is_whole=ran is not None and maker != "other" and "{{" not in source.text and not (maker == "bitnami" and items(container, "envFrom")),
            parent="" if image is not None else f"patch:{part}",
            has_command=image is not None or bool(words),
        )
        if maker == "bitnami":
            yield from bitnami(written, _environment(container), words, place, file, files)
        else:
            yield from directives(ran or [], file, written, files)
        if container.get("lifecycle", "preStop") is None:
            yield from behind_shell(words, file, written)


def _filled(text: str, given: Mapping[str, str]) -> str:
    """A text with the parameters of OpenShift's template that have a value."""
    return filled(re.sub(r"\$\{(\w+)\}", lambda found: given.get(found[1], found[0]), text))


def _environment(container: Node) -> dict[str, Word]:
    found = {}
    for item in items(container, "env"):
        name, value = item.get("name"), item.get("value")
        if name is not None:
            # What a secret or a field gives is not in the text.
            found[name.text] = Word(filled(value.text), value.place) if value is not None else Word(HOLE, item.place)
    return found


def _mounts(container: Node, volumes: dict[str, Node], claims: set[str]) -> tuple[list[StoreMount], dict[str, str]]:
    mounts: list[StoreMount] = []
    files: dict[str, str] = {}
    for mount in items(container, "volumeMounts"):
        name, path, part = (each.text if (each := mount.get(key)) else "" for key in ("name", "mountPath", "subPath"))
        volume = volumes.get(name)
        config = volume.get("configMap", "name") if volume else None
        if config is not None:
            files[path] = f"configmap:{config.text}/{part}" if part else f"configmap:{config.text}"
        elif volume is not None and (volume.get("emptyDir") is not None or volume.get("ephemeral") is not None):
            medium = volume.get("emptyDir", "medium")
            mounts.append(StoreMount(place=mount.place, target=path, kind="memory" if medium and medium.text == "Memory" else "pod", name=name))
        elif volume is not None or name in claims:
            claim = volume.get("persistentVolumeClaim", "claimName") if volume else None
            mounts.append(StoreMount(place=mount.place, target=path, kind="volume", name=filled(claim.text) if claim else name))
    return mounts, files


def _copied(spec: Node | None, volumes: dict[str, Node], claims: set[str]) -> dict[str, str]:
    """What an init container copies from a ConfigMap to where the server looks for it."""
    found: dict[str, str] = {}
    for container in items(spec, "initContainers"):
        _, files = _mounts(container, volumes, claims)
        for item in [*items(container, "command"), *items(container, "args")]:
            for pipeline in pipelines(item.text):
                words = [word for word in pipeline[0].words if not word.startswith("-")]
                if len(words) == 3 and words[0] == "cp" and (origin := _origin(words[1], files)) is not None:
                    target = words[2] if words[2].endswith(".conf") else f"{words[2].rstrip('/')}/{words[1].rpartition('/')[2]}"
                    found[target] = origin
    return found


def _origin(path: str, files: dict[str, str]) -> str | None:
    for target, origin in files.items():
        if path == target:
            return origin
        if path.startswith(f"{target.rstrip('/')}/"):
            return f"{origin}/{path[len(target.rstrip('/')) + 1 :]}"
    return None
