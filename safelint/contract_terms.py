"""One thing that sessions depend on, as the modules of the session contract hand it on."""

from __future__ import annotations

from safelint.contract_deploy import Given
from safelint.places import Place
from safelint.records import dataclass
from safelint.values import Value

KEYS = "Keys"
OWN = "Lifetimes, names and stores of its own"
PROVIDER = "Identity provider"
TABLES = "Tables"
VERSIONS = "Versions"
VARIABLES = "Set by a deployment for whoever reads it"
ELSEWHERE = "Files that are not here"
UNREAD = "Files that can't be read"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that sessions depend on. `group` is what it belongs to, `place` None where the framework's default holds."""

    group: str
    name: str
    value: Value
    place: Place | None
    choices: tuple[tuple[str, Value, Place | None], ...] = ()
    """Where it depends on a condition: each condition with the value under it and where that stands (None: by default)."""
    means: Value | None = None
    """What a name of another module stands for, where the tree has just one setting of that name."""
    given: Given | None = None
    """Of the group `VARIABLES`: what a file of the deployment sets."""


def framework_of(group: str) -> str:
    """The framework that a group of settings belongs to."""
    return group.partition(" · ")[0]
