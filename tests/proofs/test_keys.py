"""Keys against the real Django, Flask, Starlette, simplejwt, PyJWT and itsdangerous: log in before the change, visit after it, go back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, judge
from tests.proofs.conftest import need
from tests.proofs.loading import load_module
from tests.proofs.sites import DjangoSite, FlaskSite, Site, StarletteSite

RULE = "key-replaced-without-grace"


def examples(rule: str, kind: str, *words: str) -> Iterator[Any]:
    for one in RULES:
        for each in one.examples:
            if one.name == rule and each.kind == kind and (not words or any(word in each.title for word in words)):
                yield pytest.param(each, id=each.title)


def site(example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    if "shop/settings.py" in example.head:
        need("django", "rest_framework_simplejwt")
        return DjangoSite(example, folder)
    if "starlette" in example.head["shop/app.py"]:
        need("starlette", "httpx")
        return StarletteSite(example, folder, monkeypatch)
    need("flask")
    return FlaskSite(example, folder, monkeypatch)


BAD = [*examples(RULE, "Bad", "Django", "simplejwt", "SessionMiddleware"), *[each for each in examples(RULE, "Bad", "Flask") if each.id == "Flask"]]


@pytest.mark.parametrize("example", BAD)
def test_another_key_logs_everybody_out_and_going_back_does_what_the_finding_says(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = site(example, tmp_path, monkeypatch)
    held = shop.login("base")
    assert shop.visit("base", held).known
    out = shop.visit("head", held)
    assert not out.known
    (finding,) = judge(example.base, example.head, tuple(rule for rule in RULES if rule.name == RULE)).findings
    assert shop.visit("base", out.held).known == (finding.rollback == "heals")


@pytest.mark.parametrize("example", [*examples(RULE, "Good", "Django", "simplejwt", "Flask"), *examples("key-signs-before-accepted", "Bad", "Django")])
def test_with_a_grace_period_everybody_stays_in(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = site(example, tmp_path, monkeypatch)
    held = shop.login("base")
    assert shop.visit("head", held).known


@pytest.mark.parametrize(("kind", "stays"), [("Bad", False), ("Good", True)])
def test_who_meets_both_versions_stays_in_only_when_the_first_already_accepts_the_new_key(kind: str, stays: bool, tmp_path: Path) -> None:
    need("django")
    (example,) = [each.values[0] for each in examples("key-signs-before-accepted", kind, "Django")]
    shop = DjangoSite(example, tmp_path)
    seen_by_new = shop.visit("head", shop.login("base"))
    assert seen_by_new.known
    assert shop.visit("base", seen_by_new.held).known == stays


@pytest.mark.parametrize("example", [*examples(RULE, "Bad", "itsdangerous"), *examples(RULE, "Good", "itsdangerous")])
def test_links_signed_by_itsdangerous(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("itsdangerous")
    from itsdangerous import BadSignature

    signed = load_module(monkeypatch, tmp_path / "base", example.base, "shop/links.py").serializer.dumps("ada")
    serializer = load_module(monkeypatch, tmp_path / "head", example.head, "shop/links.py").serializer
    if example.kind == "Bad":
        with pytest.raises(BadSignature):
            serializer.loads(signed)
    else:
        assert serializer.loads(signed) == "ada"


@pytest.mark.parametrize("example", [*examples(RULE, "Bad", "constant", "same name"), *examples(RULE, "Good", "ring")])
def test_tokens_signed_before_the_change(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import jwt

    before = load_module(monkeypatch, tmp_path / "base", example.base, "shop/tokens.py")
    after = load_module(monkeypatch, tmp_path / "head", example.head, "shop/tokens.py")
    key = before.KEYS["v1"] if hasattr(before, "KEYS") else before.SECRET_KEY
    token = jwt.encode({"sub": "ada", "exp": time.time() + 60}, key, algorithm="HS256", headers={"kid": "v1"})
    verify = after.verify_token
    if example.kind == "Bad":
        with pytest.raises(jwt.InvalidSignatureError):
            verify(token)
        assert before.verify_token(token)["sub"] == "ada"
    else:
        assert verify(token)["sub"] == "ada"


@pytest.mark.parametrize(("kind", "accepted"), [("Bad", False), ("Good", True)])
def test_a_ring_during_the_deploy(kind: str, accepted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    (example,) = [each.values[0] for each in examples("key-signs-before-accepted", kind, "ring")]
    old = load_module(monkeypatch, tmp_path / "base", example.base, "shop/tokens.py")
    new = load_module(monkeypatch, tmp_path / "head", example.head, "shop/tokens.py")
    assert new.verify(old.sign({"sub": "ada"}))["sub"] == "ada"
    token = new.sign({"sub": "ada"})
    if accepted:
        assert old.verify(token)["sub"] == "ada"
    else:
        with pytest.raises(KeyError):
            old.verify(token)


FIRST = "the first key, fifty letters long or thereabouts, no less"
SECOND = "the second key, just as long as the first one ever was"


@pytest.mark.parametrize(
    "example",
    [
        *examples("old-key-not-accepted", "Bad", "line end", "SessionMiddleware"),
        *[each for each in examples("old-key-not-accepted", "Good") if each.id == "a list"],
    ],
)
def test_an_old_key_that_is_listed_and_not_accepted(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starlette = "starlette" in example.head["shop/app.py"]
    plain = (
        "from starlette.applications import Starlette\nfrom starlette.middleware.sessions import SessionMiddleware\n"
        f"app = Starlette()\napp.add_middleware(SessionMiddleware, secret_key={FIRST!r})\n"
        if starlette
        else f"from flask import Flask\napp = Flask(__name__)\napp.secret_key = {FIRST!r}\n"
    )
    shop = site(Example(example.rule, example.kind, example.title, {"shop/app.py": plain}, example.head), tmp_path, monkeypatch)
    assert shop.visit("head", shop.login("base")).known == (example.kind == "Good")


def test_none_among_the_fallbacks_of_django(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("django")
    monkeypatch.delenv("OLD_SECRET_KEY", raising=False)
    (example,) = [each.values[0] for each in examples("old-key-not-accepted", "Bad", "None")]
    before = {"shop/settings.py": f"SECRET_KEY = {FIRST!r}\n"}
    shop = DjangoSite(Example(example.rule, example.kind, example.title, before, example.head), tmp_path)
    held = shop.login("base")
    assert not shop.visit("head", held).known
    monkeypatch.setenv("OLD_SECRET_KEY", FIRST)
    assert shop.visit("head", held).known


@pytest.mark.parametrize("kind", ["Bad", "Good"])
def test_a_key_that_each_process_draws(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("flask")
    monkeypatch.setenv("SECRET_KEY", FIRST)
    (example,) = [each.values[0] for each in examples("key-random-per-process", kind, "Flask", "environment")]
    # The same text twice: two processes of one deploy.
    shop = FlaskSite(Example(example.rule, kind, example.title, example.head, example.head), tmp_path, monkeypatch)
    assert shop.visit("head", shop.login("base")).known == (kind == "Good")


@pytest.mark.parametrize("kind", ["Bad", "Good"])
def test_a_key_that_is_drawn_where_the_variable_is_missing(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (example,) = [each.values[0] for each in examples("key-random-where-unset", kind, "default", "must be")][:1]

    def key() -> Any:
        return load_module(monkeypatch, tmp_path, example.head, "shop/settings.py").SECRET_KEY

    if kind == "Bad":
        assert key() != key()
    else:
        with pytest.raises(KeyError):
            key()
    monkeypatch.setenv("SECRET_KEY", FIRST)
    assert key() == key() == FIRST


RING = f'RING = {{"v2": ({SECOND!r}, None)}}\n'
BESIDE = {"shop/keys.py": RING, "shop/errors.py": "class Unauthorized(Exception):\n    pass\n", "shop/config.py": f"SECRET_KEY = {FIRST!r}\n"}


@pytest.mark.parametrize("example", [*examples("kid-in-payload", "Bad"), *examples("kid-in-payload", "Good", "in the header")])
def test_where_the_name_of_the_key_ends_up(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import jwt

    claims: Any = {"sub": "7"}
    create = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py").create_token
    token = create("7" if "user_id" in create.__code__.co_varnames else claims)
    assert ("kid" in jwt.get_unverified_header(token)) == (example.kind == "Good")
    assert ("kid" in claims) == ("written into" in example.title)


@pytest.mark.parametrize("example", [*examples("kid-read-from-payload", "Bad"), *examples("kid-read-from-payload", "Good")])
def test_a_correct_token_of_the_new_key(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import jwt

    verify = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py").verify
    token = jwt.encode({"sub": "ada", "exp": time.time() + 60}, SECOND, algorithm="HS256", headers={"kid": "v2"})
    if example.kind == "Bad":
        with pytest.raises(jwt.InvalidSignatureError):
            verify(token)
    else:
        assert verify(token)["sub"] == "ada"


@pytest.mark.parametrize("example", [*examples("unknown-kid-crashes", "Bad"), *examples("unknown-kid-crashes", "Good", "looked at")])
def test_a_token_of_a_key_that_was_dropped(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import jwt

    (finding, *_) = [*judge(example.base, example.head).findings, None]
    left = {"shop/keys.py": RING + f"SECRETS = {{'v2': {SECOND!r}}}\nSET = {{'keys': [{{'kty': 'oct', 'kid': 'v2', 'k': 'c2Vjb25k'}}]}}\n"}
    verify = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py", {**BESIDE, **left}).verify
    token = jwt.encode({"sub": "ada"}, FIRST, algorithm="HS256", headers={"kid": "v1"})
    with pytest.raises(Exception, match="unknown key" if example.kind == "Good" else None) as raised:
        verify(token)
    assert example.kind == "Good" or (finding is not None and type(raised.value).__name__ in finding.message)


@pytest.mark.parametrize("example", [*examples("token-function-missing", "Bad"), *examples("token-function-missing", "Good", "encode")])
def test_the_first_login(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    create = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py", BESIDE).create_token
    if example.kind == "Bad":
        with pytest.raises(AttributeError):
            create({"sub": "ada"})
    else:
        assert create({"sub": "ada"})


@pytest.mark.parametrize("example", [*examples("old-key-dropped-at-once", "Bad"), *examples("old-key-dropped-at-once", "Good")])
def test_the_first_clean_up(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validator = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py").Validator()
    validator.cleanup_old_keys()
    assert ("v1" in validator.secrets) == (example.kind == "Good")


@pytest.mark.parametrize("example", [*examples("ring-clock-restarts", "Bad"), *examples("ring-clock-restarts", "Good")])
def test_two_processes_and_the_age_of_a_key(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def retired() -> Any:
        return load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py").Validator().secrets["v1"][1]

    assert (retired() != retired()) == (example.kind == "Bad")


@pytest.mark.parametrize("example", [*examples("grace-counted-from-creation", "Bad"), *examples("grace-counted-from-creation", "Good")])
def test_a_key_that_served_for_months_and_stopped_now(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    from datetime import UTC, datetime, timedelta
    from types import SimpleNamespace

    prune = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py").prune_keys
    now = datetime.now(UTC)
    key = SimpleNamespace(created_at=now - timedelta(days=90), retired_at=now)
    assert ("v1" in prune({"v1": key})) == (example.kind == "Good")


@pytest.mark.parametrize("example", [*examples("grace-too-short", "Bad"), *examples("grace-too-short", "Good")])
def test_a_refresh_token_brought_back_when_the_grace_is_over(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import jwt

    module = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py")
    retired = time.time()
    back = retired + module.REFRESH_TOKEN_LIFETIME.total_seconds() - 60
    token = jwt.encode({"sub": "ada", "exp": retired + module.REFRESH_TOKEN_LIFETIME.total_seconds()}, FIRST, algorithm="HS256")
    ring = [SECOND, FIRST] if back < retired + module.KEY_GRACE_PERIOD.total_seconds() else [SECOND]

    def accepted(key: str) -> bool:
        try:
            return bool(jwt.decode(token, key, algorithms=["HS256"]))
        except jwt.InvalidSignatureError:
            return False

    assert any(accepted(key) for key in ring) == (example.kind == "Good")


@pytest.mark.parametrize("example", [*examples("signing-key-short", "Bad"), *examples("signing-key-short", "Good", "long enough")])
def test_a_library_warns_of_a_key_that_can_be_guessed(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    import warnings

    import jwt

    module = load_module(monkeypatch, tmp_path, example.head, "shop/tokens.py")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        token = jwt.encode({"sub": "ada"}, module.SECRET_KEY, algorithm="HS256")
        assert module.verify(token)["sub"] == "ada"
    assert any("32 bytes" in str(each.message) for each in caught) == (example.kind == "Bad")


@pytest.mark.parametrize("example", [*examples("token-verification-narrowed", "Bad"), *examples("token-verification-narrowed", "Good")])
def test_a_token_of_before_meets_the_verification_of_after(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt", "jose")
    import jwt

    before = load_module(monkeypatch, tmp_path / "base", example.base, "shop/tokens.py", BESIDE)
    after = load_module(monkeypatch, tmp_path / "head", example.head, "shop/tokens.py", BESIDE)
    asked = example.base["shop/tokens.py"]
    claims: dict[str, Any] = {"sub": "ada", "exp": time.time() + 60}
    claims |= {"aud": "shop"} if "audience=" in asked and "jose" not in asked else {}  # python-jose lets a token without one through
    claims |= {"iss": "https://login.shop.test"} if "issuer=" in asked else {}
    token = jwt.encode(claims, FIRST, algorithm="HS256")
    assert before.verify(token)["sub"] == "ada"
    if example.kind == "Bad":
        with pytest.raises(jwt.InvalidTokenError):
            after.verify(token)
    else:
        assert after.verify(token)["sub"] == "ada"
