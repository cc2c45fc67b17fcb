"""Upgrades and grace periods on the very versions that the rules name: what an older library gave out meets a newer one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.test_keys import FIRST, SECOND
from tests.proofs.versions import installed, requirement, run, write

FLASK = """
import flask
import importlib
app = importlib.import_module("shop.app").app
app.add_url_rule("/login", "login", lambda: flask.session.update(user="ada") or "ada")
app.add_url_rule("/me", "me", lambda: flask.session.get("user", "nobody"))
client = app.test_client()
if len(sys.argv) == 1:
    answer = client.get("/login").headers["Set-Cookie"]
    print(answer.split(";")[0].partition("=")[2])
else:
    client.set_cookie("session", sys.argv[1])
    print(client.get("/me").text)
"""


@pytest.mark.parametrize(("kind", "version", "stays"), [("Bad", "3.1.0", False), ("Good", "3.1.1", True)])
def test_who_logged_in_during_the_grace_period_when_it_ends(kind: str, version: str, stays: bool, tmp_path: Path) -> None:
    given = example("grace-signs-with-oldest-key", kind)
    assert version in given.head["requirements.txt"]
    versions = installed(tmp_path / "versions", "--no-deps", f"flask=={version}")
    need("werkzeug")
    during = write(tmp_path / "during", given.head)
    ended = write(tmp_path / "ended", {"shop/app.py": f"from flask import Flask\n\napp = Flask(__name__)\napp.secret_key = {SECOND!r}\n"})
    cookie = run(FLASK, versions=versions, cwd=during)
    assert run(FLASK, cookie, versions=versions, cwd=during) == "ada"
    assert run(FLASK, cookie, versions=versions, cwd=ended) == ("ada" if stays else "nobody")


@pytest.mark.parametrize(("version", "stays"), [("3.0.3", False), ("3.1.1", True)])
def test_fallbacks_count_from_flask_3_1_on(version: str, stays: bool, tmp_path: Path) -> None:
    given = example("grace-signs-with-oldest-key", "Good")
    versions = installed(tmp_path / "versions", "--no-deps", f"flask=={version}")
    cookie = run(FLASK, versions=versions, cwd=write(tmp_path / "base", given.base))
    head = write(tmp_path / "head", given.head)
    assert run(FLASK, cookie, versions=versions, cwd=head) == ("ada" if stays else "nobody")
    assert run(FLASK, cookie, versions=versions, cwd=tmp_path / "base") == "ada"


def test_an_older_flask_ignores_the_old_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    given = example("upgrade-logs-out", "Bad", "back to a Flask that ignores")
    older = installed(tmp_path / "versions", "--no-deps", requirement(given.head))
    site = write(tmp_path / "site", given.head)
    first = FIRST.replace(" ", "-")  # the example splits its old keys at spaces
    monkeypatch.setenv("SECRET_KEY", first)
    monkeypatch.setenv("OLD_KEYS", "")
    cookie = run(FLASK, cwd=site)
    monkeypatch.setenv("OLD_KEYS", first)
    monkeypatch.setenv("SECRET_KEY", SECOND)
    assert run(FLASK, cookie, cwd=site) == "ada"
    assert run(FLASK, cookie, versions=older, cwd=site) == "nobody"


DJANGO = """
from django.conf import settings
settings.configure(
    SECRET_KEY="k" * 50,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], USE_TZ=True, **json.loads(sys.argv[2]),
)
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
urlpatterns = [path("me", lambda request: HttpResponse(request.user.get_username() or "nobody"))]
client = Client(raise_request_exception=False)
if sys.argv[1] == "login":
    call_command("migrate", verbosity=0)
    client.force_login(get_user_model().objects.create(username="ada"))
    print(client.cookies["sessionid"].value)
else:
    client.cookies["sessionid"] = sys.argv[1]
    answer = client.get("/me")
    print(answer.content.decode() if answer.status_code == 200 else "error")
