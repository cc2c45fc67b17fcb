"""What a check of tokens that is switched off lets in, and whom its return logs out: on the real PyJWT."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.judging import example
from tests.proofs.conftest import need

KEY = "the key of a shop that is long enough"


@pytest.mark.parametrize(
    ("title", "key", "lifetime"), [("the signature is not", "another key that is just as long as it", 600), ("old tokens are taken", KEY, -600)]
)
def test_who_gets_in_meanwhile_is_logged_out_afterwards(title: str, key: str, lifetime: int) -> None:
    need("jwt")
    import jwt

    given = example("token-verification-switched-off", "Bad", title)
    token = jwt.encode({"sub": "ada", "exp": time.time() + lifetime}, key, algorithm="HS256")
    assert verify_of(given.head)(token)["sub"] == "ada"
    with pytest.raises(jwt.InvalidTokenError):
        verify_of(given.base)(token)


def verify_of(files: dict[str, str]) -> Any:
    """The function of an example, with the shop's key in the place of its configuration."""
    names: dict[str, Any] = {"SECRET_KEY": KEY}
    exec(files["shop/tokens.py"].replace("from shop.config import SECRET_KEY", ""), names)
    return names["verify"]
