"""Several nodes of one store: what one of them does to the others, and whether another can take the place of a lost master.

Measured on Redis 7.0 and Valkey 9.1 with one master, one replica and one Sentinel, the master killed.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, fact_of, text_of_argument
from safelint.hazards._nodes import Nodes, nodes
from safelint.hazards.store_config import confidence_of
from safelint.places import Related
from safelint.records import dataclass
from safelint.redis import sentinel as sentinels
from safelint.redis.acl import Access, digest
from safelint.redis.configuration import NOT_TOLD
from safelint.redis.servers import commands
from safelint.sources import Side

# What a Sentinel sends to a node: to see it, and in one transaction to make it a master or the replica of another one.
_OF_A_SENTINEL = ("info", "ping", "publish", "subscribe", "multi", "exec", "slaveof", "config|rewrite", "client|kill")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFailoverBlocked(Hazard):
    """A Sentinel watches a node that it can't make a master. `because` says what keeps it from that."""

    file: str
    because: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReplicaWithoutPassword(Hazard):
    """A node that follows a master, or will after a failover, and has not the password that the master asks for."""

    file: str
    when: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRenamedOnOneNode(Hazard):
    """A command that changes data has one name on the master and another, or none, on a replica."""

    file: str
    command: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMasterWipesReplicas(Hazard):
    """A master that keeps nothing starts empty, and its replicas take that over, whatever they have on disk."""

    file: str
    replica: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNeedsReplicas(Hazard):
    """Writes are refused while fewer than `least` replicas are connected, and `there` are to be seen in the files."""

    file: str
    least: int
    there: int
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelQuorumOutOfReach(Hazard):
    """More votes are asked for than there will be once a Sentinel is lost, or than there ever are."""

    file: str
    master: str
    quorum: int
    there: str


def of_state(side: Side) -> Iterator[Hazard]:
    """Each set of nodes that the change touches."""
    for found in nodes(side):
        for sentinel in found.sentinels:
            for node in found.servers:
                yield from _blocked(side, sentinel, node)
            yield from _none_may(side, sentinel, found.replicas)
        yield from _quorums(found)
        for node in found.servers:
            yield from _without_password(side, found, node)
        for replica in found.replicas:
            if (master := found.master_of(replica)) is not None:
                yield from _renamed(side, master, replica)
                yield from _wiped(side, master, replica)
        for master in found.masters:
            yield from _needing(found, master)


def _at(side: Side, fact: Fact, other: Fact) -> tuple[Fact, tuple[Related, ...]]:
    """Where to tell something about two facts: at the first, or at the other where only that one's file is in the change."""
    first, second = (fact, other) if fact.place.path in side.touched_paths or other.place.path not in side.touched_paths else (other, fact)
    return first, (Related(second.place, "together with this", side.name),) if second.place != first.place else ()


# ---- a Sentinel that can't act


def _blocked(side: Side, sentinel: Store, node: Store) -> Iterator[Hazard]:
    monitors = _of(sentinel, "monitor")
    access = node.access()
    if not monitors or access is None:
        return
    for because, line in _obstacles(sentinel, node, access):
        fact, related = _at(side, line, monitors[0])
        yield StoreFailoverBlocked(place=fact.place, related=related, file=node.file, because=because, confidence=confidence_of(node))
        return


def _none_may(side: Side, sentinel: Store, replicas: list[Store]) -> Iterator[Hazard]:
    """Replicas that all say of themselves that they are never to be the master."""
    monitors = _of(sentinel, "monitor")
    if monitors and replicas and all(each.configuration.get("replica-priority", "100") == "0" for each in replicas):
        fact, related = _at(side, replicas[0].line("replica-priority"), monitors[0])
        because = "every replica here has `replica-priority 0`, which no Sentinel makes a master"
        yield StoreFailoverBlocked(place=fact.place, related=related, file=replicas[0].file, because=because, confidence=confidence_of(replicas[0]))


def _obstacles(sentinel: Store, node: Store, access: Access) -> Iterator[tuple[str, Fact]]:
    names = {(_text(line, 2) or "").lower(): (_text(line, 3) or "").lower() for line in _of(sentinel, "rename-command")}
    for line in node.configuration.renames:
        old, new = ((each or "").lower() for each in line.arguments)
        if old in ("config", "slaveof", "client", "info", "multi", "exec", "publish", "subscribe", "ping") and (not new or names.get(old) != new):
            yield (
                f"{old.upper()} is {f'called {new.upper()}' if new else 'taken away'} on a node, and a Sentinel that is to change its role can't",
                fact_of(line),
            )
    said = _of(sentinel, "auth-user")
    user = access.users.get(_text(said[0], 2) or "" if said else "default")
    if user is None:
        yield "a Sentinel logs in as a user that the node does not have", said[0]
        return
    passwords = _of(sentinel, "auth-pass")
    place = node.user_line(user.name) or node.line("requirepass", "aclfile")
    if user.is_usable and not user.no_password:
        given = [_text(line, 2) for line in passwords]
        if not passwords:
            yield "the node asks for a password and the Sentinel sends none: it takes a living master for dead", place
            return
        if len(passwords) == 1 and given[0] is not None and user.passwords and not {digest(given[0]), digest(NOT_TOLD)} & user.passwords:
            yield "what the Sentinel sends is not the node's password: it takes a living master for dead", passwords[0]
            return
    if not user.is_usable:
        yield f"a Sentinel can't log in as `{user.name}`", place
        return
    known = commands(access.server)
    missing = [each for each in _OF_A_SENTINEL if each.partition("|")[0] in known and access.word_of(each) and access.verdict(user, each) == "denied"]
    if missing:
        shown = ", ".join(each.upper().replace("|", " ") for each in missing)
        yield f"the user that a Sentinel logs in as, `{user.name}`, may not run {shown}", place


