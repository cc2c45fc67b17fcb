"""Django REST framework 3.18: which of its authentications are in use decides who is recognised. The rows of `authtoken_token` are the sessions."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row
from safelint.values import Known, Listing

_DEFAULT = Listing((Known("rest_framework.authentication.SessionAuthentication"), Known("rest_framework.authentication.BasicAuthentication")))

FRAMEWORK = Framework(
    name="Django REST framework",
    distributions=("djangorestframework",),
    packages=("rest_framework",),
    extends="Django",
    forms=("module", "class"),
    components=(Component(name="TokenAuthentication", bases=("rest_framework.authentication.TokenAuthentication",)),),
    marks=("REST_FRAMEWORK", "REST_FRAMEWORK.*"),
    rows=(
        Row(setting="REST_FRAMEWORK.DEFAULT_AUTHENTICATION_CLASSES", cause="keys", effect="out", about="users", kind="removed", impact="some-users",
            default=_DEFAULT,
            says="whoever is recognised by an authentication that is gone is logged out, on every view that names none itself"),
        Row(setting="REST_FRAMEWORK.DEFAULT_AUTHENTICATION_CLASSES", cause="keys", effect="none", default=_DEFAULT),
        Row(setting="TokenAuthentication.keyword", cause="keys", effect="out", about="signature", default=Known("Token"),
            says="every user is logged out: clients still send the old word before their token"),
        Row(setting="TokenAuthentication.model", cause="keys", effect="out", about="users", default=Known(None),
            says="every user is logged out: tokens are looked up in another table"),
    ),
)  # fmt: skip
