"""Upgrades that write or look up sessions on the server in another way: the way there and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.servers import running
from tests.proofs.versions import installed, requirement, run, write

FLASK = """
import flask
import flask_session
app = flask.Flask("shop")
app.config.from_object("shop.config")
app.config["PROPAGATE_EXCEPTIONS"] = False
if app.config["SESSION_TYPE"] == "redis":
    import redis
    app.config["SESSION_REDIS"] = redis.Redis(unix_socket_path=sys.argv[1])
flask_session.Session(app)
app.add_url_rule("/login", "login", lambda: flask.session.update(user="ada") or "ada")
app.add_url_rule("/me", "me", lambda: flask.session.get("user", "nobody"))
client = app.test_client(use_cookies=False)
if len(sys.argv) == 2:
    print(client.get("/login").headers["Set-Cookie"].partition(";")[0])
else:
    answer = client.get("/me", headers={"Cookie": sys.argv[2]})
    print(answer.get_data(as_text=True) if answer.status_code == 200 else answer.status_code)
"""


def flask(versions: tuple[Path, Path], folder: Path, redis: str = "-") -> tuple[str, str, str]:
    """Who an older session is for the newer version, then for the older one again, and who a newer session is for the older one."""
    before, after = versions
    older = run(FLASK, redis, versions=before, cwd=folder)
    assert run(FLASK, redis, older, versions=before, cwd=folder) == "ada"
    there, back = (run(FLASK, redis, older, versions=each, cwd=folder) for each in (after, before))
    newer = run(FLASK, redis, versions=after, cwd=folder)
    return there, back, run(FLASK, redis, newer, versions=before, cwd=folder)


def test_flask_session_writes_sessions_anew(tmp_path: Path) -> None:
    need("redis", "msgspec", "cachelib")
    there, back = example("upgrade-logs-out", "Bad", "to a Flask-Session"), example("upgrade-logs-out", "Bad", "back to a Flask-Session")
    assert requirement(there.base) == requirement(back.head)
    # What all of these versions run on.
    beside = installed(tmp_path / "beside", "flask==2.2.5", "werkzeug==2.2.3")
    old, new, between = (write_beside(tmp_path, beside, each) for each in (requirement(there.base), requirement(there.head), "Flask-Session==0.6.0"))
    site = write(tmp_path / "site", there.head)
    with running("redis 7.0", "", tmp_path) as server:
        socket = server.client.connection_pool.connection_kwargs["path"]
        assert flask((old, new), site, socket) == ("ada", "nobody", "nobody"), "a visit is enough to lose the way back"
        assert flask((between, new), site, socket) == ("ada", "500", "500")


def write_beside(folder: Path, beside: Path, wanted: str) -> Path:
    """A version in a folder that has what stands beside it too."""
    versions = installed(folder / wanted, "--no-deps", wanted)
    for each in beside.iterdir():
        if not (versions / each.name).exists():
            (versions / each.name).symlink_to(each)
    return versions


@pytest.mark.parametrize(("kind", "title"), [("Bad", "cachelib"), ("Good", "cachelib"), ("Good", "Flask-Session that keeps")])
def test_sessions_in_files(kind: str, title: str, tmp_path: Path) -> None:
    need("flask", "msgspec", "cachelib")
    given = example("upgrade-logs-out", kind, title)
    # The older Flask-Session runs on an older Flask.
    beside = installed(tmp_path / "beside", "flask==2.2.5", "werkzeug==2.2.3")
    versions = []
    for at, files in enumerate((given.base, given.head)):
        wanted = [line.partition("#")[0].strip() for line in files["requirements.txt"].splitlines()]
        folder = installed(tmp_path / str(at), "--no-deps", *wanted)
        for each in beside.iterdir():
            if not (folder / each.name).exists():
                (folder / each.name).symlink_to(each)
        versions.append(folder)
    who = "ada" if kind == "Good" else "nobody"
    assert flask((versions[0], versions[1]), write(tmp_path / "site", given.head)) == (who, "ada", who)


def test_cachelib_0_7_reads_no_older_files(tmp_path: Path) -> None:
    old, new = (installed(tmp_path / version, "--no-deps", f"cachelib=={version}") for version in ("0.6.0", "0.7.0"))
    code = "from cachelib.file import FileSystemCache\ncache = FileSystemCache('kept')\n"
    assert run(code + "print(cache.set('session:a', 'ada'))", versions=old, cwd=tmp_path) == "True"
    assert run(code + "print(cache.get('session:a'))", versions=new, cwd=tmp_path) == "None"


BEAKER = """
import configparser
import io
from beaker.middleware import SessionMiddleware
given = configparser.ConfigParser()
given.read("production.ini")
def shop(asked, start):
    session = asked["beaker.session"]
    if asked["PATH_INFO"] == "/login":
        session["user"] = "ada"
        session.save()
    start("200 OK", [])
    return [session.get("user", "nobody").encode()]
