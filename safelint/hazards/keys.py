"""Signing keys: replaced with no grace, or taken from somewhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned, VariableSet
from safelint.findings import Confidence, Impact, Rollback, Severity
from safelint.hazards import Hazard, SafeStep
from safelint.hazards._changes import changes, pairs
from safelint.hazards._differences import SettingChange, lost_default
from safelint.hazards._key_names import is_key_name
from safelint.hazards._keys import GENERIC, derives, is_random, is_whole, leaves, shares_source
from safelint.hazards._settings import Settings
from safelint.hazards._versions import is_older, version_of
from safelint.places import Place, Related
from safelint.records import dataclass, replace
from safelint.secrets import fingerprint, is_of_new_project, is_placeholder
from safelint.sources import Change, Side
from safelint.values import Called, Environment, Known, Listing, Mapping, Reference, Sealed, Unknown, Value


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
    confidence: Confidence = "medium"


def of_change(change: Change) -> Iterator[Hazard | SafeStep]:
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


# ---- replaced


def _key_change(change: SettingChange) -> Iterator[KeyReplacedWithoutGrace | KeySignsBeforeAccepted | KeySourceMoved | GraceSpoilt | SafeStep]:
    related = _related(change)
    before, after = _signing(change.before, change.base, change), _signing(change.after, change.head, change)
    if is_random(after) or is_random(before) or any(is_placeholder(each) and not is_of_new_project(each) for each in (before, after)):
        return
    if not (isinstance(before, Sealed) and isinstance(after, Sealed)):
        if lost_default(before, after):
            yield from _without_default(change, before, after, related)
            return
        how = moved_how(before, after)
        if how and change.certainty != "sure":
            yield KeySourceMoved(
                place=change.place, side=change.side, related=related, setting=change.name, how=how, before=before, after=after,
                impact=change.row.impact, rollback=change.row.rollback,
            )  # fmt: skip
        return
    if before == after:
        return
    accepted_before = _accepted(change.before, change.base, change, _version(change.after, change.head, change))
    accepted_after = _accepted(change.after, change.head, change, _version(change.before, change.base, change))
    if before in accepted_after:
        version = version_of(change.head.side, change.framework.distributions)
        if change.row.grace_since and version and is_older(version, change.row.grace_since):
            yield _replaced(change, "grace-ignored", f"{change.framework.name} {version} does not read {change.row.grace}: {change.row.says}", related)
        elif version and version in change.row.grace_spoils:
            yield GraceSpoilt(place=change.place, side=change.side, setting=change.name, framework=change.framework.name, version=version)
        elif after not in accepted_before:
            yield KeySignsBeforeAccepted(place=change.place, side=change.side, related=related, setting=change.name, framework=change.framework.name)
        else:
            yield SafeStep(
                place=change.place, what=f"{change.name} is another key, which the version before accepts already, and the old one is still accepted"
            )
        return
    if any(not isinstance(each, Sealed) for each in accepted_after):
        return  # the old key may be among those that are not to be seen: the environment holds them
    # A site may well have had a key of its own all the time; one that is taken out of the tree is hardly replaced by Django's first.
    confidence: Confidence = "high" if not (is_of_new_project(before) or is_of_new_project(after)) else "medium" if is_of_new_project(before) else "low"
    yield replace(_replaced(change, "replaced", change.row.says, related), confidence=confidence)


def _without_default(change: SettingChange, before: Value, after: Value, related: tuple[Related, ...]) -> Iterator[KeySourceMoved]:
    """A key that held where nobody set the variable: the deployments in the tree say whether somebody always did, or does from now on."""
    assert isinstance(before, Environment)
    base, head = change.base.side, change.head.side
    if not any(each.name == before.name for each in base.everywhere(VariableSet)):
        given_now = any(each.name == before.name for each in head.everywhere(VariableSet)) or _is_offered(head, before.name)
        yield KeySourceMoved(
            place=change.place, side=change.side, related=related, setting=change.name, how="default",
            before=Reference(f"the default of ${before.name}"), after=Environment(before.name),
            impact=change.row.impact, rollback=change.row.rollback, confidence="medium" if given_now else "low",
        )  # fmt: skip


def _is_offered(side: Side, variable: str) -> bool:
    """Whether a file of the change that is there to be copied sets a variable, and does not only mention it."""
    sets = re.compile(rf"(?m)^[ \t]*(?:export[ \t]+)?{re.escape(variable)}[ \t]*=[ \t]*\S")
    return any(sets.search(side.text(path) or "") for path in side.touched_paths if path.endswith((".env", ".conf")))


def _replaced(change: SettingChange, how: str, consequence: str, related: tuple[Related, ...]) -> KeyReplacedWithoutGrace:
    return KeyReplacedWithoutGrace(
        place=change.place, side=change.side, related=related, setting=change.name, framework=change.framework.name, how=how, consequence=consequence,
        impact=change.row.impact, rollback=change.row.rollback,
    )  # fmt: skip


def _version(value: Value, settings: Settings, change: SettingChange) -> Value:
    """The number that what is signed carries, for libraries that have their keys by version: 0 for a plain key."""
    if not isinstance(value, Mapping):
        return Known(0)
    return settings.value(f"{change.name.rpartition('.')[0]}.key_version") or Unknown("no version signs")


def _signing(value: Value, settings: Settings, change: SettingChange) -> Value:
    """The key that signs: of a list, for libraries that take one, the last; of versions the one that is said to."""
    if isinstance(value, Mapping) and change.row.grace == "versions":
        version = _version(value, settings, change)
        return next((key for number, key in value.items if number == version), Unknown("no version signs"))
    if isinstance(value, Listing) and change.row.grace == "last":
        return value.items[-1] if value.items else Unknown("an empty list")
    return value


def _accepted(value: Value, settings: Settings, change: SettingChange, version: Value) -> tuple[Value, ...]:
    """Every key that one side accepts; of keys by version, those for what carries this one."""
    if change.row.grace == "versions":
        versions = value.items if isinstance(value, Mapping) else ((Known(0), value),)
        return tuple(key for number, key in versions if number == version)
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
        ) if not (derives(fetched) or is_random(fetched)):
            return "" if asked.fingerprint == fingerprint(name) else "variable"  # get_secret("SECRET_KEY") may well read $SECRET_KEY
        case (Called(_, (Sealed(), *_)) as fetched, Sealed()) if not (derives(fetched) or is_random(fetched)):
            return "into-code"
        case Called(first, (Sealed() as was, *_)), Called(second, (Sealed() as now, *_)) if first == second and not derives(before):
            return "variable" if was != now else ""
        case (Called(), Called() | Environment() | Sealed()) | (Environment() | Sealed(), Called()) if is_whole(before) and is_whole(after):
            return "derivation" if shares_source(before, after) and (derives(before) or derives(after)) else ""
        case _:
            return ""


def _is_held(value: Value) -> bool:
    """Whether a secret of the cluster, a vault or a mounted file holds the value, and not another module."""
    return isinstance(value, Reference) and ("/" in value.name or " " in value.name)


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
        place=new, related=(Related(old, "the key before", "base"),), setting=name, framework="", how="replaced", consequence=GENERIC, confidence="medium"
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
    return isinstance(key, Sealed) and any(isinstance(each, Sealed) and each.fingerprint == key.fingerprint for each in leaves(value))
