"""Settings as the running application would see them, and which of them a change makes different.

A hazards module asks `changes(change)` and gets, for each setting that some framework's sessions depend on and
whose effective value differs, one `SettingChange` with the framework's row. A value that was moved, re-expressed or
written out with the framework's default is not among them.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from safelint.facts import Fact
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import Framework, Row, frameworks, rows_of
from safelint.paths import in_production, is_settings_path
from safelint.places import Place, SideName
from safelint.sources import Change, Side
from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Reference, Sealed, Template, Unknown, Value, is_settled, seconds_of

_DEVELOPER = re.compile(r"(^|[/_.-])(dev|develop|development|local|test|tests|testing|ci|debug|docs?|build|example|sample)([/_.-]|$)", re.IGNORECASE)
_DEBUGGING = re.compile(r"\b(DEBUG|TESTING|TEST|CI|IS_TEST|LOCAL|DEV|DEVELOPMENT|development|dev|local|test|testing)\b", re.IGNORECASE)
_MOST_FILES = 400  # settings-like files that are looked through for one that inherits; more are a configuration language of their own

_FACTORY = re.compile(r"(^|/)(__init__|app|application|factory|create_app|main|wsgi|server|web|run|manage)\.py$")

_OPEN_FORMS = ("module", "config")  # a file that sets nothing in this form has the defaults; a class or a call that is not there is none

Certainty = Literal["sure", "default", "source"]


@dataclass(slots=True)
class Settings:
    """One set of settings at one side: a settings module with all that it inherits, a config class, one call's arguments."""

    side: Side
    path: str
    form: str
    scope: str
    module: str
    assigned: dict[str, list[SettingAssigned]] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)
    """The files that it comes from."""
    variables: dict[str, Value] = field(default_factory=dict)
    """What env files set, where those are what differs."""
    complete: bool = True
    """Whether everything that it inherits could be read, so that an absent setting really is absent."""

    def add(self, fact: SettingAssigned) -> None:
        """Take one more assignment, in the order in which they run."""
        if not fact.condition and not fact.added:
            self.assigned[fact.name] = []
            for name in [each for each in self.assigned if each.startswith(fact.name + ".")]:
                del self.assigned[name]
        self.assigned.setdefault(fact.name, []).append(fact)

    def of(self, name: str) -> SettingAssigned | None:
        """The assignment that counts in production: the last one that a debugging or test condition does not guard."""
        found = None
        for fact in self.assigned.get(name, ()):
            if not for_developers(fact.condition):
                found = fact
        return found

    def value(self, name: str) -> Value | None:
        """The value in production, with references followed; None where it is absent, Unknown where that is not certain."""
        fact = self.of(name)
        if fact is None:
            holder, _, _ = name.rpartition(".")
            if holder:
                whole = self.value(holder)
                if isinstance(whole, Mapping) and not whole.whole:
                    return Unknown("it may come with a spread")
                if whole is not None and not isinstance(whole, Mapping):
                    return Unknown(f"what {holder} holds")
            return None if self.complete else Unknown("it may be inherited from a file that is not there")
        if fact.added:
            return Unknown("it is added to")
        others = {self.resolved(each.value) for each in self.assigned[name] if each.condition and not for_developers(each.condition) and each is not fact}
        if fact.condition and others - {self.resolved(fact.value)}:
            return Unknown("it depends on a condition")
        return self.resolved(fact.value)

    def text(self, name: str, default: Value | None = None) -> str:
        """The value as the globs of a row see it."""
        value = self.value(name)
        return as_text(default if value is None else value)

    def resolved(self, value: Value, depth: int = 0) -> Value:
        """The value with references to other settings followed."""
        if depth > 6:
            return value
        match value:
            case Reference(name):
                owner, _, last = name.rpartition(".")
                if owner in (self.module, self.scope, f"{self.module}.{self.scope}", "django.conf.settings") and last in self.assigned:
                    found = self.of(last)
                    return self.resolved(found.value, depth + 1) if found else value
                path = path_of(self.side, owner, self.path)
                if path and path != self.path:
                    for fact in reversed(self.side.within(SettingAssigned, [path])):
                        if fact.name == last and fact.form == "module" and not fact.condition:
                            return self.resolved(fact.value, depth + 1)
                return value
            case Listing(items):
                return Listing(tuple(self.resolved(item, depth + 1) for item in items))
            case Template(items):
                return Template(tuple(self.resolved(item, depth + 1) for item in items))
            case Mapping(items):
                return Mapping(tuple((key, self.resolved(item, depth + 1)) for key, item in items))
            case Called(function, arguments):
                return Called(function, tuple(self.resolved(item, depth + 1) for item in arguments))
            case Environment(name) if name in self.variables:
                return self.variables[name]
            case Environment(name, default) if default is not None:
                return Environment(name, self.resolved(default, depth + 1))
            case _:
                return value


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting whose effective value differs, with the row that says what this does.

    `before` and `after` are effective values, defaults filled in. `certainty`: `sure` where both are known; `default`
    where only the default of an environment variable differs; `source` where the value comes from somewhere else now and may or may not be the same.
    `place` is on `side`: where the head says it, else where the base said it.
    """

    framework: Framework
    row: Row
    name: str
    before: Value
    after: Value
    certainty: Certainty
    place: Place
    side: SideName
    base_place: Place | None
    base: Settings
    head: Settings


def changes(change: Change, cause: str | None = None) -> Iterator[SettingChange]:
    """Every setting that sessions depend on and that has another effective value, once for each set of settings; of one cause, or of all."""
    seen: set[tuple[str, Place, SideName]] = set()
    from safelint.hazards._variables import of_variables

    for found in (*_of_settings(change), *of_variables(change)):
        key = (found.name, found.place, found.side)
        if key not in seen and (cause is None or found.row.cause == cause):
            seen.add(key)
            yield found


def _of_settings(change: Change) -> Iterator[SettingChange]:
    for base, head in pairs(change):
        for framework in in_use(head):
            for name in names_to_compare(framework, base, head):
                yield from _compared(framework, name, base, head, change)


def pairs(change: Change) -> Iterator[tuple[Settings, Settings]]:
    """Every set of settings that stands at both sides and that the change touches."""
    heads = sets_of(change.head, change)
    bases = sets_of(change.base, change)
    by_key = {_key(each): each for each in heads}
    taken: set[tuple[str, str, str, str]] = set()
    for base in bases:
        moved = change.head_path(base.path)
        key = (*_key(base)[:3], _module_name(moved)) if moved else _key(base)
        head = by_key.get(key) or by_key.get(_key(base))
        if head is None and moved and base.form in _OPEN_FORMS and moved in change.head.files.paths():
            head = Settings(change.head, moved, base.form, base.scope, _module_name(moved))
        if head is not None and _key(head) not in taken:
            taken.add(_key(head))
            yield base, head
    for head in heads:
        before = change.base_path(head.path)
        if _key(head) not in taken and head.form in _OPEN_FORMS and before and before in change.base.files.paths():
            yield Settings(change.base, before, head.form, head.scope, _module_name(before)), head


def sets_of(side: Side, change: Change) -> list[Settings]:
    """The sets of settings at one side that the change touches, those that inherit from a touched one included."""
    found: dict[tuple[str, str, str], Settings] = {}
    touched = {path for path in side.touched_paths if path.endswith(".py")}
    # A file that only the other side changed by renaming is looked at under its own name.
    other = {path for each in change.changed for path in (each.base if side.name == "base" else each.head,) if path and path.endswith(".py")}
    modules = set()
    facts: list[SettingAssigned | SettingsInherited] = [*side.within(SettingAssigned, touched | other), *side.within(SettingsInherited, touched | other)]
    for fact in facts:
        if fact.form == "module":
            modules.add(fact.place.path)
        elif fact.form in ("class", "field"):
            for path, scope in _inheriting_classes(side, fact.place.path, fact.scope, fact.form):
                found.setdefault((path, fact.form, scope), set_of(side, path, fact.form, scope))
        elif fact.form == "argument":
            scope = f"{_component(fact)} {fact.scope}"
            found.setdefault((fact.place.path, "argument", scope), set_of(side, fact.place.path, "argument", scope))
        else:
            scope = fact.scope if fact.form == "mapping" else ""
            found.setdefault((fact.place.path, fact.form, scope), set_of(side, fact.place.path, fact.form, scope))
    for path in sorted(modules):
        for leaf in leaves_of(side, path):
            found.setdefault((leaf, "module", ""), set_of(side, leaf, "module", ""))
    return [each for each in found.values() if in_production(each.path)]


def _component(fact: SettingAssigned | SettingsInherited) -> str:
    return fact.name.partition(".")[0] if isinstance(fact, SettingAssigned) else ""


def set_of(side: Side, path: str, form: str, scope: str) -> Settings:
    """One set of settings, with all that it inherits."""
    settings = Settings(side, path, form, scope, _module_name(path))
    _gather(side, path, form, scope, settings, ())
    return settings


def _gather(side: Side, path: str, form: str, scope: str, into: Settings, above: tuple[tuple[str, str], ...]) -> None:
    if (path, scope) in above or len(above) > 8:
        return
    into.paths.add(path)
    facts: list[Fact] = [*side.within(SettingAssigned, [path]), *side.within(SettingsInherited, [path])]
    for fact in sorted(facts, key=lambda each: each.place):
        if isinstance(fact, SettingsInherited):
            if fact.form == form and (fact.scope == scope or form in ("module", "config")):
                _inherit(side, path, fact, into, (*above, (path, scope)))
        elif isinstance(fact, SettingAssigned) and fact.form == form:
            whose = f"{_component(fact)} {fact.scope}" if form == "argument" else fact.scope
            if whose == scope or form in ("module", "config"):
                into.add(fact)


def _inherit(side: Side, path: str, fact: SettingsInherited, into: Settings, above: tuple[tuple[str, str], ...]) -> None:
    if fact.form == "module":
        source = path_of(side, fact.source, path)
        if (source is not None and source.endswith("/__init__.py") is False) or source is not None:
            _gather(side, source, "module", "", into, above)
        elif not _is_optional(fact, path):
            into.complete = False
        return
    owner, _, last = fact.source.rpartition(".")
    if not owner:
        classes = {each.scope for each in side.within(SettingAssigned, [path]) if each.form in ("class", "field")}
        classes |= {each.scope for each in side.within(SettingsInherited, [path])}
        if last in classes:
            _gather(side, path, "class" if fact.form == "config" else fact.form, last, into, above)
        return
    source = path_of(side, owner, path)
    if source is not None:
        _gather(side, source, "class" if fact.form == "config" else fact.form, last, into, above)
    elif fact.form == "config":
        module = path_of(side, fact.source, path)
        if module is None:
            into.complete = False
        else:
            _gather(side, module, "module", "", into, above)


def _is_optional(fact: SettingsInherited, path: str) -> bool:
    """Whether what is inherited is a file that git does not keep (`local_settings`), or no settings at all."""
    return bool(fact.condition) or _DEVELOPER.search(fact.source) is not None or not is_settings_path(fact.source.replace(".", "/") + ".py")


def leaves_of(side: Side, path: str) -> list[str]:
    """The settings modules that production can start with and that hold what this module sets: those that inherit from it, or itself."""
    candidates = [each for each in side.files.paths() if is_settings_path(each) and in_production(each)][:_MOST_FILES]
    inherits: dict[str, set[str]] = {}
    for fact in side.within(SettingsInherited, candidates):
        if fact.form == "module" and (source := path_of(side, fact.source, fact.place.path)):
            inherits.setdefault(source, set()).add(fact.place.path)
    leaves, queue, seen = [], [path], set()
    while queue:
        each = queue.pop()
        if each in seen:
            continue
        seen.add(each)
        above = [other for other in sorted(inherits.get(each, ())) if not _isfor_developers(other)]
        queue.extend(above)
        if not above and not _isfor_developers(each):
            leaves.append(each)
    return leaves


def _inheriting_classes(side: Side, path: str, scope: str, form: str) -> list[tuple[str, str]]:
    """The classes in the same file that inherit from this one and have no heirs of their own there, or the class itself."""
    inherits: dict[str, set[str]] = {}
    for fact in side.within(SettingsInherited, [path]):
        if fact.form == form:
            inherits.setdefault(fact.source.rpartition(".")[2], set()).add(fact.scope)
    leaves, queue, seen = [], [scope], set()
    while queue:
        each = queue.pop()
        if each in seen:
            continue
        seen.add(each)
        above = [other for other in sorted(inherits.get(each, ())) if not _is_for_developers_class(other)]
        queue.extend(above)
        if not above and not _is_for_developers_class(each):
            leaves.append((path, each))
    return leaves


def _isfor_developers(path: str) -> bool:
    return _DEVELOPER.search(PurePosixPath(path).name.removesuffix(".py")) is not None


def _is_for_developers_class(name: str) -> bool:
    return re.search(r"dev|local|test|debug|\bci\b", name, re.IGNORECASE) is not None


def for_developers(condition: str) -> bool:
    """Whether a condition holds only on a developer's machine or in tests: `DEBUG`, but not `not DEBUG`."""
    if not condition:
        return False
    return any(_DEBUGGING.search(each) is not None and not re.search(r"\bnot\b|!=|is False|== False|in \(", each) for each in condition.split(" and "))


