"""Configurations of a store put together from their lines: includes followed within the tree, evaluated for the server in use."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator, Sequence

from safelint.facts import Fact
from safelint.facts.project import ServerVersion
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreMount, StoreService
from safelint.hazards._layers import laid_over
from safelint.places import Place, Related, SideName
from safelint.records import dataclass
from safelint.redis import acl, sentinel
from safelint.redis.configuration import Configuration, Missing, Refusal, Written, access, evaluate
from safelint.redis.servers import NEWEST, OLD, SERVERS, Server, directives, server_of
from safelint.sources import Change, Side
from safelint.values import Known, Sealed, Value

_LOOPBACK = {"127.0.0.1", "::1", "localhost", "-::1"}


# Known to Redis 2 to 5 and to none of the servers measured.
_ANCIENT = {
    "vm-enabled",
    "vm-swap-file",
    "vm-max-memory",
    "vm-page-size",
    "vm-pages",
    "vm-max-threads",
    "hash-max-zipmap-entries",
    "hash-max-zipmap-value",
    "glueoutputbuf",
    "list-max-ziplist-entries",
    "list-max-ziplist-value",
    "slave-output-buffer-limit",
    "lua-replicate-commands",
    "shareobjects",
    "shareobjectspoolsize",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A line whose effect depends on the server, and how."""

    line: Written
    effect: str


@dataclass(slots=True)
class Store:
    """One store as its files describe it. `file` names it; `files` are all that it is made of."""

    file: str
    kind: str
    lines: tuple[StoreDirective, ...]
    files: set[str]
    configuration: Configuration
    """As the server in use reads it; where that is not declared, the newest."""
    refusals: tuple[Refusal, ...]
    """What stops the start on the server in use; where that is not declared, on every server since Redis 7.0."""
    users_file: tuple[StoreDirective, ...] | None = None
    service: StoreService | None = None
    shell: ServerBehindShell | None = None
    """The shell that stands between it and whoever stops it."""
    differences: tuple[Difference, ...] = ()
    """What depends on the server's version, where that is not declared."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing that could change the answer is outside of the text. A value that a template fills in stands for itself alone."""
        known = {*directives(self.configuration.server), "rename-command", "user"}
        return known.issuperset(self.configuration.unknown) and (self.service is None or self.service.is_whole)

    @property
    def is_judged(self) -> bool:
        """Whether it tells enough to say what is absent from it."""
        return self.is_whole and not self.refusals

    def access(self) -> acl.Access | None:
        """Who may run what; None where the text does not tell, or the server does not start."""
        if self.refusals or (self.configuration.settings.get("aclfile", ("",))[0] and self.users_file is None):
            return None
        told = [*(line.arguments for line in self.configuration.user_lines), *(_texts_or_none(line) for line in self.users_file or ())]
        if "rename-command" in self.configuration.unknown or "user" in self.configuration.unknown or any(None in arguments for arguments in told):
            return None
        return self._access()

    def refused_users(self) -> str | None:
        """Why the server refuses its aclfile, in its own words."""
        try:
            self._access()
        except acl.RuleRefused as error:
            return error.why
        return None

    def _access(self) -> acl.Access:
        text = None if self.users_file is None else "\n".join(" ".join(["user", *_texts(line)]) for line in self.users_file)
        return access(self.configuration, text)

    @property
    def listens_to_others(self) -> bool | None:
        """Whether other machines can connect without a password: True, False, or None where the text leaves it open."""
        bound = self.configuration.settings.get("bind")
        if self.configuration.get("protected-mode", "yes") == "no":
            return bound is None or any(each not in _LOOPBACK for each in bound)
        if bound is not None and all(each in _LOOPBACK for each in bound):
            return False
        return None

    @property
    def folder(self) -> str:
        """Where it keeps its files; the official images' folder where a container is not told otherwise, else empty."""
        return (self.configuration.settings.get("dir") or ("",))[0] or ("/data" if self.service else "")

    @property
    def mount(self) -> StoreMount | None:
        """What its folder lies on, in a container: the innermost mount around it."""
        around = [each for each in (self.service.mounts if self.service else ()) if f"{self.folder}/".startswith(f"{each.target.rstrip('/')}/")]
        return max(around, key=lambda each: len(each.target), default=None)

    @property
    def means_to_keep(self) -> bool:
        """Whether somebody wanted its data to stay: by a directive, or by a volume under it."""
        told = self.configuration.keeps_log or ("save" in self.configuration.settings and bool(self.configuration.save))
        mount = self.mount
        return self.service is None or told or (mount is not None and mount.kind == "volume")

    def user_line(self, name: str) -> StoreDirective | None:
        """The line of its configuration or of its aclfile that makes a user."""
        own = [fact_of(line) for line in self.configuration.user_lines]
        return next((each for each in (*own, *(self.users_file or ())) if each.arguments and each.arguments[0] == Known(name)), None)

    def line(self, *names: str) -> Fact:
        """The line that set the first of these directives that is set; the first line of the file where none is."""
        for name in names:
            if (found := self.configuration.origins.get(name)) is not None:
                return fact_of(found)
        return self.lines[0] if self.lines else self.service or self.lines[0]


