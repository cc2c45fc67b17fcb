"""A change judged as its project asks for it: configuration, selection, and what the change does to these themselves."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from safelint import config
from safelint.check import Judged, check
from safelint.config import BadConfig, Config
from safelint.facts import NotUnderstood
from safelint.files import Files
from safelint.findings import CONFIDENCES, SEVERITIES, Confidence, Finding, Severity, rank
from safelint.hazards import Hazard
from safelint.hazards.gate import FindingSilenced, GateWeakened
from safelint.library import Library
from safelint.paths import matches
from safelint.places import Place, Related
from safelint.rules import Rule, combined, load, parse
from safelint.sources import ChangedFile, Side
from safelint.suppressions import Silenced

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `findings` are shown, `below_confidence` and `silenced` are not, nor are those that nobody asked for."""

    findings: tuple[Finding, ...] = ()
    below_confidence: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    failed: bool = False
    rules: tuple[Rule, ...] = ()


def judge(base: Side | None, head: Side, changed: tuple[ChangedFile, ...], wishes: Wishes | None = None) -> Outcome:
    """Judge a change, or without a base a state. Raises BadConfig and BadRule."""
    wishes = wishes or Wishes()
    settings = config.read(head.text)
    rules = _Rules(head, settings)
    judged = check(base, head, changed, rules)
    if any(path in config.PATHS for path in head.touched_paths):
        list(rules)  # so that a configuration which names a rule that is not there stops the change that brings it
    policy = Policy(settings, wishes)
    shown = [each for each in judged.findings if policy.wants(each)]
    gate = list(_weakened(base, head, changed, settings, wishes, judged, rules)) if base else []
    findings = [each for each in shown if policy.is_sure(each)] + gate
    not_understood = tuple(each for each in judged.not_understood if not policy.is_excluded(each.place.path))
    return Outcome(
        findings=tuple(sorted(findings, key=rank)),
        below_confidence=tuple(each for each in shown if not policy.is_sure(each)),
        silenced=judged.silenced,
        not_understood=not_understood,
        failed=any(policy.fails(each) for each in findings) or bool(policy.strict and not_understood),
        rules=rules.loaded,
    )


class Policy:
    """Which findings are wanted, and which of them fail the run."""

    def __init__(self, settings: Config, wishes: Wishes) -> None:
        self._settings = settings
        self._select = wishes.select or settings.select
        self._ignore = (*settings.ignore, *wishes.ignore)
        self._confidence = CONFIDENCES.index(wishes.min_confidence or settings.min_confidence)
        self._fail_on = SEVERITIES.index(wishes.fail_on or settings.fail_on)
        self.strict = wishes.strict or settings.strict

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
            close = difflib.get_close_matches(pattern, sorted({rule.name for rule in rules} | {rule.cause for rule in rules}), n=1)
            remedy = f"did you mean {close[0]}?" if close else "`safelint rule` lists them all"
            raise BadConfig(f"{where}: no rule is named {pattern[:80]!r}; {remedy}")


class _Rules:
    """The rules of one side, read when somebody first asks: most changes need none of them."""

    def __init__(self, side: Side, settings: Config) -> None:
        self._side = side
        self._settings = settings
        self.loaded: tuple[Rule, ...] = ()

    def __iter__(self) -> Iterator[Rule]:
        if not self.loaded:
            own = (parse(PurePosixPath(path), text) for path, text in _documents(self._side, self._settings.rules))
            self.loaded = combined(load(), own)
            settings, where = self._settings, self._settings.path or ""
            for key, patterns in (("select", settings.select), ("ignore", settings.ignore)):
                check_names(patterns, self.loaded, f"{where}: {key}")
            for glob, names in settings.per_path_ignores:
                check_names(names, self.loaded, f"{where}: per-path-ignores: {glob}")
        return iter(self.loaded)


def _documents(side: Side, folder: str | None) -> list[tuple[str, str]]:
    """Path and text of the project's own rule documents, as they are at one side."""
    if folder is None:
        return []
    paths = sorted(path for path in side.files.paths() if path.startswith(folder + "/") and path.endswith(".md"))
    if not paths:
        raise BadConfig(f"rules: there is no rule document (*.md) below {folder}")
    found = [(path, side.text(path)) for path in paths]
    return [(path, text) for path, text in found if text is not None]


# ---- what the change does to the gate


def _weakened(base: Side, head: Side, changed: tuple[ChangedFile, ...], settings: Config, wishes: Wishes, judged: Judged, rules: _Rules) -> Iterator[Finding]:
    """Findings about the gate itself, judged with what the base asked for."""
    hazards: list[Hazard] = [_silenced(each) for each in judged.silenced if each.is_new]
    touched = {path for each in changed for path in (each.base, each.head) if path}
    folders = tuple(f"{folder}/" for folder in (settings.rules, _earlier(base).rules) if folder)
    if any(path in config.PATHS or path.startswith(folders) for path in touched):
        hazards += _reconfigured(base, head, changed, settings, wishes, judged, rules)
    if hazards:
        earlier = Policy(_earlier(base), wishes)
        found = [rule.finding(hazard) for hazard in hazards for rule in rules if rule.matches(hazard)]
        yield from (each for each in found if earlier.wants(each))


def _earlier(base: Side) -> Config:
    """What the base asked for. A configuration that could not be used asked for nothing."""
    try:
        return config.read(base.text)
    except BadConfig:
        return Config()


