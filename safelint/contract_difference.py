"""What differs between the session contracts of two revisions, setting by setting, in words; what is written otherwise and means the same does not."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelint.contract_deploy_page import differing, not_compared
from safelint.contract_terms import ELSEWHERE, PROVIDER, UNREAD, Term, framework_of
from safelint.contract_words import in_words, place_in_words, told
from safelint.frameworks import Row, frameworks, rows_of
from safelint.hazards._differences import difference
from safelint.masks import masked_value
from safelint.places import Place
from safelint.plain import printable
from safelint.values import Listing, Reference, Unknown, Value

if TYPE_CHECKING:
    from safelint.findings import Finding

_LONGEST = 100  # of a line
_MANY = 5  # settings of a framework; fewer are told one by one
_MOST_LINES = 6  # of what became of one setting

Key = tuple[str, str]
Choice = tuple[str, Value, Place | None]


def shown_difference(base: tuple[Term, ...], head: tuple[Term, ...], findings: tuple[Finding, ...], description: str) -> str:
    """What differs between two contracts, and what that does to the people who are logged in."""
    lines = [f"What sessions depend on, and what becomes of it · {description}", ""]
    values = [[term.given for term in each if term.given is not None] for each in (base, head)]
    base, head = (tuple(term for term in each if term.given is None) for each in (base, head))
    said = [line for name, mine, other in (("before", base, head), ("now", head, base)) for line in _unread(name, mine, other)]
    said += _settings(_readable(base, head), _readable(head, base))
    said += [printable(line) for title, became, place in differing(*values) for line in (title, f"  {became}  · {place}")]
    hidden = not_compared(*values)
    nothing = "None of this is known to log anybody out." + (f" {hidden} of the deployed values cannot be compared." if hidden else "")
    if any(term.group == UNREAD for term in head):
        nothing += " What could not be read is not judged."
    lines += [*said, "" if said else "The same on both sides.", "What this does:" if findings else nothing]
    for finding in findings:
        lines.append(f"  {finding.message}")
        lines.append(f"    {finding.severity}, {finding.impact}, a rollback: {finding.rollback} · {finding.place.path}:{finding.place.line} · {finding.rule}")
    return "\n".join(lines).rstrip() + "\n"


def _unread(name: str, mine: tuple[Term, ...], other: tuple[Term, ...]) -> Iterator[str]:
    """Files that one side could not read and the other one could: whatever they say is not gone."""
    known = {term.name for term in other if term.group == UNREAD}
    for term in mine:
        if term.group == UNREAD and term.name not in known:
            yield printable(f"{term.name}  ({UNREAD})")
            yield f"  what it says {name} is not known: {printable(in_words(term.value))}  · {place_in_words(term.place)}"


def _readable(mine: tuple[Term, ...], other: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms of one side but those that stand where the other side can't read."""
    hidden = {term.name for term in other if term.group == UNREAD}
    groups = {term.group for term in mine if term.place is not None and term.place.path in hidden}
    return tuple(
        term
        for term in mine
        if term.group != UNREAD and not (term.place is not None and term.place.path in hidden) and not (term.place is None and term.group in groups)
    )


def _settings(base: tuple[Term, ...], head: tuple[Term, ...]) -> Iterator[str]:
    before, after = _by_name(base, _moved(base, head)), _by_name(head, {})
    _asked_elsewhere(before, after)
    yield from _calls(before, after)
    yield from _groups(before, after)
    at_both = {group for group, _ in before} & {group for group, _ in after}
    for key in dict.fromkeys([*before, *after]):
        for old, new in _pairs(before.get(key, []), after.get(key, [])):
            only = old if new is None else new if old is None else None
            if only is not None and key[0] not in at_both and _follows(only):
                continue  # a setting that is another one by default, in a framework of which nothing was to be told at the other side
            if key[0] != ELSEWHERE or only is not None:
                yield from _lines(f"{key[1]}  ({key[0]})", _became(old, new), old, new)


def _asked_elsewhere(before: dict[Key, list[Term]], after: dict[Key, list[Term]]) -> None:
    """Take out of both what asks a provider the same from another function."""
    for key in [key for key in before if key[0] == PROVIDER and key not in after and all(isinstance(term.value, Reference) for term in before[key])]:
        same = next((each for each in after if each[0] == PROVIDER and each not in before and _values(after[each]) == _values(before[key])), None)
        if same is not None:
            del before[key], after[same]


def _values(terms: list[Term]) -> list[Value]:
    return [term.value for term in terms]


