"""aiohttp-session, measured on 2.12: encrypted cookies, or identifiers of sessions in Redis."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Component, Framework, Row
from safelint.values import Known

_OUT = "every user is logged out"


def _rows(name: str) -> tuple[Row, ...]:
    def row(setting: str, **more: Any) -> Row:
        more = {"cause": "cookies", "effect": "out", "says": f"{_OUT}: browsers still send the old name", **more}
        return Row(setting=f"{name}.{setting}", **more)

    beside: dict[str, Any] = {
        "effect": "duplicates",
        "impact": "some-users",
        "rollback": "does-not-heal",
        "says": "browsers keep the old cookie beside the new one",
    }
    return (
        row("cookie_name", default=Known("AIOHTTP_SESSION")),
        row("domain", **beside),
        row("path", default=Known("/"), **beside),
        row("samesite", effect="no-new-logins", after=("[Nn]one",), when=((f"{name}.secure", "!True"),), impact="new-logins",
            says="browsers refuse SameSite=None without Secure: nobody can log in"),
        row("samesite", effect="no-new-logins", after=("[Ss]trict",), impact="some-users",
            says="the way back from an identity provider arrives without the session: such logins fail"),
        row("samesite", effect="none"),
        row("secure", effect="no-new-logins", after=("True",), impact="new-logins", says="over http browsers refuse the cookie: nobody can log in there"),
        row("secure", effect="none"),
    )  # fmt: skip


def _encrypted(name: str) -> tuple[Row, ...]:
    """The rows of a session that is in the cookie itself."""
    return (
        Row(setting=f"{name}.secret_key", cause="keys", effect="out", role="key", default=None,
            says=f"{_OUT}: no cookie can be decrypted; going back heals it, except for those whose session was written to meanwhile"),
        Row(setting=f"{name}.max_age", cause="cookies", effect="older-out", kind="shorter", impact="some-users",
            says="everybody whose cookie is older than the new age is logged out at once"),
        Row(setting=f"{name}.max_age", cause="cookies", effect="none"),
        *_rows(name),
    )  # fmt: skip


FRAMEWORK = Framework(
    name="aiohttp-session",
    distributions=("aiohttp-session",),
    packages=("aiohttp_session",),
    forms=("argument",),
    components=(
        Component(name="EncryptedCookieStorage", qualified=("aiohttp_session.cookie_storage.EncryptedCookieStorage",), positional=("secret_key",)),
        Component(name="NaClCookieStorage", qualified=("aiohttp_session.nacl_storage.NaClCookieStorage",), positional=("secret_key",)),
        Component(name="RedisStorage", qualified=("aiohttp_session.redis_storage.RedisStorage",), positional=("redis_pool",)),
    ),
    rows=(
        *_encrypted("EncryptedCookieStorage"),
        *_encrypted("NaClCookieStorage"),
        Row(setting="RedisStorage.redis_pool", cause="store", about="place", effect="out", default=None, says=f"{_OUT}: sessions are looked for elsewhere"),
        *_rows("RedisStorage"),
    ),
)
