"""joserfc, measured on 0.12 to 1.8."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

FRAMEWORK = Framework(
    name="joserfc",
    distributions=("joserfc",),
    packages=("joserfc",),
    rows=(),
    upgrades=(
        Upgrade(to="1.8", needs="integer-subject-checked", effect="out", severity="error",
                says="a token whose `sub` is a number is refused where its claims are checked: every user is logged out, and new tokens are refused too"),
    ),
)  # fmt: skip
