"""Signing keys: replaced with no grace, different in every process, taken from somewhere else, accepted for too short a time."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from safelint.facts.keys import GraceDeclared, KeyRing, LifetimeDeclared, SigningKid, TokenKeyUsed
from safelint.facts.settings import SettingAssigned, VariableSet
from safelint.findings import Confidence, Impact, Rollback, Severity
from safelint.frameworks import frameworks
from safelint.hazards import Hazard
from safelint.hazards._changes import changes, pairs
from safelint.hazards._differences import SettingChange
from safelint.hazards._key_names import is_key_name
from safelint.hazards._settings import Settings, for_developers
from safelint.hazards._versions import is_older, version_of
from safelint.places import Place, Related
from safelint.records import dataclass
from safelint.secrets import fingerprint, is_placeholder
from safelint.sources import Change, Side
from safelint.values import Called, Environment, Known, Listing, Mapping, Reference, Sealed, Template, Unknown, Value, describe

# Functions that give something else each time.
_RANDOM = re.compile(
    r"(^|\.)(urandom|token_bytes|token_hex|token_urlsafe|uuid1|uuid4|get_random_secret_key|get_random_string|generate_key|SystemRandom|getrandbits|randbytes"
    r"|choices|generate_secret_key)$|^random\.\w+$|^secrets\.(choice|randbits|randbelow)$"
)
_DERIVATION = re.compile(r"sha\d|md5|blake|hmac|hkdf|kdf|scrypt|derive|digest|b64|b32|hash|bcrypt|argon", re.IGNORECASE)
_GENERIC = "everything that was signed by it is refused: every user is logged out"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReplacedWithoutGrace(Hazard):
    """What signed sessions or tokens is another key now, and the old one is not accepted any more.

    `how` is `replaced`, `grace-ignored` (the old key is listed where this library does not look), `in-place` (another
    key under the same name in a ring) or `dropped` (the key that signed until now has left the ring).
    """

    setting: str
    framework: str
    how: str
    consequence: str
    impact: Impact = "everyone"
    rollback: Rollback = "heals"
    severity: Severity = "error"
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySignsBeforeAccepted(Hazard):
    """A new key signs from this change on, and the version before it does not know the key yet: whoever meets both is logged out."""

    setting: str
    framework: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceSpoilt(Hazard):
    """A grace period that signs new sessions with the old key: to end it logs everybody out."""

    setting: str
    framework: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldKeyUnusable(Hazard):
    """Old keys that are meant to be accepted and are not: `why` is `a text, not a list`, `None`, `empty`, `stray whitespace`, `a list`."""

    setting: str
    why: str
    consequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRandomPerProcess(Hazard):
    """A key that every process draws for itself. `when` is `always`, or `unset`: only where the variable is missing."""

    setting: str
    call: str
    when: str
    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySourceMoved(Hazard):
    """A key that is read from somewhere else, or made in another way: equal only if somebody saw to it.

    `how` is `variable` (another environment variable), `default` (what holds where the variable is missing), `out-of-code`,
    `into-code`, `strip` (white space around it is kept now, or taken away), `derivation` (made from a secret in another way).
    """

    setting: str
    how: str
    before: Value
    after: Value
    impact: Impact = "everyone"
    rollback: Rollback = "heals"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTooShort(Hazard):
    """A written-out key under the 32 bytes that HS256 wants."""

    library: str
    function: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What the keys of one side are like."""
    yield from _random(side)
    yield from _unusable(side)
    yield from _rings(side)
    for used in side.touched(TokenKeyUsed):
        if isinstance(used.key, Sealed) and "short" in used.key.traits and not is_placeholder(used.key) and _is_symmetric(used.algorithm):
            yield KeyTooShort(place=used.place, library=used.library, function=used.function)


def of_change(change: Change) -> Iterator[Hazard]:
    """Keys that are other keys now."""
    known: set[Place] = set()
    moved: set[Place] = set()
    for each in changes(change):
        known.add(each.place)
        if each.row.role == "key":
            for hazard in _key_change(each):
                # What follows the key by default moves with it: once is enough.
                if not isinstance(hazard, KeySourceMoved) or hazard.place not in moved:
                    yield hazard
                if isinstance(hazard, KeySourceMoved):
                    moved.add(hazard.place)
    for hazard in _other_names(change):
        if hazard.place not in known:
            yield hazard
    yield from _ring_changes(change)


