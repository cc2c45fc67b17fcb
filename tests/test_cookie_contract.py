"""Every way in which a session cookie can change, as a pair of sources: what is found, who is hit, and what a rollback does.

What has no form in a repository: traffic that moves between `www.` and the bare domain (DNS, a proxy), and a cookie that outgrows 4096 bytes (its
content exists only at run time). Both are proven in a browser, and said in the documents of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.judging import judge

RENAMED = ("session-cookie-renamed", "everyone", "heals")
BESIDE = ("session-cookie-rescoped", "some-users", "does-not-heal")
LOOP = ("session-cookie-rescoped", "some-users", "login-loop")
PATH_FOR_ALL = ("session-cookie-rescoped", "everyone", "does-not-heal")
TOKEN_COOKIES = 'JWT_TOKEN_LOCATION = ["cookies"]\n'
SIGNED = 'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"'
LOOP_FOR_ALL = ("session-cookie-rescoped", "everyone", "login-loop")
ELSEWHERE = ("session-cookie-rescoped", "everyone", "heals")
REFUSED = ("session-cookie-refused", "new-logins", "heals")
ONLY_HTTPS = ("session-cookie-https-only", "new-logins", "heals")
KEPT = ("session-cookie-kept-from-provider", "new-logins", "heals")
SHORTER = ("login-lives-shorter", "some-users", "heals")
SHORTER_FOR_GOOD = ("login-lives-shorter", "some-users", "does-not-heal")

FORMS = {
    "Django": ("shop/settings.py", "INSTALLED_APPS = ['django.contrib.sessions']\n"),
    "Flask": ("shop/config.py", "PERMANENT_SESSION_LIFETIME = 86400\nSESSION_REFRESH_EACH_REQUEST = True\n"),
    "Starlette": (
        "shop/app.py",
        "from starlette.applications import Starlette\nfrom starlette.middleware.sessions import SessionMiddleware\n\napp = Starlette()\n",
    ),
    "own": ("shop/login.py", ""),
}


@dataclass(frozen=True)
class Change:
    """A change of one framework's session cookie: settings, or the arguments of a call, before and after."""

    says: str
    framework: str
    before: str
    after: str
    finds: set[tuple[str, str, str]] = field(default_factory=set)
    beside: str = ""
    """Another file, the same on both sides."""


