"""The identity provider: how code asks it about tokens and keys, and what it does when there is no answer."""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value

Asked = Literal["keys", "token", "user"]
Action = Literal["logout", "unauthorized"]
Context = Literal["each-request", "start", "elsewhere"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCalled(Fact):
    """An HTTP request to a provider. `asked` is what for: its keys, whether a token is valid, who a user is.

    `library` makes the request, `call` is its code up to the arguments, `function` the class and function around it.
    `timeout` is what is given, None where nothing is; `waits_forever` says whether the request then has no limit.
    `remembered` says whether something in the function looks into a cache first.
    `kept` says how the answer is kept for as long as the process lives: by a decorator, by being asked for at import; else "".
    """

    asked: Asked
    library: str
    call: str
    function: str
    timeout: Value | None
    waits_forever: bool
    context: Context
    remembered: bool
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyClientBuilt(Fact):
    """A `PyJWKClient`. `used_at_once` says that the function which builds it also asks it for a key and lets it go."""

    function: str
    used_at_once: bool
    cache_jwk_set: Value | None
    cache_keys: Value | None
    lifespan: Value | None
    timeout: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCacheRead(Fact):
    """A function that looks a token up in a cache of its own, asks somebody when it is not there, and falls back on the entry when that fails.

    `bounded`: the fall-back compares something with a limit before it trusts the entry. `per_process`: the cache is a dictionary of this process.
    `evicts`: something removes entries or limits their number. `forgets`: something removes an entry in this very function.
    `uncaught` is the transport error of the call in the `try` that the handlers let pass, "" where none is known to.
    """

    function: str
    cache: str
    per_process: bool
    raw_key: bool
    bounded: bool
    evicts: bool
    forgets: bool
    caught: tuple[str, ...]
    uncaught: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailureAnswered(Fact):
    """What code does with a user when the provider fails. `on` is the error or the status; `action` is `logout` or `unauthorized`."""

    on: str
    action: Action
    function: str
    code: str
