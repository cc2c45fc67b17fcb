"""A changed configuration of a store that clients no longer reach, or that takes no more from them: the sessions are there, for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, changed_stores, where
from safelint.hazards.store_config import confidence_of
from safelint.records import dataclass
from safelint.sources import Change

_PORT, _DATABASES = "6379", "16"  # where a configuration does not say
_LESS = 0.9  # of the old limit; 1g for 1gb is no less than people meant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreListensElsewhere(Hazard):
    """Clients that connect as they did reach nobody. `because` says what is different."""

    file: str
    setting: str
    because: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreBecameClusterNode(Hazard):
    """A store of its own becomes a node of a cluster that does not exist yet, and answers nobody until it does."""

    file: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHasFewerDatabases(Hazard):
    """Databases by number are gone, and with them who keeps sessions there. `effect` says how."""

    file: str
    old: int
    new: int
    effect: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStartsRefusing(Hazard):
    """A store that throws nothing away may hold less than before: once it is full every write is refused."""

    file: str
    old: str
    new: str
    confidence: Confidence = "medium"


def of_change(change: Change) -> Iterator[Hazard]:
    """What differs for each configuration that is at both sides."""
    for base, head in changed_stores(change):
        yield from _elsewhere(base, head)
        yield from _cluster(base, head)
        yield from _databases(base, head)
        yield from _refusing(base, head)


def _elsewhere(base: Store, head: Store) -> Iterator[Hazard]:
    before, after = base.configuration, head.configuration
    old, new = before.get("port", _PORT), after.get("port", _PORT)
    setting, because = "", ""
    if old and new and old != new and old != "0":
        encrypted = after.get("tls-port", "0") not in ("0", None)
        setting = "port"
        because = (
            f"it answers in TLS alone, and no longer at port {old} as before" if new == "0" and encrypted else f"it listens at port {new} and not at {old}"
        )
        if new == "0" and not encrypted:
            because = f"it listens at no port at all, where it was {old}"
    elif base.listens_to_others is not False and head.listens_to_others is False and after.settings.get("bind") != before.settings.get("bind"):
        setting, because = "bind", "it listens to its own machine alone"
    if setting:
        place, related, side = where(base, head, setting)
        yield StoreListensElsewhere(place=place, related=related, side=side, file=head.file, setting=setting, because=because, confidence=confidence_of(head))


def _cluster(base: Store, head: Store) -> Iterator[Hazard]:
    if base.configuration.get("cluster-enabled", "no") == "no" and head.configuration.get("cluster-enabled", "no") == "yes":
        place, related, side = where(base, head, "cluster-enabled")
        yield StoreBecameClusterNode(place=place, related=related, side=side, file=head.file, confidence=confidence_of(head))


def _databases(base: Store, head: Store) -> Iterator[Hazard]:
    old, new = (each.configuration.get("databases", _DATABASES) or "" for each in (base, head))
    if old.isdecimal() and new.isdecimal() and int(new) < int(old):
        place, related, side = where(base, head, "databases")
        log = base.configuration.keeps_log
        effect = "a client of one of those is refused" if log else "if one of those holds a single key, the server does not start"
        yield StoreHasFewerDatabases(
            place=place, related=related, side=side, file=head.file, old=int(old), new=int(new), effect=effect, confidence=confidence_of(head)
        )


def _refusing(base: Store, head: Store) -> Iterator[Hazard]:
    old, new = base.configuration.max_memory, head.configuration.max_memory
    if old and new and new < old * _LESS and head.configuration.get("maxmemory-policy", "noeviction") == "noeviction":
        place, related, side = where(base, head, "maxmemory")
        before, after = (" ".join(each or "" for each in store.configuration.settings["maxmemory"]) for store in (base, head))
        yield StoreStartsRefusing(place=place, related=related, side=side, file=head.file, old=before, new=after, confidence=confidence_of(head))
