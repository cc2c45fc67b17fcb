"""Sessions that end with the process or with its folder: a second process is what a deploy starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.servers import running

DJANGO = """
import sys
import django
from django.conf import settings
space = {{}}
exec({settings!r}, space)
base = {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}
settings.configure(SECRET_KEY="k" * 50, USE_TZ=True, DATABASES={{"default": base}}, **{{k: v for k, v in space.items() if k.isupper()}})
django.setup()
from importlib import import_module
store = import_module(settings.SESSION_ENGINE).SessionStore
if "cached_db" in settings.SESSION_ENGINE:
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
if len(sys.argv) > 1:
    print(store(sys.argv[1]).get("user"))
else:
    session = store()
    session["user"] = "ann"
    session.save()
    print(session.session_key)
"""


@pytest.mark.parametrize(
    ("kind", "title", "left"),
    [
        ("Bad", "a cache in the process", "None"),
        ("Bad", "the cache that is there", "None"),
        ("Good", "the cache in front", "ann"),
        ("Good", "only where", "ann"),
    ],
)
def test_a_process_after_the_other(kind: str, title: str, left: str, tmp_path: Path) -> None:
    need("django")
    script = DJANGO.format(settings=example("sessions-in-process-memory", kind, title).head["shop/settings.py"], database=str(tmp_path / "db.sqlite3"))

    def run(*words: str) -> str:
        return subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=60, check=True).stdout.strip()

    assert run(run()) == left


FLASK = """
exec({code!r}.replace("/var/lib/shop/sessions", {folder!r}))
from flask import session
@app.get("/login")
def login():
    session["user"] = "ann"
    return "in"
@app.get("/")
def who():
    return session.get("user", "nobody")
import sys
client = app.test_client()
if len(sys.argv) > 1:
    client.set_cookie("session", sys.argv[1])
    print(client.get("/").text)
else:
    client.get("/login")
    print(client.get_cookie("session").value)
"""


@pytest.mark.parametrize(("kind", "left"), [("Bad", "nobody"), ("Good", "ann")])
def test_a_release_in_a_new_folder(kind: str, left: str, tmp_path: Path) -> None:
    need("flask", "flask_session")
    script = FLASK.format(code=example("sessions-in-own-folder", kind).head["shop/app.py"], folder=str(tmp_path / "kept"))
    cookie = ""
    for release in ("1", "2"):
        folder = tmp_path / release
        folder.mkdir()
        words = [cookie] if cookie else []
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", script, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=True)
        cookie = done.stdout.strip()
    assert cookie == left


OUTAGE = """
exec({code!r}.replace('redis.Redis(host="sessions")', "redis.Redis(unix_socket_path={path!r}, retry=None)"))
client = app.test_client()
client.set_cookie("sid", "1")
client.get("/")
cookie = client.get_cookie("sid")
print("kept" if cookie and cookie.value else "gone")
"""


@pytest.mark.parametrize(("kind", "title", "cookie"), [("Bad", "the cookie goes", "gone"), ("Good", "try again", "kept")])
def test_a_store_that_does_not_answer(kind: str, title: str, cookie: str, tmp_path: Path) -> None:
    need("flask", "redis")
    code = example("store-failure-logs-out", kind, title).head["shop/app.py"]

    def run(path: str) -> str:
        script = OUTAGE.format(code=code, path=path)
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True).stdout.strip()

    with running("redis 7.0", "", tmp_path / "s") as up:
        up.client.set("session:1", "ann")
        assert run(up.client.connection_pool.connection_kwargs["path"]) == "kept"
    assert run(str(tmp_path / "nobody")) == cookie
