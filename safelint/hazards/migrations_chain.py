"""Migrations as a chain: whether the deploy can walk it, and whether a link was changed after databases had passed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from safelint.facts.migrations import ColumnAdded, ColumnDropped, ColumnRenamed, DjangoMigration, Revision, Statement, TableCreated, TableDropped, TableRenamed
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change, Side
from safelint.tables import Tables

# What later code relies on: a database that has passed the migration never gets the new form of these.
_SHAPING = (TableCreated, TableDropped, TableRenamed, ColumnAdded, ColumnDropped, ColumnRenamed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationHeadsSplit(Hazard):
    """The change makes more than one revision the last: the command that migrates refuses to choose. `after`: their common parent."""

    command: str
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
    yield from _leaves(change)
    yield from _edited(change)


def _split(change: Change) -> Iterator[MigrationHeadsSplit]:
    if not change.head.touched(Revision):
        return
    before = [_heads(chain) for chain in _chains(change.base.everywhere(Revision))]
    for chain in _chains(change.head.everywhere(Revision)):
        heads = _heads(chain)
        # A copy of the chain in another folder ends with the same name. Whoever lives with several heads already upgrades to all of them.
        if len({head.name for head in heads}) < 2 or not any(len(old) == 1 and {one.name for one in old} & {one.name for one in chain} for old in before):
            continue
        new = [head for head in heads if head.place.path in change.head.touched_paths] or heads[-1:]
        others = tuple(Related(head.place, f"{head.name} is a head, too") for head in heads if head != new[-1])
        names = tuple(sorted(head.name for head in heads))
        yield MigrationHeadsSplit(place=new[-1].place, command="alembic upgrade head", heads=names, after=", ".join(new[-1].after), related=others)


def _leaves(change: Change) -> Iterator[MigrationHeadsSplit]:
    """Apps of Django in which nothing comes after two migrations, where nothing came after one."""
    for folder in sorted({_folder(each) for each in change.head.touched(DjangoMigration)}):
        leaves = _last(change.head, folder)
        if len(leaves) < 2 or not all(leaf.whole for leaf in leaves) or len(_last(change.base, folder)) != 1:
            continue
        new = [leaf for leaf in leaves if leaf.place.path in change.head.touched_paths] or leaves
        others = tuple(Related(leaf.place, f"{leaf.name} is one, too") for leaf in leaves if leaf != new[-1])
        after = ", ".join(name.rpartition(".")[2] for name in new[-1].after if name.startswith(f"{new[-1].app}."))
        yield MigrationHeadsSplit(
            place=new[-1].place, command="manage.py migrate", heads=tuple(leaf.name for leaf in leaves), after=after or "no other", related=others
        )


def _folder(migration: DjangoMigration) -> str:
    return migration.place.path.rpartition("/")[0]


def _last(side: Side, folder: str) -> list[DjangoMigration]:
    """The migrations of an app that no other one of it comes after. What a squashed one replaces is not there."""
    rows = side.within(DjangoMigration, [path for path in side.paths if path.rpartition("/")[0] == folder])
    names = {each.name for each in rows}
    squashed = {name.rpartition(".")[2]: each.name for each in rows for name in each.replaces}
    passed = set()
    for each in rows:
        for parent in each.after:
            app, _, name = parent.rpartition(".")
            # An app can have another label than its folder; a name that no other app of the tree has is its own then.
            own = app == each.app or (name in names and not any(path.endswith(f"{app}/migrations/{name}.py") for path in side.paths))
            if own and squashed.get(name, name) != squashed.get(each.name, each.name):
                passed.add(squashed.get(name, name))
    return sorted((each for each in rows if each.name not in passed and each.name not in squashed), key=lambda each: each.name)


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
