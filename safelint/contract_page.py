"""The session contract on paper: one revision as a page, two as what differs and what that does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelint.contract import ELSEWHERE, VARIABLES, Term, framework_of, variables_of
from safelint.contract_deploy_page import beside, differing, not_compared, unread
from safelint.contract_words import in_words, place_in_words, places_in_words, seconds_in_words
from safelint.frameworks import frameworks, rows_of
from safelint.hazards._differences import difference
from safelint.masks import masked_value
from safelint.places import Place
from safelint.plain import printable
from safelint.values import Called, Duration, Known, Listing, Sealed, Unknown

if TYPE_CHECKING:
    from safelint.findings import Finding

_WIDTH = 110  # of a line of defaults
_LONGEST = 100  # of one value
_MOST_LINES = 6  # of one value


def _told(term: Term) -> str:
    """The value of a term, with what its name stands for."""
    said = seconds_in_words(term.name, term.value)
    if isinstance(term.value, Sealed) and term.name.endswith("salt"):
        return "a text (written here)"
    match term.means:
        case None:
            return said
        case Called("default", (default,)):
            return f"{said}, by default {seconds_in_words(term.name, default)}"
        case Known() | Duration():
            return seconds_in_words(term.name, term.means)
        case Listing():
            return in_words(term.means)
        case _:
            return f"{said} = {in_words(term.means)}"


# ---- one revision


def shown(found: tuple[Term, ...], description: str) -> str:
    """The contract as a page."""
    lines = [f"What sessions depend on · {description}", ""]
    values = [term.given for term in found if term.given is not None]
    for group in dict.fromkeys(term.group for term in found if term.group not in (ELSEWHERE, VARIABLES)):
        mine = [term for term in found if term.group == group]
        rows = [row for terms in _merged(mine) for row in (*_rows(terms), *beside(values, variables_of(terms)))]
        width = min(max((len(name) for name, _, _ in rows), default=0), 48)
        lines.append(printable(group))
        for name, value, at in rows:
            lines.append(f"  {printable(name):<{width}}  {printable(value)}".rstrip() + (f"  · {at}" if at else ""))
        lines += _defaults([term for term in mine if term.place is None])
        lines.append("")
    lines += unread(values)
    lines += _outside(found)
    if not found:
        lines.append("Nothing that sessions are known to depend on was found.")
    return "\n".join(lines).rstrip() + "\n"


def _merged(terms: list[Term]) -> Iterator[list[Term]]:
    """The terms of a group in rows: what is said alike in several places stands there once, the attributes of one call in one row."""
    calls: dict[Place, list[Term]] = {}
    rows: dict[object, list[Term]] = {}
    for term in terms:
        if term.place is not None and ": " in term.name:
            calls.setdefault(term.place, []).append(term)
        elif term.place is not None:
            rows.setdefault((term.name, term.value, term.means, term.choices), []).append(term)
    for attributes in calls.values():
        rows.setdefault(tuple((each.name.partition(": ")[2], each.value, each.means) for each in attributes), []).extend(attributes)
    yield from rows.values()


def _rows(terms: list[Term]) -> Iterator[tuple[str, str, str]]:
    """Name, value and place of each row: one for a setting, or for each of its conditions; one for calls that say the same."""
    first = terms[0]
    places = places_in_words(term.place for term in terms)
    if ": " in first.name:
        said = {term.name.partition(": ")[2]: _told(term) for term in terms}
        names = list(dict.fromkeys(term.name.partition(": ")[0] for term in terms))
        text = ", ".join(f"{name} {value}" for name, value in said.items())
        yield from _lines(", ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more", text, places)
    elif first.choices:
        for number, (condition, value, place) in enumerate(first.choices):
            when = f"  if {masked_value(_short(condition))}" if condition else "" if place is not None else " by default"
            yield from _lines("" if number else first.name, in_words(value) + when, place_in_words(place))
    else:
        yield from _lines(first.name, _told(first), places)


def _lines(name: str, value: str, places: str) -> Iterator[tuple[str, str, str]]:
    """A row, in as many lines as a long value needs."""
    lines = textwrap.wrap(value, _LONGEST, break_long_words=False, break_on_hyphens=False)[:_MOST_LINES] or [""]
    yield name, lines[0], places
    yield from (("", line, "") for line in lines[1:])


def _defaults(terms: list[Term]) -> list[str]:
    if not terms:
        return []
    text = ", ".join(dict.fromkeys(f"{term.name} {_briefer(term)}" for term in terms))
    return textwrap.wrap(f"by default: {text}", _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _briefer(term: Term) -> str:
    if isinstance(term.value, Listing) and len(term.value.items) > 2:
        return f"{in_words(term.value.items[0])} and {len(term.value.items) - 1} more"
    return seconds_in_words(term.name, term.value)


def _outside(found: tuple[Term, ...]) -> list[str]:
    """What the text can't tell."""
    set_here = {term.name.partition(" ")[0] for term in found if term.group == VARIABLES}
    variables = [f"${name}" for name in variables_of(found) if f"${name}" not in set_here]
    lines = []
    if variables:
        lines += textwrap.wrap(f"Not in the repository: what the environment sets as {', '.join(variables)}.", _WIDTH, break_long_words=False)
    lines += [f"Not in the repository: {term.name}, {in_words(term.value)} · {place_in_words(term.place)}" for term in found if term.group == ELSEWHERE]
    unknown = [term for term in found if isinstance(term.value, Unknown) and not term.choices]
    if unknown:
        lines.append(f"Not understood: {len(unknown)} of {len(found)} values.")
    return lines


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# ---- two revisions


