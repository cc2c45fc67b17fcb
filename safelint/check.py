"""The whole story: read both sides, derive hazards, match rules, take away what the base had, apply suppressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from safelint import hazards
from safelint.facts import Fact, NotUnderstood
from safelint.findings import Finding, rank
from safelint.lines import LineMap
from safelint.places import Place, Related
from safelint.records import dataclass, replace
from safelint.rules import Rule
from safelint.sources import Change, ChangedFile, Side
from safelint.suppressions import Silenced, apply


@dataclass(frozen=True, slots=True)
class Judged:
    """What a change does: every finding, those that a comment in the code silences, what was done safely, and what could matter and was not understood."""

    findings: tuple[Finding, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    safe_steps: tuple[hazards.SafeStep, ...] = ()


def check(base: Side | None, head: Side, changed: tuple[ChangedFile, ...], rules: Iterable[Rule]) -> Judged:
    """Judge a change, or without a base the state of the head."""
    if base is not None:
        for file in changed:
            head.reads_like(base, file)
    not_understood = tuple(sorted(head.not_understood(), key=_place))
    if not head.is_concerned() and not (base and base.is_concerned()):
        return Judged((), not_understood)
    rules = tuple(rules)
    head.before = base
    safe: list[hazards.SafeStep] = []
    unclear: list[NotUnderstood] = []
    now = list(_matched(head, rules))
    before = list(_matched(base, rules)) if base else []
    if base is None:
        found = [rule.finding(fact) for rule, fact in now]
    else:
        change = Change.between(base, head, changed)
        lines = _Lines(base, head, change)
        found = [rule.finding(fact) for rule, fact in _new([(rule, _carried(fact, change)) for rule, fact in before], now, lines)]
        for each in hazards.of_change(change):
            if isinstance(each, hazards.SafeStep):
                safe.append(each)
            elif isinstance(each, NotUnderstood):
                unclear.append(each)
            else:
                found += [rule.finding(each) for rule in rules if rule.matches(each)]
        found = [lines.placed(finding) for finding in found]
    applied = apply(
        dict.fromkeys(found),
        (rule.finding(fact) for rule, fact in now),
        (rule.finding(fact) for rule, fact in before),
        base,
        head,
        {rule.name for rule in rules},
    )
    problems = [rule.finding(hazard) for hazard in applied.problems for rule in rules if rule.matches(hazard)]
    return Judged(
        findings=tuple(sorted((*applied.shown, *problems), key=rank)),
        not_understood=tuple(sorted((*not_understood, *dict.fromkeys(unclear)), key=_place)),
        silenced=applied.silenced,
        safe_steps=tuple(dict.fromkeys(sorted(safe, key=_place))),
    )


def _place(fact: Fact) -> Place:
    return fact.place


def _matched(side: Side, rules: tuple[Rule, ...]) -> Iterator[tuple[Rule, Fact]]:
    """The state of one side: hazards, and the plain facts that a rule looks for."""
    for hazard in hazards.of_state(side):
        yield from ((rule, hazard) for rule in rules if rule.matches(hazard))
    for rule in rules:
        if kind := rule.found_fact:
            yield from ((rule, fact) for fact in side.touched(kind) if rule.matches(fact))


def _carried(fact: Fact, change: Change) -> Fact:
    """A hazard of the base that is known by its file, with the path that the file has at the head."""
    file = getattr(fact, "file", None)
    if not isinstance(file, str):
        return fact
    path, mark, part = file.partition("#")
    moved = change.head_path(path)
    return replace(fact, file=f"{moved}{mark}{part}") if moved and moved != path else fact


def _new(base: list[tuple[Rule, Fact]], head: list[tuple[Rule, Fact]], lines: _Lines) -> Iterator[tuple[Rule, Fact]]:
    """What the head has and the base has not. Of several equal ones, those on changed lines are the new ones."""
    spare = Counter((rule.name, fact) for rule, fact in head)
    spare.subtract(Counter((rule.name, fact) for rule, fact in base))
    for rule, fact in sorted(head, key=lambda each: not lines.is_changed(each[1].place)):
        if spare[rule.name, fact] > 0:
            spare[rule.name, fact] -= 1
            yield rule, fact


class _Lines:
    """Where findings land: on lines of the change."""

    def __init__(self, base: Side, head: Side, change: Change) -> None:
        self._base = base
        self._head = head
        self._change = change
        self._maps: dict[str, LineMap] = {}

    def is_changed(self, place: Place) -> bool:
        return self._map(place.path).is_changed(place.line)

    def placed(self, finding: Finding) -> Finding:
        """A finding about something removed, put on the nearest changed line of the head, with the old place beside it."""
        path = self._change.head_path(finding.place.path) if finding.side == "base" else None
        if path is None or self._head.text(path) is None:
            return finding
        line = self._map(path).nearest_head_line(finding.place.line)
        width = len((self._head.text(path) or "").split("\n")[line - 1])
        old = Related(finding.place, "it stood here", "base")
        return replace(finding, place=Place(path, line, 1, line, width + 1), side="head", related=(old, *finding.related))

    def _map(self, head_path: str) -> LineMap:
        if head_path not in self._maps:
            base_path = self._change.base_path(head_path)
            before = self._base.text(base_path) if base_path else None
            self._maps[head_path] = LineMap.between(before or "", self._head.text(head_path) or "")
        return self._maps[head_path]
