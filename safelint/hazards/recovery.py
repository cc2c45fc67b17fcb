"""Recovery: whether the way back works on the day when it is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.recovery import RouteInFunction
from safelint.hazards import Hazard
from safelint.records import dataclass
from safelint.sources import Side

_WAY_BACK = re.compile(r"recover|emergency|incident|mass_?logout|break_?glass|fallback|rescue|restore", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAddedWhileServing(Hazard):
    """A way back in that registers its route when it is called: Flask 2.3 and later refuses that once it has served a request."""

    route: str
    function: str


def of_state(side: Side) -> Iterator[Hazard]:
    """Ways back that fail when they are taken."""
    for fact in side.touched(RouteInFunction):
        if _WAY_BACK.search(fact.function) or _WAY_BACK.search(fact.place.path):
            yield RouteAddedWhileServing(place=fact.place, route=fact.route, function=fact.function)
