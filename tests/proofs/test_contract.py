"""The session contract against the real Django, simplejwt and itsdangerous: log in before the change, visit after it, go back."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, example, judge
from tests.proofs.conftest import need
from tests.proofs.loading import load_module
from tests.proofs.sites import DjangoSite, FlaskSite
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
    *examples("session-engine-switched", "Bad", "from the database"),
    *examples("session-store-moved", "Bad", "version"),
    *examples("session-format-changed", "Bad"),
    *examples("login-lookup-changed", "Bad", "moves"),
    *examples("token-contract-changed", "Bad", "simplejwt", "audience", "class of a session store"),
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
    *[each for each in examples("session-engine-switched", "Good") if not re.search("Flask|factory", str(each.id))],
    *examples("session-format-changed", "Good"),
    *examples("login-lookup-changed", "Good", "backend"),
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


def test_no_session_to_ask(tmp_path: Path) -> None:
    need("django")
    shop = DjangoSite(example("login-lookup-changed", "Bad", "no session to ask"), tmp_path)
    held = shop.login("base")
    assert shop.visit("head", held).failed
    assert shop.visit("base", held).known


def test_another_salt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("itsdangerous")
    from itsdangerous import BadSignature

    given = example("token-contract-changed", "Bad", "another salt")
    signed = load_module(monkeypatch, tmp_path / "base", given.base, "shop/links.py").serializer.dumps("ada")
    with pytest.raises(BadSignature):
        load_module(monkeypatch, tmp_path / "head", given.head, "shop/links.py").serializer.loads(signed)


@pytest.mark.parametrize("given", list(examples("token-contract-changed", "Bad", "interface of one's own")))
def test_a_session_interface_of_ones_own(given: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    shop = FlaskSite(given, tmp_path, monkeypatch)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert not out.known
    assert shop.visit("base", out.held).known


def test_a_session_interface_that_begins_to_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    monkeypatch.chdir(tmp_path)
    shop = FlaskSite(example("token-contract-changed", "Bad", "an interface of its own"), tmp_path, monkeypatch)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert not out.known
    assert shop.visit("head", shop.login("head")).known
    assert shop.visit("base", out.held).known


def test_flasks_own_interface_by_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    shop = FlaskSite(example("session-engine-switched", "Good", "Flask's own interface"), tmp_path, monkeypatch)
    assert shop.visit("head", shop.login("base")).known


def test_another_digest_with_the_old_one_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("itsdangerous")
    given = example("token-contract-changed", "Good", "another digest")
    before = load_module(monkeypatch, tmp_path / "base", given.base, "shop/links.py").serializer
    after = load_module(monkeypatch, tmp_path / "head", given.head, "shop/links.py").serializer
    assert after.loads(before.dumps("ada")) == "ada"


def test_another_word_before_the_token(tmp_path: Path) -> None:
    need("rest_framework")
    given = example("token-contract-changed", "Bad", "another word")
    code = """
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "rest_framework.authtoken"],
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, SECRET_KEY="k" * 50)
import django
django.setup()
from django.core.management import call_command
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from rest_framework.authtoken.models import Token
call_command("migrate", verbosity=0)
token = Token.objects.create(user=get_user_model().objects.create_user("ada"))
from shop.auth import ShopTokens
print(ShopTokens().authenticate(RequestFactory().get("/", headers={"Authorization": f"Token {token.key}"})) is not None)
"""
    recognised = []
    for side, files in (("base", given.base), ("head", given.head), ("again", given.base)):
        (tmp_path / side / "shop").mkdir(parents=True)
        (tmp_path / side / "shop" / "auth.py").write_text(files["shop/auth.py"])
        done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path / side)
        assert done.returncode == 0, done.stderr
        recognised.append(done.stdout.strip())
    assert recognised == ["True", "False", "True"]


@pytest.mark.parametrize(("kind", "title"), [("Bad", "Flask-Login names users"), ("Good", "the same column")])
def test_users_by_another_column(kind: str, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask", "flask_login")
    import flask_login
    from flask import Flask

    given = example("login-lookup-changed", kind, title)
    apps = {}
    for side, files in (("base", given.base), ("head", given.head)):
        model = load_module(monkeypatch, tmp_path / side, files, "shop/models.py").User
        user = model()
        vars(user).update(id=7, alternative_id="a3f")
        apps[side] = _recognising(Flask(side), flask_login.LoginManager(), user)
    held = apps["base"].test_client()
    assert held.get("/login").text == "7"
    cookie = held.get_cookie("session")
    assert cookie is not None

    def visit(side: str) -> str:
        client = apps[side].test_client()
        client.set_cookie("session", cookie.value)
        return str(client.get("/me").text)

    assert visit("head") == ("nobody" if kind == "Bad" else "7")
    assert visit("base") == "7"


def _recognising(app: Any, manager: Any, user: Any) -> Any:
    """An application that knows one user, by what that user's `get_id` gives."""
    import flask_login

    app.secret_key = FIRST
    manager.init_app(app)
    manager.user_loader(lambda name: user if name == user.get_id() else None)

    def login() -> str:
        flask_login.login_user(user)
        return str(user.id)

    def me() -> str:
        return str(flask_login.current_user.id) if flask_login.current_user.is_authenticated else "nobody"

    app.add_url_rule("/login", view_func=login)
    app.add_url_rule("/me", view_func=me)
    return app


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


