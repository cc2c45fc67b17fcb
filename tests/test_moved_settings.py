"""Settings that only stand elsewhere, or that somebody else gives: no session notices."""

from __future__ import annotations

import pytest

from tests.judging import judge

_FLASK = {"requirements.txt": "flask==3.1.3\nflask-session==0.8.0\n"}
_LINES = ('SESSION_TYPE = "redis"', 'SESSION_COOKIE_NAME = "shop"', "SQLALCHEMY_ECHO = False")
_MODULE = "\n".join(_LINES) + "\n"


def _class(name: str, *lines: str) -> str:
    return f"class {name}:\n" + "".join(f"    {line}\n" for line in lines)


def _rules(base: str, head: str, path: str = "shop/config.py", beside: dict[str, str] = _FLASK) -> list[str]:
    return [each.rule for each in judge({**beside, path: base}, {**beside, path: head}).findings]


@pytest.mark.parametrize("other", [_class("Config", *_LINES), "ROOT = 1\n" + _class("Config", *_LINES), _class("Staging", *_LINES) + _class("Live", *_LINES)])
def test_settings_between_a_module_and_a_class_of_its_file(other: str) -> None:
    assert _rules(_MODULE, other) == []
    assert _rules(other, _MODULE) == []


def test_what_changes_on_the_way_is_told() -> None:
    moved = _class("Config", _LINES[0], 'SESSION_COOKIE_NAME = "store"', _LINES[2])
    assert _rules(_MODULE, moved) == ["session-cookie-renamed"]
    assert _rules(moved, _MODULE) == ["session-cookie-renamed"]


def test_what_stays_behind_is_told() -> None:
    assert _rules(_MODULE, _class("Config", _LINES[0], _LINES[2])) == ["session-cookie-renamed"]


def test_a_setting_that_a_class_only_declares() -> None:
    declared = _class("Config", "SESSION_COOKIE_NAME: str", _LINES[2])
    assert _rules(_class("Config", *_LINES[1:]), declared) == []
    assert _rules(_class("Config", *_LINES[1:]), _class("Config", _LINES[2], "SESSION_COOKIE_HTTPONLY = True")) == ["session-cookie-renamed"]


def test_a_setting_that_a_file_need_not_have() -> None:
    written = _APPS + 'SESSION_COOKIE_NAME = "shop"\n'
    asked = "import config\n" + _APPS + 'SESSION_COOKIE_NAME = getattr(config, "COOKIE", "shop")\n'
    assert _rules(written, asked, "shop/settings.py", {}) == []
    assert _rules(asked, written, "shop/settings.py", {}) == []


_PREFIXED = """import os

PREFIX = os.environ.get("SHOP_PREFIX", "{}")
SESSION_COOKIE_NAME = PREFIX + "sessionid"
CSRF_COOKIE_NAME = f"{{PREFIX}}csrftoken"
"""
_APPS = 'INSTALLED_APPS = ["django.contrib.sessions"]\n'


def test_a_prefix_that_is_empty_until_somebody_sets_it() -> None:
    assert _rules(_APPS, _APPS + _PREFIXED.format(""), "shop/settings.py", {}) == []
    assert _rules(_APPS + _PREFIXED.format(""), _APPS, "shop/settings.py", {}) == []


def test_a_prefix_that_is_there_by_default() -> None:
    (name,) = [
        each
        for each in judge({"shop/settings.py": _APPS}, {"shop/settings.py": _APPS + _PREFIXED.format("my-")}).findings
        if each.rule == "session-cookie-renamed"
    ]
    assert '"${SHOP_PREFIX}sessionid" instead of "sessionid"' in name.message


def test_a_prefix_that_a_deploy_sets() -> None:
    settings = {"shop/settings.py": _APPS + _PREFIXED.format("")}
    deploys = [{"deploy/web.env": f"SHOP_PREFIX={value}\nHOST=shop\n"} for value in ("old-", "new-")]
    (name,) = [each for each in judge(settings | deploys[0], settings | deploys[1]).findings if each.rule == "session-cookie-renamed"]
    assert '"new-sessionid" instead of "old-sessionid"' in name.message


_APP = 'from flask import Flask\n{}\napp = Flask(__name__)\napp.config["SESSION_TYPE"] = "redis"\napp.secret_key = "{}"\n'
_SETUP = "from flask_session import Session\n\nSession().init_app(app)\n"
_ONE, _OTHER = (
    "the first key, fifty letters long or thereabouts",
    "the second key, just as long as the first one",
)


