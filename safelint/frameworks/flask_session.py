"""Flask-Session 0.8: sessions on a server, named by an identifier in the cookie."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known

_OUT = "every user is logged out"
# Where 0.7 and newer keep sessions in their own format. Those of the file system are still pickles.
_WRITTEN_ANEW = ("redis", "sqlalchemy")


def _row(setting: str, **more: Any) -> Row:
    more = {"cause": "store", "effect": "out", "about": "place", **more}
    return Row(setting=setting, **more)


FRAMEWORK = Framework(
    name="Flask-Session",
    distributions=("flask-session",),
    packages=("flask_session", "flask.ext.session"),
    extends="Flask",
    imported=True,
    forms=("config", "class", "mapping", "module"),
    marks=("SESSION_TYPE", "SESSION_REDIS", "SESSION_USE_SIGNER", "SESSION_SQLALCHEMY*", "SESSION_SERIALIZATION_FORMAT", "SESSION_ID_LENGTH"),
    upgrades=(
        *(
            Upgrade(
                to="0.7",
                where=(("SESSION_TYPE", kind),),
                effect="gradual",
                impact="next-incident",
                rollback="does-not-heal",
                severity="info",
                says="every visit writes the session anew as msgpack, and no older version reads that: to go back logs everybody out "
                "(0.6 answers them with errors), and so does every server that still runs the old version meanwhile",
            )
            for kind in _WRITTEN_ANEW
        ),
        *(
            Upgrade(
                to="0.7",
                back=True,
                where=(("SESSION_TYPE", kind),),
                effect="out",
                rollback="heals",
                severity="error",
                says="sessions are read as pickles, and those that exist are msgpack: every user is logged out, or gets errors (0.6)",
            )
            for kind in _WRITTEN_ANEW
        ),
    ),
    rows=(
        _row("SESSION_TYPE", effect="none", before=("None", "null"), after=("None", "null")),
        _row("SESSION_TYPE", about="engine", says=f"{_OUT}: sessions are kept somewhere else"),
        _row("SESSION_KEY_PREFIX", default=Known("session:"), says=f"{_OUT}: sessions are looked for under other keys"),
        _row("SESSION_REDIS", says=f"{_OUT}: sessions are looked for in another place"),
        _row(
            "SESSION_USE_SIGNER",
            cause="keys",
            about="signature",
            default=Known(False),
            says=f"{_OUT}: cookies without a signature, or with one, are not understood",
        ),
        _row("SESSION_SERIALIZATION_FORMAT", effect="none", default=Known("msgpack"), says="both formats are read"),
        _row("SESSION_PERMANENT", effect="none", default=Known(True)),
        _row("SESSION_ID_LENGTH", effect="none", default=Known(32)),
    ),
)
