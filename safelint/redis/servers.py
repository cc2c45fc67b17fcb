"""The servers that were measured, and what each of them knows."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, Literal

from safelint.records import dataclass

Kind = Literal["bool", "text", "enum", "flags", "int", "octal", "memory", "percent", "special"]


@dataclass(frozen=True, slots=True)
class Server:
    """One measured server: `redis 7.0`, `valkey 9.1`."""

    name: str

    @property
    def is_valkey(self) -> bool:
        """Whether it is a Valkey."""
        return self.name.startswith("valkey")

    @property
    def is_old(self) -> bool:
        """Whether it is Redis 6.2, whose reader and access lists are older than the others'."""
        return self.name == "redis 6.2"


SERVERS = tuple(Server(name) for name in ("redis 6.2", "redis 7.0", "redis 7.4", "redis 8.2", "valkey 9.1"))
OLD, NEWEST = SERVERS[0], SERVERS[3]


@dataclass(frozen=True, slots=True)
class Directive:
    """What one server makes of one directive. `least` and `most` are None where the probes met no limit."""

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command or subcommand (`config|set`) of one server. `is_free` ones run before anybody has authenticated."""

    name: str
    categories: frozenset[str]
    is_free: bool


# Kept for old files: they are accepted with one value and do nothing.
_RETIRED = {
    "redis 6.2": {"list-max-ziplist-entries", "list-max-ziplist-value"},
    "redis 7.0": {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"},
    "redis 7.4": {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"},
    "redis 8.2": {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands", "io-threads-do-reads"},
    "valkey 9.1": {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands", "io-threads-do-reads", "dynamic-hz"},
}


def server_of(text: str) -> Server | None:
    """The measured server nearest to a version as people write it (`redis 7.2`, `valkey/valkey:8-alpine`), or None.

    A version between two measured ones behaves like the older: directives are added, hardly ever taken away.
    """
    lowered = text.lower().partition("@")[0]
    family = "valkey" if "valkey" in lowered else "redis"
    found = re.search(r"(?:^|[:\s-])v?(\d+)(?:\.(\d+))?", lowered.rpartition("/")[2])
    if family == "valkey":
        return SERVERS[4] if found or lowered.strip() == "valkey" else None
    if not found:
        return None
    version = (int(found[1]), int(found[2]) if found[2] else 99)
    if version < (6, 0) or int(found[1]) > 90:
        return None
    for server, least in zip(reversed(SERVERS[:4]), ((8, 0), (7, 4), (7, 0), (6, 0)), strict=True):
        if version >= least:
            return server
    return None


@functools.cache
def directives(server: Server) -> dict[str, Directive]:
    """Every directive that a server knows, also by its other name."""
    found: dict[str, Directive] = {}
    for name, variants in _table("directives.json")["directives"].items():
        for row in variants:
            if server.name in row["on"]:
                directive = Directive(name, row["kind"], tuple(row.get("values", ())), row.get("least"), row.get("most"))
                found[name] = directive
                if other := row.get("alias"):
                    found.setdefault(other, directive)
    return found


def canonical(server: Server, name: str) -> str:
    """The one name under which a directive's value is kept, whichever of its names was written (`slaveof` -> `replicaof`)."""
    known = directives(server).get(name)
    found = known.name if known else name
    return _ALIKE.get(found, found)


# Valkey's words for what Redis says otherwise: one name for both.
_ALIKE = {"primaryauth": "masterauth", "primaryuser": "masteruser", "slaveof": "replicaof"}


def is_retired(server: Server, name: str) -> bool:
    """Whether a directive is accepted with one value and ignored."""
    return name in _RETIRED[server.name]


@functools.cache
def known_words() -> frozenset[str]:
    """Every word that can begin a line of a configuration on any server."""
    words = {"include", "rename-command", "user", "loadmodule", "sentinel"}
    for server in SERVERS:
        words |= directives(server).keys() | _RETIRED[server.name]
    return frozenset(words)


@functools.cache
def commands(server: Server) -> dict[str, Command]:
    """Every command and subcommand of a server, in lower case."""
    table = _table("commands.json")
    categories = table["categories"]
    found = {}
    for name, variants in table["commands"].items():
        for row in variants:
            if row["on"] == "all" or server.name in row["on"]:
                found[name] = Command(name, frozenset(categories[each] for each in row["categories"]), bool(row.get("free")))
    return found


@functools.cache
def subcommands(server: Server) -> dict[str, tuple[str, ...]]:
    """The subcommands of each command that has some."""
    found: dict[str, list[str]] = {}
    for name in commands(server):
        parent, bar, _ = name.partition("|")
        if bar:
            found.setdefault(parent, []).append(name)
    return {parent: tuple(names) for parent, names in found.items()}


@functools.cache
def categories() -> frozenset[str]:
    """The categories of commands; the same on every server measured."""
    return frozenset(_table("commands.json")["categories"])


@functools.cache
def _table(name: str) -> Any:
    return json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