CHANGES = [
    # Domain
    Change("all hosts to one", "Django", 'DOMAIN = ".example.com"', 'DOMAIN = "www.example.com"', {BESIDE}),
    Change("all hosts to one", "Flask", 'DOMAIN = ".example.com"', 'DOMAIN = "www.example.com"', {BESIDE}),
    Change("all hosts to one", "Starlette", 'domain=".example.com"', 'domain="www.example.com"', {BESIDE}),
    Change("all hosts to one", "own", 'domain=".example.com"', 'domain="www.example.com"', {BESIDE}),
    Change("a leading dot", "Django", 'DOMAIN = ".example.com"', 'DOMAIN = "example.com"'),
    Change("a leading dot", "own", 'domain="example.com"', 'domain=".example.com"'),
    Change("host-only to all hosts", "Django", "", 'DOMAIN = ".example.com"', {BESIDE}),
    Change("host-only to all hosts", "own", "", 'domain="example.com"', {BESIDE}),
    Change("all hosts to host-only", "Django", 'DOMAIN = ".example.com"', "", {BESIDE}),
    Change("all hosts to host-only", "own", 'domain="example.com"', "", {BESIDE}),
    Change("nothing written out", "Django", "", "DOMAIN = None"),
    Change("upper case", "Django", 'DOMAIN = "Example.com"', 'DOMAIN = "example.com"'),
    # Path
    Change("below a path", "Django", "", 'PATH = "/app"', {BESIDE}),
    Change("below a path, in signed cookies", "Django", SIGNED, SIGNED + '\nPATH = "/app"', {BESIDE}),
    Change("up to the root, in signed cookies", "Django", SIGNED + '\nPATH = "/app"', SIGNED, {BESIDE}),
    Change("below a path", "Flask", "", 'PATH = "/app"', {BESIDE}),
    Change("below a path", "Starlette", "", 'path="/app"', {BESIDE}),
    Change("below a path", "own", 'path="/"', 'path="/app"', {BESIDE}),
    Change("up to the root", "Django", 'PATH = "/app"', "", {LOOP}),
    Change("up to the root", "Flask", 'PATH = "/app"', "", {BESIDE}),
    Change("a slash", "Django", 'PATH = "/app"', 'PATH = "/app/"', {BESIDE}),
    Change("another branch", "Django", 'PATH = "/shop"', 'PATH = "/store"', {ELSEWHERE}),
    Change("the default written out", "Django", "", 'PATH = "/"'),
    # Both, with the sessions that the old cookies stand for
    Change("domain and key", "Flask", 'DOMAIN = "example.com"\nSECRET_KEY = "the key of the shop, the first"',
           'DOMAIN = "www.example.com"\nSECRET_KEY = "the key of the shop, the second"', {LOOP_FOR_ALL}),
    Change("domain and key with grace", "Flask", 'DOMAIN = "example.com"\nSECRET_KEY = "the key of the shop, the first"',
           'DOMAIN = "www.example.com"\nSECRET_KEY = "the key of the shop, the second"\nSECRET_KEY_FALLBACKS = ["the key of the shop, the first"]', {BESIDE}),
    Change("name and domain together", "Django", "", 'NAME = "shop"\nDOMAIN = "example.com"', {RENAMED}),
    *[
        Change(f"{says} and key", framework, f'{before}SECRET_KEY = "the key of the shop, the first"', f'{after}SECRET_KEY = "the key of the shop, the second"',
               {finds})
        for says, framework, before, after, finds in (
            ("below a path", "Django", "", 'PATH = "/app"\n', PATH_FOR_ALL),
            ("below a path, in signed cookies,", "Django", f"{SIGNED}\n", f'{SIGNED}\nPATH = "/app"\n', ELSEWHERE),
            ("up to the root", "Django", 'PATH = "/app"\n', "", LOOP),
            ("below a path", "Flask", "", 'PATH = "/app"\n', LOOP),
            ("up to the root", "Flask", 'PATH = "/app"\n', "", ELSEWHERE),
        )
    ],
    # Name
    Change("another name", "Django", "", 'NAME = "shop"', {RENAMED}),
    Change("another name", "Flask", 'NAME = "shop"', "", {RENAMED}),
    Change("another name", "Starlette", "", 'session_cookie="shop"', {RENAMED}),
    Change("another case", "Django", "", 'NAME = "SessionID"', {RENAMED}),
    Change("the default written out", "Django", "", 'NAME = "sessionid"'),
    Change("the default written out", "Flask", "", 'NAME = "session"'),
    Change("the default written out", "Starlette", "", 'session_cookie="session"'),
    Change("a host prefix", "Django", "SECURE = True", 'SECURE = True\nNAME = "__Host-sessionid"', {RENAMED}),
    Change("a host prefix with a domain", "Django", 'SECURE = True\nDOMAIN = "example.com"', 'SECURE = True\nDOMAIN = "example.com"\nNAME = "__Host-sessionid"',
           {RENAMED, REFUSED}),
    Change("a host prefix and a path", "Django", 'SECURE = True\nPATH = "/app"', 'SECURE = True\nPATH = "/app"\nNAME = "__Host-sessionid"', {RENAMED, REFUSED}),
    Change("a host prefix without Secure", "Django", "", 'NAME = "__Host-sessionid"', {RENAMED, REFUSED}),
    Change("a secure prefix without Secure", "Django", "", 'NAME = "__Secure-sessionid"', {RENAMED, REFUSED}),
    # Secure
    Change("secure, and an address without TLS", "Django", 'SITE_URL = "http://a.example"', 'SITE_URL = "http://a.example"\nSECURE = True', {ONLY_HTTPS}),
    *[
        Change(f"secure, and {says}", "Django", text, f"{text}\nSECURE = True", finds)
        for says, text, finds in (
            ("an origin without TLS", 'CORS_ALLOWED_ORIGINS = ["http://a.example"]', {ONLY_HTTPS}),
            ("links without TLS", 'ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"', {ONLY_HTTPS}),
            ("a way back without TLS", 'OIDC_REDIRECT_URI = "http://a.example/back"', {ONLY_HTTPS}),
            ("addresses with TLS and without", 'CSRF_TRUSTED_ORIGINS = ["https://a.example", "http://a.example"]', set()),
            ("an address within the cluster", 'AUTH_SERVER_URL = "http://login.shop.svc"', set()),
            ("an address on this machine", 'SITE_URL = "http://localhost:8000"', set()),
        )
    ],
    Change("secure", "Django", "", "SECURE = True"),
    Change("no longer secure", "Django", "SECURE = True", ""),
    # SameSite
    Change("strict", "Django", "", 'SAMESITE = "Strict"', {KEPT}),
    Change("strict", "Flask", "", 'SAMESITE = "Strict"', {KEPT}),
    Change("strict", "Starlette", "", 'same_site="strict"', {KEPT}),
    Change("strict", "own", 'samesite="lax"', 'samesite="strict"', {KEPT}),
    Change("lax, and the provider posts", "Flask", "", 'SAMESITE = "Lax"', {KEPT}, beside='ASK = {"response_mode": "form_post"}\n'),
    Change("lax", "Flask", "", 'SAMESITE = "Lax"'),
    Change("lax, as it was", "Django", "", 'SAMESITE = "Lax"'),
    Change("none without Secure", "Django", "", 'SAMESITE = "None"', {REFUSED}),
    Change("none without Secure", "Flask", "", 'SAMESITE = "None"', {REFUSED}),
    Change("none without Secure", "Starlette", "", 'same_site="none"', {REFUSED}),
    Change("none without Secure", "own", "", 'samesite="none"', {REFUSED}),
    Change("none with Secure", "Django", "SECURE = True", 'SECURE = True\nSAMESITE = "None"'),
    Change("none with Secure", "Starlette", "https_only=True", 'https_only=True, same_site="none"'),
    # Age
    Change("shorter, and checked when it comes in", "Flask", "", "", {SHORTER}),
    Change("shorter, and checked when it comes in", "Starlette", "", "max_age=3600", {SHORTER}),
    Change("shorter, in signed cookies", "Django", 'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"',
           'SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"\nAGE = 3600', {SHORTER_FOR_GOOD}),
    Change("shorter, in the table", "Django", "", "AGE = 3600"),
    Change("more than 400 days", "Django", "", "AGE = 60 * 60 * 24 * 500"),
    # The rest
    Change("partitioned", "Flask", "SECURE = True", "SECURE = True\nPARTITIONED = True", {BESIDE}),
    Change("partitioned, which brings Secure with it", "Flask", "", "PARTITIONED = True", {BESIDE}),
    Change("no domain, in another word", "Flask", "", "DOMAIN = False"),
    Change("a path without a slash, which the page decides", "Flask", "", 'PATH = "app"', {BESIDE}),
    Change("a pattern for a domain", "Django", "", 'DOMAIN = "*.example.com"', {BESIDE, REFUSED}),
    Change("two domains", "Django", "", 'DOMAIN = "a.example.com,b.example.com"', {BESIDE, REFUSED}),
    *[
        Change(f"tokens in cookies: {says}", "Flask", TOKEN_COOKIES + before, TOKEN_COOKIES + after, finds)
        for says, before, after, finds in (
            ("a domain", "", 'JWT_COOKIE_DOMAIN = "example.com"', {LOOP}),
            ("below a path", "", 'JWT_ACCESS_COOKIE_PATH = "/app"', {LOOP}),
            ("up to the root", 'JWT_ACCESS_COOKIE_PATH = "/app"', "", {BESIDE}),
            ("none without Secure", "", 'JWT_COOKIE_SAMESITE = "None"', {REFUSED}),
            ("none with Secure", "JWT_COOKIE_SECURE = True", 'JWT_COOKIE_SECURE = True\nJWT_COOKIE_SAMESITE = "None"', set()),
            ("another name and a domain", "", 'JWT_ACCESS_COOKIE_NAME = "at"\nJWT_COOKIE_DOMAIN = "example.com"', {RENAMED}),
            ("another name of the second", "", 'JWT_REFRESH_COOKIE_NAME = "rt"', {RENAMED}),
        )
    ],
    Change("partitioned", "own", "secure=True", "secure=True, partitioned=True", {BESIDE}),
    Change("partitioned without Secure", "own", 'samesite="lax"', 'samesite="lax", partitioned=True', {BESIDE, REFUSED}),
    Change("httponly", "Django", "", "HTTPONLY = False"),
    Change("a domain of somebody else", "Django", 'ALLOWED_HOSTS = ["a.example"]', 'ALLOWED_HOSTS = ["a.example"]\nDOMAIN = "example.net"', {BESIDE, REFUSED}),
    Change("a domain of all", "Django", "", 'DOMAIN = "co.uk"', {BESIDE, REFUSED}),
    Change("a domain with a port", "Django", "", 'DOMAIN = "shop.example.com:8000"', {BESIDE, REFUSED}),
    Change("a domain with a scheme", "Django", "", 'DOMAIN = "https://shop.example.com"', {BESIDE, REFUSED}),
]  # fmt: skip


