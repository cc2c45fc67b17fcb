"""django-allauth 65: Django's contract, and a few settings of its own."""

from __future__ import annotations

from safelint.frameworks import Framework, Row
from safelint.values import Known

FRAMEWORK = Framework(
    name="django-allauth",
    distributions=("django-allauth",),
    packages=("allauth",),
    extends="Django",
    forms=("module", "class"),
    marks=("ACCOUNT_*", "SOCIALACCOUNT_*"),
    rows=(
        Row(setting="ACCOUNT_SESSION_REMEMBER", cause="cookies", effect="none", says="it holds for logins to come"),
        Row(setting="ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE", cause="cookies", effect="none", default=Known(False)),
    ),
)
