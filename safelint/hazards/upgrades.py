"""Upgrades that log people out by themselves: another version of a library, and a tree that uses what it changes."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from safelint.facts.clock import TokenVerified
from safelint.facts.keys import IntegerSubject, TokenTakenForBytes
from safelint.facts.provider import KeyClientBuilt
from safelint.facts.settings import SettingAssigned
from safelint.facts.upgrades import PackagePinned
from safelint.findings import Confidence, Impact, Rollback, Severity
from safelint.frameworks import Effect, Framework, Upgrade, frameworks
from safelint.hazards import Hazard
from safelint.hazards._versions import is_older
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change, Side
from safelint.values import Known, Mapping, Value

# `requirements.dev.txt`, `requirements/test.txt`: what developers install says nothing of production.
_FOR_DEVELOPERS = re.compile(r"[._/-](dev|develop|development|tests?|testing|lint|docs?|ci)\.(txt|in|pip)$", re.IGNORECASE)
# What itsdangerous signs together with the time.
_TIMED = {"TimedSerializer", "URLSafeTimedSerializer", "TimestampSigner"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeChangesSessions(Hazard):
    """A library comes in another version, and what it changes is used here."""

    library: str
    before: str
    after: str
    effect: Effect
    consequence: str
    impact: Impact
    rollback: Rollback
    severity: Severity
    confidence: Confidence = "high"


def of_change(change: Change) -> Iterator[UpgradeChangesSessions]:
    """Every such upgrade; once a library, at the file that decides: a lock or a pin before a range."""
    for framework in frameworks():
        if framework.upgrades:
            pinned = _moved(change, framework)
            if pinned is not None:
                yield from _hazards(change, framework, *pinned)


def _moved(change: Change, framework: Framework) -> tuple[PackagePinned, PackagePinned] | None:
    """The same library in the same file, before and after."""
    best: tuple[PackagePinned, PackagePinned] | None = None
    for after in change.head.touched(PackagePinned):
        if after.name not in framework.distributions or _FOR_DEVELOPERS.search(after.place.path):
            continue
        for before in change.base.touched(PackagePinned):
            if before.name != after.name or change.head_path(before.place.path) != after.place.path or before.locked != after.locked:
                continue
            if _version(before) and _version(after) and _version(before) != _version(after) and (best is None or (after.locked and not best[1].locked)):
                best = (before, after)
    if best is not None and not best[1].locked and _is_locked(change.head, best[1]):
        return None  # the lock file decides, and it did not move
    return best


def _is_locked(side: Side, wish: PackagePinned) -> bool:
    """Whether a lock beside a range has its own word for this library."""
    folder = PurePosixPath(wish.place.path).parent
    return any(fact.locked and fact.name == wish.name and PurePosixPath(fact.place.path).parent == folder for fact in side.everywhere(PackagePinned))


def _version(fact: PackagePinned) -> str:
    return fact.version or fact.minimum


def _hazards(change: Change, framework: Framework, before: PackagePinned, after: PackagePinned) -> Iterator[UpgradeChangesSessions]:
    was, now = _version(before), _version(after)
    told: set[str] = set()
    for upgrade in framework.upgrades:
        if upgrade.says in told or not _crosses(upgrade, was, now) or not _uses(change, framework, upgrade):
            continue
        told.add(upgrade.says)
        yield UpgradeChangesSessions(
            place=after.place,
            related=(Related(before.place, "the version before", "base"),),
            library=framework.name,
            before=was,
            after=now,
            effect=upgrade.effect,
            consequence=upgrade.says,
            impact=upgrade.impact,
            rollback=upgrade.rollback,
            severity=upgrade.severity,
            confidence="high" if after.version and before.version else "medium",
        )


def _crosses(upgrade: Upgrade, was: str, now: str) -> bool:
    if upgrade.back:
        return not is_older(was, upgrade.lowest or upgrade.to) and is_older(now, upgrade.to)
    inside = not is_older(now, upgrade.to) and (not upgrade.until or is_older(now, upgrade.until))
    from_below = is_older(was, upgrade.below or upgrade.to) and (not upgrade.lowest or not is_older(was, upgrade.lowest))
    from_above = upgrade.downwards and bool(upgrade.until) and not is_older(was, upgrade.until)
    return inside and (from_below or from_above)


def _uses(change: Change, framework: Framework, upgrade: Upgrade) -> bool:
    """Whether the tree uses what the upgrade changes. This looks at the whole tree, and only when a version crossed a line."""
    if any(_is_like(change.head, *each) for each in upgrade.unless):
        return False
    if upgrade.where and not any(_is_like(side, *each) for side in (change.head, change.base) for each in upgrade.where):
        return False
    if upgrade.without and not _is_used_without(change.head, upgrade.without):
        return False
    return _needs(change.head, framework, upgrade)


def _is_like(side: Side, name: str, pattern: str) -> bool:
    from safelint.hazards._settings import as_text

    found = (fact for fact in side.everywhere(SettingAssigned) if fnmatch.fnmatchcase(fact.name, name))
    return any(fnmatch.fnmatchcase(as_text(fact.value), pattern.removeprefix("!")) != pattern.startswith("!") for fact in found)


def _is_used_without(side: Side, argument: str) -> bool:
    """Whether a component is used, with nothing hidden, and is not given this argument."""
    component, _, name = argument.rpartition(".")
    used = [fact.value for fact in side.everywhere(SettingAssigned) if fact.name == component]
    return any(isinstance(value, Mapping) and value.whole and value.get(name) is None for value in used)


def _needs(side: Side, framework: Framework, upgrade: Upgrade) -> bool:
    match upgrade.needs:
        case "":
            return True
        case "integer-subject":
            return _gives_numbers(side, framework)
        case "integer-subject-checked":
            return _gives_numbers(side, framework) and any(fact.library == framework.name for fact in side.everywhere(TokenVerified))
        case "token-of-bytes":
            return bool(side.everywhere(TokenTakenForBytes))
        case "no-leeway":
            verified = [fact for fact in side.everywhere(TokenVerified) if fact.library == framework.name and fact.checks_expiry]
            return any(fact.leeway is None or fact.leeway == Known(0) for fact in verified)
        case "key-client":
            return bool(side.everywhere(KeyClientBuilt))
        case "signed-times":
            return _signs_times(side)
        case "algorithms-left-out":
            return any(
                fact.library == "PyJWT" and fact.algorithms is None and fact.checks_signature and fact.checks_audience is not None
                for fact in side.everywhere(TokenVerified)
            )
        case "default-hashers":
            hashers = [fact.value for fact in side.everywhere(SettingAssigned) if fact.name == "PASSWORD_HASHERS"]
            return not hashers or any("PBKDF2" in _first(value) for value in hashers)


def _gives_numbers(side: Side, framework: Framework) -> bool:
    return any(fact.library == framework.name for fact in side.everywhere(IntegerSubject))


def _signs_times(side: Side) -> bool:
    """Whether anything that itsdangerous signs is read with an age: sessions of Flask in the cookie, those of Starlette, what is signed with a time."""
    assigned = side.everywhere(SettingAssigned)
    if any(fact.name == "SessionMiddleware" or fact.name in _TIMED for fact in assigned):
        return True
    on_server = any(fact.name == "SESSION_TYPE" and fact.value not in (Known(None), Known("null")) for fact in assigned)
    return not on_server and any(fact.name == "flask" for fact in side.everywhere(PackagePinned))


def _first(value: Value) -> str:
    from safelint.hazards._settings import as_text

    return as_text(value).split(",")[0]
