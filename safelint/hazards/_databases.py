"""One migration in a file for each database: what the file for MySQL declares says nothing about what the one for PostgreSQL finds."""

from __future__ import annotations

from safelint.facts.migrations import Statement


def is_for_another(statement: Statement, other: Statement) -> bool:
    """Whether two statements never meet in one database, as far as their dialects tell."""
    return None not in (statement.dialect, other.dialect) and statement.dialect != other.dialect
