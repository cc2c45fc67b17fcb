"""Forms in which tokens are verified and made in the wild: what is found in each, by line, and what is not."""

from __future__ import annotations

import pytest

from tests.judging import judge

FORMS = [
    (
        "leeway: pyjwt class instance",
        """
from jwt import PyJWT
_jwt = PyJWT()

def verify(token, key):
    return _jwt.decode(token, key, algorithms=["HS256"])
""",
        [("token-without-leeway", 6)],
    ),
    (
        "leeway: alias import",
        """
import jwt as pyjwt
def verify(token, key):
    return pyjwt.decode(token, key, ["HS256"], {"leeway": 30})
""",
        [("leeway-ignored", 4)],
    ),
    (
        "leeway: options dict built",
        """
import jwt
OPTIONS = {"verify_aud": False, "leeway": 30}
def verify(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], options=OPTIONS)
""",
        [("leeway-ignored", 5)],
    ),
    (
        "leeway: kwargs built",
        """
import jwt
def verify(token, key):
    kwargs = {"algorithms": ["HS256"]}
    kwargs["leeway"] = 30
    return jwt.decode(token, key, **kwargs)
""",
        [],
    ),
    (
        "leeway: jose leeway kw",
        """
from jose import jwt
def verify(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], leeway=30)
""",
        [("leeway-fails-every-token", 4)],
    ),
    (
        "leeway: jose from jose.jwt import decode",
        """
from jose.jwt import decode
def verify(token, key):
    return decode(token, key, algorithms="HS256")
""",
        [("token-without-leeway", 4)],
    ),
    (
        "leeway: from jwt import decode",
        """
from jwt import decode, ExpiredSignatureError
def verify(token, key):
    try:
        return decode(token, key, algorithms=["HS256"])
    except ExpiredSignatureError:
        return None
""",
        [("token-without-leeway", 5)],
    ),
    (
        "leeway: leeway=0",
        """
import jwt
def verify(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], leeway=0)
""",
        [("token-without-leeway", 4)],
    ),
    (
        "leeway: leeway from settings",
        """
import jwt
from django.conf import settings
def verify(token, key):
    return jwt.decode(token, key, algorithms=["HS256"], leeway=settings.JWT_LEEWAY)
""",
        [],
    ),
    (
        "leeway: joserfc registry later",
        """
from joserfc import jwt
from joserfc.jwt import JWTClaimsRegistry
def verify(token, key):
    token = jwt.decode(token, key)
    registry = JWTClaimsRegistry(exp={"essential": True, "leeway": 30})
    registry.validate(token.claims)
    return token.claims
""",
        [("leeway-ignored", 6)],
    ),
    (
        "leeway: authlib JsonWebToken",
        """
from authlib.jose import JsonWebToken
jwt = JsonWebToken(["HS256"])
def verify(token, key):
    claims = jwt.decode(token, key)
    claims.validate()
    return claims
""",
        [("token-without-leeway", 6)],
    ),
    (
        "leeway: authlib timedelta",
        """
from datetime import timedelta
from authlib.jose import jwt
def verify(token, key):
    claims = jwt.decode(token, key)
    claims.validate(leeway=timedelta(seconds=30))
    return claims
""",
        [("leeway-fails-every-token", 6)],
    ),
    (
        "leeway: wrapper class",
        """
import jwt
class Tokens:
    algorithms = ["RS256"]
    def decode(self, token):
        return jwt.decode(token, self.key, algorithms=self.algorithms, options={"require": ["exp"]}, audience=self.aud)
""",
        [("token-without-leeway", 6)],
    ),
    (
        "leeway: jwt.decode_complete",
        """
import jwt
def verify(token, key):
    return jwt.decode_complete(token, key, algorithms=["HS256"])["payload"]
""",
        [("token-without-leeway", 4)],
    ),
    (
        "leeway: jwk client",
        """
import jwt
client = jwt.PyJWKClient("https://login.test/jwks", timeout=5)
def verify(token):
    key = client.get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["RS256"], audience="x", leeway=10)
""",
        [],
    ),
    (
        "leeway: verify_exp False then own check",
        """
import jwt, time
def verify(token, key):
    data = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})
    if data["exp"] < time.time():
        raise ValueError
    return data
""",
        [],
    ),
    (
        "by hand: cancels leeway",
        """
import jwt, time
def verify(token, key):
    data = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    if data["exp"] <= int(time.time()):
        raise ValueError
    return data
""",
        [("leeway-cancelled-by-hand", 5)],
    ),
    (
        "by hand: datetime utc",
        """
import jwt
from datetime import datetime, timezone
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    exp = payload.get("exp")
    if exp is None or datetime.now(timezone.utc) > datetime.fromtimestamp(exp, tz=timezone.utc):
        return None
    return payload
""",
        [("leeway-cancelled-by-hand", 7)],
    ),
    (
        "by hand: pydantic model",
        """
import jwt
from datetime import datetime
from shop.schemas import TokenPayload
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    data = TokenPayload(**payload)
    if datetime.fromtimestamp(data.exp) < datetime.now():
        raise ValueError("expired")
    return data
""",
        [("leeway-cancelled-by-hand", 8)],
    ),
    (
        "by hand: helper fn",
        """
import jwt, time
def is_expired(payload):
    return payload["exp"] < time.time()
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    if is_expired(payload):
        raise ValueError
    return payload
""",
        [("leeway-cancelled-by-hand", 4)],
    ),
    (
        "by hand: remaining",
        """
import jwt, time
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    remaining = payload["exp"] - time.time()
    if remaining <= 0:
        raise ValueError
    return payload
""",
        [("leeway-cancelled-by-hand", 6)],
    ),
    (
        "by hand: refresh soon",
        """
import jwt, time
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    if payload["exp"] - time.time() < 300:
        payload["refresh"] = True
    return payload
""",
        [],
    ),
    (
        "by hand: with tolerance",
        """
import jwt, time
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    if payload["exp"] + 30 < time.time():
        raise ValueError
    return payload
""",
        [],
    ),
    (
        "by hand: unverified exp to log",
        """
import jwt, time
def until(token):
    payload = jwt.decode(token, options={"verify_signature": False})
    return payload["exp"] < time.time()
""",
        [],
    ),
    (
        "by hand: assert",
        """
import jwt, time
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    assert payload["exp"] > time.time(), "expired"
    return payload
""",
        [("leeway-cancelled-by-hand", 5)],
    ),
    (
        "by hand: django timezone",
        """
import jwt
from django.utils import timezone
def verify(token, key):
    payload = jwt.decode(token, key, algorithms=["HS256"], leeway=30)
    if timezone.now().timestamp() > payload["exp"]:
        raise ValueError
    return payload
""",
        [("leeway-cancelled-by-hand", 6)],
    ),
    (
        "by hand: self.payload",
        """
import jwt, time
class Token:
    def __init__(self, raw, key):
        self.payload = jwt.decode(raw, key, algorithms=["HS256"], leeway=30)
    def check(self):
        if self.payload["exp"] < time.time():
            raise ValueError
""",
        [("leeway-cancelled-by-hand", 7)],
    ),
    (
        "time: now()",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": datetime.now() + timedelta(hours=1)}, key)
""",
        [("naive-time-in-token", 5)],
    ),
    (
        "time: utcnow",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": datetime.utcnow() + timedelta(hours=1)}, key)
""",
        [],
    ),
    (
        "time: utcnow().timestamp()",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    exp = datetime.utcnow() + timedelta(hours=1)
    return jwt.encode({"sub": user, "exp": int(exp.timestamp())}, key)
""",
        [("naive-time-in-token", 6)],
    ),
    (
        "time: calendar.timegm(now)",
        """
import jwt, calendar
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": calendar.timegm((datetime.now() + timedelta(hours=1)).timetuple())}, key)
""",
        [("naive-time-in-token", 5)],
    ),
    (
        "time: mktime(utcnow)",
        """
import jwt, time
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": time.mktime((datetime.utcnow() + timedelta(hours=1)).timetuple())}, key)
""",
        [("naive-time-in-token", 5)],
    ),
    (
        "time: update in helper",
        """
import jwt
import datetime as dt
def create(data, key, expires_delta=None):
    to_encode = data.copy()
    if expires_delta:
        expire = dt.datetime.now() + expires_delta
    else:
        expire = dt.datetime.now() + dt.timedelta(minutes=15)
    to_encode.update({"exp": expire})
    return jwt.encode(to_encode, key, algorithm="HS256")
""",
        [("naive-time-in-token", 7), ("naive-time-in-token", 9)],
    ),
    (
        "time: now(tz)",
        """
import jwt
from datetime import datetime, timedelta, UTC
def create(user, key):
    return jwt.encode({"sub": user, "exp": datetime.now(UTC) + timedelta(hours=1), "iat": datetime.now(tz=UTC)}, key)
""",
        [],
    ),
    (
        "time: django tz now",
        """
import jwt
from datetime import timedelta
from django.utils import timezone
def create(user, key):
    return jwt.encode({"sub": user, "exp": timezone.now() + timedelta(hours=1)}, key)
""",
        [],
    ),
    (
        "time: strftime('%s')",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    dt = datetime.utcnow() + timedelta(days=60)
    return jwt.encode({"id": user, "exp": int(dt.strftime('%s'))}, key, algorithm='HS256')
""",
        [("naive-time-in-token", 6)],
    ),
    (
        "time: now strftime",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    dt = datetime.now() + timedelta(days=60)
    return jwt.encode({"id": user, "exp": int(dt.strftime('%s'))}, key, algorithm='HS256')
""",
        [],
    ),
    (
        "time: now().timestamp()",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": (datetime.now() + timedelta(hours=1)).timestamp()}, key)
""",
        [],
    ),
    (
        "time: today()",
        """
import jwt
from datetime import datetime, timedelta
def create(user, key):
    return jwt.encode({"sub": user, "exp": datetime.today() + timedelta(hours=1)}, key)
""",
        [("naive-time-in-token", 5)],
    ),
    (
        "time: utcnow replace tz",
        """
import jwt
from datetime import datetime, timedelta, timezone
def create(user, key):
    return jwt.encode({"sub": user, "exp": (datetime.utcnow().replace(tzinfo=timezone.utc) + timedelta(hours=1)).timestamp()}, key)
""",
        [],
    ),
    (
        "time: nbf now",
        """
import jwt
from datetime import datetime
def create(user, key):
    return jwt.encode(dict(sub=user, nbf=datetime.now()), key)
""",
        [("naive-time-in-token", 5)],
    ),
    (
        "key name: kid in payload",
        """
import jwt
def create(user, key):
    payload = {"sub": user}
    payload["kid"] = "v2"
    return jwt.encode(payload, key, algorithm="HS256")
""",
        [("kid-in-payload", 5)],
    ),
    (
        "key name: kid in header",
        """
import jwt
def create(user, key):
    return jwt.encode({"sub": user}, key, algorithm="HS256", headers={"kid": "v2"})
""",
        [],
    ),
    (
        "key name: unknown kid dict",
        """
import jwt
KEYS = {"v1": "a", "v2": "b"}
def verify(token):
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.decode(token, KEYS[kid], algorithms=["HS256"], leeway=30)
""",
        [("unknown-kid-crashes", 6)],
    ),
    (
        "key name: next() w/out default",
        """
import jwt
def verify(token, jwks):
    header = jwt.get_unverified_header(token)
    jwk = next(k for k in jwks["keys"] if k["kid"] == header["kid"])
    return jwt.decode(token, jwt.PyJWK(jwk).key, algorithms=["RS256"], leeway=30)
""",
        [("unknown-kid-crashes", 5)],
    ),
    (
        "key name: list index",
        """
from jose import jwt
def verify(token, jwks):
    kid = jwt.get_unverified_headers(token)["kid"]
    key = [k for k in jwks["keys"] if k["kid"] == kid][0]
    return jwt.decode(token, key, algorithms=["RS256"], options={"leeway": 30})
""",
        [("unknown-kid-crashes", 5)],
    ),
    (
        "key name: rsa_key loop",
        """
from jose import jwt
def verify(token, jwks):
    unverified_header = jwt.get_unverified_header(token)
    rsa_key = {}
    for key in jwks["keys"]:
        if key["kid"] == unverified_header["kid"]:
            rsa_key = {"kty": key["kty"], "kid": key["kid"], "n": key["n"], "e": key["e"]}
    if rsa_key:
        return jwt.decode(token, rsa_key, algorithms=["RS256"], audience="x", options={"leeway": 30})
    raise ValueError
""",
        [],
    ),
    (
        "key name: guarded",
        """
import jwt
KEYS = {"v1": "a", "v2": "b"}
def verify(token):
    kid = jwt.get_unverified_header(token).get("kid", "v1")
    key = KEYS.get(kid)
    if key is None:
        raise jwt.InvalidTokenError("unknown key")
    return jwt.decode(token, key, algorithms=["HS256"], leeway=30)
""",
        [],
    ),
    (
        "key name: try KeyError",
        """
import jwt
KEYS = {"v1": "a", "v2": "b"}
def verify(token):
    try:
        key = KEYS[jwt.get_unverified_header(token)["kid"]]
    except KeyError:
        raise jwt.InvalidTokenError("unknown key")
    return jwt.decode(token, key, algorithms=["HS256"], leeway=30)
""",
        [],
    ),
    (
        "key name: kid from unverified claims",
        """
from jose import jwt
KEYS = {"v1": "a", "v2": "b"}
def verify(token):
    claims = jwt.get_unverified_claims(token)
    return jwt.decode(token, KEYS.get(claims.get("kid")), algorithms=["HS256"], options={"leeway": 30})
""",
        [("kid-read-from-payload", 6)],
    ),
    (
        "key name: unpack",
        """
import jwt
class Ring:
    def verify(self, token):
        kid = jwt.get_unverified_header(token).get("kid")
        secret, created = self.secrets.get(kid)
        return jwt.decode(token, secret, algorithms=["HS256"], leeway=30)
""",
        [("unknown-kid-crashes", 6)],
    ),
    (
        "key name: if kid in KEYS",
        """
import jwt
KEYS = {"v1": "a", "v2": "b"}
def verify(token):
    kid = jwt.get_unverified_header(token)["kid"]
    if kid not in KEYS:
        raise jwt.InvalidTokenError("unknown key")
    return jwt.decode(token, KEYS[kid], algorithms=["HS256"], leeway=30)
""",
        [],
    ),
    (
        "not verified: off",
        """
import jwt
def verify(token):
    return jwt.decode(token, options={"verify_signature": False})
""",
        [],
    ),
    (
        "not verified: jose off",
        """
from jose import jwt
def verify(token):
    return jwt.decode(token, "", options={"verify_signature": False})
""",
        [("token-without-leeway", 4)],
    ),
    (
        "not verified: verify=False",
        """
import jwt
def verify(token):
    return jwt.decode(token, verify=False)
""",
        [],
    ),
    (
        "not verified: none alg",
        """
import jwt
def verify(token):
    return jwt.decode(token, None, algorithms=["none"])
""",
        [("token-without-leeway", 4)],
    ),
    (
        "not verified: off then exp by hand",
        """
import jwt, time
def current_user(token):
    claims = jwt.decode(token, options={"verify_signature": False})
    if claims["exp"] < time.time():
        raise PermissionError
    return claims["sub"]
""",
        [],
    ),
]


@pytest.mark.parametrize(("text", "finds"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_form(text: str, finds: list[tuple[str, int]]) -> None:
    judged = judge(None, {"shop/tokens.py": text})
    assert [(each.rule, each.place.line) for each in judged.findings] == finds
    assert not judged.not_understood
