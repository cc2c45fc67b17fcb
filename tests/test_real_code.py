"""What public applications look like: what a simple reading of them would cry wolf at, and what it would miss.

Each case is the kernel of real changes, in words of our own. Silent ones bring no finding that anybody sees by default; the others bring the one that is named.
"""

from __future__ import annotations

import pytest

from tests.judging import judge

OLD = "the first key, fifty letters long or thereabouts, no less"
NEW = "another key, fifty letters long or thereabouts, no less!!"
APPS = "import os\n\nINSTALLED_APPS = ['django.contrib.sessions']\n"
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
Files = dict[str, str]


def settings(text: str, path: str = "shop/settings.py") -> Files:
    return {path: APPS + text}


def seen(base: Files, head: Files) -> list[str]:
    """The rules of the findings that are shown by default."""
    return sorted({each.rule for each in judge(base, head).findings if each.confidence != "low"})


REDIS = "services:\n  redis:\n    image: redis:7\n    volumes: [data:/data]\n    command: {command}\nvolumes: {data: {}}\n"
VERIFIED = (
    "import jwt\nfrom shop import settings\n\nLEEWAY = 30\n\n\ndef user(token, key, **more):\n    try:\n        return jwt.decode({arguments})\n"
    "    except jwt.PyJWTError:\n        return None\n"
)
SILENT: dict[str, tuple[Files, Files]] = {
    # ---- secrets
    "a placeholder for another one": (settings("SECRET_KEY = 'change-me'\n"), settings("SECRET_KEY = 'please-replace-me'\n")),
    "a key of the tests": ({"tests/settings.py": APPS + f"SECRET_KEY = {OLD!r}\n"}, {"tests/settings.py": APPS + f"SECRET_KEY = {NEW!r}\n"}),
    "a key in a document": ({"docs/conf.py": f"SECRET_KEY = {OLD!r}\n"}, {"docs/conf.py": f"SECRET_KEY = {NEW!r}\n"}),
    "a key of the CI": (
        {".github/workflows/test.yml": f"env:\n  SECRET_KEY: {OLD}\n"},
        {".github/workflows/test.yml": f"env:\n  SECRET_KEY: {NEW}\n"},
    ),
    "a key of an example": ({".env.example": f"SECRET_KEY={OLD}\n"}, {".env.example": f"SECRET_KEY={NEW}\n"}),
    "quotes around a value": ({"prod.env": f"SECRET_KEY={OLD}\n"}, {"prod.env": f'SECRET_KEY="{OLD}"\n'}),
    "a random key for debugging": (
        settings("SECRET_KEY = os.environ['KEY']\n"),
        settings("DEBUG = False\nSECRET_KEY = os.environ.get('KEY')\nif not SECRET_KEY and DEBUG:\n    SECRET_KEY = os.urandom(50)\n"),
    ),
    "a key that is no session's": (settings(f"OTP_SECRET_KEY = {OLD!r}\n"), settings(f"OTP_SECRET_KEY = {NEW!r}\n")),
    # ---- settings
    "moved into a package": (
        settings(f"SECRET_KEY = {OLD!r}\nSESSION_COOKIE_NAME = 'sid'\n"),
        {
            "shop/settings/__init__.py": "from .base import *\n",
            "shop/settings/base.py": APPS + f"SECRET_KEY = {OLD!r}\nSESSION_COOKIE_NAME = 'sid'\n",
        },
    ),
    "set in another file of a package": (
        {"shop/settings/base.py": APPS + "SESSION_COOKIE_NAME = 'sid'\n", "shop/settings/production.py": "from .base import *\n"},
        {"shop/settings/base.py": APPS, "shop/settings/production.py": "from .base import *\nSESSION_COOKIE_NAME = 'sid'\n"},
    ),
    "a default that is written out": (settings(""), settings("SESSION_COOKIE_NAME = 'sessionid'\nSESSION_COOKIE_PATH = '/'\nSESSION_COOKIE_DOMAIN = ''\n")),
    "Flask's default, written out": ({"shop/app.py": FLASK}, {"shop/app.py": FLASK + "app.config['SESSION_COOKIE_NAME'] = 'session'\n"}),
    "null for an empty text": (settings("SESSION_COOKIE_DOMAIN = ''\n"), settings("SESSION_COOKIE_DOMAIN = None\n")),
    "seconds for a duration": (
        settings("from datetime import timedelta\nSESSION_COOKIE_AGE = 86400\n"),
        settings("from datetime import timedelta\nSESSION_COOKIE_AGE = timedelta(days=1).total_seconds()\n"),
    ),
    "a setting that may be set, with its old value as the default": (
        settings("SESSION_COOKIE_NAME = 'sid'\n"),
        settings("SESSION_COOKIE_NAME = os.environ.get('SESSION_COOKIE_NAME', 'sid')\n"),
    ),
    "chained assignment": (
        settings("SESSION_COOKIE_DOMAIN = 'shop.test'\nCSRF_COOKIE_DOMAIN = 'shop.test'\n"),
        settings("SESSION_COOKIE_DOMAIN = CSRF_COOKIE_DOMAIN = 'shop.test'\n"),
    ),
    "a setting of the debugging": (settings(""), settings("DEBUG = False\nif DEBUG:\n    SESSION_COOKIE_NAME = 'debug'\n")),
    # ---- cookies
    "a dot before a domain": (settings("SESSION_COOKIE_DOMAIN = 'shop.test'\n"), settings("SESSION_COOKIE_DOMAIN = '.shop.test'\n")),
    "a cookie that is deleted at the logout": (
        {"shop/views.py": "def logout(response):\n    return response\n"},
        {"shop/views.py": "def logout(response):\n    response.delete_cookie('sessionid')\n    return response\n"},
    ),
    "a cookie that keeps nobody logged in": (
        {"shop/views.py": "def show(response):\n    response.set_cookie('theme', 'dark')\n"},
        {"shop/views.py": "def show(response):\n    response.set_cookie('color_theme', 'dark')\n"},
    ),
    # ---- session backends
    "cached_db and db": (
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'\n"),
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.db'\n"),
    ),
    "a cache without sessions gets a prefix": (
        settings("CACHES = {'default': {'BACKEND': 'a.b', 'KEY_PREFIX': 'a'}}\n"),
        settings("CACHES = {'default': {'BACKEND': 'a.b', 'KEY_PREFIX': 'b', 'VERSION': 2}}\n"),
    ),
    "a cache without sessions is cleared": (
        settings("") | {"shop/tasks.py": "X = 1\n"},
        settings("") | {"shop/tasks.py": "from django.core.cache import cache\n\n\ndef refresh():\n    cache.clear()\n"},
    ),
    # ---- SQL and ORM
    "clean-up of what has expired": (
        {"jobs/clean.sql": "SELECT 1;\n"},
        {"jobs/clean.sql": "DELETE FROM sessions WHERE expires_at < now();\n"},
    ),
    "clearsessions": (
        {"deploy/run.sh": "#!/bin/sh\n"},
        {"deploy/run.sh": "#!/bin/sh\npython manage.py clearsessions\n"},
    ),
    "SQLite's dance of copies": (
        {"migrations/1.sql": "CREATE TABLE sessions (id TEXT PRIMARY KEY);\n"},
        {
            "migrations/1.sql": "CREATE TABLE sessions (id TEXT PRIMARY KEY);\n",
            "migrations/2.sql": (
                "CREATE TABLE sessions_new (id TEXT PRIMARY KEY, ip TEXT);\nINSERT INTO sessions_new (id) SELECT id FROM sessions;\n"
                "DROP TABLE sessions;\nALTER TABLE sessions_new RENAME TO sessions;\n"
            ),
        },
    ),
    "sessions of a game": (
        {"migrations/1.sql": "CREATE TABLE game_sessions (id INT, score INT);\n"},
        {"migrations/1.sql": "CREATE TABLE game_sessions (id INT, score INT);\n", "migrations/2.sql": "DROP TABLE game_sessions;\n"},
    ),
    "a statement that is never executed": (
        {"shop/jobs.py": "X = 1\n"},
        {"shop/jobs.py": "from shop.tables import sessions\n\nSTATEMENT = sessions.delete\n"},
    ),
    # ---- Redis
    "a flush in the set-up of tests": (
        {"tests/conftest.py": "X = 1\n"},
        {"tests/conftest.py": "import redis\n\n\ndef clean():\n    redis.Redis().flushall()\n"},
    ),
    # ---- tokens
    "a token that is only looked at": (
        {"shop/tokens.py": "import jwt\n"},
        {"shop/tokens.py": "import jwt\n\n\ndef issuer(token):\n    return jwt.decode(token, options={'verify_signature': False})['iss']\n"},
    ),
    "leeway through a setting": (
        {"shop/tokens.py": "import jwt\n"},
        {"shop/tokens.py": VERIFIED.replace("{arguments}", "token, key, algorithms=['HS256'], leeway=settings.LEEWAY")},
    ),
    "leeway through a constant": (
        {"shop/tokens.py": "import jwt\n"},
        {"shop/tokens.py": VERIFIED.replace("{arguments}", "token, key, algorithms=['HS256'], leeway=LEEWAY")},
    ),
    "arguments that are not to be seen": (
        {"shop/tokens.py": "import jwt\n"},
        {"shop/tokens.py": VERIFIED.replace("{arguments}", "token, key, **more")},
    ),
}  # fmt: skip

