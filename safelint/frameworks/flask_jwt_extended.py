"""Flask-JWT-Extended 4.7 (and what 3.25 gave out): its key is Flask's unless it has one of its own, and SECRET_KEY_FALLBACKS means nothing to it."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known, Listing

_BESIDE = "browsers keep the old cookie beside the new one"
_OUT = "every token is refused: every user is logged out"


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "keys", "effect": "out", "about": "signature", "says": _OUT, **more}
    return Row(setting=setting, **more)


FRAMEWORK = Framework(
    name="Flask-JWT-Extended",
    distributions=("flask-jwt-extended",),
    packages=("flask_jwt_extended",),
    extends="Flask",
    forms=("config", "class", "mapping", "module"),
    marks=("JWT_SECRET_KEY", "JWT_TOKEN_LOCATION", "JWT_ACCESS_TOKEN_EXPIRES", "JWT_REFRESH_TOKEN_EXPIRES", "JWT_ACCESS_COOKIE_NAME", "JWT_COOKIE_*"),
    rows=(
        _row("JWT_SECRET_KEY", role="key", default_from="SECRET_KEY", default=None, says=f"{_OUT}; SECRET_KEY_FALLBACKS does not help"),
        _row(
            "JWT_DECODE_LEEWAY",
            cause="clock",
            effect="older-out",
            kind="shorter",
            about="",
            impact="some-users",
            default=Known(0.0),
            says="tokens that lived on the tolerance are refused",
        ),
        _row("JWT_DECODE_LEEWAY", cause="clock", effect="none", about="", default=Known(0.0)),
        _row("JWT_ALGORITHM", effect="none", when=(("JWT_DECODE_ALGORITHMS", "*,*"),), default=Known("HS256"), says="both are accepted"),
        _row("JWT_ALGORITHM", default=Known("HS256")),
        _row("JWT_DECODE_ALGORITHMS", kind="removed"),
        _row("JWT_DECODE_ALGORITHMS", effect="none"),
        _row("JWT_DECODE_AUDIENCE", effect="none", kind="set-to-unset", says="an audience is looked at only while one is asked for"),
        _row("JWT_DECODE_AUDIENCE"),
        _row("JWT_DECODE_ISSUER", effect="none", kind="set-to-unset", says="tokens with an issuer are still accepted"),
        _row("JWT_DECODE_ISSUER"),
        _row("JWT_IDENTITY_CLAIM", default=Known("sub")),
        _row("JWT_HEADER_NAME", default=Known("Authorization")),
        _row("JWT_HEADER_TYPE", default=Known("Bearer")),
        _row("JWT_TOKEN_LOCATION", effect="none", kind="added", default=Listing((Known("headers"),))),
        _row("JWT_TOKEN_LOCATION", default=Listing((Known("headers"),))),
        _row("JWT_ACCESS_COOKIE_NAME", cause="cookies", about="", default=Known("access_token_cookie")),
        _row(
            "JWT_REFRESH_COOKIE_NAME",
            cause="cookies",
            about="",
            default=Known("refresh_token_cookie"),
            says="browsers still send the old name: every user is logged out as soon as the access token ends",
        ),
        # A login that is a token ends by itself, and stays where it is: the cookie has the lifetime of the browser.
        *(
            _row(name, cause="cookies", about="", effect="duplicates", impact="some-users", rollback="login-loop", default=default, says=_BESIDE)
            for name, default in (("JWT_COOKIE_DOMAIN", Known(None)), ("JWT_ACCESS_COOKIE_PATH", Known("/")), ("JWT_REFRESH_COOKIE_PATH", Known("/")))
        ),
        *(
            _row(name, cause="cookies", about="", effect="no-new-logins", after=after, impact="new-logins", default=default, when=when, says=says)
            for name, after, default, when, says in (
                ("JWT_COOKIE_SECURE", ("True",), Known(value=False), (), "over http browsers refuse the cookies: nobody can log in there"),
                ("JWT_COOKIE_SAMESITE", ("[Nn]one",), Known(None), (("JWT_COOKIE_SECURE", "!True"),), "browsers refuse SameSite=None without Secure"),
                ("JWT_COOKIE_SAMESITE", ("[Ss]trict",), Known(None), (), "the way back from an identity provider arrives without the login"),
            )
        ),
        _row("JWT_COOKIE_SECURE", cause="cookies", about="", effect="none", default=Known(value=False)),
        _row("JWT_COOKIE_SAMESITE", cause="cookies", about="", effect="none"),
        _row(
            "JWT_COOKIE_CSRF_PROTECT",
            after=("True",),
            default=Known(True),
            impact="some-users",
            says="requests that change something are refused without the CSRF token",
        ),
        _row("JWT_COOKIE_CSRF_PROTECT", effect="none", default=Known(True)),
        _row("JWT_ACCESS_CSRF_HEADER_NAME", default=Known("X-CSRF-TOKEN"), impact="some-users", says="requests that change something are refused"),
        _row("JWT_ACCESS_TOKEN_EXPIRES", effect="none", default=Known(900.0), says="tokens that exist keep their end"),
        _row("JWT_REFRESH_TOKEN_EXPIRES", effect="none", default=Known(2592000.0), says="tokens that exist keep their end"),
    ),
    upgrades=(
        Upgrade(
            to="4.0",
            unless=(("JWT_IDENTITY_CLAIM", "*"),),
            effect="out",
            severity="error",
            says="users are looked for in the claim `sub`, and tokens that exist have them in `identity`: every user is logged out "
            '(write JWT_IDENTITY_CLAIM = "identity" until the longest token has ended)',
        ),
        Upgrade(
            to="4.0",
            back=True,
            unless=(("JWT_IDENTITY_CLAIM", "*"),),
            effect="out",
            severity="error",
            says="users are looked for in the claim `identity`, and tokens that exist have them in `sub`: every user is logged out",
        ),
    ),
)
