"""Which libraries, in which versions."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePinned(Fact):
    """A distribution that the project asks for, by its normalised name. Only those that sessions depend on.

    `version` is the one version that it may be, empty where a range leaves a choice; `minimum` is the lowest of a range,
    empty where there is none. `locked` says that a lock file or a pin decided it, and not a wish.
    """

    name: str
    version: str
    minimum: str
    locked: bool
