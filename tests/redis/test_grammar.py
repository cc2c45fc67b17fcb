"""The reader of redis.conf agrees with what six servers did with 179 configurations."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from safelint.redis import acl
from safelint.redis.configuration import Configuration, Missing, Written, access, command_line, evaluate, read
from safelint.redis.servers import SERVERS, Server, directives
from safelint.redis.values import memory

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "grammar_truth.jsonl").read_text(encoding="utf-8").splitlines()]

UNDECIDABLE = {
    # These depend on the host: whether a folder exists.
    "dir missing": "whether a folder exists is the host's affair",
    "logfile missing dir": "whether a folder exists is the host's affair",
    "include self": "the server dies of its own recursion without a message",
}


def measured() -> Iterator[tuple[str, dict[str, Any], Server, Any]]:
    for row in ROWS:
        for name, result in row["res"].items():
            server = next(each for each in SERVERS if name.replace("-", " ").startswith(each.name))
            if row["probe"] not in UNDECIDABLE:
                yield f"{row['probe']} on {name}", row, server, result


CASES = list(measured())


def understood(row: dict[str, Any], server: Server) -> tuple[Configuration, dict[str, acl.User] | None, str | None]:
    files: dict[str, str] = row["files"]

    def include(pattern: str, folder: str | None) -> Sequence[Written] | Missing | None:
        where = f"{folder}/{pattern}" if folder else pattern
        if any(letter in pattern for letter in "*?[") and not server.is_old:
            found = sorted(name for name in files if fnmatch.fnmatchcase(name, where) and not name.rpartition("/")[2].startswith("."))
            return read(server, "".join(files[name] for name in found))
        if any(name.startswith(f"{where}/") for name in files):
            return []
        return read(server, files[where]) if where in files else Missing(pattern)

    text = row["conf"]
    text = eval(text).decode("latin-1") if text.startswith(("b'", 'b"')) else text
    if row["args"]:
        file, options = command_line(server, ["redis.conf", *row["args"], "--port", "7000"])
        assert file == "redis.conf"
        text += "\n" + options
    found = evaluate(server, read(server, text), include)
    if not found.refusals:
        aclfile = (found.settings.get("aclfile") or ("",))[0]
        try:
            if aclfile and aclfile not in files:
                return found, None, f"Error loading ACLs, opening file '{aclfile}': No such file or directory"
            return found, access(found, files[aclfile] if aclfile else None).users, None
        except acl.RuleRefused as error:
            return found, None, error.why
    return found, None, found.refusals[0].message


@pytest.mark.parametrize(("row", "server", "result"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_as_measured(row: dict[str, Any], server: Server, result: Any) -> None:
    found, users, refused = understood(row, server)
    if isinstance(result, str) and result.startswith("FAILS"):
        assert refused is not None
        # The measurement kept two lines of what the server printed: a line broken by a control character took the message's place.
        assert refused.split(". ")[0].strip() in result or row["probe"] in ("CR only", "VT and FF as blank")
        return
    assert refused is None
    assert users is not None
    if result == "starts":
        return
    for name, value in result.items():
        assert said(found, users, server, name, value) == value, name


def said(found: Configuration, users: dict[str, acl.User], server: Server, name: str, value: str) -> str:
    if name == "PING":
        return "PONG" if users["default"].is_open else "NOAUTH Authentication required."
    if name.startswith("cmd:"):
        return "present" if name[4:] in found.words else "absent"
    if name.startswith("acl:"):
        if value.startswith("NOAUTH"):
            return value if not users["default"].is_open else "open"
        return value if same_user(users[name[4:]], value, server) else f"another user than {value}"
    if name == "save":
        return " ".join(f"{seconds} {changes}" for seconds, changes in found.save or ())
    if name == "client-output-buffer-limit":
        return value if found.settings[name] else ""
    canonical = "replicaof" if name == "slaveof" else name
    arguments = found.settings.get(canonical)
    if arguments is None:
        return {"appendonly": "no", "maxmemory": "0", "bind": "", "replicaof": ""}[name]
    text = " ".join(each or "" for each in arguments)
    known = directives(server).get(canonical)
    if known and known.kind == "memory":
        return str(memory(server, text))
    return text.lower() if known and known.kind in ("bool", "enum") else text


def same_user(user: acl.User, description: str, server: Server) -> bool:
    """Whether a user is the one that ACL LIST describes."""
    other = acl.new_user(server, user.name)
    for rule in acl.merged(server, description.split()):
        if rule.startswith("resetchannels"):
            other.root.all_channels = False
        acl.apply(server, other, rule)
    return (user.on, user.no_password, user.root.all_keys, user.root.patterns) == (
        other.on,
        other.no_password,
        other.root.all_keys,
        other.root.patterns,
    ) and all(user.may(server, command, key=None) == other.may(server, command, key=None) for command in ("flushall", "get", "set", "shutdown"))