sent = {}
asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/me" if len(sys.argv) > 1 else "/login", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
         "wsgi.url_scheme": "http", "SERVER_NAME": "shop.test", "HTTP_HOST": "shop.test", "SERVER_PORT": "80", "HTTP_COOKIE": "".join(sys.argv[1:])}
app = SessionMiddleware(shop, dict(given["app:main"]))
text = b"".join(app(asked, lambda status, headers, error=None: sent.update({name.lower(): value for name, value in headers}))).decode()
print(text if len(sys.argv) > 1 else sent["set-cookie"].partition(";")[0])
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody"), ("Good", "ada")])
def test_sessions_of_beaker(kind: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, "Beaker")
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    older, newer = (run(BEAKER, versions=versions, cwd=site) for versions in (before, after))
    assert run(BEAKER, older, versions=before, cwd=site) == "ada"
    assert run(BEAKER, older, versions=after, cwd=site) == who
    assert run(BEAKER, newer, versions=before, cwd=site) == who, "the way back is the same way"


DJANGO = """
import importlib.util
given = json.loads(sys.argv[2])
from django.conf import settings
settings.configure(
    SECRET_KEY="k" * 50,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "rest_framework", *given.pop("apps")],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], USE_TZ=True, **given,
)
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.views import APIView
knox = "knox" in settings.INSTALLED_APPS
if knox:
    from knox.auth import TokenAuthentication as Authentication
else:
    from dj_rest_auth.jwt_auth import JWTCookieAuthentication as Authentication
    from dj_rest_auth.views import LoginView
class Me(APIView):
    authentication_classes = [Authentication]
    def get(self, request):
        return HttpResponse(request.user.get_username() or "nobody")
urlpatterns = [path("me", Me.as_view()), *([] if knox else [path("login", LoginView.as_view())])]
call_command("migrate", verbosity=0)
client = Client()
if len(sys.argv) > 3:
    answer = client.get("/me", **{"HTTP_AUTHORIZATION" if knox else "HTTP_COOKIE": sys.argv[3]})
    print(answer.content.decode() if answer.status_code == 200 else "nobody")
elif knox:
    from knox.models import AuthToken
    print("Token " + AuthToken.objects.create(get_user_model().objects.create_user("ada"))[1])
else:
    get_user_model().objects.create_user("ada", password="engine")
    client.post("/login", {"username": "ada", "password": "engine"})
    print("; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()))
"""


def settings_of(files: dict[str, str]) -> dict[str, object]:
    """The settings that an example's module makes."""
    made: dict[str, object] = {}
    exec(files.get("shop/settings.py", ""), made)
    return {name: value for name, value in made.items() if name.isupper()}


@pytest.mark.parametrize(
    ("kind", "title", "who"),
    [
        ("Bad", "tokens of django-rest-knox", "nobody"),
        ("Good", "tokens of django-rest-knox", "ada"),
        ("Bad", "dj-rest-auth", "nobody"),
        ("Good", "dj-rest-auth", "ada"),
    ],
)
def test_tokens_of_django(kind: str, title: str, who: str, tmp_path: Path) -> None:
    need("rest_framework", "rest_framework_simplejwt")
    given = example("upgrade-logs-out", kind, title)
    apps = ["knox"] if "knox" in title else ["rest_framework.authtoken", "dj_rest_auth"]
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    base, head = (json.dumps({"apps": apps, **settings_of(files)}) for files in (given.base, given.head))
    login = run(DJANGO, "-", base, versions=before, cwd=tmp_path)
    assert run(DJANGO, "-", base, login, versions=before, cwd=tmp_path) == "ada"
    assert run(DJANGO, "-", head, login, versions=after, cwd=tmp_path) == who
    assert run(DJANGO, "-", base, login, versions=before, cwd=tmp_path) == "ada", "going back heals it"
    if kind == "Good" and apps[-1] == "dj_rest_auth":
        renamed = json.loads(head)
        renamed["REST_AUTH"]["JWT_AUTH_COOKIE"] = "another"
        assert run(DJANGO, "-", json.dumps(renamed), login, versions=after, cwd=tmp_path) == "nobody", "another name is another cookie"
    if kind == "Bad" and apps == ["knox"]:
        (tmp_path / "db.sqlite3").unlink()
        newer = run(DJANGO, "-", head, versions=after, cwd=tmp_path)
        assert run(DJANGO, "-", base, newer, versions=before, cwd=tmp_path) == "nobody", "and logs out those who came in meanwhile"
