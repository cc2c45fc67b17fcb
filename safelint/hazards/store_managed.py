"""Stores that a cloud runs, described in Terraform: what a plan destroys, and what is left when a node goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from safelint.facts import Fact
from safelint.findings import Confidence, Impact
from safelint.hazards import Hazard
from safelint.hazards._managed import DESCENTS, POLICIES, REPLACES, Managed, concerned, confidence_of, descends, difference, folder_of, moves, stores
from safelint.hazards.store_config import StoreEvicts
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change, Side
from safelint.values import Known, Value, describe, text_of

_SNAPSHOTS = ("snapshot_name", "snapshot_arns")
# ElastiCache and Azure evict where nothing else is said; documented by both.
_EVICT_BY_THEMSELVES = ("aws_elasticache_replication_group", "aws_elasticache_cluster", "azurerm_redis_cache")
_LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedStoreReplaced(Hazard):
    """Terraform destroys the store and creates another one, because the provider can't change this setting of one that runs.

    `from_snapshot` where the new one is filled from a snapshot: then the sessions since that snapshot are lost.
    """

    store: str
    setting: str
    old: str
    new: str
    from_snapshot: bool
    impact: Impact
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedStoreDestroyed(Hazard):
    """The store's resource is not in the text any more: a plan destroys it. `kind`: `renamed` where another one stands in its place."""

    store: str
    kind: Literal["renamed", "removed"]
    new: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedStoreForgets(Hazard):
    """One node, and nothing that its data could come back from. `why` says by which setting."""

    store: str
    why: str
    confidence: Confidence


def of_state(side: Side) -> Iterator[Hazard]:
    """Each store of a touched folder that evicts, or is gone with its one node."""
    folders = concerned(side)
    if not folders:
        return
    found = stores(side, folders)
    before = {(each.folder, each.address): each for each in stores(side.before, folders)} if side.before and any(map(_forgets, found)) else {}
    for store in found:
        if store.is_other:
            continue
        yield from _evicts(store, found)
        # A cache, or a queue, that is gone with its node is what it is meant to be.
        if (forgets := _forgets(store)) is not None and confidence_of(store) != "low":
            fact, why, is_said = forgets
            old = before.get((store.folder, store.address))
            weakened = old is not None and _forgets(old) is None
            confidence: Confidence = confidence_of(store) if weakened or is_said or store.says_sessions else "low"
            yield ManagedStoreForgets(place=fact.place, store=store.address, why=why, confidence="medium" if confidence == "high" else confidence)


def _evicts(store: Managed, others: list[Managed]) -> Iterator[Hazard]:
    confidence: Confidence = "low" if confidence_of(store) == "low" else "medium"
    for setting in POLICIES:
        policy = (text_of(store.get(setting)) or "").replace("_", "-")
        if policy and policy != "noeviction":
            used_by = [each for each in others if each.folder == store.folder and _uses(each, store)]
            if used_by and all(confidence_of(each) == "low" for each in used_by):
                confidence = "low"
            yield _eviction(store, store.fact_of(setting), policy, _LOWER[confidence] if setting in store.by_default else confidence)
            return
        if store.get(setting) is not None:
            return
    group = text_of(store.get("parameter_group_name"))
    is_default = store.get("parameter_group_name") is None or (group or "").startswith("default.")
    if store.fact.kind in _EVICT_BY_THEMSELVES and is_default and not any("*" in name for name in store.settings):
        yield _eviction(store, store.fact, "volatile-lru", "medium" if store.says_sessions else "low")


def _eviction(store: Managed, fact: Fact, policy: str, confidence: Confidence) -> Hazard:
    kind: Literal["all", "volatile"] = "all" if policy.startswith("allkeys") else "volatile"
    return StoreEvicts(place=fact.place, file=f"{store.folder}#{store.address}", kind=kind, policy=policy, confidence=confidence)


def _uses(store: Managed, group: Managed) -> bool:
    value = store.get("parameter_group_name")
    return value is not None and (group.address in describe(value) or (group.get("name") is not None and value == group.get("name")))


def _forgets(store: Managed) -> tuple[Fact, str, bool] | None:
    """(where it is said, why, whether somebody wrote it so) for a store that is gone with its one node."""
    match store.fact.kind:
        case "azurerm_redis_cache" if store.get("sku_name") == Known("Basic"):
            return store.fact_of("sku_name"), "the class Basic is one node without a copy", False
        case "google_redis_instance" if store.get("tier") in (None, Known("BASIC")):
            mode = store.get("persistence_config.persistence_mode")
            if mode == Known("DISABLED"):
                return store.fact_of("persistence_config.persistence_mode"), "the tier BASIC is one node, and snapshots are off", True
            if mode is None and "persistence_config.*" not in store.settings:
                return store.fact_of("tier"), "the tier BASIC is one node, and no snapshots are asked for", False
        case "aws_elasticache_cluster" if store.get("replication_group_id") is None and not _number(store, "snapshot_retention_limit"):
            return store.fact, "it is one node, and no snapshots are kept", False
        case "aws_elasticache_replication_group" if _is_alone(store) and not _number(store, "snapshot_retention_limit"):
            return store.fact_of("num_cache_clusters"), "it is one node, and no snapshots are kept", False
        case "digitalocean_database_redis_config" | "digitalocean_database_valkey_config":
            name = "redis_persistence" if "redis_persistence" in store.settings else "persistence"
            if store.get(name) == Known("off"):
                return store.fact_of(name), "persistence is off", True
    return None


