"""Facts: what one source says, with no opinion. One module a cause; this one holds what all facts share.

A fact is a frozen dataclass of plain values: `str`, `int`, `bool`, `None`, tuples, and the classes of
`safelint.values`. It must survive a trip through JSON (`encode`, `decode`), because the cache keeps it so.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any, Literal

from safelint.places import Place
from safelint.records import dataclass, field, fields, is_dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What one source says. Two facts are equal when they say the same, wherever they stand."""

    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood(Fact):
    """Something that could matter and that no reader understood: a file, a statement, a value.

    `direction`: `downgrade` for what stands in the way back of a migration, which no deploy runs.
    """

    what: str
    why: str
    direction: Literal["upgrade", "downgrade"] = "upgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread(Fact):
    """In place of facts: a reader could make nothing of this file."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksElsewhere(Fact):
    """A file that is read whole only beside others of the tree: what it uses of other modules (dotted names), and files that it opens."""

    modules: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def encode(value: object) -> Any:
    """A fact (or any part of one) as JSON data: a dataclass becomes `{"": "module:Class", field: ...}`."""
    if is_dataclass(value) and not isinstance(value, type):
        row: dict[str, Any] = {"": f"{type(value).__module__}:{type(value).__qualname__}"}
        for each in fields(value):
            row[each.name] = encode(getattr(value, each.name))
        return row
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a fact holds plain values and tuples, not {type(value).__name__}")


def decode(data: Any) -> Any:
    """The inverse of `encode`. Raises ValueError for data that `encode` did not make."""
    if isinstance(data, dict):
        build = _builder(data.get("", ""))
        return build(**{name: decode(item) for name, item in data.items() if name})
    if isinstance(data, list):
        return tuple(decode(item) for item in data)
    return data


@functools.cache
def _builder(name: str) -> Callable[..., Any]:
    module, _, cls = name.partition(":")
    # Only classes of our own: a row in a cache must not be able to name any other.
    if module not in ("safelint.values", "safelint.places") and not module.startswith("safelint.facts"):
        raise ValueError(f"not a fact: {name}")
    found = getattr(importlib.import_module(module), cls, None)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise ValueError(f"not a fact: {name}")
    return found