def shown_difference(base: tuple[Term, ...], head: tuple[Term, ...], findings: tuple[Finding, ...], description: str) -> str:
    """What differs between two contracts, and what that does to the people who are logged in."""
    lines = [f"What sessions depend on, and what becomes of it · {description}", ""]
    values = [[term.given for term in each if term.given is not None] for each in (base, head)]
    base, head = (tuple(term for term in each if term.given is None) for each in (base, head))
    moved = _moved(base, head)
    before, after = _by_name(base, moved), _by_name(head, {})
    changed = 0
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and not _differs(old, new):
            continue
        if (old is None and new is not None and new.place is None) or (new is None and old is not None and old.place is None):
            continue  # a default of a framework that is used at one side only
        changed += 1
        was, now = (printable(_short(_whole(each))) if each is not None else "absent" for each in (old, new))
        place = new.place if new is not None and new.place is not None else old.place if old is not None else None
        lines += [printable(f"{key[1]}  ({key[0]})"), f"  {was} -> {now}" if was != now else f"  {was}, and another one than before"]
        if place is not None:
            lines[-1] += f"  · {place_in_words(place)}" + ("" if new is not None and new.place is not None else " before")
    for title, became, place_of_it in differing(*values):
        changed += 1
        lines += [printable(title), f"  {printable(became)}  · {place_of_it}"]
    hidden = not_compared(*values)
    nothing = "None of this is known to log anybody out." + (f" {hidden} of the deployed values cannot be compared." if hidden else "")
    lines += ["" if changed else "The same on both sides.", "What this does:" if findings else nothing]
    for finding in findings:
        lines.append(f"  {finding.message}")
        lines.append(f"    {finding.severity}, {finding.impact}, a rollback: {finding.rollback} · {finding.place.path}:{finding.place.line} · {finding.rule}")
    return "\n".join(line for line in lines).rstrip() + "\n"


def _whole(term: Term) -> str:
    if term.choices:
        return "; ".join(in_words(value) + (f" if {condition}" if condition else "") for condition, value, _ in term.choices)
    return _told(term) + ("" if term.place is not None else " by default")


def _by_name(terms: tuple[Term, ...], moved: dict[str, str]) -> dict[tuple[str, str, int], Term]:
    """The terms by group and name; the second one of the same name is another one."""
    found: dict[tuple[str, str, int], Term] = {}
    for term in terms:
        number = 0
        while (key := (moved.get(term.group, term.group), term.name, number)) in found:
            number += 1
        found[key] = term
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


def _differs(old: Term, new: Term) -> bool:
    known = {each.name for each in frameworks()}
    rows = rows_of(framework_of(old.group), old.name) if framework_of(old.group) in known else ()
    if old.choices or new.choices:
        return [(condition, value) for condition, value, _ in old.choices] != [(condition, value) for condition, value, _ in new.choices]
    if old.means != new.means:
        return True
    return difference(old.value, new.value, rows[0]) is not None if rows else old.value != new.value
