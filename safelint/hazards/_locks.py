"""Which lock a statement takes on its table, for how long, and who waits for it meanwhile: measured on PostgreSQL 15."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from safelint.facts.migrations import (
    Column,
    ColumnAdded,
    ColumnDefaultChanged,
    ColumnDropped,
    ColumnNullabilityChanged,
    ColumnRenamed,
    ColumnRetyped,
    ConstraintAdded,
    ConstraintDropped,
    ConstraintValidated,
    IndexCreated,
    IndexDropped,
    IndexRebuilt,
    PartitionChanged,
    PolicyCreated,
    PolicyDropped,
    RowsDeleted,
    RowSecurityChanged,
    RowsUpdated,
    RuleCreated,
    Statement,
    TableDropped,
    TableLocked,
    TableRenamed,
    TableStorageChanged,
    TableTruncated,
    TriggerCreated,
    TriggersSwitched,
)
from safelint.records import dataclass

Work = Literal["brief", "scan", "rewrite", "build", "rows", "held"]
"""What the lock is held for: a change of the catalogue only, a look at every row, a new copy of the table, an index, the rows
that the statement changes, or whatever comes until the end of the transaction."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock by PostgreSQL's name of its mode, and the work that is done under it."""

    mode: Literal["access exclusive", "share row exclusive", "share", "row exclusive", "share update exclusive"]
    work: Work

    @property
    def blocks(self) -> tuple[str, ...]:
        """Who waits: `reads` (the session look-up of every request), `logins` (INSERT), `refreshes` (UPDATE)."""
        return _BLOCKED[self.mode] if self.work != "rows" else ("refreshes",)


# SELECT takes ACCESS SHARE, INSERT and UPDATE take ROW EXCLUSIVE: who waits for which lock.
_BLOCKED: dict[str, tuple[str, ...]] = {
    "access exclusive": ("reads", "logins", "refreshes"),
    "exclusive": ("logins", "refreshes"),
    "share row exclusive": ("logins", "refreshes"),
    "share": ("logins", "refreshes"),
    "row exclusive": (),
    "share update exclusive": (),
}
_BRIEF = Lock("access exclusive", "brief")
_REWRITE = Lock("access exclusive", "rewrite")

Before = Callable[[str, str], str]
"""The type that a column (table, column) has before a statement, "" where nobody says."""


def lock_of(statement: Statement, before: Before = lambda table, column: "", utc: bool = False, proven: bool = False, version: float = 99) -> Lock | None:
    """The lock that a statement takes on `statement.table` in PostgreSQL of this version; None for one that blocks nobody who logs in.

    `utc`: the session's time zone was set to UTC; `proven`: a validated CHECK says already that the column has no NULL.
    """
    match statement:
        case ColumnAdded(column=column) if version < 11 and column.default not in ("", "null"):
            return _REWRITE  # it learned to keep a constant default in the catalogue with version 11
        case ColumnNullabilityChanged(nullable=False) if version < 12:
            return Lock("access exclusive", "scan")
        case TableDropped() | ColumnDropped() | ColumnRenamed() | TableRenamed() | RowSecurityChanged() | PolicyCreated() | PolicyDropped() | RuleCreated():
            return _BRIEF
        case TableTruncated():
            return _BRIEF
        case ColumnAdded(column=column):
            return _added(column)
        case ColumnRetyped(table=table, column=name, type=kind):
            was = statement.was or before(table, name)
            if statement.stated and ("" in (was, kind) or was == kind):
                return None
            return _retyped(was, kind, bool(statement.using), utc)
        case ColumnNullabilityChanged(nullable=nullable):
            return _BRIEF if nullable or proven else Lock("access exclusive", "scan")
        case ColumnDefaultChanged() | ConstraintDropped():
            return _BRIEF
        case ConstraintAdded():
            return _constrained(statement)
        case ConstraintValidated():
            return None
        case IndexCreated(concurrently=concurrently):
            return None if concurrently else Lock("share", "build")
        case IndexDropped(concurrently=concurrently):
            return None if concurrently else _BRIEF
        case IndexRebuilt(concurrently=concurrently):
            # The index itself is locked against its readers, and planning a look-up reads every index.
            return None if concurrently else Lock("access exclusive", "build")
        case TableStorageChanged():
            return _REWRITE
        case TriggerCreated() | TriggersSwitched():
            return Lock("share row exclusive", "brief")
        case TableLocked(mode=mode):
            return _locked(mode)
        case PartitionChanged(how=how, concurrently=concurrently):
            return None if concurrently or how in ("attach", "add") else _BRIEF
        case RowsDeleted() | RowsUpdated():
            return Lock("row exclusive", "rows")
        case _:
            return None


