"""A server behind a shell: what the shell is told, the server does not hear."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.judging import RULES
from tests.proofs.conftest import need
from tests.proofs.servers import programs

SESSIONS = 50


def scripts(kind: str, image: str) -> list[Any]:
    """What the examples hand to a shell, of images of one family."""
    (rule,) = [each for each in RULES if each.name == "store-does-not-hear-the-stop"]
    found = []
    for one in (each for each in rule.examples if each.kind == kind):
        (text,) = one.head.values()
        if ("alpine" in text) == (image == "alpine") and (script := re.search(r"(exec )?redis-server --save 60 1[^'\n#]*", text)):
            found.append(pytest.param(script[0].strip().replace(' --requirepass "$REDIS_PASSWORD"', ""), id=one.title))
    return found


def left(shell: str, script: str, folder: Path) -> int:
    """The sessions that are left when the shell is told to stop, and what is still there is killed a moment later."""
    redis: Any = importlib.import_module("redis")
    path = Path(tempfile.gettempdir()) / f"sls-{abs(hash(str(folder))):x}"
    command = script.replace("redis-server", f"{programs()['redis 7.0']} --port 0 --unixsocket {path} --dir {folder}").replace("/data/redis.log", "/dev/null")

    def started() -> tuple[subprocess.Popen[bytes], Any]:
        process = subprocess.Popen([shell, "-c", command], stdout=subprocess.DEVNULL, start_new_session=True)
        client = redis.Redis(unix_socket_path=str(path))
        for _ in range(1000):
            try:
                client.ping()
                return process, client
            except redis.exceptions.ConnectionError:
                time.sleep(0.01)
        raise AssertionError("the server does not answer")

    def ended(process: subprocess.Popen[bytes], how: int) -> None:
        process.send_signal(how)
        process.wait(20)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        for _ in range(1000):
            try:
                os.killpg(process.pid, 0)
                time.sleep(0.01)
            except ProcessLookupError:
                return

    process, client = started()
    for number in range(SESSIONS):
        client.set(f"session:{number}", "u", ex=86400)
    ended(process, signal.SIGTERM)
    path.unlink(missing_ok=True)
    process, client = started()
    try:
        return int(client.dbsize())
    finally:
        ended(process, signal.SIGKILL)


@pytest.mark.parametrize("script", scripts("Bad", "debian"))
def test_the_shell_of_debian_keeps_it_to_itself(script: str, tmp_path: Path) -> None:
    need("dash")
    assert left("dash", script, tmp_path) == 0


@pytest.mark.parametrize("script", scripts("Bad", "alpine"))
def test_a_pipe_keeps_every_shell_alive(script: str, tmp_path: Path) -> None:
    need("bash")
    assert left("bash", script, tmp_path) == 0


@pytest.mark.parametrize("script", scripts("Good", "debian"))
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_exec_hands_it_over(shell: str, script: str, tmp_path: Path) -> None:
    need(shell)
    assert left(shell, script, tmp_path) == SESSIONS


@pytest.mark.parametrize("script", scripts("Good", "alpine"))
def test_a_shell_that_puts_the_server_in_its_place(script: str, tmp_path: Path) -> None:
    need("bash")
    assert left("bash", script, tmp_path) == SESSIONS
