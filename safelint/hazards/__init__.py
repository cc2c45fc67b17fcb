"""Hazards: what facts do to live sessions. One module a cause.

A module of this folder has one or both of two functions, found by their names:

    def of_state(side: Side) -> Iterator[Hazard]: ...      what one side is like; judged at both sides, and only
                                                           what the base does not have is reported
    def of_change(change: Change) -> Iterator[Hazard]: ... what differs between the two sides; a `SafeStep` among them
                                                           is a change that would end sessions if somebody had not seen to it,
                                                           a `NotUnderstood` one that may end them, for all that text tells

`side.touched(Kind)` are the facts in the files of the change and the place to start from;
`side.everywhere(Kind)` are those of the whole tree, and cost reading it: ask only with a reason in hand.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelint.facts import Fact, NotUnderstood
from safelint.places import Related, SideName
from safelint.records import dataclass, field

if TYPE_CHECKING:
    from safelint.sources import Change, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard(Fact):
    """What a fact, or several, do to the people who are logged in.

    `side` says where `place` is: "base" for something that the change takes away. A subclass that knows better
    than its rule for the case at hand has a field `impact`, `rollback`, `severity` or `confidence`.
    """

    related: tuple[Related, ...] = field(default=(), compare=False)
    side: SideName = field(default="head", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeStep(Fact):
    """A change that ends sessions when it is done carelessly, and was not: `what` says how it was seen to."""

    what: str


def _modules() -> Iterator[object]:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            yield importlib.import_module(f"{__name__}.{module.name}")


def of_state(side: Side) -> Iterator[Hazard]:
    """Every hazard of one side."""
    for module in _modules():
        if judge := getattr(module, "of_state", None):
            yield from judge(side)


def of_change(change: Change) -> Iterator[Hazard | SafeStep | NotUnderstood]:
    """Every hazard that lies in the difference of the two sides, every step that is safe because somebody saw to it, and what may be either."""
    for module in _modules():
        if judge := getattr(module, "of_change", None):
            yield from judge(change)
