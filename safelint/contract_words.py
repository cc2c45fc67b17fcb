"""Values and places as the session contract shows them on paper. Never the text of a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable

from safelint.masks import masked_value
from safelint.places import Place
from safelint.plain import printable
from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Reference, Sealed, Template, Unknown, Value, describe, seconds_of

_RANDOM = re.compile(r"(^|\.)(urandom|token_bytes|token_hex|token_urlsafe|uuid4|get_random_secret_key|get_random_string|generate_key)$")
# Of a long list, what somebody who asks about sessions wants to see.
_OF_SESSIONS = re.compile(r"session|auth|login|token|jwt|csrf|remember|remote_?user|impersonat", re.IGNORECASE)
_MOST_ITEMS = 6
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
# Settings that frameworks take for a number of seconds.
_IN_SECONDS = re.compile(r"(_AGE|_LIFETIME|_DURATION|max_age|lifetime_seconds|_SECONDS)$")
_WORTH_TELLING = 3600  # seconds
_WHY = {
    "not a plain assignment": "given by a caller",
    "Compare": "depends on a comparison",
    "one of two values": "one of two values",
    "set more than once": "set more than once",
    "a spread": "more, from elsewhere",
    "arithmetic": "worked out",
    "more arguments than are to be seen": "maybe in the arguments that are passed on",
    "options that are not known": "maybe in the options",
}
"""What is known of a value that is not known, by what readers say of it."""
_ENCRYPTED_BY = {"kubeseal": "kubeseal", "sops": "SOPS", "ansible-vault": "ansible-vault"}


def in_words(value: Value) -> str:
    """A value as the page shows it. Never the text of a secret."""
    match value:
        case Known(str() as text):
            return _text(text)
        case Known(float() as number) if number.is_integer():
            return f"{number:.0f}"
        case Environment(name, None):
            return f"${name} (required)"
        case Environment(name, Known(None)):
            return f"${name}"
        case Environment(name, default):
            return f"${name}, else {in_words(default)}" if default is not None else f"${name}"
        case Sealed(_, traits) if "empty" in traits:
            return "an empty text"
        case Sealed(_, traits) if "in a vault" in traits:
            return "taken from a vault"
        case Sealed(_, traits) if "of a new project" in traits:
            return "the key that Django wrote for a new project"
        case Sealed(_, traits) if "placeholder" in traits:
            return "a placeholder"
        case Sealed():
            return "a secret (written here)"
        case Called("or", items):
            return " or ".join(in_words(item) for item in items)
        case Template((Unknown("a folder"), *parts)):
            return "…" + in_words(Template(tuple(parts)))
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
        case Mapping(items):
            return "{" + ", ".join(f"{in_words(key)}: {in_words(item)}" for key, item in items) + "}"
        case Duration(seconds):
            return _duration(seconds)
        case Unknown(why) if why in _WHY:
            return f"({_WHY[why]})"
        case Unknown(why) if why.startswith("set by "):
            return f"({why})"
        case Unknown(why):
            return f"(not understood: {why})"
        case _:
            return describe(value)


def _duration(seconds: float) -> str:
    """A time in the largest units that tell all of it: `365 days 1 hour`."""
    if seconds < 60 or seconds != int(seconds):
        return f"{seconds:g} s"
    parts, left = [], int(seconds)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts)


def seconds_in_words(name: str, value: Value) -> str:
    """A value, and what a number is worth where the name says that it is a time in seconds: `1209600 (14 days)`."""
    said = in_words(value)
    number = value.default if isinstance(value, Environment) else value
    if isinstance(number, Known) and _IN_SECONDS.search(name) and (seconds := seconds_of(number)) is not None and seconds >= _WORTH_TELLING:
        return f"{said} ({_duration(seconds)})"
    return said


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


def deployed_in_words(value: Value) -> str:
    """A value as a file of a deployment gives it."""
    match value:
        case Called(tool, _) if tool in _ENCRYPTED_BY:
            return f"encrypted by {_ENCRYPTED_BY[tool]}"
        case Environment(name, None | Known("")):
            return f"${name} of whoever deploys"
        case Environment(name, Sealed(_, traits)) if "empty" in traits:
            return f"${name} of whoever deploys"
        case Environment(name, default) if default is not None:
            return f"${name} of whoever deploys, else {deployed_in_words(default)}"
        case Reference(name) if name.startswith(("Secret/", "ConfigMap/")):
            kind, _, rest = name.partition("/")
            holder, _, key = rest.partition("/")
            return f"{key} of {kind} {holder}"
        case Reference(name) if name.startswith("external/"):
            return f"fetched from {name.removeprefix('external/')}"
        case Unknown("a template fills it in" | "filled in elsewhere"):
            return "(filled in when it is deployed)"
        case _:
            return in_words(value)


def owners_in_words(owners: Iterable[str]) -> str:
    """Whose something is; what several services have in common is said once."""
    owners = list(owners)
    if len(owners) > 1 and all(owner.startswith("service ") for owner in owners):
        return f"services {', '.join(owner.partition(' ')[2] for owner in owners)}"
    return ", ".join(owners)


def encrypted_by(value: Value) -> str:
    """The tool that encrypted a value; empty where none did."""
    return _ENCRYPTED_BY.get(value.function, "") if isinstance(value, Called) else ""


def told(name: str, value: Value, means: Value | None) -> str:
    """The value of a setting, with what its name stands for."""
    said = seconds_in_words(name, value)
    if isinstance(value, Sealed) and name.endswith("salt"):
        return "a text (written here)"
    match means:
        case None:
            return said
        case Called("default", (default,)):
            return f"{said}, by default {seconds_in_words(name, default)}"
        case Known() | Duration():
            return seconds_in_words(name, means)
        case Listing():
            return in_words(means)
        case _:
            return f"{said} = {in_words(means)}"


def place_in_words(place: Place | None) -> str:
    """A place by its path and line; nothing where there is none."""
    return f"{printable(place.path)}:{place.line}" if place is not None else ""


def places_in_words(places: Iterable[Place | None]) -> str:
    """Places, with the path only where it is another one."""
    said, path = [], None
    for place in dict.fromkeys(places):
        if place is not None:
            said.append(f"{place.line}" if place.path == path else place_in_words(place))
            path = place.path
    return ", ".join(dict.fromkeys(said))
