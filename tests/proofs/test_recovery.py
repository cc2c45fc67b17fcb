"""The way back, taken on an application that has served a request."""

from __future__ import annotations

import pytest

from tests.judging import example
from tests.proofs.conftest import need


def recovered(kind: str, title: str) -> int:
    (code,) = example("route-added-while-serving", kind, title).head.values()
    names: dict[str, object] = {"__name__": "recovery"}
    exec(compile(code, "recovery.py", "exec"), names)
    app = names["app"]
    client = app.test_client()  # type: ignore[attr-defined]
    client.get("/")
    names["recover_from_mass_logout"]()  # type: ignore[operator]
    return int(client.post("/login/again").status_code)


def test_bad_fails_in_the_incident() -> None:
    need("flask")
    with pytest.raises(AssertionError, match="can no longer be called"):
        recovered("Bad", "")


def test_good_lets_people_back_in() -> None:
    need("flask")
    assert recovered("Good", "the route is there") == 200
