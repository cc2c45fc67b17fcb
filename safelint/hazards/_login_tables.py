"""What a migration's statement can do to a table that logins depend on: the hazards, without the judging."""

from __future__ import annotations

from typing import Literal, TypedDict

from safelint.facts.migrations import Direction
from safelint.findings import Confidence, Impact, Severity
from safelint.hazards import Hazard
from safelint.places import Place, Related, SideName
from safelint.records import dataclass
from safelint.tables import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTableHazard(Hazard):
    """What a statement does to a table that logins depend on. `what` names what the table holds: sessions, tokens, accounts.

    `role` is "other" only on the way to `safelint.hazards.migrations_tables`, which says it in words of its own.
    """

    table: str
    role: Role
    what: str
    statement: str
    direction: Direction
    impact: Impact | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableDropped(LoginTableHazard):
    """The table goes. `recreated`: an empty one of the same name takes its place."""

    recreated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableEmptied(LoginTableHazard):
    """Every row that matters goes. `through`: the table whose emptying takes these rows along, "" where it is this one."""

    how: Literal["truncate", "delete", "cascade", "partition"]
    through: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(LoginTableHazard):
    """The rows stay and nobody can log on with them: expired, revoked, given another key."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableMoved(LoginTableHazard):
    """The table has another name or schema afterwards, and nothing answers to the old one."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumnGone(LoginTableHazard):
    """A column that code reads is dropped or renamed. `reader`: which code, `head` (for good), `base` (until the deploy is through), `unknown`."""

    column: str
    how: Literal["dropped", "renamed"]
    reader: Literal["head", "base", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableHidden(LoginTableHazard):
    """The rows stay and the application may not see or change them any more. `how`: row security, policy, privileges, owner, rule."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSessionsRefused(LoginTableHazard):
    """An INSERT of the code that is running does not give a column a value that it needs now."""

    column: str
    how: Literal["added", "required", "default dropped", "one for each user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumnNarrowed(LoginTableHazard):
    """Values that fitted a column may not fit any more."""

    column: str
    was: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableUnlogged(LoginTableHazard):
    """The table is not written to the log: a crash of the server, or a failover, empties it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableBlocked(LoginTableHazard):
    """Who logs in or is logged in waits for a lock. `work`: what is done under it (see `safelint.hazards._locks.Work`).

    `looked_at`: the table whose rows are gone through meanwhile; `limit`: the setting that would bound the wait for the lock.
    """

    work: str
    blocked: str
    mode: str
    looked_at: str = ""
    limit: str = "lock_timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTableAwayForAMoment(LoginTableHazard):
    """Another table takes the name over in a later statement, and the database commits between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsDeletedLater(LoginTableHazard):
    """Every row goes, not now but each time that something happens: `when` says what."""

    when: str


class Common(TypedDict):
    """The fields that every hazard of one statement and one table shares."""

    place: Place
    side: SideName
    related: tuple[Related, ...]
    table: str
    role: Role
    what: str
    statement: str
    direction: Direction
    impact: Impact | None
    severity: Severity | None
    confidence: Confidence | None
