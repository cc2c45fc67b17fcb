"""`safelint contract`: what sessions depend on at a revision, and what differs between two - with places, and never with a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from safelint.contract import shown, terms
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
    assert 'SESSION_ENGINE "django.contrib.sessions.backends.db" · by default' in lines
    assert "SECRET_KEY $SHOP_KEY (default a secret) · shop/settings.py:4" in lines
    assert "Not in the repository: what the environment sets as $SHOP_KEY." in lines
    assert 'django "5.2.1" · requirements.txt:1' in lines


def test_no_secret_is_on_the_page() -> None:
    text = page({"shop/settings.py": SETTINGS, "shop/tokens.py": f"import jwt\n\nSIGNING_KEYS = {{'v1': {KEY!r}}}\nJWT_SECRET = {KEY!r}\n"})
    assert KEY not in text
    assert KEY[:8] not in text
    assert "hunter2" not in text
    assert "JWT_SECRET" in text


def test_a_condition_is_shown_with_both_of_its_values() -> None:
    text = page({"shop/settings.py": 'INSTALLED_APPS = []\nif CLUSTER:\n    SESSION_COOKIE_DOMAIN = "shop.test"\nelse:\n    SESSION_COOKIE_DOMAIN = None\n'})
    assert '"shop.test" if CLUSTER, None if not (CLUSTER)' in text


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


def command(repository: Path, *refs: str) -> str:
    root = Path(__file__).parent.parent
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-m", "safelint", "contract", *refs], cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_revisions_in_the_words_of_impact(repository: Path) -> None:
    text = command(repository, "HEAD^", "HEAD")
    assert '"shop" -> "sid"' in text
    assert "session-cookie-renamed" in text
    assert "The same on both sides." in command(repository, "HEAD", "HEAD")


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
