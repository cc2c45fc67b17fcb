"""dj-rest-auth, measured on 2.2, 3.0 and 5.0: where it looks for the names of its cookies."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

_NAME = "the name of the login cookie is looked for in"

FRAMEWORK = Framework(
    name="dj-rest-auth",
    distributions=("dj-rest-auth",),
    packages=("dj_rest_auth",),
    extends="Django",
    forms=("module", "class"),
    marks=("REST_AUTH", "REST_AUTH.*", "JWT_AUTH_COOKIE", "REST_USE_JWT"),
    rows=(),
    upgrades=(
        Upgrade(to="3.0", where=(("JWT_AUTH_COOKIE", "!None"),), unless=(("REST_AUTH.JWT_AUTH_COOKIE", "!None"),), effect="out", severity="error",
                says=f"{_NAME} the dictionary REST_AUTH, and JWT_AUTH_COOKIE is ignored: every user is logged out"),
        Upgrade(to="3.0", back=True, where=(("REST_AUTH.JWT_AUTH_COOKIE", "!None"),), unless=(("JWT_AUTH_COOKIE", "!None"),), effect="out", severity="error",
                says=f"{_NAME} JWT_AUTH_COOKIE, and REST_AUTH is ignored: every user is logged out"),
    ),
)  # fmt: skip