FOUND: dict[str, tuple[Files, Files, str]] = {
    "only the default of a template changes": (
        settings("SECRET_KEY = os.environ['KEY']\n") | {"deploy/app.env": f"KEY={OLD}\n"},
        settings("SECRET_KEY = os.environ['KEY']\n") | {"deploy/app.env": f"KEY={NEW}\n"},
        "key-replaced-without-grace",
    ),
    "parameters of a derivation": (
        settings("from shop.crypto import hkdf\nSECRET_KEY = hkdf(os.environ['ROOT'], salt='a', info='session')\n"),
        settings("from shop.crypto import hkdf\nSECRET_KEY = hkdf(os.environ['ROOT'], salt='b', info='session')\n"),
        "key-source-moved",
    ),
    "white space that is kept now": (
        settings("SECRET_KEY = open('/run/secrets/key').read().strip()\n"),
        settings("SECRET_KEY = open('/run/secrets/key').read()\n"),
        "key-source-moved",
    ),
    "random as the default of pydantic": (
        {"shop/config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    SECRET_KEY: str\n"},
        {
            "shop/config.py": (
                "import secrets\n\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
                "    SECRET_KEY: str = secrets.token_urlsafe(32)\n"
            )
        },
        "key-random-where-unset",
    ),
    "the attribute of a config class": (
        {"shop/config.py": "class Config:\n    SESSION_COOKIE_NAME = 'a'\n", "requirements.txt": "flask==3.1.3\n"},
        {"shop/config.py": "class Config:\n    SESSION_COOKIE_NAME = 'b'\n", "requirements.txt": "flask==3.1.3\n"},
        "session-cookie-renamed",
    ),
    "a name that is put together": (
        settings("NAME = 'shop'\nSESSION_COOKIE_NAME = f'{NAME}_sid'\n"),
        settings("NAME = 'store'\nSESSION_COOKIE_NAME = f'{NAME}_sid'\n"),
        "session-cookie-renamed",
    ),
    "a wrapper around the environment": (
        settings("import environ\nenv = environ.Env()\nSESSION_COOKIE_NAME = env.str('SESSION_COOKIE_NAME', default='a')\n"),
        settings("import environ\nenv = environ.Env()\nSESSION_COOKIE_NAME = env.str('SESSION_COOKIE_NAME', default='b')\n"),
        "session-cookie-renamed",
    ),
    "chained assignment, another value": (
        settings("SESSION_COOKIE_NAME = CSRF_COOKIE_NAME = 'a'\n"),
        settings("SESSION_COOKIE_NAME = CSRF_COOKIE_NAME = 'b'\n"),
        "session-cookie-renamed",
    ),
    "Flask's default name left": ({"shop/app.py": FLASK}, {"shop/app.py": FLASK + "app.config['SESSION_COOKIE_NAME'] = 'shop'\n"}, "session-cookie-renamed"),
    "a cookie's name made from its domain": (
        settings("SESSION_COOKIE_DOMAIN = 'a.test'\nSESSION_COOKIE_NAME = SESSION_COOKIE_DOMAIN.split('.')[0] + '_sid'\n"),
        settings("SESSION_COOKIE_DOMAIN = 'b.test'\nSESSION_COOKIE_NAME = SESSION_COOKIE_DOMAIN.split('.')[0] + '_sid'\n"),
        "session-cookie-renamed",
    ),
    "the version of the cache that holds sessions": (
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\nCACHES = {'default': {'BACKEND': 'a.b', 'LOCATION': 'x'}}\n"),
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\nCACHES = {'default': {'BACKEND': 'a.b', 'LOCATION': 'x', 'VERSION': 2}}\n"),
        "session-store-moved",
    ),
    "the cache that holds sessions is cleared": (
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n") | {"shop/tasks.py": "X = 1\n"},
        settings("SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n")
        | {"shop/tasks.py": "from django.core.cache import cache\n\n\ndef refresh():\n    cache.clear()\n"},
        "session-cache-cleared",
    ),
    "a table that is deleted and made anew in one migration": (
        {},
        {
            "shop/migrations/0002_sessions.py": (
                "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n"
                "    operations = [\n        migrations.DeleteModel(name='UserSession'),\n"
                "        migrations.CreateModel(name='UserSession', fields=[('session_key', models.TextField(primary_key=True))]),\n    ]\n"
            )
        },
        "session-table-recreated-empty",
    ),
    "Redis without persistence on the command line": (
        {"compose.yaml": REDIS.replace("{command}", "['redis-server', '--appendonly', 'yes']")},
        {"compose.yaml": REDIS.replace("{command}", "['redis-server', '--save', '']")},
        "store-log-switched-off",
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_no_cry_of_wolf(case: str) -> None:
    base, head = SILENT[case]
    assert seen(base, head) == []


@pytest.mark.parametrize("case", FOUND)
def test_found_in_whatever_words_it_is_said(case: str) -> None:
    base, head, rule = FOUND[case]
    assert rule in seen(base, head)
