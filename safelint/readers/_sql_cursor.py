"""A place in the tokens of a statement, and the small questions that a reader of statements asks there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from safelint.facts import NotUnderstood
from safelint.facts.migrations import Dialect, Direction, Origin, Statement
from safelint.places import Place
from safelint.readers._sql_names import HOLE, identifier, shown, table_name
from safelint.readers._sql_tokens import Token
from safelint.records import dataclass, field

S = TypeVar("S", bound=Statement)

_RESERVED = {"where", "set", "from", "select", "returning", "values", "to"}  # no name, unless it is quoted
_OPENING = {"(": ")", "[": "]"}


class Lost(Exception):
    """A statement goes on in a way that its reader does not know. The message says where."""


@dataclass(slots=True)
class Context:
    """What is the same for every statement of a text."""

    place_of: Callable[[int, int], Place]
    direction: Direction = "upgrade"
    origin: Origin = "sql"
    dialect: Dialect | None = None
    transactional: bool | None = None
    conditional: Callable[[int], bool] = field(default=lambda offset: False)
    position: int = 0
    block: bool = False  # inside of a procedure's block, where SELECT INTO fills a variable
    sometimes: bool = False
    size: int = 0  # of the text: what a literal EXECUTE makes can be longer than what it stands in

    def place(self, tokens: list[Token]) -> Place:
        """Where tokens stand."""
        start = min(tokens[0].start, self.size - 1)
        return self.place_of(start, max(min(tokens[-1].end, self.size), start + 1))


class Cursor:
    """The tokens of one statement, and how far it has been read."""

    def __init__(self, tokens: list[Token], context: Context) -> None:
        self.tokens = tokens
        self.context = context
        self.index = 0

    # ---- looking

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self.index >= len(self.tokens)

    @property
    def word(self) -> str:
        """The word (in lower case) or operator here, "" for anything else."""
        return self.tokens[self.index].word if self.index < len(self.tokens) else ""

    @property
    def token(self) -> Token | None:
        """The token here."""
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def at(self, *words: str) -> bool:
        """Whether these words come next, one after another."""
        return all(self.index + step < len(self.tokens) and self.tokens[self.index + step].word == word for step, word in enumerate(words))

    # ---- going on

    def take(self, *words: str) -> bool:
        """Go past these words if they come next."""
        if self.at(*words):
            self.index += len(words)
            return True
        return False

    def take_any(self, *words: str) -> str:
        """Go past one of these words; "" if none of them is here."""
        if self.word and self.word in words:
            self.index += 1
            return self.tokens[self.index - 1].word
        return ""

    def need(self, *words: str) -> None:
        """Go past these words. Raises Lost."""
        if not self.take(*words):
            raise self.lost()

    def lost(self) -> Lost:
        """The error that says what was met."""
        return Lost(f"at {shown(self.token.text)[:40]!r}" if self.token else "it ends early")

    def if_exists(self) -> bool:
        """IF EXISTS."""
        return self.take("if", "exists")

    def if_not_exists(self) -> bool:
        """IF NOT EXISTS."""
        return self.take("if", "not", "exists")

    def parts(self) -> list[str]:
        """The dotted parts of a name as written. Raises Lost."""
        parts = [self._part()]
        while self.take("."):
            if self.word == ".":  # server..table
                continue
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        token = self.token
        if token is None or token.kind not in ("word", "name", "param", "string") or token.word in _RESERVED:
            raise self.lost()
        self.index += 1
        if token.kind == "param":
            return HOLE
        return f'"{token.text[1:-1]}"' if token.kind == "string" else token.text

    def name(self) -> str:
        """One name (the last part of a dotted one). Raises Lost."""
        return identifier(self.parts()[-1])

    def table(self) -> str:
        """The name of a table. Raises Lost."""
        self.take("only")
        name = table_name(*self.parts())
        self.take("*")
        return name

    def group(self) -> list[Token]:
        """The tokens between the parentheses that open here. Raises Lost."""
        if self.word != "(":
            raise self.lost()
        start = self.index + 1
        self.skip()
        return self.tokens[start : self.index - 1]

    def skip(self) -> None:
        """Go past one token, or past a whole group that opens here."""
        depth = 0
        while self.index < len(self.tokens):
            word = self.tokens[self.index].word
            self.index += 1
            if word in _OPENING:
                depth += 1
            elif word in (")", "]"):
                depth -= 1
            if depth <= 0:
                return

    def until(self, *words: str) -> list[Token]:
        """The tokens up to the first of these words outside of parentheses."""
        start = self.index
        while not self.done and self.word not in words:
            self.skip()
        return self.tokens[start : self.index]

    def inside(self, tokens: list[Token]) -> Cursor:
        """A cursor over a part."""
        return Cursor(tokens, self.context)

    # ---- telling

    def fact(self, kind: type[S], table: str, statement: str, tokens: list[Token] | None = None, /, **fields: Any) -> S:
        """A fact of this statement (or of the part `tokens` of it)."""
        where = tokens or self.tokens
        context = self.context
        context.position += 1
        return kind(
            place=context.place(where),
            table=table,
            statement=statement,
            direction=context.direction,
            origin=context.origin,
            dialect=context.dialect,
            conditional=context.sometimes or context.conditional(where[0].start),
            position=context.position - 1,
            transactional=context.transactional,
            **fields,
        )

    def not_understood(self, why: str) -> NotUnderstood:
        """This statement as one that was not understood."""
        return NotUnderstood(place=self.context.place(self.tokens), what=clipped(written(self.tokens)), why=why, direction=self.context.direction)


_SPACED_BEFORE_GROUP = {"and", "or", "not", "in", "any", "all", "some", "exists", "values", "as", "on", "using", "where", "select", "from",
                        "then", "when", "else", "between", "like", "union", "returning", "set", "check", "over", "filter", "="}  # fmt: skip
_TIGHT = {".", "::", "->", "->>", "[", "]"}


def written(tokens: list[Token]) -> str:
    """Tokens as one line, the same however they were spaced and whatever the case of their words; holes as `{}`."""
    pieces: list[str] = []
    previous: Token | None = None
    for token in tokens:
        tight = (
            previous is None
            or token.text in (",", ";", ")")
            or previous.text == "("
            or token.word in _TIGHT
            or previous.word in _TIGHT
            or (token.text == "(" and (previous.kind == "word" and previous.word not in _SPACED_BEFORE_GROUP))
        )
        text = token.word or token.text
        pieces.append(text if tight else f" {text}")
        previous = token
    return shown(" ".join("".join(pieces).split()))


def clipped(text: str, size: int = 80) -> str:
    """The first characters of a text."""
    return text if len(text) <= size else text[: size - 1] + "…"


def split(tokens: list[Token], separator: str = ",") -> list[list[Token]]:
    """Parts between separators that stand outside of parentheses; empty ones are left out."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.word in _OPENING:
            depth += 1
        elif token.word in (")", "]"):
            depth -= 1
        if token.word == separator and depth <= 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
