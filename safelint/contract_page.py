"""The session contract on paper: one revision as a page, two as what differs and what that does."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelint.contract import ELSEWHERE, VARIABLES, Term, framework_of, variables_of
from safelint.frameworks import frameworks, rows_of
from safelint.hazards._differences import difference
from safelint.masks import masked_value
from safelint.places import Place
from safelint.plain import printable
from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Sealed, Template, Unknown, Value, describe

if TYPE_CHECKING:
    from safelint.findings import Finding

_WIDTH = 110  # of a line of defaults
_LONGEST = 100  # of one value
_RANDOM = re.compile(r"(^|\.)(urandom|token_bytes|token_hex|token_urlsafe|uuid4|get_random_secret_key|get_random_string|generate_key)$")
# Of a long list, what somebody who asks about sessions wants to see.
_OF_SESSIONS = re.compile(r"session|auth|login|token|jwt|csrf|remember|remote_?user|impersonat", re.IGNORECASE)
_MOST_ITEMS = 6
_MOST_LINES = 6  # of one value
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def in_words(value: Value) -> str:
    """A value as the page shows it. Never the text of a secret."""
    match value:
        case Known(str() as text):
            return _text(text)
        case Environment(name, None):
            return f"${name} (required)"
        case Environment(name, Known(None)):
            return f"${name}"
        case Environment(name, default):
            return f"${name}, else {in_words(default)}" if default is not None else f"${name}"
        case Sealed(_, traits) if "empty" in traits:
            return "an empty text"
        case Sealed(_, traits) if "placeholder" in traits:
            return "a placeholder"
        case Sealed():
            return "a secret (written here)"
        case Called("or", items):
            return " or ".join(in_words(item) for item in items)
        case Template(parts):
            return "".join(part.value if isinstance(part, Known) and isinstance(part.value, str) else "{" + in_words(part) + "}" for part in parts)
        case Called("not", (Environment() as inner,)):
            return f"not ({in_words(inner)})"
        case Called("not", (inner,)):
            return f"not {in_words(inner)}"
        case Called(function, (inner, *items)) if function.startswith("."):
            return f"{in_words(inner)}{function}({', '.join(_argument(item) for item in items)})"
        case Called(function, items):
            drawn = ", another one in each process" if _RANDOM.search(function) else ""
            given = [_argument(item) for item in items]
            return f"{function}({', '.join(given) if set(given) != {'…'} else '…'}){drawn}"
        case Listing(items) if len(items) > _MOST_ITEMS:
            chosen = [item for item in items if _OF_SESSIONS.search(describe(item))] or list(items[:_MOST_ITEMS])
            rest = len(items) - len(chosen)
            return ", ".join(in_words(item) for item in chosen) + (f" and {rest} more" if rest else "")
        case Listing(items):
            return "[" + ", ".join(in_words(item) for item in items) + "]"
        case Duration(seconds):
            return _duration(seconds)
        case Unknown("not a plain assignment"):
            return "(given by a caller)"
        case Unknown("Compare"):
            return "(depends on a comparison)"
        case Unknown(why) if why.startswith("set by "):
            return f"({why})"
        case Unknown(why):
            return f"(not understood: {why})"
        case _:
            return describe(value)


def _told(term: Term) -> str:
    """The value of a term, with what its name stands for."""
    said = in_words(term.value)
    if isinstance(term.value, Sealed) and term.name.endswith("salt"):
        return "a text (written here)"
    match term.means:
        case None:
            return said
        case Called("default", (default,)):
            return f"{said}, by default {in_words(default)}"
        case Known() | Duration():
            return in_words(term.means)
        case Listing():
            return in_words(term.means)
        case _:
            return f"{said} = {in_words(term.means)}"


def _duration(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}{'' if seconds == size else 's'}"
    return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds} s"


def _argument(value: Value) -> str:
    match value:
        case Sealed() | Unknown():
            return "…"
        case Mapping(items):
            return ", ".join(f"{describe(key).strip(chr(34))}={_argument(item)}" for key, item in items)
        case _:
            return in_words(value)


def _text(text: str) -> str:
    """A text in quotes; what could be a secret whatever it is called by is hidden, and the dotted name of a class is none."""
    return f'"{text if _DOTTED.fullmatch(text) else masked_value(text)}"'


# ---- one revision


def shown(found: tuple[Term, ...], description: str) -> str:
    """The contract as a page."""
    lines = [f"What sessions depend on · {description}", ""]
    for group in dict.fromkeys(term.group for term in found if term.group != ELSEWHERE):
        mine = [term for term in found if term.group == group]
        rows = [row for term in _merged(mine) for row in _rows(term)]
        width = min(max((len(name) for name, _, _ in rows), default=0), 48)
        lines.append(printable(group))
        for name, value, at in rows:
            lines.append(f"  {printable(name):<{width}}  {printable(value)}".rstrip() + (f"  · {at}" if at else ""))
        lines += _defaults([term for term in mine if term.place is None])
        lines.append("")
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
    places = _briefly(list(dict.fromkeys(_at(term.place) for term in terms)))
    if ": " in first.name:
        said = {term.name.partition(": ")[2]: _told(term) for term in terms}
        names = list(dict.fromkeys(term.name.partition(": ")[0] for term in terms))
        text = ", ".join(f"{name} {value}" for name, value in said.items())
        yield from _lines(", ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more", text, places)
    elif first.choices:
        for number, (condition, value, place) in enumerate(first.choices):
            yield from _lines("" if number else first.name, in_words(value) + (f"  if {masked_value(_short(condition))}" if condition else ""), _at(place))
    else:
        yield from _lines(first.name, _told(first), places)


def _lines(name: str, value: str, places: str) -> Iterator[tuple[str, str, str]]:
    """A row, in as many lines as a long value needs."""
    lines = textwrap.wrap(value, _LONGEST, break_long_words=False, break_on_hyphens=False)[:_MOST_LINES] or [""]
    yield name, lines[0], places
    yield from (("", line, "") for line in lines[1:])


def _at(place: Place | None) -> str:
    return f"{printable(place.path)}:{place.line}" if place is not None else ""


def _briefly(places: list[str]) -> str:
    """Places, with the path only where it is another one."""
    said, path = [], ""
    for place in places:
        own, _, line = place.rpartition(":")
        said.append(line if own == path else place)
        path = own
    return ", ".join(said)


def _defaults(terms: list[Term]) -> list[str]:
    if not terms:
        return []
    text = ", ".join(dict.fromkeys(f"{term.name} {_briefer(term.value)}" for term in terms))
    return textwrap.wrap(f"by default: {text}", _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _briefer(value: Value) -> str:
    if isinstance(value, Listing) and len(value.items) > 2:
        return f"{in_words(value.items[0])} and {len(value.items) - 1} more"
    return in_words(value)


def _outside(found: tuple[Term, ...]) -> list[str]:
    """What the text can't tell."""
    set_here = {term.name.partition(" ")[0] for term in found if term.group == VARIABLES}
    variables = [f"${name}" for name in variables_of(found) if f"${name}" not in set_here]
    lines = []
    if variables:
        lines += textwrap.wrap(f"Not in the repository: what the environment sets as {', '.join(variables)}.", _WIDTH, break_long_words=False)
    lines += [f"Not in the repository: {term.name}, {in_words(term.value)} · {_at(term.place)}" for term in found if term.group == ELSEWHERE]
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
            lines[-1] += f"  · {_at(place)}" + ("" if new is not None and new.place is not None else " before")
    lines += ["" if changed else "The same on both sides.", "What this does:" if findings else "None of this is known to log anybody out."]
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
