"""What compose files and manifests share: a container that runs a store, and its command line as directives."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from safelint.facts.store import StoreDirective
from safelint.places import Place
from safelint.readers._redis import HOLE, arguments_of
from safelint.readers._shell import pipelines
from safelint.readers._yaml import Node
from safelint.records import dataclass
from safelint.redis.configuration import command_line
from safelint.redis.lines import Unbalanced, split
from safelint.redis.servers import NEWEST, server_of
from safelint.values import Known

_IMAGE = re.compile(r"(^|/)(redis|valkey|keydb|redis-stack-server|redis-stack)(:|@|$)", re.IGNORECASE)
SERVERS = {"redis-server", "valkey-server", "keydb-server"}
_SENTINELS = {"redis-sentinel", "valkey-sentinel"}
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<mark>:?[-?+])(?P<default>[^}]*))?\}|\$(?P<plain>\w+)")
_HOLES = re.compile(r"\{\{.*?\}\}|‥+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command, with its place."""

    text: str
    place: Place


def is_store(image: str) -> bool:
    """Whether an image is a plain Redis or Valkey server. Bitnami's and others have their own way of being configured."""
    return _IMAGE.search(image.partition("@")[0]) is not None and "bitnami" not in image and "exporter" not in image


def items(node: Node | None, *keys: str) -> list[Node]:
    """The items of the sequence below these keys; none where there is no such."""
    found = node.get(*keys) if node is not None and keys else node
    return found.items if found is not None else []


def filled(text: str) -> str:
    """A text with compose's variables replaced by their defaults; what is not known becomes a hole."""

    def fill(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return str(found["default"]) if found["mark"] and found["mark"].endswith("-") else HOLE

    return _HOLES.sub(HOLE, _VARIABLE.sub(fill, text))


def words_of(text: str) -> list[str] | None:
    """The words of a command written as one text; None where its quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return None


def server_words(words: Sequence[Word]) -> list[Word] | None:
    """The words behind the server's name, through `sh -c`; [] where the image's own command runs, None where something else does."""
    if not words:
        return []
    first = words[0].text
    name = first.rpartition("/")[2]
    if name in SERVERS:
        return list(words[1:])
    if name in _SENTINELS:
        return [*words[1:], Word("--sentinel", words[0].place)]
    if first.startswith("-") or first.endswith(".conf"):
        return list(words)
    if name in ("docker-entrypoint.sh", "exec", "tini", "--"):
        return server_words(words[1:])
    if name in ("sh", "bash", "ash") and len(words) > 1:
        script = words[-1]
        for pipeline in pipelines(script.text):
            for simple in pipeline:
                at = next((number for number, word in enumerate(simple.words) if word.rpartition("/")[2] in SERVERS), None)
                if at is not None:
                    # What the shell puts in is not known here.
                    return [Word(re.sub(r"\$\{?\w+\}?", HOLE, word), script.place) for word in simple.words[at + 1 :]]
    return None


def directives(words: Sequence[Word], file: str, image: str, files: Mapping[str, str]) -> Iterator[StoreDirective]:
    """The options of a command line as lines of a configuration; `files` maps paths in the container to what lies there."""
    if not words:
        return
    is_sentinel = any(word.text.lower() == "--sentinel" for word in words)
    kind: Literal["redis", "sentinel"] = "sentinel" if is_sentinel else "redis"
    words = [word for word in words if word.text.lower() != "--sentinel"]
    server = server_of(image) or NEWEST
    conf, text = command_line(server, [word.text for word in words])
    place = words[0].place if words else Place("", 1, 1, 1, 1)
    if conf is not None and words[0].text:
        yield StoreDirective(place=words[0].place, file=file, kind=kind, name="include", arguments=(Known(_mounted(conf, files)),))
    by_option = {word.text.split(" ")[0][2:].lower(): word.place for word in words if word.text.startswith("--")}
    for line in text.split("\n"):
        try:
            parts = split(line)
        except Unbalanced:
            parts = ()
        if parts:
            name = parts[0].lower()
            yield StoreDirective(place=by_option.get(name, place), file=file, kind=kind, name=name, arguments=tuple(arguments_of(name, parts[1:])))


def _mounted(path: str, files: Mapping[str, str]) -> str:
    for target, source in files.items():
        if path == target:
            return source
        if path.startswith(target.rstrip("/") + "/"):
            return source.rstrip("/") + path[len(target.rstrip("/")) :]
    return path
