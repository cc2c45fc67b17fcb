"""The project: what it declares about itself in its configuration, because its files alone do not tell."""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.records import dataclass

Role = Literal["session", "token", "user", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRole(Fact):
    """A table whose role is declared. `name` is as written: plain or with its schema, a glob where it has `*` or `?`.

    `none` says that the table holds no sessions, whatever its name and the code suggest.
    """

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class TableScope(Fact):
    """Which tables' migrations are judged: those of logins, or all of them."""

    tables: Literal["logins", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVersion(Fact):
    """The server that production runs: `product` is "postgres", "redis" or "valkey", `version` the digits ("16", "7.2")."""

    product: str
    version: str
