"""Settings in configuration files, judged by what the framework that reads them makes of them, and by their names where nobody is known to."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from safelint.contract import terms
from safelint.values import describe
from tests.judging import RULES, judge, sides

OLD, NEW = "the first key and fifty letters long or thereabouts and no less", "the second key and just as long as the first one ever was"
KEPT = "the third key that is still the same afterwards, and long enough"
JUDGED = tuple(rule for rule in RULES if rule.cause in ("keys", "store", "cookies"))


@dataclass(frozen=True)
class Case:
    """A change of one file and what is found: "rule confidence", nothing where nobody notices. `beside` is in both sides."""

    name: str
    path: str
    base: str
    head: str
    finds: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def flask(call: str, after: str = "") -> tuple[tuple[str, str], ...]:
    """A Flask application that reads a file."""
    return (("shop/app.py", f"import json\nimport tomllib\n\nfrom flask import Flask\n\napp = Flask(__name__)\napp.config.{call}\n{after}"),)


TOML = flask('from_file("config.toml", load=tomllib.load, text=False)')
KEY_OUT = ("key-replaced-without-grace high",)
RENAMED = ("session-cookie-renamed high",)


def paste(lines: str, use: str = "egg:shop") -> str:
    """A file of PasteDeploy."""
    return f"[app:main]\nuse = {use}\n{lines}\n[server:main]\nuse = egg:waitress#main\n"


def ckan(lines: str) -> str:
    """CKAN's file."""
    return f"[DEFAULT]\ndebug = false\n\n[app:main]\nuse = egg:ckan\nckan.site_url = https://data.city.org\n{lines}"


PYRAMID = (
    ("shop/__init__.py", "from pyramid.config import Configurator\nfrom pyramid.session import SignedCookieSessionFactory\n\n\n"
     "def main(global_config, **settings):\n"
     "    factory = SignedCookieSessionFactory(settings['session.secret'], cookie_name=settings.get('session.name', 'sid'))\n"
     "    return Configurator(settings=settings, session_factory=factory).make_wsgi_app()\n"),
)  # fmt: skip


def dynaconf(call: str, more: str = "") -> tuple[tuple[str, str], ...]:
    """A Flask application with Dynaconf."""
    start = "from dynaconf import Dynaconf, FlaskDynaconf\nfrom flask import Flask\n\napp = Flask(__name__)\n"
    return (("shop/app.py", f"{start}{call}\n{more}"),)


FLASK_DYNACONF = dynaconf("FlaskDynaconf(app)")
LAYERED = dynaconf(
    'settings = Dynaconf(settings_files=["settings.toml", ".secrets.toml"], environments=True)',
    'app.config["SECRET_KEY"] = settings.SECRET_KEY\napp.config["SESSION_COOKIE_NAME"] = settings.get("cookie_name")\n',
)
FLAT = dynaconf(
    'settings = Dynaconf(settings_files=["settings.toml", ".secrets.toml"])',
    'app.config["SECRET_KEY"] = settings.SECRET_KEY\napp.config["SESSION_COOKIE_NAME"] = settings.cookie_name\n',
)
DJANGO_DYNACONF = (
    ("manage.py", ""),
    ("shop/settings.py", 'INSTALLED_APPS = ["django.contrib.auth"]\nimport dynaconf\n\nsettings = dynaconf.DjangoDynaconf(__name__)\n'),
)  # fmt: skip