def source(change: Change, given: str) -> dict[str, str]:
    path, text = FORMS[change.framework]
    beside = {"shop/provider.py": change.beside} if change.beside else {}
    if change.framework == "Starlette":
        arguments = f", {given}" if given else ""
        return {path: f'{text}app.add_middleware(SessionMiddleware, secret_key="the shop, number one"{arguments})\n', **beside}
    if change.framework == "own":
        # aiohttp's defaults are nobody's but the browser's.
        arguments = f", {given}" if given else ""
        return {
            path: f'from aiohttp import web\n\n\ndef login(response: web.Response):\n    response.set_cookie("session_id", "given above"{arguments})\n',
            **beside,
        }
    names = ("NAME", "DOMAIN", "PATH", "SECURE", "SAMESITE", "AGE", "HTTPONLY", "PARTITIONED")
    lines = [f"SESSION_COOKIE_{line}" if line.split(" ")[0] in names else line for line in given.split("\n")]
    return {path: text + "".join(f"{line}\n" for line in lines if line), **beside}


@pytest.mark.parametrize("change", CHANGES, ids=[f"{each.framework}: {each.says}" for each in CHANGES])
def test_change(change: Change) -> None:
    base, head = source(change, change.before), source(change, change.after)
    if change.framework == "Flask" and change.finds == {SHORTER}:
        head = {path: text.replace("86400", "3600") for path, text in head.items()}
    found = [each for each in judge(base, head).findings if each.rule.startswith(("session-cookie", "login-lives"))]
    assert {(each.rule, each.impact, each.rollback) for each in found} == change.finds
    assert all(each.confidence != "low" for each in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('domain=".example.com"', '**{"domain": "example.com"}'),
        ('domain="example.com", secure=True', "**SCOPE"),
        ('domain="example.com", secure=True', "**scope()"),
        ('path="/"', ""),
        ("domain=settings.COOKIE_DOMAIN", 'domain=getattr(settings, "COOKIE_DOMAIN", None)'),
    ],
)
def test_the_same_in_other_words(before: str, after: str) -> None:
    """A moved, re-expressed or unknown value is no change that anybody should read about."""
    text = 'from django.conf import settings\n\nSCOPE = {{"domain": "example.com", "secure": True}}\n\n\n'
    text += 'def login(response):\n    response.set_cookie("session_id", "x", {})\n'
    judged = judge({"shop/views.py": text.format(before)}, {"shop/views.py": text.format(after)})
    assert not [each for each in judged.findings if each.confidence != "low"]


