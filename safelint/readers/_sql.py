"""SQL text to facts, one statement at a time: what the reader of .sql files and the readers of SQL inside of Python share.

The tokens are our own, and so are the small readers of statements: a dialect need not be known, one statement that is not
understood costs only itself, and nothing has to be imported. Text with holes (`HOLE`) is read around them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.migrations import (
    Dialect,
    Direction,
    Origin,
    RowsDeleted,
    RowsDeletedLater,
    RowsUpdated,
    RuleCreated,
    TableDropped,
    TableRenamed,
    TableTruncated,
    TriggerCreated,
    WritesDiscarded,
)
from safelint.places import Place
from safelint.readers import _sql_alter, _sql_create, _sql_other, _sql_rows
from safelint.readers._sql_bodies import answers_nothing, body_of, content_of, in_block, inline_body, is_block, openings, run_text, separated
from safelint.readers._sql_cursor import Context, Cursor, Lost, split
from safelint.readers._sql_names import HOLE, identifier
from safelint.readers._sql_tokens import Token, dialect_of, statements_of, tokens_of
from safelint.table_names import by_name

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
    "exec": _sql_other.sp_rename,
    "execute": _sql_other.sp_rename,
    "lock": _sql_other.lock,
    "cluster": _sql_other.cluster,
    "vacuum": _sql_other.vacuum,
    "reindex": _sql_other.reindex,
    "optimize": _sql_other.optimize,
    "pragma": _sql_other.pragma,
    "explain": _sql_rows.explain,
    "copy": _sql_rows.copy,
    "set": _sql_other.parameter,
    "begin": _sql_other.transaction,
    "start": _sql_other.transaction,
    "commit": _sql_other.transaction,
    "end": _sql_other.transaction,
    "rollback": _sql_other.transaction,
}
_CHANGES = frozenset({"drop", "truncate", "delete", "alter", "update", "rename", "revoke", "merge", "execute", "exec"})
_LOSING = (TableDropped, TableTruncated, TableRenamed)
_DEEPEST = 8  # texts within texts


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
    reading = _Reading(Context(place_of, direction, origin, dialect, transactional, sometimes, position=first, size=len(text)))
    yield from reading.of_text(text, 0, 0)


class _Reading:
    """One text being read: what its functions and variables hold, for the statements that run them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.bodies: dict[str, list[Token]] = {}
        self.variables: dict[str, list[Token]] = {}

    def of_text(self, text: str, offset: int, depth: int) -> Iterator[Fact]:
        """The statements of a text that begins at `offset` of the whole one."""
        tokens = (token._replace(start=token.start + offset, end=token.end + offset) for token in tokens_of(text, self.context.dialect))
        yield from self.of_statements(list(statements_of(tokens)), depth)

    def of_statements(self, statements: list[list[Token]], depth: int) -> Iterator[Fact]:
        """Statements one after another: those of a file, or those of a block, where conditions stand around some."""
        opened = 0
        for whole in statements:
            for statement in separated(whole) if self.context.dialect == "mssql" else (whole,):
                opened += openings(statement)
                tokens, sometimes = in_block(statement) if depth or is_block(statement) else (statement, False)
                if tokens:
                    before, outer = self.context.block, self.context.sometimes
                    self.context.block, self.context.sometimes = depth > 0, outer or sometimes or opened > 0
                    yield from self._statement(Cursor(tokens, self.context), depth)
                    self.context.block, self.context.sometimes = before, outer

    def _statement(self, cursor: Cursor, depth: int) -> Iterator[Fact]:
        try:
            facts = list(self._read(cursor, depth))
        except Lost as lost:
            if _matters(cursor.tokens):
                yield cursor.not_understood(f"SQL that is not known here, {lost}")
            return
        yield from facts
        if any(isinstance(fact, NotUnderstood) for fact in facts):
            return  # said by a text within this one
        changes = [fact for fact in facts if isinstance(fact, RowsDeleted | RowsUpdated) and fact.rows == "unknown" and fact.origin == "sql"]
        if any(by_name(fact.table) is not None for fact in changes):
            yield cursor.not_understood("which rows it takes is put together elsewhere")
        if any(isinstance(fact, _LOSING) and fact.origin == "sql" and fact.table and set(fact.table) <= set("{}") for fact in facts):
            yield cursor.not_understood("which table it takes is put together elsewhere")
        if any(token.kind == "bad" for token in cursor.tokens) and _matters(cursor.tokens):
            yield cursor.not_understood("a quote does not end")

    def _read(self, cursor: Cursor, depth: int) -> Iterator[Fact]:
        word = cursor.word
        if depth < _DEEPEST and (texts := self._texts(cursor)) is not None:
            for text, offset in texts:
                yield from self.of_text(text, offset, depth + 1)
        elif depth < _DEEPEST and (body := self._called(cursor)) is not None:
            yield from self._body(body, depth)
        elif word in _READERS:
            facts = list(_READERS[word](cursor))
            yield from facts
            if depth < _DEEPEST and word in ("create", "select"):
                yield from self._later(cursor, facts, depth)
        elif set(cursor.tokens[0].text) <= {HOLE} and cursor.tokens[0].kind == "word" and (len(cursor.tokens) == 1 or _concerns(cursor.tokens)):
            yield cursor.not_understood("the statement is put together elsewhere")

    def _later(self, cursor: Cursor, facts: list[Fact], depth: int) -> Iterator[Fact]:
        """What a rule, a trigger or a schedule does when its time comes."""
        tokens = cursor.tokens
        when, body = "", None
        made = next((fact for fact in facts if isinstance(fact, TriggerCreated | RuleCreated)), None)
        if isinstance(made, TriggerCreated):
            when = f"{' or '.join(made.events).upper()} on {made.table}"
            body = self.bodies.get(made.function.lower()) or inline_body(tokens)
            if body is not None and made.timing == "before" and "insert" in made.events and answers_nothing(body):
                yield cursor.fact(WritesDiscarded, made.table, made.statement, event="insert")
        elif isinstance(made, RuleCreated):
            when = f"{made.event.upper()} on {made.table}"
            at = next((index for index, token in enumerate(tokens) if token.word == "do"), len(tokens))
            body = [token for token in tokens[at + 1 :] if token.word not in ("also", "instead", "(", ")") or at < 0]
        elif any(token.word == "event" for token in tokens[:6]) and tokens[0].word == "create":
            when = "every run of the event"
            at = next((index for index, token in enumerate(tokens) if token.word == "do"), len(tokens))
            body = tokens[at + 1 :]
        elif [token.word for token in tokens[1:4]] == ["cron", ".", "schedule"]:
            when = "every run of the job"
            body = [token for token in tokens if token.kind in ("string", "body")][-1:]
        if not body:
            return
        position = cursor.context.position
        inner = [fact for fact in self._body(body, depth) if isinstance(fact, RowsDeleted | RowsUpdated | TableTruncated)]
        cursor.context.position = position
        for fact in inner:
            if isinstance(fact, TableTruncated) or (isinstance(fact, RowsDeleted) and fact.rows in ("all", "live") and not (fact.limited or fact.matched)):
                yield cursor.fact(RowsDeletedLater, fact.table, fact.statement, when=when)

    # ---- texts that are run

    def _texts(self, cursor: Cursor) -> list[tuple[str, int]] | None:
        """The texts that a statement runs, each with its offset; None for a statement that runs none."""
        tokens, word = cursor.tokens, cursor.word
        if word == "do":
            return [content_of(token) for token in tokens if token.kind in ("body", "string")][:1]
        if word in ("execute", "exec") and not any(token.word in ("sp_rename", "procedure", "function") for token in tokens[:3]):
            return self._run(cursor, tokens[1:])
        if word == "prepare" and (at := next((index for index, token in enumerate(tokens) if token.word == "from"), None)) is not None:
            return self._run(cursor, tokens[at + 1 :])
        if word in ("set", "declare", "select") and len(tokens) > 3 and tokens[1].text.startswith("@") and any(token.kind == "string" for token in tokens):
            self.variables[tokens[1].word] = tokens[2:]
        return None

    def _run(self, cursor: Cursor, tokens: list[Token]) -> list[tuple[str, int]] | None:
        """What EXECUTE runs: a literal, literals with something unknown between them, or one of the literals of a variable."""
        variable = next((token.word for token in tokens[:2] if token.word in self.variables), "")
        if variable:
            return [content_of(token) for token in self.variables[variable] if token.kind == "string"]
        return run_text(tokens)

    def _called(self, cursor: Cursor) -> list[Token] | None:
        """The body of a function of this text that a statement calls; a body that is only defined is remembered."""
        tokens, word = cursor.tokens, cursor.word
        if word == "create":
            if (found := body_of(tokens)) is not None:
                self.bodies[found[0]] = found[1]
            return None
        if word == "prepare" and len(tokens) > 3 and tokens[1].kind in ("word", "name"):
            begin = next((index for index, token in enumerate(tokens) if token.word == "as"), None)
            if begin is not None:
                self.bodies[identifier(tokens[1].text).lower()] = tokens[begin + 1 :]
            return None
        if word in ("call", "perform", "exec", "execute") and len(tokens) > 1 and tokens[1].kind in ("word", "name"):
            parts = cursor.inside(tokens[1:]).parts()
            return self.bodies.get(parts[-1].strip('"`[]').lower())
        if word in ("select", "with", "insert", "values") and self.bodies:
            # SELECT f(), SELECT * FROM f()
            for token, after in itertools.pairwise(tokens):
                if after.word == "(" and (body := self.bodies.get(identifier(token.text).lower())) is not None:
                    return body
        return None

    def _body(self, body: list[Token], depth: int) -> Iterator[Fact]:
        if len(body) == 1 and body[0].kind in ("body", "string"):
            yield from self.of_text(*content_of(body[0]), depth + 1)
        else:
            yield from self.of_statements(split(body, ";"), depth + 1)


def _matters(tokens: list[Token]) -> bool:
    return any(token.word in _CHANGES for token in tokens) and _concerns(tokens)


def _concerns(tokens: list[Token]) -> bool:
    """Whether a statement that was not understood is worth a person's time: it names what logins depend on, or a name is not known."""
    for token in tokens:
        if token.kind in ("word", "name") and ((HOLE in token.text and set(token.text) <= {HOLE}) or by_name(identifier(token.text)) is not None):
            return True
        if token.kind in ("body", "bad") and any(by_name(word) is not None for word in set(re.findall(r"\w{4,}", token.text.lower())[:500])):
            return True
    return False
