"""Ansible: the variables of the common Redis roles, lines put into a store's configuration, the module that flushes.

The roles are geerlingguy.redis and davidwittman.redis: a variable is the directive of its name, and one that is not given leaves the server's own
default. A role's `defaults` are not read: whoever uses the role decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled, StoreDirective
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis import HOLE, arguments_of
from safelint.readers._redis import directives as lines_of
from safelint.readers._yaml import Node, documents
from safelint.redis.lines import Unbalanced, split
from safelint.values import Known, Unknown

YIELDS: tuple[type[Fact], ...] = (StoreDirective, FlushCalled)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?!(?:.*/)?defaults/).*\.ya?ml$)"
TRIGGERS = (b"redis_appendonly", b"redis_save", b"redis_maxmemory", b"redis_disabled_commands", b"redis_rename_commands", b"lineinfile", b"blockinfile",
            b"community.general.redis", b"redis:")  # fmt: skip

_VARIABLES = {
    "redis_appendonly": "appendonly",
    "redis_appendfsync": "appendfsync",
    "redis_maxmemory": "maxmemory",
    "redis_maxmemory_policy": "maxmemory-policy",
    "redis_requirepass": "requirepass",
    "redis_password": "requirepass",
    "redis_dbdir": "dir",
    "redis_db_dir": "dir",
    "redis_dbfilename": "dbfilename",
    "redis_db_filename": "dbfilename",
}
_DECIDES = {"redis_appendonly", "redis_save", "redis_maxmemory_policy", "redis_disabled_commands", "redis_rename_commands", "redis_dbdir", "redis_db_dir"}
_CONF = re.compile(r"(redis|valkey)[\w./-]*\.conf$", re.IGNORECASE)
_WORTH = re.compile(
    r"redis_(appendonly|save|maxmemory|disabled_commands|rename_commands|db_?dir)|(line|block)infile:|^\s*(-\s+)?(community\.general\.)?redis:", re.MULTILINE
)


def read(source: Source) -> Iterator[Fact]:
    """Variables, lines and flushes of one file."""
    if not _WORTH.search(source.text):
        return
    try:
        roots = documents(source)
    except Unreadable:
        return  # who reads manifests and steps says so
    for root in roots:
        for node in root.walk():
            if node.kind == "mapping":
                if any(key.text in _DECIDES for key, _ in node.pairs):
                    yield from _variables(source, node)
                yield from _task(source, node)


def _variables(source: Source, node: Node) -> Iterator[StoreDirective]:
    file = f"{source.path}#redis"
    for key, value in node.pairs:
        name = _VARIABLES.get(key.text)
        if name is not None and value.kind == "scalar" and (value.text or name == "requirepass"):
            text = {"true": "yes", "false": "no"}.get(value.text.lower(), value.text) if value.plain and name == "appendonly" else value.text
            yield _directive(file, name, (_held(text),), value.place)
        elif key.text == "redis_save":
            # An empty list of the role leaves no `save` line but an empty one.
            for item in value.items or [value]:
                words = tuple(_held(item.text).split()) if item.kind == "scalar" else ()
                yield _directive(file, "save", words or ("",), item.place)
        elif key.text == "redis_disabled_commands":
            for item in value.items:
                yield _directive(file, "rename-command", (_held(item.text), ""), item.place)
        elif key.text == "redis_rename_commands":
            for item in value.items:
                words = tuple(part for part in _held(item.text).replace('"', "").replace("'", "").split())
                yield _directive(file, "rename-command", (words[0] if words else "", words[1] if len(words) > 1 else ""), item.place)


def _held(text: str) -> str:
    """A text whose templates are holes."""
    return re.sub(r"\{\{.*?\}\}|‥+", HOLE, text)


def _directive(file: str, name: str, words: tuple[str, ...], place: Place) -> StoreDirective:
    return StoreDirective(place=place, file=file, kind="redis", name=name, arguments=tuple(arguments_of(name, words)))


def _task(source: Source, node: Node) -> Iterator[Fact]:
    for key, value in node.pairs:
        module = key.text.rpartition(".")[2]
        if value.kind != "mapping":
            continue
        if module == "redis" and (command := value.get("command")) is not None and command.text == "flush":
            mode = value.get("flush_mode")
            what = "FLUSHDB" if mode is not None and mode.text == "db" else "FLUSHALL"
            yield FlushCalled(place=command.place, call=f"redis module: {what}", via="shell", target=Unknown("the server of a task"))
        elif module in ("lineinfile", "blockinfile"):
            path = value.get("path") or value.get("dest")
            text = value.get("line") or value.get("block")
            state = value.get("state")
            if path is not None and text is not None and _CONF.search(path.text) and (state is None or state.text != "absent"):
                yield from _written(source, path, text)


def _written(source: Source, path: Node, text: Node) -> Iterator[StoreDirective]:
    """Lines put into a file of the host: what else it holds is not known, and they come after it."""
    file = f"{source.path}#{path.text}"
    shift = 1 if text.block else 0

    def locate(number: int, width: int) -> Place:
        line = text.place.line + shift + number - 1
        return Place(source.path, line, text.place.column, line, text.place.column + max(width, 1))

    try:
        found = list(lines_of(_held(text.text), file, "redis", locate)) if text.block else [_one(file, text)]
    except Unbalanced:
        return
    if found:
        yield StoreDirective(place=path.place, file=file, kind="redis", name="include", arguments=(Known(f"host:{path.text}"),))
        yield from found


def _one(file: str, text: Node) -> StoreDirective:
    words = split(_held(text.text))
    name = words[0].lower() if words else ""
    return StoreDirective(place=text.place, file=file, kind="redis", name=name, arguments=tuple(arguments_of(name, words[1:])))