def test_a_dictionary_that_is_filled_step_by_step() -> None:
    text = """
def login(response, secure):
    options = {{"path": "/"}}
    if secure:
        options["secure"] = True
    options["domain"] = "{domain}"
    options.update(httponly=True)
    response.set_cookie("session_id", "x", **options)
"""
    base, head = ({"shop/views.py": text.format(domain=domain)} for domain in ("example.com", "www.example.com"))
    (finding,) = judge(base, head).findings
    assert finding.rule == "session-cookie-rescoped"


def test_a_constant_of_another_file() -> None:
    views = 'from shop.config import SESSION_COOKIE\n\n\ndef login(response):\n    response.set_cookie(SESSION_COOKIE, "x")\n'
    base = {"shop/config.py": 'SESSION_COOKIE = "shop_session"\n', "shop/views.py": views}
    head = {"shop/config.py": 'SESSION_COOKIE = "session_shop"\n', "shop/views.py": views}
    (finding,) = judge(base, head).findings
    assert (finding.rule, finding.impact, finding.rollback) == RENAMED
    assert finding.place.path == "shop/config.py", "findings land on lines of the change"


@pytest.mark.parametrize("name", ["csrftoken", "theme", "locale", "consent", "oauth_state", "messages", "_ga", "sidebar", "next", "auto-login", "tz"])
def test_cookies_of_other_matters_may_change(name: str) -> None:
    text = 'from django.http import HttpResponse\n\n\ndef view(response):\n    response.set_cookie("{}", "x"{})\n'
    base = {"shop/views.py": text.format(name, "")}
    assert not judge(base, {"shop/views.py": text.format(name, ', domain="example.com", samesite="none"')}).findings
    assert not judge(base, {"shop/views.py": text.format(name + "2", "")}).findings


