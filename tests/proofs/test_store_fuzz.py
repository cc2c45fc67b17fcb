"""Random configurations and access lists, read by safelint and by living servers: they must agree.

Without SAFELINT_FUZZ the same ones are tried in every run, so that a change is judged by what it changed. With it (a number that multiplies
how many are tried) they are new ones each time; what they find becomes a case of tests/redis.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from safelint.redis import acl
from safelint.redis.configuration import access, command_line, evaluate, read
from safelint.redis.servers import categories, commands, directives, subcommands
from safelint.redis.values import memory
from tests.proofs.servers import EVERY, fails_or_starts, running, server_named

TIMES = int(os.environ.get("SAFELINT_FUZZ", "1"))
FIRST = random.randrange(2**32) if "SAFELINT_FUZZ" in os.environ else 1
ASKED = {
    "flushall": ("flushall",),
    "flushdb": ("flushdb",),
    "swapdb": ("swapdb", "0", "1"),
    "config|set": ("config", "set", "hz", "10"),
    "config|get": ("config", "get", "hz"),
    "acl|setuser": ("acl", "setuser", "x"),
    "keys": ("keys", "*"),
    "shutdown": ("shutdown",),
    "replicaof": ("replicaof", "no", "one"),
    "save": ("save",),
    "get": ("get", "app:1"),
    "set": ("set", "app:1", "v"),
    "del": ("del", "other"),
    "debug": ("debug", "object", "k"),
    "ping": ("ping",),
    "select": ("select", "1"),
}
KEYS = {"get": ("app:1", "r"), "set": ("app:1", "w"), "del": ("other", "w")}


def rules(draw: random.Random, server: str) -> list[str]:
    known = sorted(commands(server_named(server)))
    parents = sorted(subcommands(server_named(server))) or ["config"]
    likely = ["flushall", "flushdb", "swapdb", "config", "acl", "keys", "shutdown", "replicaof", "get", "set", "del", "debug", "select", "save"]
    makers = [
        lambda: draw.choice(["+", "-"]) + draw.choice(likely),
        lambda: draw.choice(["+", "-"]) + draw.choice(known),
        lambda: draw.choice(["+", "-"]) + "@" + draw.choice([*sorted(categories()), "all", "all", "dangerous"]),
        lambda: draw.choice(["+@all", "-@all", "allcommands", "nocommands", "+@ALL", "reset", "on", "off", "nopass", "resetpass", "clearselectors"]),
        lambda: draw.choice(["~*", "~app:*", "resetkeys", "allkeys", "%R~*", "%RW~app:*", "%W~o*", "&*", "resetchannels", "&c"]),
        lambda: draw.choice(["+", "-"]) + draw.choice(parents) + "|" + draw.choice(["get", "set", "setuser", "nosuch", ""]),
        lambda: "+" + draw.choice(["select", "flushall", "get", "config|set"]) + "|" + draw.choice(["0", "1", "async", ""]),
        lambda: draw.choice([">pw", "<pw", "#" + "a" * 64, "#c", "!" + "a" * 64, "wibble", "+nosuch", "+@nosuch", "%X~*", "~a b", "(", ")", "()"]),
        lambda: (
            "("
            + " ".join(draw.choice(["+@all", "-@dangerous", "+flushall", "~*", "~app:*", "+get", "on", "+config|get"]) for _ in range(draw.randint(0, 3)))
            + ")"
        ),
    ]
    weights = [8, 3, 6, 4, 3, 2, 1, 1, 1]
    return [draw.choices(makers, weights)[0]() for _ in range(draw.randint(1, 7))]


@EVERY
def test_access_lists(server: str, tmp_path: Path) -> None:
    seed = FIRST
    draw, known = random.Random(seed), server_named(server)
    with running(server, "enable-debug-command yes\n" if not known.is_old else "", tmp_path) as up:
        for _ in range(120 * TIMES):
            written = rules(draw, server)
            said = ask(up.client, "ACL", "SETUSER", "fz", "reset", *written)
            try:
                user = acl.new_user(known, "fz")
                for rule in acl.merged(known, ["reset", *written]):
                    acl.apply(known, user, rule)
                refused = None
            except acl.RuleRefused as error:
                refused = error.why
            where = f"seed {seed}: {written}"
            assert (refused is None) == (said == "OK"), f"{where}: {said} / {refused}"
            if refused is None and not known.is_old:
                for command, words in ASKED.items():
                    key, how = KEYS.get(command, (None, "rw"))
                    runs = user.may(known, command, words[1] if len(words) > 1 else "", key, how, None if command in ("flushall", "swapdb") else 0)
                    live = ask(up.client, "ACL", "DRYRUN", "fz", *words)
                    assert (live == "OK") == runs, f"{where}: {command}: {live}"
            ask(up.client, "ACL", "DELUSER", "fz")


def ask(client: object, *words: str) -> str:
    import redis

    try:
        answer = client.execute_command(*words)  # type: ignore[attr-defined]
    except redis.RedisError as error:
        return str(error)
    return "OK" if answer in (True, b"OK", "OK", 0, 1) else str(answer)


VALUES = [
    "yes",
    "no",
    "YES",
    "true",
    "0",
    "1",
    "100",
    "-1",
    "1mb",
    "1gb",
    "1.5gb",
    "10k",
    "",
    '""',
    "abc",
    "everysec",
    "always",
    "noeviction",
    "allkeys-lru",
    "volatile-ttl",
    '"yes"',
    "'no'",
    '"y"es',
    'y"es"',
    "yes # c",
    "1 2",
    "900 1",
    '"900 1"',
    "65536",
    "99999999999999999999",
    "local",
    "nosave",
    "default",
    "50%",
    "01",
    "+5",
    "#",
    "x.aof",
]
# What depends on the host or on how the server was built (all of TLS), or keeps the server from being reached or stopped by the test.
LEFT_OUT = {
    "port",
    "bind",
    "unixsocket",
    "unixsocketperm",
    "dir",
    "logfile",
    "pidfile",
    "daemonize",
    "supervised",
    "aclfile",
    "include",
    "loadmodule",
    "tls-port",
    "tls-cluster",
    "tls-replication",
    "rdma-port",
    "rdma-bind",
    "maxclients",
    "cluster-config-file",
    "syslog-enabled",
    "bind-source-addr",
    "io-threads",
    "key-load-delay",
    "rdb-key-save-delay",
    "cluster-port",
    "cluster-enabled",
    "cluster-announce-hostname",
    "cluster-announce-human-nodename",
    "proc-title-template",
    "locale-collate",
    "tls-protocols",
    "databases",
    "server-cpulist",
    "server_cpulist",
    "bio-cpulist",
    "bio_cpulist",
    "aof-rewrite-cpulist",
    "aof_rewrite_cpulist",
    "bgsave-cpulist",
    "bgsave_cpulist",
    "hash-seed",
    "oom-score-adj",
    "oom-score-adj-values",
    "crash-memcheck-enabled",
    "watchdog-period",
    "req-res-logfile",
    "ignore-warnings",
    "unixsocketgroup",
    "maxmemory",
    "maxmemory-clients",
    "client-query-buffer-limit",
    "hz",
    "enable-debug-assert",
    "cluster-databases",
    "tcp-backlog",
    "mptcp",
    "repl-mptcp",
    "jemalloc-bg-thread",
    "disable-thp",
    "syslog-facility",
    "latency-tracking-info-percentiles",
    "notify-keyspace-events",
    "socket-mark-id",
    "tls-auth-clients-user",
    "cluster-announce-bus-port",
    "client-default-resp",
    "activedefrag",
    "propagation-error-behavior",
    "replica-announce-port",
    "timeout",
    "extended-redis-compatibility",
    "cluster-announce-ip",
    "debug-context",
    "availability-zone",
    "rdb-version-check",
    "cluster-announce-client-ipv4",
    "cluster-announce-client-ipv6",
    "repl-ping-replica-period",
    "requirepass",
    "replicaof",
    "slaveof",
    "masterauth",
    "primaryauth",
}
SHOWN = ("appendonly", "save", "maxmemory-policy", "appendfsync", "dbfilename", "stop-writes-on-bgsave-error", "repl-backlog-size")


def conf(draw: random.Random, server: str) -> str:
    known = sorted(name for name in directives(server_named(server)) if name not in LEFT_OUT and not name.startswith("tls-"))
    found = []
    for _ in range(draw.randint(1, 4)):
        kind = draw.random()
        if kind < 0.35:
            name = draw.choice([*SHOWN, "client-output-buffer-limit"])
        elif kind < 0.8:
            name = draw.choice(known)
        else:
            found.append(
                draw.choice(
                    [
                        'rename-command FLUSHALL ""',
                        "rename-command flushall zap",
                        "rename-command FLUSHDB get",
                        "rename-command NOSUCH x",
                        "rename-command KEYS ''",
                        "# comment",
                        "user bob on nopass ~* +@all",
                        "user bob on >x ~* +@all -@dangerous",
                        "user default on nopass ~* &* +@all",
                        "user bob +nosuch",
                        "user bob wibble",
                        "sentinel monitor",
                        "nosuch yes",
                        "no.such yes",
                        "save",
                        'save ""',
                        "save 900 1",
                        "save 900 1 300 10",
                        "save 60",
                        "save 0 1",
                        "  appendonly   yes  ",
                        "client-output-buffer-limit normal 0 0 0",
                        "client-output-buffer-limit pubsub 1mb 1mb 60",
                        "client-output-buffer-limit nosuch 0 0 0",
                        "list-max-ziplist-entries 5",
                        "shutdown-on-sigterm nosave",
                    ]
                )
            )
            continue
        directive = directives(server_named(server))[name]
        value = draw.choice(directive.values) if directive.values and draw.random() < 0.5 else draw.choice(VALUES)
        if directive.kind == "int" and directive.least is not None and draw.random() < 0.5:
            value = str(directive.least + draw.choice([-1, 0, 1]))
        found.append(f"{draw.choice([name, name, name.upper()])}{draw.choice([' ', '  ', chr(9)])}{value}")
    return "\n".join(found) + draw.choice(["", "\n", "\r\n"])


@EVERY
def test_configurations(server: str, tmp_path: Path) -> None:
    seed = FIRST
    draw, known = random.Random(seed), server_named(server)
    for number in range(40 * TIMES):
        text = conf(draw, server)
        options = draw.choice(
            [[], [], [], ["--save", "60", "1"], ["--appendonly", "yes"], ["--save", ""], ["--save"], ["--appendonly=yes"], ["--save", "--appendonly", "no"]]
        )
        _, worth = command_line(known, ["redis.conf", "--port", "0", *options])
        found = evaluate(known, read(known, f"{text}\n{worth}"))
        if not found.refusals:
            access(found)
        where = f"seed {seed}, {number}: {text!r} {options}: {[each.message for each in found.refusals]}"
        if any("ACL" in each.message or "declaration" in each.message for each in found.refusals) and known.is_old:
            continue  # 6.2 with a user line: its messages are older still, and only its start is compared elsewhere
        with fails_or_starts(server, text, tmp_path / str(number), *options) as up:
            if isinstance(up, str):
                assert found.refusals, f"{where}: {up[-300:]}"
                continue
            assert not found.refusals, where
            if not up.client.connection_pool or ask(up.client, "PING") not in ("True", "OK"):
                continue
            for name in SHOWN:
                live = up.client.config_get(name).get(name)
                if live is None:
                    continue
                ours = shown(found, name)
                if ours is not None:
                    assert ours == live, f"{where}: {name}"


def shown(found: object, name: str) -> str | None:
    """A setting as CONFIG GET shows it; None where it has its default."""
    from safelint.redis.configuration import Configuration

    assert isinstance(found, Configuration)
    if name == "save":
        return " ".join(f"{seconds} {changes}" for seconds, changes in found.save or ())
    if name not in found.settings:
        return None
    value = found.settings[name][0] or ""
    if name == "repl-backlog-size":
        return str(memory(found.server, value))
    return value if name == "dbfilename" else value.lower()


def test_the_servers_are_there() -> None:
    from tests.proofs.servers import programs

    assert set(programs()) >= {"redis 6.2", "redis 7.0", "valkey 9.1"}
    for program in programs().values():
        assert subprocess.run([program, "--version"], check=True, capture_output=True).stdout
