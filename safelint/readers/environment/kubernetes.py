"""Kubernetes manifests: the environment of each container, and the ConfigMaps and Secrets that it comes from."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet, VariablesTaken
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.readers import Source, Unreadable
from safelint.readers._service import items
from safelint.readers._variables import VARIABLE_NAME, encrypted, in_manifest, variable
from safelint.readers._yaml import Node, documents
from safelint.secrets import seal
from safelint.values import Called, Known, Reference, Unknown, Value

YIELDS: tuple[type[Fact], ...] = (VariableSet, VariablesTaken)
NAMES = rf"(?i:^(?=.*\.ya?ml){NOT_FOR_DEVELOPERS}(?!.*compose[\w.-]*\.ya?ml$).*\.ya?ml(\.(j2|tpl|tmpl))?$)"
TRIGGERS = (b"containers", b"configmap", b"secret")

_KINDS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob", "Rollout", "DeploymentConfig", "Service"}
_HOLE = "‥"
_OF_INTEREST = re.compile(r"(?i)secret|session|cookie|jwt|signing|auth_?key")


def read(source: Source) -> Iterator[Fact]:
    """What containers are given, and what ConfigMaps, Secrets, sealed and external secrets hold."""
    if not re.search(r"(?m)^\s*kind:", source.text):
        return
    try:
        roots = documents(source)
    except Unreadable:
        if "{{" in source.text or not _OF_INTEREST.search(source.text):
            # A Helm template may be no YAML before it is filled in; what it makes is not ours to guess.
            return
        raise
    for root in roots:
        for node in (root, *items(root, "items")):
            kind = node.get("kind")
            name = _text(node.get("metadata", "name"))
            match kind.text if kind is not None else "":
                case "ConfigMap":
                    yield from _held(node.get("data"), f"ConfigMap/{name}", secret=False)
                case "Secret":
                    yield from _held(node.get("data"), f"Secret/{name}", secret=True, encoded=True)
                    yield from _held(node.get("stringData"), f"Secret/{name}", secret=True)
                case "SealedSecret":
                    yield from _sealed(node, _text(node.get("spec", "template", "metadata", "name")) or name)
                case "ExternalSecret":
                    yield from _external(node, _text(node.get("spec", "target", "name")) or name)
                case "Kustomization":
                    yield from _generated(source, node)
                case found if found in _KINDS:
                    yield from _workload(node, f"{found}/{name}")


def _text(node: Node | None) -> str:
    return node.text if node is not None and node.kind == "scalar" else ""


def _held(data: Node | None, scope: str, *, secret: bool, encoded: bool = False) -> Iterator[Fact]:
    for key, value in data.settings() if data is not None else ():
        if VARIABLE_NAME.fullmatch(key.text.replace("-", "_")) and value.kind == "scalar" and not (value.block and not secret):
            yield variable(value.place, key.text, _decoded(value.text) if encoded else in_manifest(value.text), scope, secret=secret)


def _decoded(text: str) -> Value:
    if _HOLE in text or "{{" in text or "$" in text:
        return Unknown("a template fills it in")
    if (found := encrypted(text)) is not None:
        return found
    try:
        return Known(base64.b64decode("".join(text.split()), validate=True).decode("latin-1"))
    except (binascii.Error, ValueError):
        return Known(text) if re.search(r"<.*>|change|replace|your", text, re.IGNORECASE) else Unknown("it is not base64")


def _sealed(node: Node, name: str) -> Iterator[Fact]:
    data = node.get("spec", "encryptedData")
    for key, value in data.settings() if data is not None else ():
        if value.kind == "scalar":
            yield variable(value.place, key.text, Called("kubeseal", (seal(Known(value.text)),)), f"Secret/{name}")


def _external(node: Node, name: str) -> Iterator[Fact]:
    """A secret that an operator fetches: what is known is from where."""
    for item in items(node, "spec", "data"):
        key, remote = item.get("secretKey"), item.get("remoteRef")
        if key is not None and remote is not None:
            parts = [_text(remote.get(each)) for each in ("key", "property", "version")]
            source = "/".join(["external", *[each for each in parts if each]])
            yield VariableSet(place=remote.place, name=key.text, value=Reference(source), scope=f"Secret/{name}")


def _generated(source: Source, node: Node) -> Iterator[Fact]:
    """ConfigMaps and Secrets that kustomize makes."""
    for generator, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for item in items(node, generator):
            scope = f"{kind}/{_text(item.get('name'))}"
            for path in (*items(item, "envs"), *([single] if (single := item.get("env")) is not None else [])):
                found = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), path.text))
                yield VariablesTaken(place=path.place, source=found, scope=scope)
            for literal in items(item, "literals"):
                name, _, text = literal.text.partition("=")
                if VARIABLE_NAME.fullmatch(name.replace("-", "_")):
                    yield variable(literal.place, name, in_manifest(text), scope, secret=kind == "Secret")


def _workload(node: Node, scope: str) -> Iterator[Fact]:
    for path in (("spec",), ("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec")):
        for container in items(node, *path, "containers"):
            yield from _container(container, f"{scope}/{_text(container.get('name'))}")


def _container(container: Node, scope: str) -> Iterator[Fact]:
    for item in items(container, "envFrom"):
        for reference, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if name := _text(item.get(reference, "name")):
                yield VariablesTaken(place=item.place, source=f"{kind}/{name}", scope=scope, prefix=_text(item.get("prefix")))
    yield from listed(container.get("env"), scope)


def listed(env: Node | None, scope: str) -> Iterator[Fact]:
    """Variables as a manifest lists them: names with a value, or with the key of a Secret or ConfigMap."""
    for item in env.items if env is not None else ():
        name = _text(item.get("name"))
        if not VARIABLE_NAME.fullmatch(name):
            continue
        if (value := item.get("value")) is not None and value.kind == "scalar":
            yield variable(value.place, name, in_manifest(value.text), scope)
        for reference, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if (taken := item.get("valueFrom", reference)) is not None:
                holder, key = _text(taken.get("name")), _text(taken.get("key"))
                known = holder and key and _HOLE not in holder + key and "{{" not in holder + key
                value_from: Value = Reference(f"{kind}/{holder}/{key}") if known else Unknown("a template fills it in")
                yield VariableSet(place=taken.place, name=name, value=value_from, scope=scope)
