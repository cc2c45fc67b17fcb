"""Authlib, measured on 0.15 to 1.9. Its arguments are judged where tokens are verified; here is what its versions change."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

FRAMEWORK = Framework(
    name="Authlib",
    distributions=("authlib",),
    packages=("authlib",),
    rows=(),
    upgrades=(
        Upgrade(to="1.3", needs="no-leeway", effect="out", impact="some-users",
                says="a token whose `iat` lies ahead is refused: whoever gets one of a server whose clock is ahead is logged out at once (give a leeway)"),
    ),
)  # fmt: skip
