"""The provider rules against a provider of our own that counts, hangs, fails and changes its keys: real PyJWT, requests, httpx and urllib."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES
from tests.judging import example as example_of
from tests.proofs.conftest import need
from tests.proofs.loading import load_module

ERRORS = "class Unauthorized(Exception):\n    pass\n\n\nclass ProviderUnavailable(Exception):\n    pass\n\n\nclass TokenRefused(Exception):\n    pass\n"
PATIENCE = 60  # seconds until a test gives up; none waits for that long


class Provider:
    """An identity provider on this machine, with keys that it can change."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

        self.asked = 0
        self.up = True
        self.hangs = False
        self.released = threading.Event()
        self._generate: Callable[[], Any] = lambda: generate_private_key(public_exponent=65537, key_size=2048)
        self.keys = {"first": self._generate()}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                if provider.hangs:
                    provider.released.wait(PATIENCE)
                data = json.dumps(provider.answer()).encode()
                self.send_response(200 if provider.up else 503)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who had no more patience is gone
                    self.wfile.write(data)

            do_POST = do_GET  # noqa: N815 - the server asks for this name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self) -> dict[str, Any]:
        import jwt

        keys = [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"} for kid, key in self.keys.items()]
        return {"keys": keys, "sub": "ada", "active": True}

    def token(self, kid: str) -> str:
        import jwt

        return jwt.encode({"sub": "ada", "exp": time.time() + 600}, self.keys[kid], algorithm="RS256", headers={"kid": kid})

    def change_keys(self) -> None:
        self.keys = {"second": self._generate()}

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    need("jwt", "cryptography", "requests", "httpx")
    started = Provider()
    yield started
    started.close()


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: Provider) -> Callable[[Example], Any]:
    numbers = iter(range(100))

    def module(example: Example, **beside: str) -> Any:
        ((path, text),) = example.head.items()
        text = text.replace("https://login.example.net", provider.address)
        others = {"shop/config.py": f'JWKS_URL = TOKEN_URL = "{provider.address}/jwks"\n', "shop/errors.py": ERRORS, **beside}
        return load_module(monkeypatch, tmp_path / str(next(numbers)), {path: text}, path, others)

    return module


def each_of(rule: str, kind: str, *unless: str) -> list[Any]:
    """The examples of a rule, but those with one of these words in their title."""
    found = [each for one in RULES if one.name == rule for each in one.examples if each.kind == kind]
    return [pytest.param(each, id=each.title) for each in found if not any(word in each.title for word in unless)]


@pytest.mark.parametrize("example", each_of("provider-call-without-timeout", "Bad"))
def test_a_call_without_a_timeout_waits_for_as_long_as_the_provider_hangs(example: Example, load: Callable[..., Any], provider: Provider) -> None:
    if "Authlib" in example.title:
        need("authlib")
    module = load(example)
    call = next(value for name, value in vars(module).items() if name in ("check", "keys", "user_of"))
    provider.hangs = True
    done = threading.Event()

    def ask() -> None:
        call(*(() if call.__name__ == "keys" else ("token",)))
        done.set()

    threading.Thread(target=ask, daemon=True).start()
    # Longer than what the good example's call takes to give up when it is given a tenth of a second.
    import requests

    with pytest.raises(requests.Timeout):
        requests.get(provider.address, timeout=0.1)
    assert not done.is_set()
    provider.released.set()
    assert done.wait(PATIENCE), "it ends only when the provider answers"


@pytest.mark.parametrize(
    ("kind", "title", "fetches"),
    [
        ("Bad", "a client for each", 5),
        ("Bad", "and thrown away", 5),
        ("Good", "one client for the process", 1),
        ("Good", "built when", 1),
    ],
)
def test_a_client_for_each_token_fetches_for_each_token(kind: str, title: str, fetches: int, load: Callable[..., Any], provider: Provider) -> None:
    verify = load(example_of("provider-keys-fetched-per-token", kind, title)).verify
    token = provider.token("first")
    for _ in range(5):
        assert verify(token)["sub"] == "ada"
    assert provider.asked == fetches
    provider.up = False
    if kind == "Bad":
        import jwt

        with pytest.raises(jwt.PyJWKClientError):
            verify(token)
    else:
        assert verify(token)["sub"] == "ada", "the keys were known"


