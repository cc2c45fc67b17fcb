"""Settings as the running application would see them: a settings module with all that it inherits, a class, one call's arguments."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath

from safelint.facts import Fact
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.frameworks import frameworks, rows_of
from safelint.paths import in_production, is_settings_path
from safelint.records import dataclass, field, replace
from safelint.sources import Side
from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Reference, Sealed, Template, Unknown, Value, text_of

_DEVELOPER = re.compile(r"(^|[/_.-])(dev|develop|development|local|test|tests|testing|ci|debug|docs?|build|example|sample)([/_.-]|$)", re.IGNORECASE)
_DEBUGGING = re.compile(r"\b(DEBUG|TESTING|TEST|CI|IS_TEST|LOCAL|DEV|DEVELOPMENT|development|dev|local|test|testing)\b", re.IGNORECASE)
_PRODUCTION = re.compile(r"\bnot\b.*\bDEBUG\b|\bPROD|IS_PROD", re.IGNORECASE)
DEPENDS = "it depends on a condition"
FROM_FILES = ("from_file", "from_json", "from_toml", "from_pyfile", "dynaconf")  # methods of a configuration that read a file by its path
_FACTORY = re.compile(r"(^|/)(__init__|app|application|factory|create_app|main|wsgi|server|web|run|manage)\.py$")
MOST_FILES = 400  # settings-like files that are looked through for one that inherits; more are a configuration language of their own


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
            return self._sum(name)
        if fact.condition and _PRODUCTION.search(fact.condition) is None and len(set(self.alternatives(name).values())) > 1:
            return Unknown(DEPENDS)
        return self.resolved(fact.value)

    def _sum(self, name: str) -> Value:
        """What `+=` makes of a list, where each part of it is known and always added."""
        items: list[Value] = []
        for fact in self.assigned[name]:
            value = self.resolved(fact.value)
            if not isinstance(value, Listing) or (fact.condition and not for_developers(fact.condition)):
                return Unknown("it is added to")
            if for_developers(fact.condition):
                continue
            items = [*items, *value.items] if fact.added else list(value.items)
        return Listing(tuple(items))

    def alternatives(self, name: str) -> dict[str, Value]:
        """Every value that it may have in production, by the condition under which it has it."""
        return {each.condition: self.resolved(each.value) for each in self.assigned.get(name, ()) if not for_developers(each.condition) and not each.added}

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
                parts = tuple(self.resolved(item, depth + 1) for item in items)
                texts = [text_of(part) for part in parts]
                return Template(parts) if None in texts else Known("".join(each or "" for each in texts))
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


def component_of(fact: SettingAssigned | SettingsInherited) -> str:
    return fact.name.partition(".")[0] if isinstance(fact, SettingAssigned) else ""


def set_of(side: Side, path: str, form: str, scope: str) -> Settings:
    """One set of settings, with all that it inherits."""
    settings = Settings(side, path, form, scope, module_name(path))
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
                inherit(side, path, fact, into, (*above, (path, scope)))
        elif isinstance(fact, SettingAssigned) and fact.form == form:
            whose = f"{component_of(fact)} {fact.scope}" if form == "argument" else fact.scope
            if whose == scope or form in ("module", "config"):
                into.add(as_read(fact))


def inherit(side: Side, path: str, fact: SettingsInherited, into: Settings, above: tuple[tuple[str, str], ...]) -> None:
    if fact.scope in FROM_FILES and fact.form in ("config", "module", "object"):
        held = file_of(side, fact.source, path)
        if held is None:
            into.complete = into.complete and fact.scope == "dynaconf"  # it reads what is there
        elif held.endswith(".py"):
            _gather(side, held, "module", "", into, above)
        else:
            _lay_over(side, held, fact, into)
        return
    if fact.form == "module":
        source = path_of(side, fact.source, path)
        if source is not None:
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


def _lay_over(side: Side, path: str, loader: SettingsInherited, into: Settings) -> None:
    """Take what a configuration file says: at its top the names in capitals, or of its sections those that count, one over the other."""
    into.paths.add(path)
    facts = [each for each in side.within(SettingAssigned, [path]) if each.form == "file"]
    for layer in loader.layers or ("",):
        for fact in facts:
            section, _, name = fact.name.partition(".") if layer and (not path.endswith(".ini") or "." in fact.name) else (layer and "default", "", fact.name)
            first, dot, rest = name.partition(".")
            if section.lower() == layer and (loader.scope == "dynaconf" or first.isupper()):
                own = replace(fact, name=f"{first.upper()}{dot}{rest}", form=into.form)
                into.add(replace(own, value=as_read(replace(own, form="file")).value))


def as_read(fact: SettingAssigned) -> SettingAssigned:
    """A fact with its value as the framework that reads a configuration file makes it, out of texts."""
    if fact.form != "file":
        return fact
    default = next((rows[0].default for each in frameworks() if (rows := rows_of(each.name, fact.name))), None)
    return replace(fact, value=typed(fact.value, default))


def _is_optional(fact: SettingsInherited, path: str) -> bool:
    """Whether what is inherited is a file that git does not keep (`local_settings`), or no settings at all."""
    return bool(fact.condition) or _DEVELOPER.search(fact.source) is not None or not is_settings_path(fact.source.replace(".", "/") + ".py")


def _heirs(side: Side) -> dict[str, set[str]]:
    """Which settings modules inherit from each."""
    if "heirs" not in side.worked_out:
        inherits: dict[str, set[str]] = {}
        for fact in side.within(SettingsInherited, settings_paths(side)):
            if fact.form == "module" and (source := path_of(side, fact.source, fact.place.path)):
                inherits.setdefault(source, set()).add(fact.place.path)
        side.worked_out["heirs"] = inherits
    found: dict[str, set[str]] = side.worked_out["heirs"]
    return found


def settings_paths(side: Side) -> tuple[str, ...]:
    """The files that are there to hold settings of production."""
    if "settings paths" not in side.worked_out:
        side.worked_out["settings paths"] = tuple(each for each in sorted(side.paths) if is_settings_path(each) and in_production(each))[:MOST_FILES]
    found: tuple[str, ...] = side.worked_out["settings paths"]
    return found


def leaves_of(side: Side, path: str) -> list[str]:
    """The settings modules that production can start with and that hold what this module sets: those that inherit from it, or itself."""
    inherits = _heirs(side)
    leaves, queue, seen = [], [path], set()
    while queue:
        each = queue.pop()
        if each in seen:
            continue
        seen.add(each)
        above = [other for other in sorted(inherits.get(each, ())) if not is_developers_file(other)]
        queue.extend(above)
        if (not above or _starts_by_itself(side, each, above)) and not is_developers_file(each):
            leaves.append(each)
    return leaves


def _starts_by_itself(side: Side, path: str, heirs: list[str]) -> bool:
    """Whether another application only borrows settings from this one, which has a `wsgi.py` of its own beside them."""
    if any(heir.split("/")[0] == path.split("/")[0] for heir in heirs):
        return False
    return any(str(parent / name) in side.paths for parent in list(PurePosixPath(path).parents)[:2] for name in ("wsgi.py", "asgi.py"))


def inheriting_classes(side: Side, path: str, scope: str, form: str) -> list[tuple[str, str]]:
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
        above = [other for other in sorted(inherits.get(each, ())) if not is_developers_class(other)]
        queue.extend(above)
        if not above and not is_developers_class(each):
            leaves.append((path, each))
    return leaves


def is_developers_file(path: str) -> bool:
    """Whether a settings module is for a developer's machine or for tests, by its name."""
    return _DEVELOPER.search(PurePosixPath(path).name.removesuffix(".py")) is not None


