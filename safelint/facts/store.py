"""The session store: what empties it, what it keeps, who may reach it."""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushCalled(Fact):
    """Code that empties a store or a database of it.

    `call` is the code of the call; `via` how it empties: `redis` (a client's flushall, flushdb, deletes in a loop), `shell`, `cache` (a cache's
    clear), `pattern` (the keys of a cache that are like a pattern), `flask-caching`, `volume` (a script that throws its disk
    away). `target` says which one, where the text tells: the client, or the
    alias of the cache (`*` for each of them). `everything` says that it empties all databases of the server.
    """

    call: str
    via: str
    target: Value
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStoreMade(Fact):
    """Code that makes a store for sessions in the memory of its own process; `name` is the class."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDirective(Fact):
    """One line of a store's configuration file.

    `file` names the configuration that the line belongs to: a path, or a path and a key where it stands within another
    file. `name` is the first word in lower case. An argument is `Known`, sealed where it is a secret (with the trait
    `>`, `<`, `#` or `!` for the sign before a password of an access list), or unknown where a template fills it in.
    """

    file: str
    kind: Literal["redis", "sentinel", "users"]
    name: str
    arguments: tuple[Value, ...]
    words_match: bool = True
    """False for a line whose quotes do not match: the server does not start with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMount(Fact):
    """One folder of a store's container. `kind`: `volume` outlives the container, `memory` (tmpfs) and `pod` (emptyDir) do not."""

    target: str
    kind: Literal["volume", "memory", "pod"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreService(Fact):
    """A container that runs a store. `file` is the name under which its options are directives too.

    `image` is as written, with defaults of variables filled in; empty where a template fills it in. `platform` says
    who keeps a container's own folder: `compose` over a restart, `kubernetes` never.
    """

    file: str
    platform: Literal["compose", "kubernetes"]
    image: str
    controller: str
    mounts: tuple[StoreMount, ...]
    is_whole: bool = True
    """Whether its options are all in the text."""
    parent: str = ""
    """The `file` of what it is a layer on: a service of another file, or what a Dockerfile starts. What it does not say is said there."""
    has_command: bool = True
    """Whether it says itself how the server is started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBehindShell(Fact):
    """A store's server is the child of a shell, which does not pass on what it is told. `file` names its options, `shell` is as written."""

    file: str
    shell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFailureLogsOut(Fact):
    """Code that takes a store that does not answer for a session that is over. `on` are the errors, `code` what it does then, `function` where."""

    function: str
    on: str
    code: str
