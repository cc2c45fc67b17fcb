"""Comments in which somebody says that a finding is known: `safelint: ignore[rule-name] reason until=2030-01-31`."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression(Fact):
    """One such comment, for the statement on lines `first` to `last`.

    `until` is the last day (YYYY-MM-DD) on which it counts, None for no end. `problem` says why it can't be understood;
    it then silences nothing.
    """

    names: tuple[str, ...]
    reason: str
    until: str | None = None
    problem: str = ""
    first: int = field(compare=False)
    last: int = field(compare=False)

    def covers(self, line: int, end_line: int) -> bool:
        """Whether something that stands on these lines is in the statement, or has the comment among its own lines."""
        return self.first <= line <= self.last or line <= self.place.line <= end_line