def stores(side: Side) -> list[Store]:
    """Every store whose configuration the change touches, by name. Files that another includes are parts of that one."""
    touched = {fact.file for fact in side.touched(StoreDirective)} | {fact.file for fact in side.touched(StoreService)}
    return [store for store in all_stores(side) if store.files & touched] if touched else []


def all_stores(side: Side) -> list[Store]:
    """Every store of the tree, touched or not."""
    if "stores" not in side.worked_out:
        side.worked_out["stores"] = _stores(side)
    found: list[Store] = side.worked_out["stores"]
    return found


def changed_stores(change: Change) -> Iterator[tuple[Store, Store]]:
    """Each data server that both sides describe and would start with: at the base, and at the head."""
    heads = {store.file: store for store in stores(change.head)}
    for base in stores(change.base):
        head = heads.get(head_file(change, base.file))
        if head is not None and base.kind == head.kind == "redis" and not head.refusals and not base.refusals:
            yield base, head


def where(base: Store, head: Store, setting: str) -> tuple[Place, tuple[Related, ...], SideName]:
    """The place of a directive at the head, with that at the base beside it; where it was taken away, that at the base."""
    old, new = base.configuration.origins.get(setting), head.configuration.origins.get(setting)
    if new is None and old is not None:
        return fact_of(old).place, (), "base"
    related = (Related(fact_of(old).place, "it was set here", "base"),) if old is not None else ()
    return head.line(setting).place, related, "head"


def _stores(side: Side) -> list[Store]:
    by_file: dict[str, list[StoreDirective]] = {}
    for fact in side.everywhere(StoreDirective):
        by_file.setdefault(fact.file, []).append(fact)
    written_services = {service.file: service for service in side.everywhere(StoreService)}
    services, layers = laid_over(written_services, by_file)
    for file in services:
        by_file.setdefault(file, [])
    versions = [each for each in side.everywhere(ServerVersion) if each.product in ("redis", "valkey")]
    declared = server_of(f"{versions[0].product} {versions[0].version}") if versions else None
    built = {file: _store(file, lines, by_file, declared, services.get(file)) for file, lines in by_file.items() if not lines or lines[0].kind != "users"}
    for behind in side.everywhere(ServerBehindShell):
        if behind.file in built:
            built[behind.file].shell = behind
    for file, below in layers.items():
        built[file].files |= below
    parts = {part for file, store in built.items() for part in store.files - {file}}
    return [store for file, store in sorted(built.items()) if file not in parts]


def _store(
    file: str, lines: Sequence[StoreDirective], by_file: dict[str, list[StoreDirective]], declared: Server | None, service: StoreService | None
) -> Store:
    kind = lines[0].kind if lines else "redis"
    declared = (server_of(service.image) if service else None) or declared
    if kind == "redis" and sum(line.name == "sentinel" for line in lines) * 2 > len(lines):
        kind = "sentinel"
    files = {file}

    def include(pattern: str, folder: str | None) -> Sequence[Written] | Missing | None:
        found = sorted(other for other in by_file if other != file and by_file[other] and by_file[other][0].kind == kind and _is_included(pattern, file, other))
        if pattern.startswith("configmap:") and found:
            # Of several of one name the nearest: an overlay has its own.
            nearest = max(len(posixpath.commonpath([file.partition("#")[0], other.partition("#")[0]])) for other in found)
            found = [other for other in found if len(posixpath.commonpath([file.partition("#")[0], other.partition("#")[0]])) == nearest]
        files.update(found)
        return [each for other in found for each in written(by_file[other])] if found else None

    if declared is None and "valkey" in file.lower():
        declared = server_of("valkey")
    servers = (declared,) if declared else SERVERS[1:]
    judged = [evaluate(server, written(lines), include, sentinel=kind == "sentinel") for server in servers]
    configuration = next((each for each in judged if each.server == (declared or NEWEST)), judged[0])
    refusals = tuple(each for each in judged[0].refusals if all(any(_line(other) is _line(each) for other in found.refusals) for found in judged))
    if declared is None:
        # Whoever still writes these runs a server older than any that was measured, and it takes them.
        ancient = [each for each in refusals if each.line and each.line.name in _ANCIENT]
        refusals = tuple(each for each in refusals if each not in ancient)
        configuration.unknown += [each.line.name for each in ancient if each.line]
    if kind == "sentinel":
        unsure = any(each.startswith(("include", "sentinel")) for each in configuration.unknown)
        refusals += tuple(sentinel.refusals(configuration.sentinel_lines, unsure))
    users = _users_file(configuration, by_file)
    store = Store(file, kind, tuple(lines), files | ({users[0].file} if users else set()), configuration, refusals, users, service)
    if declared is None and kind == "redis":
        store.differences = tuple(_differences(judged, evaluate(OLD, written(lines), include)))
    if (why := store.refused_users()) is not None and users:
        store.refusals = (Refusal(why, Written("user", (), place=users[0])),)
    return store


