"""Pyramid, measured on 2.1: its signed cookie session, and the auth ticket. Whoever is refused gets no cookie until something is written."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Component, Framework, Row, Upgrade
from safelint.values import Known

_OUT = "every user is logged out"
_SESSION = (
    "secret",
    "cookie_name",
    "max_age",
    "path",
    "domain",
    "secure",
    "httponly",
    "samesite",
    "set_on_exception",
    "timeout",
    "reissue_time",
    "hashalg",
    "salt",
)
_TICKET = (
    "secret",
    "callback",
    "cookie_name",
    "secure",
    "include_ip",
    "timeout",
    "reissue_time",
    "max_age",
    "path",
    "http_only",
    "wild_domain",
    "debug",
    "hashalg",
)


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "keys", "effect": "out", "about": "signature", "says": _OUT, **more}
    return Row(setting=setting, **more)


def _cookie(name: str, cookie_name: str) -> tuple[Row, ...]:
    """The rows of the cookie that a component sends."""
    beside: dict[str, Any] = {"cause": "cookies", "about": "", "effect": "duplicates", "impact": "some-users", "rollback": "does-not-heal",
                              "says": "browsers keep the old cookie beside the new one"}  # fmt: skip
    return (
        _row(f"{name}.cookie_name", cause="cookies", about="", default=Known(cookie_name), says=f"{_OUT}: browsers still send the old name"),
        _row(f"{name}.domain", **beside),
        _row(f"{name}.path", default=Known("/"), **beside),
        _row(f"{name}.samesite", cause="cookies", about="", effect="no-new-logins", after=("[Nn]one",), when=((f"{name}.secure", "!True"),),
             impact="new-logins", default=Known("Lax"),
             says="SameSite=None without Secure is no cookie: WebOb answers each login with an error, and browsers would refuse it"),
        _row(f"{name}.samesite", cause="cookies", about="", effect="no-new-logins", after=("[Ss]trict",), impact="some-users", default=Known("Lax"),
             says="the way back from an identity provider arrives without the session: such logins fail"),
        _row(f"{name}.samesite", cause="cookies", effect="none", about="", default=Known("Lax")),
        _row(f"{name}.secure", cause="cookies", about="", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
             says="over http browsers refuse the cookie: nobody can log in there"),
        _row(f"{name}.secure", cause="cookies", effect="none", about="", default=Known(False)),
    )  # fmt: skip


FRAMEWORK = Framework(
    name="Pyramid",
    distributions=("pyramid",),
    packages=("pyramid",),
    forms=("argument",),
    components=(
        Component(name="SignedCookieSessionFactory", qualified=("pyramid.session.SignedCookieSessionFactory",), positional=_SESSION),
        Component(name="AuthTktCookieHelper", qualified=("pyramid.authentication.AuthTktCookieHelper",), positional=(_TICKET[0], *_TICKET[2:])),
        Component(name="SignedCookieProfile", qualified=("webob.cookies.SignedCookieProfile",), positional=("secret", "salt")),
        Component(name="set_session_factory", methods=("set_session_factory",), package="pyramid", positional=("factory",)),
        Component(name="set_authentication_policy", methods=("set_authentication_policy",), package="pyramid", positional=("policy",)),
        Component(name="AuthTktAuthenticationPolicy", qualified=("pyramid.authentication.AuthTktAuthenticationPolicy",), positional=_TICKET),
    ),
    upgrades=(
        Upgrade(to="2.0", without="SignedCookieSessionFactory.serializer", effect="out", severity="error",
                says="session cookies are read as JSON, and those that exist are pickles: every user is logged out (name a serializer that reads both first)"),
        Upgrade(to="2.0", back=True, without="SignedCookieSessionFactory.serializer", effect="out", severity="error",
                says="session cookies are read as pickles, and those that exist are JSON: every user is logged out"),
        *(
            Upgrade(to="2.0", back=back, without="AuthTktCookieHelper.hashalg", effect="out", severity="error",
                    says=f"the login cookie is checked by {now}, and those that exist were signed by {was}: every user is logged out (write `hashalg`)")
            for back, was, now in ((False, "MD5", "SHA-512"), (True, "SHA-512", "MD5"))
        ),
    ),
    rows=(
        _row("SignedCookieSessionFactory.secret", role="key", default=None),
        _row("SignedCookieSessionFactory.hashalg", default=Known("sha512")),
        _row("SignedCookieSessionFactory.salt", default=Known("pyramid.session.")),
        # Pyramid 2.0 made the default of it what an application had to ask for before.
        _row("SignedCookieSessionFactory.serializer", effect="none", before=("None",), after=("*JSONSerializer()",), since="2.0"),
        _row("SignedCookieSessionFactory.serializer", effect="none", before=("*JSONSerializer()",), after=("None",), since="2.0"),
        _row("SignedCookieSessionFactory.serializer", about="format", cause="store", says="no session cookie can be read: every user is logged out"),
        *_cookie("SignedCookieSessionFactory", "session"),
        _row("SignedCookieSessionFactory.timeout", cause="cookies", about="", effect="older-out", kind="shorter", impact="some-users", default=Known(1200),
             rollback="does-not-heal", says="everybody who has been idle for longer than the new timeout is logged out at once"),
        _row("SignedCookieSessionFactory.timeout", effect="none", default=Known(1200)),
        _row("set_session_factory.factory", cause="store", about="engine", default=None, only_class=True, likely=True,
             says=f"{_OUT}: sessions are kept somewhere else"),
        # Policies of one's own mostly read what the one before them wrote.
        _row("set_authentication_policy.policy", about="users", default=None, only_class=True, likely=True,
             before=("pyramid.authentication.*Policy()",), after=("pyramid.authentication.*Policy()", "pyramid_jwt.*"),
             says=f"{_OUT}: who the user is is read from somewhere else"),
        _row("set_authentication_policy.policy", effect="none", about="", default=None, only_class=True),
        # WebOb's signed cookie, in which applications keep a login of their own.
        _row("SignedCookieProfile.secret", role="key", default=None),
        _row("SignedCookieProfile.salt", default=None),
        _row("SignedCookieProfile.hashalg", default=Known("sha512")),
        _row("SignedCookieProfile.serializer"),
        *(
            row
            for name in ("AuthTktCookieHelper", "AuthTktAuthenticationPolicy")
            for row in (
                _row(f"{name}.secret", role="key", default=None),
                _row(f"{name}.hashalg", default=Known("sha512")),
                _row(f"{name}.include_ip", default=Known(False)),
                _row(f"{name}.timeout", cause="cookies", about="", effect="older-out", kind="shorter", impact="some-users",
                     says="everybody who has been idle for longer than the new timeout is logged out at once"),
                _row(f"{name}.timeout", cause="cookies", about="", effect="none"),
                *_cookie(name, "auth_tkt"),
            )
        ),
    ),
)  # fmt: skip