CASES = (
    Case("flask, a key in TOML", "shop/config.toml", f'SECRET_KEY = "{OLD}"\n', f'SECRET_KEY = "{NEW}"\n', KEY_OUT, TOML),
    Case(
        "flask, a key with the old one beside",
        "shop/config.toml",
        f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]\n',
        f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]\n',
        (),
        TOML,
    ),
    Case(
        "flask, the default is written out",
        "shop/config.toml",
        "DEBUG = false\nSESSION_COOKIE_SECURE = false\n",
        'SESSION_COOKIE_SECURE = false\nSESSION_COOKIE_NAME = "session"\n',
        (),
        TOML,
    ),
    Case(
        "flask, a name is removed",
        "shop/config.toml",
        'SESSION_COOKIE_NAME = "shop"\nSESSION_COOKIE_SECURE = true\n',
        "SESSION_COOKIE_SECURE = true\n",
        RENAMED,
        TOML,
    ),
    Case(
        "flask, JSON in the instance folder",
        "instance/config.json",
        '{"SESSION_COOKIE_NAME": "session"}\n',
        '{"SESSION_COOKIE_NAME": "shop"}\n',
        RENAMED,
        flask('from_file("config.json", load=json.load)'),
    ),
    Case(
        "flask, the method that is no more",
        "shop/config.json",
        f'{{"SECRET_KEY": "{OLD}"}}\n',
        f'{{"SECRET_KEY": "{NEW}"}}\n',
        KEY_OUT,
        flask('from_json("config.json")'),
    ),
    Case(
        "flask, Python by another ending",
        "shop/settings.cfg",
        f'SECRET_KEY = "{OLD}"\n',
        f'SECRET_KEY = "{NEW}"\n',
        KEY_OUT,
        flask('from_pyfile("settings.cfg")'),
    ),
    Case(
        "flask, Python by another ending, from the environment",
        "shop/settings.cfg",
        f'SECRET_KEY = "{OLD}"\n',
        'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
        ("key-source-moved medium",),
        flask('from_pyfile("settings.cfg")'),
    ),
    Case(
        "flask, code lays another value over it",
        "shop/config.toml",
        'SESSION_COOKIE_NAME = "shop"\n',
        'SESSION_COOKIE_NAME = "sid"\n',
        (),
        flask('from_file("config.toml", load=tomllib.load, text=False)', 'app.config["SESSION_COOKIE_NAME"] = "web"\n'),
    ),
    Case(
        "flask, names of a section are none of its own",
        "shop/config.toml",
        '[shop]\nSESSION_COOKIE_PATH = "/"\n',
        '[shop]\nSESSION_COOKIE_PATH = "/shop"\n',
        ("session-cookie-rescoped medium",),
        TOML,
    ),
    Case("flask, a file that nobody loads", "shop/config.toml", f'SECRET_KEY = "{OLD}"\n', f'SECRET_KEY = "{NEW}"\n', ("key-replaced-without-grace medium",)),
    Case(
        "flask, in YAML a name and an age",
        "shop/config.yaml",
        "SESSION_COOKIE_NAME: shop\nSESSION_COOKIE_SECURE: true\n",
        "SESSION_COOKIE_NAME: 'shop'\nSESSION_COOKIE_SECURE: yes\n",
        (),
        flask('from_file("config.yaml", load=yaml.safe_load)'),
    ),
    # ---- PasteDeploy: Beaker, Redis, CKAN, code that reads it
    Case(
        "beaker, the secret",
        "production.ini",
        paste(f"session.type = file\nsession.secret = {OLD}"),
        paste(f"session.type = file\nsession.secret = {NEW}"),
        KEY_OUT,
    ),
    Case("beaker, the cookie's name is removed", "production.ini", paste("session.type = file\nsession.key = shop"), paste("session.type = file"), RENAMED),
    Case("beaker, the default is written out", "production.ini", paste("session.type = file"), paste("session.type = file\nsession.key = beaker.session.id")),
    Case(
        "beaker, another engine",
        "production.ini",
        paste("session.type = file\nsession.key = a"),
        paste("session.type = ext:redis\nsession.key = a"),
        ("session-engine-switched high",),
    ),
    Case(
        "beaker, sections change their order",
        "production.ini",
        f"[server:main]\nport = 80\n[app:main]\nuse = egg:shop\nsession.type = file\nsession.secret = {OLD}\n",
        f"[app:main]\nsession.secret: {OLD}\nsession.type: file\nuse: egg:shop\n[server:main]\nport = 80\n",
    ),
    Case(
        "beaker, the secret is filled in",
        "production.ini",
        paste(f"session.type = file\nsession.secret = {OLD}"),
        paste("session.type = file\nsession.secret = %(session_secret)s"),
    ),
    Case(
        "beaker, on a developer's machine",
        "development.ini",
        paste(f"session.type = file\nsession.secret = {OLD}"),
        paste(f"session.type = file\nsession.secret = {NEW}"),
    ),
    Case(
        "beaker, in a template",
        "ckan/config/production.ini.example",
        paste(f"session.type = file\nsession.secret = {OLD}"),
        paste(f"session.type = file\nsession.secret = {NEW}"),
    ),
    Case("redis sessions, the secret", "production.ini", paste(f"redis.sessions.secret = {OLD}"), paste(f"redis.sessions.secret = {NEW}"), KEY_OUT),
    Case("redis sessions, the timeout stays with each session", "production.ini", paste("redis.sessions.timeout = 3600"), paste("redis.sessions.timeout = 60")),
    Case("ckan 2.10, the cookie's name", "ckan.ini", ckan("beaker.session.key = ckan\n"), ckan("beaker.session.key = data\n"), RENAMED),
    Case(
        "ckan 2.10, the secret",
        "ckan.ini",
        ckan(f"beaker.session.key = ckan\nbeaker.session.secret = {OLD}\n"),
        ckan(f"beaker.session.key = ckan\nbeaker.session.secret = {NEW}\n"),
        KEY_OUT,
    ),
    Case("ckan 2.11, the key", "ckan.ini", ckan(f"SECRET_KEY = {OLD}\n"), ckan(f"SECRET_KEY = {NEW}\n"), KEY_OUT),
    Case("ckan 2.11, its own default is written out", "ckan.ini", ckan(""), ckan("SESSION_COOKIE_NAME = ckan\nSESSION_TYPE = cookie\n")),
    Case(
        "ckan 2.11, Flask's default is another name",
        "ckan.ini",
        ckan("SESSION_TYPE = cookie\n"),
        ckan("SESSION_TYPE = cookie\nSESSION_COOKIE_NAME = session\n"),
        RENAMED,
    ),
    Case(
        "ckan 2.11, sessions move to Redis",
        "ckan.ini",
        ckan("SESSION_COOKIE_NAME = ckan\n"),
        ckan("SESSION_COOKIE_NAME = ckan\nSESSION_TYPE = redis\n"),
        ("session-engine-switched high",),
    ),
    Case("pyramid, the secret that code takes", "production.ini", paste(f"session.secret = {OLD}"), paste(f"session.secret = {NEW}"), KEY_OUT, PYRAMID),
    Case("pyramid, the name that code takes", "production.ini", paste("session.name = shop"), paste("session.name = web"), RENAMED, PYRAMID),
    Case(
        "pyramid, the secret that nobody is seen to take",
        "production.ini",
        paste(f"session.secret = {OLD}"),
        paste(f"session.secret = {NEW}"),
        ("key-replaced-without-grace medium",),
    ),
    Case("pyramid, the name is left to the default in code", "production.ini", paste("session.name = shop"), paste("debug = false"), RENAMED, PYRAMID),
    Case("pyramid, the default in code is written out", "production.ini", paste("debug = false"), paste("session.name = sid"), (), PYRAMID),
    Case(
        "beaker, set up for the first time",
        "production.ini",
        paste("pyramid.reload_templates = false"),
        paste(f"session.type = file\nsession.key = shop\nsession.secret = {OLD}"),
    ),
    Case(
        "beaker, the secret is to be filled in by hand",
        "production.ini",
        paste(f"session.type = file\nsession.secret = {OLD}"),
        paste("session.type = file\nsession.secret = please_update"),
    ),
    # ---- Dynaconf
    Case(
        "dynaconf, Flask, the key of production",
        "settings.toml",
        f'[default]\nSECRET_KEY = "a"\n[production]\nSECRET_KEY = "{OLD}"\n',
        f'[default]\nSECRET_KEY = "a"\n[production]\nSECRET_KEY = "{NEW}"\n',
        KEY_OUT,
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, what production overrides",
        "settings.toml",
        f'[default]\nSECRET_KEY = "{OLD}"\n[production]\nSECRET_KEY = "{KEPT}"\n',
        f'[default]\nSECRET_KEY = "{NEW}"\n[production]\nSECRET_KEY = "{KEPT}"\n',
        (),
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, a developer's section",
        "settings.toml",
        f'[development]\nSECRET_KEY = "{OLD}"\n',
        f'[development]\nSECRET_KEY = "{NEW}"\n',
        (),
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, another spelling",
        "settings.yaml",
        "default:\n  session_cookie_name: shop\n",
        "default:\n  SESSION_COOKIE_NAME: shop\n",
        (),
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, the cookie's name is removed",
        "settings.json",
        '{"default": {"session_cookie_name": "shop", "session_cookie_secure": true}}',
        '{"default": {"session_cookie_secure": true}}',
        RENAMED,
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, out of an ini file",
        "settings.ini",
        "[default]\nsession_cookie_name = shop\n",
        "[default]\nsession_cookie_name = web\n",
        RENAMED,
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, Flask, without sections",
        "settings.toml",
        'session_cookie_name = "shop"\n',
        'session_cookie_name = "web"\n',
        RENAMED,
        dynaconf("FlaskDynaconf(app, environments=False)"),
    ),
    Case(
        "dynaconf, the secrets' file counts more",
        "settings.toml",
        f'[default]\nsecret_key = "{OLD}"\n',
        f'[default]\nsecret_key = "{NEW}"\n',
        (),
        (*FLASK_DYNACONF, (".secrets.toml", f'[default]\nsecret_key = "{KEPT}"\n')),
    ),
    Case(
        "dynaconf, moved into the secrets' file",
        ".secrets.toml",
        "",
        f'[default]\nsecret_key = "{OLD}"\n',
        (),
        (*FLASK_DYNACONF, ("settings.toml", f'[default]\nsecret_key = "{OLD}"\n')),
    ),
    Case(
        "dynaconf, an object that code takes from",
        "settings.toml",
        f'[default]\nsecret_key = "{OLD}"\n',
        f'[default]\nsecret_key = "{NEW}"\n',
        KEY_OUT,
        LAYERED,
    ),
    Case("dynaconf, an object, a name by get", "settings.toml", '[default]\ncookie_name = "shop"\n', '[default]\ncookie_name = "web"\n', RENAMED, LAYERED),
    Case("dynaconf, an object without sections", "settings.toml", f'secret_key = "{OLD}"\n', f'secret_key = "{NEW}"\n', KEY_OUT, FLAT),
    Case(
        "dynaconf, an object with parts, in a module of its own",
        "shop/settings.toml",
        f'[security]\nsecret_key = "{OLD}"\n',
        f'[security]\nsecret_key = "{NEW}"\n',
        KEY_OUT,
        (
            ("shop/config.py", 'from dynaconf import Dynaconf\n\nsettings = Dynaconf(envvar_prefix="SHOP", settings_files=["settings.toml"])\n'),
            (
                "shop/main.py",
                "from fastapi import FastAPI\nfrom starlette.middleware.sessions import SessionMiddleware\n\nfrom shop.config import settings\n\n"
                "app = FastAPI()\napp.add_middleware(SessionMiddleware, secret_key=settings.security.SECRET_KEY)\n",
            ),
        ),
    ),
    Case(
        "dynaconf, a variable with the prefix",
        "compose.yml",
        "services: {web: {image: shop, environment: {FLASK_SESSION_COOKIE_NAME: shop}}}\n",
        "services: {web: {image: shop, environment: {FLASK_SESSION_COOKIE_NAME: web}}}\n",
        RENAMED,
        FLASK_DYNACONF,
    ),
    Case(
        "dynaconf, a variable says what the file says",
        "compose.yml",
        "services: {web: {image: shop, environment: {DEBUG: '0'}}}\n",
        "services: {web: {image: shop, environment: {DEBUG: '0', FLASK_SESSION_COOKIE_NAME: shop}}}\n",
        (),
        (*FLASK_DYNACONF, ("settings.toml", '[default]\nsession_cookie_name = "shop"\n')),
    ),
    Case(
        "a session in a section of another product",
        "conf/grafana.ini",
        "[session]\ntype = file\nkey = a\n",
        "[session]\ntype = redis\nkey = a\n",
    ),
    Case(
        "pyramid, a module that sets up sessions",
        "production.ini",
        paste(f"shop.secret.session = {OLD}"),
        paste(f"shop.secret.session = {NEW}"),
        KEY_OUT,
        (
            (
                "shop/session.py",
                "from pyramid.session import SignedCookieSessionFactory\n\n\ndef includeme(config):\n"
                "    config.set_session_factory(SignedCookieSessionFactory(config.registry.settings['shop.secret.session']))\n",
            ),
        ),
    ),
    Case("dynaconf, Django", "shop/settings.toml", f'[default]\nSECRET_KEY = "{OLD}"\n', f'[default]\nSECRET_KEY = "{NEW}"\n', KEY_OUT, DJANGO_DYNACONF),
    Case(
        "dynaconf, Django, the default is written out",
        "shop/settings.toml",
        "[default]\nsession_cookie_secure = false\n",
        '[default]\nsession_cookie_secure = false\nsession_cookie_name = "sessionid"\n',
        (),
        DJANGO_DYNACONF,
    ),
    Case(
        "dynaconf, a value that it works out",
        "settings.toml",
        '[default]\nsession_cookie_name = "shop"\n',
        '[default]\nsession_cookie_name = "@format {env[COOKIE]}"\n',
        (),
        FLASK_DYNACONF,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_change(case: Case) -> None:
    beside = dict(case.beside)
    judged = judge({**beside, case.path: case.base}, {**beside, case.path: case.head}, JUDGED)
    assert sorted(f"{each.rule} {each.confidence}" for each in judged.findings) == sorted(case.finds)
    assert not judged.not_understood


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_that_only_moved_within_is_silent(case: Case) -> None:
    beside = dict(case.beside)
    assert not judge({**beside, case.path: case.base}, {**beside, case.path: case.base + "\n"}, JUDGED).findings


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


CONTRACTS: tuple[tuple[tuple[tuple[str, str], ...], str, str, list[str]], ...] = (
    (
        FLASK_DYNACONF,
        "settings.toml",
        '[default]\nsession_cookie_name = "shop"\n[production]\nsession_cookie_name = "web"\n',
        ['SESSION_COOKIE_NAME "web" settings.toml:4'],
    ),
    (DJANGO_DYNACONF, "shop/settings.toml", '[default]\nsession_cookie_name = "shop"\n', ['SESSION_COOKIE_NAME "shop" shop/settings.toml:2']),
    (TOML, "shop/config.toml", f'SECRET_KEY = "{OLD}"\n', ["SECRET_KEY a secret shop/config.toml:1"]),
    ((), "production.ini", paste("session.type = file\nsession.key = shop"), ['session.key "shop" production.ini:4', 'session.type "file" production.ini:3']),
    ((), "conf/grafana.ini", "[session]\ntype = file\nkey = a\n", []),
)


@pytest.mark.parametrize(("beside", "path", "text", "told"), CONTRACTS, ids=[path for _, path, _, _ in CONTRACTS])
def test_the_contract_tells_what_a_file_says(beside: tuple[tuple[str, str], ...], path: str, text: str, told: list[str]) -> None:
    _, head, _ = sides(None, {**dict(beside), path: text})
    assert [f"{term.name} {describe(term.value)} {term.place.path}:{term.place.line}" for term in terms(head) if term.place is not None] == told
