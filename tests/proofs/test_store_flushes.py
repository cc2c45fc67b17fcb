"""What is said to flush does flush, and what is not said to does not: shell lines, clients and caches on a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safelint.readers import Source
from safelint.readers._redis_cli import flushes
from safelint.readers.python.store import read
from tests.judging import example, judge
from tests.proofs.conftest import need
from tests.proofs.servers import SESSIONS, Running, running

LINES = [
    "redis-cli -s $S FLUSHALL",
    "redis-cli -s $S flushall async",
    "redis-cli -n 0 -s $S FlushDB",
    "echo FLUSHALL | redis-cli -s $S",
    "printf 'PING\\nFLUSHALL\\n' | redis-cli -s $S",
    "redis-cli -s $S <<EOF\nPING\nFLUSHALL\nEOF\n",
    'bash -c "redis-cli -s $S FLUSHALL"',
    "redis-cli -s $S eval \"return redis.call('flushall')\" 0",
    "redis-cli -s $S --scan | xargs redis-cli -s $S unlink",
    "redis-cli -s $S keys '*' | xargs redis-cli -s $S del",
    "true && redis-cli -s $S FLUSHALL",
    "A=1 redis-cli \\\n  -s $S \\\n  FLUSHALL",
    "timeout 5 redis-cli -s $S FLUSHALL",
    "echo $(redis-cli -s $S FLUSHALL)",
    "redis-cli -s $S get FLUSHALL",
    "redis-cli -s $S 'FLUSHALL ASYNC'",
    "# redis-cli -s $S FLUSHALL",
    "redis-cli -s $S ping # FLUSHALL",
    "echo redis-cli -s $S FLUSHALL",
    "echo 'redis-cli -s $S FLUSHALL'",
    "redis-cli -s $S set note FLUSHALL",
    "redis-cli -s $S --scan --pattern 'cache:*' | xargs -r redis-cli -s $S unlink",
    "redis-cli -s $S config get save | grep FLUSHALL",
    "cat <<EOF\nredis-cli -s $S FLUSHALL\nEOF\n",
    "grep -r 'redis-cli FLUSHALL' /dev/null",
]


def left_after_shell(line: str, up: Running) -> int:
    up.client.flushall()
    up.log_in(20)
    socket = up.client.connection_pool.connection_kwargs["path"]
    subprocess.run(["bash", "-c", line], env={**os.environ, "S": socket}, capture_output=True, check=False, timeout=30)
    return sum(1 for number in range(20) if up.client.exists(f"session:{number}"))


def test_shell_lines(tmp_path: Path) -> None:
    need("redis-cli", "bash")
    with running("redis 7.0", "", tmp_path) as up:
        for line in LINES:
            assert (left_after_shell(line, up) == 0) == bool(list(flushes(line))), line


CALLS = [
    "r.flushall()",
    "r.flushdb()",
    "r.flushall(asynchronous=True)",
    "r.execute_command('FLUSHALL')",
    "r.execute_command('flushdb')",
    "r.pipeline().flushall().execute()",
    "r.eval(\"redis.call('flushall')\", 0)",
    "r.delete(*r.keys())",
    "r.delete(*r.keys('*'))",
    "r.unlink(*list(r.scan_iter()))",
    "r.delete('session:1')",
    "r.delete(*r.keys('cache:*'), 'x')",
    "r.execute_command('PING')",
    "r.eval('return 1', 0)",
    "{}.clear()",
    "for key in r.scan_iter(): r.delete(key)",
    "for key in r.scan_iter('session:*'): r.unlink(key)",
    "for key in r.scan_iter('cache:*'): r.unlink(key)",
    "for key in r.keys('*'): r.delete(key)",
    "for key in r.keys('*'):\n    if key == b'x': r.delete(key)",
    "cursor, keys = r.scan(0, count=1000)\nr.delete(*keys)",
    "cursor, keys = r.scan(0, match='cache:*', count=1000)\nr.delete('x', *keys)",
    "r.swapdb(0, 1)",
]


def test_python_calls(tmp_path: Path) -> None:
    need("redis")
    with running("redis 7.0", "", tmp_path) as up:
        socket = up.client.connection_pool.connection_kwargs["path"]
        for call in CALLS:
            up.client.flushall()
            up.log_in(20)
            code = f"import redis\nr = redis.Redis(unix_socket_path={socket!r})\n{call}\n"
            subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
            is_empty = not any(up.client.exists(f"session:{number}") for number in range(20))
            assert is_empty == bool(list(read(Source("job.py", code)))), call


def test_the_examples_of_the_rule(tmp_path: Path) -> None:
    with running("redis 7.0", "", tmp_path) as up:
        for kind, title, left in (("Bad", "a deploy script", 0), ("Good", "only the keys", SESSIONS)):
            up.log_in()
            text = example("store-flushed-by-code", kind, title).head["shop/deploy.py"]
            socket = up.client.connection_pool.connection_kwargs["path"]
            subprocess.run([sys.executable, "-c", text.replace("redis.Redis()", f"redis.Redis(unix_socket_path={socket!r})")], check=True, timeout=30)
            assert up.sessions() == left


DJANGO = """
import sys, types
from pathlib import Path
import django
from django.conf import settings
space = {{}}
exec({settings!r}.replace("redis://redis:6379/", {url!r}), space)
base = {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}
settings.configure(SECRET_KEY="k" * 50, USE_TZ=True, DATABASES={{"default": base}}, **{{k: v for k, v in space.items() if k.isupper()}})
django.setup()
from importlib import import_module
store = import_module(settings.SESSION_ENGINE).SessionStore
if "cached_db" in settings.SESSION_ENGINE:
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
session = store()
session["user"] = "ann"
session.save()
exec({code!r}, {{}}) or None
if "def refresh" in {code!r}:
    from django.core.cache import cache
    cache.clear()
