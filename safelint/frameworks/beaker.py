"""Beaker, measured on 1.14.1 with pyramid_beaker 0.9: sessions on a server, named by a signed identifier in the cookie, set up in an ini file.

The upgrades were measured from 1.10 to 1.14: sessions in files; those in cookies were the same in all of them.

Whoever comes with an identifier that is refused gets a new one in its place, so that going back does not help.
"""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known

_OUT = "every user is logged out"
# pyramid_beaker reads both prefixes, CKAN up to 2.10 the second. From 2.11 on CKAN has the sessions of Flask.
_PREFIXES = ("session.", "beaker.session.")
_NOT_FLASK = (("SESSION_TYPE", "None"),)


def _row(setting: str, **more: Any) -> tuple[Row, ...]:
    more = {"effect": "out", "when": _NOT_FLASK, **more}
    return tuple(Row(setting=f"{prefix}{setting}", **more) for prefix in _PREFIXES)


_BESIDE: dict[str, Any] = {"cause": "cookies", "effect": "duplicates", "impact": "some-users", "rollback": "does-not-heal",
                           "says": "browsers keep the old cookie beside the new one"}  # fmt: skip
_COOKIE_ONLY = "what is in the cookie cannot be opened: requests of everybody with a session end in an error"

FRAMEWORK = Framework(
    name="Beaker",
    distributions=("beaker",),
    packages=("beaker",),
    forms=("file",),
    marks=("session.type", "beaker.session.*"),
    rows=(
        *_row("secret", role="key", cause="keys", about="signature", rollback="does-not-heal",
              says=f"{_OUT}: no identifier of a session fits its signature, and each visitor gets a new one in its place"),
        *_row("validate_key", role="key", cause="keys", about="signature", effect="fails", says=f"{_OUT}: {_COOKIE_ONLY}"),
        *_row("encrypt_key", role="key", cause="keys", about="signature", effect="fails", says=f"{_OUT}: {_COOKIE_ONLY}"),
        *_row("key", cause="cookies", default=Known("beaker.session.id"), says=f"{_OUT}: browsers still send the old name"),
        *_row("type", cause="store", about="engine", default=None, says=f"{_OUT}: sessions are kept somewhere else"),
        *_row("url", cause="store", about="place", likely=True, says=f"{_OUT}: sessions are looked for in another place"),
        *_row("data_dir", cause="store", about="place", likely=True, says=f"{_OUT}: sessions are looked for in another folder"),
        *_row("data_serializer", cause="store", about="format", effect="fails", default=Known("pickle"),
              says=f"{_OUT}: no stored session can be read, and requests of everybody with one end in an error"),
        *_row("timeout", cause="cookies", effect="older-out", kind="shorter", impact="some-users", rollback="does-not-heal",
              says="everybody who has been idle for longer than the new timeout is logged out at once"),
        *_row("timeout", cause="cookies", effect="none"),
        *_row("cookie_domain", **_BESIDE),
        *_row("cookie_path", default=Known("/"), **_BESIDE),
        *_row("secure", cause="cookies", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
              says="over http browsers refuse the cookie: nobody can log in there"),
        *_row("secure", cause="cookies", effect="none", default=Known(False)),
        *_row("samesite", cause="cookies", effect="no-new-logins", after=("[Ss]trict",), impact="some-users", default=Known("Lax"),
              says="the way back from an identity provider arrives without the session: such logins fail"),
        *_row("samesite", cause="cookies", effect="none", default=Known("Lax")),
        *_row("cookie_expires", cause="cookies", effect="none", default=Known(True)),
        *_row("httponly", cause="cookies", effect="none", default=Known(False)),
    ),
    upgrades=tuple(
        Upgrade(to="1.12", back=back, where=(("*session.type", "file"),), effect="out", severity="error",
                says="the files of sessions are looked for under other names: every user is logged out")
        for back in (False, True)
    ),
)  # fmt: skip
