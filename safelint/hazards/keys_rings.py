"""Rings of keys: names, ages, and for how long a key that no longer signs is still accepted."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.keys import GraceDeclared, KeyRing, LifetimeDeclared, SigningKid
from safelint.hazards import Hazard
from safelint.hazards._keys import GENERIC
from safelint.hazards.keys import KeyReplacedWithoutGrace, KeySignsBeforeAccepted
from safelint.places import Related
from safelint.records import dataclass
from safelint.secrets import is_placeholder
from safelint.sources import Change, Side
from safelint.values import Known, Sealed, Value, describe


@dataclass(frozen=True, slots=True, kw_only=True)
class RingClockRestarts(Hazard):
    """A ring that takes its keys' ages from the moment at which the process started."""

    ring: str
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldKeyDroppedAtOnce(Hazard):
    """An old key that is already as old as the grace period when the process starts: the first clean-up drops it."""

    ring: str
    kid: str
    grace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceTooShort(Hazard):
    """Old keys go before the tokens that they signed do."""

    grace_name: str
    grace: str
    lifetime_name: str
    lifetime: str


def of_state(side: Side) -> Iterator[Hazard]:
    """Rings whose clock or whose grace period drops keys too early."""
    graces = side.touched(GraceDeclared)
    for ring in side.touched(KeyRing):
        if not ring.clock:
            continue
        yield RingClockRestarts(place=ring.place, ring=ring.name, clock=ring.clock)
        for grace in (each for each in graces if each.place.path == ring.place.path and each.scope == ring.scope):
            for kid, age in ring.ages.items:
                if isinstance(age, Known) and isinstance(age.value, float | int) and age.value >= grace.seconds:
                    yield OldKeyDroppedAtOnce(
                        place=ring.place, related=(Related(grace.place, "the grace period"),), ring=ring.name, kid=_text(kid), grace=_span(grace.seconds)
                    )
    for grace in graces:
        lifetimes = [each for each in side.touched(LifetimeDeclared) if each.place.path == grace.place.path and each.seconds > grace.seconds]
        if lifetimes:
            longest = max(lifetimes, key=lambda each: each.seconds)
            yield GraceTooShort(
                place=grace.place, related=(Related(longest.place, "the lifetime"),), grace_name=grace.name, grace=_span(grace.seconds),
                lifetime_name=longest.name, lifetime=_span(longest.seconds),
            )  # fmt: skip


def of_change(change: Change) -> Iterator[Hazard]:
    """A ring whose keys or whose signing key is another one."""
    old_rings = {(change.head_path(ring.place.path), ring.scope, ring.name): ring for ring in change.base.touched(KeyRing)}
    for ring in change.head.touched(KeyRing):
        old = old_rings.get((ring.place.path, ring.scope, ring.name))
        if old is None or not ring.keys.whole or not old.keys.whole:
            continue
        signed, signs = _signing_kid(change.base, old), _signing_kid(change.head, ring)
        for kid, key in old.keys.items:
            now = ring.keys.get(_text(kid))
            held = any(key == each for _, each in ring.keys.items)
            if now is not None and isinstance(now, Sealed) and isinstance(key, Sealed) and now != key and not held and not is_placeholder(key):
                yield _ring_hazard(ring, old, _text(kid), "in-place", f"tokens that name it are checked against the wrong key: {GENERIC}")
            elif now is None and not held and (_text(kid) == signed or len(old.keys.items) == 1):
                yield _ring_hazard(ring, old, _text(kid), "dropped", f"it signed until now: {GENERIC}")
        if signs and signed and signs != signed and old.keys.get(signs) is None and ring.keys.get(signs) is not None and ring.keys.get(signed) is not None:
            yield KeySignsBeforeAccepted(
                place=ring.place, related=(Related(old.place, "the ring before", "base"),), setting=f"{ring.name}[{signs}]", framework=""
            )


def _ring_hazard(ring: KeyRing, old: KeyRing, kid: str, how: str, consequence: str) -> KeyReplacedWithoutGrace:
    related = (Related(old.place, "the ring before", "base"),)
    return KeyReplacedWithoutGrace(place=ring.place, related=related, setting=f"{ring.name}[{kid}]", framework="", how=how, consequence=consequence)


def _signing_kid(side: Side, ring: KeyRing) -> str:
    kids = {
        each.kid for each in side.touched(SigningKid) if each.place.path == ring.place.path and (each.scope == ring.scope or not each.scope or not ring.scope)
    }
    return kids.pop() if len(kids) == 1 else ""


def _text(kid: Value) -> str:
    return str(kid.value) if isinstance(kid, Known) else describe(kid)


def _span(seconds: float) -> str:
    """A duration as people say it."""
    for name, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} seconds"
