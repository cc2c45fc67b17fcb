"""CKAN from 2.11 on, whose ini file holds the settings of Flask, with defaults of CKAN's own. Until 2.10 the session was Beaker's."""

from __future__ import annotations

from safelint.frameworks import Framework, flask, flask_login, flask_session, flask_wtf
from safelint.records import replace
from safelint.values import Known

_DEFAULTS = {
    "SESSION_TYPE": Known("cookie"),
    "SESSION_COOKIE_NAME": Known("ckan"),
    "SESSION_COOKIE_SAMESITE": Known("Lax"),
    "PERMANENT_SESSION_LIFETIME": Known(31536000.0),
}
_OF_FLASK = (flask.FRAMEWORK, flask_session.FRAMEWORK, flask_login.FRAMEWORK, flask_wtf.FRAMEWORK)

FRAMEWORK = Framework(
    name="CKAN",
    distributions=(),
    packages=("ckan",),
    forms=("file",),
    marks=("ckan.site_url", "ckan.site_id"),
    rows=tuple(
        replace(row, default=_DEFAULTS.get(row.setting, row.default), when=(*row.when, ("beaker.session.key", "None")), since="", until="", grace_since="")
        for framework in _OF_FLASK
        for row in framework.rows
        if row.setting.isupper() and not row.until and row.default_from != "SECRET_KEY"
    ),
)
