"""The session contract of one revision on paper."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from safelint.contract import variables_of
from safelint.contract_deploy_page import beside, unread
from safelint.contract_terms import ELSEWHERE, UNREAD, VARIABLES, Term
from safelint.contract_words import in_words, place_in_words, places_in_words, seconds_in_words, told
from safelint.masks import masked_value
from safelint.places import Place
from safelint.plain import printable
from safelint.values import Listing, Unknown

_WIDTH = 110  # of a line of defaults
_LONGEST = 100  # of one value
_MOST_LINES = 6  # of one value
_MOST_FILES = 10  # that could not be read


def shown(found: tuple[Term, ...], description: str) -> str:
    """The contract as a page."""
    lines = [f"What sessions depend on · {description}", ""]
    values = [term.given for term in found if term.given is not None]
    for group in dict.fromkeys(term.group for term in found if term.group not in (ELSEWHERE, UNREAD, VARIABLES)):
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
        said = {term.name.partition(": ")[2]: told(term.name, term.value, term.means) for term in terms}
        names = list(dict.fromkeys(term.name.partition(": ")[0] for term in terms))
        text = ", ".join(f"{name} {value}" for name, value in said.items())
        yield from _lines(", ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more", text, places)
    elif first.choices:
        for number, (condition, value, place) in enumerate(first.choices):
            when = f"  if {masked_value(_short(condition))}" if condition else "" if place is not None else " by default"
            yield from _lines("" if number else first.name, in_words(value) + when, place_in_words(place))
    else:
        yield from _lines(first.name, told(first.name, first.value, first.means), places)


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
    unread = [term for term in found if term.group == UNREAD]
    lines += [f"Not read, and it may say anything: {place_in_words(term.place)}, {in_words(term.value)}" for term in unread[:_MOST_FILES]]
    if len(unread) > _MOST_FILES:
        lines.append(f"Not read either: {len(unread) - _MOST_FILES} more files.")
    unknown = [term for term in found if isinstance(term.value, Unknown) and not term.choices]
    if unknown:
        lines.append(f"Not understood: {len(unknown)} of {len(found)} values.")
    return lines


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
