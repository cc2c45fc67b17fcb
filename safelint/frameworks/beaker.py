"""Beaker, measured from 1.10 to 1.14: its sessions in files. Those in cookies were the same in all of them."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

FRAMEWORK = Framework(
    name="Beaker",
    distributions=("beaker",),
    packages=("beaker",),
    forms=("file",),
    rows=(),
    upgrades=tuple(
        Upgrade(to="1.12", back=back, where=(("*session.type", "file"),), effect="out", severity="error",
                says="the files of sessions are looked for under other names: every user is logged out")
        for back in (False, True)
    ),
)  # fmt: skip