def _groups(before: dict[Key, list[Term]], after: dict[Key, list[Term]]) -> Iterator[str]:
    """Frameworks that are used at one side only, each in one go, taken out of both."""
    known = {framework.name for framework in frameworks()}
    for mine, theirs in ((before, after), (after, before)):
        for group in dict.fromkeys(group for group, _ in mine):
            keys = [key for key in mine if key[0] == group]
            if framework_of(group) not in known or any(other == group for other, _ in theirs):
                continue
            set_here = [term for key in keys for term in mine[key] if term.place is not None and not _follows(term)]
            if len(set_here) < _MANY:
                continue
            for key in keys:
                del mine[key]
            said = f"its {len(set_here)} settings: {', '.join(term.name for term in set_here)}"
            was, now = (set_here[0], None) if mine is before else (None, set_here[0])
            yield from _lines(group, _wrapped(f"{said} -> absent" if now is None else f"absent -> {said}"), was, now)


def _pairs(before: list[Term], after: list[Term]) -> Iterator[tuple[Term | None, Term | None]]:
    """The terms of one name at both sides, those that mean the same left out: an application can say a thing in several places."""
    old, new = list(before), list(after)
    for term in before:
        same = next((each for each in new if not _became(term, each)), None)
        if same is not None:
            old.remove(term)
            new.remove(same)
    for one, other in itertools.zip_longest(old, new):
        only = one or other
        # A default of a framework that is used at one side only is nothing that has changed.
        if (one is not None and other is not None) or (only is not None and only.place is not None):
            yield one, other


def _lines(title: str, became: list[str], old: Term | None, new: Term | None) -> Iterator[str]:
    """What became of one term, with where it is now, else where it was."""
    if not became:
        return
    place = new.place if new is not None and new.place is not None else old.place if old is not None else None
    before = "" if new is not None and new.place is not None else " before"
    yield printable(title)
    yield from (f"  {printable(line)}" for line in became[:-1])
    yield f"  {printable(became[-1])}" + (f"  · {place_in_words(place)}{before}" if place is not None else "")


def _calls(before: dict[Key, list[Term]], after: dict[Key, list[Term]]) -> Iterator[str]:
    """The calls that are there at one side only, taken out of both: one that says the same in another function only moved."""
    old, new = (_by_call(one, other) for one, other in ((before, after), (after, before)))
    taken_over: dict[tuple[str, str], list[list[Term]]] = {}
    for group, places in new.items():
        for place, terms in list(places.items()):
            # Of this library's calls first, and then of those of one whose place it has taken.
            kin = [group, *(each for each in old if each != group and each.partition(" by ")[0] == group.partition(" by ")[0])]
            found = next(((each, was) for each in kin for was, gone in old.get(each, {}).items() if _attributes(gone) == _attributes(terms)), None)
            if found is not None:
                del old[found[0]][found[1]], places[place]
                if found[0] != group:
                    taken_over.setdefault((found[0], group), []).append(terms)
    for (was, now), calls in taken_over.items():
        names = ", ".join(dict.fromkeys(terms[0].name.partition(": ")[0] for terms in calls))
        yield from _lines(f"{names}  ({now})", _wrapped(f"{was.rpartition(' · ')[2]} before, and the same otherwise"), None, calls[0][0])
    for each, arrow in ((old, "{} -> absent"), (new, "absent -> {}")):
        for group, places in each.items():
            for terms in places.values():
                said = ", ".join(f"{term.name.partition(': ')[2]} {told(term.name, term.value, term.means)}" for term in terms)
                gone, come = (terms[0], None) if each is old else (None, terms[0])
                yield from _lines(f"{terms[0].name.partition(': ')[0]}  ({group})", _wrapped(arrow.format(said)), gone, come)


def _by_call(mine: dict[Key, list[Term]], theirs: dict[Key, list[Term]]) -> dict[str, dict[Place | None, list[Term]]]:
    """The attributes of each call in a function where the other side has none, by group and place; they are taken out."""
    known = {(group, name.partition(": ")[0]) for group, name in theirs}
    found: dict[str, dict[Place | None, list[Term]]] = {}
    for key in [key for key in mine if ": " in key[1] and (key[0], key[1].partition(": ")[0]) not in known]:
        for term in mine.pop(key):
            found.setdefault(key[0], {}).setdefault(term.place, []).append(term)
    return found


def _attributes(terms: list[Term]) -> list[tuple[str, Value]]:
    """What a call says; what became of a setting that it names is told where that is set."""
    return [(term.name.partition(": ")[2], term.value) for term in terms]


