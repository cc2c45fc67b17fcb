"""A store's configuration: whether the server starts with it, who can empty it, what is left after a restart.

Whether a configuration is that of a *session* store its text does not say. It is taken for one, with medium
confidence, unless its name says what else it is for (a cache, a queue, Celery).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, fact_of, stores
from safelint.places import Place
from safelint.records import dataclass, field
from safelint.redis import sentinel
from safelint.redis.acl import Access, User
from safelint.redis.configuration import NOT_SENTINEL, Written, shown_rule
from safelint.sources import Side

_NOT_SESSIONS = re.compile(r"cache|celery|queue|sidekiq|resque|broker|bench|pubsub|bull|volatile|(^|[^a-z])(test|dev|local)([^a-z]|$)", re.IGNORECASE)
Grade = Literal["flush", "detour"]
# What empties the store at once, by one command without a key.
FLUSHES = ("flushall", "flushdb")
# Other ways to the same end: swap the databases, become the replica of an empty master, take the limits away.
DETOURS = ("swapdb", "replicaof", "acl|setuser", "config|set")
# What ends the process without a snapshot (SHUTDOWN NOSAVE, DEBUG SEGFAULT): the end of what no log holds.
_ENDINGS = ("shutdown", "debug")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRefusesToStart(Hazard):
    """The server does not start with this line. `message` is what it prints; `because` what is wrong with it."""

    file: str
    directive: str
    message: str
    because: Literal["comment", "sentinel", "quotes", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDependsOnVersion(Hazard):
    """What a line does depends on the server's version, and nobody said which one runs."""

    file: str
    directive: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCommandAllowed(Hazard):
    """Somebody may run a command that empties the store, or leads to it.

    `who`: `anybody` needs no password, `the password's owner` is whoever knows the one password, else a user's name.
    `grade`: `flush` for FLUSHALL and FLUSHDB, `detour` for the other ways where these are closed. `also` are more commands.
    """

    file: str
    who: str
    grade: Grade
    command: str
    also: str = field(compare=False)
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProtectionVoid(Hazard):
    """A protection that protects from nothing. `kind`: `second-user`, `secret-name`, `order`, `void-password`."""

    file: str
    kind: Literal["second-user", "secret-name", "order", "void-password"]
    protection: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLocksEverybodyOut(Hazard):
    """After a start with this configuration nobody can log in to the store."""

    file: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSwitchOpen(Hazard):
    """A command that Redis 7 keeps closed was opened. `setting` is the directive, `command` what it opens."""

    file: str
    setting: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreForgets(Hazard):
    """What a restart leaves. `kind`: `everything` (any restart), `sigterm` and `shell` (an orderly stop), `crash` (since the last snapshot)."""

    file: str
    kind: Literal["everything", "sigterm", "shell", "crash"]
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEvicts(Hazard):
    """When memory is full sessions go. `kind`: `all` for an allkeys policy, `volatile` for one that takes what has a TTL first."""

    file: str
    kind: Literal["all", "volatile"]
    policy: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInTemporaryFolder(Hazard):
    """What is persisted lies where the host cleans up."""

    file: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReplicaTakesWrites(Hazard):
    """A replica lets clients write. Its next full sync with the master throws that away."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHidesFailedSnapshots(Hazard):
    """Snapshots are all that is kept, and the store goes on as if nothing were wrong when it can't take any."""

    file: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelTimeWithUnit(Hazard):
    """A Sentinel reads `5s` as 5 milliseconds, and says nothing."""

    file: str
    option: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelQuorumOfOne(Hazard):
    """One Sentinel alone may declare a master dead."""

    file: str
    master: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What each touched configuration is like."""
    for store in stores(side):
        yield from refusals(store)
        if store.kind == "sentinel":
            yield from _sentinel(store)
        for each in store.differences:
            yield StoreDependsOnVersion(place=fact_of(each.line).place, file=store.file, directive=each.line.name, effect=each.effect)
        if store.kind != "redis" or not store.is_judged:
            continue
        # A bare container says nothing about who may run what; its network decides, which is not in the text.
        if (store.service is None or store.files != {store.file}) and (access := store.access()) is not None:
            yield from _access(store, access)
        yield from _survival(store)


def confidence_of(store: Store) -> Confidence:
    """How sure it is that sessions live in a store: by its name, and for a container by whether its data was meant to stay."""
    return "low" if _NOT_SESSIONS.search(store.file) or not store.means_to_keep else "medium"


def refusals(store: Store) -> Iterator[Hazard]:
    """What stops the start, each line's first reason."""
    for refusal in store.refusals:
        line = refusal.line
        if line is None:
            continue
        yield StoreRefusesToStart(
            place=fact_of(line).place,
            file=store.file,
            directive=f"{line.name} #{_position(store, line)}" if line.name == "user" else line.name,
            message=refusal.message,
            because=_because(line, refusal.message),
        )


