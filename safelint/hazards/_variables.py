"""Settings that an environment changes: a variable that settings read has another value in an env file, a compose file, a manifest."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned, SettingsInherited, VariableSet
from safelint.frameworks import rows_of
from safelint.hazards._differences import SettingChange, difference, effective, names_to_compare, row_for
from safelint.hazards._environments import Variables, differing, resolved
from safelint.hazards._frameworks import in_use
from safelint.hazards._settings import Settings, factories, leaves_of, set_of, settings_paths, typed
from safelint.places import Place, SideName
from safelint.records import replace
from safelint.secrets import is_placeholder, seal_by_name
from safelint.sources import Change, Side
from safelint.values import Called, Environment, Known, Listing, Template, Value, is_settled


def of_variables(change: Change) -> Iterator[SettingChange]:
    """What the changed environments make different in the settings that read them; of several services that change alike, once."""
    seen: set[tuple[str, str, Value, Value]] = set()
    for each in differing(change):
        before = {name: replace(fact, value=resolved(change.base, fact)) for name, fact in each.before.items()}
        after = {name: replace(fact, value=resolved(change.head, fact)) for name, fact in each.after.items()}
        for settings in (*_reading(change.head, set(each.names)), *_overridden(change.head, each.names)):
            for found in _compared(settings, before, after, set(each.names)):
                if (key := (each.path, found.name, found.before, found.after)) not in seen:
                    seen.add(key)
                    yield found


def as_deployed(change: Change, found: SettingChange) -> SettingChange:
    """The same change, with what holds in a deploy that sets the variable by its old name alone: the value of old, and the default from now on.

    A key stays what it is, as its default is hardly ever what runs.
    """
    match found.before, found.after:
        case Environment(old), Environment(new, default) if old != new and default is not None and found.row.role != "key" and is_settled(default):
            deployed: dict[str, set[Value]] = {}
            for fact in change.head.everywhere(VariableSet):
                deployed.setdefault(fact.name, set()).add(fact.value)
            values = deployed.get(old, set())
            if new not in deployed and len(values) == 1 and is_settled(value := values.pop()):
                was = typed(value, found.row.default)
                row = row_for(found.framework, found.name, was, default, found.base, found.head) if difference(was, default, found.row) else None
                if row is not None:
                    return replace(found, before=was, after=default, certainty="default", row=row)
    return found


def _reading(side: Side, variables: set[str]) -> Iterator[Settings]:
    """The sets of settings in which one of the variables decides something."""
    seen: set[tuple[str, str, str]] = set()
    for fact in side.within(SettingAssigned, {*settings_paths(side), *factories(side)}):
        if not variables & set(_names(fact.value)):
            continue
        paths = leaves_of(side, fact.place.path) if fact.form == "module" else [fact.place.path]
        for path in paths:
            scope = fact.scope if fact.form in ("class", "field", "mapping") else ""
            if fact.form != "argument" and (path, fact.form, scope) not in seen:
                seen.add((path, fact.form, scope))
                yield set_of(side, path, fact.form, scope)


def _overridden(side: Side, variables: frozenset[str]) -> Iterator[Settings]:
    """The settings of Dynaconf of which a variable has the name behind the prefix: `FLASK_SECRET_KEY` counts more than any file."""
    seen: set[tuple[str, str]] = set()
    for loader in side.within(SettingsInherited, {*settings_paths(side), *factories(side)}) if any("_" in each for each in variables) else ():
        named = {each: each.removeprefix(loader.prefix) for each in variables if loader.prefix and each.startswith(loader.prefix)}
        if not named or loader.form not in ("config", "module"):
            continue
        for path in leaves_of(side, loader.place.path) if loader.form == "module" else [loader.place.path]:
            if (path, loader.form) in seen:
                continue
            seen.add((path, loader.form))
            settings = set_of(side, path, loader.form, "")
            for variable, name in named.items():
                own = settings.of(name)
                if own is None or not own.place.path.endswith(".py"):
                    value = Environment(variable, settings.value(name))
                    settings.assigned[name] = [
                        SettingAssigned(place=loader.place, name=name, value=value, form=loader.form, scope="", module=settings.module)
                    ]  # fmt: skip
            yield settings


def _names(value: Value) -> Iterator[str]:
    match value:
        case Environment(name):
            yield name
        case Listing(items) | Template(items):
            for item in items:
                yield from _names(item)


def _compared(settings: Settings, before: Variables, after: Variables, differing: set[str]) -> Iterator[SettingChange]:
    base = replace(settings, variables={name: fact.value for name, fact in before.items()})
    head = replace(settings, variables={name: fact.value for name, fact in after.items()})
    for framework in in_use(settings):
        for name in names_to_compare(framework, base, head):
            rows = rows_of(framework.name, name)
            fact = settings.of(name) or (settings.of(rows[0].default_from) if rows[0].default_from else None)
            read = set(_names(settings.resolved(fact.value))) & differing if fact is not None else set()
            if len(read) != 1:
                continue
            (variable,) = read
            first, second = effective(base, rows[0], name), effective(head, rows[0], name)
            if first is None or second is None:
                continue
            # The variable may have a name that does not say that it is a secret: the setting's says so.
            was, now = (typed(seal_by_name(name.rsplit(".", 1)[-1], each), rows[0].default) for each in (first, second))
            if _is_elsewhere(was, variable, before) or _is_encrypted(variable, after):
                continue
            certainty = difference(was, now, rows[0])
            row = row_for(framework, name, was, now, base, head) if certainty else None
            if row is not None and certainty is not None:
                place, side = _place(variable, before, after)
                old = before[variable].place if variable in before else None
                yield SettingChange(framework, row, name, was, now, certainty, place, side, old, base, head)


def _is_elsewhere(value: Value, variable: str, variables: Variables) -> bool:
    """Whether what holds before can't be known: it is encrypted, or not set here and then set nobody knows where."""
    if variable in variables:
        return _is_encrypted(variable, variables)
    return isinstance(value, Environment) and (value.default in (None, Known(None)) or is_placeholder(value.default))


def _is_encrypted(variable: str, variables: Variables) -> bool:
    return variable in variables and isinstance(variables[variable].value, Called)


def _place(variable: str, before: Variables, after: Variables) -> tuple[Place, SideName]:
    return (after[variable].place, "head") if variable in after else (before[variable].place, "base")
