"""dj-rest-auth, measured on 2.2, 3.0 and 5.0: the cookies that its tokens are in, and where it looks for their names."""

from __future__ import annotations

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known

_NAME = "the name of the login cookie is looked for in"

FRAMEWORK = Framework(
    name="dj-rest-auth",
    distributions=("dj-rest-auth",),
    packages=("dj_rest_auth",),
    extends="Django",
    forms=("module", "class"),
    marks=("REST_AUTH", "REST_AUTH.*", "JWT_AUTH_COOKIE", "REST_USE_JWT"),
    rows=(
        *(
            Row(setting=f"{prefix}JWT_AUTH_COOKIE", cause="cookies", effect="out", says="every user is logged out: browsers still send the old name")
            for prefix in ("", "REST_AUTH.")
        ),
        Row(setting="REST_AUTH.JWT_AUTH_COOKIE_DOMAIN", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal",
            says="browsers keep the old cookie beside the new one"),
        Row(setting="REST_AUTH.JWT_AUTH_SECURE", cause="cookies", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
            says="over http browsers refuse the cookie: nobody can log in there"),
        Row(setting="REST_AUTH.JWT_AUTH_SECURE", cause="cookies", effect="none", default=Known(False)),
        Row(setting="REST_AUTH.JWT_AUTH_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Nn]one",), default=Known("Lax"), impact="new-logins",
            when=(("REST_AUTH.JWT_AUTH_SECURE", "!True"),), says="browsers refuse SameSite=None without Secure: nobody can log in"),
        Row(setting="REST_AUTH.JWT_AUTH_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Ss]trict",), default=Known("Lax"), impact="some-users",
            says="the way back from an identity provider arrives without the login: such logins fail"),
        Row(setting="REST_AUTH.JWT_AUTH_SAMESITE", cause="cookies", effect="none", default=Known("Lax")),
    ),
    upgrades=(
        Upgrade(to="3.0", where=(("JWT_AUTH_COOKIE", "!None"),), unless=(("REST_AUTH.JWT_AUTH_COOKIE", "!None"),), effect="out", severity="error",
                says=f"{_NAME} the dictionary REST_AUTH, and JWT_AUTH_COOKIE is ignored: every user is logged out"),
        Upgrade(to="3.0", back=True, where=(("REST_AUTH.JWT_AUTH_COOKIE", "!None"),), unless=(("JWT_AUTH_COOKIE", "!None"),), effect="out", severity="error",
                says=f"{_NAME} JWT_AUTH_COOKIE, and REST_AUTH is ignored: every user is logged out"),
    ),
)  # fmt: skip
