"""Which tables hold what logins depend on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from safelint.sources import Side

Role = Literal["session", "token", "user"]

_SESSION = {"sessions", "session", "django_session", "user_sessions", "user_session", "usersessions", "auth_session", "auth_sessions", "flask_sessions",
            "login_sessions", "login_session", "web_sessions", "http_sessions", "active_sessions", "session_store", "spring_session"}  # fmt: skip
_TOKEN = {"authtoken_token", "knox_authtoken", "access_tokens", "access_token", "refresh_tokens", "refresh_token", "auth_tokens", "auth_token", "api_tokens",
          "personal_access_tokens", "remember_tokens", "persistent_logins", "user_tokens", "token_blacklist_outstandingtoken"}  # fmt: skip
_USER = {"users", "auth_user", "user", "accounts_user", "users_user", "credentials", "user_credentials"}
_OAUTH = re.compile(r"(.*_)?oauth2?_?(provider_)?(access|refresh|id)?_?tokens?")


def role_of(table: str, side: Side) -> Role | None:
    """What a table of this normalised name holds, or None for one that no login depends on."""
    name = table.rsplit(".", 1)[-1].lower().removeprefix("{}").strip("_")
    if name in _SESSION:
        return "session"
    if name in _TOKEN or _OAUTH.fullmatch(name):
        return "token"
    return "user" if name in _USER else None