def is_developers_class(name: str) -> bool:
    """Whether a config class is for a developer's machine or for tests, by its name."""
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
    paths = side.paths
    roots = ["", *[f"{parent}/" for parent in PurePosixPath(seen_from).parents if str(parent) != "."]]
    for root in roots:
        for ending in (".py", "/__init__.py"):
            if f"{root}{tail}{ending}" in paths:
                return f"{root}{tail}{ending}"
    return None


def file_of(side: Side, written: str, seen_from: str) -> str | None:
    """The file that an application's own path means: beside the code, in a folder above it, or in the instance folder of one."""
    if not written or written.startswith("/"):
        return None
    for folder in ("", *(f"{parent}/" for parent in PurePosixPath(seen_from).parents if str(parent) != ".")):
        for below in ("", "instance/"):
            path = posixpath.normpath(f"{folder}{below}{written}")
            if path in side.paths:
                return path
    return None


def factories(side: Side) -> tuple[str, ...]:
    """The files in which an application is made, by their names."""
    if "factories" not in side.worked_out:
        side.worked_out["factories"] = tuple([path for path in sorted(side.paths) if _FACTORY.search(path) and in_production(path)][:MOST_FILES])
    found: tuple[str, ...] = side.worked_out["factories"]
    return found


def typed(value: Value, like: Value | None) -> Value:
    """The text of a variable, or of a file that knows only texts, as the setting's own type: what settings make of "1", "true" or "3600"."""
    if not (isinstance(value, Known) and isinstance(value.value, str) and isinstance(like, Known)):
        return value
    text = value.value.strip().lower()
    if isinstance(like.value, bool):
        return Known(text in ("1", "true", "yes", "on", "t", "y"))
    if isinstance(like.value, int | float):
        try:
            return Known(float(text))
        except ValueError:
            return value
    return Known(None) if like.value is None and text in ("", "none", "null") else value


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


def key_of(settings: Settings) -> tuple[str, str, str, str]:
    return ("settings", settings.form, settings.scope, settings.module)


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
