"""The sets of settings that a change touches, those included that take something from a changed configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.frameworks import frameworks, rows_of
from safelint.hazards._settings import (
    FROM_FILES,
    MOST_FILES,
    Settings,
    as_read,
    component_of,
    factories,
    file_of,
    inherit,
    inheriting_classes,
    leaves_of,
    path_of,
    set_of,
    settings_paths,
    typed,
)
from safelint.paths import in_production
from safelint.records import replace
from safelint.secrets import is_secret_name, seal
from safelint.sources import Change, Side
from safelint.values import Called, Known, Reference, Unknown, Value

_SETTINGS_ITEM = re.compile(r"(?:^|\.)settings\.(?P<name>[a-z_]+(?:\.[a-z_]+)*)$")  # of Pyramid: `settings["auth.secret"]`
_SETTINGS_GET = re.compile(r"(?:^|\.)settings\.get$")
_SET_UP = re.compile(r"(^|/)(sessions?|security|auth\w*|middlewares?)\.py$")
_HOLDERS = (".py", ".yaml", ".yml")  # files in which settings of an application itself are declared


def sets_of(side: Side, change: Change) -> list[Settings]:
    """The sets of settings at one side that the change touches, those that inherit from a touched one included."""
    found: dict[tuple[str, str, str], Settings] = {}
    touched = {path for path in side.touched_paths if path.endswith(_HOLDERS)}
    # A file that only the other side changed by renaming is looked at under its own name.
    other = {path for each in change.changed for path in (each.base if side.name == "base" else each.head,) if path and path.endswith(_HOLDERS)}
    modules = set()
    facts: list[SettingAssigned | SettingsInherited] = [*side.within(SettingAssigned, touched | other), *side.within(SettingsInherited, touched | other)]
    loaders = _loaders(side, change)
    facts += [each for each in loaders if each.form != "object"]
    for fact in facts:
        if fact.form == "file":
            continue  # judged by its names alone, where no code says who reads it
        if fact.form == "module":
            modules.add(fact.place.path)
        elif fact.form in ("class", "field"):
            for path, scope in inheriting_classes(side, fact.place.path, fact.scope, fact.form):
                found.setdefault((path, fact.form, scope), set_of(side, path, fact.form, scope))
        elif fact.form == "argument":
            scope = f"{component_of(fact)} {fact.scope}"
            found.setdefault((fact.place.path, "argument", scope), set_of(side, fact.place.path, "argument", scope))
        else:
            scope = fact.scope if fact.form == "mapping" else ""
            found.setdefault((fact.place.path, fact.form, scope), set_of(side, fact.place.path, fact.form, scope))
    for path in sorted(modules):
        for leaf in leaves_of(side, path):
            found.setdefault((leaf, "module", ""), set_of(side, leaf, "module", ""))
    for holder in {(each.place.path, each.holder): each for each in loaders if each.form == "object"}.values():
        for settings in _taking(side, holder):
            found[settings.path, settings.form, settings.scope] = settings
    for path in _deployments(side, change):
        found[path, "file", ""] = set_of(side, path, "file", "")
        for settings in _given_by(side, found[path, "file", ""]):
            found.setdefault((settings.path, "argument", settings.scope), settings)
    return [each for each in found.values() if in_production(each.path)]


def _loaders(side: Side, change: Change) -> list[SettingsInherited]:
    """Where code reads the changed configuration files."""
    paths = {path for each in change.changed for path in (each.base, each.head) if path and not path.endswith(".py")}
    held = {fact.place.path for fact in side.within(SettingAssigned, paths) if fact.form == "file"}
    if not held and not any(fact.form == "file" for other in (change.base, change.head) for fact in other.within(SettingAssigned, paths)):
        return []
    code = {*settings_paths(side), *factories(side)}
    return [fact for fact in side.within(SettingsInherited, code) if fact.scope in FROM_FILES and file_of(side, fact.source, fact.place.path) in paths]


def _deployments(side: Side, change: Change) -> list[str]:
    """The changed files of PasteDeploy, each a set of settings of its own: it says itself which application it is for."""
    paths = {path for each in change.changed for path in (each.base if side.name == "base" else each.head,) if path and path.endswith(".ini")}
    return sorted({fact.place.path for fact in side.within(SettingAssigned, paths) if fact.form == "file" and fact.name == "use"})


def _where_sessions_are_made(side: Side) -> set[str]:
    """The files in which what keeps sessions is mostly set up, by their names."""
    return {*settings_paths(side), *factories(side), *[path for path in sorted(side.paths) if _SET_UP.search(path) and in_production(path)][:MOST_FILES]}


def _given_by(side: Side, deployment: Settings) -> Iterator[Settings]:
    """The components whose arguments code takes from a deployment: `SignedCookieSessionFactory(settings["session.secret"])`."""
    for fact in side.within(SettingAssigned, _where_sessions_are_made(side)):
        given = _given_fact(fact, deployment) if fact.form == "argument" else None
        if given is not None and not isinstance(given.value, Unknown):
            settings = set_of(side, fact.place.path, "argument", f"{component_of(fact)} {fact.scope}")
            settings.paths.add(deployment.path)
            settings.assigned = {name: [_given_fact(each, deployment) or each for each in facts] for name, facts in settings.assigned.items()}
            yield settings


def _taking(side: Side, loader: SettingsInherited) -> Iterator[Settings]:
    """The settings that code takes from an object of Dynaconf: `app.config["SECRET_KEY"] = settings.SECRET_KEY`."""
    held = Settings(side, loader.place.path, "object", loader.holder, loader.module)
    for each in side.within(SettingsInherited, [loader.place.path]):
        if each.form == "object" and each.holder == loader.holder:
            inherit(side, loader.place.path, each, held, ())

    names = {name.lower(): name for name in held.assigned}

    def given(fact: SettingAssigned) -> SettingAssigned:
        match fact.value:
            case Reference(dotted):
                parts = dotted.split(".")
            case Called(function, (Known(str() as name), *_)) if function.endswith(".get"):
                parts = [*function.split(".")[:-1], name]
            case _:
                return fact
        if loader.holder not in parts[:-1]:
            return fact
        place = parts.index(loader.holder)
        where = path_of(side, ".".join(parts[:place]), fact.place.path) if place else fact.place.path
        found = held.of(names.get(".".join(parts[place + 1 :]).lower(), "")) if where == loader.place.path else None
        if found is None:
            return fact
        value = seal(found.value) if is_secret_name(fact.name.rpartition(".")[2]) else found.value
        return as_read(replace(fact, value=value, place=found.place, form="file"))

    seen = set()
    for fact in side.within(SettingAssigned, _where_sessions_are_made(side)):
        if fact.form in ("module", "config", "argument") and given(fact) is not fact:
            scope = f"{component_of(fact)} {fact.scope}" if fact.form == "argument" else ""
            for path in leaves_of(side, fact.place.path) if fact.form == "module" else [fact.place.path]:
                if (path, fact.form, scope) not in seen:
                    seen.add((path, fact.form, scope))
                    settings = set_of(side, path, fact.form, scope)
                    settings.paths |= held.paths
                    settings.assigned = {name: [given(each) for each in facts] for name, facts in settings.assigned.items()}
                    yield settings


def _given_fact(fact: SettingAssigned, deployment: Settings) -> SettingAssigned | None:
    """A fact with the value of the setting that it takes, or the default that it names; None where it takes none."""
    otherwise: Value = Unknown("the file does not say")
    match fact.value:
        case Reference(dotted) if found := _SETTINGS_ITEM.search(dotted):
            name = found["name"]
        case Called(function, (Known(str() as name), *rest)) if _SETTINGS_GET.search(function):
            otherwise = rest[0] if rest else Known(None)
        case _:
            return None
    given = deployment.of(name)
    if given is None:
        return replace(fact, value=otherwise)
    default = next((rows[0].default for each in frameworks() if (rows := rows_of(each.name, fact.name))), None)
    value = seal(given.value) if is_secret_name(fact.name.rpartition(".")[2]) else typed(given.value, default)
    return replace(fact, value=value, place=given.place)
