"""Migrations as a chain: whether the deploy can walk it, and whether a link was changed after databases had passed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from safelint.facts.migrations import ColumnAdded, ColumnDropped, ColumnRenamed, Revision, Statement, TableCreated, TableDropped, TableRenamed
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change
from safelint.tables import Tables

# What later code relies on: a database that has passed the migration never gets the new form of these.
_SHAPING = (TableCreated, TableDropped, TableRenamed, ColumnAdded, ColumnDropped, ColumnRenamed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationHeadsSplit(Hazard):
    """The change makes more than one revision the last: `alembic upgrade head` refuses to choose. `after`: their common parent."""

    heads: tuple[str, ...]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedMigrationEdited(Hazard):
    """A migration that the base has already does something else to a table of logins: a database that ran it never gets that."""

    table: str
    statement: str
    how: str


def of_change(change: Change) -> Iterator[Hazard]:
    """Chains that were split, and links that were changed."""
    yield from _split(change)
    yield from _edited(change)


def _split(change: Change) -> Iterator[MigrationHeadsSplit]:
    if not change.head.touched(Revision):
        return
    before = [_heads(chain) for chain in _chains(change.base.everywhere(Revision))]
    for chain in _chains(change.head.everywhere(Revision)):
        heads = _heads(chain)
        # Whoever lives with several heads already upgrades to all of them.
        if len(heads) < 2 or not any(len(old) == 1 and {one.name for one in old} & {one.name for one in chain} for old in before):
            continue
        new = [head for head in heads if head.place.path in change.head.touched_paths] or heads[-1:]
        others = tuple(Related(head.place, f"{head.name} is a head, too") for head in heads if head != new[-1])
        yield MigrationHeadsSplit(place=new[-1].place, heads=tuple(sorted(head.name for head in heads)), after=", ".join(new[-1].after), related=others)


def _chains(revisions: Iterable[Revision]) -> list[list[Revision]]:
    """Revisions by chain: those that name one another belong together, whatever folders they are in."""
    rows = list(revisions)
    of: dict[str, int] = {}
    chains: dict[int, list[Revision]] = {}
    for index, revision in enumerate(rows):
        joined = {of[name] for name in (revision.name, *revision.after) if name in of}
        chains[index] = [revision]
        for other in joined:
            chains[index] += chains.pop(other)
        for each in chains[index]:
            of.update(dict.fromkeys((each.name, *each.after), index))
    return list(chains.values())


def _heads(chain: list[Revision]) -> list[Revision]:
    passed = {name for revision in chain for name in revision.after}
    return sorted((revision for revision in chain if revision.name not in passed), key=lambda revision: revision.place)


def _edited(change: Change) -> Iterator[ReleasedMigrationEdited]:
    tables = Tables(change.head)
    before: dict[str, list[Statement]] = {}
    for statement in change.base.touched(Statement):
        path = change.head_path(statement.place.path)
        if path is not None and statement.direction == "upgrade" and statement.origin in ("alembic", "django"):
            before.setdefault(path, []).append(statement)
    after: dict[str, list[Statement]] = {path: [] for path in before}
    for statement in change.head.touched(Statement):
        if statement.place.path in before and statement.direction == "upgrade":
            after[statement.place.path].append(statement)
    for path, old in before.items():
        new = after[path]
        if change.head.text(path) is None or not new:
            continue  # deleted, or unreadable: there is nothing to compare
        for statement in _more(new, old):
            if (standing := tables.standing(statement.table)) and standing.role != "user":
                yield ReleasedMigrationEdited(place=statement.place, table=statement.table, statement=statement.statement, how="added")


def _more(rows: list[Statement], others: list[Statement]) -> Iterator[Statement]:
    """The shaping statements of `rows` that have no like in `others`, told apart by what they do and not by how it is written."""
    left = Counter(_deed(statement) for statement in others)
    for statement in rows:
        deed = _deed(statement)
        if left[deed] > 0:
            left[deed] -= 1
        elif isinstance(statement, _SHAPING):
            yield statement


def _deed(statement: Statement) -> tuple[str, ...]:
    match statement:
        case TableCreated(table=table):
            return ("create", table, *sorted(column.name for column in statement.columns))
        case ColumnAdded(table=table, column=column):
            return ("add", table, column.name)
        case ColumnDropped(table=table, column=name):
            return ("drop", table, name)
        case ColumnRenamed(table=table, column=name, to=to):
            return ("rename", table, name, to)
        case TableRenamed(table=table, to=to):
            return ("rename table", table, to)
    return (type(statement).__name__, statement.table)