def _became(old: Term | None, new: Term | None) -> list[str]:
    """What became of one term, in lines; none where it means the same."""
    if old is None or new is None:
        return _wrapped(f"{_whole(old)} -> {_whole(new)}")
    row = _row(old)
    if old.choices or new.choices:
        return [line for said in _under_conditions(_choices(old), _choices(new), row) for line in _wrapped(said)]
    if old.means == new.means and _same(old.value, new.value, row):
        return []
    if isinstance(old.value, Listing) and isinstance(new.value, Listing):
        return _wrapped(_of_a_list(old.value, new.value))
    was, now = _whole(old), _whole(new)
    return _wrapped(f"{was} -> {now}" if was != now else f"{was}, and another one than before")


def _choices(term: Term) -> tuple[Choice, ...]:
    return term.choices or (("", term.value, term.place),)


def _under_conditions(before: tuple[Choice, ...], after: tuple[Choice, ...], row: Row | None) -> Iterator[str]:
    """What became of each value that stands under a condition; the last one counts where a condition is repeated."""
    old, new = ({_plain(condition): (condition, value) for condition, value, _ in each} for each in (before, after))
    gone = [old[key] for key in old if key not in new]
    for key, (condition, now) in new.items():
        if key in old:
            was = old[key][1]
            if not _same(was, now, row):
                became = _of_a_list(was, now) if isinstance(was, Listing) and isinstance(now, Listing) else f"{in_words(was)} -> {in_words(now)}"
                yield became + _if(condition)
        elif moved := next((each for each in gone if _same(each[1], now, row)), None):
            gone.remove(moved)
            yield f"{in_words(now)}, now{_if(condition) or ' always'}, before{_if(moved[0]) or ' always'}"
        else:
            yield f"absent -> {in_words(now)}{_if(condition)}"
    yield from (f"{in_words(was)} -> absent{_if(condition)}" for condition, was in gone)


def _plain(condition: str) -> str:
    """A condition as it is compared: one call for a variable is like the other."""
    return re.sub(r"\bos\.environ\.get\(", "os.getenv(", condition)


def _if(condition: str) -> str:
    return f" if {masked_value(condition)}" if condition else ""


def _of_a_list(old: Listing, new: Listing) -> str:
    """What is new in a list and what is gone from it; what stands first often counts most."""
    added = [item for item in new.items if item not in old.items]
    gone = [item for item in old.items if item not in new.items]
    said = []
    if added:
        said.append("added " + ", ".join(in_words(item) + (" as the first" if item == new.items[0] and old.items else "") for item in added))
    if gone:
        said.append("gone " + ", ".join(in_words(item) + (", which was the first" if item == old.items[0] else "") for item in gone))
    if not said:
        said.append(f"in another order: {in_words(Listing(new.items[:2]))} first")
    return "; ".join(said)


def _same(old: Value, new: Value, row: Row | None) -> bool:
    if isinstance(old, Listing) and isinstance(new, Listing):
        # What comes into both from elsewhere is nothing that can be compared.
        old, new = (Listing(tuple(item for item in each.items if not isinstance(item, Unknown))) for each in (old, new))
    return difference(old, new, row) is None if row is not None else old == new


def _follows(term: Term) -> bool:
    row = _row(term)
    return row is not None and bool(row.default_from)


def _row(term: Term) -> Row | None:
    known = {each.name for each in frameworks()}
    rows = rows_of(framework_of(term.group), term.name) if framework_of(term.group) in known else ()
    return rows[0] if rows else None


def _whole(term: Term | None) -> str:
    if term is None:
        return "absent"
    if term.choices:
        return "; ".join(in_words(value) + (f" if {masked_value(condition)}" if condition else "") for condition, value, _ in term.choices)
    return told(term.name, term.value, term.means) + ("" if term.place is not None else " by default")


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(text, _LONGEST, break_long_words=False, break_on_hyphens=False)
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1] + " …"]


def _by_name(terms: tuple[Term, ...], moved: dict[str, str]) -> dict[Key, list[Term]]:
    """The terms by group and name; what is said alike in several places is said once, but calls are each their own."""
    found: dict[Key, list[Term]] = {}
    for term in terms:
        same = found.setdefault((moved.get(term.group, term.group), term.name), [])
        if ": " in term.name or not any((each.value, each.means, each.choices) == (term.value, term.means, term.choices) for each in same):
            same.append(term)
    return found


def _moved(base: tuple[Term, ...], head: tuple[Term, ...]) -> dict[str, str]:
    """Groups of settings whose file has another path now, where there is only one that it can be."""
    known = {framework.name for framework in frameworks()}
    mine, theirs = ({term.group for term in side if framework_of(term.group) in known} for side in (base, head))
    found = {}
    for group in mine - theirs:
        candidates = [each for each in theirs - mine if framework_of(each) == framework_of(group)]
        if len(candidates) == 1 and sum(framework_of(each) == framework_of(group) for each in mine - theirs) == 1:
            found[group] = candidates[0]
    return found
