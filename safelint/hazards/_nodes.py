"""Stores that belong together: a master and its replicas, and the Sentinels that watch them.

That they do, no file says outright. Those whose files lie together are taken for one set; where several masters lie
there, the name that a Sentinel gives its master, or its address, must tell which one it means.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from safelint.hazards._configurations import Store, all_stores, stores
from safelint.records import dataclass
from safelint.sources import Side

# Folders that only say what lies in them.
_PARTS = {"redis", "valkey", "sentinel", "sentinels", "master", "primary", "replica", "replicas", "slave", "conf", "config", "configs", "etc"}


@dataclass(slots=True)
class Nodes:
    """The stores of one place: what watches, and the data servers of one master."""

    sentinels: list[Store]
    masters: list[Store]
    replicas: list[Store]

    @property
    def servers(self) -> list[Store]:
        """All that hold data."""
        return [*self.masters, *self.replicas]

    def master_of(self, replica: Store) -> Store | None:
        """The store that a replica follows; None where that can't be told."""
        host = (replica.configuration.settings.get("replicaof") or ("",))[0] or ""
        named = [each for each in self.masters if "#" in each.file and host.split(".")[0] in each.file.partition("#")[2].split("/")]
        if named:
            return named[0]
        return self.masters[0] if len(self.masters) == 1 and not any("#" in each.file for each in self.servers) else None


def nodes(side: Side) -> Iterator[Nodes]:
    """Each set of stores of which the change touches one."""
    touched = {_place(store) for store in stores(side)}
    by_place: dict[str, list[Store]] = {}
    for store in all_stores(side) if touched else ():
        by_place.setdefault(_place(store), []).append(store)
    for place in sorted(touched):
        servers = [store for store in by_place[place] if store.kind == "redis" and not store.refusals]
        sentinels = [store for store in by_place[place] if store.kind == "sentinel"]
        masters = [store for store in servers if not store.configuration.settings.get("replicaof")]
        replicas = [store for store in servers if store.configuration.settings.get("replicaof")]
        if len(masters) <= 1:
            yield Nodes(sentinels, masters, replicas)
            continue
        for master in masters:
            watching = [each for each in sentinels if any(word and word in master.file for word in _names(each))]
            found = Nodes([], masters, [])
            yield Nodes(watching, [master], [each for each in replicas if found.master_of(each) is master])


def _names(sentinel: Store) -> set[str]:
    """What a Sentinel calls its masters, and where it finds them."""
    words = {each.arguments[:3] for line in sentinel.lines if (each := line).name == "sentinel"}
    texts = [[getattr(word, "value", "") for word in each] for each in words]
    return {name for each in texts if each[:1] == ["monitor"] for name in each[1:] if isinstance(name, str) and not name.replace(".", "").isdigit()}


def _place(store: Store) -> str:
    folder = posixpath.dirname(store.file.partition("#")[0])
    while posixpath.basename(folder) in _PARTS:
        folder = posixpath.dirname(folder)
    return folder
