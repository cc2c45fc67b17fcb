"""Migrations of a Django app that two others come after, or none: when `manage.py migrate` refuses to choose."""

from __future__ import annotations

import pytest

from tests.judging import judge


def migration(*after: str, more: str = "") -> str:
    listed = ", ".join(f'("{each.split(".")[0]}", "{each.split(".")[1]}")' for each in after)
    return f"from django.db import migrations\n\nclass Migration(migrations.Migration):\n    dependencies = [{listed}]\n{more}    operations = []\n"


def path(name: str, app: str = "shop") -> str:
    return f"{app}/migrations/{name}.py"


BASE = {path("0001_a"): migration(), path("0002_b"): migration("shop.0001_a"), path("0001_a", "users"): migration("shop.0002_b")}
REPLACES = '    replaces = [("shop", "0001_a"), ("shop", "0002_b")]\n'
LABELLED = {path("0001_a"): migration(), path("0002_b"): migration("store.0001_a")}


@pytest.mark.parametrize(
    ("base", "new", "splits"),
    [
        (BASE, {path("0002_c"): migration("shop.0001_a")}, True),
        (BASE, {path("0003_c"): migration("shop.0002_b")}, False),
        (BASE, {path("0002_c"): migration("shop.0001_a"), path("0003_m"): migration("shop.0002_b", "shop.0002_c")}, False),
        (BASE, {path("0002_b", "users"): migration("shop.0001_a", "users.0001_a")}, False),
        (BASE, {path("0002_c"): migration("users.0001_a")}, True),
        (BASE, {path("0001_squashed"): migration(more=REPLACES)}, False),
        (BASE, {path("0001_squashed"): migration(more=REPLACES), path("0003_c"): migration("shop.0002_b")}, False),
        (BASE, {path("0001_squashed"): migration(more=REPLACES), path("0003_c"): migration("shop.0001_squashed")}, False),
        (LABELLED, {path("0002_c"): migration("store.0001_a")}, True),
        (LABELLED, {path("0003_c"): migration("store.0002_b")}, False),
        (BASE, {path("0002_c"): migration("shop.0001_a").replace("= [(", "= BEFORE + [(")}, False),
        # Whoever lives with two has an answer to it.
        ({**BASE, path("0002_c"): migration("shop.0001_a")}, {path("0002_d"): migration("shop.0001_a")}, False),
        ({}, {path("0001_a"): migration(), path("0002_c"): migration("shop.0001_a"), path("0002_d"): migration("shop.0001_a")}, False),
    ],
)
def test_two_leaves(base: dict[str, str], new: dict[str, str], splits: bool) -> None:
    found = [finding for finding in judge(base, {**base, **new}).findings if finding.rule == "migration-heads-split"]
    assert bool(found) == splits
    assert all(finding.place.path in new and finding.message.startswith("`manage.py migrate` stops here") for finding in found)
