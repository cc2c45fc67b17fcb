"""What a change does to the gate itself: the findings that it silences, hides or lets through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from safelint import config
from safelint.check import Judged, check
from safelint.config import BadConfig, Config, earlier
from safelint.files import Files
from safelint.findings import CONFIDENCES, SEVERITIES, Finding
from safelint.hazards import Hazard
from safelint.hazards.gate import FindingSilenced, GateWeakened
from safelint.library import Library
from safelint.own_rules import Rules, documents
from safelint.places import Place, Related
from safelint.policy import CAUSE, Policy, Wishes
from safelint.rules import BadRule
from safelint.sources import ChangedFile, Side
from safelint.suppressions import Silenced


def weakened(base: Side, head: Side, changed: tuple[ChangedFile, ...], settings: Config, wishes: Wishes, judged: Judged, rules: Rules) -> Iterator[Finding]:
    """Findings about the gate itself, judged with what the base asked for."""
    hazards: list[Hazard] = [_silenced(each) for each in judged.silenced if each.is_new]
    touched = {path for each in changed for path in (each.base, each.head) if path}
    folders = tuple(f"{folder}/" for folder in (settings.rules, earlier(base.text).rules) if folder)
    if any(path in config.PATHS or path.startswith(folders) for path in touched):
        hazards += _reconfigured(base, head, changed, settings, wishes, judged, rules)
    if hazards:
        before = Policy(earlier(base.text), wishes)
        found = [rule.finding(hazard) for hazard in hazards for rule in rules if rule.matches(hazard)]
        yield from (each for each in found if before.wants(each))


def _silenced(silenced: Silenced) -> FindingSilenced:
    finding, comment = silenced.finding, silenced.suppression
    return FindingSilenced(place=comment.place, name=finding.rule, said=finding.message, reason=comment.reason or "none is given")


def _reconfigured(
    base: Side, head: Side, changed: tuple[ChangedFile, ...], settings: Config, wishes: Wishes, judged: Judged, rules: Rules
) -> Iterator[GateWeakened]:
    before = earlier(base.text)
    now_documents = dict(documents(head, settings.rules))
    weaker = list(_weaker(before, settings))
    try:
        before_documents = dict(documents(base, before.rules))
    except BadConfig:
        before_documents = {}
    weaker += [("rules", f"{path} is gone") for path in sorted(before_documents.keys() - now_documents.keys())]
    weaker += [
        ("rules", f"{path} has changed") for path in sorted(before_documents.keys() & now_documents.keys()) if before_documents[path] != now_documents[path]
    ]
    if not weaker:
        return
    # A library of its own: what was read of the head's configuration must not answer for the base's.
    as_before = Side("head", _WithConfiguration(head.files, base.files), head.touched_paths, Library())
    try:
        judged_before = check(base, as_before, changed, Rules(base, before))
    except (BadConfig, BadRule):
        judged_before = judged  # the base's own rules could not be used: it would have stopped nothing with them
    old, new = Policy(before, wishes), Policy(settings, wishes)
    shown = {_identity(each): new.weighed(each) for each in judged.findings if new.wants(each) and new.is_sure(each)}
    silenced = {_identity(each.finding) for each in judged.silenced}
    hidden, passed = [], []
    for finding in map(old.weighed, judged_before.findings):
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
    if before.check_downgrade and not now.check_downgrade:
        yield "check-downgrade", "switched off"
    if before.tables == "all" and now.tables != "all":
        yield "tables", "all became logins"
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
