"""Session middleware of other packages in place of a framework's own: log in before the change, ask after it, go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import judge
from tests.proofs.conftest import need
from tests.proofs.sites import DjangoSite

_APPS = 'INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "user_sessions"]\n'
_OWN = _APPS + (
    'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]\n'
    'SESSION_ENGINE = "django.contrib.sessions.backends.db"\n'
)
_OTHER = _OWN.replace("django.contrib.sessions.middleware", "user_sessions.middleware").replace("django.contrib.sessions.backends", "user_sessions.backends")
_TOLD = [
    ("login-lookup-changed", "everyone", "does-not-heal"),
    ("session-engine-switched", "everyone", "does-not-heal"),
]


def test_django_user_sessions(tmp_path: Path) -> None:
    need("django", "user_sessions")
    base, head = {"shop/settings.py": _OWN}, {"shop/settings.py": _OTHER}
    shop = DjangoSite(Example("", "Bad", "", base, head), tmp_path)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert (out.known, out.failed) == (False, False)
    assert not shop.visit("base", {**held, **out.held}).known
    assert sorted((each.rule, each.impact, each.rollback) for each in judge(base, head).findings) == _TOLD


@pytest.mark.parametrize("turned", [False, True])
def test_starsessions(turned: bool) -> None:
    need("starlette", "starsessions", "httpx")
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient
    from starsessions import InMemoryStore, SessionAutoloadMiddleware
    from starsessions import SessionMiddleware as StoredSessions

    def login(request: Any) -> Any:
        request.session["user"] = "ada"
        return PlainTextResponse("in")

    def me(request: Any) -> Any:
        return PlainTextResponse(request.session.get("user", ""))

    def app(*middleware: Any) -> Any:
        return Starlette(routes=[Route("/login", login), Route("/me", me)], middleware=list(middleware))

    signed = app(Middleware(SessionMiddleware, secret_key="k" * 32))
    stored = app(Middleware(StoredSessions, store=InMemoryStore(), cookie_https_only=False), Middleware(SessionAutoloadMiddleware))
    before, after = (stored, signed) if turned else (signed, stored)
    client = TestClient(before)
    client.get("/login")
    assert client.get("/me").text == "ada"
    later = TestClient(after, cookies=dict(client.cookies))
    assert later.get("/me").text == ""
    assert TestClient(before, cookies=dict(later.cookies)).get("/me").text == "ada"
