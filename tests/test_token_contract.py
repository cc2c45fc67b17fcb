"""What a deploy changes for tokens that are out there: every library, every argument, as a pair of sources, with what is found."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.judging import judge

PYJWT = "import jwt\n\n\ndef verify(token, key):\n    return jwt.decode(token, key, {})\n"
JOSE = "from jose import jwt\n\n\ndef verify(token, key):\n    return jwt.decode(token, key, {})\n"
AUTHLIB = "from authlib.jose import jwt\n\n\ndef verify(token, key):\n    claims = jwt.decode(token, key{})\n    claims.validate({})\n    return claims\n"
JOSERFC = "from joserfc import jwt\n\n\ndef verify(token, key):\n    jwt.JWTClaimsRegistry({}).validate(jwt.decode(token, key).claims)\n"

NARROWED = "token-verification-narrowed"
SHORTENED = "leeway-shortened"
IGNORED = "leeway-ignored"
FAILS = "leeway-fails-every-token"


@dataclass(frozen=True)
class Change:
    """The arguments of a verification before and after, and the rules that say something about it."""

    says: str
    library: str
    before: str | tuple[str, str]
    after: str | tuple[str, str]
    finds: set[str] = field(default_factory=set)


HS = 'algorithms=["HS256"], leeway=60'
JHS = 'algorithms=["HS256"], options={"leeway": 60}'
LATE = "leeway=60"


def claims(text: str, leeway: str = LATE) -> tuple[str, str]:
    """The two places of Authlib: what the claims must be, and the leeway."""
    return (f", claims_options={{{text}}}" if text else "", leeway)


CHANGES = [
    # The algorithm
    Change("another algorithm", "PyJWT", HS, HS.replace("HS256", "HS512"), {NARROWED}),
    Change("another algorithm", "python-jose", JHS, JHS.replace("HS256", "HS512"), {NARROWED}),
    Change("one more algorithm", "PyJWT", HS, HS.replace('"HS256"', '"HS512", "HS256"')),
    Change("one more algorithm", "python-jose", JHS, JHS.replace('"HS256"', '"HS512", "HS256"')),
    # The audience
    Change("an audience is asked for", "PyJWT", HS, HS + ', audience="shop"', {NARROWED}),
    Change("an audience is asked for", "python-jose", JHS, JHS + ', audience="shop"'),
    Change("an audience is asked for", "Authlib", claims(""), claims('"aud": {"value": "shop"}')),
    Change("an audience is essential", "Authlib", claims(""), claims('"aud": {"value": "shop", "essential": True}'), {NARROWED}),
    Change("an audience is asked for", "joserfc", LATE, LATE + ', aud={"value": "shop"}'),
    Change("an audience is essential", "joserfc", LATE, LATE + ', aud={"value": "shop", "essential": True}', {NARROWED}),
    Change("no audience any more", "PyJWT", HS + ', audience="shop"', HS, {NARROWED}),
    Change("no audience any more", "python-jose", JHS + ', audience="shop"', JHS, {NARROWED}),
    Change("no audience any more", "Authlib", claims('"aud": {"value": "shop"}'), claims("")),
    Change("no audience any more", "joserfc", LATE + ', aud={"value": "shop"}', LATE),
    Change("an audience that is not looked at", "PyJWT", HS + ', options={"verify_aud": False}', HS + ', options={"verify_aud": False}, audience="shop"'),
    # The issuer
    Change("an issuer is asked for", "PyJWT", HS, HS + ', issuer="https://a.example"', {NARROWED}),
    Change("an issuer is asked for", "python-jose", JHS, JHS + ', issuer="https://a.example"', {NARROWED}),
    Change("an issuer is asked for", "Authlib", claims(""), claims('"iss": {"value": "https://a.example"}')),
    Change("an issuer is essential", "joserfc", LATE, LATE + ', iss={"value": "https://a.example", "essential": True}', {NARROWED}),
    Change("a slash", "PyJWT", HS + ', issuer="https://a.example"', HS + ', issuer="https://a.example/"', {NARROWED}),
    Change("a slash", "python-jose", JHS + ', issuer="https://a.example"', JHS + ', issuer="https://a.example/"', {NARROWED}),
    Change("a slash", "Authlib", claims('"iss": {"value": "https://a.example"}'), claims('"iss": {"value": "https://a.example/"}'), {NARROWED}),
    Change("a slash", "joserfc", LATE + ', iss={"value": "https://a.example"}', LATE + ', iss={"value": "https://a.example/"}', {NARROWED}),
    Change("no issuer any more", "PyJWT", HS + ', issuer="https://a.example"', HS),
    # Claims
    Change("a claim is required", "PyJWT", HS, HS + ', options={"require": ["jti"]}', {NARROWED}),
    Change("a claim is required", "python-jose", JHS, 'algorithms=["HS256"], options={"leeway": 60, "require_jti": True}', {NARROWED}),
    Change("a claim is required", "Authlib", claims(""), claims('"jti": {"essential": True}'), {NARROWED}),
    Change("a claim is required", "joserfc", LATE, LATE + ', jti={"essential": True}', {NARROWED}),
    Change("a claim is required as it was, in the form of PyJWT 2", "PyJWT", HS + ', options={"require_exp": True}', HS + ', options={"require": ["exp"]}'),
    Change("a claim is required no longer", "PyJWT", HS + ', options={"require": ["jti"]}', HS),
    # The leeway, in its place
    Change("less", "PyJWT", HS, HS.replace("60", "5"), {SHORTENED}),
    Change("less", "python-jose", JHS, JHS.replace("60", "5"), {SHORTENED}),
    Change("less", "Authlib", claims(""), claims("", "leeway=5"), {SHORTENED}),
    Change("less", "joserfc", LATE, "leeway=5", {SHORTENED}),
    Change("more", "PyJWT", HS, HS.replace("60", "90")),
    Change("none", "PyJWT", HS, 'algorithms=["HS256"]', {SHORTENED}),
    Change("none", "python-jose", JHS, 'algorithms=["HS256"]', {SHORTENED}),
    Change("none", "Authlib", claims(""), claims("", ""), {SHORTENED}),
    Change("none", "joserfc", LATE, "", {SHORTENED}),
    # The leeway, in other places
    Change("among the options", "PyJWT", 'algorithms=["HS256"]', 'algorithms=["HS256"], options={"leeway": 60}', {IGNORED}),
    Change("an argument", "python-jose", 'algorithms=["HS256"]', 'algorithms=["HS256"], leeway=60', {FAILS}),
    Change("among the claims", "Authlib", claims("", ""), claims('"leeway": 60', ""), {FAILS}),
    Change("among the rules of a claim", "joserfc", "", 'exp={"leeway": 60}', {IGNORED}),
    Change("not checked at all", "PyJWT", HS, HS + ', options={"verify_exp": False}', {"token-verification-switched-off"}),
]
SOURCES = {"PyJWT": PYJWT, "python-jose": JOSE, "Authlib": AUTHLIB, "joserfc": JOSERFC}


@pytest.mark.parametrize("change", CHANGES, ids=[f"{each.library}: {each.says}" for each in CHANGES])
def test_change(change: Change) -> None:
    base, head = (
        {"shop/tokens.py": SOURCES[change.library].format(*((given,) if isinstance(given, str) else given))} for given in (change.before, change.after)
    )
    found = judge(base, head).findings
    assert {each.rule for each in found} == change.finds
    assert all(each.rollback == "heals" for each in found), "nothing happens to a token: the old version accepts it again"


@pytest.mark.parametrize(
    "text",
    [
        # A constant, a setting, another file's constant, an object's attribute: given for a reason, and not ours to measure.
        "import jwt\nfrom shop.config import LEEWAY\n\n\ndef verify(token):\n    return jwt.decode(token, KEY, algorithms=['HS256'], leeway=LEEWAY)\n",
        "import jwt\nfrom django.conf import settings\n\n\ndef verify(token):\n    return jwt.decode(token, KEY, ['HS256'], leeway=settings.JWT_LEEWAY)\n",
        "import jwt\n\n\nclass A:\n    leeway = 30\n\n    def verify(self, token):\n        return jwt.decode(token, KEY, leeway=self.leeway)\n",
        "import jwt\n\nOPTIONS = {'verify_signature': False}\n\n\ndef peek(token):\n    return jwt.decode(token, options=OPTIONS)\n",
        "import jwt\n\n\ndef peek(token, options):\n    return jwt.decode(token, KEY, ['HS256'], options=options)\n",
        "import jwt\n\n\ndef peek(token):\n    return jwt.decode(token, verify=False)\n",
        "from jose import jwt\n\nOPTIONS = {'leeway': 30}\n\n\ndef verify(token):\n    return jwt.decode(token, KEY, options=OPTIONS)\n",
        "from jose import jwt\n\n\ndef peek(token):\n    return jwt.get_unverified_claims(token)\n",
        # Not a token at all.
        "class jwt:\n    @staticmethod\n    def decode(text):\n        return text\n\n\ndef read(text):\n    return jwt.decode(text)\n",
        "import base64\n\n\ndef read(jwt):\n    return jwt.decode('utf-8')\n",
        "from pydantic import BaseModel\n\n\ndef read(claims: BaseModel, authlib):\n    claims.validate({})\n",
    ],
)
def test_what_is_tolerant_or_no_verification_is_silent(text: str) -> None:
    assert not judge({"shop/other.py": ""}, {"shop/other.py": "", "shop/tokens.py": text}).findings


def test_another_library_with_the_same_intolerance_is_nothing_new() -> None:
    base = {"shop/tokens.py": JOSE.format('algorithms=["HS256"]')}
    head = {"shop/tokens.py": PYJWT.format('algorithms=["HS256"]')}
    assert not judge(base, head).findings


def test_claims_that_another_function_of_the_file_decodes() -> None:
    text = "from authlib.jose import jwt\n\n\ndef decoded(token, keys):\n    claims = jwt.decode(token, keys)\n    return claims\n\n\n"
    text += "def verify(token, keys):\n    claims = decoded(token, keys)\n    claims.validate()\n    return claims\n"
    assert [each.rule for each in judge({}, {"shop/tokens.py": text}).findings] == ["token-without-leeway"]


@pytest.mark.parametrize(
    ("function", "finds"),
    [
        ("verify_token", ["token-without-leeway"]),
        ("current_user", ["token-without-leeway"]),
        ("read_profile", ["token-without-leeway"]),
        ("verify_password_reset_token", []),
        ("confirm_email", []),
        ("decode_file_token", []),
        ("accept_invitation", []),
    ],
)
def test_only_tokens_that_are_logins_need_a_leeway(function: str, finds: list[str]) -> None:
    text = f"import jwt\n\n\ndef {function}(token, key):\n    return jwt.decode(token, key, algorithms=['HS256'])\n"
    assert [each.rule for each in judge({}, {"shop/tokens.py": text}).findings] == finds


@pytest.mark.parametrize(
    ("before", "after", "finds"), [("60", "5", [SHORTENED]), ("60", "90", []), ("timedelta(minutes=1)", "60", []), ("60", "0", [SHORTENED])]
)
def test_a_leeway_that_is_a_constant_of_another_file(before: str, after: str, finds: list[str]) -> None:
    tokens = PYJWT.format('algorithms=["HS256"], leeway=JWT_LEEWAY').replace("import jwt\n", "import jwt\n\nfrom shop.settings import JWT_LEEWAY\n")
    settings = "from datetime import timedelta\n\nJWT_LEEWAY = {}\n"
    base, head = ({"shop/settings.py": settings.format(value), "shop/tokens.py": tokens} for value in (before, after))
    found = judge(base, head).findings
    assert [each.rule for each in found] == finds
    assert all(each.place.path == "shop/settings.py" for each in found), "findings land on lines of the change"


@pytest.mark.parametrize(
    ("library", "before", "after"),
    [("Authlib", claims("", LATE), claims("", "leeway=timedelta(seconds=60)")), ("joserfc", LATE, "leeway=timedelta(seconds=60)")],
)
def test_a_timedelta_where_seconds_are_wanted(library: str, before: str | tuple[str, str], after: str | tuple[str, str]) -> None:
    texts = [SOURCES[library].format(*((given,) if isinstance(given, str) else given)) for given in (before, after)]
    base, head = ({"shop/tokens.py": f"from datetime import timedelta\n\n{text}"} for text in texts)
    assert [each.rule for each in judge(base, head).findings] == [FAILS]
