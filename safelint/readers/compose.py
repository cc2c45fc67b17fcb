"""Compose files: the services that run a store, their options, where their data lies.

A service may be a layer on one of another file (`docker-compose.prod.yml` on `docker-compose.yml`, `extends`, the Dockerfile that it
is built from): then it names that one, and what it does not say itself is said there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreMount, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._images import bitnami, maker_of, shown
from safelint.readers._redis import HOLE
from safelint.readers._redis import directives as lines_of
from safelint.readers._service import Word, directives, filled, server_words, words_of
from safelint.readers._shell_form import behind_shell
from safelint.readers._yaml import Node, documents

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective, ServerBehindShell)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?!.*[/._-]override([/._-]|$)).*\.ya?ml$)"
TRIGGERS = (b"redis", b"valkey", b"keydb")

_COMPOSE = re.compile(r"(^|/)((docker|podman)-)?(compose|stack)[\w.-]*\.ya?ml$", re.IGNORECASE)
_LAYER = re.compile(r"^((?:docker-|podman-)?compose)[._-][\w.-]+(\.ya?ml)$", re.IGNORECASE)
_NAMED = re.compile(r"(^|[_-])(redis|valkey|keydb)([_-](server|store|master|primary|sessions?|db|data))?\d*$", re.IGNORECASE)
_DEVELOPERS = re.compile(rf"^(?!{NOT_FOR_DEVELOPERS})", re.IGNORECASE)


def read(source: Source) -> Iterator[Fact]:
    """Each service whose image is a store, or that is a layer on one."""
    if not _COMPOSE.search(source.path) and not re.search(r"(?m)^services:[ \t]*(#.*)?$", source.text):
        return
    for root in documents(source):
        services = root.get("services")
        found = False
        for name, service in services.pairs if services else ():
            if not _is_for_developers(service):
                facts = list(_service(source, root, name, _extended(services, service)))
                found = found or bool(facts)
                yield from facts
        if found:
            yield from _inline(source, root)


def _is_for_developers(service: Node) -> bool:
    """Whether it is started for developers alone, by its profiles."""
    profiles = service.get("profiles")
    return profiles is not None and bool(profiles.items) and all(_DEVELOPERS.match(each.text) for each in profiles.items)


def _mounts_source(root: Node) -> bool:
    """Whether a service runs the source tree as it lies there: then the file may be a developer's, and what it leaves out says nothing."""
    services = root.get("services")
    for _, service in services.pairs if services else ():
        volumes = service.get("volumes")
        for item in volumes.items if volumes else ():
            origin = item.get("source") if item.kind == "mapping" else None
            written = origin.text if origin is not None else item.text.partition(":")[0] if ":" in item.text else ""
            if written in (".", "./", "${PWD}", "$PWD"):
                return True
    return False


def _extended(services: Node | None, service: Node) -> Node:
    """A service with what it takes from another one of the same file."""
    seen: list[Node] = []
    while services is not None and len(seen) < 10:
        extends = service.get("extends")
        if extends is None or extends.get("file") is not None:
            break
        other = extends.get("service") or extends
        base = services.get(other.text) if other.kind == "scalar" else None
        if base is None or base.kind != "mapping" or base in seen:
            break
        seen.append(base)
        own = {key.text for key, _ in service.pairs}
        added = [pair for pair in base.pairs if pair[0].text not in own]
        service = Node("mapping", service.place, pairs=[*(pair for pair in service.pairs if pair[0].text != "extends"), *added])
    return service


def _service(source: Source, root: Node, name: Node, service: Node) -> Iterator[Fact]:
    image = service.get("image")
    written = filled(image.text) if image is not None else ""
    maker = maker_of(written) if image is not None else None
    parent = _parent(source.path, name.text, service)
    if maker is None and HOLE in written and _NAMED.search(name.text):
        maker = "other"  # a variable says what it is, its name what it is for
    if maker is None and (image is not None or not parent or not _NAMED.search(name.text)):
        return
    file = f"{source.path}#{name.text}"
    mounts, files = _lies(root, service)
    entry, command = service.get("entrypoint"), service.get("command")
    first, rest = _words(entry), _words(command)
    place = image.place if image is not None else name.place
    readable = first is not None and rest is not None
    words = [*(first or []), *(rest or [])]
    if maker == "bitnami":
        ran: list[Word] | None = words
        lines = list(bitnami(written, _environment(service), words, place, file, files)) if readable else []
    else:
        ran = server_words(words)
        lines = list(directives(ran or [], file, written, files))
    yield StoreService(
        place=place,
        file=file,
        platform="compose",
        image=shown(written),
        controller="",
        mounts=tuple(mounts),
        is_whole=readable
        and ran is not None
        and maker != "other"
        and not _mounts_source(root)
        and not (maker == "bitnami" and service.get("env_file") is not None),
        parent=parent,
        has_command=entry is not None or command is not None,
    )
    yield from lines
    yield from behind_shell(words, file, written)


