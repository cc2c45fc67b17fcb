"""Two cookies of one name, before and after a rollback: who is in and who can log in, in a real browser, beside what the finding says of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.judging import judge
from tests.proofs.browser import Browser, chromium
from tests.proofs.conftest import need
from tests.proofs.test_cookies import serving
from tests.proofs.test_keys import FIRST, SECOND

START = {
    "Flask": "PERMANENT_SESSION_LIFETIME = 86400\n",
    "Django": "INSTALLED_APPS = ['django.contrib.sessions']\n",
    "Django, signed": "INSTALLED_APPS = ['django.contrib.sessions']\nSESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'\n",
}
SCOPES = {
    "a domain": ("", "SESSION_COOKIE_DOMAIN = 'example.com'\n"),
    "no domain": ("SESSION_COOKIE_DOMAIN = 'example.com'\n", ""),
    "below a path": ("", "SESSION_COOKIE_PATH = '/app'\n"),
    "up to the root": ("SESSION_COOKIE_PATH = '/app'\n", ""),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need("chromium")
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@dataclass(frozen=True)
class Story:
    """Who was in before the change: whether a new login after it is kept, whether that user is in after a rollback, and can log in then."""

    comes_in: bool
    back: bool
    comes_in_again: bool


IN, OUT, LOOP = Story(True, True, True), Story(False, False, True), Story(True, False, False)
LATER = Story(True, True, False)  # in, and locked out as soon as the session is another one
CASES = [
    # The site, the scope, whether the key changes too; what happens, and what the finding says.
    ("Flask", "a domain", False, IN, "some-users does-not-heal"),
    ("Flask", "a domain", True, Story(False, True, False), "everyone login-loop"),
    ("Flask", "no domain", True, Story(False, True, False), "everyone login-loop"),
    ("Flask", "below a path", False, IN, "some-users does-not-heal"),
    ("Flask", "below a path", True, LOOP, "some-users login-loop"),
    ("Flask", "up to the root", False, IN, "some-users does-not-heal"),
    ("Flask", "up to the root", True, Story(False, True, True), "everyone heals"),
    ("Django", "a domain", False, IN, "some-users does-not-heal"),
    ("Django", "a domain", True, Story(True, False, True), "some-users does-not-heal"),
    ("Django", "no domain", True, Story(True, False, True), "some-users does-not-heal"),
    ("Django", "below a path", False, OUT, "some-users does-not-heal"),
    ("Django", "below a path", True, OUT, "everyone does-not-heal"),
    ("Django", "up to the root", False, LATER, "some-users login-loop"),
    ("Django", "up to the root", True, LOOP, "some-users login-loop"),
    ("Django, signed", "below a path", False, IN, "some-users does-not-heal"),
    ("Django, signed", "below a path", True, Story(False, True, True), "everyone heals"),
    ("Django, signed", "up to the root", False, IN, "some-users does-not-heal"),
    ("Django, signed", "up to the root", True, LOOP, "some-users login-loop"),
]


@pytest.mark.parametrize(("site", "scope", "another_key", "story", "says"), CASES, ids=lambda value: str(value) if isinstance(value, str | bool) else "")
def test_going_back(site: str, scope: str, another_key: bool, story: Story, says: str, browser: Browser, tmp_path: Path) -> None:
    framework = site.partition(",")[0].lower()
    need(framework)
    path = "shop/config.py" if framework == "flask" else "shop/settings.py"
    base, head = (f"{START[site]}SECRET_KEY = {key!r}\n{given}" for key, given in zip((FIRST, SECOND if another_key else FIRST), SCOPES[scope], strict=True))
    (finding,) = [each for each in judge({path: base}, {path: head}).findings if each.rule == "session-cookie-rescoped"]
    assert f"{finding.impact} {finding.rollback}" == says
    with serving(framework, base, tmp_path) as base_port, serving(framework, head, tmp_path) as head_port:
        old = browser.tab()
        new = old.beside()
        old.go(f"http://www.example.com:{base_port}/app/who")
        new.go(f"http://www.example.com:{head_port}/app/who")
        old.ask("/app/login")
        assert old.ask("/app/who") == "ada"
        new.ask("/app/login")
        comes_in = new.ask("/app/who") == "ada"
        back = old.ask("/app/who") == "ada"
        old.ask("/app/login")
        told = Story(comes_in, back, old.ask("/app/who") == "ada")
        old.close()
    assert told == story


TOKENS = f"JWT_SECRET_KEY = {FIRST!r}\nJWT_TOKEN_LOCATION = ['cookies']\nJWT_ACCESS_TOKEN_EXPIRES = 2\n"


@pytest.mark.parametrize(
    ("before", "after", "comes_in", "comes_in_again", "says"),
    [
        ("", "JWT_COOKIE_DOMAIN = 'example.com'\n", False, False, "some-users login-loop"),
        ("", "JWT_ACCESS_COOKIE_PATH = '/app'\n", True, False, "some-users login-loop"),
        ("JWT_ACCESS_COOKIE_PATH = '/app'\n", "", False, True, "some-users does-not-heal"),
    ],
    ids=["a domain", "below a path", "up to the root"],
)
def test_a_token_that_ends_in_its_cookie(before: str, after: str, comes_in: bool, comes_in_again: bool, says: str, browser: Browser, tmp_path: Path) -> None:
    need("flask_jwt_extended")
    base, head = TOKENS + before, TOKENS + after
    (finding,) = [each for each in judge({"shop/config.py": base}, {"shop/config.py": head}).findings if each.rule == "session-cookie-rescoped"]
    assert f"{finding.impact} {finding.rollback}" == says
    with serving("flask_jwt_extended", base, tmp_path) as base_port, serving("flask_jwt_extended", head, tmp_path) as head_port:
        old = browser.tab()
        new = old.beside()
        old.go(f"http://www.example.com:{base_port}/app/login")
        new.go(f"http://www.example.com:{head_port}/app/who")
        assert new.ask("/app/who") == "ada"
        time.sleep(2.5)
        new.ask("/app/login")
        assert (new.ask("/app/who") == "ada") == comes_in
        time.sleep(2.5)
        old.ask("/app/login")
        assert (old.ask("/app/who") == "ada") == comes_in_again
        old.close()
