"""What knows who is logged in: one way in place of another is told, a second one beside it is not."""

from __future__ import annotations

import pytest

from tests.judging import judge

_LOGIN = "from flask_login import LoginManager\n\nmanager = LoginManager()\n"
_JWT = "from flask_jwt_extended import JWTManager\n\nmanager = JWTManager()\n"
_SECURITY = "from flask_security import Security\n\nsecurity = Security()\n"
_OWN = 'from flask import session\n\n\ndef login(user):\n    session["user_id"] = user.id\n'
_RENAMED = _OWN.replace("user_id", "uid")
_BY_HAND = "import jwt\n\n\ndef login(user):\n    return jwt.encode({'sub': str(user.id)}, KEY, algorithm='HS256')\n"
_STARLETTE = 'from fastapi import Request\n\n\ndef login(request: Request, user):\n    request.session["user_id"] = user.id\n'
_READS = "from flask import session\n\n\ndef known():\n    return {}\n"
_OUT = ["login-lookup-changed error medium everyone heals"]


def _found(base: dict[str, str], head: dict[str, str]) -> list[str]:
    found = judge(base, head).findings
    return [f"{each.rule} {each.severity} {each.confidence} {each.impact} {each.rollback}" for each in found if each.rule == "login-lookup-changed"]


@pytest.mark.parametrize(
    ("base", "head"),
    [(_LOGIN, _JWT), (_JWT, _LOGIN), (_LOGIN, _SECURITY), (_LOGIN, _SECURITY + "from flask_login import current_user\n"), (_OWN, _LOGIN), (_OWN, _RENAMED),
     (_LOGIN, _OWN), (_LOGIN, _BY_HAND), (_STARLETTE, _BY_HAND)],
)  # fmt: skip
def test_one_in_place_of_another(base: str, head: str) -> None:
    assert _found({"shop/app.py": base}, {"shop/app.py": head}) == _OUT


@pytest.mark.parametrize(
    ("base", "head"),
    [(_LOGIN, _LOGIN + _JWT), (_LOGIN + _JWT, _JWT), (_LOGIN, "import flask\n"), ("import flask\n", _LOGIN), (_JWT, _BY_HAND), (_BY_HAND, _JWT),
     (_OWN, _LOGIN + _READS.format('session.get("user_id")')), (_OWN, _RENAMED + _READS.format('session["user_id"] if "user_id" in session else None')),
     (_OWN.replace("user_id", "csrf"), _LOGIN), (_LOGIN, _LOGIN + _OWN), (_OWN, _OWN.replace("user.id", "user.pk"))],
)  # fmt: skip
def test_nothing_is_replaced(base: str, head: str) -> None:
    assert _found({"shop/app.py": base}, {"shop/app.py": head}) == []


def test_what_stays_in_another_file_is_not_replaced() -> None:
    there = {"shop/users.py": _LOGIN}
    assert _found({"shop/app.py": _LOGIN, **there}, {"shop/app.py": _JWT, **there}) == []
    assert _found({"shop/app.py": _LOGIN}, {"shop/app.py": _JWT, "tests/test_app.py": _LOGIN}) == _OUT
    assert _found({"shop/app.py": _LOGIN}, {"shop/app.py": "import flask\n", **there}) == []