@pytest.mark.parametrize(
    ("given", "stays"),
    [({"SESSION_KEY_PREFIX": "shop:"}, False), ({"database": "1"}, False), ({"SESSION_PERMANENT": False}, True), ({"PERMANENT_SESSION_LIFETIME": 60}, True)],
    ids=["another prefix", "another database", "not permanent", "a shorter lifetime"],
)
def test_sessions_of_flask_in_redis(given: dict[str, Any], stays: bool, redis: Any) -> None:
    need("flask", "flask_session")
    from flask import Flask, session
    from flask_session import Session
    from redis import Redis

    redis.start()

    def app(database: str = "0", **settings: Any) -> Any:
        made = Flask("shop")
        made.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis.from_url(redis.address[:-1] + database), **settings)
        Session(made)
        made.add_url_rule("/login", "login", lambda: session.update(user="ada") or "ada")
        made.add_url_rule("/me", "me", lambda: session.get("user", "nobody"))
        return made.test_client()

    before, after, again = app(), app(**given), app()
    assert before.get("/login").text == "ada"
    held = before.get_cookie("session").value
    for client, known in ((after, stays), (again, True)):
        client.set_cookie("session", held)
        assert (client.get("/me").text == "ada") == known


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


SIMPLE_JWT = """
import json
import sys
from django.conf import settings
apps = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
settings.configure(SECRET_KEY="k" * 50, INSTALLED_APPS=apps, SIMPLE_JWT=json.loads(sys.argv[1]))
import django
django.setup()
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken
if len(sys.argv) == 2:
    token = AccessToken()
    token["user_id"] = "ada"
    print(token)
else:
    try:
        print(AccessToken(sys.argv[2])["user_id"])
    except TokenError:
        print("nobody")
"""


def test_keys_of_an_address_that_does_not_answer(tmp_path: Path) -> None:
    need("rest_framework_simplejwt", "cryptography")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.proofs.versions import run

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    public = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    base = {"ALGORITHM": "RS256", "SIGNING_KEY": pem, "VERIFYING_KEY": public}
    token = run(SIMPLE_JWT, json.dumps(base), cwd=tmp_path)
    assert run(SIMPLE_JWT, json.dumps(base), token, cwd=tmp_path) == "ada"
    assert run(SIMPLE_JWT, json.dumps({**base, "JWK_URL": "http://127.0.0.1:9/keys"}), token, cwd=tmp_path) == "nobody"


@pytest.mark.parametrize(("until_closed", "age"), [(False, "0"), (True, "")])
def test_a_cookie_that_is_good_for_no_time(until_closed: bool, age: str, tmp_path: Path) -> None:
    from tests.proofs.versions import run

    need("django")
    code = f"""
from django.conf import settings
settings.configure(
    SECRET_KEY="k" * 50, INSTALLED_APPS=["django.contrib.sessions"], MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", SESSION_COOKIE_AGE=0,
    SESSION_EXPIRE_AT_BROWSER_CLOSE={until_closed},
)
import django
django.setup()
from django.http import HttpResponse
from django.test import Client
from django.urls import path
urlpatterns = [path("login", lambda request: HttpResponse(request.session.update({{"user": "ada"}})))]
client = Client()
client.get("/login")
print(client.cookies["sessionid"]["max-age"])
"""
    assert run(code, cwd=tmp_path) == age