@pytest.mark.parametrize(("kind", "title", "survives"), [("Bad", "the cache is off", False), ("Good", "an hour", True), ("Good", "the default", True)])
def test_without_a_cache_each_hiccup_is_felt(kind: str, title: str, survives: bool, load: Callable[..., Any], provider: Provider) -> None:
    import jwt

    verify = load(example_of("provider-keys-hardly-cached", kind, title)).verify
    token = provider.token("first")
    verify(token)
    provider.up = False
    if survives:
        assert verify(token)["sub"] == "ada"
    else:
        with pytest.raises(jwt.PyJWKClientError):
            verify(token)


def test_keys_kept_for_ever_refuse_every_new_token(load: Callable[..., Any], provider: Provider) -> None:
    module = load(example_of("provider-keys-never-refreshed", "Bad", "memoised"))
    assert [key["kid"] for key in module.jwks()["keys"]] == ["first"]
    provider.change_keys()
    assert [key["kid"] for key in module.jwks()["keys"]] == ["first"], "the key that signs now is not known, and never will be"
    good = load(example_of("provider-keys-never-refreshed", "Good", "memoised, and forgotten"))
    assert good.key_of("second") is not None
    provider.keys |= {"third": provider.keys["second"]}
    assert good.key_of("third") is not None


@pytest.mark.parametrize(("kind", "accepted"), [("Bad", True), ("Good", False)])
def test_a_withdrawn_key(kind: str, accepted: bool, load: Callable[..., Any], provider: Provider) -> None:
    import jwt

    client = load(example_of("withdrawn-key-accepted", kind)).CLIENT
    token = provider.token("first")
    client.get_signing_key_from_jwt(token)
    provider.change_keys()
    # What happens by itself when the lifespan of five minutes is over.
    client.jwk_set_cache.jwk_set_with_timestamp = None
    if accepted:
        assert client.get_signing_key_from_jwt(token).key_id == "first"
    else:
        with pytest.raises(jwt.PyJWKClientError):
            client.get_signing_key_from_jwt(token)