"""


@pytest.mark.parametrize(
    ("version", "cases"),
    [("3.0.14", [("{}", False)]), ("3.2.25", [("{}", True), ('{"DEFAULT_HASHING_ALGORITHM": "sha1"}', False)])],
    ids=["3.0", "3.2"],
)
def test_sessions_of_an_older_django(version: str, cases: list[tuple[str, bool]], tmp_path: Path) -> None:
    need("django")
    versions = installed(tmp_path / "versions", f"django=={version}")
    for number, (settings, stays) in enumerate(cases):
        stays_in(versions, tmp_path / str(number), settings, stays)


def test_an_older_django_knows_only_sha1(tmp_path: Path) -> None:
    given = example("upgrade-logs-out", "Bad", "back to a Django")
    newer, older = (installed(tmp_path / str(at), requirement(files)) for at, files in enumerate((given.base, given.head)))
    session = run(DJANGO, "login", "{}", versions=newer, cwd=tmp_path)
    assert run(DJANGO, session, "{}", versions=newer, cwd=tmp_path) == "ada"
    # By the length of what is signed, the older one takes it for nothing or for broken.
    assert run(DJANGO, session, "{}", versions=older, cwd=tmp_path) in ("nobody", "error")
    assert run(DJANGO, session, "{}", versions=newer, cwd=tmp_path) == "ada"


@pytest.mark.parametrize(("kind", "who"), [("Bad", "error"), ("Good", "ada")])
def test_the_serializer_that_django_5_does_not_have(kind: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, "Django without the serializer" if kind == "Bad" else "Django with the serializer")
    older, newer = (installed(tmp_path / str(at), requirement(files)) for at, files in enumerate((given.base, given.head)))
    named = next(line.partition(" = ")[2].strip('"') for line in given.head["shop/settings.py"].splitlines() if line.startswith("SESSION_SERIALIZER"))
    settings = json.dumps({"SESSION_SERIALIZER": named})
    session = run(DJANGO, "login", settings, versions=older, cwd=tmp_path)
    assert run(DJANGO, session, settings, versions=older, cwd=tmp_path) == "ada"
    assert run(DJANGO, session, settings, versions=newer, cwd=tmp_path) == who
    assert run(DJANGO, session, settings, versions=older, cwd=tmp_path) == "ada", "going back heals it"


def stays_in(versions: Path, site: Path, settings: str, stays: bool) -> None:
    site.mkdir()
    session = run(DJANGO, "login", settings, versions=versions, cwd=site)
    assert run(DJANGO, session, settings, versions=versions, cwd=site) == "ada"
    assert run(DJANGO, session, "{}", cwd=site) == ("ada" if stays else "nobody")
    assert run(DJANGO, session, settings, versions=versions, cwd=site) == "ada", "the row stays, and going back heals it"


PYRAMID = """
import warnings
warnings.simplefilter("ignore")
import importlib
from pyramid.request import Request
from webob import Response
request = Request.blank("/", headers={"Cookie": sys.argv[1]} if len(sys.argv) > 1 else {})
session = importlib.import_module("shop.app").sessions(request)
if len(sys.argv) > 1:
    print(session.get("user", "nobody"))
else:
    session["user"] = "ada"
    answer = Response()
    for sends in request.response_callbacks:
        sends(request, answer)
    print(answer.headers["Set-Cookie"].split(";")[0])
"""


def test_pyramid_2_reads_no_pickles(tmp_path: Path) -> None:
    need("pyramid")
    versions = installed(tmp_path / "versions", "pyramid==1.10.8", "setuptools<80")
    given = example("upgrade-logs-out", "Bad", "Pyramid")
    site = write(tmp_path / "site", {path: text for path, text in given.head.items() if path.endswith(".py")})
    cookie = run(PYRAMID, versions=versions, cwd=site)
    assert run(PYRAMID, cookie, versions=versions, cwd=site) == "ada"
    assert run(PYRAMID, cookie, cwd=site) == "nobody"
    assert run(PYRAMID, run(PYRAMID, cwd=site), versions=versions, cwd=site) == "nobody", "the way back is the same way"
    assert FIRST in given.head["shop/app.py"]


FLASK_LOGIN = """
import flask
import flask_login
app = flask.Flask("shop")
app.secret_key = "k" * 50
class User(flask_login.UserMixin):
    id = "7"
flask_login.LoginManager(app).user_loader(lambda given: User())
app.add_url_rule("/login", "login", lambda: str(flask_login.login_user(User())))
app.add_url_rule("/me", "me", lambda: "ada" if flask_login.current_user.is_authenticated else "nobody")
if len(sys.argv) == 1:
    print(app.test_client().get("/login").headers["Set-Cookie"].partition(";")[0])
else:
    answer = app.test_client(use_cookies=False).get("/me", headers={"Cookie": sys.argv[1]})
    print(answer.get_data(as_text=True), answer.headers.get("Set-Cookie", sys.argv[1]).partition(";")[0])
