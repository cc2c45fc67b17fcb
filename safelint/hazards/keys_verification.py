"""Tokens that were verified and are no longer: nobody is logged out today, and whoever is let in by it when it is mended."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.clock import TokenVerified
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVerificationOff(Hazard):
    """A call that checked the `what` of tokens (signature, expiry) at the base takes any at the head."""

    library: str
    call: str
    function: str
    what: str


def of_change(change: Change) -> Iterator[TokenVerificationOff]:
    """Calls whose check the change switched off, where a function had one and has one: a token that is only looked at beside it is no change."""
    before: dict[tuple[str | None, str, str], list[TokenVerified]] = {}
    for old in change.base.touched(TokenVerified):
        before.setdefault((change.head_path(old.place.path), old.function, old.library), []).append(old)
    after: dict[tuple[str | None, str, str], list[TokenVerified]] = {}
    for new in change.head.touched(TokenVerified):
        after.setdefault((new.place.path, new.function, new.library), []).append(new)
    for key, calls in after.items():
        if len(calls) != 1 or len(before.get(key, ())) != 1:
            continue
        new, old = calls[0], before[key][0]
        if old.checks_signature and new.checks_signature is False:
            what = "signature"
        elif old.checks_expiry and new.checks_expiry is False:
            what = "expiry"
        else:
            continue
        yield TokenVerificationOff(
            place=new.place, library=new.library, call=new.call, function=new.function, what=what, related=(Related(old.place, f"the {what} was checked here"),)
        )
