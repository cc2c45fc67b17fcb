"""Which findings somebody wants to hear of, and which of them fail the run."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from safelint.config import BadConfig, Config
from safelint.findings import CONFIDENCES, SEVERITIES, Confidence, Finding, Severity
from safelint.paths import matches
from safelint.records import dataclass, replace

if TYPE_CHECKING:
    from safelint.facts import NotUnderstood
    from safelint.rules import Rule

CAUSE = "gate"
"""The cause of the rules that watch the gate: a change can't switch them off for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the person at the command line asks for, over the configuration; None and empty where nothing is."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    min_confidence: Confidence | None = None
    strict: bool = False
    check_downgrade: bool = False
    tables: str | None = None


class Policy:
    """Which findings are wanted, and which of them fail the run."""

    def __init__(self, settings: Config, wishes: Wishes) -> None:
        self._settings = settings
        self._select = wishes.select or settings.select
        self._ignore = (*settings.ignore, *wishes.ignore)
        self._confidence = CONFIDENCES.index(wishes.min_confidence or settings.min_confidence)
        self._fail_on = SEVERITIES.index(wishes.fail_on or settings.fail_on)
        self.strict = wishes.strict or settings.strict
        self._downgrades = wishes.check_downgrade or settings.check_downgrade

    def weighed(self, finding: Finding) -> Finding:
        """The finding with the weight that it has here: what only a downgrade does is a note, unless somebody asks for more."""
        return finding if self._downgrades or finding.direction == "upgrade" else replace(finding, severity="info")

    def matters(self, unclear: NotUnderstood) -> bool:
        """Whether anybody wants to hear of something that was not understood."""
        return not self.is_excluded(unclear.place.path) and (self._downgrades or unclear.direction == "upgrade")

    def wants(self, finding: Finding) -> bool:
        """Whether anybody wants to hear of a finding like this one, if only it is sure enough."""
        if self.is_excluded(finding.place.path):
            return False
        if self._select and not names_rule(self._select, finding.rule, finding.cause) and finding.cause != CAUSE:
            return False
        ignored = [*self._ignore]
        for pattern, names in self._settings.per_path_ignores:
            if matches(finding.place.path, pattern):
                ignored += names
        return not names_rule(ignored, finding.rule, finding.cause)

    def is_sure(self, finding: Finding) -> bool:
        """Whether a finding is sure enough to be shown."""
        return CONFIDENCES.index(finding.confidence) <= self._confidence

    def fails(self, finding: Finding) -> bool:
        """Whether a shown finding fails the run."""
        return SEVERITIES.index(finding.severity) <= self._fail_on

    def is_excluded(self, path: str) -> bool:
        """Whether a file is not judged."""
        return any(matches(path, pattern) for pattern in self._settings.exclude)


def names_rule(patterns: Iterable[str], rule: str, cause: str) -> bool:
    """Whether one of these names, globs or causes means this rule."""
    return any(pattern == cause or fnmatch.fnmatchcase(rule, pattern) for pattern in patterns)


def check_names(patterns: Iterable[str], rules: Collection[Rule], where: str) -> None:
    """Raises BadConfig for a pattern that means no rule: a misspelt one would be obeyed in silence."""
    for pattern in patterns:
        if not any(names_rule((pattern,), rule.name, rule.cause) for rule in rules):
            import difflib

            close = difflib.get_close_matches(pattern, sorted({rule.name for rule in rules} | {rule.cause for rule in rules}), n=1)
            remedy = f"did you mean {close[0]}?" if close else "`safelint rule` lists them all"
            raise BadConfig(f"{where}: no rule is named {pattern[:80]!r}; {remedy}")
