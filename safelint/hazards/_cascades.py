"""Tables whose rows go because another one's do."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDropped,
    ConstraintAdded,
    ConstraintDropped,
    ForeignKey,
    SchemaDropped,
    SchemaRenamed,
    Statement,
    TableCreated,
    TableDropped,
    TableTruncated,
)
from safelint.facts.tables import TableDeclared
from safelint.hazards._databases import is_for_another
from safelint.places import Place, Related
from safelint.records import dataclass
from safelint.sources import Side


@dataclass(frozen=True, slots=True)
class _Key:
    """A foreign key that is there: `child` has `columns` that refer to `parent`."""

    child: str
    parent: str
    columns: tuple[str, ...]
    name: str
    on_delete: str
    place: Place


def children(side: Side, parent: str, statement: Statement) -> Iterator[tuple[str, Related]]:
    """The tables, near and far, whose rows go with all of `parent`'s, each with the place of the foreign key that does it.

    TRUNCATE CASCADE follows every foreign key, DELETE only those that are declared ON DELETE CASCADE.
    """
    keys = _foreign_keys(side, statement)
    seen, queue = {parent.lower()}, [parent.lower()]
    while queue:
        current = queue.pop(0)
        for key in keys:
            if key.parent == current and key.child.lower() not in seen and (isinstance(statement, TableTruncated) or key.on_delete == "cascade"):
                seen.add(key.child.lower())
                queue.append(key.child.lower())
                yield key.child, Related(key.place, f"{key.child} refers to {current} here", side.name)


def _foreign_keys(side: Side, until: Statement) -> list[_Key]:
    """The foreign keys that are there when a statement runs: what migrations before it made and did not take away, and what models declare."""
    keys: list[_Key] = []
    for each in sorted((one for one in side.everywhere(Statement) if _runs_before(one, until)), key=lambda one: (one.place.path, one.position)):
        match each:
            case TableCreated(columns=columns):
                keys += [_key(each, (column.name,), "", column.references) for column in columns if column.references]
            case ColumnAdded(column=column) if column.references:
                keys.append(_key(each, (column.name,), "", column.references))
            case ConstraintAdded(references=far) if far is not None:
                keys.append(_key(each, each.columns, each.name, far))
            case TableDropped():
                keys = [key for key in keys if each.table.lower() not in (key.child.lower(), key.parent)]
            case ColumnDropped(column=name):
                keys = [key for key in keys if key.child != each.table or name not in key.columns]
            case ConstraintDropped(name=name):
                # A foreign key without a name of its own gets one that PostgreSQL makes of its table and columns.
                keys = [key for key in keys if key.child != each.table or (key.name or f"{key.child}_{'_'.join(key.columns)}_fkey") != name]
    for declared in side.everywhere(TableDeclared):
        keys += [
            _Key(declared.name, column.references.lower().rsplit(".", 1)[-1], (column.name,), "", column.on_delete, column.place)
            for column in declared.columns
            if column.references and column.by_database and declared.name
        ]
    return keys


def _key(statement: Statement, columns: tuple[str, ...], name: str, far: ForeignKey) -> _Key:
    return _Key(statement.table, far.table.lower(), columns, name, far.on_delete, statement.place)


def _runs_before(each: Statement, until: Statement) -> bool:
    """Whether a migration comes before another, as far as their names tell: revisions of Alembic are not numbered."""
    if each.direction != "upgrade" or is_for_another(each, until):
        return False
    if each.place.path == until.place.path:
        return each.position < until.position
    return "alembic" in (each.origin, until.origin) or each.place.path < until.place.path


def tables_of_schema(side: Side, statement: Statement) -> Iterator[tuple[str, str]]:
    """The tables that go with a schema or a database, each with what happens to it: `dropped`, or the new name."""
    if not isinstance(statement, SchemaDropped | SchemaRenamed):
        return
    whole = isinstance(statement, SchemaDropped) and (statement.what in ("database", "owned") or statement.name == "public")
    tables = dict.fromkeys(created.table for created in side.everywhere(TableCreated) if created.direction == "upgrade")
    tables |= dict.fromkeys(declared.name for declared in side.everywhere(TableDeclared) if declared.name)
    for table in tables:
        if whole or table.startswith(f"{statement.name}."):
            yield table, "dropped" if isinstance(statement, SchemaDropped) else f"{statement.to}.{table.rsplit('.', 1)[-1]}"
