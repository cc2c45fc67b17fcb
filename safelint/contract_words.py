"""Values as the session contract shows them on paper. Never the text of a secret."""

from __future__ import annotations

import re

from safelint.masks import masked_value
from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Reference, Sealed, Template, Unknown, Value, describe

_RANDOM = re.compile(r"(^|\.)(urandom|token_bytes|token_hex|token_urlsafe|uuid4|get_random_secret_key|get_random_string|generate_key)$")
# Of a long list, what somebody who asks about sessions wants to see.
_OF_SESSIONS = re.compile(r"session|auth|login|token|jwt|csrf|remember|remote_?user|impersonat", re.IGNORECASE)
_MOST_ITEMS = 6
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_ENCRYPTED_BY = {"kubeseal": "kubeseal", "sops": "SOPS", "ansible-vault": "ansible-vault"}


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


def encrypted_by(value: Value) -> str:
    """The tool that encrypted a value; empty where none did."""
    return _ENCRYPTED_BY.get(value.function, "") if isinstance(value, Called) else ""
