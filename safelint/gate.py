"""A change judged as its project asks for it: configuration, selection, and what the change does to these themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safelint import config
from safelint.facts import NotUnderstood
from safelint.findings import Finding, rank
from safelint.policy import CAUSE, Policy, Wishes, check_names
from safelint.records import dataclass, replace
from safelint.sources import ChangedFile, Side

if TYPE_CHECKING:
    from safelint.hazards import SafeStep
    from safelint.rules import Rule
    from safelint.suppressions import Silenced

__all__ = ["CAUSE", "Outcome", "Wishes", "check_names", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `findings` are shown, `below_confidence` and `silenced` are not, nor are those that nobody asked for."""

    findings: tuple[Finding, ...] = ()
    below_confidence: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    safe_steps: tuple[SafeStep, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    failed: bool = False
    rules: tuple[Rule, ...] = ()


def judge(base: Side | None, head: Side, changed: tuple[ChangedFile, ...], wishes: Wishes | None = None) -> Outcome:
    """Judge a change, or without a base a state. Raises BadConfig and BadRule."""
    wishes = wishes or Wishes()
    settings = config.read(head.text)
    policy = Policy(settings, wishes)
    for side in (base, head):
        if side is not None and wishes.tables:
            side.every_table = wishes.tables == "all"
    if not (head.is_concerned() or (base and base.is_concerned()) or _is_about_itself(base, head, settings)):
        return _outcome(policy, (), (), tuple(head.not_understood()), ())
    # Imported here: most changes end above.
    from safelint.check import check
    from safelint.own_rules import Rules
    from safelint.weakening import weakened

    rules = Rules(head, settings)
    judged = check(base, head, changed, rules)
    gate = tuple(weakened(base, head, changed, settings, wishes, judged, rules)) if base else ()
    outcome = _outcome(policy, judged.findings, judged.silenced, judged.not_understood, tuple(rules), gate)
    return replace(outcome, safe_steps=tuple(each for each in judged.safe_steps if not policy.is_excluded(each.place.path)))


def _is_about_itself(base: Side | None, head: Side, settings: config.Config) -> bool:
    """Whether the configuration or a rule of the project is among what changed."""
    before = config.earlier(base.text if base else None)
    if not (settings.path or before.path):
        return False
    folders = tuple(f"{folder}/" for folder in (settings.rules, before.rules) if folder)
    touched = {*head.touched_paths, *(base.touched_paths if base else ())}
    return any(path in config.PATHS or path.startswith(folders) for path in touched)


def _outcome(
    policy: Policy,
    findings: tuple[Finding, ...],
    silenced: tuple[Silenced, ...],
    not_understood: tuple[NotUnderstood, ...],
    rules: tuple[Rule, ...],
    gate: tuple[Finding, ...] = (),
) -> Outcome:
    wanted = [policy.weighed(each) for each in findings if policy.wants(each)]
    shown = (*(each for each in wanted if policy.is_sure(each)), *gate)
    unclear = tuple(_safe(each) for each in not_understood if policy.matters(each))
    return Outcome(
        findings=tuple(sorted(shown, key=rank)),
        below_confidence=tuple(each for each in wanted if not policy.is_sure(each)),
        silenced=silenced,
        not_understood=unclear,
        failed=any(policy.fails(each) for each in shown) or bool(policy.strict and unclear),
        rules=rules,
    )


def _safe(fact: NotUnderstood) -> NotUnderstood:
    """The fact with no secret in its words: they can be a statement as it stands in the file."""
    from safelint.masks import masked_code

    return replace(fact, what=masked_code(fact.what), why=masked_code(fact.why))
