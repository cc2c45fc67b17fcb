"""Reports: a result to text. They only print. One module a format, found by its name:

    def render(result: Result, look: Look) -> str

`full` is what a person reads, the others are for machines and for logs. A module whose name begins with an underscore is a helper.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from safelint.records import dataclass, field

if TYPE_CHECKING:
    from safelint.excerpts import Page
    from safelint.facts import NotUnderstood
    from safelint.findings import Finding
    from safelint.places import Place, SideName
    from safelint.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that a report may tell.

    `description` says what was compared with what, `files` how many files that were. `failed` is whether the run fails.
    """

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[tuple[Finding, str], ...] = ()
    """What a comment in the code silences, with the reason that it gives."""
    safe_steps: tuple[tuple[Place, str], ...] = ()
    """Where a change was made that ends sessions when it is done carelessly, and how this one was seen to."""
    below_confidence: int = 0
    not_understood: tuple[NotUnderstood, ...] = ()
    description: str = ""
    files: int = 0
    whole: bool = False
    """Whether the state of a tree was judged, and not a change."""
    failed: bool = False
    rules: Mapping[str, Rule] = field(default_factory=dict)
    text: Callable[[SideName, str], str | None] = lambda side, path: None
    """The text of a file at one side, as it is: whatever is shown of it goes through `safelint.excerpts`."""
    _pages: dict[tuple[SideName, str], Page] = field(default_factory=dict, repr=False, compare=False)

    def page(self, side: SideName, path: str) -> Page:
        """A file at one side, read once."""
        from safelint.excerpts import Page

        if (side, path) not in self._pages:
            self._pages[side, path] = Page(path, self.text(side, path) or "")
        return self._pages[side, path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person wants to see it. `width` is in columns."""

    colour: bool = False
    width: int = 100
    verbose: bool = False
    statistics: bool = False


def formats() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def render(name: str, result: Result, look: Look) -> str:
    """The report of this format."""
    module = importlib.import_module(f"{__name__}.{name}")
    report: str = module.render(result, look)
    return report