def path_of(side: Side, dotted: str, seen_from: str) -> str | None:
    """The file of a dotted module name, as a file at `seen_from` would import it."""
    if not dotted:
        return None
    tail = dotted.replace(".", "/")
    paths = side.files.paths()
    roots = ["", *[f"{parent}/" for parent in PurePosixPath(seen_from).parents if str(parent) != "."]]
    for root in roots:
        for ending in (".py", "/__init__.py"):
            if f"{root}{tail}{ending}" in paths:
                return f"{root}{tail}{ending}"
    return None


# ---- which framework


def in_use(settings: Settings) -> list[Framework]:
    """The frameworks that read this set of settings."""
    if settings.form == "argument":
        return [each for each in frameworks() if any(settings.scope.startswith(component.name + " ") for component in each.components)]
    possible = [each for each in frameworks() if settings.form in each.forms]
    marked = [each for each in possible if any(fnmatch.fnmatchcase(name, mark) for mark in each.marks for name in settings.assigned)]
    bases = [each for each in possible if not each.extends]
    if settings.form == "config":
        chosen = [each for each in bases if each.name == "Flask"]
    elif any(each in marked for each in bases):
        chosen = [each for each in bases if each in marked]
    else:
        required = [each for each in bases if _is_required(settings.side, each)]
        if _is_loaded_by_flask(settings):
            return [each for each in possible if "Flask" in (each.name, each.extends)]
        likely = "Django" if is_settings_path(settings.path) and "settings" in settings.path.lower() else "Flask"
        chosen = required if len(required) == 1 else [each for each in required or bases if each.name == likely]
    names = {each.name for each in chosen}
    return [*chosen, *[each for each in possible if each.extends in names]]


