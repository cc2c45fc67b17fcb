"""Recovery: the way back after a mass logout, as the code says it."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteInFunction(Fact):
    """A route that a function registers, when it is called, on an application that was made outside it."""

    application: str
    route: str
    function: str
