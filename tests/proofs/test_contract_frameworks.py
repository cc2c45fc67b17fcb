"""The contracts of Pyramid, aiohttp-session, Tornado, fastapi-users and allauth, each against the real thing: log in before, visit after, go back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.loading import load_module
from tests.proofs.sites import DjangoSite
from tests.proofs.test_keys import FIRST, SECOND

RULE = "key-replaced-without-grace"
Outcome = tuple[bool, bool]  # recognised after the change, and after going back


class Browser:
    """Cookies as a browser keeps them."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def take(self, headers: list[str]) -> None:
        from http.cookies import SimpleCookie

        for header in headers:
            for name, morsel in SimpleCookie(header).items():
                self.held[name] = morsel.value
                if not morsel.value or morsel["max-age"] == "0":
                    del self.held[name]

    @property
    def sends(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.held.items())


# ---- Pyramid


def pyramid_app(config: Any) -> Any:
    from pyramid.response import Response

    def login(request: Any) -> Any:
        request.session["user"] = "ada"
        return Response("ada")

    def me(request: Any) -> Any:
        return Response(request.session.get("user", "nobody"))

    for view in (login, me):
        config.add_route(view.__name__, f"/{view.__name__}")
        config.add_view(view, route_name=view.__name__)
    return config.make_wsgi_app()


def ticket_app(component: str, **given: Any) -> Any:
    from pyramid import authentication
    from pyramid.config import Configurator
    from pyramid.response import Response

    ticket = getattr(authentication, component)(**{"secret": FIRST, **given})

    def login(request: Any) -> Any:
        answer = Response("ada")
        answer.headerlist.extend(ticket.remember(request, "ada"))
        return answer

    def me(request: Any) -> Any:
        who = ticket.identify(request) if component == "AuthTktCookieHelper" else ticket.unauthenticated_userid(request)
        return Response(str(who["userid"] if isinstance(who, dict) else who))

    config = Configurator()
    for view in (login, me):
        config.add_route(view.__name__, f"/{view.__name__}")
        config.add_view(view, route_name=view.__name__)
    return config.make_wsgi_app()


def asked(app: Any, path: str, browser: Browser) -> bool:
    from webob import Request

    answer = Request.blank(path, headers={"Cookie": browser.sends}, environ={"REMOTE_ADDR": "192.0.2.1"}).get_response(app)
    browser.take(answer.headers.getall("Set-Cookie"))
    return bool(answer.text == "ada")


def there_and_back(before: Any, after: Any, wait: float = 0) -> Outcome:
    browser = Browser()
    assert asked(before, "/login", browser)
    assert asked(before, "/me", browser)
    time.sleep(wait)
    return asked(after, "/me", browser), asked(before, "/me", browser)