# ---- replaced


def _key_change(change: SettingChange) -> Iterator[KeyReplacedWithoutGrace | KeySignsBeforeAccepted | KeySourceMoved | GraceSpoilt]:
    related = _related(change)
    before, after = _signing(change.before, change), _signing(change.after, change)
    if _is_random(after) or _is_random(before) or is_placeholder(before) or is_placeholder(after):
        return
    if not (isinstance(before, Sealed) and isinstance(after, Sealed)):
        how = moved_how(before, after)
        if how and change.certainty != "sure":
            yield KeySourceMoved(
                place=change.place, side=change.side, related=related, setting=change.name, how=how, before=before, after=after,
                impact=change.row.impact, rollback=change.row.rollback,
            )  # fmt: skip
        return
    if before == after:
        return
    accepted_before, accepted_after = _accepted(change.before, change.base, change), _accepted(change.after, change.head, change)
    if before in accepted_after:
        version = version_of(change.head.side, change.framework.distributions)
        if change.row.grace_since and version and is_older(version, change.row.grace_since):
            yield _replaced(change, "grace-ignored", f"{change.framework.name} {version} does not read {change.row.grace}: {change.row.says}", related)
        elif version and version in change.row.grace_spoils:
            yield GraceSpoilt(place=change.place, side=change.side, setting=change.name, framework=change.framework.name, version=version)
        elif after not in accepted_before:
            yield KeySignsBeforeAccepted(place=change.place, side=change.side, related=related, setting=change.name, framework=change.framework.name)
        return
    if any(not isinstance(each, Sealed) for each in accepted_after):
        return  # the old key may be among those that are not to be seen: the environment holds them
    yield _replaced(change, "replaced", change.row.says, related)


def _replaced(change: SettingChange, how: str, consequence: str, related: tuple[Related, ...]) -> KeyReplacedWithoutGrace:
    return KeyReplacedWithoutGrace(
        place=change.place, side=change.side, related=related, setting=change.name, framework=change.framework.name, how=how, consequence=consequence,
        impact=change.row.impact, rollback=change.row.rollback,
    )  # fmt: skip


def _signing(value: Value, change: SettingChange) -> Value:
    """The key that signs: of a list, for libraries that take one, the last."""
    if isinstance(value, Listing) and change.row.grace == "last":
        return value.items[-1] if value.items else Unknown("an empty list")
    return value


def _accepted(value: Value, settings: Settings, change: SettingChange) -> tuple[Value, ...]:
    """Every key that one side accepts."""
    if change.row.grace == "last":
        return value.items if isinstance(value, Listing) else (value,)
    others = settings.value(change.row.grace) if change.row.grace else None
    match others:
        case None | Known(None):
            return (value,)
        case Listing(items):
            return (value, *items)
        case Sealed():  # a text where a list belongs: the rule about those says so
            return (value,)
        case _:
            return (value, others)


def _related(change: SettingChange) -> tuple[Related, ...]:
    if change.base_place is None or change.side == "base":
        return ()
    return (Related(change.base_place, "the key before", "base"),)


def moved_how(before: Value, after: Value) -> str:
    """How a key's source changed; empty where nothing can be said."""
    match before, after:
        case Environment(first, was), Environment(second, now):
            if first != second:
                return "variable"
            if is_placeholder(was) or is_placeholder(now):
                return ""
            return "default" if isinstance(was, Sealed) and isinstance(now, Sealed) else ""
        case Sealed(), Environment(_, default):
            return "out-of-code" if default != before else ""
        case Environment(), Sealed():
            return "into-code"
        case (Reference(first) | Environment(first), Reference(second) | Environment(second)) if _is_held(before) or _is_held(after):
            return "variable" if first != second else ""
        case Sealed(), Reference() if _is_held(after):
            return "out-of-code"
        case Reference(), Sealed() if _is_held(before):
            return "into-code"
        case (Called("str.strip" | "str.rstrip" | "str.lstrip", (inner, *_)), other) | (
            other,
            Called("str.strip" | "str.rstrip" | "str.lstrip", (inner, *_)),
        ) if inner == other:
            return "strip"
        case (Called(_, (Sealed() as asked, *_)) as fetched, Environment(name, _)) | (
            Environment(name, _),
            Called(_, (Sealed() as asked, *_)) as fetched,
        ) if not (_derives(fetched) or _is_random(fetched)):
            return "" if asked.fingerprint == fingerprint(name) else "variable"  # get_secret("SECRET_KEY") may well read $SECRET_KEY
        case (Called(_, (Sealed(), *_)) as fetched, Sealed()) if not (_derives(fetched) or _is_random(fetched)):
            return "into-code"
        case Called(first, (Sealed() as was, *_)), Called(second, (Sealed() as now, *_)) if first == second and not _derives(before):
            return "variable" if was != now else ""
        case (Called(), Called() | Environment() | Sealed()) | (Environment() | Sealed(), Called()) if _is_whole(before) and _is_whole(after):
            return "derivation" if _shares_source(before, after) and (_derives(before) or _derives(after)) else ""
        case _:
            return ""


