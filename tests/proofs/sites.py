"""Sites that run the configuration of an example: log in at one side, visit the other, go back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from safelint.rules import Example
from tests.proofs.loading import load_module

Held = Mapping[str, str]
"""What a browser holds: cookies, or a token under "token"."""


@dataclass(frozen=True)
class Visit:
    """Whether a visitor was recognised, what the browser holds afterwards, and whether the site answered with an error."""

    known: bool
    held: Held
    failed: bool = False


class Site(Protocol):
    """An application in the configuration of one side ("base" or "head")."""

    def login(self, side: str) -> Held: ...
    def visit(self, side: str, held: Held) -> Visit: ...


def _files(example: Example, side: str) -> dict[str, str]:
    return example.head if side == "head" else example.base


class DjangoSite:
    """Django, one process a visit."""

    def __init__(self, example: Example, folder: Path) -> None:
        self._example = example
        self._folder = folder

    def login(self, side: str) -> Held:
        return self._run(side, "login", {}).held

    def visit(self, side: str, held: Held) -> Visit:
        return self._run(side, "visit", held)

    def _run(self, side: str, action: str, held: Held) -> Visit:
        for path, text in _files(self._example, side).items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path).write_text(text)
        script = Path(__file__).with_name("django_site.py")
        done = subprocess.run(
            [sys.executable, "-B", str(script), str(self._folder), action],
            input=json.dumps(dict(held)),
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        return Visit(answer["in"], answer["held"], answer.get("failed", False))


class FlaskSite:
    """Flask's own session, through its test client."""

    def __init__(self, example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._apps = {}
        for side in ("base", "head"):
            app = load_module(monkeypatch, folder / side, _files(example, side), "shop/app.py").app
            self._apps[side] = _with_routes(app)

    def login(self, side: str) -> Held:
        return self._ask(side, "/login", {}).held

    def visit(self, side: str, held: Held) -> Visit:
        return self._ask(side, "/me", held)

    def _ask(self, side: str, path: str, held: Held) -> Visit:
        client = self._apps[side].test_client()
        for name, value in held.items():
            client.set_cookie(name, value)
        answer = client.get(path)
        return Visit(answer.text == "ada", {cookie.key: cookie.value for cookie in client._cookies.values()})


def _with_routes(app: Any) -> Any:
    from flask import session

    def login() -> str:
        session["user"] = "ada"
        return "ada"

    def me() -> str:
        return str(session.get("user", "nobody"))

    app.add_url_rule("/login", view_func=login)
    app.add_url_rule("/me", view_func=me)
    return app


class StarletteSite:
    """Starlette's SessionMiddleware, through its test client."""

    def __init__(self, example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._apps = {}
        for side in ("base", "head"):
            app = load_module(monkeypatch, folder / side, _files(example, side), "shop/app.py").app
            app.add_route("/login", _starlette_login)
            app.add_route("/me", _starlette_me)
            self._apps[side] = app

    def login(self, side: str) -> Held:
        return self._ask(side, "/login", {}).held

    def visit(self, side: str, held: Held) -> Visit:
        return self._ask(side, "/me", held)

    def _ask(self, side: str, path: str, held: Held) -> Visit:
        from starlette.testclient import TestClient

        client = TestClient(self._apps[side], base_url="https://shop.test", cookies=dict(held))
        answer = client.get(path)
        return Visit(answer.text == "ada", dict(client.cookies))


async def _starlette_login(request: Any) -> Any:
    from starlette.responses import PlainTextResponse

    request.session["user"] = "ada"
    return PlainTextResponse("ada")


async def _starlette_me(request: Any) -> Any:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(request.session.get("user", "nobody"))
