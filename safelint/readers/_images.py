"""Images that run a store: whose way of being configured they follow, and which version a name says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from safelint.facts.store import StoreDirective
from safelint.places import Place
from safelint.readers._redis import HOLE, arguments_of
from safelint.readers._service import Word, directives, words_of
from safelint.values import Known

Maker = Literal["official", "bitnami", "other"]

_NAME = re.compile(r"(redis|valkey|keydb|redis-stack|redis-stack-server)", re.IGNORECASE)
# Who publishes these publishes the official server and its entry point, or a copy of it.
_PUBLISHERS = {"library", "docker.io", "valkey", "redis", "eqalpha", "dockerhub", "docker", "cimg", "mirror", "proxy"}
_RUN = re.compile(r"(^|/)run\.sh$")


def maker_of(image: str) -> Maker | None:
    """Who made an image of a store: `other` for somebody's own, of which only the name is known; None for an image of something else."""
    folders = image.partition("@")[0].lower().split("/")
    name = folders.pop().partition(":")[0]
    if _NAME.fullmatch(name) is None:
        return None
    if any("bitnami" in each for each in folders):
        return "bitnami" if name in ("redis", "valkey") else "other"
    mirrored = not folders or folders[-1] in _PUBLISHERS or "." in folders[0] or ":" in folders[0] or HOLE in folders[0]
    return "official" if mirrored else "other"


def shown(image: str) -> str:
    """An image without its digest, which says no version; empty where a template fills a part of it in."""
    return "" if HOLE in image else image.partition("@")[0]


def bitnami(image: str, environment: Mapping[str, Word], words: Sequence[Word], place: Place, file: str, files: Mapping[str, str]) -> Iterator[StoreDirective]:
    """What Bitnami's image makes of its variables: a log, no snapshots, its own folder. Read in the scripts of the images for Redis 7.0 to 7.4."""
    ran = [word.text for word in words]
    if ran and not any(_RUN.search(text) for text in ran):
        # Whatever else is run starts without the image's own configuration.
        yield from directives([*words][1:] if ran[0].endswith("-server") else [], file, image, files)
        return
    product = "valkey" if image.partition("@")[0].rpartition("/")[2].startswith("valkey") else "redis"

    def told(name: str, default: str) -> Word:
        word = environment.get(f"{product.upper()}_{name}") or environment.get(name)
        return word if word is not None and word.text else Word(default, place)

    def line(name: str, word: Word, *arguments: str) -> StoreDirective:
        return StoreDirective(place=word.place, file=file, kind="redis", name=name, arguments=tuple(arguments_of(name, arguments or (word.text,))))

    folder = f"/opt/bitnami/{product}"
    yield line("dir", told("DATA_DIR", f"/bitnami/{product}/data"))
    mounted = _lies_at(files, f"{folder}/mounted-etc/{product}.conf") or _lies_at(files, f"{folder}/etc/{product}.conf")
    if mounted is not None:
        yield StoreDirective(place=place, file=file, kind="redis", name="include", arguments=(Known(mounted),))
    else:
        log = told("AOF_ENABLED", "yes")
        yield line("appendonly", log)
        policy = told("RDB_POLICY", "")
        # Where nothing is said of snapshots, what is said of the log decides what is kept.
        policy = policy if policy.text else Word("", log.place)
        for rule in policy.text.split() or [""]:
            yield line("save", policy, *(rule.split("#") if rule else [""]))
        if told("ALLOW_EMPTY_PASSWORD", "no").text.lower() in ("yes", "true", "1"):
            yield line("protected-mode", told("ALLOW_EMPTY_PASSWORD", "no"), "no")
        if (password := told("PASSWORD", "")).text:
            yield line("requirepass", password)
        disabled = told("DISABLE_COMMANDS", "")
        for command in disabled.text.replace(",", " ").split():
            yield line("rename-command", disabled, command, "")
        if (users := told("ACLFILE", "")).text:
            yield line("aclfile", users)
        if (overrides := _lies_at(files, f"{folder}/mounted-etc/overrides.conf")) is not None:
            yield StoreDirective(place=place, file=file, kind="redis", name="include", arguments=(Known(overrides),))
    flags = told("EXTRA_FLAGS", "")
    more = [Word(each, flags.place) for each in words_of(flags.text) or []]
    yield from directives([*[word for word in words if not _RUN.search(word.text)], *more], file, image, files)


def _lies_at(files: Mapping[str, str], path: str) -> str | None:
    for target, origin in files.items():
        if target == path:
            return origin
        if path.startswith(f"{target.rstrip('/')}/") and not origin.endswith(".conf"):
            return f"{origin.rstrip('/')}{path[len(target.rstrip('/')) :]}"
    return None
