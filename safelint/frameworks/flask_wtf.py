"""Flask-WTF 1.3: CSRF tokens are signed by SECRET_KEY unless they have a key of their own, and know no fallbacks."""

from __future__ import annotations

from safelint.frameworks import Framework, Row

FRAMEWORK = Framework(
    name="Flask-WTF",
    distributions=("flask-wtf",),
    packages=("flask_wtf",),
    extends="Flask",
    forms=("config", "class", "mapping", "module"),
    marks=("WTF_*",),
    rows=(
        Row(
            setting="WTF_CSRF_SECRET_KEY",
            cause="keys",
            effect="forms-fail",
            role="key",
            default_from="SECRET_KEY",
            default=None,
            impact="some-users",
            says="every form that is open is refused with 400, the login form too; SECRET_KEY_FALLBACKS does not help",
        ),
    ),
)
