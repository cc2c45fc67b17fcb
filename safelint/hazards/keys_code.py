"""The keys that calls of token libraries are given: taken from another setting or variable than before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.keys import TokenKeyUsed
from safelint.facts.settings import SettingAssigned
from safelint.hazards._settings import for_developers
from safelint.hazards.keys import KeySourceMoved
from safelint.places import Related
from safelint.sources import Change, Side
from safelint.values import Environment, Reference, Sealed, Value

_KEY = re.compile(r"secret|key|salt", re.IGNORECASE)


def of_change(change: Change) -> Iterator[KeySourceMoved]:
    """Every verification whose key has another name now; what only signs is said where nothing in the change verifies."""
    moved = [(before, after) for before, after in _at_both(change) if _is_moved(change, before.key, after.key)]
    verifies = any(not after.signs for _, after in moved)
    told: set[tuple[Value, Value]] = set()
    for before, after in moved:
        if (verifies and after.signs) or (before.key, after.key) in told:
            continue
        told.add((before.key, after.key))
        yield KeySourceMoved(
            place=after.place, related=(Related(before.place, "the key before", "base"),), setting=f"the key in {after.function}", how="variable",
            before=before.key, after=after.key,
        )  # fmt: skip


def _at_both(change: Change) -> Iterator[tuple[TokenKeyUsed, TokenKeyUsed]]:
    """The calls that are at both sides: in the same function of the same file, in order."""
    head: dict[tuple[str | None, str, str, bool], list[TokenKeyUsed]] = {}
    for fact in change.head.touched(TokenKeyUsed):
        head.setdefault((fact.place.path, fact.function, fact.library, fact.signs), []).append(fact)
    base: dict[tuple[str | None, str, str, bool], list[TokenKeyUsed]] = {}
    for fact in change.base.touched(TokenKeyUsed):
        base.setdefault((change.head_path(fact.place.path), fact.function, fact.library, fact.signs), []).append(fact)
    for key, before in base.items():
        after = head.get(key, [])
        if len(before) == len(after):
            yield from zip(before, after, strict=True)


def _is_moved(change: Change, before: Value, after: Value) -> bool:
    """Whether a key surely comes from somewhere else: both names are those of keys, and do not stand for the same."""
    if not (isinstance(before, Reference | Environment) and isinstance(after, Reference | Environment)):
        return False
    was, now = _last(before), _last(after)
    if was == now or not (_KEY.search(was) and _KEY.search(now)):
        return False
    old, new = _meaning(change.base, before), _meaning(change.head, after)
    if old is None or new is None or old == new:
        return False
    # Whoever sets nothing keeps the old key.
    return not (isinstance(new, Environment) and new.default is not None and new.default in (old, before))


def _last(value: Reference | Environment) -> str:
    return value.name.rpartition(".")[2]


def _meaning(side: Side, value: Reference | Environment) -> Value | None:
    """What a name stands for in this tree; None where no or more than one setting has it, or what it is can't be compared."""
    if isinstance(value, Environment):
        return value
    found = {fact.value for fact in side.everywhere(SettingAssigned) if fact.name == _last(value) and not for_developers(fact.condition)}
    only = found.pop() if len(found) == 1 else None
    return only if isinstance(only, Environment | Sealed) else None
