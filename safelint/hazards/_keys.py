"""What is known of keys as values: which are drawn at random, computed from others, or known as a whole. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.values import Called, Environment, Listing, Mapping, Sealed, Template, Unknown, Value

# Functions that give something else each time.
_RANDOM = re.compile(
    r"(^|\.)(urandom|token_bytes|token_hex|token_urlsafe|uuid1|uuid4|get_random_secret_key|get_random_string|generate_key|SystemRandom|getrandbits|randbytes"
    r"|choices|generate_secret_key)$|^random\.\w+$|^secrets\.(choice|randbits|randbelow)$"
)
_DERIVATION = re.compile(r"sha\d|md5|blake|hmac|hkdf|kdf|scrypt|derive|digest|b64|b32|hash|bcrypt|argon", re.IGNORECASE)
GENERIC = "everything that was signed by it is refused: every user is logged out"


def leaves(value: Value | None) -> Iterator[Value]:
    """The values that a value is made of: items, parts, arguments."""
    match value:
        case None:
            return
        case Called(_, items) | Listing(items) | Template(items):
            for item in items:
                yield from leaves(item)
        case Mapping(pairs_):
            for _, item in pairs_:
                yield from leaves(item)
        case _:
            yield value


def is_whole(value: Value) -> bool:
    """Whether nothing in a value is unknown."""
    return not any(isinstance(each, Unknown) for each in leaves(value))


def derives(value: Value) -> bool:
    """Whether a value is computed from a secret, and not only fetched."""
    match value:
        case Called(function, arguments):
            return _DERIVATION.search(function) is not None or any(derives(each) for each in arguments)
        case Listing(items) | Template(items):
            return any(derives(item) for item in items)
        case _:
            return False


def shares_source(before: Value, after: Value) -> bool:
    """Whether two values are made from the same secret or variable."""

    def sources(value: Value) -> set[str]:
        return {each.name for each in leaves(value) if isinstance(each, Environment)} | {each.fingerprint for each in leaves(value) if isinstance(each, Sealed)}

    return bool(sources(before) & sources(after))


def random_call(value: Value | None) -> str:
    """The call that draws a key, empty where none does."""
    match value:
        case Called(function, arguments):
            if _RANDOM.search(function):
                return function
            return next((call for each in arguments if (call := random_call(each))), "")
        case Template(items) | Listing(items):
            return next((call for each in items if (call := random_call(each))), "")
        case _:
            return ""


def is_random(value: Value) -> bool:
    """Whether a value is drawn anew each time."""
    return bool(random_call(value))
