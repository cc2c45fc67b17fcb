"""A key that comes from somewhere else, on a real Django: everybody is out unless it is the same to the last byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.sites import DjangoSite
from tests.proofs.test_keys import FIRST, SECOND


@pytest.mark.parametrize(
    ("title", "variables"),
    [
        ("another variable", {"SECRET_KEY": FIRST, "DJANGO_SECRET_KEY": SECOND}),
        ("out of the code", {"SECRET_KEY": SECOND}),
        ("stripped", {"SECRET_KEY": FIRST + "\n"}),
        ("derived", {"MASTER_KEY": FIRST}),
    ],
)
def test_another_key_by_another_way(title: str, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("django")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shop = DjangoSite(example("key-source-moved", "Bad", title), tmp_path)
    held = shop.login("base")
    assert shop.visit("base", held).known
    assert not shop.visit("head", held).known
    assert shop.visit("base", held).known


@pytest.mark.parametrize(
    ("title", "variables"),
    [
        ("another variable", {"SECRET_KEY": FIRST, "DJANGO_SECRET_KEY": FIRST}),
        ("out of the code", {"SECRET_KEY": FIRST}),
        ("stripped", {"SECRET_KEY": FIRST}),
    ],
)
def test_the_same_key_by_another_way(title: str, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("django")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shop = DjangoSite(example("key-source-moved", "Bad", title), tmp_path)
    assert shop.visit("head", shop.login("base")).known
