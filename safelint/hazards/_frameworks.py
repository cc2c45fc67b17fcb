"""Which frameworks read a set of settings."""

from __future__ import annotations

import fnmatch
from pathlib import PurePosixPath

from safelint.facts.settings import SettingsInherited
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import Framework, frameworks, rows_of
from safelint.hazards._imports import is_set_up
from safelint.hazards._settings import Settings, factories
from safelint.paths import in_production, is_settings_path
from safelint.sources import Side
from safelint.values import Listing, text_of


def in_use(settings: Settings) -> list[Framework]:
    """The frameworks that read this set of settings."""
    if settings.form == "argument":
        return [each for each in frameworks() if any(settings.scope.startswith(component.name + " ") for component in each.components)]
    possible = [each for each in frameworks() if settings.form in each.forms]
    marked = [each for each in possible if any(fnmatch.fnmatchcase(name, mark) for mark in each.marks for name in settings.assigned)]
    if settings.form == "file":
        return marked if "use" in settings.assigned else []  # only PasteDeploy's say whose they are
    bases = [each for each in possible if not each.extends]
    if settings.form == "config":
        chosen = [each for each in bases if each.name == "Flask"]
    elif any(each in marked for each in bases):
        chosen = [each for each in bases if each in marked]
    else:
        if _is_loaded_by_flask(settings):
            return [each for each in possible if "Flask" in (each.name, each.extends) and _counts(settings, each)]
        if settings.form == "module" and not is_settings_path(settings.path):
            return []  # a constant of any module
        # A manage.py is Django's by custom; Flask's applications have had them too.
        required = [each for each in bases if _is_pinned(settings.side, each)] or [each for each in bases if _is_managed(settings.side, each)]
        likely = "Django" if is_settings_path(settings.path) and "settings" in settings.path.lower() else "Flask"
        chosen = required if len(required) == 1 else [each for each in required or bases if each.name == likely]
        chosen = chosen or [each for each in required if each.name == "Flask"]
    names = {each.name for each in chosen}
    return [*chosen, *[each for each in possible if each.extends in names and _counts(settings, each)]]


def _counts(settings: Settings, framework: Framework) -> bool:
    """Whether a library is set up, where that decides something: to look for it reads every file."""
    return not framework.imported or (any(rows_of(framework.name, name) for name in settings.assigned) and is_set_up(settings.side, framework))


def keeps_sessions(settings: Settings) -> bool:
    """Whether Django's sessions may be in use: an application that has neither their middleware nor their app identifies people by something else."""
    for name, word in (("MIDDLEWARE", "session"), ("INSTALLED_APPS", "contrib.sessions")):
        assigned = [fact.value for fact in settings.assigned.get(name, ())]
        # Later assignments mostly spread the first one; that one has to be there, and all of it.
        if not assigned or not isinstance(assigned[0], Listing) or any(text_of(item) is None for item in assigned[0].items):
            return True
        if any(word in (text_of(item) or "").lower() for value in assigned if isinstance(value, Listing) for item in value.items):
            return True
    return False


def _is_loaded_by_flask(settings: Settings) -> bool:
    """Whether an application loads these settings by `config.from_object`."""
    loaded = _loaded_by_flask(settings.side)
    return any(wanted == each or wanted.endswith(f".{each}") for wanted in (settings.module, f"{settings.module}.{settings.scope}") for each in loaded)


def _loaded_by_flask(side: Side) -> set[str]:
    if "loaded by flask" not in side.worked_out:
        side.worked_out["loaded by flask"] = {fact.source for fact in side.within(SettingsInherited, factories(side)) if fact.form == "config" and fact.source}
    found: set[str] = side.worked_out["loaded by flask"]
    return found


def _is_pinned(side: Side, framework: Framework) -> bool:
    """Whether a requirements file asks for a framework."""
    return any(fact.name in framework.distributions and in_production(fact.place.path) for fact in side.everywhere(PackagePinned))


def _is_managed(side: Side, framework: Framework) -> bool:
    return framework.name == "Django" and any(PurePosixPath(path).name == "manage.py" for path in side.paths)
