"""aiohttp-session: encrypted cookies, or identifiers of sessions in Redis."""

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
    )


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
        Row(setting="EncryptedCookieStorage.secret_key", cause="keys", effect="out", role="key", default=None, says=f"{_OUT}: no cookie can be decrypted"),
        Row(setting="NaClCookieStorage.secret_key", cause="keys", effect="out", role="key", default=None, says=f"{_OUT}: no cookie can be decrypted"),
        *_rows("EncryptedCookieStorage"),
        *_rows("NaClCookieStorage"),
        *_rows("RedisStorage"),
    ),
)
