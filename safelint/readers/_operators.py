"""Stores that an operator runs: what a custom resource says about where the data lies, and about the server's options.

As documented by the operators: Spotahome's RedisFailover keeps its data in the pod unless it is given a claim, and takes lines of a configuration as
a list; OpsTree's Redis has storage where it says so; KubeDB's is durable unless its type of storage is Ephemeral.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreMount, StoreService
from safelint.readers import Source
from safelint.readers._redis import arguments_of
from safelint.readers._service import filled
from safelint.readers._yaml import Node
from safelint.redis.lines import Unbalanced, split
from safelint.values import Known

_MAKERS = ("databases.spotahome.com", "redis.redis.opstreelabs.in", "kubedb.com")
_KINDS = {"RedisFailover", "Redis", "RedisReplication", "RedisCluster", "Valkey"}


def of_operator(source: Source, node: Node) -> Iterator[Fact]:
    """The store of one custom resource; nothing for a resource of another kind."""
    version, kind = node.get("apiVersion"), node.get("kind")
    maker = next((each for each in _MAKERS if version is not None and version.text.startswith(each)), None)
    if maker is None or kind is None or kind.text not in _KINDS:
        return
    name = node.get("metadata", "name")
    file = f"{source.path}#{kind.text}/{name.text if name else ''}"
    lines: list[StoreDirective] = []
    if maker == _MAKERS[0]:
        storage = node.get("spec", "redis", "storage", "persistentVolumeClaim")
        custom = node.get("spec", "redis", "customConfig")
        image = node.get("spec", "redis", "image")
        lines = [_line(file, item) for item in (custom.items if custom else ())]
        place = custom.place if custom is not None else kind.place
        # What the operator writes above those lines.
        lines = [*(StoreDirective(place=place, file=file, kind="redis", name="save", arguments=tuple(map(Known, each))) for each in _SNAPSHOTS), *lines]
    elif maker == _MAKERS[1]:
        storage, image = node.get("spec", "storage", "volumeClaimTemplate"), node.get("spec", "kubernetesConfig", "image")
    else:
        durable = node.get("spec", "storageType")
        storage, image = (None if durable is not None and durable.text == "Ephemeral" else node), None
    lies: Literal["volume", "pod"] = "pod" if storage is None else "volume"
    where = storage.place if storage is not None and storage is not node else kind.place
    yield StoreService(
        place=image.place if image is not None else kind.place,
        file=file,
        platform="kubernetes",
        image=filled(image.text).partition("@")[0] if image is not None and not image.has_hole else "",
        controller=kind.text,
        mounts=(StoreMount(place=where, target="/data", kind=lies, name=""),),
        is_whole="{{" not in source.text,
    )
    yield from lines


_SNAPSHOTS = (("900", "1"), ("300", "10"))


def _line(file: str, item: Node) -> StoreDirective:
    try:
        words = split(item.text)
    except Unbalanced:
        words = ()
    name = words[0].lower() if words else ""
    return StoreDirective(place=item.place, file=file, kind="redis", name=name, arguments=tuple(arguments_of(name, words[1:])), words_match=bool(words))