def _silenced(silenced: Silenced) -> FindingSilenced:
    finding, comment = silenced.finding, silenced.suppression
    return FindingSilenced(place=comment.place, name=finding.rule, said=finding.message, reason=comment.reason or "none is given")


def _reconfigured(
    base: Side, head: Side, changed: tuple[ChangedFile, ...], settings: Config, wishes: Wishes, judged: Judged, rules: _Rules
) -> Iterator[GateWeakened]:
    before = _earlier(base)
    documents = dict(_documents(head, settings.rules))
    weaker = list(_weaker(before, settings))
    try:
        earlier_documents = dict(_documents(base, before.rules))
    except BadConfig:
        earlier_documents = {}
    weaker += [("rules", f"{path} is gone") for path in sorted(earlier_documents.keys() - documents.keys())]
    weaker += [("rules", f"{path} has changed") for path in sorted(earlier_documents.keys() & documents.keys()) if earlier_documents[path] != documents[path]]
    if not weaker:
        return
    # A library of its own: what was read of the head's configuration must not answer for the base's.
    as_before = Side("head", _WithConfiguration(head.files, base.files), head.touched_paths, Library())
    earlier = check(base, as_before, changed, _Rules(base, before))
    old, new = Policy(before, wishes), Policy(settings, wishes)
    shown = {_identity(each): each for each in judged.findings if new.wants(each) and new.is_sure(each)}
    silenced = {_identity(each.finding) for each in judged.silenced}
    hidden, passed = [], []
    for finding in earlier.findings:
        if finding.cause == CAUSE or not (old.wants(finding) and old.is_sure(finding)) or _identity(finding) in silenced:
            continue
        now = shown.get(_identity(finding))
        if now is None:
            hidden.append(finding)
        if old.fails(finding) and (now is None or not new.fails(now)):
            passed.append(finding)
    path = settings.path or before.path or config.PATHS[0]
    side = head if settings.path else base
    text = side.text(path) or ""
    line = config.line_of(text, weaker[0][0])
    yield GateWeakened(
        place=Place(path, line, 1, line, len(text.split("\n")[line - 1]) + 1),
        side=side.name,
        what="; ".join(said if said.startswith(key) else f"{key}: {said}" for key, said in weaker),
        effect=_effect(len(hidden), len(passed)),
        severity="error" if passed else "warning" if hidden else "info",
        related=tuple(Related(each.place, f"{each.rule}: {each.message}", each.side) for each in (passed or hidden)[:3]),
    )


def _effect(hidden: int, passed: int) -> str:
    if passed:
        return f"this lets {passed} {'finding' if passed == 1 else 'findings'} of this very change through that would have stopped it"
    if hidden:
        return f"this hides {hidden} {'finding' if hidden == 1 else 'findings'} of this very change"
    return "this hides nothing in this change"


def _identity(finding: Finding) -> tuple[str, str, str, int]:
    return finding.rule, finding.message, finding.place.path, finding.place.line


def _weaker(before: Config, now: Config) -> Iterator[tuple[str, str]]:
    """Each key that lets more through than before, with what became of it."""
    lists: tuple[tuple[str, Collection[str], Collection[str]], ...] = (
        ("ignore", before.ignore, now.ignore),
        ("exclude", before.exclude, now.exclude),
        ("not-session-tables", before.not_session_tables, now.not_session_tables),
        ("per-path-ignores", [f"{glob}: {name}" for glob, names in before.per_path_ignores for name in names],
         [f"{glob}: {name}" for glob, names in now.per_path_ignores for name in names]),
        # What is taken away from these lets more through, so the two sides change places.
        ("session-tables", now.session_tables, before.session_tables),
        ("token-tables", now.token_tables, before.token_tables),
        ("user-tables", now.user_tables, before.user_tables),
    )  # fmt: skip
    for key, old, new in lists:
        if more := [name for name in new if name not in old]:
            gone = key.endswith("-tables") and not key.startswith("not-")
            yield key, f"{', '.join(more)} {'removed' if gone else 'added'}"
    if now.select and (not before.select or any(name not in now.select for name in before.select)):
        yield "select", f"only {', '.join(now.select)}"
    if SEVERITIES.index(now.fail_on) < SEVERITIES.index(before.fail_on):
        yield "fail-on", f"{before.fail_on} became {now.fail_on}"
    if CONFIDENCES.index(now.min_confidence) < CONFIDENCES.index(before.min_confidence):
        yield "min-confidence", f"{before.min_confidence} became {now.min_confidence}"
    if before.strict and not now.strict:
        yield "strict", "switched off"
    if before.rules and not now.rules:
        yield "rules", "removed"


class _WithConfiguration:
    """The files of a side with another side's configuration in place of its own."""

    def __init__(self, files: Files, configuration: Files) -> None:
        self._files = files
        self._configuration = configuration

    def paths(self) -> Collection[str]:
        own = [path for path in config.PATHS if path in self._configuration.paths()]
        return list(dict.fromkeys([*(path for path in self._files.paths() if path not in config.PATHS), *own]))

    def blob(self, path: str) -> str | None:
        return (self._configuration if path in config.PATHS else self._files).blob(path)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        paths = list(paths)
        yield from self._files.read([path for path in paths if path not in config.PATHS])
        yield from self._configuration.read([path for path in paths if path in config.PATHS])


def with_rules(outcome: Outcome) -> Outcome:
    """The outcome with the rules that its findings name, where none had to be loaded to judge."""
    return outcome if outcome.rules or not outcome.findings else replace(outcome, rules=load())
