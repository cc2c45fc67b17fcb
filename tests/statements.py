"""What tests of migrations share: the facts of a text, each in one short line."""

from __future__ import annotations

from safelint.facts import Fact, NotUnderstood
from safelint.facts.migrations import (
    ColumnAdded,
    ColumnDropped,
    ColumnRenamed,
    ConstraintAdded,
    IndexCreated,
    RowsDeleted,
    RowsUpdated,
    Statement,
    TableCreated,
    TableRenamed,
)
from safelint.readers import Source
from safelint.readers.python import alembic, django_migrations


def facts_of(text: str, path: str) -> list[Fact]:
    """The facts of a revision or a migration, as its path tells."""
    reader = alembic if "versions" in path else django_migrations
    return list(reader.read(Source(path, text)))


def brief(fact: Fact) -> str:
    """A fact in one line: what, where, and the one thing that a test would ask for."""
    if isinstance(fact, NotUnderstood):
        return f"? {fact.what}"
    if not isinstance(fact, Statement):
        return ""
    words = [type(fact).__name__, fact.table]
    match fact:
        case RowsDeleted(rows=rows):
            words.append(rows)
        case RowsUpdated(rows=rows):
            words += [rows, *fact.columns]
        case TableRenamed(to=to):
            words.append(to)
        case ColumnRenamed(column=column, to=to):
            words += [column, to]
        case ColumnDropped(column=column):
            words.append(column)
        case ColumnAdded(column=column):
            words += [column.name, "null" if column.nullable else "required", column.default]
        case TableCreated(columns=columns):
            words += [column.name for column in columns]
        case IndexCreated(columns=columns):
            words += [*columns, "concurrently" if fact.concurrently else ""]
        case ConstraintAdded(kind=kind, columns=columns):
            words += [kind, *columns, "" if fact.valid else "not valid"]
    if fact.conditional:
        words.append("sometimes")
    if fact.dialect:
        words.append(fact.dialect)
    return " ".join(word for word in words if word)


def upgrade(text: str, path: str = "shop/versions/0001_change.py") -> list[str]:
    """What the upgrade does, briefly."""
    return [line for fact in facts_of(text, path) if getattr(fact, "direction", "upgrade") == "upgrade" and (line := brief(fact))]


def downgrade(text: str, path: str = "shop/versions/0001_change.py") -> list[str]:
    """What the downgrade does, briefly."""
    return [line for fact in facts_of(text, path) if getattr(fact, "direction", "") == "downgrade" and (line := brief(fact))]
