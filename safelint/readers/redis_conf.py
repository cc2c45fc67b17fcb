"""redis.conf, valkey.conf, sentinel.conf and users.acl, and templates of them read around their holes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._redis import directives

YIELDS: tuple[type[Fact], ...] = (StoreDirective,)
# One of these stands in every configuration that says anything about sessions.
TRIGGERS = (b"append", b"save", b"maxmemory", b"requirepass", b"rename-command", b"sentinel", b"user", b"dir", b"bind", b"port", b"include",
            b"replicaof", b"slaveof", b"protected-mode", b"dbfilename", b"shutdown-on", b"enable-", b"masterauth", b"primaryauth")  # fmt: skip

_SERVER = r"(redis|valkey|keydb|sentinel)"
_ENDING = r"\.conf(\.(j2|jinja2?|tpl|tmpl|erb|in|prod|production|\w*prod\w*))?$"
_USERS = r"(^|/)(users?|redis|valkey|[^/]*-users)\.acl(\.(j2|tpl|tmpl))?$"
# By the name of the file or of a folder above it; what it holds decides again.
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}.*(?:(^|/)[^/]*{_SERVER}[^/]*{_ENDING}|(^|/)[^/]*{_SERVER}[^/]*/([^/]+/)*[^/]+{_ENDING}|{_USERS}))"


def read(source: Source) -> Iterator[Fact]:
    """Every line that says something, in order."""

    lines = source.text.split("\n")

    def locate(number: int, width: int) -> Place:
        line = lines[number - 1] if number <= len(lines) else ""
        start = len(line) - len(line.lstrip())
        return Place(source.path, number, start + 1, number, max(len(line.rstrip()), start) + 1)

    yield from directives(source.text, source.path, kind_of(source.path), locate)


def kind_of(path: str) -> str:
    """Which of the three files this is, by its name."""
    name = path.rpartition("/")[2].lower()
    if re.search(_USERS, path, re.IGNORECASE):
        return "users"
    return "sentinel" if "sentinel" in name else "redis"
