"""`safelint contract A B`: what is told of a difference, what is none, and that the findings say the same."""

from __future__ import annotations

import pytest

from safelint.contract import both
from safelint.contract_difference import shown_difference
from safelint.files import MemoryFiles
from safelint.library import Library
from safelint.sources import Side

DJANGO = 'import os\n\nINSTALLED_APPS = ["django.contrib.sessions"]\nSECRET_KEY = os.environ["KEY"]\n'
FLASK = 'from flask import Flask\n\napp = Flask(__name__)\napp.config["SESSION_COOKIE_SAMESITE"] = "Lax"\n'
VERIFIES = 'import jwt\n\n\ndef {name}(token):\n    return jwt.decode(token, {key}, algorithms=["HS256"])\n'
SAME = "The same on both sides."


def difference(base: dict[str, str], head: dict[str, str]) -> str:
    sides = [
        Side("head" if files is head else "base", MemoryFiles({path: text.encode() for path, text in files.items()}), frozenset(files), Library())
        for files in (base, head)
    ]
    return shown_difference(*both(*sides), (), "two trees")


def settings(base: str, head: str) -> str:
    return difference({"shop/settings.py": DJANGO + base}, {"shop/settings.py": DJANGO + head})


@pytest.mark.parametrize(
    ("base", "head", "told"),
    [
        ('MIDDLEWARE = ["a.Sessions", "b.B"]', 'MIDDLEWARE = ["a.Sessions", "b.B", "c.C"]', 'added "c.C"  ·'),
        ('MIDDLEWARE = ["a.Sessions", "b.B"]', 'MIDDLEWARE = ["c.C", "a.Sessions"]', 'added "c.C" as the first; gone "b.B"  ·'),
        ('PASSWORD_HASHERS = ["a.A", "b.B"]', 'PASSWORD_HASHERS = ["b.B", "a.A"]', 'in another order: ["b.B", "a.A"] first'),
        (
            'AUTHENTICATION_BACKENDS = ["a.A"]',
            'AUTHENTICATION_BACKENDS = ["a.A"]\nif HEADER:\n    AUTHENTICATION_BACKENDS = ["b.B"]',
            'absent -> ["b.B"] if HEADER',
        ),
        (
            'if os.getenv("DB") == "my":\n    SESSION_COOKIE_PATH = "/a"\nelse:\n    SESSION_COOKIE_PATH = "/b"',
            'if os.getenv("DB") in ["my", "maria"]:\n    SESSION_COOKIE_PATH = "/a"\nelse:\n    SESSION_COOKIE_PATH = "/c"',
            "\"/a\", now if os.getenv('DB') in ['my', 'maria'], before if os.getenv('DB') == 'my'",
        ),
        ("", 'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"', '"django.contrib.sessions.backends.db" by default -> '),
        ("SESSION_COOKIE_AGE = 3600", "SESSION_COOKIE_AGE = 7200", "3600 (1 hour) -> 7200 (2 hours)"),
    ],
)
def test_what_became_of_a_setting(base: str, head: str, told: str) -> None:
    assert told in settings(base + "\n", head + "\n")


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ('if os.environ.get("X") == "y":\n    SESSION_COOKIE_PATH = "/x"', 'if os.getenv("X") == "y":\n    SESSION_COOKIE_PATH = "/x"'),
        ("SESSION_COOKIE_AGE = 3600", "SESSION_COOKIE_AGE = 60 * 60"),
        ("", 'SESSION_COOKIE_NAME = "sessionid"'),
        ("", 'SESSION_COOKIE_NAME = os.environ.get("NAME", "sessionid")'),
        ('MIDDLEWARE = ["a.Sessions", *FIRST]', 'MIDDLEWARE = ["a.Sessions", *FIRST, *SECOND]'),
        (
            'BASE = os.path.dirname(__file__)\nDATABASES = {"default": {"NAME": BASE + "/shop.db"}}',
            'from pathlib import Path\nBASE = Path(__file__).parent\nDATABASES = {"default": {"NAME": BASE / "shop.db"}}',
        ),
    ],
)
def test_what_is_no_difference(base: str, head: str) -> None:
    assert SAME in settings(base + "\n", head + "\n")


def test_a_setting_that_matters_at_one_side_only_is_told_with_what_it_was() -> None:
    cache = 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
    serializer = 'SESSION_SERIALIZER = "django.contrib.sessions.serializers.{}Serializer"\n'
    text = settings(cache + serializer.format("Pickle"), serializer.format("JSON"))
    assert '"django.contrib.sessions.serializers.PickleSerializer" -> "django.contrib.sessions.serializers.JSONSerializer"' in " ".join(text.split())


