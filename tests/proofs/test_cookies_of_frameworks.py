"""Pyramid, aiohttp-session and Tornado in a real Chromium: what a changed cookie does there, and that safelint says the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from safelint.findings import Finding
from tests.judging import judge
from tests.proofs.browser import Browser, chromium
from tests.proofs.conftest import need
from tests.proofs.cookie_servers import served
from tests.proofs.loading import load_module

FIRST, SECOND = "the first key of the shop, first", "the next key of the shop, second"

SESSION = 'from pyramid.session import SignedCookieSessionFactory\n\nsessions = SignedCookieSessionFactory("{key}"{given})\n'
TICKET = 'from pyramid.authentication import AuthTktCookieHelper\n\nticket = AuthTktCookieHelper("{key}"{given})\n'
AIOHTTP = 'from aiohttp_session.cookie_storage import EncryptedCookieStorage\n\nstorage = EncryptedCookieStorage(b"{key}"{given})\n'
TORNADO = """from tornado.web import Application, RequestHandler


class Login(RequestHandler):
    def get(self):
        self.set_signed_cookie("session", "ada"{given})
        self.write("ada")


class Logout(RequestHandler):
    def get(self):
        self.clear_cookie("session"{scope})


class Who(RequestHandler):
    def get(self):
        self.write(self.get_signed_cookie("session") or b"nobody")


