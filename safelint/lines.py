"""Which lines of a file a change touched, and where the others went."""

from __future__ import annotations

import difflib

from safelint.records import dataclass


@dataclass(frozen=True, slots=True)
class Hunk:
    """`base` lines became `head` lines; both ranges count from 1 and may be empty."""

    base: range
    head: range


@dataclass(frozen=True, slots=True)
class LineMap:
    """How one file's lines differ between the sides."""

    hunks: tuple[Hunk, ...]

    @classmethod
    def between(cls, base: str, head: str) -> LineMap:
        """The map from one text to another."""
        before, after = base.split("\n"), head.split("\n")
        # What both begin and end with needs no search: it is nearly all of a large file.
        start = 0
        while start < min(len(before), len(after)) and before[start] == after[start]:
            start += 1
        end = 0
        while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
            end += 1
        matcher = difflib.SequenceMatcher(None, before[start : len(before) - end], after[start : len(after) - end])
        return cls(
            tuple(
                Hunk(range(a1 + start + 1, a2 + start + 1), range(b1 + start + 1, b2 + start + 1))
                for tag, a1, a2, b1, b2 in matcher.get_opcodes()
                if tag != "equal"
            )
        )

    def is_changed(self, line: int) -> bool:
        """Whether a line of the head was added or changed."""
        return any(line in hunk.head for hunk in self.hunks)

    def nearest_head_line(self, base_line: int) -> int:
        """The changed line of the head that is closest to where a line of the base stood (1 where there is none)."""
        shift = 0
        for hunk in self.hunks:
            if hunk.base.start > base_line:
                break
            if base_line in hunk.base:
                # A removal leaves no line of its own: the line before it is the one that a reviewer sees beside it.
                return hunk.head.start if hunk.head else max(hunk.head.start - 1, 1)
            shift = hunk.head.stop - hunk.base.stop
        expected = base_line + shift
        changed = [line for hunk in self.hunks for line in ((hunk.head.start, hunk.head.stop - 1) if hunk.head else (max(hunk.head.start - 1, 1),))]
        return min(changed, key=lambda line: (abs(line - expected), line), default=1)
