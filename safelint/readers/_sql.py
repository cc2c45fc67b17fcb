"""SQL text to facts, one statement at a time: what the reader of .sql files and the readers of SQL inside of Python share.

The tokens are our own, and so are the small readers of statements: a dialect need not be known, one statement that is not
understood costs only itself, and nothing has to be imported. Text with holes (`HOLE`) is read around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.migrations import Dialect, Direction, Origin
from safelint.places import Place
from safelint.readers import _sql_alter, _sql_create, _sql_other, _sql_rows
from safelint.readers._sql_cursor import Context, Cursor, Lost
from safelint.readers._sql_names import HOLE
from safelint.readers._sql_tokens import Token, dialect_of, statements_of, tokens_of

__all__ = ["HOLE", "read_sql"]

_READERS: dict[str, Callable[[Cursor], Iterator[Fact]]] = {
    "create": _sql_create.create,
    "drop": _sql_create.drop,
    "alter": _sql_alter.alter,
    "truncate": _sql_rows.truncate,
    "delete": _sql_rows.delete,
    "update": _sql_rows.update,
    "insert": _sql_rows.insert,
    "replace": _sql_rows.insert,
    "merge": _sql_rows.merge,
    "with": _sql_rows.with_,
    "select": _sql_rows.select,
    "grant": _sql_other.privileges,
    "revoke": _sql_other.privileges,
    "rename": _sql_other.rename,
    "lock": _sql_other.lock,
    "cluster": _sql_other.cluster,
    "vacuum": _sql_other.vacuum,
    "reindex": _sql_other.reindex,
    "optimize": _sql_other.optimize,
    "set": _sql_other.parameter,
    "begin": _sql_other.transaction,
    "start": _sql_other.transaction,
    "commit": _sql_other.transaction,
    "end": _sql_other.transaction,
    "rollback": _sql_other.transaction,
}
# Words that name what logins depend on: a statement that was not understood is worth a person's time only if it has one.
_CONCERNS = re.compile(r"sess|token|user|auth|login|account|credential|passw|member|identit|oauth|jwt|remember|mfa|otp|device", re.IGNORECASE)
_CHANGES = ("drop", "truncate", "delete", "alter", "update", "rename", "revoke", "merge", "execute", "exec")


def read_sql(
    text: str,
    place_of: Callable[[int, int], Place],
    *,
    direction: Direction = "upgrade",
    origin: Origin = "sql",
    dialect: Dialect | None = None,
    first: int = 0,
    conditional: bool | Callable[[int], bool] = False,
    transactional: bool | None = None,
) -> Iterator[Fact]:
    """The facts of every statement of a text, in order; what could matter and was not understood as `NotUnderstood`.

    `place_of` gives the place of a stretch of the text (offsets in characters). Parts of the text that are not known
    stand in it as `HOLE`. `first` is the position of the first statement; `conditional` may depend on the offset.
    Never raises for any text.
    """
    dialect = dialect or dialect_of(text)
    sometimes = conditional if callable(conditional) else lambda offset: conditional
    context = Context(place_of, direction, origin, dialect, transactional, sometimes, position=first)
    for statement in statements_of(tokens_of(text, dialect)):
        yield from _statement(Cursor(statement, context, text))


def _statement(cursor: Cursor) -> Iterator[Fact]:
    reader = _READERS.get(cursor.word)
    if reader is None:
        first = cursor.tokens[0]
        if set(first.text) <= {HOLE} and first.kind == "word" and (len(cursor.tokens) == 1 or _concerns(cursor.tokens)):
            yield cursor.not_understood("the statement is put together elsewhere")
        return
    try:
        facts = list(reader(cursor))
    except Lost as lost:
        if _matters(cursor.tokens):
            yield cursor.not_understood(f"SQL that is not known here, {lost}")
        return
    yield from facts
    if any(token.kind == "bad" for token in cursor.tokens) and _matters(cursor.tokens):
        yield NotUnderstood(
            place=facts[0].place if facts else cursor.context.place_of(cursor.tokens[0].start, cursor.tokens[-1].end), what="a quote", why="it does not end"
        )


def _matters(tokens: list[Token]) -> bool:
    return any(token.word in _CHANGES for token in tokens) and _concerns(tokens)


def _concerns(tokens: list[Token]) -> bool:
    return any(token.kind in ("word", "name", "bad", "body") and (_CONCERNS.search(token.text) or HOLE in token.text) for token in tokens)
