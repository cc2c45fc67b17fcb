"""What keeps the sessions of a Flask application: a property of the application, in whatever file it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.identity import SessionInterfaceDefined
from safelint.facts.settings import SettingAssigned
from safelint.frameworks import Row, frameworks, rows_of
from safelint.hazards._differences import Certainty, SettingChange, difference, row_for
from safelint.hazards._engines import as_engine
from safelint.hazards._settings import Settings, for_developers, path_of, set_of
from safelint.paths import in_production
from safelint.sources import Change, Side
from safelint.values import Called, Known, Value

NAME = "session_interface"
_APPLICATION = re.compile(rb"\b(?:Flask|Quart)\(|\((?:\w+\.)*(?:Flask|Quart)\)")


def of_interfaces(change: Change) -> tuple[SettingChange, ...] | None:
    """The change of the one interface that the tree names at each side; None where there are several, and each file has to tell by itself."""
    if not any(_among(side.touched(SettingAssigned)) for side in (change.base, change.head)):
        return ()
    before, after = _among(change.base.everywhere(SettingAssigned)), _among(change.head.everywhere(SettingAssigned))
    if len(before) > 1 or len(after) > 1:
        return None
    return tuple(_compared(change, before[0] if before else None, after[0] if after else None))


def _among(facts: tuple[SettingAssigned, ...]) -> list[SettingAssigned]:
    return [each for each in facts if each.name == NAME and each.form == "config" and in_production(each.place.path) and not for_developers(each.condition)]


def _compared(change: Change, old: SettingAssigned | None, new: SettingAssigned | None) -> Iterator[SettingChange]:
    if (old is None or new is None) and not (_has_application(change.base) and _has_application(change.head)):
        return  # the application itself comes or goes
    base, head = _settings(change.base, old or new), _settings(change.head, new or old)
    for framework in frameworks():
        for row in rows_of(framework.name, NAME)[:1]:
            was, now = as_engine(base, _value(old)), as_engine(head, _value(new))
            certainty = _certainty(change, (base, was), (head, now), row)
            found = row_for(framework, NAME, was, now, base, head) if certainty else None
            place, side = (new.place, "head") if new is not None and new.place.path in change.head.touched_paths else (old.place if old else None, "base")
            if found is not None and certainty is not None and place is not None and (side == "head" or place.path in change.base.touched_paths):
                former = old.place if old is not None else None
                yield SettingChange(framework, found, NAME, was, now, certainty, place, "head" if side == "head" else "base", former, base, head)


def _settings(side: Side, fact: SettingAssigned | None) -> Settings:
    assert fact is not None
    return set_of(side, fact.place.path, "config", "")


def _value(fact: SettingAssigned | None) -> Value:
    return Known(None) if fact is None else fact.value


def _certainty(change: Change, before: tuple[Settings, Value], after: tuple[Settings, Value], row: Row) -> Certainty | None:
    certainty = difference(before[1], after[1], row)
    if certainty != "sure":
        return certainty
    values = [each for _, each in (before, after) if isinstance(each, Called)]
    if not all(re.search(r"(^|\.)_?[A-Z]\w*$", each.function) for each in values):
        return "default"  # what a function gives may be what was there before
    first, second = (_class_of(*each) for each in (before, after))
    if first and second and first != second and not _exists(change.head, first) and (first[0] == second[0] or not _exists(change.base, second)):
        return "source"  # the same class may have got another name, or become one with what it derived from
    return "sure"


def _class_of(settings: Settings, value: Value) -> tuple[str, str] | None:
    """The file and the name of the class of this tree that an interface is made by."""
    if not isinstance(value, Called):
        return None
    owner, _, name = value.function.rpartition(".")
    path = path_of(settings.side, owner, settings.path) if owner else settings.path
    return (path, name) if path and _exists(settings.side, (path, name)) else None


def _exists(side: Side, cls: tuple[str, str]) -> bool:
    return any(each.name == cls[1] for each in side.within(SessionInterfaceDefined, [cls[0]]))


def _has_application(side: Side) -> bool:
    paths = [path for path in sorted(side.paths) if path.endswith(".py") and in_production(path)]
    return any(_APPLICATION.search(data) for _, data in side.files.read(paths))
