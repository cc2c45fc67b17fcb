"""Rules are documents: what to find, how bad it is, what to do. See CONTRIBUTING.md for the form."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from safelint.facts import Fact
from safelint.findings import CONFIDENCES, IMPACTS, ROLLBACKS, SEVERITIES, Confidence, Direction, Finding, Impact, Rollback, Severity
from safelint.kept import kept
from safelint.records import dataclass, fields, replace
from safelint.values import Known, describe
from safelint.version import rules_version

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_FENCE = re.compile(r"^```(?P<language>\w*) (?P<side>base|head|both)/(?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (?P<kind>Bad|Good)\b:? *(?P<title>.*)$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLAIN = re.compile(r"[^*?\[]*")  # a pattern that only matches itself
_REQUIRED = {"severity", "confidence", "impact", "rollback", "find", "message", "since"}
_OPTIONAL = {"where", "unproven"}


class BadRule(Exception):
    """A rule document that can't be used; the message names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Example:
    """One Bad or Good section of a rule: the files of both sides."""

    rule: str
    kind: str
    title: str
    base: dict[str, str]
    head: dict[str, str]

    def expected(self) -> set[tuple[str, int]]:
        """Path and line of every `finding: <this rule>` marker at the head; `finding below: <this rule>` marks the next line."""
        marker = re.compile(rf"\bfinding( below)?: (?:[\w-]+, )*{re.escape(self.rule)}(?![\w-])")
        found = ((path, number, marker.search(line)) for path, text in self.head.items() for number, line in enumerate(text.split("\n"), 1))
        return {(path, number + (1 if match[1] else 0)) for path, number, match in found if match}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule document. `cause` is its folder, `text` what stands below the front matter."""

    name: str
    cause: str
    severity: Severity
    confidence: Confidence
    impact: Impact
    rollback: Rollback
    find: str
    """`module:Class` of the fact or hazard that it finds."""
    where: tuple[tuple[str, tuple[Any, ...]], ...]
    message: str
    since: str
    text: str
    unproven: str = ""

    def matches(self, fact: Fact) -> bool:
        """Whether this rule finds this fact or hazard."""
        found = self.find in _names(type(fact))  # type: ignore[arg-type]
        return found and all(any(_equals(getattr(fact, name), wanted) for wanted in values) for name, values in self.where)

    @property
    def found_fact(self) -> type[Fact] | None:
        """The kind of fact that it finds as it stands in a file; None for a rule that finds a hazard."""
        module, _, name = self.find.partition(":")
        return getattr(importlib.import_module(module), name) if module.startswith("safelint.facts.") else None

    def finding(self, fact: Fact) -> Finding:
        """The finding for a fact that matches. A hazard that knows the case better than its rule says so in fields of the same names."""
        direction: Direction = getattr(fact, "direction", "upgrade")
        message = self.message.format_map({each.name: _shown(getattr(fact, each.name)) for each in fields(fact)})
        return Finding(
            rule=self.name,
            cause=self.cause,
            severity=getattr(fact, "severity", None) or self.severity,
            confidence=getattr(fact, "confidence", None) or self.confidence,
            impact=getattr(fact, "impact", None) or self.impact,
            rollback=getattr(fact, "rollback", None) or self.rollback,
            message=f"downgrade: {message}" if direction == "downgrade" else message,
            place=fact.place,
            side=getattr(fact, "side", "head"),
            related=tuple(replace(each, message=_shown(each.message)) for each in getattr(fact, "related", ())),
            direction=direction,
        )

    @property
    def examples(self) -> tuple[Example, ...]:
        """Its Bad and Good sections."""
        sections = list(_SECTION.finditer(self.text))
        found = []
        for section, following in zip(sections, [*sections[1:], None], strict=True):
            body = self.text[section.end() : following.start() if following else len(self.text)]
            base: dict[str, str] = {}
            head: dict[str, str] = {}
            for fence in _FENCE.finditer(body):
                for name, side in (("base", base), ("head", head)):
                    if fence["side"] in (name, "both"):
                        side[fence["path"]] = fence["text"]
            found.append(Example(self.name, section["kind"], section["title"], base, head))
        return tuple(found)


@functools.cache
def load() -> tuple[Rule, ...]:
    """The rules that come with safelint, by name. Raises BadRule."""
    return kept("rules", rules_version(built_in()), _from_data, _parsed, _as_data)


def _parsed() -> tuple[Rule, ...]:
    paths = sorted(built_in().rglob("*.md"))
    return combined((), (parse(path, path.read_text(encoding="utf-8"), own=True) for path in paths))


def _as_data(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    return [{each.name: getattr(rule, each.name) for each in fields(rule)} for rule in rules]


def _from_data(data: Any) -> tuple[Rule, ...]:
    return tuple(Rule(**row | {"where": tuple((name, tuple(values)) for name, values in row["where"])}) for row in data)


def combined(rules: Iterable[Rule], more: Iterable[Rule]) -> tuple[Rule, ...]:
    """All these rules, by name. Raises BadRule where two have one name."""
    found = {rule.name: rule for rule in rules}
    for rule in more:
        if rule.name in found:
            raise BadRule(f"{rule.cause}/{rule.name}.md: there is a rule of this name already, in {found[rule.name].cause}; rename this file")
        found[rule.name] = rule
    return tuple(found[name] for name in sorted(found))


def built_in() -> Path:
    """The folder of the rules that come with safelint: in the installed package, else beside it in a checkout."""
    package = Path(__file__).parent
    return package / "rules" if (package / "rules").is_dir() else package.parent / "rules"


def parse(path: PurePath, document: str, *, own: bool = False) -> Rule:
    """The rule in a document; `own` for one that comes with safelint. Raises BadRule."""
    import yaml

    found = _FRONT_MATTER.match(document.replace("\r\n", "\n"))
    if not found:
        raise BadRule(f"{path}: a rule begins with front matter between two lines of ---")
    if not _NAME.fullmatch(path.stem):
        raise BadRule(f"{path}: a rule's file name is its name, in lower-case words joined by -")
    try:
        # The C parser is ten times faster, and ends the process on hostile nesting: it is for our own documents.
        front = yaml.load(found[1], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader) if own else yaml.SafeLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadRule(f"{path}: the front matter is not YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(front, dict):
        raise BadRule(f"{path}: the front matter is not a mapping")
    for key in sorted(_REQUIRED - front.keys()):
        raise BadRule(f"{path}: the front matter has no {key}:")
    for key in sorted(str(each) for each in front.keys() - _REQUIRED - _OPTIONAL):
        raise BadRule(f"{path}: unknown key {key}: in the front matter; known are {', '.join(sorted(_REQUIRED | _OPTIONAL))}")
    for key, allowed in (("severity", SEVERITIES), ("confidence", CONFIDENCES), ("impact", IMPACTS), ("rollback", ROLLBACKS)):
        if front[key] not in allowed:
            raise BadRule(f"{path}: {key}: {front[key]!r} is none of {', '.join(allowed)}")
    kind = _kinds().get(front["find"])
    if kind is None:
        import difflib

        close = difflib.get_close_matches(str(front["find"]), _kinds(), n=1)
        raise BadRule(f"{path}: find: {front['find']} is no fact or hazard" + (f"; did you mean {close[0]}?" if close else ""))
    names = {each.name for each in fields(kind)}
    where = front.get("where") or {}
    if not isinstance(where, dict):
        raise BadRule(f"{path}: where: is not a mapping of field: value")
    for name in where:
        if name not in names:
            raise BadRule(f"{path}: where: {kind.__name__} has no field {name}; it has {', '.join(sorted(names))}")
    message = str(front["message"])
    if re.search(r"[{}]", re.sub(r"\{\w+\}", "", message)):
        raise BadRule(f"{path}: message: a {{field}} is the only use of braces")
    for name in re.findall(r"\{(.*?)\}", message):
        if name not in names:
            raise BadRule(f"{path}: message: {kind.__name__} has no field {name}; it has {', '.join(sorted(names))}")
    return Rule(
        name=path.stem,
        cause=path.parent.name,
        severity=front["severity"],
        confidence=front["confidence"],
        impact=front["impact"],
        rollback=front["rollback"],
        find=f"{kind.__module__}:{kind.__qualname__}",
        where=tuple((name, tuple(wanted) if isinstance(wanted, list) else (wanted,)) for name, wanted in where.items()),
        message=message,
        since=str(front["since"]),
        text=found[2],
        unproven=str(front.get("unproven", "")),
    )


@functools.cache
def _kinds() -> dict[str, type[Fact]]:
    """Every fact and hazard by the name of its class."""
    import safelint.facts
    import safelint.hazards

    kinds: dict[str, type[Fact]] = {}
    for package in (safelint.facts, safelint.hazards):
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for name, value in vars(module).items():
                if isinstance(value, type) and issubclass(value, Fact) and value.__module__ == module.__name__:
                    kinds[name] = value
    return kinds


@functools.cache
def _names(kind: type) -> frozenset[str]:
    """A class and those above it, as rules name them."""
    return frozenset(f"{each.__module__}:{each.__qualname__}" for each in kind.__mro__)


def _equals(actual: object, wanted: object) -> bool:
    if isinstance(actual, Known):
        actual = actual.value
    if isinstance(actual, str) and isinstance(wanted, str) and not _PLAIN.fullmatch(wanted):
        return fnmatch.fnmatchcase(actual, wanted)
    return type(actual) is type(wanted) and actual == wanted


def _shown(value: object) -> str:
    """A field as a message shows it: on one line, without anything that a terminal or a report would take for its own."""
    from safelint.masks import masked_code, masked_value

    if isinstance(value, str):
        text = masked_code(value)
    elif isinstance(value, tuple):
        text = ", ".join(_shown(item) for item in value)
    elif type(value).__module__ == "safelint.values":
        text = masked_value(describe(value))  # type: ignore[arg-type]
    else:
        text = str(value)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= 200 else text[:199] + "…"
