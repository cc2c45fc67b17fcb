"""A store in a container: what is left of its data when the container is replaced, and what another image makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, head_file, stores
from safelint.hazards.store_config import confidence_of
from safelint.places import Place, Related
from safelint.records import dataclass
from safelint.redis.servers import Server, server_of
from safelint.sources import Change, Side

# The first number of the files that a server writes, and what it refuses of others: Redis 7.4 and 8.2 write newer ones
# than 7.0, and Valkey and Redis have gone their own ways since.
_READS = {
    "redis 6.2": {"redis 6.2"},
    "redis 7.0": {"redis 6.2", "redis 7.0"},
    "redis 7.2": {"redis 6.2", "redis 7.0", "redis 7.2", "valkey 8"},
    "redis 7.4": {"redis 6.2", "redis 7.0", "redis 7.2", "valkey 8", "redis 7.4"},
    "redis 8.2": {"redis 6.2", "redis 7.0", "redis 7.2", "valkey 8", "redis 7.4", "redis 8.2"},
    "valkey 8": {"redis 6.2", "redis 7.0", "redis 7.2", "valkey 8"},
    "valkey 9.1": {"redis 6.2", "redis 7.0", "redis 7.2", "valkey 8", "valkey 9.1"},
}
# Not measured: by the number of the format that these two are documented to write, 11, between that of Redis 7.0 and 7.4.
_BETWEEN = re.compile(r"(?P<valkey>valkey[^/:]*:v?[78](?![0-9]))|:v?7\.[23](?![0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDataNotKept(Hazard):
    """What the store writes goes with its container. `lies` says where it writes: `memory`, `pod` (emptyDir), `nowhere` (no volume there)."""

    file: str
    lies: Literal["memory", "pod", "nowhere"]
    folder: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreImageUnfit(Hazard):
    """The new image's server can't read what the old one wrote. `effect`: `empty` (it starts without it) or `down` (it does not start)."""

    file: str
    old: str
    new: str
    effect: Literal["empty", "down"]
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVolumeTaken(Hazard):
    """The volume under the store's folder is another one, or none, from this change on."""

    file: str
    folder: str
    old: str
    new: str


def of_state(side: Side) -> Iterator[Hazard]:
    """Each touched container whose data does not outlive it."""
    for store in stores(side):
        service = store.service
        if (
            service is None
            or store.kind != "redis"
            or not store.is_judged
            or store.configuration.left_after("shutdown") != "all"
            or not store.folder.startswith("/")
        ):
            continue
        mount = store.mount
        lies: Literal["memory", "pod", "nowhere"]
        if mount is None:
            # Compose keeps the folder of an official image until somebody says `down`.
            lies, place = "nowhere", service.place
        elif mount.kind in ("memory", "pod"):
            lies, place = ("memory" if mount.kind == "memory" else "pod"), mount.place
        else:
            continue
        confidence: Confidence = "medium" if store.configuration.keeps_log else "low"
        yield StoreDataNotKept(place=place, file=store.file, lies=lies, folder=store.folder, confidence=confidence)


def of_change(change: Change) -> Iterator[Hazard]:
    """What a change of a container's image or volumes does to what is there."""
    heads = {store.file: store for store in stores(change.head)}
    for base in stores(change.base):
        head = heads.get(head_file(change, base.file))
        if head is None or base.service is None or head.service is None or not base.is_judged or base.configuration.left_after("shutdown") != "all":
            continue
        yield from _image(base, head)
        yield from _volume(base, head)


def _image(base: Store, head: Store) -> Iterator[Hazard]:
    if base.service is None or head.service is None:
        return
    old, new = server_of(base.service.image), server_of(head.service.image)
    relaxed = head.configuration.get("rdb-version-check", "strict") == "relaxed"
    if old is None or new is None or (relaxed and new.is_valkey) or base.mount is None or base.mount.kind != "volume":
        return
    if _format(base.service.image, old) in _READS[_format(head.service.image, new)]:
        return
    effect: Literal["empty", "down"] = "empty" if new.is_old and base.configuration.keeps_log else "down"
    yield StoreImageUnfit(
        place=head.service.place,
        file=head.file,
        old=_shown(base.service.image, old),
        new=_shown(head.service.image, new),
        effect=effect,
        confidence=confidence_of(base),
        related=(Related(base.service.place, "it was this image", "base"),),
    )


def _format(image: str, server: Server) -> str:
    """The server whose files these are like."""
    found = _BETWEEN.search(image.lower().partition("@")[0])
    return server.name if found is None else "valkey 8" if found["valkey"] else "redis 7.2"


def _shown(image: str, server: Server) -> str:
    return image or server.name


def _volume(base: Store, head: Store) -> Iterator[Hazard]:
    old, new = base.mount, head.mount
    if old is None or old.kind != "volume" or head.service is None:
        return
    if new is not None and (new.kind, new.name) == (old.kind, old.name):
        return
    if new is not None and new.kind == "volume" and (new.name.endswith(f"_{old.name}") or old.name.endswith(f"_{new.name}")):
        # The project was given a name, or has lost it: it may be that of the folder, which it had before.
        return
    place: Place = new.place if new is not None else head.service.place
    # A bind mount may name the same folder in another way; only names of volumes are sure.
    if new is not None and new.kind == "volume" and (old.name.startswith((".", "/", "~", "$")) or new.name.startswith((".", "/", "~", "$"))):
        return
    yield StoreVolumeTaken(
        place=place,
        file=head.file,
        folder=head.folder,
        old=old.name or "a volume",
        new="none" if new is None else new.name or {"memory": "memory", "pod": "a folder of the pod"}.get(new.kind, "a volume"),
        related=(Related(old.place, "it was this volume", "base"),),
    )
