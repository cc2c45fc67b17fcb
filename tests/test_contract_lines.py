"""`safelint contract`: lines that real applications need, each as small as it can be."""

from __future__ import annotations

import pytest

from safelint.contract import terms
from safelint.contract_page import shown
from safelint.files import MemoryFiles
from safelint.library import Library
from safelint.sources import Side

DJANGO = 'INSTALLED_APPS = ["django.contrib.sessions"]\nSECRET_KEY = vault.key()\n'
CONFIG = "import os\n\n\nclass Config:\n    SECRET_KEY = os.environ['KEY']\n    SESSION_COOKIE_SECURE = True\n"
WITHOUT = "from flask import Flask\n\napp = Flask(__name__)\napp.config['SESSION_COOKIE_SAMESITE'] = 'Lax'\n"


def page(files: dict[str, str]) -> str:
    side = Side("head", MemoryFiles({path: text.encode() for path, text in files.items()}), frozenset(files), Library())
    return shown(terms(side), "a tree")


def said(files: dict[str, str]) -> list[str]:
    return [" ".join(line.split()) for line in page(files).split("\n")]


@pytest.mark.parametrize("name", ["Development", "TestingConfig", "LocalConfig"])
def test_a_class_for_developers_sets_nothing_that_production_has(name: str) -> None:
    lines = said({"shop/config.py": f"{CONFIG}\n\nclass {name}(Config):\n    SECRET_KEY = 'written down'\n    SESSION_COOKIE_SECURE = False\n"})
    assert "SECRET_KEY $KEY (required) · shop/config.py:5" in lines
    assert "SESSION_COOKIE_SECURE True · shop/config.py:6" in lines
    assert not any("written here" in line or "placeholder" in line or line.startswith("SESSION_COOKIE_SECURE False") for line in lines)


def test_settings_for_tests_are_no_settings_module_of_production() -> None:
    lines = said({"shop/settings.py": DJANGO, "shop_tests/settings.py": "from shop.settings import *\nSESSION_COOKIE_NAME = 'unused'\n"})
    assert "Django · shop/settings.py" in lines
    assert not any("unused" in line for line in lines)


def test_an_application_from_which_another_one_borrows_is_told_too() -> None:
    borrowed = {
        "api/base/settings.py": DJANGO + "SESSION_COOKIE_NAME = 'api'\n",
        "admin/base/settings.py": "from api.base.settings import *\nSESSION_COOKIE_NAME = 'admin'\n",
    }
    assert "Django · api/base/settings.py" not in said(borrowed)
    assert {"Django · api/base/settings.py", "Django · admin/base/settings.py"} <= set(said({**borrowed, "api/base/wsgi.py": ""}))


@pytest.mark.parametrize(
    ("databases", "line"),
    [
        ("DATABASES = {'default': dj_database_url.parse(os.environ['DB'])}", "DATABASES.default dj_database_url.parse($DB (required)) · shop/settings.py:7"),
        ("NAME = 'default'\nDATABASES = {NAME: dj_database_url.config()}", "DATABASES.default dj_database_url.config() · shop/settings.py:8"),
        ("DATABASES = databases('x')", 'DATABASES databases("x") · shop/settings.py:7'),
    ],
)
def test_a_database_that_a_function_makes_is_told_as_a_whole(databases: str, line: str) -> None:
    text = f"import os\n\nimport dj_database_url\n\n{DJANGO}{databases}\n"
    assert line in said({"shop/settings.py": text})
    assert "DATABASES.default.NAME" not in page({"shop/settings.py": text})


def test_a_setting_under_one_condition_is_told_with_what_holds_without_it() -> None:
    lines = said({"shop/settings.py": DJANGO + "if BEHIND_PROXY:\n    SESSION_COOKIE_PATH = '/shop'\n"})
    where = lines.index('SESSION_COOKIE_PATH "/shop" if BEHIND_PROXY · shop/settings.py:4')
    assert lines[where + 1] == '"/" by default'


