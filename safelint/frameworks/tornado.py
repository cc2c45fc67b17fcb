"""Tornado: signed cookies. `cookie_secret` may be a dictionary of versions, and `key_version` says which one signs."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row

FRAMEWORK = Framework(
    name="Tornado",
    distributions=("tornado",),
    packages=("tornado",),
    forms=("argument",),
    components=(Component(name="TornadoApplication", qualified=("tornado.web.Application",), positional=("handlers", "default_host", "transforms")),),
    rows=(
        Row(
            setting="TornadoApplication.cookie_secret",
            cause="keys",
            effect="out",
            role="key",
            default=None,
            says="every signed cookie is refused: every user is logged out",
        ),
    ),
)