print(store(session.session_key).get("user"))
"""


@pytest.mark.parametrize(
    ("kind", "title", "left"),
    [
        ("Bad", "a command", "None"),
        ("Bad", "another alias", "None"),
        ("Bad", "all caches", "None"),
        ("Bad", "by a pattern", "None"),
        ("Good", "a pattern", "ann"),
        ("Good", "a database of their own", "ann"),
        ("Good", "sessions in the table", "ann"),
    ],
)
def test_django_cache_cleared(kind: str, title: str, left: str, tmp_path: Path) -> None:
    need("django", "redis", "django_redis")
    from tests.proofs.servers import free_port

    one = example("session-cache-cleared", kind, title)
    port = free_port()
    with running("redis 7.0", "", tmp_path, "--port", str(port)):
        (code,) = [text for path, text in one.head.items() if "settings" not in path]
        script = DJANGO.format(settings=one.head["shop/settings.py"], url=f"redis://127.0.0.1:{port}/", database=str(tmp_path / "db.sqlite3"), code=code)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == left, done.stderr


TABLE = {"shop/settings.py": 'INSTALLED_APPS = ["django.contrib.sessions"]\n'}
CACHED = {
    "shop/settings.py": 'INSTALLED_APPS = ["django.contrib.sessions"]\nSESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
    'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://redis:6379/1"}}\n'
}


@pytest.mark.parametrize(
    ("settings", "call", "confidence"),
    [
        ({}, "redis.Redis().flushdb()", "medium"),
        (TABLE, "redis.Redis().flushall()", "low"),
        (CACHED, "redis.Redis().flushall()", "medium"),
        (CACHED, "redis.Redis(db=1).flushdb()", "medium"),
        (CACHED, "redis.Redis(db=5).flushdb()", None),
        (CACHED, "redis.Redis(db=5).flushall()", "medium"),
        (CACHED, 'redis.from_url("redis://redis:6379/5").flushdb()', None),
        (CACHED, 'redis.from_url("redis://redis:6379/1").flushdb()', "medium"),
    ],
)
def test_what_is_emptied_is_judged_by_where_sessions_live(settings: dict[str, str], call: str, confidence: str | None) -> None:
    found = [each for each in judge(settings, {**settings, "shop/jobs.py": f"import redis\n{call}\n"}).findings if each.rule == "store-flushed-by-code"]
    assert [each.confidence for each in found] == ([confidence] if confidence else [])
