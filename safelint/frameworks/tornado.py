"""Tornado, measured on 6.6: signed cookies. `cookie_secret` may be a dictionary of versions, and `key_version` says which one signs.

A cookie that one plain key signed has the version 0: a dictionary reads it only by a key of that number.
"""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row
from safelint.values import Known

FRAMEWORK = Framework(
    name="Tornado",
    distributions=("tornado",),
    packages=("tornado",),
    forms=("argument",),
    components=(
        Component(name="TornadoApplication", qualified=("tornado.web.Application",), positional=("handlers", "default_host", "transforms")),
        Component(name="get_signed_cookie", methods=("get_signed_cookie", "get_secure_cookie"), package="tornado", positional=("name", "value")),
    ),
    rows=(
        Row(setting="TornadoApplication.cookie_secret", cause="keys", effect="out", role="key", grace="versions", default=None,
            says="every signed cookie is refused: every user is logged out"),
        Row(setting="get_signed_cookie.max_age_days", cause="cookies", effect="older-out", kind="shorter", impact="some-users", default=Known(31),
            says="everybody whose cookie is older than the new age is logged out at once"),
        Row(setting="get_signed_cookie.max_age_days", cause="cookies", effect="none", default=Known(31)),
        Row(setting="get_signed_cookie.min_version", cause="keys", effect="out", about="signature", kind="longer", default=Known(1),
            says="cookies that an older version of the format signed are refused: every user is logged out"),
        Row(setting="get_signed_cookie.min_version", cause="keys", effect="none", default=Known(1)),
    ),
)  # fmt: skip
