"""The session contract of a revision, as data: what somebody who is logged in depends on there, with places and without secrets.

`terms(side)` gathers it; `safelint.contract_page` puts it on paper.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from safelint.contract_code import Names, cookies, own, provider, tables, tokens
from safelint.contract_deploy import given, missing, parts_of_addresses, variables_in, with_what_fills_in
from safelint.contract_settings import BESIDE, of_settings
from safelint.contract_terms import ELSEWHERE, KEYS, OWN, PROVIDER, TABLES, UNREAD, VARIABLES, VERSIONS, Term, framework_of
from safelint.contract_words import owners_in_words
from safelint.facts.clock import TokenVerified
from safelint.facts.cookies import CookieWritten
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import frameworks
from safelint.hazards._settings import (
    path_of,
)
from safelint.paths import in_production, is_settings_path
from safelint.records import dataclass
from safelint.secrets import is_secret_name
from safelint.sources import Side
from safelint.values import Reference, Value

_FOR_DEVELOPERS = re.compile(
    r"(^|[/_.-])(dev|develop|development|local|tests?|testing|ci|docs?|documentation|lint|format|typecheck|check\w*|coverage|functests|tools?|build|devcontainer|github|taskfile)([/_.-]|$)",
    re.IGNORECASE,
)
_LIBRARIES = {"python-jose": "python-jose", "authlib": "Authlib", "joserfc": "joserfc"}
"""Libraries that verify tokens and have no settings, by their names in a requirements file."""


@dataclass(frozen=True, slots=True)
class Also:
    """What to tell of one side though nothing there makes it matter, because it matters at the other one."""

    variables: frozenset[str] = frozenset()
    settings: frozenset[tuple[str, str]] = frozenset()
    """Each with the framework that reads it."""


def both(base: Side, head: Side) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The contracts of two sides, each with what the other one tells of: a deployed variable that only one reads, a setting that matters at one only."""
    first, second = terms(base), terms(head)
    at_base, at_head = _also(first), _also(second)
    if at_base == at_head:
        return first, second
    return terms(base, at_head), terms(head, at_base)


def _also(found: tuple[Term, ...]) -> Also:
    return Also(frozenset(variables_of(found)), frozenset((framework_of(term.group), term.name) for term in found if term.place is not None))


def terms(side: Side, also: Also = Also()) -> tuple[Term, ...]:  # noqa: B008 - it is frozen
    """The contract of one side: settings with the frameworks that read them, tokens, cookies, keys, providers, tables, versions and deployed values.

    `also` is to be told of though nothing here reads it.
    """
    known = Names(side)
    settings = [Term(term.group, term.name, term.value, term.place, term.choices, known.meaning(term.value)) for term in of_settings(side, also.settings)]
    code = [*tokens(side, known), *cookies(side, known), *own(side, settings), *provider(side), *tables(side)]
    beside = [term for term in settings if term.group.startswith(BESIDE)]
    found = [*(term for term in settings if term not in beside), *code, *beside]
    found += [*_versions(side, found, also.settings)]
    return (*found, *_variables(side, found, also.variables), *_elsewhere(side, found), *_unread(side))


def _versions(side: Side, found: list[Term], also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    named = {name: framework.name for framework in frameworks() for name in framework.distributions} | _LIBRARIES
    said = {framework_of(term.group) for term in found} | {term.group.rpartition(" by ")[2] for term in found}
    said |= {framework.extends for framework in frameworks() if framework.name in said}
    pins = [
        fact
        for fact in side.everywhere(PackagePinned)
        if fact.name in named and (named[fact.name] in said or (VERSIONS, fact.name) in also) and (fact.version or fact.minimum)
    ]
    best: dict[str, PackagePinned] = {}
    for fact in sorted(pins, key=_likeliness):
        best.setdefault(fact.name, fact)
    for fact in best.values():
        yield Term(VERSIONS, fact.name, Reference(fact.version or f">={fact.minimum}"), fact.place)


def _likeliness(fact: PackagePinned) -> tuple[bool, ...]:
    """Sorts first what production most likely installs."""
    path = fact.place.path
    is_asked_for = path.endswith((".in", ".toml", "setup.py", "setup.cfg"))  # beside what was made of it
    return (not in_production(path), _FOR_DEVELOPERS.search(path) is not None, not fact.locked, not fact.version, is_asked_for)


# ---- what comes from elsewhere


def _variables(side: Side, found: list[Term], also: frozenset[str]) -> Iterator[Term]:
    """What a deployment gives to the variables that the terms read, and keys that it sets for whoever reads them."""
    readers: dict[str, list[str]] = {name: [] for name in also}
    secret: set[str] = set()
    for term in found:
        for name in _variables_of(term):
            readers.setdefault(name, []).append(term.name)
            if term.group == KEYS or is_secret_name(term.name) or term.name.endswith(("key", "keys")):
                secret.add(name)
        secret.update(name for value in _values_of(term) for name in parts_of_addresses(value))
    wanted, secret = with_what_fills_in(side, {name: tuple(dict.fromkeys(terms)) for name, terms in readers.items()}, secret)
    for each in given(side, wanted, secret):
        yield Term(VARIABLES, f"${each.variable}" + (f" ({each.owner})" if each.owner else ""), each.value, each.place, given=each)
    if readers:
        for lost in missing(side):
            yield Term(ELSEWHERE, lost.source, Reference(f"variables of {owners_in_words(lost.owners) or 'what stands beside it'}"), lost.place)


def variables_of(found: tuple[Term, ...] | list[Term]) -> list[str]:
    """The variables of the environment that the contract depends on, by name."""
    return sorted({name for term in found if term.group != VARIABLES for name in _variables_of(term)})


def _variables_of(term: Term) -> Iterator[str]:
    for value in _values_of(term):
        yield from variables_in(value)


def _values_of(term: Term) -> Iterator[Value | None]:
    yield from (term.value, term.means, *(each for _, each, _ in term.choices))


def _elsewhere(side: Side, found: list[Term]) -> Iterator[Term]:
    """Settings that a settings module takes from a file that git does not keep: `local_settings` and its like."""
    folders = {posixpath.dirname(term.place.path) for term in found if term.place is not None and term.group not in (OWN, PROVIDER, TABLES, VERSIONS)}
    for fact in side.everywhere(SettingsInherited):
        if fact.form == "module" and is_settings_path(fact.place.path) and posixpath.dirname(fact.place.path) in folders and "." in fact.source:
            own = fact.place.path.split("/")[0]
            if path_of(side, fact.source, fact.place.path) is None and (fact.source.split(".")[0] == own or fact.source.split(".")[0] in _folders(side)):
                yield Term(ELSEWHERE, fact.source, Reference("its settings count more than those before it"), fact.place)


def _unread(side: Side) -> Iterator[Term]:
    """Code of which nothing is known: it may set anything."""
    for fact in side.unread_everywhere(SettingAssigned, TokenVerified, CookieWritten):
        # A name with a brace in it is that of a template for code.
        if fact.place.path.endswith(".py") and "{" not in fact.place.path and in_production(fact.place.path):
            yield Term(UNREAD, fact.place.path, Reference(fact.why), fact.place)


def _folders(side: Side) -> set[str]:
    return {path.split("/")[0] for path in side.paths if "/" in path}