@pytest.mark.parametrize(
    "name", ["sid", "connect.sid", "sessionid", "shop_session", "access_token", "accessToken", "jwt", "remember_me", "auth", "mealie.access_token", "sso"]
)
def test_cookies_that_keep_people_logged_in_may_not(name: str) -> None:
    text = 'from django.http import HttpResponse\n\n\ndef view(response):\n    response.set_cookie("{}", "x"{})\n'
    judged = judge({"shop/views.py": text.format(name, "")}, {"shop/views.py": text.format(name, ', domain="example.com"')})
    assert [each.rule for each in judged.findings] == ["session-cookie-rescoped"]


def test_a_logout_that_is_added_is_no_change_of_the_cookie() -> None:
    login = 'from fastapi import Response\n\n\ndef login(response: Response):\n    response.set_cookie("session_id", "x")\n'
    logout = '\n\ndef logout(response: Response):\n    response.delete_cookie("session_id")\n'
    assert not judge({"shop/login.py": login}, {"shop/login.py": login + logout}).findings


def test_a_cookie_profile() -> None:
    text = 'from webob.cookies import SignedCookieProfile\n\n\ndef cookie(secret):\n    return SignedCookieProfile(secret, "salt", cookie_name="{}")\n'
    base, head = ({"shop/policy.py": text.format(name)} for name in ("api_auth", "api_auth.v2"))
    (finding,) = judge(base, head).findings
    assert (finding.rule, finding.impact, finding.rollback) == RENAMED


def test_a_name_that_is_made_from_the_domain() -> None:
    text = (
        'INSTALLED_APPS = ["django.contrib.sessions"]\nSESSION_COOKIE_DOMAIN = "{}"\nSESSION_COOKIE_NAME = SESSION_COOKIE_DOMAIN.split(".")[0] + "_session"\n'
    )
    base, head = ({"shop/settings.py": text.format(domain)} for domain in ("shop.example.com", "store.example.com"))
    assert {(each.rule, each.impact, each.rollback) for each in judge(base, head).findings} == {RENAMED}


@pytest.mark.parametrize(
    ("before", "after", "finds"),
    [
        ('f"sid={value}; Path=/"', 'f"sid={value}; Path=/; Domain=example.com"', ["session-cookie-rescoped"]),
        ('f"sid={value}; Path=/"', 'f"session_id={value}; Path=/"', ["session-cookie-renamed"]),
        ('f"sid={value}; Path=/"', 'f"sid={value}; Path=/; SameSite=None"', ["session-cookie-refused"]),
        ('f"sid={value}; Path=/"', 'f"sid={value}; path=/; HttpOnly"', []),
        ('f"sid={value}; Path=/"', '"sid=" + value + "; Path=/"', []),
        ('f"sid={value}; Path=/"', 'f"sid={value}; Path={path}"', []),
        ('f"sid={value}; Path=/"', 'f"sid={value}; Path=/; {more}"', []),
        ('f"theme={value}; Path=/"', 'f"theme={value}; Path=/; Domain=example.com"', []),
    ],
)
@pytest.mark.parametrize("how", ['response.headers["Set-Cookie"] = {}', 'response.headers.append("set-cookie", {})'])
def test_a_cookie_that_is_written_as_a_header(how: str, before: str, after: str, finds: list[str]) -> None:
    text = "def login(response, value, path, more):\n    {}\n"
    base, head = ({"shop/views.py": text.format(how.format(each))} for each in (before, after))
    assert [each.rule for each in judge(base, head).findings if each.confidence != "low"] == finds


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ('domain="example.com", path="/"', "**options", ["the domain and path of the cookie session_id"]),
        ("**options", 'domain="example.com"', ["the domain and path of the cookie session_id"]),
        ('domain="example.com"', 'domain="example.com", **options', ["the path of the cookie session_id"]),
        ("**options", "secure=True, **options", []),
        ('domain="example.com"', 'domain="example.com", secure=True', []),
    ],
)
def test_a_scope_that_is_handed_over(before: str, after: str, what: list[str]) -> None:
    """A scope that one side says and the other takes from elsewhere may have changed: it is not safe, and no finding either."""
    text = 'from django.http import HttpResponse\n\n\ndef login(response, options):\n    response.set_cookie("{}", "x", {})\n'
    judged = judge({"shop/views.py": text.format("session_id", before)}, {"shop/views.py": text.format("session_id", after)})
    assert [each.what for each in judged.not_understood] == what
    assert not judged.findings
    other = judge({"shop/views.py": text.format("theme", before)}, {"shop/views.py": text.format("theme", after)})
    assert not other.not_understood