@pytest.fixture
def django_settings() -> None:
    need("django")
    from django.conf import settings

    if not settings.configured:
        settings.configure(SECRET_KEY="for proofs", SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies")
        import django

        django.setup()


# ---- caches of tokens


class Remote:
    """A provider as the validators of the examples are given one."""

    def __init__(self, unavailable: type[Exception], refused: type[Exception] = Exception) -> None:
        self.unavailable, self.refused = unavailable, refused
        self.state = "up"

    def validate(self, token: str) -> dict[str, Any]:
        if self.state == "down":
            raise self.unavailable
        if self.state == "refuses":
            raise self.refused
        return {"user": token, "exp": time.time() + 600}


def validator(module: Any, remote: Remote) -> Callable[[str], Any]:
    made: Callable[[str], Any] = module.Validator(remote).validate if hasattr(module, "Validator") else lambda token: module.validate(remote, token)
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass, for whoever asks `time.time`."""
    real = time.time

    def pass_by(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return pass_by


def test_a_stale_entry_is_accepted_after_a_year(load: Callable[..., Any], clock: Callable[[float], None]) -> None:
    module = load(example_of("stale-token-accepted", "Bad"))
    remote = Remote(module.ProviderUnavailable)
    validate = validator(module, remote)
    validate("token")
    remote.state = "down"
    clock(365 * 86400)
    assert validate("token")["user"] == "token"


def test_a_revoked_token_is_accepted_when_the_provider_is_down(load: Callable[..., Any], clock: Callable[[float], None]) -> None:
    module = load(example_of("revoked-token-remembered", "Bad"))

    class TokenRefused(Exception):
        pass

    remote = Remote(module.ProviderUnavailable, TokenRefused)
    validate = validator(module, remote)
    validate("token")
    clock(400)
    remote.state = "refuses"
    with pytest.raises(TokenRefused):
        validate("token")
    remote.state = "down"
    assert validate("token")["user"] == "token"


def test_with_two_limits_and_a_memory_for_refusals_neither_happens(load: Callable[..., Any], clock: Callable[[float], None], django_settings: None) -> None:
    module = load(example_of("revoked-token-remembered", "Good"))
    remote = Remote(module.ProviderUnavailable, module.TokenRefused)
    validate = validator(module, remote)
    validate("token")
    remote.state = "down"
    clock(400)
    assert validate("token")["user"] == "token", "an outage of some minutes is not noticed"
    remote.state = "refuses"
    with pytest.raises(module.Unauthorized):
        validate("token")
    remote.state = "down"
    with pytest.raises(module.Unauthorized):
        validate("token")
    remote.state = "up"
    validate("another")
    remote.state = "down"
    clock(3000)
    with pytest.raises(module.Unauthorized):
        validate("another")


def test_a_new_process_has_nothing_to_fall_back_on(load: Callable[..., Any]) -> None:
    example = example_of("token-cache-of-one-process", "Bad")
    before, after = load(example), load(example)
    for module, state, known in ((before, "up", True), (before, "down", True), (after, "down", False)):
        remote = Remote(module.ProviderUnavailable, module.TokenRefused)
        remote.state = state
        made = module.__dict__.setdefault("made", module.Validator(remote))
        made.provider = remote
        if known:
            assert made.validate("token")["user"] == "token"
        else:
            with pytest.raises(module.Unauthorized):
                made.validate("token")


def test_what_is_never_evicted_grows(load: Callable[..., Any], clock: Callable[[float], None]) -> None:
    module = load(example_of("token-cache-never-evicts", "Bad"))
    validate = validator(module, Remote(module.ProviderUnavailable))
    for hour in range(3):
        clock(hour * 7200)
        for number in range(100):
            validate(f"{hour}-{number}")
    assert len(module.token_cache) == 300


@pytest.mark.parametrize(("kind", "title", "falls_back"), [("Bad", "", False), ("Good", "the library's own", True), ("Good", "translated", True)])
def test_an_outage_passes_by_a_handler_for_something_else(kind: str, title: str, falls_back: bool, load: Callable[..., Any]) -> None:
    import requests

    store = "import time\n\ntoken_cache = {'token': {'user': 'ada', 'until': time.time() + 60}}\n"
    module = load(example_of("outage-not-caught", kind, title), **{"shop/store.py": store})
    if falls_back:
        assert module.validate("token") == "ada"
    else:
        with pytest.raises(requests.ConnectionError):
            module.validate("token")


def test_an_outage_that_is_answered_401(load: Callable[..., Any], provider: Provider) -> None:
    module = load(example_of("outage-answered-401", "Bad", "a timeout"))
    provider.close()
    with pytest.raises(module.Unauthorized):
        module.user_of("a good token")


@pytest.mark.parametrize("example", each_of("outage-logs-out", "Bad", "not 200") + each_of("outage-logs-out", "Good", "tells one"))
def test_an_outage_ends_the_session(example: Example, load: Callable[..., Any], provider: Provider, django_settings: None) -> None:
    from django.contrib.sessions.backends.signed_cookies import SessionStore
    from django.http import HttpRequest, HttpResponse

    request = HttpRequest()
    request.session = SessionStore()
    request.session["refresh"], request.session["user"] = "refresh token", "ada"
    provider.up = False
    load(example).RefreshMiddleware(lambda _: HttpResponse())(request)
    assert ("user" in request.session) == (example.kind == "Good")
