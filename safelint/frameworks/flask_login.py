"""Flask-Login, measured on 0.6.3, 0.5.0 and 0.4.1: the remember cookie is signed by SECRET_KEY and knows no fallbacks."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known

_RETURNING = "whoever comes back after closing the browser is logged out"


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "cookies", "effect": "gradual", "impact": "some-users", "says": _RETURNING, **more}
    return Row(setting=setting, **more)


FRAMEWORK = Framework(
    name="Flask-Login",
    distributions=("flask-login",),
    packages=("flask_login",),
    extends="Flask",
    forms=("config", "class", "mapping", "module"),
    marks=("REMEMBER_COOKIE_*",),
    upgrades=(
        Upgrade(to="0.5", effect="out", severity="error",
                says="the user is kept under another name in the session: every user who has no remember cookie is logged out, and going back logs out"
                " those who came in meanwhile"),
        Upgrade(to="0.5", back=True, effect="out", severity="error",
                says="the user is looked for under another name in the session: every user who has no remember cookie is logged out"),
    ),
    rows=(
        # No setting of this name exists: it stands for what signs the cookie.
        _row("the remember cookie's key", cause="keys", effect="out", role="key", default_from="SECRET_KEY", default=None,
             says=f"{_RETURNING}; SECRET_KEY_FALLBACKS does not help"),
        _row("REMEMBER_COOKIE_NAME", default=Known("remember_token")),
        _row("REMEMBER_COOKIE_DOMAIN", effect="duplicates", rollback="does-not-heal", says="browsers keep the old cookie beside the new one"),
        _row("REMEMBER_COOKIE_PATH", effect="duplicates", rollback="does-not-heal", default=Known("/"), says="browsers keep the old cookie beside the new one"),
        _row("REMEMBER_COOKIE_DURATION", effect="none", default=Known(31536000.0), says="cookies that exist keep their end"),
        _row("session_protection", cause="store", effect="destroyed", about="users", after=("strong",), rollback="does-not-heal", default=Known("basic"),
             says="every user whose address changes for the application (a new proxy, another network) is logged out, and both cookies are deleted"),
        _row("session_protection", cause="store", effect="none", default=Known("basic")),
        _row("SESSION_PROTECTION", cause="store", effect="destroyed", about="users", after=("strong",), rollback="does-not-heal", default=Known("basic"),
             says="every user whose address changes for the application (a new proxy, another network) is logged out, and both cookies are deleted"),
        _row("SESSION_PROTECTION", cause="store", effect="none", default=Known("basic")),
    ),
)  # fmt: skip
