"""What differs between two sets of settings, as the frameworks that read them see it: a moved, re-expressed or written-out value does not."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Literal

from safelint.facts.settings import SettingAssigned
from safelint.frameworks import Framework, Row, rows_of
from safelint.hazards._engines import as_engine
from safelint.hazards._imports import is_read
from safelint.hazards._settings import DEPENDS, Settings, as_text
from safelint.hazards._versions import is_older, version_of
from safelint.places import Place, SideName
from safelint.records import dataclass
from safelint.secrets import is_placeholder
from safelint.sources import Change
from safelint.values import (
    Called,
    Duration,
    Environment,
    Known,
    Listing,
    Mapping,
    Reference,
    Sealed,
    Template,
    Unknown,
    Value,
    describe,
    is_settled,
    seconds_of,
    text_of,
)

Certainty = Literal["sure", "default", "source"]

_NULL = Known(None)


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


def names_to_compare(framework: Framework, base: Settings, head: Settings) -> list[str]:
    """The settings to compare: those that either side sets, and those that follow another one by default."""
    set_here = {name for each in (base, head) for name in each.assigned}
    following = {row.setting for row in framework.rows if row.default_from and "*" not in row.setting and row.default_from in set_here}
    if framework.extends and not any(fnmatch.fnmatchcase(name, mark) for mark in framework.marks for name in head.assigned):
        following = set()
    return sorted(name for name in {*set_here, *following} if rows_of(framework.name, name))


def compared(framework: Framework, name: str, base: Settings, head: Settings, change: Change) -> Iterator[SettingChange]:
    """What a change of one setting does, if it is one: of its one value, or of each that stands under the same condition at both sides."""
    rows = rows_of(framework.name, name)
    before, after = effective(base, rows[0], name), effective(head, rows[0], name)
    if before is None or after is None:
        return
    if rows[0].about == "engine":
        before, after = as_engine(base, before), as_engine(head, after)
    if Unknown(DEPENDS) in (before, after):
        old, new = base.alternatives(name), head.alternatives(name)
        pairs = [(old[condition], new[condition]) for condition in new if condition in old]
    else:
        pairs = [(before, after)]
    for was, now in pairs:
        certainty = difference(was, now, rows[0])
        row = row_for(framework, name, was, now, base, head) if certainty else None
        if certainty is None or row is None:
            continue
        mine, former = head.of(name) or _following(head, rows[0]), base.of(name) or _following(base, rows[0])
        place, side = _place(mine, former, change)
        if place is not None:
            sure: Certainty = "default" if len(pairs) > 1 and certainty == "sure" else certainty
            yield SettingChange(framework, row, name, was, now, sure, place, side, former.place if former else None, base, head)


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
    if value is not None and (name not in settings.assigned or is_read(settings, name)):
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
    if row.about == "place" and isinstance(before, Called) and isinstance(after, Called) and before.function == after.function:
        return _another_place(before, after)
    if row.about == "engine" and isinstance(before, Called) and isinstance(after, Called) and before.function == after.function:
        # Made alike it is the same engine; what it is given counts where it is written out.
        return "sure" if is_settled(Listing(before.arguments)) and is_settled(Listing(after.arguments)) else None
    match before, after:
        case Called(first, was_given), Called(second, now_given) if first.rpartition(".")[2] == second.rpartition(".")[2] and was_given == now_given:
            return None  # imported from another module
        case Environment(first, was), Environment(second, now) if first == second:
            if row.role == "key" and lost_default(before, after):
                return "source"
            if was is None or now is None or was == now or not (is_settled(was) and is_settled(now)):
                return None
            return "default"
        case (Environment(_, now), was) | (was, Environment(_, now)) if not isinstance(was, Environment):
            return None if now is not None and _plain(now, row) == was else "source"
        case Environment(), Environment():
            return "source"
        case (Template() as made, other) | (other, Template() as made) if _where_unset(made) == other:
            return None  # a part that is empty until somebody sets its variable
        case (Called("getattr", (_, _, default)), other) | (other, Called("getattr", (_, _, default))) if default == other:
            return None  # a file that need not say it
    if (
        row.about == "engine" or row.only_class or (row.about == "format" and {type(before), type(after)} == {Called, Known})
    ):  # an object of another class, or none at all, is never the same engine
        return "sure"
    return "sure" if is_settled(before) and is_settled(after) else "source"


def lost_default(before: Value, after: Value) -> bool:
    """Whether a variable had a key by default and has none any more: whoever never set it ran with that key."""
    match before, after:
        case Environment(first, Sealed() as was), Environment(second, now) if first == second and not is_placeholder(was):
            return now in (None, _NULL) or (isinstance(now, Sealed) and "empty" in now.traits)
    return False


def _where_unset(value: Value) -> Value:
    """What a value is where no variable of it is set; Unknown where that is not to be seen."""
    match value:
        case Known():
            return value
        case Environment(_, default) if default is not None:
            return _where_unset(default)
        case Template(parts):
            texts = [text_of(_where_unset(part)) for part in parts]
            return Unknown("a part of it is not known") if None in texts else Known("".join(each or "" for each in texts))
        case _:
            return Unknown("nothing says what it is")


def _another_place(before: Called, after: Called) -> Certainty | None:
    """Whether two clients of a store, made alike, look into different places; a host's other name may be the same host."""
    old, new = _address(before), _address(after)
    differing = [name for name in {*old, *new} if old.get(name) != new.get(name)]
    if not differing:
        return None
    if not all(is_settled(each) for name in differing for each in (old.get(name, _NULL), new.get(name, _NULL))):
        return "source"
    return "sure" if set(differing) - {"host"} else "default"