def test_what_follows_another_setting_has_its_condition() -> None:
    lines = said({"shop/app.py": WITHOUT + "if base.path:\n    app.config['APPLICATION_ROOT'] = base.path\n"})
    assert "SESSION_COOKIE_PATH base.path if base.path · shop/app.py:6" in lines


def test_the_path_that_a_cookie_of_flask_has_by_default() -> None:
    text = " ".join(page({"shop/app.py": WITHOUT}).split())
    assert 'SESSION_COOKIE_PATH "/"' in text[text.index("by default:") :]


def test_one_setting_by_two_names_is_told_once() -> None:
    login = "from flask_login import LoginManager\n\nlogin_manager = LoginManager()\n"
    config = WITHOUT + "app.config['REMEMBER_COOKIE_NAME'] = 'r'\n"
    assert page({"shop/app.py": config}).lower().count("session_protection") == 1
    assert page({"shop/app.py": config + login + "login_manager.session_protection = None\n"}).lower().count("session_protection") == 1


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("SESSION_COOKIE_AGE = 1209600", "SESSION_COOKIE_AGE 1209600 (14 days)"),
        ("SESSION_COOKIE_AGE = 90000", "SESSION_COOKIE_AGE 90000 (1 day 1 hour)"),
        ("SESSION_COOKIE_AGE = int(os.environ.get('AGE', 604800))", "SESSION_COOKIE_AGE $AGE, else 604800 (7 days)"),
        ("SESSION_COOKIE_AGE = 90", "SESSION_COOKIE_AGE 90"),
        ("DISPATCH_JWT_EXP = 86400", "DISPATCH_JWT_EXP 86400"),
        ("SHOP_OP_TOKEN_ENDPOINT = 'https://login.shop.test'", 'SHOP_OP_TOKEN_ENDPOINT "https://login.shop.test"'),
        ("TOKEN_LIFETIMES = {'refresh': 3, 'access': 1}", 'TOKEN_LIFETIMES {"refresh": 3, "access": 1}'),
    ],
)
def test_what_a_setting_is_worth(setting: str, line: str) -> None:
    assert f"{line} · shop/settings.py:5" in said({"shop/settings.py": f"import os\n\n{DJANGO}{setting}\n"})


def test_defaults_in_a_table_and_where_sessions_are_kept() -> None:
    lines = said(
        {
            "shop/config.py": "DEFAULTS = {'SESSION_MAX_LIFETIME': None}\n",
            "shop/main.py": 'def configure(settings):\n    maybe_set(settings, "sessions.url", "SESSION_STORE_URL")\n',
        }
    )
    assert "DEFAULTS.SESSION_MAX_LIFETIME None · shop/config.py:1" in lines
    assert "sessions.url $SESSION_STORE_URL (required) · shop/main.py:2" in lines


def test_words_that_a_session_is_known_by_are_no_keys() -> None:
    assert "SESSION_KEYS" not in page({"shop/config.py": "SESSION_KEYS = {'_id', '_fresh'}\n"})
    assert "SESSION_KEYS" in page({"shop/config.py": "import os\nSESSION_KEYS = [os.environ['A'], os.environ['B']]\n"})


def test_what_is_installed_counts_before_what_was_asked_for() -> None:
    pins = {"requirements.in": "Django==5.2.1\n", "pyproject.toml": '[project]\ndependencies = ["Django==5.2.1"]\n', "requirements.txt": "django==5.2.1\n"}
    assert "django 5.2.1 · requirements.txt:1" in said({"shop/settings.py": DJANGO, **pins})


def test_the_library_that_verifies_tokens_and_has_no_settings() -> None:
    verify = "from jose import jwt\n\n\ndef user(token):\n    return jwt.decode(token, KEY, algorithms=['HS256'])\n"
    assert "python-jose 3.5.0 · requirements.txt:1" in said({"shop/users.py": verify, "requirements.txt": "python-jose==3.5.0\n"})


