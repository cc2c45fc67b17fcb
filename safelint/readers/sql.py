"""Files of SQL statements: migrations, and scripts that somebody runs by hand."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood, migrations
from safelint.facts.migrations import Dialect, Direction
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._sql import read_sql
from safelint.readers._sql_templates import directions, filled

YIELDS: tuple[type[Fact], ...] = (NotUnderstood, *migrations.STATEMENTS)
TRIGGERS = (b"table", b"delete", b"update", b"truncate", b"revoke", b"grant", b"drop", b"index", b"merge", b"schema", b"reassign", b"cluster", b"vacuum",
            b"trigger", b"policy", b"rule", b"execute", b"exec", b"optimize", b"call ", b"select", b"rename", b"lock")  # fmt: skip

NAMES = r"(?i:\.(sql|psql|pgsql|ddl|mysql)(\.(j2|jinja2?|tmpl|tpl|erb|mako|in|sqlite3?|mysql|postgres(ql)?|pg|up|down|undo))*$)"
_DOWN = re.compile(
    r"(^|[/._-])(down|downgrade|undo|rollback|revert)([._-][^/]*)?$"
    r"|(^|/)(down|undo|rollbacks?|reverts?|downgrades?)/[^/]*$|(^|/)U\d[\d._]*__[^/]*$",
    re.IGNORECASE,
)
_DIALECTS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    ("cockroachdb", re.compile(r"(^|[/._-])(cockroach(db)?|crdb)([/._-]|$)", re.IGNORECASE)),
    ("postgresql", re.compile(r"(^|[/._-])(postgres(ql)?|pg|pgsql|psql|plpgsql|supabase)([/._-]|$)", re.IGNORECASE)),
    ("mysql", re.compile(r"(^|[/._-])(mysql|mariadb)([/._-]|$)", re.IGNORECASE)),
    ("sqlite", re.compile(r"(^|[/._-])(sqlite3?|d1|libsql)([/._-]|$)", re.IGNORECASE)),
    ("mssql", re.compile(r"(^|[/._-])(mssql|sqlserver)([/._-]|$)", re.IGNORECASE)),
    ("oracle", re.compile(r"(^|[/._-])(oracle|plsql)([/._-]|$)", re.IGNORECASE)),
)
# Files of named queries: the program runs them when it wants, a deploy does not.
_QUERIES = re.compile(r"^[ \t]*--[ \t]*(name:[ \t]*\w+([ \t]+:(one|many|exec\w*|batch\w*|copyfrom))?|:name[ \t]+\S+)", re.IGNORECASE | re.MULTILINE)
_NO_TRANSACTION = re.compile(
    r"^[ \t]*--[-+ \t]*(goose[ \t]+no transaction|no-transaction|.*transaction:[ \t]*false|.*txmode[ \t]+none|.*notransaction)", re.IGNORECASE | re.MULTILINE
)
_RUN_IN_ONE = re.compile(r"^[ \t]*--[ \t]*(\+goose|migrate:)[ \t]*up\b", re.IGNORECASE | re.MULTILINE)


# What a backup tool writes: it drops what it is about to bring back.
_DUMP = re.compile(r"\A(?:--[^\n]*\n|/\*[^\n]*\n|\s)*?--[ \t]*(MySQL|MariaDB|PostgreSQL database|SQLite) dump\b", re.IGNORECASE)


def read(source: Source) -> Iterator[Fact]:
    """The statements of a file."""
    if _QUERIES.search(source.text) or _DUMP.match(source.text[:2000]):
        return
    template = filled(source.text)
    starts = [0, *(found.end() for found in re.finditer("\n", source.text))]
    stem = re.sub(r"(\.(sql|psql|pgsql|ddl|j2|jinja2?|tmpl|tpl|erb|mako|in))+$", "", source.path, flags=re.IGNORECASE)
    by_name: Direction = "downgrade" if _DOWN.search(stem) else "upgrade"
    dialect = next((name for name, pattern in _DIALECTS if pattern.search(source.path)), None)
    transactional = False if _NO_TRANSACTION.search(source.text) else True if _RUN_IN_ONE.search(source.text) else None
    position = {"upgrade": 0, "downgrade": 0}
    for begin, end, direction in directions(template.text, by_name):

        def place_of(start: int, stop: int, begin: int = begin) -> Place:
            first = bisect.bisect_right(starts, start + begin)
            last = bisect.bisect_right(starts, max(stop + begin - 1, start + begin))
            return Place(source.path, first, start + begin - starts[first - 1] + 1, last, stop + begin - starts[last - 1] + 1)

        def sometimes(offset: int, begin: int = begin) -> bool:
            return template.is_conditional(offset + begin)

        for fact in read_sql(
            template.text[begin:end],
            place_of,
            direction=direction,
            dialect=dialect,
            first=position[direction],
            conditional=sometimes,
            transactional=transactional,
        ):
            if isinstance(fact, migrations.Statement):
                position[direction] = fact.position + 1
            yield fact
