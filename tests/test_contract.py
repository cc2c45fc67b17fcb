"""`safelint contract`: what sessions depend on at a revision, and what differs between two - with places, and never with a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from safelint.contract import terms
from safelint.contract_difference import shown_difference
from safelint.contract_page import shown
from safelint.files import MemoryFiles
from safelint.library import Library
from safelint.sources import Side
from tests.judging import judge

KEY = "the first key, fifty letters long or thereabouts, no less"
SETTINGS = f"""import os

INSTALLED_APPS = ["django.contrib.sessions"]
SECRET_KEY = os.environ.get("SHOP_KEY", {KEY!r})
SESSION_COOKIE_NAME = "shop"
DATABASES = {{"default": {{"PASSWORD": "hunter2-hunter2"}}}}
"""


def page(files: dict[str, str]) -> str:
    side = Side("head", MemoryFiles({path: text.encode() for path, text in files.items()}), frozenset(files), Library())
    return shown(terms(side), "a tree")


def test_what_is_set_what_holds_by_default_and_what_the_environment_decides() -> None:
    text = page({"shop/settings.py": SETTINGS, "requirements.txt": "Django==5.2.1\n"})
    lines = [" ".join(line.split()) for line in text.split("\n")]
    assert 'SESSION_COOKIE_NAME "shop" · shop/settings.py:5' in lines
    by_default = text[text.index("by default:") :].partition("\n\n")[0]
    assert 'SESSION_ENGINE "django.contrib.sessions.backends.db"' in by_default
    assert "SESSION_COOKIE_NAME" not in by_default
    assert "SECRET_KEY $SHOP_KEY, else a secret (written here) · shop/settings.py:4" in lines
    assert "Not in the repository: what the environment sets as $SHOP_KEY." in lines
    assert "django 5.2.1 · requirements.txt:1" in lines


def test_no_secret_is_on_the_page() -> None:
    text = page({"shop/settings.py": SETTINGS, "shop/tokens.py": f"import jwt\n\nSIGNING_KEYS = {{'v1': {KEY!r}}}\nJWT_SECRET = {KEY!r}\n"})
    assert KEY not in text
    assert KEY[:8] not in text
    assert "hunter2" not in text
    assert "JWT_SECRET" in text


def test_a_condition_is_shown_with_both_of_its_values() -> None:
    text = page({"shop/settings.py": 'INSTALLED_APPS = []\nif CLUSTER:\n    SESSION_COOKIE_DOMAIN = "shop.test"\nelse:\n    SESSION_COOKIE_DOMAIN = None\n'})
    lines = [" ".join(line.split()) for line in text.split("\n")]
    assert 'SESSION_COOKIE_DOMAIN "shop.test" if CLUSTER · shop/settings.py:3' in lines
    assert "None if not (CLUSTER) · shop/settings.py:5" in lines


def said(files: dict[str, str]) -> list[str]:
    return [" ".join(line.split()) for line in page(files).split("\n")]


def test_a_setting_that_changes_nothing_here_is_not_on_the_page() -> None:
    settings = (
        'INSTALLED_APPS = ["django.contrib.sessions"]\nTIME_ZONE = "Europe/Rome"\nUSE_TZ = True\nCACHES = {"pages": {"BACKEND": "a.b", "LOCATION": "x"}}\n'
    )
    text = page({"shop/settings.py": settings})
    assert "TIME_ZONE" not in text
    assert "CACHES" not in text
    text = page({"shop/settings.py": settings + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\nSESSION_CACHE_ALIAS = "pages"\n'})
    assert 'CACHES.pages.LOCATION "x"' in " ".join(text.split())
    cache = "import environ\n\nenv = environ.Env()\n" + settings.replace('{"pages": {"BACKEND": "a.b", "LOCATION": "x"}}', '{"default": env.cache()}')
    assert "CACHES.default" in page({"shop/settings.py": cache + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'})


def test_an_application_without_sessions_has_no_session_settings() -> None:
    settings = 'INSTALLED_APPS = ["django.contrib.auth"]\nMIDDLEWARE = ["shop.middleware.tokens"]\nSESSION_COOKIE_NAME = "unused"\nSECRET_KEY = "x"\n'
    assert "SESSION_" not in page({"shop/settings.py": settings})
    assert "SESSION_COOKIE_NAME" in page({"shop/settings.py": settings.replace("shop.middleware.tokens", "shop.middleware.SessionMiddleware")})
    changed = judge({"shop/settings.py": settings}, {"shop/settings.py": settings.replace("unused", "other")}).findings
    assert not [each for each in changed if "cookie" in each.rule]


def test_what_tokens_are_verified_by_is_followed_through_modules() -> None:
    verify = "import jwt\nfrom shop.config import settings\nfrom shop.security import ALGORITHM\n\n\n"
    lines = said(
        {
            "shop/config.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    SECRET_KEY: str\n    TOKEN_TTL: int = 900\n",
            "shop/security.py": 'ALGORITHM = "HS256"\n',
            "shop/a.py": verify + "def one(token):\n    return jwt.decode(token, settings.SECRET_KEY, algorithms=[ALGORITHM])\n",
            "shop/b.py": verify + "def two(token):\n    return jwt.decode(token, settings.SECRET_KEY, algorithms=[ALGORITHM])\n",
        }
    )
    assert 'one, two key shop.config.settings.SECRET_KEY = $SECRET_KEY (required), algorithms ["HS256"], leeway 0 · shop/a.py:7, shop/b.py:7' in lines
    assert "Settings.TOKEN_TTL $TOKEN_TTL, else 900 · shop/config.py:6" in lines


def test_a_settings_class_that_is_given_its_secret_does_not_take_the_environments() -> None:
    config = (
        "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    SECRET: str\n\n\n"
        "def build(folder):\n    given = {'SECRET': stored(folder)}\n    return Settings(_env_file='x', **given)\n"
    )
    assert "Settings.SECRET stored(…) · shop/config.py:9" in said({"shop/config.py": config})
    assert "$SECRET" not in page({"shop/config.py": config})


def test_settings_that_are_registered_with_their_variable() -> None:
    lines = said(
        {
            "shop/config.py": (
                'def configure(settings):\n    maybe_set(settings, "sessions.secret", "SESSION_SECRET")\n'
                '    maybe_set(settings, "recaptcha.secret_key", "CAPTCHA")\n'
            ),
            "shop/sessions.py": (
                "from shop.utils import crypto\n\n\nclass Factory:\n    def __init__(self, secret):\n"
                '        self.signer = crypto.TimestampSigner(secret, salt="session")\n\n    def load(self, text):\n'
                "        return self.signer.unsign(text, max_age=3600)\n"
            ),
        }
    )
    assert "sessions.secret $SESSION_SECRET (required) · shop/config.py:2" in lines
    assert "TimestampSigner.salt a text (written here) · shop/sessions.py:6" in lines
    assert "loads.max_age 3600 (1 hour) · shop/sessions.py:9" in lines
    assert not any("recaptcha" in line for line in lines)


def test_settings_that_are_declared_in_yaml() -> None:
    declared = (
        "options:\n  - key: SECRET_KEY\n    required: true\n  - key: SESSION_COOKIE_NAME\n    default: shop\n"
        "  - key: PERMANENT_SESSION_LIFETIME\n    default: 31_536_000\n  - key: shop.color\n    default: red\n"
    )
    lines = said({"shop/config_declaration.yaml": declared})
    assert 'SESSION_COOKIE_NAME "shop" · shop/config_declaration.yaml:5' in lines
    assert "PERMANENT_SESSION_LIFETIME 31536000 (365 days) · shop/config_declaration.yaml:7" in lines
    assert "SECRET_KEY (set by the configuration file of each installation) · shop/config_declaration.yaml:2" in lines
    assert not any("color" in line for line in lines)
    renamed = judge({"shop/config_declaration.yaml": declared}, {"shop/config_declaration.yaml": declared.replace("default: shop", "default: sid")}).findings
    assert [each.rule for each in renamed] == ["session-cookie-renamed"]
    broken = judge({"shop/config_declaration.yaml": declared}, {"shop/config_declaration.yaml": declared + "  - [\n"})
    assert not broken.findings
    assert [each.what for each in broken.not_understood] == ["the file"]


def test_a_session_interface_of_an_application_class() -> None:
    wrapper = "from flask import Flask\nfrom shop.sessions import RedisSessions\n\n\nclass Shop(Flask):\n    session_interface = RedisSessions()\n"
    assert "session_interface shop.sessions.RedisSessions() · shop/app.py:6" in said({"shop/app.py": wrapper})
    assert not judge({"shop/app.py": wrapper}, {"shop/app.py": wrapper.replace("shop.sessions", "shop.web.sessions")}).findings
    another = judge({"shop/app.py": wrapper}, {"shop/app.py": wrapper.replace("RedisSessions", "TableSessions")}).findings
    assert [each.rule for each in another] == ["session-engine-switched"]


def test_where_a_session_interface_of_its_own_keeps_sessions() -> None:
    own = (
        "import json\nimport pickle\n\nfrom flask.sessions import SessionInterface\nfrom shop.cache import Cache\n\n\n"
        "class Sessions(SessionInterface):\n    serializer = pickle\n\n"
        "    def __init__(self):\n        self.storage = Cache('sessions')\n"
    )
    assert 'session_interface.storage shop.cache.Cache("sessions") · shop/sessions.py:12' in said({"shop/sessions.py": own})
    found = judge({"shop/sessions.py": own}, {"shop/sessions.py": own.replace("'sessions'", "'logins'").replace("= pickle", "= json")}).findings
    assert sorted(each.rule for each in found) == ["session-format-changed", "session-store-moved"]


def test_what_production_does_not_install_is_no_version() -> None:
    lines = said({"shop/settings.py": SETTINGS, "requirements/docs.txt": "Django==3.2\n", "requirements/prod.txt": "Django==5.2.1\nstarlette==1.0\n"})
    assert "django 5.2.1 · requirements/prod.txt:1" in lines
    assert not any("starlette" in line or "3.2" in line for line in lines)


def test_what_the_repository_does_not_hold_is_said() -> None:
    text = page({"shop/settings.py": SETTINGS + "from shop.local_settings import *\n", "prod.env": "SHOP_KEY=change-me\n"})
    assert "Not in the repository: shop.local_settings" in text
    assert "<- $SHOP_KEY: a placeholder · prod.env:1" in " ".join(text.split())
    assert "what the environment sets as" not in text


def test_nothing_to_say() -> None:
    assert "Nothing that sessions are known to depend on" in page({"shop/prices.py": "PRICE = 3\n"})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@shop.test", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    (tmp_path / "shop").mkdir()
    for text in (SETTINGS, SETTINGS.replace('"shop"\n', '"sid"\n')):
        (tmp_path / "shop/settings.py").write_text(text)
        git("add", ".")
        git("commit", "-m", "a commit")
    return tmp_path


def ran(repository: Path, *refs: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parent.parent
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    return subprocess.run([sys.executable, "-m", "safelint", "contract", *refs], cwd=repository, env=environment, capture_output=True, text=True, check=False)


def command(repository: Path, *refs: str) -> str:
    done = ran(repository, *refs)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("refs", [("",), ("HEAD", ""), ("nope",), ("HEAD", "nope"), ("HEAD:shop/settings.py",), ("HEAD", "HEAD", "HEAD")])
def test_what_is_no_revision_is_said_with_what_to_do(repository: Path, refs: tuple[str, ...]) -> None:
    done = ran(repository, *refs)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert any(words in done.stderr for words in ("a revision is empty", "fetch it, or name another one", "one revision to describe"))


def test_two_revisions_in_the_words_of_impact(repository: Path) -> None:
    text = command(repository, "HEAD^", "HEAD")
    assert '"shop" -> "sid"' in text
    assert "session-cookie-renamed" in text
    assert "The same on both sides." in command(repository, "HEAD", "HEAD")


def test_settings_that_moved_to_another_file_are_the_same() -> None:
    sides = [Side("head", MemoryFiles({path: SETTINGS.encode()}), frozenset({path}), Library()) for path in ("shop/settings.py", "shop/settings/base.py")]
    assert "The same on both sides." in shown_difference(terms(sides[0]), terms(sides[1]), (), "two trees")


WRAPPER = 'import os\n\n\ndef secret(name, default=None):\n    return os.getenv(name, default)\n\n\nSECRET_KEY = secret("SECRET_KEY")\n'


@pytest.mark.parametrize(
    ("base", "head", "moved"),
    [
        (WRAPPER, 'import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\n', False),
        (WRAPPER, 'import os\n\nSECRET_KEY = os.environ["DJANGO_SECRET_KEY"]\n', True),
        (WRAPPER, f"SECRET_KEY = {KEY!r}\n", True),
        ('from shop.vault import fetch\n\nSECRET_KEY = fetch("SECRET_KEY")\n', 'import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\n', False),
        ('from shop.vault import fetch\n\nSECRET_KEY = fetch("SECRET_KEY")\n', 'import os\n\nSECRET_KEY = os.environ["SHOP_KEY"]\n', True),
        ('from shop.vault import fetch\n\nSECRET_KEY = fetch("SECRET_KEY")\n', f"SECRET_KEY = {KEY!r}\n", True),
        ('from shop.vault import fetch\n\nSECRET_KEY = fetch("SECRET_KEY")\n', 'from shop.vault import get\n\nSECRET_KEY = get("SECRET_KEY")\n', False),
        ('from shop.vault import fetch\n\nSECRET_KEY = fetch("A")\n', 'from shop.vault import fetch\n\nSECRET_KEY = fetch("B")\n', True),
        ('import os\n\nSECRET_KEY = os.environ["K"].strip()\n', 'import os\n\nSECRET_KEY = os.environ["K"]\n', True),
        (f'import os\n\nSECRET_KEY = os.environ.get("K", {KEY!r})\n', f'import os\n\nSECRET_KEY = os.environ.get("K", {KEY[::-1]!r})\n', True),
        ('import os\n\nSECRET_KEY = os.environ.get("K", "change-me")\n', 'import os\n\nSECRET_KEY = os.environ["K"]\n', False),
    ],
)
def test_a_key_that_is_taken_from_somewhere_else(base: str, head: str, moved: bool) -> None:
    found = judge({"shop/settings.py": base}, {"shop/settings.py": head}).findings
    assert [each.rule for each in found if each.rule.startswith("key-")] == (["key-source-moved"] if moved else [])


def verification(key: str, algorithms: str = '["HS256"]') -> str:
    imports = "import jwt\nfrom shop import settings\nfrom shop.security import ALGORITHM\n\n\n"
    return f"{imports}def user(token):\n    return jwt.decode(token, {key}, algorithms={algorithms})\n"


BOTH = 'import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\nJWT_KEY = os.environ["JWT_KEY"]\nSAME_KEY = os.environ["SECRET_KEY"]\n'
OPT_IN = 'import os\n\nSECRET_KEY = os.environ["SECRET_KEY"]\nJWT_KEY = os.environ.get("JWT_KEY", SECRET_KEY)\n'


@pytest.mark.parametrize(
    ("settings", "head", "moved"),
    [
        (BOTH, "settings.JWT_KEY", True),
        (BOTH, "settings.SAME_KEY", False),
        (OPT_IN, "settings.JWT_KEY", False),
        (BOTH, "settings.UNHEARD_OF_KEY", False),
    ],
    ids=["another variable", "another name for the same", "the old key where nothing is set", "not to be seen"],
)
def test_a_verification_that_is_given_another_setting(settings: str, head: str, moved: bool) -> None:
    base = {"shop/settings.py": settings, "shop/users.py": verification("settings.SECRET_KEY")}
    found = judge(base, {"shop/settings.py": settings, "shop/users.py": verification(head)}).findings
    assert [each.rule for each in found if each.rule == "key-source-moved"] == (["key-source-moved"] if moved else [])


def test_an_algorithm_that_another_file_names() -> None:
    users = verification("settings.SECRET_KEY", "[ALGORITHM]")
    base = {"shop/security.py": 'ALGORITHM = "HS256"\n', "shop/users.py": users}
    found = judge(base, {"shop/security.py": 'ALGORITHM = "HS512"\n', "shop/users.py": users}).findings
    assert [(each.rule, each.place.path) for each in found if each.rule == "token-verification-narrowed"] == [
        ("token-verification-narrowed", "shop/security.py")
    ]
    assert not judge(base, {"shop/security.py": '# the only one\nALGORITHM = "HS256"\n', "shop/users.py": users}).findings


def test_lists_that_are_added_to() -> None:
    backends = 'INSTALLED_APPS = []\nAUTHENTICATION_BACKENDS = ["a.One", "a.Two"]\n'
    moved = 'INSTALLED_APPS = []\nAUTHENTICATION_BACKENDS = ["a.One"]\nAUTHENTICATION_BACKENDS += ["a.Two"]\n'
    gone = moved.replace("a.Two", "a.Three")
    assert not judge({"shop/settings.py": backends}, {"shop/settings.py": moved}).findings
    assert [each.rule for each in judge({"shop/settings.py": backends}, {"shop/settings.py": gone}).findings] == ["login-lookup-changed"]