def _is_alone(store: Managed) -> bool:
    counted = [store.get(name) for name in ("num_cache_clusters", "number_cache_clusters")]
    others = ("num_node_groups", "replicas_per_node_group", "global_replication_group_id", "preferred_cache_cluster_azs", "node_group_configuration.*")
    if any(name in store.settings for name in others) or any(name.startswith(("cluster_mode.", "node_group_configuration.")) for name in store.settings):
        return False
    return all(each in (None, Known(1)) for each in counted) and store.get("automatic_failover_enabled") in (None, Known(False))


def _number(store: Managed, name: str) -> bool:
    """Whether a setting is, or may be, more than nothing."""
    return store.get(name) not in (None, Known(0), Known(None), Known("0"))


def of_change(change: Change) -> Iterator[Hazard]:
    """What a plan of the head does to each store that the base has."""
    folders = concerned(change.base)
    if not folders and not concerned(change.head):
        return
    moved_to = {each.base: each.head for each in change.changed if each.base}
    heads_of = {folder: folder for folder in folders | concerned(change.head)}
    for base_path, head_path in moved_to.items():
        if head_path and folder_of(base_path) in heads_of:
            heads_of[folder_of(base_path)] = folder_of(head_path)
    olds = stores(change.base, heads_of)
    news = stores(change.head, {*heads_of.values(), *heads_of})
    by_address = {(each.folder, each.address): each for each in news}
    for old in olds:
        if old.is_other or old.fact.kind not in REPLACES:
            continue
        folder = heads_of.get(old.folder, old.folder)
        renames = moves(change.head, folder)
        head = by_address.get((folder, renames.get(old.address, old.address)))
        if head is not None:
            yield from _replaced(old, head)
        elif old.address not in renames and not old.fact.is_kept:
            yield from _destroyed(change, old, folder, olds, news)


def _replaced(old: Managed, new: Managed) -> Iterator[Hazard]:
    if new.fact.is_kept or "all" in new.fact.ignored:
        return
    for setting, default in REPLACES[old.fact.kind].items():
        before, after = old.get(setting) or default, new.get(setting) or default
        if setting in new.fact.ignored or after is None:
            continue
        # What it was the provider chose: to say something now may mean the same.
        verdict = "open" if before is None else difference(before, after)
        if verdict == "same":
            continue
        confidence = confidence_of(new) if verdict == "other" else "low"
        if setting in new.by_default | old.by_default:
            confidence = _LOWER[confidence]
        yield _replacement(old, new, setting, before, after, confidence)
    for setting in DESCENTS.get(old.fact.kind, ()):
        if setting not in new.fact.ignored and descends(setting, old.get(setting), new.get(setting)):
            yield _replacement(old, new, setting, old.get(setting), new.get(setting), confidence_of(new))


def _replacement(old: Managed, new: Managed, setting: str, before: Value | None, after: Value | None, confidence: Confidence) -> Hazard:
    filled = any(new.get(name) not in (None, Known(None)) for name in _SNAPSHOTS)
    return ManagedStoreReplaced(
        place=new.fact_of(setting).place,
        store=new.address,
        setting=setting,
        old=_shown(before),
        new=_shown(after),
        from_snapshot=filled,
        impact="some-users" if filled else "everyone",
        confidence=confidence,
        related=(Related(old.fact_of(setting).place, "as it was", "base"),),
    )


def _shown(value: Value | None) -> str:
    match value:
        case None | Known(None):
            return "nothing"
        case Known(bool() as flag):
            return str(flag).lower()
        case _:
            return describe(value)


def _destroyed(change: Change, old: Managed, folder: str, olds: list[Managed], news: list[Managed]) -> Iterator[Hazard]:
    known = {(each.folder, each.address) for each in olds}
    fresh = [each for each in news if each.folder == folder and each.fact.kind in (old.fact.kind, "module") and (each.folder, each.address) not in known]
    if any(each.fact.kind == "module" for each in fresh):
        # It went into a module: whether the state went with it the text does not say.
        yield _destruction(old, "renamed", fresh[0], "low")
    elif fresh:
        yield _destruction(old, "renamed", fresh[0], confidence_of(old))
    elif any(each.folder != folder and (each.folder, each.address) not in known for each in news):
        yield _destruction(old, "removed", None, "low")
    else:
        yield _destruction(old, "removed", None, "medium" if old.says_sessions else "low")


def _destruction(old: Managed, kind: Literal["renamed", "removed"], new: Managed | None, confidence: Confidence) -> Hazard:
    if new is None:
        return ManagedStoreDestroyed(place=old.fact.place, side="base", store=old.address, kind=kind, new="nothing", confidence=confidence)
    related = (Related(old.fact.place, "it stood here", "base"),)
    return ManagedStoreDestroyed(place=new.fact.place, store=old.address, kind=kind, new=new.address, confidence=confidence, related=related)