@pytest.mark.parametrize(("kind", "title", "kept"), [("Bad", "another session factory for Pyramid", False), ("Good", "the same session factory", True)])
def test_pyramids_session_factory(kind: str, title: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("pyramid")
    from pyramid.config import Configurator

    given = example("session-engine-switched", kind, title)
    apps = []
    for number, files in enumerate((given.base, given.head)):
        config = Configurator(settings={"session.secret": FIRST})
        load_module(monkeypatch, tmp_path / str(number), files, "shop/app.py").includeme(config)
        config.commit()
        apps.append(pyramid_app(config))
    assert there_and_back(*apps)[0] is kept


def pyramid_sessions(**given: Any) -> Any:
    from pyramid.config import Configurator
    from pyramid.session import SignedCookieSessionFactory

    return pyramid_app(Configurator(session_factory=SignedCookieSessionFactory(**{"secret": FIRST, "reissue_time": 1000, **given})))


@pytest.mark.parametrize(
    ("given", "heals"),
    [({"secret": SECOND}, True), ({"hashalg": "sha256"}, True), ({"salt": "shop"}, True), ({"cookie_name": "sid"}, True)],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_pyramid_sessions(given: dict[str, Any], heals: bool) -> None:
    need("pyramid")
    assert there_and_back(pyramid_sessions(), pyramid_sessions(**given)) == (False, heals)


def test_pyramid_sessions_that_were_idle_for_longer_than_the_new_timeout() -> None:
    need("pyramid")
    assert there_and_back(pyramid_sessions(reissue_time=0), pyramid_sessions(reissue_time=0, timeout=1), 2.1) == (False, False)


def test_pyramid_with_the_defaults_written_out() -> None:
    need("pyramid")
    assert there_and_back(pyramid_sessions(), pyramid_sessions(cookie_name="session", timeout=1200, hashalg="sha512", salt="pyramid.session.")) == (True, True)


TICKETS = [{"secret": SECOND}, {"hashalg": "sha256"}, {"include_ip": True}, {"cookie_name": "ticket"}]


@pytest.mark.parametrize("component", ["AuthTktCookieHelper", "AuthTktAuthenticationPolicy"])
@pytest.mark.parametrize("given", TICKETS, ids=lambda each: next(iter(each)))
def test_pyramid_tickets(component: str, given: dict[str, Any]) -> None:
    need("pyramid")
    assert there_and_back(ticket_app(component), ticket_app(component, **given)) == (False, True)


@pytest.mark.parametrize("component", ["AuthTktCookieHelper", "AuthTktAuthenticationPolicy"])
def test_pyramid_tickets_with_the_defaults_written_out(component: str) -> None:
    need("pyramid")
    assert there_and_back(ticket_app(component), ticket_app(component, hashalg="sha512", include_ip=False, cookie_name="auth_tkt")) == (True, True)


def test_pyramid_by_the_rules_own_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("pyramid")
    given = example(RULE, "Bad", "Pyramid")
    base, head = (pyramid_app(load_module(monkeypatch, tmp_path / str(at), files, "shop/app.py").config) for at, files in enumerate((given.base, given.head)))
    assert there_and_back(base, head)[0] is False


# ---- aiohttp-session


def aiohttp_app(app: Any) -> Any:
    from aiohttp import web
    from aiohttp_session import get_session

    async def login(request: Any) -> Any:
        session = await get_session(request)
        session["user"] = "ada"
        return web.Response(text="ada")

    async def me(request: Any) -> Any:
        return web.Response(text=(await get_session(request)).get("user", "nobody"))

    app.router.add_get("/login", login)
    app.router.add_get("/me", me)
    return app


def aiohttp_encrypted(**given: Any) -> Any:
    from aiohttp import web
    from aiohttp_session import setup
    from aiohttp_session.cookie_storage import EncryptedCookieStorage

    app = web.Application()
    setup(app, EncryptedCookieStorage(**{"secret_key": b"the first key of the shop, first", **given}))
    return app


async def asked_aiohttp(app: Any, path: str, browser: Browser) -> bool:
    from aiohttp.test_utils import TestClient, TestServer

    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path, headers={"Cookie": browser.sends})
        browser.take(answer.headers.getall("Set-Cookie", []))
        return await answer.text() == "ada"


def aiohttp_there_and_back(make_base: Any, make_head: Any, wait: float = 0) -> Outcome:
    async def story() -> Outcome:
        browser = Browser()
        assert await asked_aiohttp(aiohttp_app(make_base()), "/login", browser)
        assert await asked_aiohttp(aiohttp_app(make_base()), "/me", browser)
        await asyncio.sleep(wait)
        return await asked_aiohttp(aiohttp_app(make_head()), "/me", browser), await asked_aiohttp(aiohttp_app(make_base()), "/me", browser)

    return asyncio.run(story())


@pytest.mark.parametrize("given", [{"secret_key": b"the next key of the shop, second"}, {"cookie_name": "sid"}], ids=lambda each: next(iter(each)))
def test_aiohttp_sessions(given: dict[str, Any]) -> None:
    need("aiohttp_session", "cryptography")
    assert aiohttp_there_and_back(aiohttp_encrypted, lambda: aiohttp_encrypted(**given)) == (False, True)


def test_aiohttp_sessions_older_than_the_new_age() -> None:
    need("aiohttp_session", "cryptography")
    assert aiohttp_there_and_back(lambda: aiohttp_encrypted(max_age=3600), lambda: aiohttp_encrypted(max_age=1), 2.1) == (False, True)


def test_aiohttp_with_the_defaults_written_out() -> None:
    need("aiohttp_session", "cryptography")
    assert aiohttp_there_and_back(aiohttp_encrypted, lambda: aiohttp_encrypted(cookie_name="AIOHTTP_SESSION", path="/", httponly=False)) == (True, True)


def test_aiohttp_by_the_rules_own_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("aiohttp_session", "cryptography")
    given = example(RULE, "Bad", "aiohttp-session")

    def made(name: str, files: dict[str, str]) -> Any:
        return load_module(monkeypatch, tmp_path / name, files, "shop/app.py").app

    assert aiohttp_there_and_back(lambda: made("base", given.base), lambda: made("head", given.head)) == (False, True)


# ---- Tornado


def tornado_there_and_back(base: Any, head: Any, **read: Any) -> Outcome:
    """Two running servers of Tornado: a login at one, visits at both."""
    import socket

    from tornado.httpclient import AsyncHTTPClient
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import RequestHandler

    class Login(RequestHandler):
        def get(self) -> None:
            self.set_signed_cookie("user", "ada")
            self.write("ada")

    class Me(RequestHandler):
        def get(self) -> None:
            self.write(self.get_signed_cookie("user", **read) or b"nobody")

    async def story() -> Outcome:
        ports = []
        servers = []
        for app in (base, head):
            app.add_handlers(".*", [("/login", Login), ("/me", Me)])
            (listening,) = bind_sockets(0, "127.0.0.1", family=socket.AF_INET)
            servers.append(HTTPServer(app))
            servers[-1].add_sockets([listening])
            ports.append(listening.getsockname()[1])
        browser = Browser()

        async def ask(port: int, path: str) -> bool:
            answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}{path}", headers={"Cookie": browser.sends}, raise_error=False)
            browser.take(answer.headers.get_list("Set-Cookie"))
            return bool(answer.body == b"ada")

        assert await ask(ports[0], "/login")
        outcome = (await ask(ports[1], "/me"), await ask(ports[0], "/me"))
        for server in servers:
            server.stop()
        return outcome

    return asyncio.run(story())


