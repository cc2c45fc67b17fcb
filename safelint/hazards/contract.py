"""The session contract: settings that sessions or tokens depend on, and that mean something else now. Keys, cookies and clocks have modules of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safelint.facts.settings import SettingAssigned
from safelint.findings import Confidence, Impact, Rollback, Severity
from safelint.frameworks import About, Effect
from safelint.hazards import Hazard
from safelint.hazards._changes import changes, pairs
from safelint.hazards._differences import SettingChange, address_text
from safelint.hazards._frameworks import in_use
from safelint.hazards._sets import sets_of
from safelint.hazards._settings import for_developers
from safelint.places import Related
from safelint.records import dataclass, replace
from safelint.sources import Change, Side
from safelint.values import Known, Listing, Reference, Value, text_of

_CONFIDENCE: dict[str, Confidence] = {"sure": "high", "default": "medium", "source": "low"}
_CACHE_ENGINE = "django.contrib.sessions.backends.cache"
_SURENESS: tuple[Confidence, ...] = ("high", "medium", "low")
_WORST: tuple[Effect, ...] = ("out", "destroyed", "fails")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChanged(Hazard):
    """A setting that sessions depend on has another effective value.

    `cause` and `about` say what kind of setting it is (see `safelint.frameworks.Row`), `consequence` what happens to the people who are logged in.
    """

    cause: str
    about: About
    setting: str
    framework: str
    effect: Effect
    before: Value
    after: Value
    consequence: str
    impact: Impact
    rollback: Rollback
    severity: Severity
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsOnlyInCache(Hazard):
    """Sessions that live in a cache and nowhere else."""

    setting: str
    engine: str


def of_state(side: Side) -> Iterator[SessionsOnlyInCache]:
    """Engines that take one failed question to the cache for a session that is over."""
    for fact in side.touched(SettingAssigned):
        if fact.name == "SESSION_ENGINE" and fact.value == Known(_CACHE_ENGINE) and not for_developers(fact.condition):
            yield SessionsOnlyInCache(place=fact.place, setting=fact.name, engine=_CACHE_ENGINE)


def of_change(change: Change) -> Iterator[ContractChanged]:
    """Every such setting but keys and cookies."""
    told = (each for each in changes(change) if each.row.effect != "none" and each.row.cause not in ("cookies", "clock") and each.row.role != "key")
    yield from _one_a_place(_hazard(each) for each in told if not _only_moved_up(each))
    yield from _switched(change)


def _one_a_place(hazards: Iterable[ContractChanged]) -> Iterator[ContractChanged]:
    """Several settings of one cache that move it together are one move: the worst is told, the others stand beside it."""
    moves: dict[object, list[ContractChanged]] = {}
    for each in hazards:
        holder = each.setting.rpartition(".")[0]
        if each.about == "place" and holder:
            moves.setdefault((each.place.path, each.side, each.framework, holder), []).append(each)
        else:
            yield each
    for group in moves.values():
        first, *others = sorted(group, key=lambda each: (each.severity != "error", _SURENESS.index(each.confidence)))
        beside = tuple(Related(each.place, f"{each.setting} moves it too", each.side) for each in others)
        yield replace(first, related=(*first.related, *beside))


def _only_moved_up(change: SettingChange) -> bool:
    """Whether the old keys lost none but the one that signs now."""
    if change.row.role != "fallbacks" or not isinstance(change.before, Listing) or not isinstance(change.after, Listing):
        return False
    signing = next((change.head.value(row.setting) for row in change.framework.rows if row.role == "key" and row.grace == change.name), None)
    return all(item in change.after.items or item == signing for item in change.before.items)


def _switched(change: Change) -> Iterator[ContractChanged]:
    """A signer or serializer of another class in the same place: they do not read each other."""
    paired = {(each.path, each.scope) for pair in pairs(change) for each in pair}
    heads = [each for each in sets_of(change.head, change) if each.form == "argument" and (each.path, each.scope) not in paired]
    for base in sets_of(change.base, change):
        if base.form != "argument" or (base.path, base.scope) in paired:
            continue
        old, _, scope = base.scope.partition(" ")
        for head in heads:
            new, _, where = head.scope.partition(" ")
            framework = next((each for each in in_use(head) if each in in_use(base)), None)
            fact = head.of(new)
            if framework is None or fact is None or where != scope or head.path != change.head_path(base.path):
                continue
            row = next((each for each in framework.rows if each.setting.startswith(f"{old}.") and each.role == "key"), None)
            if row is not None:
                yield ContractChanged(
                    place=fact.place,
                    cause="keys",
                    about="signature",
                    setting=scope or new,
                    framework=framework.name,
                    effect="out",
                    before=Reference(old),
                    after=Reference(new),
                    consequence=row.says,
                    impact=row.impact,
                    rollback=row.rollback,
                    severity="error",
                    confidence="high",
                )


def _hazard(change: SettingChange) -> ContractChanged:
    row = change.row
    unsure = row.likely or _is_only_another_host(change.before, change.after)
    certainty = "default" if change.certainty == "sure" and unsure else change.certainty
    related = (Related(change.base_place, "its value before", "base"),) if change.base_place is not None and change.side == "head" else ()
    return ContractChanged(
        place=change.place,
        side=change.side,
        related=related,
        cause=row.cause,
        about=row.about,
        setting=change.name,
        framework=change.framework.name,
        effect=row.effect,
        before=address_text(change.before) if row.about == "place" else change.before,
        after=address_text(change.after) if row.about == "place" else change.after,
        consequence=row.says,
        impact=row.impact,
        rollback=row.rollback,
        severity="error" if row.effect in _WORST and row.impact == "everyone" and certainty == "sure" else "warning",
        confidence=_CONFIDENCE[certainty],
    )


def _is_only_another_host(before: Value, after: Value) -> bool:
    """Whether two addresses differ in nothing but the server's name: it may be the same server."""
    first, second = (re.fullmatch(r"(\w+://)[^/]*(/.*)?", text_of(each) or "") for each in (before, after))
    return first is not None and second is not None and first.groups() == second.groups()
