"""Upgrades after which a signed cookie, or a token, is checked in another way than it was made in: the way there and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.versions import installed, requirement, run, write

BOTTLE = """
import importlib
import io
import bottle
app = bottle.Bottle()
shop = importlib.import_module("shop.app")
app.route("/login", callback=lambda: shop.log_in("ada"))
app.route("/me", callback=lambda: shop.user() or "nobody")
sent = {}
asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/me" if len(sys.argv) > 1 else "/login", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
         "wsgi.url_scheme": "http", "SERVER_NAME": "shop.test", "SERVER_PORT": "80", "QUERY_STRING": "", "HTTP_COOKIE": "".join(sys.argv[1:])}
text = b"".join(app(asked, lambda status, headers, error=None: sent.update(headers))).decode()
print(text or sent["Set-Cookie"].partition(";")[0])
"""


@pytest.mark.parametrize(("kind", "title", "who"), [("Bad", "Bottle checks", "nobody"), ("Good", "Bottle that is told", "ada")])
def test_a_cookie_that_an_older_bottle_signed(kind: str, title: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, title)
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    base, head = write(tmp_path / "base", given.base), write(tmp_path / "head", given.head)
    cookie = run(BOTTLE, versions=before, cwd=base)
    assert run(BOTTLE, cookie, versions=before, cwd=base) == "ada"
    assert run(BOTTLE, cookie, versions=after, cwd=head) == who
    assert run(BOTTLE, cookie, versions=before, cwd=base) == "ada", "going back heals it"
    if kind == "Bad":
        newer = run(BOTTLE, versions=after, cwd=head)
        assert run(BOTTLE, newer, versions=before, cwd=base) == "nobody", "and logs out those who came in meanwhile"


TICKET = """
import warnings
warnings.simplefilter("ignore")
import importlib
from pyramid import testing
from pyramid.request import Request
ticket = importlib.import_module("shop.security").ticket
request = Request.blank("/", headers={"Cookie": "".join(sys.argv[1:])})
testing.setUp(request=request)
if len(sys.argv) == 1:
    print(ticket.remember(request, "ada")[0][1].partition(";")[0])
else:
    print((ticket.identify(request) or {}).get("userid", "nobody"))
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody"), ("Good", "ada")])
def test_a_ticket_that_an_older_pyramid_signed(kind: str, who: str, tmp_path: Path) -> None:
    need("pyramid")
    given = example("upgrade-logs-out", kind, "a login ticket")
    before, after = (installed(tmp_path / str(at), requirement(files), "setuptools<80") for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    older, newer = (run(TICKET, versions=versions, cwd=site) for versions in (before, after))
    assert run(TICKET, older, versions=before, cwd=site) == "ada"
    assert run(TICKET, older, versions=after, cwd=site) == who
    assert run(TICKET, newer, versions=before, cwd=site) == who, "the way back is the same way"


USERS = """
import asyncio
import importlib
from types import SimpleNamespace
strategy = importlib.import_module("shop.users").strategy()
class Users:
    parse_id = staticmethod(str)
    async def get(self, number):
        return "ada"
if len(sys.argv) == 1:
    print(asyncio.run(strategy.write_token(SimpleNamespace(id=7))))
else:
    print(asyncio.run(strategy.read_token(sys.argv[1], Users())) or "nobody")
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody"), ("Good", "ada")])
def test_the_claim_that_fastapi_users_looks_for_users_in(kind: str, who: str, tmp_path: Path) -> None:
    need("fastapi_users")
    given = example("upgrade-logs-out", kind, "fastapi-users")
    before, after = (
        installed(tmp_path / str(at), "--no-deps", requirement(files), "passlib==1.7.4", "bcrypt==4.3.0") for at, files in enumerate((given.base, given.head))
    )
    site = write(tmp_path / "site", given.head)
    older, newer = (run(USERS, versions=versions, cwd=site) for versions in (before, after))
    assert run(USERS, older, versions=before, cwd=site) == "ada"
    assert run(USERS, older, versions=after, cwd=site) == who
    assert run(USERS, older, versions=before, cwd=site) == "ada", "going back heals it"
    assert run(USERS, newer, versions=before, cwd=site) == who, "and logs out those who came in meanwhile"


JOSERFC = """
import importlib
from types import SimpleNamespace
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
tokens = importlib.import_module("shop.tokens")
key = OctKey.import_key("k" * 40)
try:
    print(tokens.user_of(sys.argv[1] if len(sys.argv) > 1 else tokens.token_of(SimpleNamespace(id=7), key), key))
except JoseError as error:
    print("nobody", type(error).__name__)
"""


@pytest.mark.parametrize(("kind", "who"), [("Bad", "nobody InvalidClaimError"), ("Good", "7")])
def test_a_subject_that_is_a_number_in_joserfc(kind: str, who: str, tmp_path: Path) -> None:
    given = example("upgrade-logs-out", kind, "joserfc")
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    need("cryptography")
    site = write(tmp_path / "site", given.head)
    assert run(JOSERFC, versions=before, cwd=site) == "7"
    assert run(JOSERFC, versions=after, cwd=site) == who


AHEAD = """
import warnings
warnings.simplefilter("ignore")
import importlib
import time
tokens = importlib.import_module("shop.tokens")
key = "k" * 40
claims = {"sub": "ada", "iat": int(time.time()) + 30, "exp": int(time.time()) + 600}
made = tokens.jwt.encode(claims, key, algorithm="HS256") if getattr(tokens.jwt, "__name__", "") == "jwt" else tokens.jwt.encode({"alg": "HS256"}, claims, key)
try:
    print(tokens.user_of(made, key))
except Exception as error:
    print("nobody", type(error).__name__)
"""


@pytest.mark.parametrize("library", ["PyJWT", "Authlib"])
@pytest.mark.parametrize("kind", ["Bad", "Good"])
def test_a_token_of_a_server_whose_clock_is_ahead(library: str, kind: str, tmp_path: Path) -> None:
    need("cryptography")
    given = example("upgrade-logs-out", kind, f"a clock that is ahead, and {library}")
    before, after = (installed(tmp_path / str(at), "--no-deps", requirement(files)) for at, files in enumerate((given.base, given.head)))
    site = write(tmp_path / "site", given.head)
    assert run(AHEAD, versions=before, cwd=site) == "ada"
    refused = {"PyJWT": "nobody ImmatureSignatureError", "Authlib": "nobody InvalidTokenError"}[library]
    assert run(AHEAD, versions=after, cwd=site) == (refused if kind == "Bad" else "ada")
