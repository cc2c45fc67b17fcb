"""The evaluation of access lists agrees with what six servers let through, in 116 set-ups with up to 26 commands each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safelint.redis import acl
from safelint.redis.configuration import access, evaluate, read
from safelint.redis.servers import SERVERS, Server

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "acl_truth.jsonl").read_text(encoding="utf-8").splitlines()]

# command as measured -> command, first argument, key that is touched, how
COMMANDS: dict[str, tuple[str, str, str | None, str, int | None]] = {
    "flushall": ("flushall", "", None, "", None),
    "flushall_async": ("flushall", "async", None, "", None),
    "flushdb": ("flushdb", "", None, "", 0),
    "swapdb": ("swapdb", "0", None, "", None),
    "del": ("del", "app:k", "app:k", "w", 0),
    "unlink": ("unlink", "app:k", "app:k", "w", 0),
    "keys": ("keys", "*", None, "", 0),
    "debug": ("debug", "sleep", None, "", 0),
    "debug_object": ("debug", "object", None, "", 0),
    "config_get": ("config|get", "", None, "", 0),
    "config_set": ("config|set", "", None, "", 0),
    "config_resetstat": ("config|resetstat", "", None, "", 0),
    "script_flush": ("script|flush", "", None, "", 0),
    "function_flush": ("function|flush", "", None, "", 0),
    "migrate": ("migrate", "", "app:k", "rw", 0),
    "restore": ("restore", "app:k", "app:k", "w", 0),
    "acl_setuser": ("acl|setuser", "", None, "", 0),
    "module_list": ("module|list", "", None, "", 0),
    "client_kill": ("client|kill", "", None, "", 0),
    "save": ("save", "", None, "", 0),
    "replicaof": ("replicaof", "", None, "", 0),
    "cluster_reset": ("cluster|reset", "", None, "", 0),
    "failover": ("failover", "", None, "", 0),
    "shutdown": ("shutdown", "", None, "", 0),
    "zap": ("flushall", "", None, "", None),
}
CASES = [
    (row, next(each for each in SERVERS if name.replace("-", " ").startswith(each.name)), result, name) for row in ROWS for name, result in row["res"].items()
]


@pytest.mark.parametrize(("row", "server", "result"), [case[:3] for case in CASES], ids=[f"{row['name']} on {name}" for row, _, _, name in CASES])
def test_as_measured(row: dict[str, Any], server: Server, result: Any) -> None:
    found = evaluate(server, read(server, row["conf"]), lambda pattern, folder: None)
    try:
        refused = found.refusals[0].message if found.refusals else None
        allowed = access(found, next(iter(row["files"].values()), None)) if not refused else None
    except acl.RuleRefused as error:
        refused, allowed = error.why, None
    if "start" in result:
        assert refused is not None, result
        return
    assert refused is None
    assert allowed is not None
    user = allowed.default if allowed.default.is_open else None
    if row["login"]:
        name, password = row["login"]
        one = allowed.users.get(name)
        import hashlib

        fits = one is not None and one.on and (one.no_password or hashlib.sha256(password.encode()).hexdigest() in one.passwords)
        user = one if fits else None
    if row["login"] and user is None:
        assert set(result.values()) == {"noauth"}
        return
    for command, verdict in result.items():
        assert judged(allowed, user, command, row) == verdict, command


def judged(allowed: acl.Access, user: acl.User | None, command: str, row: dict[str, Any]) -> str:
    if command == "eval_flushall":
        outer = allowed.verdict(user, "eval", "return", None, "", 0)
        if outer != "runs" or "flushall" not in allowed.words:
            return outer if outer != "runs" else "absent"
        return allowed.verdict(user, "flushall", "", None, "", None)
    name, first, key, access_, database = COMMANDS[command]
    if (command if command == "zap" else name.partition("|")[0]) not in allowed.words:
        return "absent"
    return allowed.verdict(user, name, first, key, access_, database)
