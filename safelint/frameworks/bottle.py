"""Bottle, measured on 0.12 and 0.13: cookies that it signs, which is where its applications keep a login."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row, Upgrade

FRAMEWORK = Framework(
    name="Bottle",
    distributions=("bottle",),
    packages=("bottle",),
    forms=("argument",),
    components=(Component(name="get_cookie", methods=("get_cookie",), package="bottle", positional=("key", "default", "secret", "digestmod")),),
    rows=(
        Row(setting="get_cookie.secret", cause="keys", effect="out", role="key", default=None, says="every signed cookie is refused: every user is logged out"),
        Row(setting="get_cookie.digestmod", cause="keys", effect="out", about="signature", default=None,
            says="every signed cookie is refused: every user is logged out"),
    ),
    upgrades=tuple(
        Upgrade(to="0.13", back=back, where=(("get_cookie.secret", "!None"),), unless=(("get_cookie.digestmod", "*"),), effect="out", severity="error",
                says=f"signed cookies are checked by {now}, and those that exist were signed by {was}: every user is logged out{way}")
        for back, was, now, way in ((False, "MD5", "SHA-256", " (write digestmod=hashlib.md5 until they have ended)"), (True, "SHA-256", "MD5", ""))
    ),
)  # fmt: skip
