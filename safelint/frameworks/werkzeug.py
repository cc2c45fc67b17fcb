"""Werkzeug, measured on 2.2, 2.3, 3.0 and 3.1: which hashes of passwords it can check. Sessions do not depend on it."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Upgrade

# Werkzeug 3 knows only pbkdf2 and scrypt. (The name of the function itself would seal its arguments as secrets.)
_BARE = tuple(("werkzeug_hash.method", each) for each in ("plain", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"))

FRAMEWORK = Framework(
    name="Werkzeug",
    distributions=("werkzeug",),
    packages=("werkzeug",),
    forms=("argument",),
    components=(
        Component(
            name="werkzeug_hash", qualified=("werkzeug.security.generate_password_hash",), positional=("password", "method", "salt_length")
        ),
    ),
    rows=(),
    upgrades=(
        Upgrade(to="3.0", where=_BARE, effect="no-new-logins", impact="new-logins", severity="error",
                says="password hashes of the methods plain, md5, sha1 and sha256 to sha512 are an error: whoever has such a password can not log in"),
        Upgrade(to="2.3", back=True, where=(("werkzeug_hash.method", "scrypt*"),), effect="no-new-logins", impact="some-users", severity="error",
                says="password hashes of the method scrypt are an error: whoever has such a password can not log in"),
        Upgrade(to="2.3", lowest="3.0", back=True, without="werkzeug_hash.method", effect="no-new-logins", impact="some-users",
                says="whoever got a password under version 3 has a scrypt hash, which versions before 2.3 can not check, and can not log in"),
    ),
)  # fmt: skip