def test_what_an_application_connects_to_is_no_identity_provider_of_its_own() -> None:
    lines = page({"shop/settings.py": DJANGO, "addons/box/settings.py": "BOX_OAUTH_TOKEN_URL = 'https://box.test'\nfrom addons.box.local import *\n"})
    assert "box" not in lines


def test_services_that_take_their_variables_from_a_file_that_is_not_here() -> None:
    compose = "services:\n  web:\n    image: shop\n    env_file: .env\n  worker:\n    image: shop\n    env_file: .env\n"
    lines = said({"shop/settings.py": DJANGO + "import os\nSECRET_KEY = os.environ['KEY']\n", "compose.yaml": compose})
    assert "Not in the repository: .env, variables of services web, worker · compose.yaml:4" in lines


FLASK = "import os\n\nfrom flask import Flask\n\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('timedelta(seconds=parse(os.environ.get("AGE", "30 days")))', 'datetime.timedelta(seconds=parse($AGE, else "30 days"))'),
        ('int_from_env("SHOP_AGE", 3600)', "$SHOP_AGE, else 3600 (1 hour)"),
        ('env_int("SHOP_AGE")', "$SHOP_AGE"),
        ('set_env("SHOP_AGE", "5")', 'set_env("SHOP_AGE", "5")'),
        ('read_env("a thing")', 'read_env("a thing")'),
        ('ini["security"]["AGE"]', "ini.security.AGE"),
        ('ini["security"].getint("AGE") or 600', 'ini.security.getint("AGE") or 600'),
    ],
)
def test_where_a_value_comes_from(value: str, words: str) -> None:
    imports = "from datetime import timedelta\nfrom shop.helpers import env_int, ini, int_from_env, parse, read_env, set_env\n"
    lines = said({"shop/app.py": f"{imports}{FLASK}app.config['PERMANENT_SESSION_LIFETIME'] = {value}\n"})
    assert f"PERMANENT_SESSION_LIFETIME {words} · shop/app.py:8" in [line.replace("shop.helpers.", "") for line in lines]


def test_a_file_below_a_folder() -> None:
    settings = f"from pathlib import Path\n\nBASE = Path(__file__).parent\n{DJANGO}DATABASES = {{'default': {{'NAME': BASE / 'data' / 'shop.db'}}}}\n"
    assert "DATABASES.default.NAME …/data/shop.db · shop/settings.py:6" in said({"shop/settings.py": settings})


def test_tokens_that_the_inner_module_of_pyjwt_signs() -> None:
    tokens = (
        "import jwt\nfrom jwt import api_jwt\n\n\ndef sign(payload):\n    return api_jwt.encode(payload, private(), algorithm='RS256')\n\n\n"
        "def user(token):\n    return jwt.decode(token, public(), algorithms=['RS256'])\n"
    )
    assert 'sign key private(), algorithm "RS256" · shop/tokens.py:6' in said({"shop/tokens.py": tokens})


def test_a_class_of_settings_that_is_built_in_code() -> None:
    config = (
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass WebConfig:\n    SECRET_KEY: str\n    SESSION_COOKIE_NAME: str\n"
        "    SESSION_COOKIE_SECURE: bool = True\n\n\ndef load(local):\n"
        "    return WebConfig(SECRET_KEY=local.SECRET_KEY, SESSION_COOKIE_NAME=getattr(local, 'SESSION_COOKIE_NAME', 'sid'))\n"
    )
    lines = said({"shop/web_config.py": config, "shop/app.py": FLASK + "app.config.from_object('shop.web_config.WebConfig')\n"})
    assert "SECRET_KEY local.SECRET_KEY · shop/web_config.py:12" in lines
    assert any(line.startswith("SESSION_COOKIE_NAME getattr(") and '"sid"' in line for line in lines)
    assert not any('SESSION_COOKIE_NAME "session"' in line for line in lines)


