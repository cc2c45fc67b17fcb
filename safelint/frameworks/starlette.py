"""Starlette's (and so FastAPI's) SessionMiddleware: measured on 0.46 to 1.10. A signed cookie, with no fallback for its key."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row, Upgrade
from safelint.values import Known

_ALL_OUT = "every user is logged out"
_BESIDE = "browsers keep the old cookie beside the new one"

FRAMEWORK = Framework(
    name="Starlette",
    distributions=("starlette", "fastapi"),
    packages=("starlette", "fastapi"),
    forms=("argument",),
    components=(
        Component(
            name="SessionMiddleware",
            qualified=("starlette.middleware.sessions.SessionMiddleware", "fastapi.middleware.sessions.SessionMiddleware"),
            positional=("app", "secret_key", "session_cookie", "max_age", "path", "same_site", "https_only", "domain"),
        ),
        # Sessions on a server, by packages of others: they read no cookie of the one above.
        Component(name="StoredSessionMiddleware",
                  qualified=("starsessions.SessionMiddleware", "starsessions.middleware.SessionMiddleware", "starlette_session.SessionMiddleware")),
    ),
    rows=(
        Row(setting="SessionMiddleware.secret_key", role="key", cause="keys", effect="out", default=None,
            says=f"{_ALL_OUT}; going back heals it, except for those whose session was written to meanwhile"),
        Row(setting="SessionMiddleware.session_cookie", cause="cookies", effect="out", default=Known("session"),
            says=f"{_ALL_OUT}: browsers still send the old name"),
        Row(setting="SessionMiddleware.max_age", cause="cookies", effect="older-out", kind="shorter", impact="some-users", default=Known(1209600),
            says="everybody whose cookie is older than the new age is logged out at once"),
        Row(setting="SessionMiddleware.max_age", cause="cookies", effect="none", default=Known(1209600)),
        Row(setting="SessionMiddleware.domain", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal", says=_BESIDE),
        Row(setting="SessionMiddleware.path", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal", default=Known("/"),
            says=_BESIDE),
        Row(setting="SessionMiddleware.same_site", cause="cookies", effect="no-new-logins", after=("none",), when=(("SessionMiddleware.https_only", "!True"),),
            impact="new-logins", default=Known("lax"), says="browsers refuse SameSite=None without Secure: nobody can log in"),
        Row(setting="SessionMiddleware.same_site", cause="cookies", effect="no-new-logins", after=("strict",), impact="some-users", default=Known("lax"),
            says="the way back from an identity provider arrives without the session: such logins fail"),
        Row(setting="SessionMiddleware.same_site", cause="cookies", effect="none", default=Known("lax")),
        Row(setting="SessionMiddleware.https_only", cause="cookies", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
            says="over http browsers refuse the cookie: nobody can log in there"),
        Row(setting="SessionMiddleware.https_only", cause="cookies", effect="none", default=Known(False)),
    ),
    upgrades=(
        Upgrade(to="1.0", where=(("SessionMiddleware", "*"),), effect="gradual", impact="some-users",
                says="the session cookie is sent again only after a write: active users fall out max_age after their last write, not their last visit"),
    ),
)  # fmt: skip