VERSIONS = {0: FIRST, 1: SECOND}


@pytest.mark.parametrize(
    ("base", "head", "stays"),
    [
        ({"cookie_secret": FIRST}, {"cookie_secret": SECOND}, False),
        ({"cookie_secret": FIRST}, {"cookie_secret": VERSIONS, "key_version": 1}, True),
        ({"cookie_secret": FIRST}, {"cookie_secret": {1: FIRST, 2: SECOND}, "key_version": 2}, False),
        ({"cookie_secret": VERSIONS, "key_version": 0}, {"cookie_secret": VERSIONS, "key_version": 1}, True),
        ({"cookie_secret": VERSIONS, "key_version": 1}, {"cookie_secret": FIRST}, False),  # what a version before the dictionary sees of a new cookie
    ],
    ids=["another key", "versions", "another number", "known on both sides", "not known yet"],
)
def test_tornado(base: dict[str, Any], head: dict[str, Any], stays: bool) -> None:
    need("tornado")
    from tornado.web import Application

    assert tornado_there_and_back(Application([], **base), Application([], **head)) == (stays, True)


@pytest.mark.parametrize(("kind", "title"), [("Bad", "Tornado"), ("Good", "Tornado")])
def test_tornado_by_the_rules_own_examples(kind: str, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("tornado")
    given = example(RULE, kind, title)
    base, head = (load_module(monkeypatch, tmp_path / str(at), files, "shop/app.py").app for at, files in enumerate((given.base, given.head)))
    assert tornado_there_and_back(base, head) == (kind == "Good", True)


# ---- fastapi-users


class Users:
    """A user database of one user."""

    def __init__(self, user: Any) -> None:
        self.user = user

    async def get(self, identifier: Any) -> Any:
        return self.user if identifier == self.user.id else None


@pytest.mark.parametrize(
    ("given", "stays"),
    [
        ({"secret": SECOND}, False),
        ({"token_audience": ["shop"]}, False),
        ({"algorithm": "HS512"}, False),
        ({"lifetime_seconds": 1}, True),
        ({"token_audience": ["fastapi-users:auth"], "algorithm": "HS256"}, True),
    ],
    ids=["secret", "audience", "algorithm", "lifetime", "defaults written out"],
)
def test_tokens_of_fastapi_users(given: dict[str, Any], stays: bool) -> None:
    need("fastapi_users")
    import uuid
    from types import SimpleNamespace

    from fastapi_users import BaseUserManager, UUIDIDMixin
    from fastapi_users.authentication import JWTStrategy

    class Manager(UUIDIDMixin, BaseUserManager):  # type: ignore[type-arg]
        pass

    user: Any = SimpleNamespace(id=uuid.uuid4())
    manager: Any = Manager(Users(user))  # type: ignore[arg-type]
    before: Any = JWTStrategy(secret=FIRST, lifetime_seconds=3600)
    after: Any = JWTStrategy(**{"secret": FIRST, "lifetime_seconds": 3600, **given})

    async def story() -> Outcome:
        token = await before.write_token(user)
        return await after.read_token(token, manager) is user, await before.read_token(token, manager) is user

    assert asyncio.run(story()) == (stays, True)


def test_identifiers_of_fastapi_users_of_another_type() -> None:
    need("fastapi_users")
    import uuid
    from types import SimpleNamespace

    from fastapi_users import BaseUserManager, IntegerIDMixin
    from fastapi_users.authentication import JWTStrategy

    class Manager(IntegerIDMixin, BaseUserManager):  # type: ignore[type-arg]
        pass

    strategy: Any = JWTStrategy(secret=FIRST, lifetime_seconds=3600)
    manager: Any = Manager(Users(SimpleNamespace(id=7)))  # type: ignore[arg-type]
    token = asyncio.run(strategy.write_token(SimpleNamespace(id=uuid.uuid4())))
    assert asyncio.run(strategy.read_token(token, manager)) is None


# ---- allauth

ALLAUTH = """
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "allauth", "allauth.account"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
              "allauth.account.middleware.AccountMiddleware"]
"""
BOTH = 'AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend"]\n'
ONE = 'AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]\n'


@pytest.mark.parametrize(
    ("base", "head", "stays"),
    [
        (BOTH, ONE, False),
        (BOTH + f"SECRET_KEY = {FIRST!r}\n", BOTH + f"SECRET_KEY = {SECOND!r}\n", False),
        (BOTH + f"SECRET_KEY = {FIRST!r}\n", BOTH + f"SECRET_KEY = {SECOND!r}\nSECRET_KEY_FALLBACKS = [{FIRST!r}]\n", True),
    ],
    ids=["its backend removed", "another key", "another key with grace"],
)
def test_allauth(base: str, head: str, stays: bool, tmp_path: Path) -> None:
    need("django", "allauth")
    shop = DjangoSite(Example("", "Bad", "", {"shop/settings.py": ALLAUTH + base}, {"shop/settings.py": ALLAUTH + head}), tmp_path)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert out.known == stays
    if not stays:
        assert shop.visit("base", out.held).known
