"""What the sessions of one framework or library depend on, as data: one module a framework, each with a `FRAMEWORK`.

Whoever judges a setting asks for the rows of its name and knows no framework by name. The rows were measured by
running the real libraries: a login under the old value, a request under the new one, then a rollback.
"""

from __future__ import annotations

import fnmatch
import functools
import importlib
import pkgutil
from typing import Literal

from safelint.findings import Impact, Rollback, Severity
from safelint.records import dataclass
from safelint.values import Known, Value

Effect = Literal[
    "none",  # nobody notices
    "out",  # what people hold is refused
    "destroyed",  # what people hold is refused, and thrown away at the next visit
    "older-out",  # those who logged in longer ago than the new age are out
    "gradual",  # people fall out one after the other
    "duplicates",  # browsers keep two cookies of one name
    "no-new-logins",  # who is in stays in, nobody else gets in
    "forms-fail",  # forms that are open are refused
    "fails",  # the application answers with errors, or does not start
]

_NULL = Known(None)

About = Literal["", "engine", "place", "format", "users", "signature", "grace", "zone"]

Kind = Literal["any", "unset-to-set", "set-to-unset", "shorter", "longer", "added", "removed", "first", "first-removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one change of one setting does.

    `setting` is its dotted name, with `*` for a part that an application names itself (`CACHES.*.KEY_PREFIX`).
    `default` is what holds where it is absent: None where there is no default; `default_from` names another
    setting whose value it then has.

    The row holds for a change of its `kind`, from a value like one of `before` to a value like one of `after` (globs, or `!` and one that it must not be like,
    on the text of the value), while the other settings of `when` are like their globs at the head (`!` in front: are not).
    `alias` names the setting that says which part the `*` must be for the row to matter (`SESSION_CACHE_ALIAS`).

    Of several rows for one setting the first that holds counts, so that the harmless cases come first.

    `says` completes "...: " in a message, in the words of the people it happens to.

    `since` is the first version of the framework for which it holds, `until` the first for which it does not any more: it then has to be pinned.

    `likely` says that it only mostly is so, because what decides is not in the text (whether data was moved along).

    `about` says what kind of thing it is, for rules: the `engine` that keeps sessions, the `place` where they are kept, the `format` in which,
    how `users` are found, what goes into a `signature`, the old keys of a `grace` period, the time `zone` of expiry dates.

    `only_class` says that of an object only counts what makes it, and not what that is given.

    `role` marks what signs (`key`) and what is still accepted beside it (`fallbacks`). A key whose old value stays
    good names the setting for that in `grace`, or takes a list itself and signs with its `last`, or a dictionary of `versions`, of which the
    setting `key_version` beside it signs; with none of them, a
    library has no grace at all. `grace_since` is the first version of the framework in which it counts; in the
    versions of `grace_spoils` a grace period signs with the oldest key.
    """

    setting: str
    cause: str
    effect: Effect
    says: str = ""
    default: Value | None = _NULL
    default_from: str = ""
    kind: Kind = "any"
    before: tuple[str, ...] = ("*",)
    after: tuple[str, ...] = ("*",)
    when: tuple[tuple[str, str], ...] = ()
    impact: Impact = "everyone"
    rollback: Rollback = "heals"
    alias: str = ""
    since: str = ""
    until: str = ""
    likely: bool = False
    about: About = ""
    role: Literal["", "key", "fallbacks"] = ""
    grace: str = ""
    only_class: bool = False
    grace_since: str = ""
    grace_spoils: tuple[str, ...] = ()


Need = Literal[
    "",
    "integer-subject",
    "integer-subject-checked",
    "key-client",
    "default-hashers",
    "signed-times",
    "algorithms-left-out",
    "token-of-bytes",
    "no-leeway",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What a library's own change of version does, where the tree uses what it changes.

    It holds for a change from a version below `to` to one that is not (and below `until`, where there is one).
    `lowest` leaves out a start from a version before it, `below` a start from it or a later one. `downwards` says that it
    also holds for a change back into the range from above; `back`, that it holds for the way back alone: from `to` or later
    to a version before it.

    The tree uses it where `needs` says so, where any setting of `where` is like its glob (`!` in front: is not) before or after, none of
    `unless` is after, and where a component is used without the argument that `without` names. A setting that is not there is like nothing.
    """

    to: str
    effect: Effect
    says: str
    needs: Need = ""
    where: tuple[tuple[str, str], ...] = ()
    unless: tuple[tuple[str, str], ...] = ()
    without: str = ""
    lowest: str = ""
    below: str = ""
    until: str = ""
    downwards: bool = False
    back: bool = False
    impact: Impact = "everyone"
    rollback: Rollback = "heals"
    severity: Severity = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A class or function that is configured by its arguments; `name` is what its rows call it (`SessionMiddleware.secret_key`).

    `qualified` are the dotted names it is imported by, `positional` the names of its positional arguments. One that is configured by
    a class of one's own has the dotted names of what such a class derives from in `bases`: its attributes are the arguments then,
    and `bases` is one more, the names of all that it derives from. `methods` are the names of methods that say enough by themselves, on
    whatever object, in a file that imports `package`.
    """

    name: str
    qualified: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """One framework or library.

    `distributions` are its names in a requirements file, `packages` what code imports; `marks` are globs on settings
    that nothing else has; `forms` where its settings stand (`SettingAssigned.form`). An extension `extends` the framework
    whose settings hold its own. `imported` says that its settings do nothing until code sets it up.
    """

    name: str
    distributions: tuple[str, ...]
    packages: tuple[str, ...]
    rows: tuple[Row, ...]
    extends: str = ""
    imported: bool = False
    forms: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()


@functools.cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework below this folder, by name."""
    found = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return tuple(sorted((module.FRAMEWORK for module in found), key=lambda framework: framework.name.lower()))


@functools.cache
def components() -> dict[str, Component]:
    """Every component by each of the dotted names it is imported by."""
    return {name: component for framework in frameworks() for component in framework.components for name in component.qualified}


@functools.cache
def components_by_base() -> dict[str, Component]:
    """Every component that is configured by a class of one's own, by each of the dotted names that such a class derives from."""
    return {name: component for framework in frameworks() for component in framework.components for name in component.bases}


@functools.cache
def components_by_method() -> dict[str, Component]:
    """Every component that is a method of whatever object, by each of its names."""
    return {name: component for framework in frameworks() for component in framework.components for name in component.methods}


@functools.lru_cache(maxsize=10_000)
def rows_of(framework: str, setting: str) -> tuple[Row, ...]:
    """The rows of one framework for a setting, in the order in which they count."""
    (found,) = [each for each in frameworks() if each.name == framework]
    return tuple(row for row in found.rows if fnmatch.fnmatchcase(setting, row.setting) and setting.count(".") == row.setting.count("."))