def test_secrets_that_are_declared_without_a_default() -> None:
    declared = (
        "options:\n  - key: api_token.jwt.encode.secret\n    placeholder: x\n  - key: api_token.jwt.algorithm\n    default: HS256\n"
        "  - key: SECRET_KEY_FALLBACKS\n    description: x\n  - key: SECRET_KEY\n    required: true\n"
    )
    lines = said({"shop/config_declaration.yaml": declared})
    assert "api_token.jwt.encode.secret (set by the configuration file of each installation) · shop/config_declaration.yaml:2" in lines
    assert 'api_token.jwt.algorithm "HS256" · shop/config_declaration.yaml:5' in lines
    assert "SECRET_KEY_FALLBACKS []" in " ".join(lines)


def test_the_cache_that_an_interface_of_ones_own_keeps_sessions_in() -> None:
    cache = FLASK + "app.config['CACHE_KEY_PREFIX'] = f'shop_{version()}_'\nif RICH:\n    app.config['CACHE_TYPE'] = 'redis'\n"
    assert "CACHE_KEY_PREFIX" not in page({"shop/app.py": cache})
    lines = said({"shop/app.py": cache + "app.session_interface = Sessions()\n"})
    assert "CACHE_KEY_PREFIX shop_{version()}_ · shop/app.py:6" in lines
    assert 'CACHE_TYPE "redis" if RICH · shop/app.py:8' in lines


def test_what_can_be_configured_of_a_traitlets_application() -> None:
    hub = (
        "from traitlets import Bytes, Dict, Float, Integer\nfrom traitlets.config import Application\n\n\nclass Hub(Application):\n"
        "    cookie_max_age_days = Float(14, help='days').tag(config=True)\n    cookie_secret = Bytes().tag(config=True, env='HUB_SECRET')\n"
        "    token_expires_in = Integer(config=True)\n    session_options = Dict({'a': 1})\n    session_seconds = 5\n"
    )
    lines = said({"shop/hub.py": hub})
    assert "Hub.cookie_max_age_days 14 · shop/hub.py:6" in lines
    assert "Hub.cookie_secret $HUB_SECRET · shop/hub.py:7" in lines
    assert "Hub.token_expires_in (set by the configuration file of each installation) · shop/hub.py:8" in lines
    assert not any("session_options" in line or "session_seconds" in line for line in lines)


def test_a_file_that_can_not_be_read_is_named() -> None:
    lines = said(
        {"shop/settings.py": DJANGO, "shop/more_settings.py": "SESSION_COOKIE_NAME = (\n", "shop/all_settings.py": "# session_\n" + "A = 1\n" * 400_000}
    )
    assert any(line.startswith("Not read, and it may say anything: shop/more_settings.py:1, not Python: ") for line in lines)
    assert any(line.startswith("Not read, and it may say anything: shop/all_settings.py:1, larger than ") for line in lines)


CONFIGURED = "class Config:\n    SESSION_TYPE = 'redis'\n    SESSION_KEY_PREFIX = 'shop:'\n"


def test_a_library_of_which_a_class_of_ones_own_derives_is_set_up() -> None:
    own = "from flask import Flask\nfrom flask_session import Session\n\n\nclass ShopSession(Session):\n    pass\n\n\nShopSession(Flask(__name__))\n"
    lines = said({"shop/app.py": own, "shop/config.py": CONFIGURED})
    assert 'SESSION_TYPE "redis" · shop/config.py:2' in lines


def test_a_prefix_of_sessions_that_an_interface_of_ones_own_reads() -> None:
    lines = said({"shop/app.py": WITHOUT + "app.session_interface = Sessions(app)\n", "shop/config.py": CONFIGURED})
    assert 'Config.SESSION_KEY_PREFIX "shop:" · shop/config.py:3' in lines
