"""fastapi-users 15: strategies and transports, configured by their arguments. Its JWTs know no leeway, no key name and no list of keys."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Component, Framework, Row, Upgrade
from safelint.values import Known, Listing

_OUT = "every token is refused: every user is logged out"
_AUTHENTICATION = "fastapi_users.authentication"


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "keys", "effect": "out", "about": "signature", "says": _OUT, **more}
    return Row(setting=setting, **more)


FRAMEWORK = Framework(
    name="fastapi-users",
    distributions=("fastapi-users",),
    packages=("fastapi_users",),
    forms=("argument",),
    components=(
        Component(
            name="JWTStrategy",
            qualified=(f"{_AUTHENTICATION}.JWTStrategy", f"{_AUTHENTICATION}.strategy.JWTStrategy"),
            positional=("secret", "lifetime_seconds", "token_audience", "algorithm", "public_key"),
        ),
        Component(
            name="DatabaseStrategy",
            qualified=(f"{_AUTHENTICATION}.strategy.db.DatabaseStrategy", f"{_AUTHENTICATION}.strategy.DatabaseStrategy"),
            positional=("database", "lifetime_seconds"),
        ),
        Component(
            name="RedisStrategy",
            qualified=(f"{_AUTHENTICATION}.RedisStrategy", f"{_AUTHENTICATION}.strategy.RedisStrategy"),
            positional=("redis", "lifetime_seconds"),
        ),
        Component(name="BaseUserManager", bases=("fastapi_users.BaseUserManager", "fastapi_users.manager.BaseUserManager")),
        Component(
            name="CookieTransport",
            qualified=(f"{_AUTHENTICATION}.CookieTransport", f"{_AUTHENTICATION}.transport.CookieTransport"),
            positional=("cookie_name", "cookie_max_age", "cookie_path", "cookie_domain", "cookie_secure", "cookie_httponly", "cookie_samesite"),
        ),
    ),
    upgrades=tuple(
        Upgrade(to="10.3", back=back, where=(("JWTStrategy", "*"),), effect="out", severity="error",
                says=f"the user is looked for in the claim `{now}`, and tokens that exist have it in `{was}`: every user is logged out")
        for back, was, now in ((False, "user_id", "sub"), (True, "sub", "user_id"))
    ),
    rows=(
        _row("JWTStrategy.secret", role="key", default=None),
        _row("JWTStrategy.token_audience", default=Listing((Known("fastapi-users:auth"),))),
        _row("JWTStrategy.algorithm", default=Known("HS256")),
        _row("JWTStrategy.public_key"),
        _row("JWTStrategy.lifetime_seconds", effect="none", default=None, says="tokens that exist keep their end"),
        _row("DatabaseStrategy.lifetime_seconds", cause="cookies", effect="older-out", about="", kind="shorter", impact="some-users",
             says="everybody who logged in longer ago than the new lifetime is logged out at once"),
        _row("DatabaseStrategy.lifetime_seconds", effect="none"),
        *(
            _row("BaseUserManager.bases", about="users", before=(f"*{old}*",), after=(f"*{new}*",), default=None,
                 says="every user is logged out: the identifiers in their tokens are no identifiers any more")
            for old, new in (("UUIDIDMixin", "IntegerIDMixin"), ("IntegerIDMixin", "UUIDIDMixin"))
        ),
        _row("RedisStrategy.redis", cause="store", about="place", default=None, says="every user is logged out: tokens are looked for in another place"),
        _row("RedisStrategy.key_prefix", cause="store", about="place", default=Known("fastapi_users_token:"),
        says="every user is logged out: tokens are looked for under other keys"),
        _row("RedisStrategy.lifetime_seconds", effect="none"),
        _row("CookieTransport.cookie_name", cause="cookies", about="", default=Known("fastapiusersauth"),
        says="every user is logged out: browsers still send the old name"),
        _row("CookieTransport.cookie_domain", cause="cookies", effect="duplicates", about="", impact="some-users", rollback="does-not-heal",
             says="browsers keep the old cookie beside the new one"),
        _row("CookieTransport.cookie_path", cause="cookies", effect="duplicates", about="", impact="some-users", rollback="does-not-heal", default=Known("/"),
             says="browsers keep the old cookie beside the new one"),
        _row("CookieTransport.cookie_secure", cause="cookies", effect="no-new-logins", about="", after=("True",), impact="new-logins", default=Known(True),
             says="over http browsers refuse the cookie: nobody can log in there"),
        _row("CookieTransport.cookie_secure", effect="none", default=Known(True)),
        _row("CookieTransport.cookie_samesite", cause="cookies", effect="no-new-logins", about="", after=("none",), when=(("CookieTransport.cookie_secure",
        "!True"),),
             impact="new-logins", default=Known("lax"), says="browsers refuse SameSite=None without Secure: nobody can log in"),
        _row("CookieTransport.cookie_samesite", cause="cookies", effect="no-new-logins", about="", after=("strict",), impact="some-users", default=Known("lax"),
             says="the way back from an identity provider arrives without the session: such logins fail"),
        _row("CookieTransport.cookie_samesite", effect="none", default=Known("lax")),
        _row("CookieTransport.cookie_max_age", effect="none"),
    ),
)  # fmt: skip