def _is_loaded_by_flask(settings: Settings) -> bool:
    """Whether an application loads these settings by `config.from_object`."""
    factories = [path for path in settings.side.files.paths() if _FACTORY.search(path)][:_MOST_FILES]
    wanted = {settings.module, f"{settings.module}.{settings.scope}"}
    for fact in settings.side.within(SettingsInherited, factories):
        if fact.form == "config" and fact.source and any(each == fact.source or each.endswith(f".{fact.source}") for each in wanted):
            return True
    return False


def _is_required(side: Side, framework: Framework) -> bool:
    """Whether files at the root say that a framework is used."""
    if framework.name == "Django" and any(PurePosixPath(path).name == "manage.py" for path in side.files.paths()):
        return True
    return any(fact.name in framework.distributions for fact in side.everywhere(PackagePinned))


# ---- what differs


def names_to_compare(framework: Framework, base: Settings, head: Settings) -> list[str]:
    """The settings to compare: those that either side sets, and those that follow another one by default."""
    set_here = {name for each in (base, head) for name in each.assigned}
    following = {row.setting for row in framework.rows if row.default_from and "*" not in row.setting and row.default_from in set_here}
    if framework.extends and not any(fnmatch.fnmatchcase(name, mark) for mark in framework.marks for name in head.assigned):
        following = set()
    return sorted(name for name in {*set_here, *following} if rows_of(framework.name, name))


