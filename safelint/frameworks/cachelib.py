"""cachelib, measured from 0.6 to 0.17: its cache in files, in which Flask-Session keeps sessions. Its other caches were the same in all of them."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Upgrade

_FILES = (("SESSION_TYPE", "filesystem"), ("SESSION_CACHELIB", "*FileSystemCache()"))

FRAMEWORK = Framework(
    name="cachelib",
    distributions=("cachelib",),
    packages=("cachelib",),
    forms=("argument",),
    components=(Component(name="FileSystemCache", qualified=("cachelib.FileSystemCache", "cachelib.file.FileSystemCache")),),
    rows=(),
    upgrades=tuple(
        Upgrade(to=version, back=back, where=_FILES, effect="out", severity="error",
                says="sessions that are kept in files are written in another form, and those that exist are not read: every user is logged out")
        for version in ("0.7", "0.16")
        for back in (False, True)
    ),
)  # fmt: skip
