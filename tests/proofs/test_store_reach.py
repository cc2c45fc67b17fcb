"""A store that is there and can't be reached, or takes no more: no session is lost, and none can be read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.judging import example
from tests.proofs.servers import EVERY, SESSIONS, fails, free_port, running, start

CONF = "deploy/redis.conf"


def errors() -> Any:
    return importlib.import_module("redis").exceptions


@EVERY
def test_another_port(server: str, tmp_path: Path) -> None:
    redis: Any = importlib.import_module("redis")
    one = example("store-listens-elsewhere", "Bad", "another port")
    old, new = free_port(), free_port()
    # The helper gives options that would hide the file's port: the example's own lines go behind them.
    for side, port in ((one.base, old), (one.head, new)):
        text = side[CONF].replace("6379", str(old)).replace("6380", str(new))
        (line,) = [line for line in text.split("\n") if line.startswith("port ")]
        with running(server, text, tmp_path, "--port", line.split()[1]):
            assert redis.Redis(port=port, protocol=2).ping()
            if port == new:
                with pytest.raises(errors().ConnectionError):
                    redis.Redis(port=old, retry=None, protocol=2).ping()


@EVERY
def test_a_cluster_of_one(server: str, tmp_path: Path) -> None:
    one = example("store-became-cluster-node", "Bad")
    port = next(port for port in iter(free_port, 0) if port < 55_000)  # its bus listens 10,000 above
    first = start(server, one.base[CONF], tmp_path)
    first.log_in()
    first.end()
    with running(server, one.head[CONF], tmp_path, "--port", str(port)) as up, pytest.raises(errors().ClusterDownError):
        up.client.get("session:1")
    with running(server, one.base[CONF], tmp_path) as back:
        assert back.client.get("session:1")
    with running(server, example("store-became-cluster-node", "Good").head[CONF], tmp_path) as same:
        assert same.sessions() == SESSIONS


@EVERY
def test_fewer_databases(server: str, tmp_path: Path) -> None:
    for title in ("from a snapshot", "from a log"):
        one, folder = example("store-has-fewer-databases", "Bad", title), tmp_path / title[-3:]
        first = start(server, one.base[CONF], folder)
        first.client.execute_command("SELECT", 3)
        first.client.execute_command("SET", "session:1", "u")
        first.client.execute_command("SELECT", 0)
        first.end()
        if title == "from a snapshot":
            assert "more than 1 databases" in fails(server, one.head[CONF], folder)
        else:
            with running(server, one.head[CONF], folder) as up, pytest.raises(errors().ResponseError, match="out of range"):
                up.client.execute_command("SELECT", 3)
    one = example("store-has-fewer-databases", "Good")
    with running(server, one.head[CONF], tmp_path / "more") as up:
        assert up.client.execute_command("SELECT", 3)


@EVERY
def test_less_room(server: str, tmp_path: Path) -> None:
    one = example("store-starts-refusing-logins", "Bad")
    first = start(server, one.base[CONF], tmp_path)
    first.log_in(20_000)
    first.end()
    with running(server, one.head[CONF], tmp_path) as up:
        assert up.sessions() == 20_000
        with pytest.raises(errors().OutOfMemoryError):
            up.client.set("session:new", "u", ex=60)
    with running(server, example("store-starts-refusing-logins", "Good").head[CONF], tmp_path) as up:
        up.client.set("session:new", "u", ex=60)