def test_what_is_said_in_one_more_place_is_the_same() -> None:
    more = {"shop/app.py": FLASK, "shop/security.py": 'def secure(app):\n    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"\n'}
    assert SAME in difference({"shop/app.py": FLASK}, more)


def test_a_version_is_no_news_because_somebody_asks_for_it_now() -> None:
    pins = {"requirements.txt": "django==5.2.1\ndjango-allauth==65.4.1\n"}
    text = difference({"shop/settings.py": DJANGO, **pins}, {"shop/settings.py": DJANGO + "ACCOUNT_SESSION_REMEMBER = True\n", **pins})
    assert "ACCOUNT_SESSION_REMEMBER" in text
    assert "65.4.1" not in text


def test_a_verification_that_moved_is_the_same_and_another_one_is_told_in_one_line() -> None:
    base = {"shop/users.py": VERIFIES.format(name="user", key="shop.KEY")}
    assert SAME in difference(base, {"shop/tokens.py": VERIFIES.format(name="user_of", key="shop.KEY")})
    text = difference(base, {**base, "shop/tokens.py": VERIFIES.format(name="guest", key="shop.OTHER")})
    assert 'guest  (Tokens · verified by PyJWT)\n  absent -> key shop.OTHER, algorithms ["HS256"], leeway 0  · shop/tokens.py:5' in text


def test_a_dictionary_that_is_called_keys_is_no_ring() -> None:
    words = {"shop/links.py": "keys = {'long_url': 'a', 'group': 'b'}\n"}
    assert SAME in difference(words, {})


def test_a_function_of_the_file_that_reads_a_variable_has_a_default_of_its_own() -> None:
    wrapper = "def boolean(name, default='NO'):\n    return os.getenv(name, default) == 'YES'\n\n\n"
    assert '-> $SECURE, else "NO"' in settings("", wrapper + 'SESSION_COOKIE_SECURE = boolean("SECURE")\n')


def test_what_became_of_a_variable_alike_for_several_services_is_told_once() -> None:
    compose = "services:\n  web:\n    image: shop\n    environment: &all\n      KEY: {0}\n  worker:\n    image: shop\n    environment: *all\n"
    base, head = ({"shop/settings.py": DJANGO, "compose.yaml": compose.format(key)} for key in ("a-first-key-of-some-length", "a-second-key-of-some-length"))
    text = difference(base, head)
    assert text.count("$KEY") == 1
    assert "$KEY  (services web, worker; SECRET_KEY from it)" in text


def test_a_framework_that_is_used_no_more_is_told_in_one_go() -> None:
    jwt = (
        'SIMPLE_JWT = {"ALGORITHM": "HS512", "AUDIENCE": "shop", "ISSUER": "shop", "USER_ID_CLAIM": "uid", "JTI_CLAIM": "id"}\n'
        'REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"]}\n'
    )
    text = settings(jwt, "")
    assert "its 5 settings: SIMPLE_JWT.ALGORITHM" in text
    assert text.count("SIMPLE_JWT.AUDIENCE") == 1


def test_what_can_not_be_read_is_not_gone() -> None:
    broken = DJANGO.replace("]", "", 1) + 'SESSION_COOKIE_NAME = "shop"\n'
    whole = DJANGO + 'SESSION_COOKIE_NAME = "shop"\n'
    text = difference({"shop/settings.py": whole}, {"shop/settings.py": broken})
    assert "shop/settings.py  (Files that can't be read)\n  what it says now is not known: not Python: " in text
    assert "SESSION_COOKIE_NAME" not in text
    assert "what it says before is not known" in difference({"shop/settings.py": broken}, {"shop/settings.py": whole})
    assert SAME in difference({"shop/settings.py": broken}, {"shop/settings.py": broken})


def test_a_library_that_takes_the_place_of_another_is_told_once() -> None:
    jose = "from jose import jwt\n\n\ndef user(token):\n    return jwt.decode(token, shop.KEY, algorithms=['HS256'])\n"
    text = difference({"shop/users.py": jose}, {"shop/users.py": jose.replace("from jose import jwt", "import jwt")})
    assert "user  (Tokens · verified by PyJWT)\n  verified by python-jose before, and the same otherwise  · shop/users.py:5" in text
    assert "absent" not in text


def test_a_provider_that_is_asked_from_another_function_is_asked_the_same() -> None:
    asks = "import requests\n\n\ndef {}(token):\n    return requests.get('https://login.test/oauth2/v1/userinfo', timeout=3)\n"
    assert "about a user" in difference({}, {"shop/google.py": asks.format("profile")})
    assert SAME in difference({"shop/google.py": asks.format("profile")}, {"shop/google.py": asks.format("get_profile")})
