"""What an expression is, as far as its text can tell: known, from elsewhere, or unknown - never a guess.

A secret is `Sealed`: two sealed values can be compared, and nothing else can be learned from one. Whoever
stores a value in a fact seals it first when its name says that it is a secret (`safelint.secrets.seal`).
"""

from __future__ import annotations

from safelint.records import dataclass

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Known:
    """A literal. Bytes are given as text (Latin-1), so that `b"x"` and `"x"` are the same key."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Duration:
    """A `timedelta`, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, tuple or set, in source order."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dictionary, in source order; a `**spread` stands as an item whose key is `Unknown`."""

    items: tuple[tuple[Value, Value], ...]

    def get(self, key: str) -> Value | None:
        """The value of a literal key, the last one where it is repeated; None where it is absent."""
        found = None
        for name, value in self.items:
            if name == Known(key):
                found = value
        return found

    @property
    def whole(self) -> bool:
        """Whether every key is known: an absent key then really is absent."""
        return all(isinstance(key, Known) for key, _ in self.items)


@dataclass(frozen=True, slots=True)
class Environment:
    """A variable of the process environment (or of a `.env` file); `default` is None where it is required."""

    name: str
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that another file defines, by its dotted name (`app.config.SECRET`, `settings.SECRET_KEY`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Called:
    """What a function gave, by its dotted name (`os.urandom`, `secrets.token_hex`, `str.strip`).

    Keyword arguments stand as one `Mapping` at the end. A method of what another call gave is `.method`, with that as the first argument.
    """

    function: str
    arguments: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A text with parts that are not known here: an f-string, a concatenation, a `%` or `format` call."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret. `traits` are the few things worth knowing that give nothing away (see `safelint.secrets`)."""

    fingerprint: str
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not to be known from the text, with the reason in a few words."""

    why: str


Value = Known | Duration | Listing | Mapping | Environment | Reference | Called | Template | Sealed | Unknown


def text_of(value: Value | None) -> str | None:
    """The text of a known string, else None."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def seconds_of(value: Value | None) -> float | None:
    """The seconds of a `timedelta` or a plain number, else None."""
    if isinstance(value, Duration):
        return value.seconds
    if isinstance(value, Known) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return float(value.value)
    return None


def is_settled(value: Value) -> bool:
    """Whether two equal values of this form surely mean the same at run time, and two different ones do not."""
    match value:
        case Known() | Duration() | Sealed():
            return True
        case Listing(items) | Template(items):
            return all(is_settled(item) for item in items)
        case Mapping(items):
            return all(is_settled(key) and is_settled(item) for key, item in items)
        case _:
            return False


def describe(value: Value | None) -> str:
    """The value as a message shows it. Never the text of a secret."""
    match value:
        case None:
            return "absent"
        case Known(text) if isinstance(text, str):
            return f'"{text}"'
        case Known(other):
            return str(other)
        case Duration(seconds):
            return f"{seconds:g} s"
        case Environment(name, default):
            return f"${name}" if default is None else f"${name} (default {describe(default)})"
        case Reference(name):
            return name
        case Called(function, _):
            return f"{function}(...)"
        case Sealed():
            return "a secret"
        case Listing(items):
            return "[" + ", ".join(describe(item) for item in items) + "]"
        case Mapping():
            return "{...}"
        case Template(parts):
            return '"' + "".join(_shown_in_text(part) for part in parts) + '"'
        case Unknown(why):
            return f"unknown ({why})"


def _shown_in_text(part: Value) -> str:
    match part:
        case Known(str() as text):
            return text
        case Environment(name) | Reference(name):
            return f"${{{name}}}"
        case _:
            return "{...}"
