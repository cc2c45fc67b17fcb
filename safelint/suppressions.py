"""What suppressions silence, and which of them are no use."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime

from safelint.facts.suppressions import Suppression
from safelint.findings import Finding
from safelint.hazards import Hazard
from safelint.hazards.gate import SuppressionUnexplained, SuppressionUnknown, SuppressionUnused, has_expired
from safelint.places import Place
from safelint.records import dataclass
from safelint.sources import Side


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that is not shown, and the suppression that says why. `is_new` is whether this change brought the suppression."""

    finding: Finding
    suppression: Suppression
    is_new: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """Findings, parted by the suppressions, and what is wrong with these."""

    shown: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    problems: tuple[Hazard, ...]


def apply(found: Iterable[Finding], standing: Iterable[Finding], before: Iterable[Finding], base: Side | None, head: Side, names: Collection[str]) -> Applied:
    """Part the findings of a change.

    `standing` are all findings of the head's state and `before` those of the base's, whether the change brought them or
    not: a suppression of something old is in use, too. `names` are the rules that there are.
    """
    today = datetime.now(UTC).date().isoformat()
    suppressions = [each for each in head.touched(Suppression) if not each.problem and not has_expired(each, today)]
    if not suppressions:
        return Applied(tuple(found), (), ())
    standing, before = tuple(standing), tuple(before)
    new = _new(suppressions, base)
    shown: list[Finding] = []
    silenced: list[Silenced] = []
    problems: list[Hazard] = []
    unexplained: set[tuple[Suppression, str]] = set()
    by_path: dict[str, list[Suppression]] = {}
    for each in suppressions:
        by_path.setdefault(each.place.path, []).append(each)
    for finding in found:
        suppression = next((each for each in by_path.get(finding.place.path, ()) if _silences(each, finding)), None)
        if suppression is None:
            shown.append(finding)
        elif finding.severity == "error" and not suppression.reason:
            shown.append(finding)
            if (suppression, finding.rule) not in unexplained:
                unexplained.add((suppression, finding.rule))
                problems.append(SuppressionUnexplained(place=suppression.place, name=finding.rule))
        else:
            silenced.append(Silenced(finding, suppression, id(suppression) in new))
    problems += _unknown([each for each in suppressions if base is None or id(each) in new], names)
    used = {(suppression.place, name) for suppression in suppressions for name in suppression.names if _is_used(suppression, name, [*shown, *standing])}
    used |= {(each.suppression.place, each.finding.rule) for each in silenced}
    if base is not None:
        problems += _unused(suppressions, new, used, before, base, head, names)
    return Applied(tuple(shown), tuple(silenced), tuple(problems))


def _silences(suppression: Suppression, finding: Finding) -> bool:
    return finding.side == "head" and finding.rule in suppression.names and suppression.covers(finding.place.line, finding.place.end_line)


def _is_used(suppression: Suppression, name: str, findings: Iterable[Finding]) -> bool:
    return any(each.rule == name and each.place.path == suppression.place.path and _silences(suppression, each) for each in findings)


def _new(suppressions: list[Suppression], base: Side | None) -> set[int]:
    """The ids of those that the base has not. Without a base nothing is new, and nothing is old."""
    if base is None:
        return set()
    spare = Counter(base.touched(Suppression))
    new = set()
    for each in suppressions:
        spare[each] -= 1
        if spare[each] < 0:
            new.add(id(each))
    return new


def _unknown(suppressions: list[Suppression], names: Collection[str]) -> Iterator[Hazard]:
    for each in suppressions:
        for name in each.names:
            if name not in names:
                close = difflib.get_close_matches(name, sorted(names), n=1)
                yield SuppressionUnknown(place=each.place, name=name, remedy=f"; did you mean {close[0]}?" if close else "")


def _unused(
    suppressions: list[Suppression],
    new: set[int],
    used: set[tuple[Place, str]],
    before: Collection[Finding],
    base: Side,
    head: Side,
    names: Collection[str],
) -> Iterator[Hazard]:
    """Those that this change made useless, and those that it brought for a statement of its own and that silence nothing.

    A new comment over an old statement may be for a change that was made before this comparison begins: nothing is said of it.
    """
    code = _Code(base, head)
    earlier = base.touched(Suppression)
    for each in suppressions:
        for name in each.names:
            if name not in names or (each.place, name) in used:
                continue
            # An old one is reported by the change that took away what it silenced, and by no later one.
            if code.is_new(each) if id(each) in new else any(old == each and _is_used(old, name, before) for old in earlier):
                yield SuppressionUnused(place=each.place, name=name)


class _Code:
    """Which statements the base did not have."""

    def __init__(self, base: Side, head: Side) -> None:
        self._base = {line for path in base.touched_paths for line in _bare(base.text(path) or "")}
        self._text: Callable[[str], str | None] = head.text

    def is_new(self, suppression: Suppression) -> bool:
        lines = list(_bare(self._text(suppression.place.path) or ""))
        return any(line and line not in self._base for line in lines[suppression.first - 1 : suppression.last])


def _bare(text: str) -> Iterator[str]:
    """The lines of a text without their depth and without suppressions."""
    for line in text.split("\n"):
        code, comment, _ = line.partition("safelint:")
        yield code.rstrip(" \t#-/*;{<!(%").strip() if comment else line.strip()
