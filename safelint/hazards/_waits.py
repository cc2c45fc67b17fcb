"""Who waits while a statement runs, and for how long: the hazard that a lock is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.migrations import (
    ColumnAdded,
    ColumnNullabilityChanged,
    ConstraintAdded,
    ConstraintValidated,
    IndexCreated,
    RowsUpdated,
    Statement,
    TableCreated,
)
from safelint.hazards._locks import Lock, Work, lock_of
from safelint.hazards._login_tables import Common, SessionTableBlocked
from safelint.hazards._past import Past
from safelint.hazards._story import Story
from safelint.places import Related
from safelint.tables import Tables

_LIMITS = {"mysql": "lock_wait_timeout", "mssql": "LOCK_TIMEOUT"}
# What a login writes into the row of its user, by the names that frameworks give it.
_WRITTEN_AT_LOGIN = re.compile(r"last_?(log|sign)_?(in|ged_?in)(_?(at|on|time|date|ip))?|current_?(log|sign)_?in_?(at|ip)|(log|sign)_?in_?count|last_?auth\w*")
_WRITE_AT_LOGIN = {"AbstractUser", "AbstractBaseUser"}
_HARDER = {"access exclusive": 3, "share row exclusive": 2, "share": 1}


def waits(story: Story, index: int, statement: Statement, common: Common, tables: Tables, past: Past) -> Iterator[SessionTableBlocked]:
    """The wait that a statement means for whoever uses its table, if it means one."""
    if statement.dialect in ("sqlite", "oracle"):
        return
    table = story.original(index, statement.table)
    lock = lock_of(
        statement,
        lambda _, column: past.type_before(table, column, statement),
        utc=story.in_utc(index),
        proven=story.validated(statement.table, index),
        version=past.server_version(),
    )
    if story.is_perhaps_new(index, statement.table) and not past.made_before(table, statement):
        return
    held = None if statement.dialect in ("mysql", "mssql", "cockroachdb") else _held(story, index, statement, past)
    if held is not None and (lock is None or _HARDER.get(held[0].mode, 0) > _HARDER.get(lock.mode, 0)) and (work := _long_work(statement)):
        # What an earlier statement has locked stays locked while this one works.
        first = Related(held[1].place, f"takes the lock, {held[0].mode.upper()}, and the transaction holds it to its end", common["side"])
        common = {**common, "related": (first, *common["related"])}
        if not held[2]:
            common = {**common, "severity": "warning"}
        elif lock is None or lock.work not in ("scan", "build"):  # what blocks by itself is no guess
            # Most tools run a file in one transaction, and some do not.
            common = {**common, "severity": "info", "confidence": common["confidence"] or "medium"}
        yield _blocked(Lock(held[0].mode, work), common, statement, tables, past)
        return
    if lock is None or not lock.blocks or (statement.dialect == "cockroachdb" and lock.work != "rows"):
        return
    if lock.work == "rows" and not (isinstance(statement, RowsUpdated) and _is_of_all(story, index, statement)):
        return
    if lock.work == "brief" and story.waits_at_most(index) is not None:
        return
    if statement.dialect in ("mysql", "mssql") and (lock := _in_mysql(lock, statement)) is None:
        return
    if lock.work == "brief":
        common = {**common, "confidence": "low"}
    yield _blocked(lock, common, statement, tables, past)


def waits_at_the_far_end(story: Story, index: int, statement: Statement, common: Common, tables: Tables, past: Past) -> Iterator[SessionTableBlocked]:
    """A foreign key locks the table that it leads to, too, for as long as it looks at its own rows: SHARE ROW EXCLUSIVE on PostgreSQL."""
    if not isinstance(statement, ConstraintAdded) or statement.dialect in ("sqlite", "oracle", "mysql", "mssql", "cockroachdb"):
        return
    empty = story.is_new(index, statement.table) or story.is_perhaps_new(index, statement.table)
    if empty or not statement.valid:
        if story.waits_at_most(index) is None:
            yield _blocked(Lock("share row exclusive", "brief"), {**common, "confidence": "low"}, statement, tables, past)
        return
    if common["confidence"] is None:
        common = {**common, "confidence": "medium"}  # whether it takes long is up to the other table, of which nothing is known
    yield _blocked(Lock("share row exclusive", "scan"), common, statement, tables, past)


def _is_of_all(story: Story, index: int, statement: RowsUpdated) -> bool:
    """Whether an UPDATE changes every row: also one that fills a column in where it is NULL, which it is wherever it was added just before."""
    return statement.rows == "all" or bool(statement.only_null and story.added_here(statement.table, statement.only_null, index))


def _held(story: Story, index: int, statement: Statement, past: Past) -> tuple[Lock, Statement, bool] | None:
    """The hardest lock that earlier statements of the same transaction took on the same table; whether that they are in one is a guess."""
    found: tuple[Lock, Statement, bool] | None = None
    table = story.original(index, statement.table)
    for before, each, guess in story.together_with(index):
        if story.original(before, each.table) != table or story.is_new(before, each.table):
            continue
        lock = lock_of(each, version=past.server_version())
        if lock is not None and lock.work != "rows" and _HARDER.get(lock.mode, 0) > _HARDER.get(found[0].mode if found else "", 0):
            found = (lock, each, guess)
    return found


def _long_work(statement: Statement) -> Work | None:
    """What a statement does that takes as long as its table is large, beside what it locks."""
    match statement:
        case ConstraintValidated() | ConstraintAdded(kind="check" | "foreign key", valid=True):
            return "scan"
        case IndexCreated(concurrently=False):
            return "build"
        case RowsUpdated(limited=False) if statement.rows in ("all", "live") or statement.only_null:
            return "rows"
    return None


def _blocked(lock: Lock, common: Common, statement: Statement, tables: Tables, past: Past) -> SessionTableBlocked:
    blocks = lock.blocks if lock.work != "rows" or lock.mode == "row exclusive" else Lock(lock.mode, "held").blocks
    words = blocks
    if common["role"] == "user":
        words, logs_in = _who_uses_accounts(blocks, common["table"], tables, past)
        if logs_in == "no":
            common = {**common, "severity": "info", "impact": "beyond-logins"}
        elif logs_in == "perhaps" and common["confidence"] is None:
            common = {**common, "confidence": "medium"}
    limit = _LIMITS.get(statement.dialect or "", "lock_timeout")
    return SessionTableBlocked(**common, work=lock.work, blocked=_listed(words), mode=lock.mode, looked_at=statement.table, limit=limit)


def _who_uses_accounts(blocks: tuple[str, ...], table: str, tables: Tables, past: Past) -> tuple[tuple[str, ...], str]:
    """Who waits for a lock on the table of the users, and whether logins do: `yes`, `no` or `perhaps`.

    A login reads the row of its user; only some frameworks write it, too.
    """
    if "reads" in blocks:
        return ("reads", "logins", "changes of accounts"), "yes"
    writes = written_at_login(table, tables, past)
    if writes is None:
        return ("sign-ups", "changes of accounts", "logins that write their user's row"), "perhaps"
    changes = ("sign-ups", "changes of accounts") if "logins" in blocks else ("changes of accounts",)
    return ((*changes, f"logins (they write {writes})"), "yes") if writes else (changes, "no")


def written_at_login(table: str, tables: Tables, past: Past) -> str | None:
    """The column of the users' table that a login writes; "" where its columns are known and none is that; None where they are not."""
    if table.rsplit(".", 1)[-1] == "auth_user":
        return "last_login"
    known = False
    for model in tables.declared(table):
        known = True
        if any(base.rsplit(".", 1)[-1] in _WRITE_AT_LOGIN for base in tables.bases_of(model)):
            return "last_login"
        for column in tables.columns_of(model):
            if _WRITTEN_AT_LOGIN.fullmatch(column.name.lower()):
                return column.name
    columns = past.columns(table)
    return next((name for name in columns if _WRITTEN_AT_LOGIN.fullmatch(name.lower())), "" if known or columns else None)


def _in_mysql(lock: Lock, statement: Statement) -> Lock | None:
    """InnoDB builds indexes and adds columns beside the running work; a copied table can still be read, not written."""
    if lock.work == "build" or isinstance(statement, ColumnAdded | ColumnNullabilityChanged | TableCreated):
        return None
    return Lock("share row exclusive", lock.work) if lock.work in ("rewrite", "scan") else lock


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
