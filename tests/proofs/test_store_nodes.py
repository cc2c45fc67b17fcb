"""Several nodes of one store: failovers that happen and that do not, replicas that get nothing, and what one node does to another."""

from __future__ import annotations

import importlib
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.judging import example
from tests.proofs.servers import MODERN, SESSIONS, free_port, running, start

AT_ONCE = ("--repl-diskless-sync-delay", "0")
NODE = {"username": "node", "password": "s3cret-of-the-nodes"}
STORE = {"password": "s3cret-of-the-store"}
_WATCHED = 3.0  # seconds; a failover that works is through in one


def linked(client: Any, seconds: float = 20) -> bool:
    """Whether a replica has read its master within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if client.info("replication")["master_link_status"] == "up":
            return True
        time.sleep(0.02)
    return False


def role(client: Any) -> str:
    """What a node says of itself; empty while it hangs up, as a failover makes it."""
    try:
        return str(client.execute_command("ROLE")[0].decode())
    except importlib.import_module("redis").exceptions.ConnectionError:
        return ""


@pytest.mark.parametrize(
    ("kind", "title", "server", "login"),
    [
        ("Bad", "CONFIG is taken", "redis 7.0", {}),
        ("Bad", "so is SLAVEOF", "valkey 9.1", {}),
        ("Bad", "the Sentinel has no", "redis 7.0", STORE),
        ("Bad", "the Sentinel has another", "valkey 9.1", STORE),
        ("Bad", "it may do no more", "redis 7.0", NODE),
        ("Bad", "no replica may", "valkey 9.1", {}),
        ("Good", "a user for the nodes", "redis 7.0", NODE),
        ("Good", "a user for the nodes", "valkey 9.1", NODE),
        ("Good", "the Sentinel knows", "redis 7.0", {}),
    ],
)
def test_a_lost_master_is_replaced_or_not(kind: str, title: str, server: str, login: dict[str, str], tmp_path: Path) -> None:
    one = example("sentinel-can-not-fail-over", kind, title)
    text, watching = one.head.get("deploy/redis.conf", one.head.get("deploy/redis-replica.conf", "")), one.head["deploy/sentinel.conf"]
    text = text.replace("replicaof 10.0.0.5 6379\n", "")
    ports = [free_port(), free_port()]
    watching = watching.replace("10.0.0.5 6379 2", f"127.0.0.1 {ports[0]} 1") + "sentinel down-after-milliseconds sessions 300\n"
    follows = f"{text}replicaof 127.0.0.1 {ports[0]}\n"
    with (
        running(server, text, tmp_path / "master", "--port", str(ports[0]), *AT_ONCE, **login) as master,
        running(server, follows, tmp_path / "replica", "--port", str(ports[1]), *AT_ONCE, **login) as replica,
    ):
        master.log_in()
        assert linked(replica.client)
        with running(server, watching, tmp_path / "sentinel", "--sentinel", "--port", str(free_port())) as sentinel:
            end = time.monotonic() + (1.0 if kind == "Bad" else 20)
            while time.monotonic() < end and not sentinel.client.execute_command("SENTINEL", "REPLICAS", "sessions"):
                time.sleep(0.05)
            master.end(signal.SIGKILL)
            end = time.monotonic() + (_WATCHED if kind == "Bad" else 20)
            while time.monotonic() < end and role(replica.client) != "master":
                time.sleep(0.05)
            assert (role(replica.client) == "master") == (kind == "Good")


@MODERN
@pytest.mark.parametrize(("kind", "title", "left"), [("Bad", "the replica has", 0), ("Good", "both of", SESSIONS)])
def test_a_master_that_restarts(kind: str, title: str, left: int, server: str, tmp_path: Path) -> None:
    one = example("store-master-wipes-replicas", kind, title)
    port = free_port()
    options = ("--port", str(port), *AT_ONCE)
    replica_text = one.head["deploy/redis-replica.conf"].replace("10.0.0.5 6379", f"127.0.0.1 {port}")
    master = start(server, one.head["deploy/redis-master.conf"], tmp_path / "master", *options)
    master.log_in()
    with running(server, replica_text, tmp_path / "replica", *AT_ONCE) as replica:
        assert linked(replica.client)
        assert replica.sessions() == SESSIONS
        master.end()
        with running(server, one.head["deploy/redis-master.conf"], tmp_path / "master", *options):
            end = time.monotonic() + 20
            while time.monotonic() < end and replica.client.info("replication")["master_sync_in_progress"] == 0 and replica.sessions() != left:
                time.sleep(0.02)
            assert linked(replica.client)
            assert replica.sessions() == left


@MODERN
@pytest.mark.parametrize(
    ("kind", "title", "flush", "there"),
    [("Bad", "on the replica", "FLUSHALL", SESSIONS), ("Bad", "a secret name", "b840fc02d524045429941cc15f59e41c", SESSIONS)],
)
def test_a_command_renamed_on_one_node(kind: str, title: str, flush: str, there: int, server: str, tmp_path: Path) -> None:
    one = example("store-renamed-on-one-node", kind, title)
    port = free_port()
    replica_text = one.head["deploy/redis-replica.conf"].replace("10.0.0.5 6379", f"127.0.0.1 {port}")
    with (
        running(server, one.head["deploy/redis-master.conf"], tmp_path / "master", "--port", str(port), *AT_ONCE) as master,
        running(server, replica_text, tmp_path / "replica", *AT_ONCE) as replica,
    ):
        master.log_in()
        assert linked(replica.client)
        master.client.execute_command(flush)
        master.client.set("after", "u")
        end = time.monotonic() + 20
        while time.monotonic() < end and not replica.client.exists("after"):
            time.sleep(0.02)
        assert master.sessions() == 1
        assert replica.sessions() == there + 1


@MODERN
def test_writes_that_wait_for_replicas(server: str, tmp_path: Path) -> None:
    errors: Any = importlib.import_module("redis").exceptions
    one = example("store-needs-replicas-to-write", "Bad")
    with (
        running(server, one.head["deploy/redis.conf"], tmp_path / "bad") as up,
        pytest.raises(errors.ResponseError, match=r"NOREPLICAS|Not enough good replicas"),
    ):
        up.client.set("session:1", "u")
    with running(server, example("store-needs-replicas-to-write", "Good", "the default").head["deploy/redis.conf"], tmp_path / "default") as up:
        up.log_in()
    one, port = example("store-needs-replicas-to-write", "Good", "a replica"), free_port()
    with running(server, one.head["deploy/redis-master.conf"], tmp_path / "master", "--port", str(port), *AT_ONCE) as master:
        text = one.head["deploy/redis-replica.conf"].replace("10.0.0.5 6379", f"127.0.0.1 {port}")
        with running(server, text, tmp_path / "replica", *AT_ONCE) as replica:
            assert linked(replica.client)
            end = time.monotonic() + 20
            while time.monotonic() < end and not master.client.info("replication").get("min_slaves_good_slaves", 1):
                time.sleep(0.02)
            master.log_in()


@MODERN
def test_a_replica_that_takes_writes(server: str, tmp_path: Path) -> None:
    errors: Any = importlib.import_module("redis").exceptions
    port = free_port()
    with running(server, "appendonly yes\n", tmp_path / "master", "--port", str(port), *AT_ONCE) as master:
        master.log_in()
        for kind, title, allowed in (("Bad", "", True), ("Good", "the default", False)):
            text = example("store-replica-takes-writes", kind, title).head["deploy/redis-replica.conf"].replace("10.0.0.5 6379", f"127.0.0.1 {port}")
            with running(server, text, tmp_path / kind, *AT_ONCE) as replica:
                assert linked(replica.client)
                if not allowed:
                    with pytest.raises(errors.ReadOnlyError):
                        replica.client.flushall()
                    continue
                replica.client.set("session:here", "u")
                assert not master.client.exists("session:here")
                replica.client.execute_command("REPLICAOF", "NO", "ONE")
                replica.client.execute_command("REPLICAOF", "127.0.0.1", port)
                master.client.set("session:there", "u")
                end = time.monotonic() + 20
                while time.monotonic() < end and not replica.client.exists("session:there"):
                    time.sleep(0.02)
                assert not replica.client.exists("session:here")
                replica.client.flushall()
                assert replica.sessions() == 0


@MODERN
@pytest.mark.parametrize(("kind", "title", "refused"), [("Bad", "it goes on", False), ("Good", "the default", True)])
def test_a_snapshot_that_can_not_be_taken(kind: str, title: str, refused: bool, server: str, tmp_path: Path) -> None:
    errors: Any = importlib.import_module("redis").exceptions
    text = example("store-hides-failed-snapshots", kind, title).head["deploy/redis.conf"]
    with running(server, text, tmp_path) as up:
        (tmp_path / "dump.rdb").mkdir()  # a folder is in the way, even for a server that runs as root
        up.client.bgsave()
        end = time.monotonic() + 20
        while time.monotonic() < end and up.client.info("persistence")["rdb_last_bgsave_status"] == "ok":
            time.sleep(0.02)
        if refused:
            with pytest.raises(errors.ResponseError, match=r"MISCONF|unable to persist"):
                up.client.set("session:1", "u")
        else:
            up.log_in()


@pytest.mark.parametrize("server", ["redis 7.0", "valkey 9.1"])
@pytest.mark.parametrize(("kind", "answer"), [("Bad", "NOQUORUM"), ("Good", "OK")])
def test_a_quorum_that_is_never_reached(kind: str, answer: str, server: str, tmp_path: Path) -> None:
    errors: Any = importlib.import_module("redis").exceptions
    one = example("sentinel-quorum-out-of-reach", kind, "all of" if kind == "Bad" else "two of")
    text, port = one.head["sentinel.conf"], free_port()
    with running(server, "", tmp_path / "master", "--port", str(port)):
        text = text.replace("redis 6379", f"127.0.0.1 {port}")
        folders = [tmp_path / str(number) for number in range(2)]  # two of the three: one is dead
        with (
            running(server, text, folders[0], "--sentinel", "--port", str(free_port())) as first,
            running(server, text, folders[1], "--sentinel", "--port", str(free_port())),
        ):
            end = time.monotonic() + 20
            while time.monotonic() < end and not first.client.execute_command("SENTINEL", "SENTINELS", "sessions"):
                time.sleep(0.05)
            try:
                said = first.client.execute_command("SENTINEL", "CKQUORUM", "sessions")
                assert answer == "OK", said
            except errors.ResponseError as error:
                assert answer in str(error)