def _compared(framework: Framework, name: str, base: Settings, head: Settings, change: Change) -> Iterator[SettingChange]:
    rows = rows_of(framework.name, name)
    before, after = effective(base, rows[0], name), effective(head, rows[0], name)
    if before is None or after is None:
        return
    certainty = difference(before, after, rows[0])
    if certainty is None:
        return
    row = row_for(framework, name, before, after, base, head)
    if row is None:
        return
    own, old = head.of(name) or _following(head, rows[0]), base.of(name) or _following(base, rows[0])
    place, side = _place(own, old, change)
    if place is not None:
        yield SettingChange(framework, row, name, before, after, certainty, place, side, old.place if old else None, base, head)


def _following(settings: Settings, row: Row) -> SettingAssigned | None:
    return settings.of(row.default_from) if row.default_from else None


def _place(own: SettingAssigned | None, old: SettingAssigned | None, change: Change) -> tuple[Place | None, SideName]:
    """Where to point: at the head's assignment when it is in a file of the change, else at what the base had."""
    heads = {each.head for each in change.changed}
    bases = {each.base for each in change.changed}
    if own is not None and own.place.path in heads:
        return own.place, "head"
    if old is not None and old.place.path in bases:
        return old.place, "base"
    return None, "head"


def effective(settings: Settings, row: Row, name: str) -> Value | None:
    """The value of a setting with the framework's default filled in; None where there is no telling that it is set at all."""
    value = settings.value(name)
    if value is not None:
        return value
    followed = settings.value(row.default_from) if row.default_from else None
    return row.default if followed is None else followed


