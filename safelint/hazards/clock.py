"""The clock: what a difference of seconds between two machines, or a wrong idea of expiry, does to live sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.facts.clock import ExpiryCompared, NaiveTime, TimeSyncSwitched, TokenVerified
from safelint.facts.settings import SettingAssigned
from safelint.hazards import Hazard
from safelint.hazards._changes import changes
from safelint.hazards._tokens import verified_at_both
from safelint.places import Related
from safelint.records import dataclass, field, replace
from safelint.sources import Change, Side
from safelint.values import Duration, Known, Reference, Value, seconds_of

# Exceptions of each library that an expired token does not raise, measured on PyJWT 2.15, python-jose 3.5, Authlib 1.9 and joserfc 1.8.
_NARROW = {
    "PyJWT": {"InvalidSignatureError", "DecodeError", "InvalidAudienceError", "InvalidIssuerError", "InvalidIssuedAtError", "ImmatureSignatureError",
              "InvalidKeyError", "InvalidAlgorithmError", "MissingRequiredClaimError", "PyJWKError", "PyJWKClientError", "PyJWKSetError"},
    "python-jose": {"JWSError", "JWSSignatureError", "JWTClaimsError", "JWKError"},
    "Authlib": {"BadSignatureError", "DecodeError", "InvalidClaimError", "MissingClaimError"},
    "joserfc": {"BadSignatureError", "DecodeError", "InvalidClaimError", "MissingClaimError"},
}  # fmt: skip
_BUILT_IN = {"KeyError", "ValueError", "TypeError", "AttributeError", "IndexError", "LookupError", "UnicodeDecodeError", "DoesNotExist", "ValidationError"}
# Tokens that are no logins: a link in a mail, a file to fetch. Whoever meets an expired one asks for another and stays logged in.
_NO_LOGIN = re.compile(r"reset|confirm|activat|invit|unsubscri|verif(y|ication)_?e?mail|download|upload|(?<!pro)file|attachment|webhook|captcha", re.IGNORECASE)
_SECONDS_ONLY = {"Authlib", "joserfc"}  # a timedelta is a TypeError on every token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWithoutLeeway(Hazard):
    """A token is verified with no tolerance: whoever's token was issued by a clock that is ahead, or has just expired, is out.

    Which library does it is no part of what it is: another library with the same intolerance is nothing new.
    """

    library: str = field(compare=False)
    call: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeewayMisplaced(Hazard):
    """A leeway in a place or of a type that the library does not take. `effect` is what it does with it: ignore it, or fail on every token."""

    library: str
    call: str
    given: str
    effect: Literal["ignored", "fails"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeewayShortened(Hazard):
    """The tolerance of a verification that stays is smaller than it was, in seconds."""

    library: str
    call: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryCheckedByHand(Hazard):
    """Code that checks `exp` again after the library did. `cancels` says whether that takes a leeway away again."""

    library: str
    comparison: str
    cancels: bool
    needs_claim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveTimeInToken(Hazard):
    """A time without a zone in a token: shifted by the server's offset from UTC."""

    claim: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredTokenEscapes(Hazard):
    """Handlers around a verification that an expired token passes by: the request ends in a server error instead of a login page."""

    library: str
    call: str
    caught: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSyncOff(Hazard):
    """A machine's time synchronisation is switched off, and nothing else in the same file takes its place."""

    program: str
    code: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What one side does to tokens at the edge of their lifetime."""
    tolerant = {(fact.library, fact.function) for fact in side.before.touched(TokenVerified) if _tolerates(fact.leeway)} if side.before else set()
    for fact in side.touched(TokenVerified):
        for hazard in _of_verification(fact):
            # What the change takes away is said once, as what it takes away.
            if not isinstance(hazard, TokenWithoutLeeway) or (fact.library, fact.function) not in tolerant:
                yield hazard
    for comparison in side.touched(ExpiryCompared):
        yield ExpiryCheckedByHand(
            place=comparison.place,
            library=comparison.library,
            comparison=comparison.comparison,
            cancels=_tolerates(comparison.leeway),
            needs_claim=comparison.needs_claim,
        )
    for time in side.touched(NaiveTime):
        yield NaiveTimeInToken(place=time.place, claim=time.claim, call=time.call)
    switched = side.touched(TimeSyncSwitched)
    running = {fact.place.path for fact in switched if fact.on}
    for switch in switched:
        if not switch.on and switch.place.path not in running:
            yield TimeSyncOff(place=switch.place, program=switch.program, code=switch.code)


def _of_verification(fact: TokenVerified) -> Iterator[Hazard]:
    if fact.checks_signature is False and fact.checks_expiry is not True:
        return
    loud = fact.misplaced and fact.library in ("python-jose", "Authlib")
    wrong_type = fact.library in _SECONDS_ONLY and isinstance(fact.leeway, Duration)
    if fact.misplaced or wrong_type:
        yield LeewayMisplaced(
            place=fact.place,
            library=fact.library,
            call=fact.call,
            given=fact.misplaced or "leeway=timedelta(...)",
            effect="fails" if loud or wrong_type else "ignored",
        )
    elif fact.checks_expiry and not _NO_LOGIN.search(fact.function) and (fact.leeway is None or seconds_of(fact.leeway) == 0 or fact.leeway == Known(None)):
        yield TokenWithoutLeeway(place=fact.place, library=fact.library, call=fact.call)
    if fact.handled and fact.checks_expiry and fact.library in _NARROW:
        narrow = _NARROW[fact.library]
        caught = set(fact.caught)
        if caught & narrow and caught <= narrow | _BUILT_IN:
            yield ExpiredTokenEscapes(place=fact.place, library=fact.library, call=fact.call, caught=", ".join(fact.caught))


def of_change(change: Change) -> Iterator[Hazard]:
    """Tolerance that a change takes away."""
    for each in changes(change, "clock"):
        if each.row.effect != "none" and each.certainty != "source":
            yield LeewayShortened(
                place=each.place,
                side=each.side,
                library=each.framework.name,
                call=each.name,
                before=f"{seconds_of(each.before) or 0:g}",
                after=f"{seconds_of(each.after) or 0:g}",
                related=(Related(each.base_place, "the leeway was set here", "base"),) if each.base_place and each.side == "head" else (),
            )
    for before, after in (*verified_at_both(change), *_by_constants(change)):
        old, new = _seconds(before), _seconds(after)
        if old is not None and new is not None and new < old:
            yield LeewayShortened(
                place=after.place,
                library=after.library,
                call=after.call,
                before=f"{old:g}",
                after=f"{new:g}",
                related=(Related(before.place, f"the leeway was {old:g} s", "base"),),
            )


def _by_constants(change: Change) -> Iterator[tuple[TokenVerified, TokenVerified]]:
    """Verifications in files that stay, whose leeway is a constant of a file that changes: before and after, shown where the constant stands."""
    said = [
        {fact.name: fact for fact in side.touched(SettingAssigned) if "leeway" in fact.name.lower() and fact.form == "module"}
        for side in (change.base, change.head)
    ]
    names = {name for name in said[0] if name in said[1] and said[0][name].value != said[1][name].value}
    if not names:
        return
    for fact in change.head.everywhere(TokenVerified):
        name = fact.leeway.name.rpartition(".")[2] if isinstance(fact.leeway, Reference) else ""
        if name in names and fact.place.path not in change.head.touched_paths:
            yield (
                replace(fact, leeway=said[0][name].value, place=said[0][name].place),
                replace(fact, leeway=said[1][name].value, place=said[1][name].place),
            )


def _tolerates(leeway: Value | None) -> bool:
    """Whether a leeway is given that is not plainly none. One whose size is not known was given for a reason."""
    return leeway is not None and leeway != Known(None) and seconds_of(leeway) != 0


def _seconds(fact: TokenVerified) -> float | None:
    """The tolerance in seconds, 0 where there is none; None where it is not known, or nothing is checked."""
    if not fact.checks_expiry:
        return None
    if fact.leeway is None or fact.leeway == Known(None):
        return 0.0
    return seconds_of(fact.leeway)
