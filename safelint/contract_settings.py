"""The settings of a tree that its sessions depend on, with the frameworks that read them, for the session contract."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.contract_terms import Term
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.frameworks import Framework, Row, frameworks, rows_of
from safelint.hazards._differences import effective, matters
from safelint.hazards._frameworks import in_use, keeps_sessions
from safelint.hazards._settings import (
    DEPENDS,
    FROM_FILES,
    Settings,
    for_developers,
    inheriting_classes,
    leaves_of,
    set_of,
)
from safelint.paths import in_production, is_settings_path
from safelint.places import Place
from safelint.sources import Side
from safelint.values import Known, Mapping, Unknown, Value

# Signs what is not a session as often as what is one: it comes after what surely is.
BESIDE = ("itsdangerous",)


def of_settings(side: Side, also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    """Every setting that a framework reads, and defaults; `also` names settings, each with its framework, to tell of though nothing makes them matter."""
    spread: dict[str, list[Term]] = {}
    for settings in _sets(side):
        for framework in in_use(settings):
            if not _concerns(framework, settings):
                continue
            # An application is configured in many files, a settings module is one: only there a default can be told from what another file says.
            if "config" in framework.forms:
                spread.setdefault(framework.name, []).extend(term for term in _terms_of(framework, settings, also) if term.place is not None)
            else:
                yield from _terms_of(framework, settings, also)
    for framework in frameworks():
        if framework.name in spread:
            found = spread[framework.name]
            # One setting can be an attribute as well, by its name in small letters.
            said = {term.name.upper() for term in found}
            names = {row.setting.upper(): row.setting for row in framework.rows if "*" not in row.setting and row.default is not None}
            found += [
                Term(framework.name, name, rows_of(framework.name, name)[0].default or Known(None), None)
                for key, name in names.items()
                if key not in said and _is_worth_telling(framework, name) and _says_something(framework, name)
            ]
            order = [row.setting for row in framework.rows]
            for term in sorted(found, key=lambda term: order.index(term.name) if term.name in order else len(order)):
                yield Term(framework.name, term.name, term.value, term.place, term.choices)


def _says_something(framework: Framework, name: str) -> bool:
    """Whether a default says more than that nothing is set: a cookie without a domain is one of its own kind."""
    row = rows_of(framework.name, name)[0]
    return not _is_of_a_component(framework, name) and (row.cause == "cookies" or row.default != Known(None))


def _is_of_a_component(framework: Framework, name: str) -> bool:
    """Whether a row is an argument of a class or function, which has defaults only where that is used."""
    return any(name.startswith(f"{component.name}.") for component in framework.components)


def _is_worth_telling(framework: Framework, name: str) -> bool:
    """Whether somebody who wants to know how sessions are kept asks for this setting: what a change of it does, or what its cookie is like."""
    rows = rows_of(framework.name, name)
    return not name.lower().endswith("httponly") and any(row.effect != "none" or row.cause == "cookies" for row in rows)


def _sets(side: Side) -> Iterator[Settings]:
    """Every set of settings in the tree that production can start with."""
    seen: set[tuple[str, str, str]] = set()
    for fact in side.everywhere(SettingAssigned):
        scope = f"{fact.name.partition('.')[0]} {fact.scope}" if fact.form == "argument" else "" if fact.form == "config" else fact.scope
        if not in_production(fact.place.path) or (fact.form == "module" and not is_settings_path(fact.place.path)):
            continue
        for path, whose in _holders(side, fact, scope):
            if (path, fact.form, whose) not in seen:
                seen.add((path, fact.form, whose))
                yield set_of(side, path, fact.form, whose)
    for loader in side.everywhere(SettingsInherited):
        if loader.scope in FROM_FILES and in_production(loader.place.path) and (loader.place.path, "config", "") not in seen:
            seen.add((loader.place.path, "config", ""))
            yield set_of(side, loader.place.path, "config", "")


def _holders(side: Side, fact: SettingAssigned, scope: str) -> list[tuple[str, str]]:
    """The modules or classes, as (path, scope), that production can start with and that hold what a fact sets."""
    if fact.form == "module":
        return [(path, scope) for path in leaves_of(side, fact.place.path)]
    if fact.form in ("class", "field"):
        return inheriting_classes(side, fact.place.path, scope, fact.form)
    return [(fact.place.path, scope)]


def _concerns(framework: Framework, settings: Settings) -> bool:
    return any(row.effect != "none" or row.cause == "cookies" for name in settings.assigned for row in rows_of(framework.name, name))


def _terms_of(framework: Framework, settings: Settings, also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    group = (
        framework.name
        if framework.name in BESIDE
        else f"{framework.name} · {settings.path}" + (f" · {settings.scope}" if settings.scope and settings.form != "argument" else "")
    )
    names = [row.setting for row in framework.rows if "*" not in row.setting and _is_worth_telling(framework, row.setting)]
    names += [name for name in settings.assigned if any("*" in row.setting and row.effect != "none" for row in rows_of(framework.name, name))]
    if settings.form == "argument":
        component = settings.scope.partition(" ")[0]
        names = [name for name in names if name.startswith(f"{component}.")]
    else:
        names = [name for name in names if not _is_of_a_component(framework, name)]
    sessions = framework.name != "Django" or keeps_sessions(settings)
    for name in dict.fromkeys(names):
        row = rows_of(framework.name, name)[0]
        fact = settings.of(name)
        if not (matters(framework, name, settings) or (row.cause == "cookies" and "*" not in row.setting) or (framework.name, name) in also):
            continue
        if not sessions and (name.startswith("SESSION_") or name == "CSRF_USE_SESSIONS"):
            continue
        value = effective(settings, row, name)
        if isinstance(value, Unknown) and value.why.startswith("what "):
            continue  # a part of what is told as a whole
        if value is None and row.default is None and fact is None:
            continue  # required, or a default that differs from version to version
        if fact is None and value in (None, Known(None)) and settings.form == "argument":
            continue
        followed = settings.of(row.default_from) if fact is None and row.default_from and value is not None else None
        place = fact.place if fact is not None else followed.place if followed is not None else None
        yield Term(group, name, value if value is not None else Unknown("required, and not set here"), place, _choices(settings, row, name))
    yield from _held_whole(framework, settings, group)


def _choices(settings: Settings, row: Row, name: str) -> tuple[tuple[str, Value, Place | None], ...]:
    """Where a setting depends on a condition: its values with their conditions, and the default where none of them holds."""
    if row.default_from and name not in settings.assigned:
        name = row.default_from
    chosen = [each for each in settings.assigned.get(name, ()) if not for_developers(each.condition) and not each.added]
    if settings.value(name) != Unknown(DEPENDS):
        if len(chosen) != 1 or not chosen[0].condition or row.default is None:
            return ()
        only = chosen[0]
        return ((only.condition, settings.resolved(only.value), only.place), ("", row.default, None)) if settings.resolved(only.value) != row.default else ()
    return tuple((each.condition, settings.resolved(each.value), each.place) for each in chosen)


def _held_whole(framework: Framework, settings: Settings, group: str) -> Iterator[Term]:
    """A dictionary whose parts matter and that is made by a function: `CACHES = {"default": env.cache()}` says where sessions are, and not how."""
    told = set[str]()
    for row in framework.rows:
        alias = settings.text(row.alias, rows_of(framework.name, row.alias)[0].default) if row.alias else ""
        name = row.setting.replace("*", alias)
        if "." not in name or "*" in name or not matters(framework, name, settings):
            continue
        # `DATABASES = databases()` holds DATABASES.default, too.
        holders = [".".join(name.split(".")[:depth]) for depth in range(name.count("."), 0, -1)]
        fact = next((found for holder in holders if (found := settings.of(holder)) is not None), None)
        if fact is not None and not isinstance(fact.value, Mapping) and fact.name not in told:
            told.add(fact.name)
            yield Term(group, fact.name, settings.resolved(fact.value), fact.place)
