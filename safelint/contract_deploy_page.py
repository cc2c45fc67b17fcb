"""Deployed values on the page of a session contract: beside what reads them, and what differs in them between two revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safelint.contract_deploy import Given
from safelint.contract_words import deployed_in_words, encrypted_by, owners_in_words, place_in_words, places_in_words
from safelint.plain import printable
from safelint.values import Environment, Reference, Unknown, Value

_MOST = 8  # of what is said beside one term


def beside(values: Iterable[Given], variables: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Rows for a term that reads these variables: what each is set to, for whom and where; what is said alike stands there once."""
    wanted = set(variables)
    wanted |= {name for each in values if each.variable in wanted for name in _filled_in_from(each)}
    rows: dict[tuple[str, str], list[Given]] = {}
    for each in values:
        if each.variable in wanted and each.readers:
            rows.setdefault((each.variable, deployed_in_words(each.value)), []).append(each)
    for number, ((variable, words), same) in enumerate(rows.items()):
        if number == _MOST:
            yield "", f"<- and {len(rows) - _MOST} more values", ""
            return
        yield "", f"<- ${variable}: {words}{_owners(same)}", _places(same)


def unread(values: Iterable[Given]) -> list[str]:
    """Lines for keys and settings of sessions, by their names, that nothing here is known to read."""
    rows: dict[tuple[str, str], list[Given]] = {}
    for each in values:
        if not each.readers:
            rows.setdefault((each.variable, deployed_in_words(each.value)), []).append(each)
    if not rows:
        return []
    lines = [f"  {printable(f'${variable}: {words}{_owners(same)}')}  · {_places(same)}" for (variable, words), same in rows.items()]
    return ["Set by a deployment, by its name for sessions; what reads it is not known", *lines, ""]


def differing(base: Iterable[Given], head: Iterable[Given]) -> Iterator[tuple[str, str, str]]:
    """What became of each deployed value, as (whose it is, what became of it, where); nothing of what is the same in the same file.

    What became of a variable alike for several services is told once.
    """
    alike: dict[tuple[str, str, tuple[str, ...], str], list[Given]] = {}
    for old, new in _paired(list(base), list(head)):
        one = new or old
        if one is None or (old is not None and new is not None and old.value == new.value and old.place.path == new.place.path and old.owner == new.owner):
            continue
        readers = tuple(dict.fromkeys([*(old.readers if old else ()), *(new.readers if new else ())]))
        alike.setdefault((one.variable, _became(old, new), readers, "" if new is not None else " before"), []).append(one)
    for (variable, became, readers, before), same in alike.items():
        owners = owners_in_words(dict.fromkeys(each.owner for each in same if each.owner)) or "set here"
        from_it = f"; {', '.join(readers)} from it" if readers else ""
        yield f"${variable}  ({owners}{from_it})", became, places_in_words(each.place for each in same) + before


def not_compared(base: Iterable[Given], head: Iterable[Given]) -> int:
    """How many values are there at both sides, and may be the same or not."""
    return sum(1 for old, new in _paired(list(base), list(head)) if old is not None and new is not None and _is_hidden(old.value, new.value))


def _became(old: Given | None, new: Given | None) -> str:
    if old is None or new is None:
        return f"{_whole(old)} -> {_whole(new)}"
    moved = f", moved here from {place_in_words(old.place)}" if old.place.path != new.place.path else ""
    if old.value == new.value:
        theirs = f", {old.owner or 'for whoever reads it'} before" if old.owner != new.owner else ""
        return f"{deployed_in_words(new.value)}, the same as before{theirs}{moved}"
    if _is_hidden(old.value, new.value):
        was, now = deployed_in_words(old.value), deployed_in_words(new.value)
        said = f"{now}, and another text than before" if was == now else f"{was} -> {now}"
        return f"{said}: cannot be compared{moved}"
    was, now = deployed_in_words(old.value), deployed_in_words(new.value)
    return (f"{was} -> {now}" if was != now else f"{now}, and another one than before") + moved


def _is_hidden(old: Value, new: Value) -> bool:
    """Whether two values that are written otherwise may be the same all the same: one is encrypted, or held where nobody can look from here."""
    if old == new:
        return False
    return any(encrypted_by(each) or isinstance(each, Environment | Reference | Unknown) for each in (old, new))


def _whole(given: Given | None) -> str:
    return deployed_in_words(given.value) if given is not None else "not set"


def _paired(base: list[Given], head: list[Given]) -> Iterator[tuple[Given | None, Given | None]]:
    """Each value with what it was: of the same variable for the same one in the same file, else of one that is gone for one that is new."""
    left = list(base)
    pairs: list[tuple[Given | None, Given | None]] = []
    new: list[Given] = []
    for given in head:
        old = next((each for each in left if _key(each) == _key(given)), None)
        if old is None:
            new.append(given)
        else:
            left.remove(old)
            pairs.append((old, given))
    for alike in (_same_owner, _same_variable):
        for given in list(new):
            found = [each for each in left if alike(each, given)]
            if found and (alike is _same_owner or (len(found) == 1 and sum(alike(each, given) for each in new) == 1)):
                left.remove(found[0])
                new.remove(given)
                pairs.append((found[0], given))
    pairs += [*((None, given) for given in new), *((given, None) for given in left)]
    yield from sorted(pairs, key=lambda pair: ((pair[1] or pair[0]).variable, (pair[1] or pair[0]).place))  # type: ignore[union-attr]


def _key(given: Given) -> tuple[str, str, str]:
    return given.variable, given.owner, given.place.path


def _same_owner(old: Given, new: Given) -> bool:
    return old.variable == new.variable and old.owner == new.owner


def _same_variable(old: Given, new: Given) -> bool:
    return old.variable == new.variable


def _filled_in_from(given: Given) -> Iterator[str]:
    if isinstance(given.value, Environment):
        yield given.value.name


def _owners(same: list[Given]) -> str:
    """Whose they are; what several services have in common is said once."""
    owners = owners_in_words(dict.fromkeys(each.owner for each in same if each.owner))
    return f", {owners}" if owners else ""


def _places(same: list[Given]) -> str:
    """Where they stand, and where the values are held."""
    held = places_in_words(each.held for each in same)
    return places_in_words(each.place for each in same) + (f", held by {held}" if held else "")
