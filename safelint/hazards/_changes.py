"""The settings that a change makes different.

A hazards module asks `changes(change)` and gets, for each setting that some framework's sessions depend on and
whose effective value differs, one `SettingChange` with the framework's row. A value that was moved, re-expressed or
written out with the framework's default is not among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelint.hazards._differences import SettingChange, compared, names_to_compare
from safelint.hazards._frameworks import in_use, keeps_sessions
from safelint.hazards._interfaces import NAME as INTERFACE
from safelint.hazards._interfaces import of_interfaces
from safelint.hazards._sets import sets_of
from safelint.hazards._settings import Settings, key_of, module_name
from safelint.hazards._variables import as_deployed, of_variables
from safelint.records import replace
from safelint.sources import Change

_MOVABLE_FORMS = ("module", "config", "class", "mapping")  # forms between which settings of one file move
_OPEN_FORMS = ("module", "config")  # a file that sets nothing in this form has the defaults; a class or a call that is not there is none


def changes(change: Change, cause: str | None = None) -> Iterator[SettingChange]:
    """Every setting that sessions depend on and that has another effective value, once for each set of settings; of one cause, or of all."""
    if "setting changes" not in change.worked_out:
        every = (*(as_deployed(change, found) for found in _of_settings(change)), *of_variables(change))
        unique = {(found.name, found.place, found.side): found for found in reversed(every)}
        change.worked_out["setting changes"] = tuple(reversed(unique.values()))
    for found in change.worked_out["setting changes"]:
        if cause is None or found.row.cause == cause:
            yield found


def _of_settings(change: Change) -> Iterator[SettingChange]:
    interfaces = of_interfaces(change)
    yield from interfaces or ()
    for base, head in pairs(change):
        # A library that is not set up any more leaves its settings behind.
        former = in_use(base)
        for framework in dict.fromkeys([*in_use(head), *[each for each in former if each.imported]]):
            if head.form == "file" and framework not in former:
                continue  # set up in this file for the first time
            without_sessions = framework.name == "Django" and not (keeps_sessions(base) or keeps_sessions(head))
            for name in names_to_compare(framework, base, head):
                if name == INTERFACE and interfaces is not None:
                    continue
                if without_sessions and name.startswith("SESSION_"):
                    continue
                yield from compared(framework, name, base, head, change)


def pairs(change: Change) -> tuple[tuple[Settings, Settings], ...]:
    """Every set of settings that stands at both sides and that the change touches."""
    if "pairs of settings" not in change.worked_out:
        change.worked_out["pairs of settings"] = tuple(_pairs(change))
    found: tuple[tuple[Settings, Settings], ...] = change.worked_out["pairs of settings"]
    return found


def _pairs(change: Change) -> Iterator[tuple[Settings, Settings]]:
    heads = sets_of(change.head, change)
    bases = sets_of(change.base, change)
    found = list(_by_place(change, bases, heads))
    alone_before = _alone(bases, [base for base, _ in found])
    alone_now = _alone(heads, [head for _, head in found])
    for base, head in found:
        went, came = set(base.assigned) - set(head.assigned), set(head.assigned) - set(base.assigned)
        base, head = _without(base, head, went, alone_now), _with_moved(head, went, alone_now)
        yield _with_moved(base, came, alone_before), _without(head, base, came, alone_before)


def _by_place(change: Change, bases: list[Settings], heads: list[Settings]) -> Iterator[tuple[Settings, Settings]]:
    by_key = {key_of(each): each for each in heads}
    taken: set[tuple[str, str, str, str]] = set()
    for base in bases:
        moved = change.head_path(base.path)
        key = (*key_of(base)[:3], module_name(moved)) if moved else key_of(base)
        head = by_key.get(key) or by_key.get(key_of(base))
        if head is None and moved and base.form in _OPEN_FORMS and moved in change.head.paths:
            head = Settings(change.head, moved, base.form, base.scope, module_name(moved))
        if head is not None and key_of(head) not in taken:
            taken.add(key_of(head))
            yield base, head
    for head in heads:
        before = change.base_path(head.path)
        if key_of(head) not in taken and head.form in _OPEN_FORMS and before and before in change.base.paths:
            yield Settings(change.base, before, head.form, head.scope, module_name(before)), head


def _alone(sets: list[Settings], paired: list[Settings]) -> list[Settings]:
    """The sets of settings that stand at one side only."""
    keys = {key_of(each) for each in paired}
    return [each for each in sets if each.form in _MOVABLE_FORMS and key_of(each) not in keys]


def _new_homes(settings: Settings, names: set[str], alone: list[Settings]) -> list[Settings]:
    """The sets of the same file that stand at this side only and hold what the other side says elsewhere in it: a module's settings in a class."""
    return [each for each in alone if each.path == settings.path and names & set(each.assigned)] if settings.form in _MOVABLE_FORMS else []


def _with_moved(settings: Settings, names: set[str], alone: list[Settings]) -> Settings:
    """The settings with those that only moved within their file."""
    homes = _new_homes(settings, names, alone)
    if len(homes) != 1:
        return settings
    (home,) = homes
    return replace(home, assigned={**home.assigned, **settings.assigned}) if settings.assigned else home


def _without(settings: Settings, other: Settings, names: set[str], alone: list[Settings]) -> Settings:
    """The settings without those that moved within their file into several sets: which of them counts, nobody can tell."""
    homes = _new_homes(other, names, alone)
    if len(homes) < 2:
        return settings
    lost = {name for home in homes for name in home.assigned}
    return replace(settings, assigned={name: facts for name, facts in settings.assigned.items() if name not in lost})