def difference(before: Value, after: Value, row: Row) -> Certainty | None:
    """How sure it is that two effective values differ; None where they do not, or where nothing can be said."""
    before, after = _plain(before, row), _plain(after, row)
    if before == after:
        return None
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return None
    match before, after:
        case Environment(first, was), Environment(second, now) if first == second:
            if was is None or now is None or was == now or not (is_settled(was) and is_settled(now)):
                return None
            return "default"
        case (Environment(_, now), was) | (was, Environment(_, now)) if not isinstance(was, Environment):
            return None if now is not None and _plain(now, row) == was else "source"
        case Environment(), Environment():
            return "source"
    return "sure" if is_settled(before) and is_settled(after) else "source"


def _plain(value: Value, row: Row) -> Value:
    """The value with differences taken away that no framework sees: a cookie domain's leading dot, seconds or a timedelta, null or an empty text."""
    match value:
        case Known(str() as text) if row.setting.lower().endswith("domain"):
            return Known(text.lstrip(".").lower()) if text else Known(None)
        case Known(str() as text) if row.setting.lower().endswith(("samesite", "same_site")):
            return Known(text.lower())
        case Known("") if row.default == Known(None):
            return Known(None)
        case Known(1 | 0 as number) if isinstance(row.default, Known) and isinstance(row.default.value, bool):
            return Known(bool(number))
        case Duration() if (seconds := seconds_of(value)) is not None:
            return Known(seconds)
        case Known(int() as number) if not isinstance(number, bool) and re.search(r"age|lifetime|expir|duration|leeway|seconds", row.setting, re.IGNORECASE):
            return Known(float(number))
        case Environment(name, default):
            plain = _plain(default, row) if default is not None else None
            return Environment(name, None if plain == Known(None) else plain)
        case _:
            return value


def row_for(framework: Framework, name: str, before: Value, after: Value, base: Settings, head: Settings) -> Row | None:
    """The row that says what this change does; None where none holds."""
    return next((each for each in rows_of(framework.name, name) if _holds(each, framework, name, before, after, base, head)), None)


def _holds(row: Row, framework: Framework, name: str, before: Value, after: Value, base: Settings, head: Settings) -> bool:
    if row.alias:
        alias = head.text(row.alias, _default(framework, row.alias))
        wanted = row.setting.split(".").index("*")
        if alias != name.split(".")[wanted]:
            return False
    if not any(fnmatch.fnmatchcase(as_text(before), each) for each in row.before) or not any(fnmatch.fnmatchcase(as_text(after), each) for each in row.after):
        return False
    if not _is_of_kind(row.kind, before, after, name, base, head):
        return False
    for other, pattern in row.when:
        text = head.text(other, _default(framework, other))
        matches = any(fnmatch.fnmatchcase(text, each) for each in pattern.removeprefix("!").split("|"))
        if matches == pattern.startswith("!"):
            return False
    return True


def _default(framework: Framework, setting: str) -> Value | None:
    rows = rows_of(framework.name, setting)
    return rows[0].default if rows else None


def _is_of_kind(kind: str, before: Value, after: Value, name: str, base: Settings, head: Settings) -> bool:
    first, second = seconds_of(before), seconds_of(after)
    old = before.items if isinstance(before, Listing) else ()
    new = after.items if isinstance(after, Listing) else ()
    match kind:
        case "shorter":
            return second is not None and (first is None or second < first)
        case "longer":
            return second is None or (first is not None and second > first)
        case "unset-to-set":
            return base.value(name) is None or before == Known(None)
        case "set-to-unset":
            return head.value(name) is None or after == Known(None)
        case "removed":
            return isinstance(before, Listing) and isinstance(after, Listing) and any(each not in new for each in old)
        case "added":
            return isinstance(before, Listing) and isinstance(after, Listing) and all(each in new for each in old)
        case "first":
            return old[:1] != new[:1]
        case "first-removed":
            return bool(old) and isinstance(after, Listing) and old[0] not in new
        case _:
            return True


def as_text(value: Value | None) -> str:
    """The text of a value for the globs of rows; never that of a secret."""
    match value:
        case None:
            return "None"
        case Known(scalar):
            return str(scalar)
        case Environment(_, default) if default is not None:
            return as_text(default)
        case Duration(seconds):
            return f"{seconds:g}"
        case Listing(items):
            return ",".join(as_text(item) for item in items)
        case Sealed():
            return "a secret"
        case Called(function):
            return f"{function}()"
        case Reference(name):
            return name
        case _:
            return "?"


def _key(settings: Settings) -> tuple[str, str, str, str]:
    return ("settings", settings.form, settings.scope, settings.module)


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
