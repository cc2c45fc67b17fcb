"""djangorestframework-simplejwt 5.5: its key is Django's unless it is pinned, and it knows neither fallbacks nor key names."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row
from safelint.values import Known, Listing

_OUT = "every access and refresh token is refused: every user is logged out"


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "keys", "effect": "out", "about": "signature", "says": _OUT, **more}
    return Row(setting=f"SIMPLE_JWT.{setting}", **more)


FRAMEWORK = Framework(
    name="simplejwt",
    distributions=("djangorestframework-simplejwt",),
    packages=("rest_framework_simplejwt",),
    extends="Django",
    forms=("module", "class"),
    marks=("SIMPLE_JWT", "SIMPLE_JWT.*"),
    rows=(
        _row(
            "SIGNING_KEY",
            role="key",
            default_from="SECRET_KEY",
            default=None,
            says=f"{_OUT}; SECRET_KEY_FALLBACKS does not help, only a pinned SIGNING_KEY does",
        ),
        _row(
            "LEEWAY",
            cause="clock",
            effect="older-out",
            kind="shorter",
            about="",
            impact="some-users",
            default=Known(0.0),
            says="tokens that lived on the tolerance are refused",
        ),
        _row("LEEWAY", cause="clock", effect="none", about="", default=Known(0.0)),
        _row("VERIFYING_KEY", default=Known("")),
        _row("JWK_URL", effect="none", when=(("SIMPLE_JWT.ALGORITHM", "HS*"),), says="only public keys are looked up"),
        _row("JWK_URL", says=f"{_OUT} that names no key of this address, and every one while it does not answer"),
        _row("ALGORITHM", default=Known("HS256")),
        _row("AUDIENCE", effect="none", kind="set-to-unset", says="tokens with an audience are still accepted"),
        _row("AUDIENCE"),
        _row("ISSUER", effect="none", kind="set-to-unset", says="tokens with an issuer are still accepted"),
        _row("ISSUER"),
        _row("USER_ID_CLAIM", default=Known("user_id")),
        _row("USER_ID_FIELD", default=Known("id")),
        _row("TOKEN_TYPE_CLAIM", default=Known("token_type")),
        _row("JTI_CLAIM", default=Known("jti")),
        _row("AUTH_TOKEN_CLASSES", default=Listing((Known("rest_framework_simplejwt.tokens.AccessToken"),))),
        _row("AUTH_HEADER_TYPES", effect="none", kind="added", default=Listing((Known("Bearer"),))),
        _row("AUTH_HEADER_TYPES", default=Listing((Known("Bearer"),))),
        _row("AUTH_HEADER_NAME", default=Known("HTTP_AUTHORIZATION")),
        _row("CHECK_REVOKE_TOKEN", after=("True",), default=Known(False), says="access tokens that do not carry the hash yet are refused"),
        _row("CHECK_REVOKE_TOKEN", effect="none", default=Known(False)),
        _row("REVOKE_TOKEN_CLAIM", when=(("SIMPLE_JWT.CHECK_REVOKE_TOKEN", "True"),), default=Known("hash_password")),
        _row("REVOKE_TOKEN_CLAIM", effect="none", default=Known("hash_password")),
        _row("ACCESS_TOKEN_LIFETIME", effect="none", default=Known(300.0), says="tokens that exist keep their end"),
        _row("REFRESH_TOKEN_LIFETIME", effect="none", default=Known(86400.0), says="tokens that exist keep their end"),
    ),
)