def _of(store: Store, option: str) -> list[StoreDirective]:
    lines = [fact_of(line) for line in store.configuration.sentinel_lines]
    return [line for line in lines if (_text(line, 0) or "").lower() == option]


def _text(line: StoreDirective, at: int) -> str | None:
    return text_of_argument(line.arguments[at]) if len(line.arguments) > at else None


def _quorums(found: Nodes) -> Iterator[Hazard]:
    by_file: dict[str, list[Store]] = {}
    for sentinel in found.sentinels:
        if sentinel.service is not None:
            by_file.setdefault(sentinel.file.partition("#")[0], []).append(sentinel)
    for sentinel in found.sentinels:
        there = len(by_file.get(sentinel.file.partition("#")[0], ())) if sentinel.service is not None else 0
        for line, master, quorum in sentinels.quorums(sentinel.configuration.sentinel_lines):
            # One Sentinel in a compose file may be one of several machines.
            if (there > 1 and quorum >= there) or quorum > 9:
                told = f"of {there} Sentinels: once one of them is lost too" if there > 1 else "is more than there are Sentinels anywhere:"
                yield SentinelQuorumOutOfReach(place=fact_of(line).place, file=sentinel.file, master=master, quorum=quorum, there=told)


# ---- a replica that gets nothing


def _without_password(side: Side, found: Nodes, node: Store) -> Iterator[Hazard]:
    settings = node.configuration.settings
    access = node.access()
    if access is None or settings.get("masterauth", ("",)) != ("",):
        return
    follows = node in found.replicas
    if follows and (master := found.master_of(node)) is not None and (its := master.access()) is not None and master.is_judged:
        asked, line = not its.default.is_open, master.user_line("default") or master.line("requirepass", "aclfile")
    elif follows or (found.sentinels and len(found.servers) > 1):
        asked, line = not access.default.is_open, node.user_line("default") or node.line("requirepass", "aclfile")
    else:
        return
    if asked and node.is_whole:
        fact, related = _at(side, node.line("replicaof") if follows else line, line)
        when = "it stays empty" if follows else "once it is no longer the master it stays empty"
        yield StoreReplicaWithoutPassword(place=fact.place, related=related, file=node.file, when=when, confidence=confidence_of(node))


# ---- what one node does to the others


def _renamed(side: Side, master: Store, replica: Store) -> Iterator[Hazard]:
    known = commands(master.configuration.server)
    if "rename-command" in (*master.configuration.unknown, *replica.configuration.unknown) or not (master.is_whole and replica.is_whole):
        return
    words = [{runs: word for word, runs in each.configuration.words.items()} for each in (master, replica)]
    for command in sorted({*words[0], *words[1]}):
        # Nothing that a master can't run reaches a replica.
        if command in known and "write" in known[command].categories and command in words[0] and words[0][command] != words[1].get(command):
            line = next(each for store in (replica, master) for each in store.configuration.renames if (each.arguments[0] or "").lower() == command)
            fact, related = _at(side, fact_of(line), (master if line in replica.configuration.renames else replica).line("replicaof", "rename-command"))
            yield StoreRenamedOnOneNode(place=fact.place, related=related, file=replica.file, command=command.upper(), confidence=confidence_of(replica))


def _wiped(side: Side, master: Store, replica: Store) -> Iterator[Hazard]:
    if master.is_judged and master.configuration.left_after("shutdown") == "nothing":
        fact, related = _at(side, master.line("save", "appendonly"), replica.line("replicaof"))
        yield StoreMasterWipesReplicas(place=fact.place, related=related, file=master.file, replica=replica.file, confidence=confidence_of(master))


def _needing(found: Nodes, master: Store) -> Iterator[Hazard]:
    value = (master.configuration.settings.get("min-replicas-to-write") or ("0",))[0] or "0"
    least = int(value) if value.isdecimal() else 0
    # Who is whose replica is decided elsewhere: by Sentinels, or by what starts the pods of one set.
    if found.sentinels or ("#" in master.file and (master.service is None or master.service.platform != "compose")):
        return
    there = sum(1 for each in found.replicas if found.master_of(each) is master)
    if least > there:
        # A compose file shows all that there is; plain files may be for more machines than lie here.
        whole = master.service is not None and bool(found.replicas)
        line = master.line("min-replicas-to-write")
        confidence: Confidence = confidence_of(master) if whole or not found.replicas else "low"
        yield StoreNeedsReplicas(place=line.place, file=master.file, least=least, there=there, confidence=confidence)
