"""Django REST framework 3.18: which of its authentications are in use decides who is recognised. The rows of `authtoken_token` are the sessions."""

from __future__ import annotations

from safelint.frameworks import Framework, Row
from safelint.values import Known, Listing

_DEFAULT = Listing((Known("rest_framework.authentication.SessionAuthentication"), Known("rest_framework.authentication.BasicAuthentication")))

FRAMEWORK = Framework(
    name="Django REST framework",
    distributions=("djangorestframework",),
    packages=("rest_framework",),
    extends="Django",
    forms=("module", "class"),
    marks=("REST_FRAMEWORK", "REST_FRAMEWORK.*"),
    rows=(
        Row(setting="REST_FRAMEWORK.DEFAULT_AUTHENTICATION_CLASSES", cause="keys", effect="out", about="users", kind="removed", impact="some-users",
            default=_DEFAULT,
            says="whoever is recognised by an authentication that is gone is logged out, on every view that names none itself"),
        Row(setting="REST_FRAMEWORK.DEFAULT_AUTHENTICATION_CLASSES", cause="keys", effect="none", default=_DEFAULT),
    ),
)  # fmt: skip