def _parent(path: str, name: str, service: Node) -> str:
    """The service of another file that this one is a layer on; empty where there is none."""
    folder = posixpath.dirname(path)
    extends = service.get("extends")
    if extends is not None and (file := extends.get("file")) is not None:
        other = extends.get("service")
        return f"{posixpath.normpath(posixpath.join(folder, file.text))}#{other.text if other else name}"
    build = service.get("build")
    if service.get("image") is None and build is not None:
        context = build.get("context") if build.kind == "mapping" else build
        dockerfile = build.get("dockerfile")
        return posixpath.normpath(posixpath.join(folder, context.text if context else ".", dockerfile.text if dockerfile else "Dockerfile")) + "#CMD"
    layer = _LAYER.match(posixpath.basename(path))
    if layer is not None and service.get("image") is None:
        return f"{posixpath.join(folder, layer[1] + layer[2])}#{name}"
    return ""


def _words(node: Node | None) -> list[Word] | None:
    if node is None or node.is_null:
        return []
    if node.kind == "sequence":
        return [Word(filled(item.text), item.place) for item in node.items]
    words = words_of(filled(node.text))
    return None if words is None else [Word(word, node.place) for word in words]


def _environment(service: Node) -> dict[str, Word]:
    node = service.get("environment")
    if node is None:
        return {}
    if node.kind == "mapping":
        return {key.text: Word(filled(value.text), value.place) for key, value in node.pairs if value.kind == "scalar"}
    pairs = [(item.text.partition("="), item.place) for item in node.items]
    return {name: Word(filled(value), place) for (name, _, value), place in pairs}


def _lies(root: Node, service: Node) -> tuple[list[StoreMount], dict[str, str]]:
    """Where the container's folders lie, and what stands at which path of it."""
    mounts: list[StoreMount] = []
    files: dict[str, str] = {}
    volumes = service.get("volumes")
    for item in volumes.items if volumes else ():
        if item.kind == "mapping":
            kind, target, origin = (filled(node.text) if (node := item.get(key)) else "" for key in ("type", "target", "source"))
        else:
            parts = re.split(r":(?![\\/]{2})", filled(item.text))
            origin, target = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
            kind = "bind" if origin.startswith((".", "/", "~")) else "volume"
        if kind == "bind" and origin.startswith("."):
            files[target] = origin
        if target:
            if origin and kind == "volume":
                kind, origin = _declared(root, kind, origin)
            mounts.append(StoreMount(place=item.place, target=target, kind="memory" if kind == "tmpfs" else "volume", name=origin))
    tmpfs = service.get("tmpfs")
    in_memory = [*(tmpfs.items if tmpfs else ()), *([tmpfs] if tmpfs and tmpfs.kind == "scalar" else ())]
    mounts += [StoreMount(place=item.place, target=item.text.partition(":")[0], kind="memory", name="") for item in in_memory]
    configs = service.get("configs")
    for item in configs.items if configs else ():
        label, at = (item.get("source"), item.get("target")) if item.kind == "mapping" else (item, None)
        if label is not None:
            file = root.get("configs", label.text, "file")
            files[at.text if at else f"/{label.text}"] = file.text if file is not None else f"configmap:configs/{label.text}"
    return mounts, files


def _declared(root: Node, kind: str, name: str) -> tuple[str, str]:
    """(kind, name) of a volume as the file's list of volumes says: one in memory, or the name that it has outside of the file."""
    volume, project = root.get("volumes", name), root.get("name")
    if volume is not None:
        if (driver := volume.get("driver_opts", "type")) is not None and driver.text == "tmpfs":
            return "tmpfs", name
        if (outside := volume.get("name")) is not None:
            return kind, filled(outside.text)
        external = volume.get("external")
        if external is not None and external.text.lower() == "true":
            return kind, name
    # Without a name of its own the project is called as its folder, which the file does not say.
    return kind, f"{filled(project.text)}_{name}" if project is not None and HOLE not in filled(project.text) else name


def _inline(source: Source, root: Node) -> Iterator[Fact]:
    """Configurations that are written into the file itself."""
    configs = root.get("configs")
    for name, config in configs.pairs if configs else ():
        content = config.get("content")
        if content is None or content.kind != "scalar":
            continue
        shift = 1 if content.block else 0

        def locate(number: int, width: int, content: Node = content, shift: int = shift) -> Place:
            line = content.place.line + shift + number - 1
            return Place(source.path, line, content.place.column, line, content.place.column + max(width, 1))

        yield from lines_of(filled(content.text), f"{source.path}#configs/{name.text}", "redis", locate)