app = Application([(".*/login", Login), (".*/logout", Logout), (".*/who", Who)], cookie_secret="{key}", log_function=lambda handler: None)
"""
SITES = {"Pyramid": SESSION, "a ticket of Pyramid": TICKET, "aiohttp-session": AIOHTTP, "Tornado": TORNADO}
PARTS = {"Pyramid": "pyramid", "a ticket of Pyramid": "pyramid", "aiohttp-session": "aiohttp_session", "Tornado": "tornado"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need("chromium")
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


def text(site: str, given: str, key: str) -> str:
    arguments = f", {given}" if given else ""
    scope = arguments if given.startswith(("domain", "path")) else ""
    return SITES[site].replace("{key}", key).replace("{given}", arguments).replace("{scope}", scope)


@dataclass(frozen=True, kw_only=True)
class Story:
    """Who the sites take somebody for: logged in before the change, after it, after a new login, after a rollback and a login then, after a logout."""

    stays: bool
    comes_in: bool
    elsewhere: bool
    back: bool
    comes_in_again: bool
    stays_after_logout: bool
    cookies: int


def told(base: ModuleType, head: ModuleType, browser: Browser) -> Story:
    with served(base) as base_port, served(head) as head_port:
        old = browser.tab()
        new = old.beside()
        old.go(f"http://www.example.com:{base_port}/app/who")
        new.go(f"http://www.example.com:{head_port}/app/who")
        old.ask("/app/login")
        assert old.ask("/app/who") == "ada"
        stays = new.ask("/app/who") == "ada"
        new.ask("/app/login")
        comes_in = new.ask("/app/who") == "ada"
        elsewhere = new.ask("/who") == "ada"
        cookies = len(old.cookies())
        back = old.ask("/app/who") == "ada"
        old.ask("/app/login")
        again = old.ask("/app/who") == "ada"
        new.ask("/app/login")
        new.ask("/app/logout")
        story = Story(
            stays=stays,
            comes_in=comes_in,
            elsewhere=elsewhere,
            back=back,
            comes_in_again=again,
            stays_after_logout=new.ask("/app/who") == "ada",
            cookies=cookies,
        )
        old.close()
        return story


def story_of(
    site: str, before: str, after: str, browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = FIRST
) -> tuple[Story, list[Finding]]:
    """What happens in the browser, and what safelint says of it."""
    need(PARTS[site])
    files = [{"shop/app.py": text(site, before, FIRST)}, {"shop/app.py": text(site, after, key)}]
    base, head = (load_module(monkeypatch, folder / str(at), each, "shop/app.py") for at, each in enumerate(files))
    found = [each for each in judge(files[0], files[1]).findings if each.rule.startswith("session-cookie")]
    return told(base, head, browser), found


DOMAINS = [
    ("", 'domain="example.com"'),
    ('domain="example.com"', ""),
    ('domain="www.example.com"', 'domain="example.com"'),
    ('domain="example.com"', 'domain="www.example.com"'),
]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize(("before", "after"), DOMAINS, ids=["set", "dropped", "wider", "narrower"])
def test_of_two_domains_the_new_cookie_counts(site: str, before: str, after: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story, (finding,) = story_of(site, before, after, browser, tmp_path, monkeypatch)
    assert (finding.rule, finding.impact, finding.rollback) == ("session-cookie-rescoped", "some-users", "does-not-heal")
    assert "the new one counts" in finding.message
    assert ("does not cover" in finding.message) == (after in ("", 'domain="www.example.com"') and before != "")
    assert (story.stays, story.comes_in, story.cookies) == (True, True, 2)
    # Pyramid's session is not deleted by a logout but emptied: nothing brings the old one back.
    assert story.stays_after_logout == (site != "Pyramid")


@pytest.mark.parametrize("site", SITES)
def test_of_two_domains_with_another_key_only_who_comes_in_before_a_rollback_is_out_after_it(
    site: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, (finding,) = story_of(site, "", 'domain="example.com"', browser, tmp_path, monkeypatch, SECOND)
    assert (finding.impact, finding.rollback) == ("some-users", "does-not-heal")
    assert (story.stays, story.comes_in, story.back) == (False, True, False)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("key", [FIRST, SECOND], ids=["the same key", "another key"])
def test_below_a_path_the_old_cookie_counts(site: str, key: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story, (finding,) = story_of(site, "", 'path="/app"', browser, tmp_path, monkeypatch, key)
    assert story.cookies == 2
    if key == FIRST:
        assert (finding.impact, finding.rollback) == ("some-users", "does-not-heal")
        assert "logging out does not log out" in finding.message
        assert (story.comes_in, story.stays_after_logout) == (True, True)
    else:
        assert (finding.impact, finding.rollback) == ("everyone", "heals")
        assert (story.stays, story.comes_in, story.back, story.comes_in_again) == (False, False, True, True), "going back heals it"


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("key", [FIRST, SECOND], ids=["the same key", "another key"])
def test_above_a_path_the_new_cookie_counts(site: str, key: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story, (finding,) = story_of(site, 'path="/app"', "", browser, tmp_path, monkeypatch, key)
    assert "new one counts" in finding.message
    assert (story.comes_in, story.elsewhere, story.cookies) == (True, True, 2)
    if key == FIRST:
        assert (finding.impact, finding.rollback) == ("some-users", "does-not-heal")
    else:
        assert (finding.impact, finding.rollback) == ("some-users", "login-loop")
        assert (story.back, story.comes_in_again) == (False, False), "after a rollback the new cookie still counts"


@pytest.mark.parametrize("site", [each for each in SITES if each != "Tornado"])
def test_another_name(site: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story, (finding,) = story_of(site, "", 'cookie_name="sid"', browser, tmp_path, monkeypatch)
    assert (finding.rule, finding.impact, finding.rollback) == ("session-cookie-renamed", "everyone", "heals")
    assert (story.stays, story.comes_in, story.back) == (False, True, True)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("given", ['samesite="None"', "secure=True", 'domain="example.net"'], ids=["SameSite=None", "Secure over http", "another domain"])
def test_who_is_in_stays_in_and_nobody_else_gets_in(site: str, given: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(PARTS[site])
    before = 'domain="example.com"' if "domain" in given else ""
    story, found = story_of(site, before, given, browser, tmp_path, monkeypatch)
    assert (story.stays, story.back, story.cookies) == (True, True, 1)
    if "samesite" in given:
        assert [(each.rule, each.impact, each.rollback) for each in found] == [("session-cookie-refused", "new-logins", "heals")]
    elif "domain" in given:
        assert [(each.rule, each.impact, each.rollback) for each in found] == [("session-cookie-rescoped", "everyone", "heals")]
    with served(load_module(monkeypatch, tmp_path / "head", {"shop/app.py": text(site, given, FIRST)}, "shop/app.py")) as port:
        tab = browser.tab()
        tab.go(f"http://www.example.com:{port}/app/login")
        assert tab.ask("/app/who") == "nobody"
        tab.close()


@pytest.mark.parametrize("site", SITES)
def test_a_strict_cookie_does_not_come_back_from_a_provider(site: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(PARTS[site])
    files = [{"shop/app.py": text(site, given, FIRST)} for given in ("", 'samesite="Strict"')]
    (finding,) = judge(files[0], files[1]).findings
    assert finding.rule == "session-cookie-kept-from-provider"
    for at, expected in enumerate(("ada", "nobody")):
        with served(load_module(monkeypatch, tmp_path / str(at), files[at], "shop/app.py")) as port:
            tab = browser.tab()
            tab.go(f"http://www.example.com:{port}/app/login")
            tab.go(f"http://login.example.net:{port}/app/who")
            assert tab.click(f"location.href = 'http://www.example.com:{port}/app/who'") == expected
            tab.close()
