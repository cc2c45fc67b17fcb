"""Where code that is no model speaks of a table: SQL in any language, a setting, a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.paths import in_production
from safelint.places import Place
from safelint.sources import Side

CODE = (".py", ".go", ".rs", ".js", ".ts", ".tsx", ".mjs", ".rb", ".php", ".java", ".kt", ".cs", ".ex", ".exs", ".scala", ".sh", ".env", ".toml",
         ".ini", ".cfg", ".yaml", ".yml", ".json", ".prisma", ".graphql", ".conf")  # fmt: skip
MIGRATIONS = re.compile(r"(^|/)(migrations?|versions|alembic|schema)/|\.lock$|(^|/)(package-lock|poetry|uv)\b")


def mentions(side: Side, table: str) -> Iterator[Place]:
    """The places, outside of migrations and tests, that name a table in quotes or in SQL. Reads the whole tree: ask only with a reason."""
    plain = table.rsplit(".", 1)[-1]
    name = re.escape(plain.encode())
    pattern = re.compile(
        rb"(?i)\b(?:from|into|update|join|table)\s+[\"'`\[]?(?:\w+[\"'`\]]?\.[\"'`\[]?)?"
        + name
        + rb"\b|[\"'`]"
        + name
        + rb"[\"'`]"
        # Flask-Session keeps a model of its own, for the table of this name.
        + (rb"|SESSION_TYPE\W+sqlalchemy" if plain == "sessions" else b"")
    )
    paths = [path for path in side.files.paths() if path.endswith(CODE) and not MIGRATIONS.search(path) and in_production(path)]
    for path, data in side.files.read(paths):
        if found := pattern.search(data):
            line = data.count(b"\n", 0, found.start()) + 1
            yield Place(path, line, 1, line, 1)