def _position(store: Store, line: Written) -> int:
    return sum(1 for each in store.lines if each.name == "user" and each.place <= fact_of(line).place)


def _because(line: Written, message: str) -> Literal["comment", "sentinel", "quotes", "other"]:
    if message == NOT_SENTINEL:
        return "sentinel"
    if any(each is not None and each.startswith("#") and len(each) < 64 for each in line.arguments[1:]):
        return "comment"
    return "quotes" if not line.words_match else "other"


def _sentinel(store: Store) -> Iterator[Hazard]:
    for line, option, said in sentinel.meant_otherwise(store.configuration.sentinel_lines):
        yield SentinelTimeWithUnit(place=fact_of(line).place, file=store.file, option=option, said=said)
    for line, master, quorum in sentinel.quorums(store.configuration.sentinel_lines):
        if quorum == 1:
            yield SentinelQuorumOfOne(place=fact_of(line).place, file=store.file, master=master)


# ---- who can empty it


def _access(store: Store, access: Access) -> Iterator[Hazard]:
    default = access.default
    usable = [user for user in access.users.values() if user.is_usable]
    configuration = store.configuration
    if not usable:
        yield StoreLocksEverybodyOut(
            place=_user_line(store, "default"), file=store.file, because="no user is on and has a password: a `user` line starts from nothing"
        )
        return
    if default.is_open and access.verdict(default, "get", key="k") != "runs" and len(usable) == 1:
        yield StoreLocksEverybodyOut(place=_user_line(store, "default"), file=store.file, because="`default` is the only user, and may not even GET")
        return
    yield from _allowed(store, access, usable)
    yield from _void(store, access)
    for setting, command, is_open in (
        ("enable-debug-command", "DEBUG", access.allows_debug),
        ("enable-module-command", "MODULE LOAD", access.allows_modules),
        ("enable-protected-configs", "CONFIG SET dir", configuration.get("enable-protected-configs", "no") != "no"),
    ):
        if is_open and setting in configuration.origins and configuration.get(setting, "no") == "yes":
            yield StoreSwitchOpen(place=fact_of(configuration.origins[setting]).place, file=store.file, setting=setting, command=command)


def _allowed(store: Store, access: Access, usable: list[User]) -> Iterator[Hazard]:
    named = [user for user in usable if user.name != "default"]
    if access.default.is_usable:
        user, who = access.default, "anybody" if access.default.is_open else "the password's owner"
        place = _user_line(store, "default", "requirepass", "protected-mode", "bind")
    elif len(named) == 1 or all(_may(access, user, "flushall") or _may(access, user, "flushdb") for user in named):
        user, who = named[0], f"user {named[0].name}"
        place = _user_line(store, user.name)
    else:
        # An operator who may flush beside an application that may not is how it should be.
        return
    confidence: Confidence = "low" if who == "anybody" and store.listens_to_others is False else confidence_of(store)
    detours = DETOURS if store.configuration.settings.get("appendonly") == ("yes",) else (*DETOURS, *_ENDINGS)
    grades: tuple[tuple[Grade, tuple[str, ...]], ...] = (("flush", FLUSHES), ("detour", detours))
    for grade, commands in grades:
        open_ = [command for command in commands if _may(access, user, command)]
        if open_:
            first, *others = (_shown(each) for each in open_)
            yield StoreCommandAllowed(
                place=place,
                file=store.file,
                who=who,
                grade=grade,
                command=first,
                also=", ".join(others) or "nothing else",
                confidence=confidence,
            )
            return


def _may(access: Access, user: User, command: str) -> bool:
    return access.verdict(user, command, database=None if command != "flushdb" else 0) == "runs"


