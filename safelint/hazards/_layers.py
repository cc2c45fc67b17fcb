"""Containers described in layers: a service that stands on another one, or on what a Dockerfile starts, says what that one does not."""

from __future__ import annotations

import posixpath

from safelint.facts.store import StoreDirective, StoreService
from safelint.records import replace
from safelint.values import Known, text_of

# A chain of more is a circle, or a riddle.
_MOST_LAYERS = 6


def laid_over(services: dict[str, StoreService], by_file: dict[str, list[StoreDirective]]) -> tuple[dict[str, StoreService], dict[str, set[str]]]:
    """(each service with what it takes from those that it is a layer on, the names of these); the lines that it takes are put in place.

    A layer on nothing that is there is no store.
    """
    found: dict[str, StoreService] = {}
    layers: dict[str, set[str]] = {}
    for file, service in services.items():
        below: set[str] = set()
        while service.parent and len(below) < _MOST_LAYERS:
            parent = next((name for name in _candidates(service.parent, file, services) if name in services or by_file.get(name)), None)
            if parent is None and service.parent.startswith("maybe:"):
                service = replace(service, parent="", has_command=True)
            if parent is None or parent in below or parent == file:
                break
            below.add(parent)
            service = _on(service, services.get(parent), by_file.get(parent, []), file, by_file)
        if (not below and service.parent.startswith(("patch:", "image:"))) or (
            not service.image and service.platform == "compose" and not by_file.get(file) and (service.parent or below)
        ):
            by_file.pop(file, None)
            continue
        found[file] = replace(service, is_whole=False) if service.parent else service
        layers[file] = below
    return found, layers


def _candidates(parent: str, file: str, services: dict[str, StoreService]) -> list[str]:
    """The names under which the one below may be known, the likeliest first.

    A patch names no file: it means the manifest of the same kind and name, the nearest one. Another image is for the
    manifests below what its kustomization is made of.
    """
    kind, _, rest = parent.partition(":")
    if kind == "patch":
        parts = {each: each.partition("#")[2] for each, service in services.items() if not service.parent}
        same = [each for each, part in parts.items() if part == rest or (rest.endswith("/") and part.startswith(rest))]
        return sorted(same, key=lambda each: -len(posixpath.commonprefix([each, file])))
    if kind == "image":
        image, _, under = rest.partition(":")
        folders = under.split(",")
        return [
            each
            for each, service in sorted(services.items())
            if service.image.partition(":")[0] == image and not service.parent and any(f"{each.partition('#')[0]}/".startswith(f"{one}/") for one in folders)
        ]
    return _spellings(rest if kind == "maybe" else parent)


def _spellings(name: str) -> list[str]:
    """A compose file as a layer names it, and the other names that such a file has."""
    path, _, part = name.partition("#")
    stem, dot, ending = path.rpartition(".")
    folder, _, plain = stem.rpartition("/")
    other = plain.removeprefix("docker-") if plain.startswith("docker-") else f"docker-{plain}"
    stems = [stem, f"{folder}/{other}" if folder else other] if dot and ending in ("yml", "yaml") else []
    return [name, *(f"{each}.{kind}#{part}" for each in stems for kind in ("yml", "yaml") if f"{each}.{kind}#{part}" != name)]


def _on(layer: StoreService, below: StoreService | None, lines: list[StoreDirective], file: str, by_file: dict[str, list[StoreDirective]]) -> StoreService:
    """A service with what the one below it says."""
    if not layer.has_command:
        by_file[file] = [_rebased(line, file) for line in lines]
    if below is None:
        return replace(layer, parent="", has_command=True)
    targets = {mount.target for mount in layer.mounts}
    return replace(
        layer,
        image=layer.image or below.image,
        mounts=(*layer.mounts, *(mount for mount in below.mounts if mount.target not in targets)),
        is_whole=layer.is_whole and (below.is_whole or layer.has_command),
        parent=below.parent,
        has_command=layer.has_command or below.has_command,
    )


def _rebased(line: StoreDirective, file: str) -> StoreDirective:
    """The same line as one of another file: a path in it is told from there."""
    pattern = text_of(line.arguments[0]) if line.name == "include" and line.arguments else None
    if pattern is None or posixpath.isabs(pattern) or pattern.startswith(("configmap:", "tree:")):
        return replace(line, file=file)
    path = posixpath.join(posixpath.dirname(line.file.partition("#")[0]), pattern)
    return replace(line, file=file, arguments=(Known(posixpath.relpath(path, posixpath.dirname(file.partition("#")[0]) or ".")),))
