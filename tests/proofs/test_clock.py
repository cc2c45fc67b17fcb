"""The clock rules against the real PyJWT, python-jose, Authlib and joserfc: a token that expired half a minute ago."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES
from tests.proofs.conftest import need
from tests.proofs.loading import load_module

KEY = "a key for proofs only, of more than thirty-two bytes"
BESIDE = {
    "shop/config.py": f"SECRET_KEY = {KEY!r}\n",
    "shop/errors.py": "class Unauthorized(Exception):\n    pass\n",
    "shop/sessions.py": "def renew(payload):\n    return payload\n",
}
Verify = Callable[[str], Any]


def examples(rule: str, kind: str) -> list[Any]:
    return [pytest.param(each, id=each.title) for one in RULES if one.name == rule for each in one.examples if each.kind == kind]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    need("jwt", "jose", "authlib", "joserfc")
    counter = iter(range(100))

    def module(example: Example, side: str = "head") -> Any:
        folder = tmp_path / str(next(counter))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return load_module(monkeypatch, folder, example.head if side == "head" else example.base, "shop/tokens.py", BESIDE)

    return module


def token(expires_in: float, **claims: object) -> str:
    import jwt

    return jwt.encode({"sub": "1", "exp": int(time.time() + expires_in), **claims}, KEY, algorithm="HS256")


def accepts(verify: Verify, presented: str) -> bool:
    try:
        return verify(presented) is not None
    except Exception:  # noqa: BLE001 - whatever it is, the user is not let in
        return False


@pytest.mark.parametrize("example", examples("token-without-leeway", "Bad"))
def test_without_leeway_a_clock_half_a_minute_off_logs_out(example: Example, load: Callable[..., Any]) -> None:
    verify = load(example).verify
    assert accepts(verify, token(+60))
    assert not accepts(verify, token(-30))


@pytest.mark.parametrize("example", [each for each in examples("token-without-leeway", "Good") if "with a minute" in str(each.id)])
def test_with_leeway_it_does_not(example: Example, load: Callable[..., Any]) -> None:
    verify = load(example).verify
    assert accepts(verify, token(-30))
    assert not accepts(verify, token(-90)), "a leeway is no licence"


@pytest.mark.parametrize("example", examples("leeway-ignored", "Bad"))
def test_a_misplaced_leeway_is_ignored(example: Example, load: Callable[..., Any]) -> None:
    verify = load(example).verify
    assert accepts(verify, token(+60))
    assert not accepts(verify, token(-30))


@pytest.mark.parametrize("example", examples("leeway-ignored", "Good"))
def test_a_leeway_in_its_place_is_not(example: Example, load: Callable[..., Any]) -> None:
    assert accepts(load(example).verify, token(-30))


@pytest.mark.parametrize("example", examples("leeway-fails-every-token", "Bad"))
def test_some_places_fail_every_token(example: Example, load: Callable[..., Any]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        load(example).verify(token(+3600))


@pytest.mark.parametrize("example", examples("leeway-fails-every-token", "Good"))
def test_the_right_place_fails_none(example: Example, load: Callable[..., Any]) -> None:
    verify = load(example).verify
    assert accepts(verify, token(+3600))
    assert accepts(verify, token(-30))


@pytest.mark.parametrize("example", [each for each in examples("leeway-shortened", "Bad") if "simplejwt" not in str(each.id)])
def test_a_shorter_leeway_logs_out_and_a_rollback_heals(example: Example, load: Callable[..., Any]) -> None:
    presented = token(-30)
    assert accepts(load(example, "base").verify, presented)
    assert not accepts(load(example, "head").verify, presented)
    assert accepts(load(example, "base").verify, presented)


@pytest.mark.parametrize("example", examples("leeway-shortened", "Good"))
def test_the_same_leeway_in_other_words_keeps_users(example: Example, load: Callable[..., Any]) -> None:
    presented = token(-20)
    assert accepts(load(example, "head").verify, presented) >= accepts(load(example, "base").verify, presented)


@pytest.mark.parametrize("example", examples("leeway-cancelled-by-hand", "Bad"))
def test_a_check_by_hand_cancels_the_leeway(example: Example, load: Callable[..., Any]) -> None:
    assert not accepts(load(example).verify, token(-30))


@pytest.mark.parametrize("example", examples("leeway-cancelled-by-hand", "Good"))
def test_without_it_the_leeway_works(example: Example, load: Callable[..., Any]) -> None:
    assert accepts(load(example).verify, token(-30))


@pytest.mark.parametrize("example", examples("expiry-checked-by-hand", "Bad"))
def test_a_check_by_hand_never_decides(example: Example, load: Callable[..., Any]) -> None:
    import jose.exceptions
    import jwt

    # The library's own error, and not what the line below it would do.
    with pytest.raises((jwt.ExpiredSignatureError, jose.exceptions.ExpiredSignatureError)):
        load(example).verify(token(-30))


@pytest.mark.parametrize("example", examples("expired-token-escapes", "Bad"))
def test_an_expired_token_escapes_a_narrow_handler(example: Example, load: Callable[..., Any]) -> None:
    module = load(example)
    with pytest.raises(Exception, match="expired") as raised:
        module.verify(token(-90))
    assert type(raised.value).__name__ != "Unauthorized"


@pytest.mark.parametrize("example", [each for each in examples("expired-token-escapes", "Good") if "calls it" not in str(each.id)])
def test_a_wide_handler_answers(example: Example, load: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match=r"Log in again|Invalid token") as raised:
        load(example).verify(token(-90))
    assert type(raised.value).__name__ == "Unauthorized"


@pytest.fixture
def los_angeles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def auckland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def issued_is_valid(module: Any) -> bool:
    import jwt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        issued = module.issue("1")
    try:
        jwt.decode(issued, KEY, algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        return False
    return True


@pytest.mark.parametrize("example", examples("naive-time-in-token", "Bad"))
def test_a_time_without_a_zone_is_dead_on_arrival(example: Example, load: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    # Local time is too early west of Greenwich, UTC that is taken for local time east of it.
    request.getfixturevalue("los_angeles" if example.title.startswith("local") else "auckland")
    assert not issued_is_valid(load(example))


@pytest.mark.parametrize("example", examples("naive-time-in-token", "Good"))
@pytest.mark.parametrize("zone", ["los_angeles", "auckland"])
def test_the_good_times_are_right_everywhere(example: Example, zone: str, load: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(zone)
    assert issued_is_valid(load(example))
