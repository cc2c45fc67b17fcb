"""Upgrades after which a right password is refused, or a new token not given out: the sessions that exist stay, and nobody else gets in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.versions import installed, requirement, run, write

PASSWORDS = """
import importlib
passwords = importlib.import_module("shop.passwords")
if len(sys.argv) == 1:
    print(passwords.stored("engine"))
else:
    try:
        print(passwords.is_right("engine", sys.argv[1]))
    except ValueError:
        print("error")
"""


@pytest.mark.parametrize(
    ("kind", "title", "answer"),
    [
        ("Bad", "password hashes", "error"),
        ("Good", "password hashes", "True"),
        ("Bad", "back to a Werkzeug", "error"),
        ("Bad", "a bcrypt that passlib", "error"),
        ("Good", "bcrypt by itself", "True"),
    ],
)
def test_a_password_that_was_stored_before(kind: str, title: str, answer: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    beside = ("passlib==1.7.4",) if "bcrypt" in title else ("markupsafe",)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files), *beside) for at, files in enumerate((given.base, given.head)))
    base, head = write(tmp_path / "base", given.base), write(tmp_path / "head", given.head)
    hashed = run(PASSWORDS, versions=before, cwd=base)
    assert run(PASSWORDS, hashed, versions=before, cwd=base) == "True"
    assert run(PASSWORDS, hashed, versions=after, cwd=head) == answer
    assert run(PASSWORDS, hashed, versions=before, cwd=base) == "True", "going back heals it"


TOKEN = """
import importlib
tokens = importlib.import_module("shop.tokens")
try:
    print(len(tokens.token_of("ada", "k" * 40).split(".")))
except AttributeError:
    print("error")
"""


@pytest.mark.parametrize(("kind", "title", "answer"), [("Bad", "new tokens of PyJWT", "error"), ("Good", "whatever PyJWT gives out", "3")])
def test_a_token_that_is_given_out_now(kind: str, title: str, answer: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    assert run(TOKEN, versions=before, cwd=site) == "3"
    assert run(TOKEN, versions=after, cwd=site) == answer
