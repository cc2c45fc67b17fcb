"""Tokens that are refused because the call that verifies them asks for more than it did: algorithms, audience, issuer, claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from safelint.facts.clock import TokenVerified
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._tokens import verified_at_both
from safelint.places import Related
from safelint.sources import Change
from safelint.values import Known, Listing, Value, describe, is_settled

# An audience that is asked for and missing: a refusal in PyJWT, no matter to python-jose; the others care where it is essential.
_MISSING_AUDIENCE_REFUSED = {"PyJWT"}
# An audience that nobody asks for and that is there: refused by these two.
_UNWANTED_AUDIENCE_REFUSED = {"PyJWT", "python-jose"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRefused(Hazard):
    """A verification that stays asks for something that the tokens which are out there do not have."""

    library: str
    call: str
    what: str
    before: str
    after: str
    says: str
    confidence: Confidence = "high"


def of_change(change: Change) -> Iterator[TokensRefused]:
    """What tokens must have from now on, measured on PyJWT 2.15, python-jose 3.5, Authlib 1.9 and joserfc 1.8."""
    for before, after in verified_at_both(change):
        if before.library == after.library and before.checks_signature is not False and after.checks_signature is not False:
            yield from _algorithms(before, after)
            yield from _audience(before, after)
            yield from _issuer(before, after)
            yield from _required(before, after)


def _refused(before: TokenVerified, after: TokenVerified, what: str, says: str, values: tuple[Value | None, Value | None], sure: bool = True) -> TokensRefused:
    return TokensRefused(
        place=after.place,
        library=after.library,
        call=after.call,
        what=what,
        before=describe(values[0]),
        after=describe(values[1]),
        says=says,
        confidence="high" if sure else "medium",
        related=(Related(before.place, f"{what}: {describe(values[0])}", "base"),),
    )


def _items(value: Value | None) -> frozenset[Value] | None:
    """The values that are accepted, none where nothing is asked for; None where they are not known."""
    if value is None or value == Known(None) or value == Known("") or value == Listing(()):
        return frozenset()
    if not is_settled(value):
        return None
    return frozenset(value.items) if isinstance(value, Listing) else frozenset({value})


def _algorithms(before: TokenVerified, after: TokenVerified) -> Iterator[TokensRefused]:
    old, new = _items(before.algorithms), _items(after.algorithms)
    if old and new and old - new:
        gone = ", ".join(sorted(describe(each) for each in old - new))
        yield _refused(before, after, "algorithms", f"tokens signed with {gone} are refused", (before.algorithms, after.algorithms), sure=not old & new)


def _audience(before: TokenVerified, after: TokenVerified) -> Iterator[TokensRefused]:
    if not before.checks_audience or after.checks_audience is None:
        return
    old, new = _items(before.audience), _items(after.audience)
    values = (before.audience, after.audience)
    if old is None or new is None or (old <= new and old):
        return
    if not old and new and after.checks_audience:
        # What was accepted by PyJWT without an audience has none.
        essential = _is_required(after, "aud")
        if after.library in _MISSING_AUDIENCE_REFUSED or essential:
            yield _refused(before, after, "audience", "tokens that were given out have none", values, sure=after.library in _MISSING_AUDIENCE_REFUSED)
    elif old and not new:
        if after.library in _UNWANTED_AUDIENCE_REFUSED and after.checks_audience:
            yield _refused(
                before, after, "audience", f"{after.library} refuses tokens with an audience that nobody asks for", values, sure=after.library == "PyJWT"
            )
    elif old and new:
        yield _refused(before, after, "audience", "tokens that were given out have the old one", values)


def _issuer(before: TokenVerified, after: TokenVerified) -> Iterator[TokensRefused]:
    old, new = _items(before.issuer), _items(after.issuer)
    if old is None or new is None or not new or (old and old <= new):
        return
    says = "tokens that were given out have the old one" if old else "tokens that were given out need not have one"
    yield _refused(before, after, "issuer", says, (before.issuer, after.issuer), sure=bool(old))


def _required(before: TokenVerified, after: TokenVerified) -> Iterator[TokensRefused]:
    old, new = _items(before.required), _items(after.required)
    # A claim that is given a value to be compared with is the business of the two above.
    settled = {Known("aud"), Known("iss")}
    if old is None or not new or not new - old - settled:
        return
    names = ", ".join(sorted(describe(each) for each in new - old - settled))
    yield _refused(before, after, "required claims", f"tokens that were given out without {names} are refused", (before.required, after.required), sure=False)


def _is_required(fact: TokenVerified, claim: str) -> bool:
    items = _items(fact.required)
    return items is not None and Known(claim) in items
