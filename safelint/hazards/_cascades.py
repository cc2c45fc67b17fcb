"""Tables whose rows go because another one's do."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.migrations import ColumnAdded, ConstraintAdded, ForeignKey, SchemaDropped, SchemaRenamed, Statement, TableCreated
from safelint.facts.tables import TableDeclared
from safelint.places import Place, Related
from safelint.sources import Side


def children(side: Side, parent: str, truncated: bool) -> Iterator[tuple[str, Related]]:
    """The tables, near and far, whose rows go with all of `parent`'s, each with the place of the foreign key that does it.

    TRUNCATE CASCADE follows every foreign key, DELETE only those that are declared ON DELETE CASCADE.
    """
    keys = list(_foreign_keys(side))
    seen, queue = {parent.lower()}, [parent.lower()]
    while queue:
        current = queue.pop(0)
        for child, far, on_delete, place in keys:
            if far == current and child.lower() not in seen and (truncated or on_delete == "cascade"):
                seen.add(child.lower())
                queue.append(child.lower())
                yield child, Related(place, f"{child} refers to {current} here", side.name)


def _foreign_keys(side: Side) -> Iterator[tuple[str, str, str, Place]]:
    def row(table: str, key: ForeignKey | None, place: Place) -> Iterator[tuple[str, str, str, Place]]:
        if key is not None:
            yield table, key.table.lower(), key.on_delete, place

    for created in side.everywhere(TableCreated):
        for column in created.columns:
            yield from row(created.table, column.references, created.place)
    for added in side.everywhere(ColumnAdded):
        yield from row(added.table, added.column.references, added.place)
    for constraint in side.everywhere(ConstraintAdded):
        yield from row(constraint.table, constraint.references, constraint.place)
    for declared in side.everywhere(TableDeclared):
        for each in declared.columns:
            if each.references and each.by_database and declared.name:
                yield declared.name, each.references.lower().rsplit(".", 1)[-1], each.on_delete, each.place


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
