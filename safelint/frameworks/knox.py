"""django-rest-knox, measured on 4.2, 5.0 and 5.1: tokens in a table, found by how they begin."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

FRAMEWORK = Framework(
    name="django-rest-knox",
    distributions=("django-rest-knox",),
    packages=("knox",),
    extends="Django",
    forms=("module", "class"),
    marks=("REST_KNOX", "REST_KNOX.*"),
    rows=(),
    upgrades=tuple(
        Upgrade(to="5.0", back=back, effect="out", severity="error",
                says=f"tokens are looked up by their first {now} letters, and the table has {was} of those that exist: every user is logged out")
        for back, was, now in ((False, 8, 15), (True, 15, 8))
    ),
)  # fmt: skip
