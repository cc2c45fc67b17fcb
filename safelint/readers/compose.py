"""Compose files: the services that run a store, their options, where their data lies."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreMount, StoreService
from safelint.readers import Source
from safelint.readers._redis import HOLE
from safelint.readers._service import Word, directives, filled, is_store, server_words, words_of
from safelint.readers._shell_form import behind_shell
from safelint.readers._yaml import Node, documents

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective, ServerBehindShell)
NAMES = (
    r"(?i:^(?!.*[/._-](dev|develop|development|local|test|tests|testing|ci|override|debug)([/._-]|$))(.*/)?((docker|podman)-)?(compose|stack)[\w.-]*\.ya?ml$)"
)
TRIGGERS = (b"redis", b"valkey")


def read(source: Source) -> Iterator[Fact]:
    """Each service whose image is a store."""
    for root in documents(source):
        services = root.get("services")
        for name, service in services.pairs if services else ():
            image = service.get("image")
            if image is not None and is_store(filled(image.text)):
                yield from _service(source, name, service, image)


def _service(source: Source, name: Node, service: Node, image: Node) -> Iterator[Fact]:
    file = f"{source.path}#{name.text}"
    mounts: list[StoreMount] = []
    files: dict[str, str] = {}
    for mount in _mounts(service):
        if isinstance(mount, StoreMount):
            mounts.append(mount)
        else:
            files[mount[0]] = mount[1]
    words = _words(service.get("entrypoint"))
    rest = _words(service.get("command"))
    ran = None if words is None or rest is None else server_words([*words, *rest])
    written = filled(image.text)
    yield StoreService(
        place=image.place,
        file=file,
        platform="compose",
        image="" if HOLE in written else written,
        controller="",
        mounts=tuple(mounts),
        is_whole=ran is not None and service.get("extends") is None,
    )
    yield from directives(ran or [], file, written, files)
    yield from behind_shell([*(words or []), *(rest or [])], file, written)


def _words(node: Node | None) -> list[Word] | None:
    if node is None or node.is_null:
        return []
    if node.kind == "sequence":
        return [Word(filled(item.text), item.place) for item in node.items]
    words = words_of(filled(node.text))
    return None if words is None else [Word(word, node.place) for word in words]


def _mounts(service: Node) -> Iterator[StoreMount | tuple[str, str]]:
    volumes = service.get("volumes")
    for item in volumes.items if volumes else ():
        if item.kind == "mapping":
            kind, target, origin = (node.text if (node := item.get(key)) else "" for key in ("type", "target", "source"))
        else:
            origin, _, rest = filled(item.text).rpartition(":") if filled(item.text).count(":") == 1 else filled(item.text).partition(":")
            target = rest.partition(":")[0] if origin else filled(item.text)
            kind = "bind" if origin.startswith((".", "/", "~")) else "volume"
        if kind == "bind" and origin.startswith("."):
            yield target, origin
        if target:
            yield StoreMount(place=item.place, target=target, kind="memory" if kind == "tmpfs" else "volume", name=origin)
    tmpfs = service.get("tmpfs")
    for item in [*(tmpfs.items if tmpfs else ()), *([tmpfs] if tmpfs and tmpfs.kind == "scalar" else ())]:
        yield StoreMount(place=item.place, target=item.text.partition(":")[0], kind="memory", name="")
    configs = service.get("configs")
    for item in configs.items if configs else ():
        if item.kind == "mapping" and (target_node := item.get("target")) and (origin_node := item.get("source")):
            yield target_node.text, origin_node.text
