"""What servers make of cookies by themselves: ages that count for cookies which are out there, forms that are open, names that nobody reads."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from safelint.rules import Example
from tests.judging import RULES, judge
from tests.judging import example as example_of
from tests.proofs.conftest import need

HOUR = 3600.0


def flask_client(settings: str, cookie: str = "", name: str = "session") -> tuple[Callable[[str], str], Callable[[], str]]:
    """A site in this configuration: how to ask it, and what the browser then holds."""
    from flask import Flask, session

    app = Flask("proved_shop")
    given: dict[str, object] = {}
    exec(settings, given)
    app.config.from_mapping(SECRET_KEY="the same on both sides")
    app.config.from_mapping({key: value for key, value in given.items() if key.isupper()})
    app.config["SESSION_COOKIE_SECURE"] = False

    def login() -> str:
        session["user"] = "ada"
        return "ada"

    def who() -> str:
        return str(session.get("user", "nobody"))

    app.add_url_rule("/login", view_func=login)
    app.add_url_rule("/who", view_func=who)
    client = app.test_client()
    if cookie:
        client.set_cookie(name, cookie)

    def held() -> str:
        found = client.get_cookie(name)
        return found.value if found else ""

    return lambda path: client.get(path).text, held


@pytest.mark.parametrize(("kind", "title"), [("Bad", "Flask"), ("Good", "longer")])
def test_flask_judges_old_cookies_by_the_new_age(kind: str, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    example = example_of("login-lives-shorter", kind, title)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 20 * HOUR if kind == "Good" else real() - 48 * HOUR)
    ask, held = flask_client(example.base["shop/config.py"])
    ask("/login")
    monkeypatch.setattr(time, "time", real)
    after, _ = flask_client(example.head["shop/config.py"], held())
    assert after("/who") == ("nobody" if kind == "Bad" else "ada")
    back, _ = flask_client(example.base["shop/config.py"], held())
    assert back("/who") == "ada", "going back heals"


@pytest.mark.parametrize(("kind", "title"), [("Bad", "Flask"), ("Good", "written out")])
def test_flask_reads_one_name(kind: str, title: str) -> None:
    need("flask")
    if kind == "Bad":
        example = example_of("session-cookie-renamed", kind, title)
        (path,) = example.head
        base, head = (
            text.replace("app.config[", "config[").replace("from flask import Flask", "config = {}") for text in (example.base[path], example.head[path])
        )
        base, head = (text.replace("app = Flask(__name__)\n", "") + "globals().update(config)\n" for text in (base, head))
        name = "shop"
    else:
        base, head, name = "", 'SESSION_COOKIE_NAME = "session"\n', "session"
    ask, held = flask_client(base, name=name)
    ask("/login")
    after, _ = flask_client(head, held(), name)
    assert after("/who") == ("nobody" if kind == "Bad" else "ada")


DJANGO = """
import sys, time, runpy
from django.conf import settings
given = {{name: value for name, value in runpy.run_path(sys.argv[1]).items() if name.isupper()}}
given |= dict(INSTALLED_APPS=["django.contrib.sessions"], SECRET_KEY="the same on both sides", ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"],
              DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}}}},
              MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"])
settings.configure(**given)
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import path

def login(request):
    request.session["user"] = "ada"
    return HttpResponse("ada")

def who(request):
    return HttpResponse(request.session.get("user", "nobody"))

def form(request):
    return HttpResponse(get_token(request))

urlpatterns = [path("login", login), path("who", who), path("form", form)]
client = Client(enforce_csrf_checks=True)
{actions}
"""


def django(actions: str, settings: str, folder: Path, *arguments: str) -> str:
    need("django")
    (folder / "settings.py").write_text(settings)
    (folder / "run.py").write_text(DJANGO.format(actions=actions))
    command = [sys.executable, "-B", str(folder / "run.py"), str(folder / "settings.py"), str(folder / "db.sqlite3"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOGIN_TWO_HOURS_AGO = """
real = time.time
time.time = lambda: real() - 7200
client.get("/login")
print(client.cookies["sessionid"].value)
"""
WHO = """
client.cookies["sessionid"] = sys.argv[3]
answer = client.get("/who")
print(answer.content.decode(), answer.cookies["sessionid"].value if "sessionid" in answer.cookies else sys.argv[3])
"""


@pytest.mark.parametrize(
    "example",
    [each for rule in RULES if rule.name == "login-lives-shorter" for each in rule.examples if each.title.startswith("Django")],
    ids=lambda each: each.title,
)
def test_django_judges_old_cookies_by_the_new_age_where_they_are_signed(example: Example, tmp_path: Path) -> None:
    base, head = example.base["shop/settings.py"], example.head["shop/settings.py"]
    cookie = django(LOGIN_TWO_HOURS_AGO, base, tmp_path)
    user, _, left = django(WHO, head, tmp_path, cookie).partition(" ")
    assert user == ("nobody" if example.kind == "Bad" else "ada")
    again, _, _ = django(WHO, base, tmp_path, left).partition(" ")
    findings = judge(example.base, example.head).findings
    assert again == ("nobody" if [each.rollback for each in findings] == ["does-not-heal"] else "ada")


FORM = """
token = client.get("/form").content.decode()
print(token, *(f"{name}={morsel.value}" for name, morsel in client.cookies.items()))
"""
SEND = """
for each in sys.argv[4:]:
    name, _, value = each.partition("=")
    client.cookies[name] = value
print(client.post("/who", {"csrfmiddlewaretoken": sys.argv[3]}).status_code)
"""


@pytest.mark.parametrize(("kind", "status"), [("Bad", "403"), ("Good", "200")])
def test_an_open_form_meets_a_cookie_of_another_name(kind: str, status: str, tmp_path: Path) -> None:
    example = example_of("open-forms-refused", kind)
    open_form = django(FORM, example.base["shop/settings.py"], tmp_path).split(" ")
    assert django(SEND, example.head["shop/settings.py"], tmp_path, *open_form) == status
    assert django(SEND, example.base["shop/settings.py"], tmp_path, *open_form) == "200"
