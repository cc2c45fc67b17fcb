"""A changed configuration of a store: what its next start makes of the sessions that the old one kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, changed_stores, fact_of, where
from safelint.hazards.store_config import confidence_of
from safelint.records import dataclass
from safelint.sources import Change

EmptyKind = Literal["log-switched-on", "log-switched-off", "moved", "became-replica"]
# Commands that a session store writes to its log all day.
_ALWAYS_LOGGED = {"set", "setex", "psetex", "del", "unlink", "expire", "expireat", "pexpireat", "hset", "hmset", "hdel", "select", "multi", "exec", "persist"}
_MAY_BE_LOGGED = {"flushall", "flushdb", "swapdb", "rename", "eval", "sort", "restore", "move", "copy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStartsEmpty(Hazard):
    """After this change the server starts without the sessions that it had.

    `kind`: `log-switched-on`, `log-switched-off`, `moved` (it looks for its files elsewhere), `became-replica`.
    """

    file: str
    kind: EmptyKind
    setting: str
    old: str
    new: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStopsSaving(Hazard):
    """A restart left the sessions so far; after this change it leaves none."""

    file: str
    setting: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStartsEvicting(Hazard):
    """Sessions that fitted are thrown out after this change."""

    file: str
    policy: str
    limit: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLogUnreadable(Hazard):
    """The append-only file may hold a command that the server will not know any more. `sure` where a session store always logs it."""

    file: str
    command: str
    sure: bool


def of_change(change: Change) -> Iterator[Hazard]:
    """What differs for each configuration that is at both sides."""
    for base, head in changed_stores(change):
        yield from _starts_empty(base, head)
        yield from _evicts(base, head)
        yield from _renames(base, head)


def _starts_empty(base: Store, head: Store) -> Iterator[Hazard]:
    before, after = base.configuration, head.configuration
    confidence = confidence_of(base)
    if not before.keeps_log and before.keeps_log is not None and after.keeps_log:
        yield _empty(base, head, "log-switched-on", "appendonly", "no", "yes", confidence)
        return
    if before.keeps_log and after.keeps_log is False:
        if after.save is not None and not (before.save and after.save):
            # With snapshots on at both sides an orderly stop writes one, and it is read.
            yield _empty(base, head, "log-switched-off", "appendonly", "yes", "no", confidence)
        return
    if before.left_after("shutdown") == "all" and after.left_after("shutdown") == "nothing":
        place, related, side = where(base, head, "save")
        yield StoreStopsSaving(place=place, related=related, side=side, file=head.file, setting="save", confidence=confidence)
    for setting, default, counts in (
        ("dir", "", True),
        ("dbfilename", "dump.rdb", not after.keeps_log),
        ("appendfilename", "appendonly.aof", bool(after.keeps_log)),
        ("appenddirname", "appendonlydir", bool(after.keeps_log)),
    ):
        old, new = _raw(base, setting, default), _raw(head, setting, default)
        # A `dir` that one side leaves to the working directory can't be compared.
        if counts and old is not None and new is not None and old.rstrip("/") != new.rstrip("/") and old and new and before.left_after("shutdown") == "all":
            yield _empty(base, head, "moved", setting, old, new, confidence)
    if not before.settings.get("replicaof") and None not in (followed := after.settings.get("replicaof", ())) and followed:
        yield _empty(base, head, "became-replica", "replicaof", "a master of its own", "a replica", confidence)


def _empty(base: Store, head: Store, kind: EmptyKind, setting: str, old: str, new: str, confidence: Confidence) -> Hazard:
    place, related, side = where(base, head, setting)
    return StoreStartsEmpty(place=place, related=related, side=side, file=head.file, kind=kind, setting=setting, old=old, new=new, confidence=confidence)


def _raw(store: Store, setting: str, default: str) -> str | None:
    arguments = store.configuration.settings.get(setting)
    return default if arguments is None else (arguments[0] if arguments else "")


def _evicts(base: Store, head: Store) -> Iterator[Hazard]:
    before, after = base.configuration, head.configuration
    policy, old_policy = after.get("maxmemory-policy", "noeviction"), before.get("maxmemory-policy", "noeviction")
    limit, old_limit = after.max_memory, before.max_memory
    if not policy or policy == "noeviction" or not limit or old_limit is None or old_policy is None:
        return
    if limit < old_limit or old_limit == 0:
        setting = "maxmemory"
    elif old_policy == "noeviction":
        setting = "maxmemory-policy"
    else:
        return
    shown = " ".join(each or "" for each in after.settings.get("maxmemory", ()))
    place, related, side = where(base, head, setting)
    yield StoreStartsEvicting(place=place, related=related, side=side, file=head.file, policy=policy, limit=shown, confidence=confidence_of(base))


def _renames(base: Store, head: Store) -> Iterator[Hazard]:
    if not base.configuration.keeps_log:
        return
    before, after = base.configuration.words, head.configuration.words
    for line in head.configuration.renames:
        command = (line.arguments[0] or "").lower()
        if command in before and command not in after and command in _ALWAYS_LOGGED | _MAY_BE_LOGGED:
            yield StoreLogUnreadable(place=fact_of(line).place, file=head.file, command=command.upper(), sure=command in _ALWAYS_LOGGED)