def _locked(mode: str) -> Lock | None:
    match mode:
        case "access exclusive" | "share row exclusive" | "share":
            return Lock(mode, "held")
        case "exclusive":
            return Lock("share row exclusive", "held")
        case _:
            return None


def _added(column: Column) -> Lock:
    if column.default in ("volatile", "generated"):
        return _REWRITE
    if column.unique or column.primary_key:
        return Lock("access exclusive", "build")
    return Lock("access exclusive", "scan") if column.checked else _BRIEF


def _constrained(added: ConstraintAdded) -> Lock:
    mode: Literal["access exclusive", "share row exclusive"] = "share row exclusive" if added.kind == "foreign key" else "access exclusive"
    if not added.valid or added.using_index:
        return Lock(mode, "brief")
    return Lock(mode, "build" if added.kind in ("unique", "primary key", "exclude") else "scan")


def _retyped(was: str, to: str, converted: bool, utc: bool) -> Lock:
    """Types that PostgreSQL takes over as they are need no new copy."""
    old, new = _Type.of(was), _Type.of(to)
    if converted and old.name != new.name and (not old.name or old.name not in _TEXTS):
        return _REWRITE
    if new.name in ("text", "varchar") and new.size is None and (old.name in _TEXTS or not old.name):
        return _BRIEF
    if old.name in _TEXTS and new.name == "varchar":
        wider = old.name == "varchar" and old.size is not None and new.size is not None and new.size >= old.size
        return _BRIEF if wider else _REWRITE
    if old.name == new.name == "numeric" and old.scale == new.scale and (new.size is None or ((old.size or 0) <= new.size and old.size is not None)):
        return _BRIEF
    if {old.name, new.name} == {"timestamp", "timestamptz"}:
        return _BRIEF if utc else _REWRITE
    if old.name and old == new:
        return _BRIEF
    return _BRIEF if old.name in ("varbit", "timestamp", "timestamptz", "inet", "cidr") and old.name == new.name else _REWRITE


_TEXTS = {"text", "varchar"}
_ALIASES = {
    "character varying": "varchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "integer": "int",
    "int4": "int",
    "int8": "bigint",
    "decimal": "numeric",
    "bool": "boolean",
    "character": "char",
}


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    size: int | None = None
    scale: int | None = None

    @classmethod
    def of(cls, text: str) -> _Type:
        found = re.fullmatch(r"([a-z0-9_ \".]+?)\s*(?:\((\d+)(?:,\s*(\d+))?\))?\s*((?:with|without) time zone)?(\[\])?", text.lower().strip())
        if not found:
            return cls(text.lower())
        name = " ".join(part for part in (found[1], found[4]) if part)
        return cls(_ALIASES.get(name, name) + (found[5] or ""), int(found[2]) if found[2] else None, int(found[3]) if found[3] else None)


def is_narrower(was: str, to: str) -> bool:
    """Whether a value that fitted the old type may not fit the new one."""
    old, new = _Type.of(was), _Type.of(to)
    if new.name in ("varchar", "char") and new.size is not None:
        return (old.name in _TEXTS and old.size is None) or (old.size is not None and new.size < old.size)
    ranks = {"smallint": 1, "int": 2, "bigint": 3}
    return old.name in ranks and new.name in ranks and ranks[new.name] < ranks[old.name]