def _differences(judged: Sequence[Configuration], old: Configuration) -> Iterator[Difference]:
    """What one server takes and another does not, or takes otherwise, where nobody said which one runs."""
    seen: list[object] = []
    for refusal in (each for found in judged for each in found.refusals if each.line is not None and each.line.name not in _ANCIENT):
        failing = [found.server.name for found in judged if any(_line(each) == _line(refusal) for each in found.refusals)]
        if len(failing) < len(judged) and refusal.line is not None and _line(refusal) not in seen:
            seen.append(_line(refusal))
            yield Difference(refusal.line, f"stops the start on {_listed(failing)} ({refusal.message}) and not on the others")
    if old.save == () and not old.refusals and all(found.save and not found.refusals for found in judged) and not judged[0].keeps_log:
        yield Difference(judged[0].origins["save"], "keeps no snapshot at all on Redis 6.2, and works from 7.0 on")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(each.capitalize() for each in names)


def _line(refusal: Refusal) -> object:
    return refusal.line.place if refusal.line else None


def _is_included(pattern: str, file: str, other: str) -> bool:
    """Whether an include means another file of the tree: by its path from the including file, or by the end of both paths."""
    if pattern.startswith("configmap:"):
        return other.partition("#")[2] == pattern.removeprefix("configmap:")
    if pattern.startswith("tree:"):
        return other == pattern.removeprefix("tree:")
    file, other = file.partition("#")[0], other if "#" not in other else ""
    if not posixpath.isabs(pattern):
        return fnmatch.fnmatchcase(other, posixpath.normpath(posixpath.join(posixpath.dirname(file), pattern)))
    # On the server it lies elsewhere than in the tree: the last folder and the name must do.
    if not fnmatch.fnmatchcase(posixpath.basename(other), posixpath.basename(pattern)):
        return False
    folder = posixpath.dirname(other)
    return folder == posixpath.dirname(file) or posixpath.basename(folder) == posixpath.basename(posixpath.dirname(pattern))


def _users_file(configuration: Configuration, by_file: dict[str, list[StoreDirective]]) -> tuple[StoreDirective, ...] | None:
    name = (configuration.settings.get("aclfile") or ("",))[0]
    if not name:
        return None
    found = [lines for file, lines in by_file.items() if lines and lines[0].kind == "users" and posixpath.basename(file) == posixpath.basename(name)]
    return tuple(found[0]) if len(found) == 1 else None


def head_file(change: Change, file: str) -> str:
    """The name at the head of a configuration of the base: its path may have changed."""
    path, mark, part = file.partition("#")
    return f"{change.head_path(path) or ''}{mark}{part}"


def fact_of(line: Written) -> StoreDirective:
    """The fact that a line of a configuration was made from."""
    fact: StoreDirective = line.place
    return fact


def written(lines: Sequence[StoreDirective]) -> list[Written]:
    """Lines as the evaluation wants them; `place` is the fact."""
    return [Written(line.name, _texts_or_none(line), line.words_match, place=line) for line in lines]


def _texts_or_none(line: StoreDirective) -> tuple[str | None, ...]:
    return tuple(text_of_argument(each) for each in line.arguments)


def _texts(line: StoreDirective) -> list[str]:
    return [text_of_argument(each) or "" for each in line.arguments]


def text_of_argument(value: Value) -> str | None:
    """An argument as the server would see it, with a stand-in for a secret; None where it is not known."""
    match value:
        case Known(str() as text):
            return text
        case Sealed(_, traits) if "empty" in traits:
            return ""
        case Sealed(print_, traits) if acl.HASH in traits:
            return traits[0] + print_
        case Sealed(print_, (("#" | "!") as mark,)):
            # As a password, like that of requirepass: the same one is then the same here.
            return (">" if mark == "#" else "<") + print_
        case Sealed(print_, _):
            return print_
    return None
