"""Sessions of Pyramid in Redis, set up in an ini file: measured with pyramid_session_redis 1.8.1. The identifier in the cookie is signed."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row
from safelint.values import Known

_OUT = "every user is logged out"


def _row(setting: str, **more: Any) -> Row:
    return Row(setting=f"redis.sessions.{setting}", **{"effect": "out", **more})


_BESIDE: dict[str, Any] = {"cause": "cookies", "effect": "duplicates", "impact": "some-users", "rollback": "does-not-heal",
                           "says": "browsers keep the old cookie beside the new one"}  # fmt: skip

FRAMEWORK = Framework(
    name="pyramid_session_redis",
    distributions=("pyramid-session-redis", "pyramid-redis-sessions"),
    packages=("pyramid_session_redis", "pyramid_redis_sessions"),
    forms=("file",),
    marks=("redis.sessions.*",),
    rows=(
        _row("secret", role="key", cause="keys", about="signature", default=None, says=f"{_OUT}: no identifier of a session fits its signature"),
        _row("cookie_name", cause="cookies", default=Known("session"), says=f"{_OUT}: browsers still send the old name"),
        _row("redis_url", cause="store", about="place", likely=True, says=f"{_OUT}: sessions are looked for in another place"),
        _row("redis_db", cause="store", about="place", default=Known(0), says=f"{_OUT}: sessions are looked for in another database"),
        _row("cookie_domain", **_BESIDE),
        _row("cookie_path", default=Known("/"), **_BESIDE),
        # Each session keeps the timeout that it was made with.
        _row("timeout", cause="cookies", effect="none", default=Known(1200)),
    ),
)  # fmt: skip
