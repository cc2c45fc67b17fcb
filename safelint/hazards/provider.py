"""The identity provider: what its outage, or its next change of keys, does to users who are already logged in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from safelint.facts.provider import KeyClientBuilt, ProviderCalled, ProviderFailureAnswered, TokenCacheRead
from safelint.hazards import Hazard
from safelint.records import dataclass
from safelint.sources import Side
from safelint.values import Known, seconds_of

_SHORTEST = 60.0
"""Seconds. Key sets that live shorter are fetched again so often that any hiccup of the provider is felt."""

_ABOUT = {"keys": "for its keys", "token": "whether a token is valid", "user": "who the user is"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCallUnlimited(Hazard):
    """A request to the provider that waits for ever: each one holds a worker for as long as the provider does not answer."""

    asked: str
    about: str
    library: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAskedEachRequest(Hazard):
    """A token is validated by asking the provider at each request, and nothing is remembered."""

    about: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysFetchedAgain(Hazard):
    """The provider's keys are fetched far more often than they change. `why` says by what."""

    cause: Literal["client", "cache"]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysNeverRefreshed(Hazard):
    """The provider's keys are fetched once and kept for the life of the process."""

    how: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedKeyAccepted(Hazard):
    """Keys are remembered one by one and never looked up again: one that the provider has withdrawn is still accepted."""

    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleTokenAccepted(Hazard):
    """While the provider is down, a cached token is accepted however old its entry is."""

    cache: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedTokenRemembered(Hazard):
    """A token that the provider has refused stays in the cache, and is accepted when the provider is down."""

    cache: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCacheOfOneProcess(Hazard):
    """The fall-back for an outage lives in one process: a process that has just started has nothing to fall back on."""

    cache: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCacheNeverEvicts(Hazard):
    """A cache of tokens that only grows."""

    cache: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageNotCaught(Hazard):
    """The fall-back for an outage is behind a handler that the outage's own error passes by."""

    caught: str
    uncaught: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageEndsSession(Hazard):
    """A failure of the provider is taken for a verdict on the user. `action` is what happens to the user: `logout` or `unauthorized`."""

    on: str
    action: str
    code: str
    function: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What one side does when its provider is slow, down, or changes keys."""
    for called in side.touched(ProviderCalled):
        yield from _of_call(called)
    for client in side.touched(KeyClientBuilt):
        yield from _of_client(client)
    for cache in side.touched(TokenCacheRead):
        yield from _of_cache(cache)
    for answer in side.touched(ProviderFailureAnswered):
        yield OutageEndsSession(place=answer.place, on=answer.on, action=answer.action, code=answer.code, function=answer.function)


def _of_call(fact: ProviderCalled) -> Iterator[Hazard]:
    if fact.waits_forever:
        yield ProviderCallUnlimited(place=fact.place, asked=fact.asked, about=_ABOUT[fact.asked], library=fact.library, call=fact.call)
    if fact.asked in ("token", "user") and fact.context == "each-request" and not fact.remembered:
        yield ProviderAskedEachRequest(place=fact.place, about=_ABOUT[fact.asked], call=fact.call)
    if fact.kept:
        yield KeysNeverRefreshed(place=fact.place, how=fact.kept, function=fact.function)
    elif fact.asked == "keys" and fact.context == "each-request" and not fact.remembered:
        yield KeysFetchedAgain(place=fact.place, cause="client", why="the key set is fetched at each request")


def _of_client(fact: KeyClientBuilt) -> Iterator[Hazard]:
    if fact.used_at_once:
        yield KeysFetchedAgain(place=fact.place, cause="client", why="a new PyJWKClient for each token starts with an empty cache")
    if fact.cache_jwk_set == Known(value=False):
        yield KeysFetchedAgain(place=fact.place, cause="cache", why="cache_jwk_set=False fetches the key set for each token")
    lifespan = seconds_of(fact.lifespan)
    if lifespan is not None and lifespan < _SHORTEST:
        yield KeysFetchedAgain(place=fact.place, cause="cache", why=f"lifespan={lifespan:g} fetches the key set again every {lifespan:g} s")
    if fact.cache_keys == Known(value=True):
        yield RemovedKeyAccepted(place=fact.place, given="cache_keys=True")


def _of_cache(fact: TokenCacheRead) -> Iterator[Hazard]:
    if not fact.bounded:
        yield StaleTokenAccepted(place=fact.place, cache=fact.cache, function=fact.function)
    if not fact.forgets:
        yield RevokedTokenRemembered(place=fact.place, cache=fact.cache, function=fact.function)
    if fact.per_process:
        yield TokenCacheOfOneProcess(place=fact.place, cache=fact.cache, function=fact.function)
    if not fact.evicts:
        yield TokenCacheNeverEvicts(place=fact.place, cache=fact.cache, function=fact.function)
    if fact.uncaught:
        yield OutageNotCaught(place=fact.place, caught=", ".join(fact.caught), uncaught=fact.uncaught, function=fact.function)
