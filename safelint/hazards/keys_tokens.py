"""What tokens must say to be accepted: algorithms, audience, issuer, required claims. What was given out before says what it said then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.clock import TokenVerified
from safelint.facts.keys import IntegerSubject
from safelint.facts.settings import SettingAssigned
from safelint.findings import Confidence, Severity
from safelint.hazards import Hazard
from safelint.hazards._versions import is_older, version_of
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change, Side
from safelint.values import Environment, Known, Listing, Mapping, Reference, Value, describe, is_settled

_OUT = "every user is logged out"
# The first versions that refuse a subject that is a number.
_TEXTS_SINCE = {"PyJWT": "2.10", "python-jose": "0", "joserfc": "1.8"}
_ALGORITHM = re.compile(r"(^|_)algorithms?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationNarrowed(Hazard):
    """Tokens that were good until now are refused. `what` is `algorithms`, `audience`, `issuer` or `claims`."""

    library: str
    function: str
    what: str
    before: Value | None
    after: Value | None
    consequence: str
    severity: Severity = "error"
    confidence: Confidence = "high"


def of_change(change: Change) -> Iterator[VerificationNarrowed]:
    """Every verification that asks for more, or for something else, than at the base. Measured on PyJWT 2.15, python-jose 3.5, Authlib 1.9 and joserfc 1.8."""
    heads = change.head.touched(TokenVerified)
    for before in change.base.touched(TokenVerified):
        path = change.head_path(before.place.path)
        there = [each for each in heads if each.place.path == path and each.function == before.function]
        now = [each for each in there if each.library == before.library] or there
        if len(now) == 1 and before.checks_signature is not False and now[0].checks_signature is not False:
            yield from _compared(before, now[0])
            yield from _numbers(change, before, now[0])
    yield from _by_constants(change)


def _by_constants(change: Change) -> Iterator[VerificationNarrowed]:
    """Algorithms that are named by a constant of another file: what changes is the constant, and the verification is not touched."""
    before = {(change.head_path(fact.place.path), fact.name): fact for fact in _constants(change.base)}
    changed = {fact.name: (before[key], fact) for fact in _constants(change.head) if (key := (fact.place.path, fact.name)) in before}
    changed = {name: pair for name, pair in changed.items() if _algorithm(pair[0]) != _algorithm(pair[1])}
    if not changed:
        return
    paths = {each.head for each in change.changed}
    for verified in change.head.everywhere(TokenVerified):
        items = verified.algorithms.items if isinstance(verified.algorithms, Listing) else (verified.algorithms,)
        names = [item.name.rpartition(".")[2] for item in items if isinstance(item, Reference)]
        if verified.place.path in paths or len(names) != len(items) or verified.checks_signature is False or not set(names) & set(changed):
            continue
        name = next(each for each in names if each in changed)
        was, now = changed[name]
        if len(items) == 1 and isinstance(_algorithm(was), Known) and isinstance(_algorithm(now), Known):
            yield VerificationNarrowed(
                place=now.place, related=(Related(was.place, "the algorithm before", "base"), Related(verified.place, "the verification", "head")),
                library=verified.library, function=verified.function, what="algorithms", before=_algorithm(was), after=_algorithm(now),
                consequence=f"tokens signed by {_plain(_algorithm(was))} are refused: {_OUT}",
            )  # fmt: skip
            return


def _plain(value: Value) -> str:
    return describe(value).strip('"')


def _constants(side: Side) -> list[SettingAssigned]:
    found = side.touched(SettingAssigned)
    return [each for each in found if each.form in ("module", "field", "class") and _ALGORITHM.search(each.name) and not each.condition]


def _algorithm(fact: SettingAssigned) -> Value:
    return fact.value.default if isinstance(fact.value, Environment) and fact.value.default is not None else fact.value


def _compared(before: TokenVerified, after: TokenVerified) -> Iterator[VerificationNarrowed]:
    yield from _algorithms(before, after)
    yield from _audience(before, after)
    yield from _issuer(before, after)
    was, now = _texts(before.required), _texts(after.required)
    if now is not None and was is not None and (new := now - was):
        yield _narrowed(before, after, "claims", before.required, after.required, f"tokens without {', '.join(sorted(new))} are refused", "warning", "medium")


def _algorithms(before: TokenVerified, after: TokenVerified) -> Iterator[VerificationNarrowed]:
    was, now = _texts(before.algorithms), _texts(after.algorithms)
    if was and now and was - now:
        severity: Severity = "warning" if was & now else "error"
        consequence = f"tokens signed by {', '.join(sorted(was - now))} are refused" + ("" if was & now else f": {_OUT}")
        yield _narrowed(before, after, "algorithms", before.algorithms, after.algorithms, consequence, severity, "medium" if was & now else "high")


def _audience(before: TokenVerified, after: TokenVerified) -> Iterator[VerificationNarrowed]:
    was, now = _claim(before.audience), _claim(after.audience)
    if (was == now and before.library == after.library) or not before.checks_audience or not after.checks_audience:
        return
    if _asks(after, "aud", now) and not _asks(before, "aud", was):
        yield _narrowed(before, after, "audience", before.audience, after.audience, f"tokens that name no audience are refused: {_OUT}", "warning", "medium")
    elif was is not None and now is None:
        if after.library in ("PyJWT", "python-jose"):
            consequence = f"tokens that name an audience are refused where none is asked for: {_OUT}"
            yield _narrowed(before, after, "audience", before.audience, after.audience, consequence, "error", "high")
    elif was is not None and now is not None and not was & now:
        yield _narrowed(before, after, "audience", before.audience, after.audience, f"tokens for the old audience are refused: {_OUT}", "error", "high")


def _issuer(before: TokenVerified, after: TokenVerified) -> Iterator[VerificationNarrowed]:
    was, now = _claim(before.issuer), _claim(after.issuer)
    if was == now and before.library == after.library:
        return
    if _asks(after, "iss", now) and not _asks(before, "iss", was):
        yield _narrowed(before, after, "issuer", before.issuer, after.issuer, "tokens that name no issuer, or another one, are refused", "warning", "medium")
    elif was is not None and now is not None and not was & now:
        consequence = f"tokens of the old issuer are refused, and a slash at its end is enough to make it another: {_OUT}"
        yield _narrowed(before, after, "issuer", before.issuer, after.issuer, consequence, "error", "high")


def _asks(fact: TokenVerified, claim: str, wanted: frozenset[str] | None) -> bool:
    """Whether a token that does not have the claim at all is refused."""
    if wanted is None or (claim == "aud" and fact.library == "python-jose"):
        return False
    return fact.library in ("PyJWT", "python-jose") or claim in (_texts(fact.required) or ())


def _numbers(change: Change, before: TokenVerified, after: TokenVerified) -> Iterator[VerificationNarrowed]:
    """Subjects that are numbers: Authlib takes them, the others do not (any more)."""
    if before.library == "Authlib" and after.library in _TEXTS_SINCE:
        version = version_of(change.head, (after.library.lower(),))
        gives = any(fact.library == "Authlib" for fact in change.base.everywhere(IntegerSubject))
        if gives and not (version and is_older(version, _TEXTS_SINCE[after.library])):
            yield _narrowed(before, after, "claims", before.required, after.required, f"tokens whose `sub` is a number are refused: {_OUT}", "error", "medium")


def _narrowed(
    before: TokenVerified, after: TokenVerified, what: str, was: Value | None, now: Value | None, consequence: str, severity: Severity, confidence: Confidence
) -> VerificationNarrowed:
    library = after.library if after.library == before.library else f"{after.library}, in place of {before.library},"
    return VerificationNarrowed(
        place=after.place, related=(Related(before.place, "the verification before", "base"),), library=library, function=after.function, what=what,
        before=was, after=now, consequence=consequence, severity=severity, confidence=confidence,
    )  # fmt: skip


def _claim(value: Value | None) -> frozenset[str] | None:
    """The accepted values of a claim, None where none is asked for; one that is not known is a value of its own."""
    if value is None or value == Known(None):
        return None
    return frozenset(_texts(value) or {f"?{describe(value)}" if is_settled(value) else "?"})


def _texts(value: Value | None) -> set[str] | None:
    """The texts of a list or of one; the empty set where there is none, None where it is not known."""
    match value:
        case None | Known(None):
            return set()
        case Known(scalar):
            return {str(scalar)}
        case Listing(items) if all(isinstance(item, Known) for item in items):
            return {str(item.value) for item in items if isinstance(item, Known)}
        case Mapping(items) if all(isinstance(key, Known) for key, _ in items):
            return {str(key.value) for key, _ in items if isinstance(key, Known)}
        case _:
            return None
