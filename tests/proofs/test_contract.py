"""The session contract against the real Django, simplejwt and itsdangerous: log in before the change, visit after it, go back."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, example, judge
from tests.proofs.conftest import need
from tests.proofs.loading import load_module
from tests.proofs.sites import DjangoSite
from tests.proofs.test_keys import FIRST, SECOND, examples

BESIDE = {
    "shop/sessions.py": """
import json
import zlib


class CompactSerializer:
    def dumps(self, value):
        return zlib.compress(json.dumps(value).encode())

    def loads(self, data):
        return json.loads(zlib.decompress(data))
""",
    "shop/auth.py": "from django.contrib.auth.backends import ModelBackend\n\n\nclass EmailBackend(ModelBackend):\n    pass\n",
    "shop/accounts.py": "from django.contrib.auth.backends import ModelBackend\n\n\nclass EmailBackend(ModelBackend):\n    pass\n",
}


def site(given: Example, folder: Path, also: str = "") -> DjangoSite:
    need("django", "rest_framework_simplejwt")

    def complete(files: dict[str, str]) -> dict[str, str]:
        return {**BESIDE, **{path: text + also for path, text in files.items()}}

    return DjangoSite(Example(given.rule, given.kind, given.title, complete(given.base), complete(given.head)), folder)


CASES = [
    *examples("session-engine-switched", "Bad"),
    *examples("session-store-moved", "Bad", "version"),
    *examples("session-format-changed", "Bad"),
    *examples("login-lookup-changed", "Bad", "moves"),
    *examples("token-contract-changed", "Bad", "simplejwt", "audience"),
]


@pytest.mark.parametrize("given", CASES)
def test_everybody_is_out_and_going_back_does_what_the_finding_says(given: Example, tmp_path: Path) -> None:
    shop = site(given, tmp_path)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert not out.known
    (finding,) = judge(given.base, given.head, tuple(rule for rule in RULES if rule.name == given.rule)).findings
    assert shop.visit("base", out.held).known == (finding.rollback == "heals")


GOOD = [
    *examples("session-engine-switched", "Good"),
    *examples("session-format-changed", "Good"),
    *examples("login-lookup-changed", "Good"),
    *[each for each in examples("token-contract-changed", "Good") if each.id == "the default, written out"],
]


@pytest.mark.parametrize("given", GOOD)
def test_everybody_stays_in(given: Example, tmp_path: Path) -> None:
    shop = site(given, tmp_path)
    assert shop.visit("head", shop.login("base")).known


@pytest.mark.parametrize("kind", ["Bad", "Good"])
def test_half_a_day_read_in_another_zone(kind: str, tmp_path: Path) -> None:
    (given,) = [each.values[0] for each in examples("session-ends-in-another-zone", kind)]
    shop = site(given, tmp_path, also="SESSION_COOKIE_AGE = 12 * 60 * 60\n")
    out = shop.visit("head", shop.login("base"))
    assert out.known == (kind == "Good")
    assert shop.visit("base", out.held).known == (kind == "Good")


def test_a_session_of_the_key_that_is_taken_out(tmp_path: Path) -> None:
    given = example("old-key-removed", "Bad")
    earlier = Example(given.rule, "Bad", given.title, {"shop/settings.py": f"SECRET_KEY = {FIRST!r}\n"}, given.base)
    held = site(earlier, tmp_path).login("base")
    shop = site(given, tmp_path)
    assert not shop.visit("head", held).known
    renewed = shop.visit("base", held)
    assert renewed.known
    assert shop.visit("head", renewed.held).known, "who came by meanwhile was moved to the new key"
    assert SECOND in given.head["shop/settings.py"]


def test_another_salt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("itsdangerous")
    from itsdangerous import BadSignature

    given = example("token-contract-changed", "Bad", "another salt")
    signed = load_module(monkeypatch, tmp_path / "base", given.base, "shop/links.py").serializer.dumps("ada")
    with pytest.raises(BadSignature):
        load_module(monkeypatch, tmp_path / "head", given.head, "shop/links.py").serializer.loads(signed)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Any]:
    """A Redis that keeps what it has: `start()` and `stop()`."""
    need("redis-server", "redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "redis"
    folder.mkdir()
    running: list[subprocess.Popen[bytes]] = []

    class Server:
        address = f"redis://127.0.0.1:{port}/0"

        def start(self) -> None:
            command = [
                shutil.which("redis-server") or "",
                "--port",
                str(port),
                "--dir",
                str(folder),
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--save",
                "",
            ]
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", port)) == 0:
                        return
                time.sleep(0.05)
            raise AssertionError("Redis did not start")

        def stop(self) -> None:
            running[-1].terminate()
            running[-1].wait(20)

    yield Server()
    for process in running:
        process.kill()
        process.wait(20)


@pytest.mark.parametrize("kind", ["Bad", "Good"])
def test_one_request_that_the_cache_does_not_answer(kind: str, tmp_path: Path, redis: Any) -> None:
    (given,) = [each.values[0] for each in examples("sessions-only-in-cache", kind)]
    also = f"""
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "{redis.address}"}}}}
"""
    shop = site(given, tmp_path, also)
    redis.start()
    held = shop.login("head")
    assert shop.visit("head", held).known
    redis.stop()
    during = shop.visit("head", held)
    assert not during.known
    redis.start()
    assert shop.visit("head", during.held).known == (kind == "Good")
    assert shop.visit("head", held).known, "the session itself was kept all the time"
    assert during.failed == (kind == "Good")
