"""Upgrades after which a right password is refused, or a new token not given out: the sessions that exist stay, and nobody else gets in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safelint.rules import Example
from tests.judging import example
from tests.proofs.versions import installed, requirement, run, write

PASSWORDS = """
import importlib
passwords = importlib.import_module("shop.passwords")
if len(sys.argv) == 1:
    print(passwords.stored("engine"))
else:
    try:
        print(passwords.is_right("engine", sys.argv[1]))
    except ValueError:
        print("error")
"""


@pytest.mark.parametrize(
    ("kind", "title", "answer"),
    [
        ("Bad", "password hashes", "error"),
        ("Good", "password hashes", "True"),
        ("Bad", "back to a Werkzeug", "error"),
        ("Bad", "a bcrypt that passlib", "error"),
        ("Good", "bcrypt by itself", "True"),
    ],
)
def test_a_password_that_was_stored_before(kind: str, title: str, answer: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    beside = ("passlib==1.7.4",) if "bcrypt" in title else ("markupsafe",)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files), *beside) for at, files in enumerate((given.base, given.head)))
    base, head = write(tmp_path / "base", given.base), write(tmp_path / "head", given.head)
    hashed = run(PASSWORDS, versions=before, cwd=base)
    assert run(PASSWORDS, hashed, versions=before, cwd=base) == "True"
    assert run(PASSWORDS, hashed, versions=after, cwd=head) == answer
    assert run(PASSWORDS, hashed, versions=before, cwd=base) == "True", "going back heals it"


TOKEN = """
import importlib
tokens = importlib.import_module("shop.tokens")
try:
    print(len(tokens.token_of("ada", "k" * 40).split(".")))
except AttributeError:
    print("error")
"""


@pytest.mark.parametrize(("kind", "title", "answer"), [("Bad", "new tokens of PyJWT", "error"), ("Good", "whatever PyJWT gives out", "3")])
def test_a_token_that_is_given_out_now(kind: str, title: str, answer: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    assert run(TOKEN, versions=before, cwd=site) == "3"
    assert run(TOKEN, versions=after, cwd=site) == answer


HASHED = """
from django.conf import settings
settings.configure(SECRET_KEY="k" * 50, **json.loads(sys.argv[1]))
from django.contrib.auth.hashers import check_password, make_password
try:
    print(check_password("engine", sys.argv[2]) if len(sys.argv) > 2 else make_password("engine"))
except ImportError:
    print("error")
"""
FORM = """
from django.conf import settings
settings.configure(
    SECRET_KEY="k" * 50, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"], ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], **json.loads(sys.argv[1])
)
import django
django.setup()
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import path
urlpatterns = [path("login", lambda request: HttpResponse(get_token(request)))]
client = Client(enforce_csrf_checks=True)
there = {"secure": True, "HTTP_HOST": "www.shop.test"}
token = client.get("/login", **there).content.decode()
sent = client.post("/login", {"csrfmiddlewaretoken": token}, HTTP_ORIGIN="https://login.shop.test", HTTP_REFERER="https://login.shop.test/", **there)
print(sent.status_code)
"""


def of_django(given: Example, folder: Path) -> tuple[Path, Path, str]:
    """Both versions, and the settings that hold for both."""
    made: dict[str, object] = {}
    exec(given.head["shop/settings.py"], made)
    before, after = (installed(folder / str(at), requirement(files)) for at, files in enumerate((given.base, given.head)))
    return before, after, json.dumps({name: value for name, value in made.items() if name.isupper()})


@pytest.mark.parametrize(("kind", "title", "answer"), [("Bad", "Django without a hasher", "error"), ("Good", "Django with every hasher", "True")])
def test_a_hasher_that_django_does_not_have(kind: str, title: str, answer: str, tmp_path: Path) -> None:
    before, after, settings = of_django(example("upgrade-logs-out", kind, title), tmp_path)
    stored = run(HASHED, settings, versions=before, cwd=tmp_path)
    assert run(HASHED, settings, stored, versions=before, cwd=tmp_path) == "True"
    assert run(HASHED, settings, stored, versions=after, cwd=tmp_path) == answer


@pytest.mark.parametrize(("kind", "status"), [("Bad", "403"), ("Good", "200")])
def test_a_form_that_comes_from_another_host(kind: str, status: str, tmp_path: Path) -> None:
    before, after, settings = of_django(example("upgrade-logs-out", kind, "origins of forms"), tmp_path)
    assert run(FORM, settings, versions=before, cwd=tmp_path) == "200"
    assert run(FORM, settings, versions=after, cwd=tmp_path) == status