def _shown(command: str) -> str:
    return command.upper().replace("|", " ")


def _void(store: Store, access: Access) -> Iterator[Hazard]:
    configuration, default = store.configuration, access.default
    limited = [user for user in access.users.values() if user.name != "default" and user.is_usable and not _may(access, user, "flushall")]
    password = (configuration.settings.get("requirepass") or ("",))[0]
    if default.is_open and password:
        because = "the aclfile has no line for `default`, which puts it back to no password" if store.users_file else "the `user default` line says nopass"
        place = fact_of(configuration.origins["requirepass"]).place
        yield StoreProtectionVoid(place=place, file=store.file, kind="void-password", protection="requirepass", because=because)
    elif default.is_open and _may(access, default, "flushall") and limited:
        yield StoreProtectionVoid(
            place=_user_line(store, limited[0].name),
            file=store.file,
            kind="second-user",
            protection=f"user {limited[0].name}",
            because="whoever gives no password is still `default`, which may do everything",
        )
    for line in configuration.renames:
        old, new = (each or "" for each in line.arguments)
        if new and old.lower() in (*FLUSHES, "debug", "config", "shutdown", "swapdb") and new.lower() != old.lower():
            yield StoreProtectionVoid(
                place=fact_of(line).place,
                file=store.file,
                kind="secret-name",
                protection=f"rename-command {old.upper()}",
                because="it runs under its new name for whoever has read this file",
            )
    for line in configuration.user_lines:
        name, *rules = (each or "" for each in line.arguments)
        user = access.users.get(name)
        everything = max((at for at, rule in enumerate(rules) if rule.lower() in ("+@all", "allcommands")), default=-1)
        undone = [rule for rule in rules[:everything] if rule.lower() in ("-@dangerous", "-flushall", "-flushdb", "-@write", "-@keyspace", "-@admin")]
        if user is not None and undone and _may(access, user, "flushall"):
            yield StoreProtectionVoid(
                place=fact_of(line).place,
                file=store.file,
                kind="order",
                protection=f"{shown_rule(undone[0])} of user {name}",
                because="`+@all` behind it takes it back",
            )


def _user_line(store: Store, name: str, *otherwise: str) -> Place:
    return (store.user_line(name) or store.line(*otherwise)).place


# ---- what survives


def _survival(store: Store) -> Iterator[Hazard]:
    configuration = store.configuration
    confidence = confidence_of(store)
    left = configuration.left_after("sigterm")
    if configuration.left_after("shutdown") == "nothing":
        yield StoreForgets(place=store.line("save", "appendonly").place, file=store.file, kind="everything", confidence=confidence)
    elif left in ("nothing", "snapshot"):
        yield StoreForgets(place=store.line("shutdown-on-sigterm").place, file=store.file, kind="sigterm", confidence=confidence)
    elif configuration.left_after("kill") == "snapshot" and store.shell is not None:
        yield StoreForgets(place=store.shell.place, file=store.file, kind="shell", confidence=confidence)
    elif configuration.left_after("kill") == "snapshot":
        yield StoreForgets(place=store.line("appendonly", "save").place, file=store.file, kind="crash", confidence=confidence)
    policy = configuration.get("maxmemory-policy", "noeviction")
    if configuration.max_memory and policy and policy != "noeviction":
        yield StoreEvicts(
            place=store.line("maxmemory-policy").place,
            file=store.file,
            kind="all" if policy.startswith("allkeys") else "volatile",
            policy=policy,
            confidence=confidence,
        )
    folder = (configuration.settings.get("dir") or ("",))[0] or ""
    if re.match(r"(/tmp|/var/tmp|/dev/shm|/run)(/|$)", folder) and left == "all":
        yield StoreInTemporaryFolder(place=store.line("dir").place, file=store.file, folder=folder)
    if configuration.settings.get("replicaof") and configuration.get("replica-read-only", "yes") == "no":
        yield StoreReplicaTakesWrites(place=store.line("replica-read-only").place, file=store.file)
    if configuration.keeps_log is False and configuration.save and configuration.get("stop-writes-on-bgsave-error", "yes") == "no":
        yield StoreHidesFailedSnapshots(place=store.line("stop-writes-on-bgsave-error").place, file=store.file, confidence=confidence)