def address_text(value: Value) -> Value:
    """A client of a store as a message shows it: where it looks."""
    if not isinstance(value, Called):
        return value
    found = _address(value)
    if "unix_socket_path" in found:
        return found["unix_socket_path"]
    return Known(f"{text_of(found['host']) or '?'}:{describe(found['port'])}/{describe(found['db'])}")


def _address(client: Called) -> dict[str, Value]:
    """What says where a client's store is: its URL taken apart, or host, port and database with their defaults."""
    found: dict[str, Value] = {"port": Known(6379), "db": Known(0), "host": Known("localhost")}
    keywords = client.arguments[-1] if client.arguments and isinstance(client.arguments[-1], Mapping) else Mapping(())
    positional = [each for each in client.arguments if not isinstance(each, Mapping)]
    found.update(zip(("url",) if client.function.endswith("from_url") else ("host", "port", "db"), positional, strict=False))
    found.update(
        (name.value, each) for name, each in keywords.items if isinstance(name, Known) and name.value in ("host", "port", "db", "url", "unix_socket_path")
    )
    url = re.fullmatch(r"(?:\w+://)?(?:[^@/]*@)?([^/:?]*)(?::(\d+))?(?:/(\d*))?(?:\?.*)?", text_of(found.get("url")) or "")
    if "url" in found and url:
        del found["url"]
        found["host"] = Known(url[1])
        found["port"], found["db"] = Known(int(url[2] or 6379)), (Known(int(url[3])) if url[3] else found["db"])
    return found


def _plain(value: Value, row: Row) -> Value:
    """The value with differences taken away that no framework sees: a cookie domain's leading dot, seconds or a timedelta, null or an empty text."""
    match value:
        case Known(str() as text) if row.setting.lower().endswith("domain"):
            return Known(text.lstrip(".").lower()) if text else Known(None)
        case Known(str() as text) if row.setting.lower().endswith(("samesite", "same_site")):
            return Known(text.lower())
        case Known("" | None) if row.default == Known(None) or row.setting.endswith("_KEY"):
            return Known(None)
        case Known(1 | 0 as number) if isinstance(row.default, Known) and isinstance(row.default.value, bool):
            return Known(bool(number))
        case Duration() if (seconds := seconds_of(value)) is not None:
            return Known(seconds)
        case Known(int() as number) if not isinstance(number, bool) and re.search(r"age|lifetime|expir|duration|leeway|seconds", row.setting, re.IGNORECASE):
            return Known(float(number))
        case Template((Called(function), *parts)) if function.startswith(("os.path.", ".parent")):  # a folder, however it is found
            return Template((Unknown("a folder"), *parts))
        case Reference(name) if name.startswith("hashlib."):
            return Known(name)
        case Called(function, given) if row.only_class and given:
            return Called(function)
        case Called("staticmethod", (inner,)):
            return _plain(inner, row)
        case Environment(name, default):
            plain = _plain(default, row) if default is not None else None
            return Environment(name, None if plain == Known(None) else plain)
        case _:
            return value


def row_for(framework: Framework, name: str, before: Value, after: Value, base: Settings, head: Settings) -> Row | None:
    """The row that says what this change does; None where none holds."""
    return next((each for each in rows_of(framework.name, name) if _holds(each, framework, name, before, after, base, head)), None)


def matters(framework: Framework, name: str, settings: Settings) -> bool:
    """Whether some change of this setting would do something to sessions, as the settings are: the cache's prefix does only where sessions are in it."""
    for row in rows_of(framework.name, name):
        if _stands(row, framework, name, settings, None):
            if row.effect != "none":
                return True
            if row.kind == "any" and row.before == row.after == ("*",):
                return False
    return False


def _holds(row: Row, framework: Framework, name: str, before: Value, after: Value, base: Settings, head: Settings) -> bool:
    if not (_is_like(before, row.before) and _is_like(after, row.after)):
        return False
    return _is_of_kind(row.kind, before, after, name, base, head) and _stands(row, framework, name, head, after)


def _stands(row: Row, framework: Framework, name: str, settings: Settings, value: Value | None) -> bool:
    """Whether a row holds beside the other settings and for this version. `value` is what the setting has itself; None: whatever it has."""
    if row.since and is_older(version_of(settings.side, framework.distributions) or "0", row.since):
        return False
    if row.until and not is_older(version_of(settings.side, framework.distributions) or row.until, row.until):
        return False
    if row.alias:
        alias = settings.text(row.alias, _default(framework, row.alias))
        wanted = row.setting.split(".").index("*")
        if alias != name.split(".")[wanted]:
            return False
    for other, pattern in row.when:
        if other == name and value is None:
            continue
        # Of a setting under conditions, what is asked about is the value that is compared here.
        text = as_text(value) if other == name else _text(framework, other, settings)
        matches = any(fnmatch.fnmatchcase(text, each) for each in pattern.removeprefix("!").split("|"))
        if matches == pattern.startswith("!"):
            return False
    return True


def _text(framework: Framework, setting: str, settings: Settings) -> str:
    """The text of a setting beside the one that is compared; of an engine of one's own, that of the engine that it is."""
    rows = rows_of(framework.name, setting)
    if setting in settings.assigned and not is_read(settings, setting):
        return as_text(_NULL)
    if rows and rows[0].about == "engine":
        return as_text(as_engine(settings, settings.value(setting) or rows[0].default or _NULL))
    return settings.text(setting, rows[0].default if rows else None)


def _is_like(value: Value, patterns: tuple[str, ...]) -> bool:
    text = as_text(value)
    return any(fnmatch.fnmatchcase(text, each.removeprefix("!")) != each.startswith("!") for each in patterns)


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
