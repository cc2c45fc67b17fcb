"""Where something stands in a source."""

from __future__ import annotations

from typing import Literal

from safelint.records import dataclass

SideName = Literal["base", "head"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one file. Lines and columns count from 1, in characters; `end_column` is one past the last."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def touches(self, line: int) -> bool:
        """Whether `line` is one of the lines of this place."""
        return self.line <= line <= self.end_line


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a finding needs to be understood, at either side of the change."""

    place: Place
    message: str
    side: SideName = "head"
