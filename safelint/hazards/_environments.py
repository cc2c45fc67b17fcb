"""Environments as files of a deploy give them: each service's and container's variables at both sides, and what differs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from safelint.facts.settings import VariableSet, VariablesTaken
from safelint.records import dataclass, replace
from safelint.sources import Change, Side
from safelint.values import Environment, Reference, Value, is_settled

Variables = dict[str, VariableSet]


@dataclass(frozen=True, slots=True)
class Differing:
    """The variables of one service or container (`scope`, empty in an env file) of one file, of which `names` have another value or are new or gone."""

    path: str
    scope: str
    before: Variables
    after: Variables
    names: frozenset[str]


def differing(change: Change) -> tuple[Differing, ...]:
    """Every environment that stands at both sides and differs."""
    if "environments" not in change.worked_out:
        change.worked_out["environments"] = tuple(_differing(change))
    found: tuple[Differing, ...] = change.worked_out["environments"]
    return found


def _differing(change: Change) -> Iterator[Differing]:
    for each in change.changed:
        if each.base is None or each.head is None:
            continue
        before, after = _of(change.base, each.base), _of(change.head, each.head)
        for scope in before:
            if scope not in after:
                continue
            old, new = before[scope], after[scope]
            if [taken.source for taken in old.taken] != [taken.source for taken in new.taken]:
                first, second = _whole(change.base, old), _whole(change.head, new)
            else:
                first, second = old.own, new.own
            names = frozenset(name for name in {*first, *second} if _value(change.base, first, name) != _value(change.head, second, name))
            if names:
                yield Differing(each.head, scope, first, second, names)
    yield from _moved(change)


def _moved(change: Change) -> Iterator[Differing]:
    """The environments of a file that is gone and of a new one that took its place, by the names of their services: what both give is compared."""
    gone, new = (
        [(path, scope, found) for path in paths if path.endswith((".yml", ".yaml")) for scope, found in _of(side, path).items()]
        for side, paths in (
            (change.base, [each.base for each in change.changed if each.base and each.head is None]),
            (change.head, [each.head for each in change.changed if each.head and each.base is None]),
        )
    )
    for _, scope, old in gone:
        homes = [(path, found) for path, other, found in new if other == scope]
        if not scope or len(homes) != 1 or sum(other == scope for _, other, _ in gone) != 1:
            continue
        ((path, found),) = homes
        first, second = _whole(change.base, old), _whole(change.head, found)
        names = frozenset(name for name in first if name in second and _value(change.base, first, name) != _value(change.head, second, name))
        if names:
            yield Differing(path, scope, first, second, names)


@dataclass(frozen=True, slots=True)
class _Environment:
    own: Variables
    taken: list[VariablesTaken]


def _of(side: Side, path: str) -> dict[str, _Environment]:
    found: dict[str, _Environment] = {}
    for fact in side.within(VariableSet, [path]):
        found.setdefault(fact.scope, _Environment({}, [])).own[fact.name] = fact
    for taken in side.within(VariablesTaken, [path]):
        found.setdefault(taken.scope, _Environment({}, [])).taken.append(taken)
    return found


def _whole(side: Side, environment: _Environment) -> Variables:
    """The variables with those of the env files, ConfigMaps and Secrets that are in the tree. They are placed where they are taken."""
    found: Variables = {}
    for taken in environment.taken:
        for fact in _held(side, taken):
            name = f"{taken.prefix}{fact.name}"
            found[name] = replace(fact, name=name, place=taken.place)
    return {**found, **environment.own}


def _held(side: Side, taken: VariablesTaken) -> tuple[VariableSet, ...]:
    if taken.source in side.paths:
        return side.within(VariableSet, [taken.source])
    if taken.source.partition("/")[0] in ("ConfigMap", "Secret"):
        return tuple(fact for fact in side.everywhere(VariableSet) if fact.scope == taken.source)
    return ()


def _value(side: Side, variables: Variables, name: str) -> Value | None:
    return resolved(side, variables[name]) if name in variables else None


def resolved(side: Side, fact: VariableSet) -> Value:
    """The value, looked up where a file of the tree holds it: the key of a Secret or ConfigMap, the `.env` beside a compose file."""
    match fact.value:
        case Reference(name) if name.startswith(("Secret/", "ConfigMap/")):
            scope, _, key = name.rpartition("/")
            held = [each.value for each in side.everywhere(VariableSet) if each.scope == scope and each.name == key]
            return held[0] if len(held) == 1 and is_settled(held[0]) else fact.value
        case Environment(name):
            beside = posixpath.join(posixpath.dirname(fact.place.path), ".env")
            if fact.place.path != beside:
                held = [each.value for each in side.within(VariableSet, [beside]) if each.name == name]
                return held[-1] if held and is_settled(held[-1]) else fact.value
    return fact.value
