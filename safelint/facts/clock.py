"""The clock: where tokens are verified, with how much tolerance, and what code does about expiry by itself."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVerified(Fact):
    """A call that checks a token's signature, or its claims where a library does that in a call of its own.

    `library` is the name of the distribution (`PyJWT`, `python-jose`, `Authlib`, `joserfc`). `call` is the dotted name of
    what is called, `function` the class and function around it, with dots. `leeway` is what stands where this library
    looks for it, None where nothing does; `misplaced` is the code of a leeway that stands anywhere else.
    `checks_signature`, `checks_expiry` and `checks_audience` are None where the text does not tell.
    `caught` are the last names of the exceptions that handlers around the call catch; `handled` says whether there are any handlers.
    """

    library: str
    call: str
    function: str
    leeway: Value | None
    misplaced: str = ""
    checks_signature: bool | None = True
    checks_expiry: bool | None = True
    checks_audience: bool | None = True
    algorithms: Value | None = None
    audience: Value | None = None
    issuer: Value | None = None
    required: Value | None = None
    handled: bool = False
    caught: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryCompared(Fact):
    """A condition that compares the `exp` of an already verified token with the time of this machine.

    `leeway` is that of the call that verified it. `needs_claim` says whether a token without `exp` raises KeyError here.
    """

    library: str
    comparison: str
    leeway: Value | None
    needs_claim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveTime(Fact):
    """A time without a zone that goes into a token: right only where the server's clock shows UTC.

    `claim` is `exp`, `iat` or `nbf`; `call` the code that takes the time.
    """

    claim: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSyncSwitched(Fact):
    """A script or playbook that switches a machine's time synchronisation on or off. `program` is what it switches, `code` how."""

    program: str
    on: bool
    code: str