def _is_held(value: Value) -> bool:
    """Whether a secret of the cluster, a vault or a mounted file holds the value, and not another module."""
    return isinstance(value, Reference) and ("/" in value.name or " " in value.name)


def _leaves(value: Value | None) -> Iterator[Value]:
    match value:
        case None:
            return
        case Called(_, items) | Listing(items) | Template(items):
            for item in items:
                yield from _leaves(item)
        case Mapping(pairs_):
            for _, item in pairs_:
                yield from _leaves(item)
        case _:
            yield value


def _is_whole(value: Value) -> bool:
    return not any(isinstance(each, Unknown) for each in _leaves(value))


def _derives(value: Value) -> bool:
    """Whether a value is computed from a secret, and not only fetched."""
    match value:
        case Called(function, arguments):
            return _DERIVATION.search(function) is not None or any(_derives(each) for each in arguments)
        case Listing(items) | Template(items):
            return any(_derives(item) for item in items)
        case _:
            return False


def _shares_source(before: Value, after: Value) -> bool:
    """Whether two values are made from the same secret or variable."""

    def sources(value: Value) -> set[str]:
        return {each.name for each in _leaves(value) if isinstance(each, Environment)} | {
            each.fingerprint for each in _leaves(value) if isinstance(each, Sealed)
        }

    return bool(sources(before) & sources(after))


# ---- keys that no framework names


def _other_names(change: Change) -> Iterator[KeyReplacedWithoutGrace]:
    """Constants, fields and variables that are keys by their names, with another literal than before."""
    for base, head in pairs(change):
        if head.form == "argument":
            continue
        for name in base.assigned:
            if not is_key_name(name):
                continue
            old, new = base.of(name), head.of(name)
            if old is not None and new is not None and not is_kept(new.value, old.value) and new.place.path in {each.head for each in change.changed}:
                if _is_accepted_elsewhere(old.value, head.assigned):
                    continue
                yield generic(name, new.place, old.place)


def generic(name: str, new: Place, old: Place) -> KeyReplacedWithoutGrace:
    """A key by its name alone that is another one."""
    return KeyReplacedWithoutGrace(
        place=new, related=(Related(old, "the key before", "base"),), setting=name, framework="", how="replaced", consequence=_GENERIC, confidence="medium"
    )


def is_kept(new: Value, old: Value) -> bool:
    """Whether a literal key stayed, or is none that counts."""
    if not (isinstance(new, Sealed) and isinstance(old, Sealed)) or is_placeholder(new) or is_placeholder(old):
        return True
    return new.fingerprint == old.fingerprint


def _is_accepted_elsewhere(old: Value, assigned: dict[str, list[SettingAssigned]]) -> bool:
    """Whether the old key is still named somewhere in the same settings: among fallbacks, as `OLD_...`, in a list or a ring."""
    return any(holds(fact.value, old) for facts in assigned.values() for fact in facts)


def holds(value: Value, key: Value) -> bool:
    """Whether a key is the value, or one of several in it."""
    return isinstance(key, Sealed) and any(isinstance(each, Sealed) and each.fingerprint == key.fingerprint for each in _leaves(value))


# ---- random


