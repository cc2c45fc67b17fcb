"""Signing keys in code: what signs, which key is chosen how, and how long an old one is kept."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Mapping, Value

_NONE = Mapping(())


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFunctionCalled(Fact):
    """A call of a function that a token library does not have; `instead` is the one that it has."""

    call: str
    library: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KidInPayload(Fact):
    """The key's name is put among the claims of a token that is signed in `function`, and not into its header."""

    function: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KidReadFromPayload(Fact):
    """The key's name is taken from claims that nobody has verified yet."""

    function: str
    lookup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLookupFails(Fact):
    """A key is looked up by the name that a token gives, and a name that nobody knows is an `error` which nothing in the function catches."""

    function: str
    lookup: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing(Fact):
    """A dictionary of signing keys by name. `keys` are sealed; `scope` is the class or function around it.

    `clock` is the code that takes the time within an entry, empty where there is none; `ages` are the seconds that
    entries are said to be old at that moment (0 for "now"), by name.
    """

    name: str
    scope: str
    keys: Mapping
    clock: str = ""
    ages: Mapping = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKid(Fact):
    """Which key of a ring signs new tokens: the `kid` of a header, or a constant that is named so."""

    kid: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeyUsed(Fact):
    """A call that signs a token (`signs`) or verifies one. `key` is sealed; `algorithm` the one that signs, or the list that is accepted."""

    library: str
    function: str
    signs: bool
    key: Value
    algorithm: Value | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceDeclared(Fact):
    """For how long a replaced key is still accepted, in seconds."""

    name: str
    scope: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeDeclared(Fact):
    """For how long a token is good, in seconds: a setting, a constant, or what is added to now for its `exp`."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceFromCreation(Fact):
    """Old keys are dropped by how long ago they were created, and not by how long ago they stopped signing."""

    function: str
    comparison: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerSubject(Fact):
    """The `sub` of a token is a number, or the primary key of a row, which mostly is one. `code` is what it is taken from, `library` what signs it."""

    code: str
    library: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTakenForBytes(Fact):
    """A new token is decoded from bytes, as PyJWT gave it out up to version 1. `code` is where that is done."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySetMade(Fact):
    """A set of keys that is written out: how many, the name of the first ("" where it has none), and whether every one is a JWK without `kid`."""

    library: str
    name: str
    keys: int
    first: str = ""
    unnamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKeyUsed(Fact):
    """A call of a library that knows sets of keys, which signs or verifies a token by what is called `key`.

    `kid` tells whether the header that it signs names a key, or may do so.
    """

    library: str
    function: str
    signs: bool
    key: str
    kid: bool
