"""bcrypt, measured on 4.3 and 5.0 below passlib 1.7.4, which was written for older ones."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Upgrade

FRAMEWORK = Framework(
    name="bcrypt",
    distributions=("bcrypt",),
    packages=("bcrypt",),
    forms=("argument",),
    components=(
        Component(name="CryptContext", qualified=("passlib.context.CryptContext",), positional=("schemes",)),
        Component(
            name="passlib_bcrypt",
            qualified=tuple(f"passlib.hash.{kind}.{call}" for kind in ("bcrypt", "bcrypt_sha256") for call in ("hash", "verify", "using")),
        ),
    ),
    rows=(),
    upgrades=(
        Upgrade(to="5.0", where=(("CryptContext.schemes", "*bcrypt*"), ("passlib_bcrypt", "*")), effect="no-new-logins", impact="new-logins",
                severity="error", says="passlib tests it with a password of 200 letters, which is an error now: no password can be checked, nobody can log in"),
    ),
)  # fmt: skip