def test_settings_of_a_library_that_nobody_sets_up() -> None:
    unread = _APP.format("", _ONE)
    assert _rules(unread, unread.replace("redis", "filesystem"), "shop/app.py") == []
    assert _rules(unread, _APP.format("", _OTHER), "shop/app.py") == ["key-replaced-without-grace"]
    read = _APP.format(_SETUP, _ONE)
    assert "session-engine-switched" in _rules(read, read.replace("redis", "filesystem"), "shop/app.py")
    assert _rules(read, _APP.format(_SETUP, _OTHER), "shop/app.py") == []


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("from flask_session import Session", "Session(app)"), ("from flask_session import (\n    Session,\n)", "Session().init_app(app)"),
        ("from flask_session import Session as Kept", "Kept(app)"), ("import flask_session", "flask_session.Session(app)"),
    ],
)  # fmt: skip
def test_what_sets_a_library_up(imported: str, call: str) -> None:
    base = _APP.format(imported, _ONE) + "# Session(app)\n"
    assert _rules(base, base.replace("redis", "filesystem"), "shop/app.py") == []
    assert "session-engine-switched" in _rules(base + call, base.replace("redis", "filesystem") + call, "shop/app.py")


def test_a_library_that_is_set_up_from_now_on() -> None:
    assert _rules(_APP.format("", _ONE), _APP.format(_SETUP, _ONE), "shop/app.py") == ["session-engine-switched"]
    assert _rules(_APP.format(_SETUP, _ONE), _APP.format("", _ONE), "shop/app.py") == ["session-engine-switched"]


_DEFAULT = f'import os\n\nSECRET_KEY = os.environ.get("SHOP_KEY", "{_ONE}")\n'
_ENV = {"deploy/web.env": "HOST=shop\n"}
_SET = {"deploy/web.env": "HOST=shop\nSHOP_KEY=change-me\n"}


@pytest.mark.parametrize(
    "head", ['SECRET_KEY = os.environ["SHOP_KEY"]', 'SECRET_KEY = os.environ.get("SHOP_KEY")', 'SECRET_KEY = os.environ.get("SHOP_KEY", "")']
)
def test_a_key_that_held_by_default_is_gone(head: str) -> None:
    def found(before: dict[str, str], after: dict[str, str], default: str = _DEFAULT) -> list[tuple[str, str]]:
        judged = judge(before | {"shop/settings.py": default}, after | {"shop/settings.py": f"import os\n\n{head}\n"})
        return [(each.rule, each.confidence) for each in judged.findings]

    assert found(_ENV, _SET) == [("key-source-moved", "medium")]
    assert found(_ENV, _ENV) == [("key-source-moved", "low")]
    copied = {"deploy/docker-compose.env": "SHOP_KEY=change-me\n"}
    assert found({}, copied) == [("key-source-moved", "medium")]
    assert found({}, {"deploy/docker-compose.env": "#SHOP_KEY=change-me\n"}) == [("key-source-moved", "low")]
    assert found(_SET, _SET) == []
    assert found(_ENV, _SET, _DEFAULT.replace(_ONE, "insecure-change-me")) == []


_FIRST = "django-insecure-the_first_key_of_the_shop_as_startproject_drew_it"


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (f'"{_FIRST}"', f'"{_ONE}"', [("key-replaced-without-grace", "medium")]),
        (f'"{_FIRST}"', f'"{_FIRST[:-3]}xyz"', [("key-replaced-without-grace", "medium")]),
        (f'"{_ONE}"', f'"{_FIRST}"', [("key-replaced-without-grace", "low")]),
        (f'"{_FIRST}"', 'os.environ["SHOP_KEY"]', [("key-source-moved", "medium")]),
        (f'"{_FIRST}"', f'os.environ.get("SHOP_KEY", "{_FIRST}")', []),
        (f'os.environ.get("SHOP_KEY", "{_FIRST}")', f'os.environ.get("SHOP_KEY", "{_FIRST[:-3]}xyz")', []),
        ('"django-insecure-change-me"', f'"{_ONE}"', []),
    ],
)
def test_the_key_that_django_wrote_for_a_new_project(base: str, head: str, expected: list[tuple[str, str]]) -> None:
    judged = judge({"shop/settings.py": f"import os\n\nSECRET_KEY = {base}\n"}, {"shop/settings.py": f"import os\n\nSECRET_KEY = {head}\n"})
    assert [(each.rule, each.confidence) for each in judged.findings] == expected
