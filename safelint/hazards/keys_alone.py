"""Keys that fail by themselves: drawn anew by every process, listed where nothing accepts them, too short."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from safelint.facts.keys import TokenKeyUsed
from safelint.facts.settings import SettingAssigned, VariableSet
from safelint.frameworks import frameworks
from safelint.hazards import Hazard
from safelint.hazards._key_names import is_key_name
from safelint.hazards._keys import random_call
from safelint.hazards._settings import for_developers
from safelint.records import dataclass
from safelint.secrets import is_placeholder
from safelint.sources import Side
from safelint.values import Called, Environment, Known, Listing, Sealed, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class OldKeyUnusable(Hazard):
    """Old keys that are meant to be accepted and are not: `why` is `a text, not a list`, `None`, `empty`, `stray whitespace`, `a list`."""

    setting: str
    why: str
    consequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRandomPerProcess(Hazard):
    """A key that every process draws for itself. `when` is `always`, or `unset`: only where the variable is missing."""

    setting: str
    call: str
    when: str
    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTooShort(Hazard):
    """A written-out key under the 32 bytes that HS256 wants."""

    library: str
    function: str


def of_state(side: Side) -> Iterator[Hazard]:
    """What the keys of one side are like."""
    yield from _random(side)
    yield from _unusable(side)
    for used in side.touched(TokenKeyUsed):
        if isinstance(used.key, Sealed) and "short" in used.key.traits and not is_placeholder(used.key) and _is_symmetric(used.algorithm):
            yield KeyTooShort(place=used.place, library=used.library, function=used.function)


# ---- random


def _random(side: Side) -> Iterator[KeyRandomPerProcess]:
    named = {row.setting for framework in frameworks() for row in framework.rows if row.role == "key"}
    for fact in side.touched(SettingAssigned):
        if not (is_key_name(fact.name) or any(fnmatch.fnmatchcase(fact.name, each) for each in named)) or for_developers(fact.condition):
            continue
        when, variable, value = "always", "", fact.value
        if isinstance(value, Environment):
            when, variable, value = "unset", value.name, value.default or Known(None)
        elif isinstance(value, Called) and value.function == "or":
            when, value = "unset", value.arguments[-1]
        call = random_call(value)
        stands_in = _stands_in(fact)
        if call and not (stands_in and _for_debugging_alone(fact.condition)):
            yield KeyRandomPerProcess(
                place=fact.place, setting=fact.name, call=call, when="unset" if stands_in else when, variable=variable or fact.name.rsplit(".", 1)[-1]
            )


def _stands_in(fact: SettingAssigned) -> bool:
    """Whether a random key only stands in for one that is missing: `if not SECRET_KEY: SECRET_KEY = ...` says the same as `or`."""
    return re.search(rf"\b{re.escape(fact.name.rsplit('.', 1)[-1])}\b", fact.condition) is not None


def _for_debugging_alone(condition: str) -> bool:
    """Whether the stand-in is drawn only on a developer's machine."""
    return "DEBUG" in condition


# ---- old keys that are not accepted


def _unusable(side: Side) -> Iterator[OldKeyUnusable]:
    fallbacks = {row.setting for framework in frameworks() for row in framework.rows if row.role == "fallbacks"}
    no_list = {row.setting for framework in frameworks() for row in framework.rows if row.role == "key" and row.grace != "last"}
    for fact in side.touched(SettingAssigned):
        if fact.name in fallbacks:
            yield from _unusable_fallbacks(fact)
        elif fact.name in no_list and isinstance(fact.value, Listing):
            yield OldKeyUnusable(
                place=fact.place, setting=fact.name, why="a list",
                consequence="it becomes one long text that signs, and no session that exists fits it: every user is logged out",
            )  # fmt: skip
    for variable in side.touched(VariableSet):
        if is_key_name(variable.name) and isinstance(variable.value, Sealed) and "stray-whitespace" in variable.value.traits:
            yield OldKeyUnusable(
                place=variable.place, setting=variable.name, why="stray whitespace",
                consequence="the space or line end is part of the key: whoever reads it without refuses every session",
            )  # fmt: skip


def _unusable_fallbacks(fact: SettingAssigned) -> Iterator[OldKeyUnusable]:
    def unusable(why: str, consequence: str) -> OldKeyUnusable:
        return OldKeyUnusable(place=fact.place, setting=fact.name, why=why, consequence=consequence)

    refused = "no session that the old key signed is accepted: every user is logged out"
    match fact.value:
        case Sealed():
            yield unusable("a text, not a list", "Django does not start, Flask takes every letter for a key and accepts no old session")
        case Listing(items):
            for item in items:
                match item:
                    case Known(None):
                        yield unusable("None", refused)
                    case Sealed(_, traits) if "empty" in traits:
                        yield unusable("empty", refused)
                    case Sealed(_, traits) if "stray-whitespace" in traits:
                        yield unusable("stray whitespace", refused)
                    case Environment(name, Known(None)):
                        yield unusable(f"${name}, None where it is missing", refused)
                    case Environment(name, Sealed(_, traits)) if "empty" in traits:
                        yield unusable(f"${name}, empty where it is missing", refused)


def _is_symmetric(algorithm: Value | None) -> bool:
    items = algorithm.items if isinstance(algorithm, Listing) else (algorithm or Known("HS256"),)
    return bool(items) and all(isinstance(each, Known) and str(each.value).startswith("HS") for each in items)
