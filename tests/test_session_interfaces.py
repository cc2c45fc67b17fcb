"""What keeps the sessions of a Flask application, over all its files."""

from __future__ import annotations

import pytest

from tests.judging import judge

_APP = "from flask import Flask\n\napp = Flask(__name__)\n"
_OWN = """from flask.sessions import SessionInterface


class Stored(SessionInterface):
    def open_session(self, app, request):
        return load(request.cookies.get("session"))


class Other(SessionInterface):
    def open_session(self, app, request):
        return find(request.cookies.get("session"))


def setup(app):
    app.session_interface = Stored()
"""
_EXTENSION = """from shop.sessions import Stored


class Sessions:
    def init_app(self, app):
        app.session_interface = self._interface(app)

    def _interface(self, app):
        made = Stored()
        return made
"""


def _found(base: dict[str, str], head: dict[str, str]) -> list[tuple[str, str, str]]:
    judged = judge({"shop/__init__.py": _APP, **base}, {"shop/__init__.py": _APP, **head})
    return [(each.rule, each.severity, each.confidence) for each in judged.findings]


_OUT = [("session-engine-switched", "error", "high")]


def test_a_new_file_sets_the_interface() -> None:
    assert _found({}, {"shop/sessions.py": _OWN}) == _OUT
    assert _found({"shop/sessions.py": _OWN}, {"shop/ways.py": "import flask\n"}) == _OUT
    assert _found({"shop/sessions.py": _OWN, "shop/a.py": "X = 1\n"}, {"shop/sessions.py": _OWN, "shop/a.py": "X = 2\n"}) == []


def test_an_interface_that_is_set_in_another_file_is_the_same() -> None:
    here, there = _APP + "from shop.sessions import Stored\n\napp.session_interface = Stored()\n", _OWN.partition("def setup")[0]
    moved = {"shop/__init__.py": here, "shop/sessions.py": there}
    assert _found({"shop/sessions.py": _OWN}, moved) == []
    assert _found(moved, {"shop/sessions.py": _OWN}) == []
    assert _found({"shop/sessions.py": _OWN}, moved | {"shop/__init__.py": here.replace("Stored", "Other")}) == _OUT


def test_an_interface_that_a_method_makes() -> None:
    alone = _OWN.partition("def setup")[0]
    assert _found({"shop/sessions.py": alone}, {"shop/sessions.py": alone, "shop/extension.py": _EXTENSION}) == _OUT


def test_an_interface_that_a_function_makes_may_be_flasks_own() -> None:
    made = "from shop.interfaces import made\n\n\ndef setup(app):\n    app.session_interface = made(app)\n"
    assert _found({}, {"shop/setup.py": made}) == [("session-engine-switched", "warning", "medium")]


def test_an_interface_by_another_name() -> None:
    assert [each[2] for each in _found({"shop/sessions.py": _OWN}, {"shop/sessions.py": _OWN.replace("Stored", "Kept")})] == ["low"]


def test_an_application_that_is_new() -> None:
    assert [each.rule for each in judge({"a.py": "X = 1\n"}, {"a.py": "X = 1\n", "shop/__init__.py": _APP, "shop/sessions.py": _OWN}).findings] == []


@pytest.mark.parametrize("base", ["Flask", "flask.Flask"])
def test_an_application_class_of_its_own(base: str) -> None:
    before = f"import flask\nfrom flask import Flask\nfrom shop.sessions import Stored\n\n\nclass Shop({base}):\n    def __init__(self):\n        pass\n"
    sessions = {"shop/sessions.py": _OWN.partition("def setup")[0]}
    after = before.replace("pass", "self.session_interface = Stored()")
    assert _found({"shop/site.py": before, **sessions}, {"shop/site.py": after, **sessions}) == _OUT


_SIGNING = """from flask.sessions import SessionInterface
from shop.signing import sign, unsign


class Stored(SessionInterface):
    def __init__(self, prefix, use_signer={}):
        self.use_signer = use_signer

    def open_session(self, app, request):
        name = request.cookies.get("session")
        if self.use_signer:
            name = unsign(name)
        return load(name)
"""


def test_a_signer_that_is_asked_for() -> None:
    off, on = ({"shop/sessions.py": _SIGNING.format(each)} for each in ("False", "True"))
    never = {"shop/sessions.py": off["shop/sessions.py"].replace("        if self.use_signer:\n            name = unsign(name)\n", "")}
    told = [("token-contract-changed", "error", "medium")]
    assert _found(off, on) == told
    assert _found(on, off) == told
    assert _found(never, on) == told
    assert _found(never, off) == _found(off, never) == []


_UNSIGNED = """from flask.sessions import SessionInterface
from shop.signing import BadSignature, is_signed, unsign


class Stored(SessionInterface):
    def open_session(self, app, request):
        name = request.cookies.get("session")
        return load(name)
"""
_FIND = "        return load(name)\n"


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("        name = unsign(name)\n", True),
        ("        if name:\n            name = unsign(name)\n", True),
        ("        try:\n            name = unsign(name)\n        except BadSignature:\n            name = None\n", True),
        ("        try:\n            name = unsign(name)\n        except BadSignature:\n            return self.new()\n", True),
        ("        raw, name = name, None\n        try:\n            name = unsign(raw)\n        except BadSignature:\n            pass\n", True),
        ("        try:\n            name = unsign(name)\n        except BadSignature:\n            pass\n", False),
        ("        raw = name\n        try:\n            name = unsign(raw)\n        except BadSignature:\n            name = raw\n", False),
        ("        try:\n            name = unsign(name)\n        except BadSignature:\n            name = request.cookies['session']\n", False),
        ("        if '.' in name:\n            name = unsign(name)\n", False),
        ("        if is_signed(name):\n            name = unsign(name)\n", False),
    ],
)
def test_a_store_that_begins_to_sign_and_takes_what_is_not_signed(reads: str, told: bool) -> None:
    found = judge({"shop/sessions.py": _UNSIGNED}, {"shop/sessions.py": _UNSIGNED.replace(_FIND, reads + _FIND)}).findings
    assert [each.rule for each in found] == ["token-contract-changed"] * told
