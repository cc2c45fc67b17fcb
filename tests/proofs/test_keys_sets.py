"""Sets of keys against the real joserfc and Authlib: who finds a key for a token that names none, and which key signs."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.loading import load_module

JOSERFC = """
from joserfc.jwk import OctKey

FIRST, SECOND = (OctKey.import_key(each * 32, {"kid": each}) for each in "ab")
"""
AUTHLIB = """
from authlib.jose import JsonWebKey

FIRST, SECOND = (JsonWebKey.import_key(each * 32, {"kty": "oct"}) for each in "ab")
"""


def tokens(folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    need("joserfc", "authlib")
    keys = AUTHLIB if "authlib" in texts["shop/tokens.py"] else JOSERFC
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_module(monkeypatch, folder, texts, "shop/tokens.py", {"shop/keys.py": keys})


@pytest.mark.parametrize(("kind", "title", "stays"), [("Bad", "a second key", False), ("Bad", "a new key in front", False), ("Good", "tokens that name", True)])
def test_a_token_of_before_meets_the_larger_set(kind: str, title: str, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = example("key-set-grown-without-kid", kind, title)
    before = tokens(tmp_path / "base", given.base, monkeypatch)
    token = before.sign({"sub": "ada"})
    assert before.verify(token)["sub"] == "ada"
    after = tokens(tmp_path / "head", given.head, monkeypatch)
    if stays:
        assert after.verify(token)["sub"] == "ada"
    else:
        with pytest.raises(Exception, match=r"No key for kid|bad_signature"):
            after.verify(token)
        again = tokens(tmp_path / "again", given.base, monkeypatch)
        assert again.verify(token)["sub"] == "ada", "going back heals it"


@pytest.mark.parametrize(("kind", "signers"), [("Bad", 2), ("Good", 1)])
def test_which_key_signs(kind: str, signers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tokens(tmp_path, example("any-key-of-set-signs", kind).head, monkeypatch)
    from joserfc import jws

    def signer(token: str) -> Any:
        return jws.extract_compact(token.encode()).headers()["kid"]

    # Forty tokens of a fair draw are all signed by the same key once in 5e11 runs.
    assert len({signer(module.sign({"sub": "ada"})) for _ in range(40)}) == signers