def _random(side: Side) -> Iterator[KeyRandomPerProcess]:
    named = {row.setting for framework in frameworks() for row in framework.rows if row.role == "key"}
    for fact in side.touched(SettingAssigned):
        if not (is_key_name(fact.name) or any(fnmatch.fnmatchcase(fact.name, each) for each in named)) or for_developers(fact.condition):
            continue
        when, variable, value = "always", "", fact.value
        if isinstance(value, Environment):
            when, variable, value = "unset", value.name, value.default or Known(None)
        elif isinstance(value, Called) and value.function == "or":
            when, value = "unset", value.arguments[-1]
        call = _random_call(value)
        stands_in = _stands_in(fact)
        if call and not (stands_in and _for_debugging_alone(fact.condition)):
            yield KeyRandomPerProcess(
                place=fact.place, setting=fact.name, call=call, when="unset" if stands_in else when, variable=variable or fact.name.rsplit(".", 1)[-1]
            )


def _stands_in(fact: SettingAssigned) -> bool:
    """Whether a random key only stands in for one that is missing: `if not SECRET_KEY: SECRET_KEY = ...` says the same as `or`."""
    return re.search(rf"\b{re.escape(fact.name.rsplit('.', 1)[-1])}\b", fact.condition) is not None


def _for_debugging_alone(condition: str) -> bool:
    """Whether the stand-in is drawn only on a developer's machine."""
    return "DEBUG" in condition


def _random_call(value: Value | None) -> str:
    """The call that draws a key, empty where none does."""
    match value:
        case Called(function, arguments):
            if _RANDOM.search(function):
                return function
            return next((call for each in arguments if (call := _random_call(each))), "")
        case Template(items) | Listing(items):
            return next((call for each in items if (call := _random_call(each))), "")
        case _:
            return ""


def _is_random(value: Value) -> bool:
    return bool(_random_call(value))


# ---- old keys that are not accepted


def _unusable(side: Side) -> Iterator[OldKeyUnusable]:
    fallbacks = {row.setting for framework in frameworks() for row in framework.rows if row.role == "fallbacks"}
    no_list = {row.setting for framework in frameworks() for row in framework.rows if row.role == "key" and row.grace != "last"}
    for fact in side.touched(SettingAssigned):
        if fact.name in fallbacks:
            yield from _unusable_fallbacks(fact)
        elif fact.name in no_list and isinstance(fact.value, Listing):
            yield OldKeyUnusable(
                place=fact.place, setting=fact.name, why="a list",
                consequence="it becomes one long text that signs, and no session that exists fits it: every user is logged out",
            )  # fmt: skip
    for variable in side.touched(VariableSet):
        if is_key_name(variable.name) and isinstance(variable.value, Sealed) and "stray-whitespace" in variable.value.traits:
            yield OldKeyUnusable(
                place=variable.place, setting=variable.name, why="stray whitespace",
                consequence="the space or line end is part of the key: whoever reads it without refuses every session",
            )  # fmt: skip


def _unusable_fallbacks(fact: SettingAssigned) -> Iterator[OldKeyUnusable]:
    def unusable(why: str, consequence: str) -> OldKeyUnusable:
        return OldKeyUnusable(place=fact.place, setting=fact.name, why=why, consequence=consequence)

    refused = "no session that the old key signed is accepted: every user is logged out"
    match fact.value:
        case Sealed():
            yield unusable("a text, not a list", "Django does not start, Flask takes every letter for a key and accepts no old session")
        case Listing(items):
            for item in items:
                match item:
                    case Known(None):
                        yield unusable("None", refused)
                    case Sealed(_, traits) if "empty" in traits:
                        yield unusable("empty", refused)
                    case Sealed(_, traits) if "stray-whitespace" in traits:
                        yield unusable("stray whitespace", refused)
                    case Environment(name, Known(None)):
                        yield unusable(f"${name}, None where it is missing", refused)
                    case Environment(name, Sealed(_, traits)) if "empty" in traits:
                        yield unusable(f"${name}, empty where it is missing", refused)


def _is_symmetric(algorithm: Value | None) -> bool:
    items = algorithm.items if isinstance(algorithm, Listing) else (algorithm or Known("HS256"),)
    return bool(items) and all(isinstance(each, Known) and str(each.value).startswith("HS") for each in items)


# ---- rings


def _rings(side: Side) -> Iterator[Hazard]:
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


def _ring_changes(change: Change) -> Iterator[Hazard]:
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
                yield _ring_hazard(ring, old, _text(kid), "in-place", f"tokens that name it are checked against the wrong key: {_GENERIC}")
            elif now is None and not held and (_text(kid) == signed or len(old.keys.items) == 1):
                yield _ring_hazard(ring, old, _text(kid), "dropped", f"it signed until now: {_GENERIC}")
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
