"""One way of logging in put in place of another, with the real libraries: log in before the change, ask after it, go back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, judge
from tests.proofs.conftest import need
from tests.proofs.loading import load_module
from tests.proofs.test_keys import examples

_RULE = "login-lookup-changed"


def _shop(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    need("flask", "flask_login", "flask_jwt_extended")
    from flask import Flask

    app = Flask(name)
    app.config.update(SECRET_KEY="k" * 64, JWT_COOKIE_SECURE=False)
    load_module(monkeypatch, folder / name, {"shop/login.py": text}, "shop/login.py").set_up(app)
    return app


def _asked(app: Any, cookies: dict[str, str]) -> str:
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    answer: str = client.get("/me").text
    cookies.update({each.key: each.value for each in client._cookies.values()})
    return answer


def _there_and_back(given: Example, make: Callable[[str, str], Any]) -> tuple[str, str]:
    base, head = make(given.base["shop/login.py"], "before"), make(given.head["shop/login.py"], "after")
    client = base.test_client()
    client.post("/login")
    held = {each.key: each.value for each in client._cookies.values()}
    assert _asked(base, held) == "ada"
    return _asked(head, held), _asked(base, held)


@pytest.mark.parametrize("given", [*examples(_RULE, "Bad", "gives room"), *examples(_RULE, "Good", "also takes the entry")])
def test_who_is_known_after_the_change(given: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    after, back = _there_and_back(given, lambda text, name: _shop(text, tmp_path, monkeypatch, name))
    found = judge(given.base, given.head, tuple(rule for rule in RULES if rule.name == _RULE)).findings
    assert (after, back) == ("" if found else "ada", "ada")
    assert [each.rollback for each in found] == ["heals"] * (given.kind == "Bad")