"""


@pytest.mark.parametrize(("kind", "stays"), [("Bad", False), ("Good", True)])
def test_the_name_of_the_user_in_a_session_of_flask_login(kind: str, stays: bool, tmp_path: Path) -> None:
    need("flask_login")
    given = example("upgrade-logs-out", kind, "Flask-Login")
    # What Flask-Login 0.4 and 0.5 ran on: they do not import what came later.
    beside = ("flask==1.1.4", "werkzeug<2", "jinja2<3.1", "markupsafe<2.1", "itsdangerous<2")
    before = installed(tmp_path / "before", given.base["requirements.txt"].strip(), *beside)
    after = installed(tmp_path / "after", "--no-deps", given.head["requirements.txt"].partition("#")[0].strip())
    cookie = run(FLASK_LOGIN, versions=before, cwd=tmp_path)
    assert run(FLASK_LOGIN, cookie, versions=before, cwd=tmp_path).startswith("ada ")
    who, cookie = run(FLASK_LOGIN, cookie, versions=after, cwd=tmp_path).split(" ")
    assert who == ("ada" if stays else "nobody")
    assert run(FLASK_LOGIN, cookie, versions=before, cwd=tmp_path).startswith("ada "), "going back heals it"
    newer = run(FLASK_LOGIN, versions=after, cwd=tmp_path)
    assert run(FLASK_LOGIN, newer, versions=before, cwd=tmp_path).startswith("ada " if stays else "nobody "), "but not for those who came in meanwhile"


SIGNED = """
import importlib
tokens = importlib.import_module("shop.tokens")
if len(sys.argv) == 1:
    print(tokens.sign("ada"))
else:
    try:
        print(tokens.user_of(sys.argv[1]))
    except Exception as error:
        print("nobody", type(error).__name__)
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody SignatureExpired"), ("Good", "ada")])
def test_what_an_older_itsdangerous_signed(kind: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, "itsdangerous")
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    login = run(SIGNED, versions=before, cwd=site)
    assert run(SIGNED, login, versions=before, cwd=site) == "ada"
    assert run(SIGNED, login, versions=after, cwd=site) == who
    assert run(SIGNED, login, versions=before, cwd=site) == "ada", "going back heals it"


JWT = """
import importlib
import jwt
if len(sys.argv) == 1:
    token = jwt.encode({"sub": "ada"}, "k" * 40, algorithm="HS256")
    print(token if isinstance(token, str) else token.decode())
else:
    try:
        print(importlib.import_module("shop.tokens").user_of(sys.argv[1], "k" * 40))
    except jwt.DecodeError:
        print("nobody")
"""


@pytest.mark.parametrize(("kind", "title", "who"), [("Bad", "PyJWT without", "nobody"), ("Good", "PyJWT with", "ada")])
def test_algorithms_that_pyjwt_2_has_to_be_told(kind: str, title: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    token = run(JWT, versions=before, cwd=site)
    assert run(JWT, token, versions=before, cwd=site) == "ada"
    assert run(JWT, token, versions=after, cwd=site) == who
    assert run(JWT, token, versions=before, cwd=site) == "ada"


EXTENDED = """
import flask
import flask_jwt_extended as extended
app = flask.Flask("shop")
app.config.from_object("shop.config")
extended.JWTManager(app)
if len(sys.argv) == 1:
    with app.test_request_context():
        print(extended.create_access_token(identity="ada"))
else:
    guard = extended.jwt_required if extended.__version__.startswith("3") else extended.jwt_required()
    app.add_url_rule("/me", "me", guard(lambda: extended.get_jwt_identity()))
    answer = app.test_client().get("/me", headers={"Authorization": "Bearer " + sys.argv[1]})
    print(answer.get_data(as_text=True) if answer.status_code == 200 else "nobody")
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody"), ("Good", "ada")])
def test_the_claim_that_flask_jwt_extended_looks_for_users_in(kind: str, who: str, tmp_path: Path) -> None:
    need("flask_jwt_extended")
    given = example("upgrade-logs-out", kind, "Flask-JWT-Extended")
    # What Flask-JWT-Extended 3 ran on.
    beside = ("pyjwt==1.7.1", "flask==1.1.4", "werkzeug<2", "jinja2<3.1", "markupsafe<2.1", "itsdangerous<2")
    before = installed(tmp_path / "before", requirement(given.base), *beside)
    after = installed(tmp_path / "after", "--no-deps", requirement(given.head))
    site = write(tmp_path / "site", given.head)
    token = run(EXTENDED, versions=before, cwd=site)
    assert run(EXTENDED, token, versions=before, cwd=site) == "ada"
    assert run(EXTENDED, token, versions=after, cwd=site) == who
    assert run(EXTENDED, token, versions=before, cwd=site) == "ada", "going back heals it"
    newer = run(EXTENDED, versions=after, cwd=site)
    assert run(EXTENDED, newer, versions=before, cwd=site) == who, "but not for those who came in meanwhile"
