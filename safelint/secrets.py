"""Secrets stay where they are: compared by a keyed fingerprint, hidden wherever text is shown."""

from __future__ import annotations

import hashlib
import os
import re
from contextvars import ContextVar

from safelint.values import Called, Environment, Known, Listing, Mapping, Sealed, Template, Value

# Drawn anew in every process unless a cache brings its own: fingerprints mean nothing elsewhere.
_DRAWN = os.urandom(32)
_key: ContextVar[bytes] = ContextVar("fingerprint key")

_SECRET_NAME = re.compile(
    r"secret|passw|passphrase|private_?key|signing_?key|signature_?key|api_?key|access_?key|jwt_?key|token_?key|hmac"
    r"|crypt_?key|encryption_?key|credential|requirepass|masterauth|auth[-_]pass|salt$|_token$|^token$|_pepper|dsn$",
    re.IGNORECASE,
)
# Settings that say how secrets are handled, and hold none.
_ABOUT_SECRETS = re.compile(r"(hashers?|validators?|_on_\w+|check_revoke_token|reset_timeout|_rotation|_length)$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"change.?me|changethis"
    r"|please[-_ ]|update.?me|replace|example|placeholder|dummy|insecure|your[-_ ]|todo|xxx|dev(elopment)?[-_ ]|^test|not[-_ ]?(so[-_ ])?secret|<.*>"
    r"|^[^A-Za-z0-9]*$",
    re.IGNORECASE,
)
# What `startproject` of Django writes: it says that it is no secret, and many a site runs with it.
_OF_NEW_PROJECT = re.compile(r"django-insecure-\S{40,}")
# What 1Password, vals, Bank-Vaults, AWS, Google and Azure replace by a secret when it is deployed.
_IN_A_VAULT = re.compile(
    r"(op|ref\+\w+|vault|secretref\+\w+|awssm|gcpsm|akv|bw|pass)://|vault:|arn:aws[\w-]*:(secretsmanager|ssm):|@Microsoft\.KeyVault\(", re.IGNORECASE
)
_USERINFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s'\"@]*@", re.IGNORECASE)
HIDDEN = "***"


def use_key(key: bytes) -> None:
    """Compare fingerprints by this key from now on: the cache's, so that stored fingerprints stay comparable."""
    _key.set(key)


def is_secret_name(name: str) -> bool:
    """Whether a setting or variable of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None and _ABOUT_SECRETS.search(name) is None


def fingerprint(text: str) -> str:
    """A keyed digest: equal for equal secrets, and of no use to anybody without the key."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=_key.get(_DRAWN), digest_size=16).hexdigest()


def seal(value: Value) -> Value:
    """The same value with every literal text in it sealed.

    Traits: `empty`, `short` (under the 32 bytes that HS256 needs), `stray-whitespace` (begins or ends with
    some), `placeholder` (says itself that it is none), `of a new project` (Django's first key, drawn at random, in spite of
    its words), `in a vault` (says where a tool finds it when it is deployed).
    """
    match value:
        case Known(text) if isinstance(text, str):
            traits = []
            if not text:
                traits.append("empty")
            if len(text.encode("utf-8", "surrogatepass")) < 32:
                traits.append("short")
            if text != text.strip():
                traits.append("stray-whitespace")
            if _PLACEHOLDER.search(text):
                traits.append("placeholder")
            if _OF_NEW_PROJECT.fullmatch(text):
                traits.append("of a new project")
            if _IN_A_VAULT.match(text):
                traits.append("in a vault")
            return Sealed(fingerprint(text), tuple(traits))
        case Listing(items):
            return Listing(tuple(seal(item) for item in items))
        case Mapping(items):
            return Mapping(tuple((key, seal(item)) for key, item in items))
        case Template(items):
            return Template(tuple(seal(item) for item in items))
        case _:
            if isinstance(value, Environment) and value.default is not None:
                return Environment(value.name, seal(value.default))
            if isinstance(value, Called):
                return Called(value.function, tuple(seal(item) for item in value.arguments))
            return value


def is_placeholder(value: Value | None) -> bool:
    """Whether a sealed value says itself that it is no secret yet, or is empty: what is a tool's to find is none either."""
    return isinstance(value, Sealed) and bool({"placeholder", "empty", "in a vault"} & set(value.traits))


def is_of_new_project(value: Value | None) -> bool:
    """Whether a sealed value is the key that Django wrote when the project was begun: a placeholder, unless the site runs with it."""
    return isinstance(value, Sealed) and "of a new project" in value.traits


def seal_by_name(name: str, value: Value) -> Value:
    """`seal(value)` where the name says that it is a secret; else the value, without a password in a URL."""
    if is_secret_name(name):
        return seal(value)
    match value:
        case Known(text) if isinstance(text, str) and "://" in text:
            return Known(_USERINFO.sub(lambda found: found["scheme"] + HIDDEN + "@", text))
        case Mapping(items):
            return Mapping(tuple((key, seal_by_name(key.value if isinstance(key, Known) and isinstance(key.value, str) else "", item)) for key, item in items))
        case Listing(items):
            return Listing(tuple(seal_by_name(name, item) for item in items))
        case Called(function, arguments):
            return Called(function, tuple(seal_by_name(name, each) for each in arguments))
        case Environment(variable, default) if default is not None:
            return Environment(variable, seal_by_name(name, default))
        case _:
            return value
