"""Who a session says that somebody is: the classes that store sessions, and what of a user goes into them."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStoreDefined(Fact):
    """A module that Django may name as its session engine. `name` is that of the class behind `SessionStore`; it is part of what signs sessions.

    `engine` is the engine of Django that the class derives from; `overrides` are the methods and attributes that it has of its own.
    """

    name: str
    engine: str
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterfaceDefined(Fact):
    """A class that may be Flask's session interface. `engine` is what it derives from, by its dotted name.

    `overrides` are the methods and attributes of its own, without the methods that ask what they override. `signs` says whether it reads what the
    cookie holds through a signer, where it does so itself; None where it has no way to read of its own.
    """

    name: str
    engine: str
    overrides: tuple[str, ...] = ()
    signs: bool | None = None
    takes_unsigned: bool = False
    """Whether it signs, and a cookie that is not signed is read all the same: as a store does for a while that begins to sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityGiven(Fact):
    """What of a user goes into a session of Flask-Login. `owner` is the class, `attributes` what `get_id` reads of it."""

    owner: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLookedUp(Fact):
    """How Flask-Login's `user_loader` finds the user that a session names: the columns that it compares, `primary key` for a plain `get`."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginKept(Fact):
    """A way to know who is logged in: a library, or the entry of a session that an application writes by itself.

    `sets_up` is whether the login is set up or written here; otherwise it is only asked for.
    """

    way: str
    sets_up: bool
