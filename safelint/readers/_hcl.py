"""HCL, the language of Terraform: blocks, attributes and expressions with places. Nothing is evaluated.

Written here and not left to python-hcl2, of whose answers nothing has a line, to which one unknown token is the end of the
whole file, and whose first parse takes a second. What an expression is worth is told as far as text can: literals, lists,
maps, calls and references; of anything with an operator in it only that it is there.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import Literal

from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.records import dataclass, field
from safelint.values import Called, Known, Listing, Mapping, Reference, Template, Unknown, Value

DEEPEST = 60
"""Levels of nesting. Nothing that a person wrote is deeper."""

Kind = Literal["scalar", "list", "map", "call", "reference", "other"]

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v\ufeff\u00a0]+)|(?P<newline>\n)|(?P<comment>(?:\#|//)[^\n]*|/\*(?s:.*?)(?:\*/|\Z))|(?P<heredoc><<-?[^\W\d][\w-]*[ \t]*(?=\n))"
    r'|(?P<quote>")|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d][\w-]*)|(?P<sign>=>|==|!=|<=|>=|&&|\|\||\.\.\.|::|(?s:.))'
)
_LITERAL = re.compile(r'[^"\\$%\n]+|\\(?s:.)|\$\$\{|%%\{|(?P<opens>[$%]\{)|[$%]|(?P<ends>["\n])')
_WITHIN = re.compile(r'[^"{}]+|["{}]')
_QUOTED = re.compile(r'(?:[^"\\$%]|\\(?s:.)|\$\$\{|%%\{|[$%](?!\{))+|["$%]\{?')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_PATH = re.compile(r"\s*[^\W\d][\w-]*(?:\s*\.\s*[\w*-]+|\[\s*(?:\d+|\*|\"[^\"\\$%]*\"|[^\W\d][\w.-]*)\s*\])*\s*")
_CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True, eq=False)
class Expression:
    """What stands behind an equals sign. `kind` says which of `value`, `items` (also a call's arguments) and `pairs` counts."""

    kind: Kind
    place: Place
    scalar: Value = field(default=Known(None))
    name: str = ""
    items: list[Expression] = field(default_factory=list)
    pairs: list[tuple[Expression, Expression]] = field(default_factory=list)
    first_line: int = 0
    """The line of the first line of a text; of a here-document the one below its mark."""

    def get(self, key: str) -> Expression | None:
        """The value of a map's key; the last where it is repeated."""
        found = [value for name, value in self.pairs if name.scalar == Known(key)]
        return found[-1] if found else None

    @property
    def value(self) -> Value:
        """The whole of it as a value."""
        match self.kind:
            case "list":
                return Listing(tuple(each.value for each in self.items))
            case "map":
                return Mapping(tuple((key.value, value.value) for key, value in self.pairs))
            case "call":
                return Called(self.name, tuple(each.value for each in self.items))
            case _:
                return self.scalar


@dataclass(slots=True, eq=False)
class Attribute:
    """`name = expression`. Its place begins with the name."""

    name: str
    place: Place
    expression: Expression


@dataclass(slots=True, eq=False)
class Block:
    """`kind "label" "label" { ... }`. Its place is that of its first line; a file is a block without kind and labels."""

    kind: str
    labels: tuple[str, ...]
    place: Place
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name; the last where it is repeated."""
        found = [each for each in self.attributes if each.name == name]
        return found[-1] if found else None

    def get(self, name: str) -> Expression | None:
        """What the attribute of this name is."""
        found = self.attribute(name)
        return found.expression if found else None

    def within(self, *kinds: str) -> Iterator[Block]:
        """The blocks of these kinds directly in this one."""
        yield from (each for each in self.blocks if each.kind in kinds)

    def walk(self) -> Iterator[Block]:
        """This block and every one in it."""
        queue = [self]
        while queue:
            block = queue.pop()
            yield block
            queue.extend(reversed(block.blocks))


@dataclass(slots=True, eq=False)
class Parsed:
    """A file. `problems` are the lines that are no HCL, with the reason; everything around them was read."""

    body: Block
    problems: list[tuple[Place, str]]


def parse(source: Source) -> Parsed:
    """The blocks and attributes of a file. Raises Unreadable for one that is nested deeper than anything that a person wrote."""
    return _Parser(source).file()


@dataclass(slots=True, eq=False)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    scalar: Value | None = None


class _Parser:
    def __init__(self, source: Source) -> None:
        self.path, self.text = source.path, source.text
        self.starts = [0, *(found.end() for found in re.finditer("\n", source.text))]
        self.problems: list[tuple[Place, str]] = []
        self.tokens = list(self._tokens())
        self.at = 0
        self.depth = 0

    def file(self) -> Parsed:
        body = Block("", (), self._place(0, 0))
        while self._peek().kind != "end":
            self._body(body)
            if self._peek().text == "}":
                self._problem(self._next(), "a bracket that closes nothing")
        return Parsed(body, self.problems)

    # ---- places and tokens

    def _place(self, start: int, end: int) -> Place:
        line, last = bisect.bisect_right(self.starts, start), bisect.bisect_right(self.starts, end)
        return Place(self.path, line, start - self.starts[line - 1] + 1, last, end - self.starts[last - 1] + 1)

    def _problem(self, token: _Token, why: str) -> None:
        self.problems.append((self._place(token.start, token.end), why))

    def _tokens(self) -> Iterator[_Token]:
        text, at = self.text, 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise AssertionError("every character is a token")
            kind, start, at = found.lastgroup, at, found.end()
            if kind == "quote":
                scalar, at = self._string(at)
                yield _Token("string", "", start, at, scalar)
            elif kind == "heredoc":
                scalar, at = self._heredoc(found[0], at + 1)
                yield _Token("heredoc", "", start, at, scalar)
            elif kind not in ("space", "comment"):
                yield _Token(kind, found[0], start, at)
        yield _Token("end", "", len(text), len(text))

    def _string(self, at: int) -> tuple[Value, int]:
        """(the value, where it ends) of the text behind a quote."""
        parts: list[Value] = []
        letters: list[str] = []
        start = at
        while at < len(self.text):
            found = _LITERAL.match(self.text, at)
            if found is None:
                break  # a backslash at the very end
            if found["ends"]:
                if found["ends"] == '"':
                    return _joined(parts, letters), found.end()
                break
            at = found.end()
            if found["opens"]:
                end = self._interpolated(at)
                _take(parts, letters)
                parts.append(_filled_in(self.text[at : end - 1]) if found["opens"] == "${" else Unknown("a template's directive"))
                at = end
            else:
                letters.append(_unescaped(found[0]))
        self.problems.append((self._place(start, at), "a text that does not end"))
        return _joined(parts, letters), at

    def _interpolated(self, at: int) -> int:
        """Where the part behind `${` ends, texts within it and parts within those included."""
        stack = ["{"]
        while at < len(self.text) and stack:
            found = (_WITHIN if stack[-1] == "{" else _QUOTED).match(self.text, at)
            if found is None:
                return len(self.text)
            at = found.end()
            if found[0] in ("{", "${", "%{"):
                stack.append("{")
            elif found[0] == "}" and stack[-1] == "{":
                stack.pop()
            elif found[0] == '"':
                if stack[-1] == '"':
                    stack.pop()
                else:
                    stack.append('"')
        return at

    def _heredoc(self, mark: str, at: int) -> tuple[Value, int]:
        word = mark.strip("<- \t")
        lines: list[str] = []
        start = at
        while at <= len(self.text):
            end = self.text.find("\n", at)
            end = len(self.text) if end < 0 else end
            line = self.text[at:end]
            if line.strip() == word:
                break
            lines.append(line)
            at = end + 1
        else:
            self.problems.append((self._place(min(start, len(self.text)), len(self.text)), f"no line {word} ends this text"))
            end = len(self.text)
        if mark.startswith("<<-"):
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            lines = [line[indent:] for line in lines]
        return _template("".join(f"{line}\n" for line in lines)), end

    # ---- grammar

    def _peek(self, newlines: bool = True) -> _Token:
        while not newlines and self.tokens[self.at].kind == "newline":
            self.at += 1
        return self.tokens[self.at]

    def _next(self, newlines: bool = True) -> _Token:
        token = self._peek(newlines)
        if token.kind != "end":
            self.at += 1
        return token

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"nested deeper than {DEEPEST} levels", self._place(self.tokens[self.at].start, self.tokens[self.at].end).line)

    def _body(self, block: Block) -> None:
        """Everything up to the bracket that closes a block, which is left."""
        self._deeper()
        while (token := self._peek(newlines=False)).kind != "end" and token.text != "}":
            self._next()
            if token.kind == "name" and self._peek().text == "=":
                self._next()
                expression = self._expression(newlines=True)
                end = self.tokens[self.at - 1].end
                block.attributes.append(Attribute(token.text, self._place(token.start, end), expression))
            elif token.kind != "name" or not self._block(block, token):
                self._problem(token, "neither an attribute nor a block")
                self._skip(newlines=True)
            if self._peek().text == ",":
                self._next()
        self.depth -= 1

    def _block(self, outer: Block, token: _Token) -> bool:
        labels: list[str] = []
        while (each := self._peek()).kind in ("string", "name"):
            labels.append(each.text if each.kind == "name" else str(each.scalar.value) if isinstance(each.scalar, Known) else "")
            self._next()
        if self._peek().text != "{":
            return False
        opened = self._next()
        block = Block(token.text, tuple(labels), self._place(token.start, opened.end))
        outer.blocks.append(block)
        self._body(block)
        if self._next().kind == "end":
            self._problem(opened, "a bracket that nothing closes")
        return True

    def _expression(self, newlines: bool) -> Expression:
        """One expression. `newlines` says whether the end of the line ends it."""
        self._deeper()
        first = self._peek(newlines)
        found = self._primary(newlines)
        if not self._is_over(newlines):
            self._skip(newlines)
            found = self._other(first)
        self.depth -= 1
        return found

    def _other(self, first: _Token) -> Expression:
        return Expression("other", self._place(first.start, max(first.start, self.tokens[self.at - 1].end)), Unknown("an expression"))

    def _is_over(self, newlines: bool) -> bool:
        token = self._peek(newlines)
        return token.kind in ("end", "newline") or token.text in (",", ")", "]", "}", "=", "=>", ":")

    def _skip(self, newlines: bool) -> None:
        """To the end of an expression: whatever stands in brackets goes with it."""
        open_: list[str] = []
        while (token := self._peek(newlines)).kind != "end":
            if not open_ and (token.kind == "newline" or token.text in (",", ")", "]", "}")):
                return
            if token.text in _CLOSES:
                open_.append(_CLOSES[token.text])
            elif open_ and token.text == open_[-1]:
                open_.pop()
            self._next()

    def _primary(self, newlines: bool) -> Expression:
        token = self._peek(newlines)
        if token.kind == "end" or token.kind == "newline" or token.text in (",", ")", "]", "}"):
            return Expression("other", self._place(token.start, token.start), Unknown("nothing"))
        self._next(newlines)
        place = self._place(token.start, token.end)
        if token.scalar is not None:
            return Expression("scalar", place, token.scalar, first_line=place.line + (token.kind == "heredoc"))
        if token.kind == "number":
            return Expression("scalar", place, _number(token.text), first_line=place.line)
        if token.text == "-" and self._peek(newlines).kind == "number":
            number = self._next(newlines)
            return Expression("scalar", self._place(token.start, number.end), _number(f"-{number.text}"), first_line=place.line)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inner = self._expression(newlines=False)
            self._close(token, ")")
            return inner
        if token.text == "[":
            return self._listed(token)
        if token.text == "{":
            return self._mapped(token)
        return Expression("other", place, Unknown("an expression"))

    def _named(self, token: _Token) -> Expression:
        place = self._place(token.start, token.end)
        if token.text in ("true", "false", "null"):
            return Expression("scalar", place, Known({"true": True, "false": False}.get(token.text)), first_line=place.line)
        name = token.text
        while self._peek().text == "::":
            self._next()
            name += f"::{self._next().text}"
        if self._peek().text == "(":
            opened = self._next()
            items = self._items(")")
            end = self._close(opened, ")")
            return Expression("call", self._place(token.start, end), name=name, items=items)
        end = token.end
        while self._peek().text in (".", "["):
            opened = self._next()
            if opened.text == "[":
                self._skip_to("]")
                end = self._close(opened, "]")
            else:
                end = self._next().end
        written = self.text[token.start : end]
        value: Value = Reference(re.sub(r"\s", "", written)) if _PATH.fullmatch(written) else Unknown("an expression")
        return Expression("reference", self._place(token.start, end), value)

    def _skip_to(self, closing: str) -> None:
        while self._peek(newlines=False).kind != "end" and self._peek(newlines=False).text != closing:
            self._skip(newlines=False)
            if self._peek().text in (",", ")", "]", "}") and self._peek().text != closing:
                self._next()

    def _close(self, opened: _Token, closing: str) -> int:
        """Where the bracket that closes ends; it is taken, and its absence noted."""
        token = self._peek(newlines=False)
        if token.text == closing and token.kind == "sign":
            return self._next().end
        self._problem(opened, "a bracket that nothing closes")
        return opened.end

    def _items(self, closing: str) -> list[Expression]:
        found: list[Expression] = []
        while (token := self._peek(newlines=False)).kind != "end" and token.text != closing:
            before = self.at
            found.append(self._expression(newlines=False))
            if self._peek(newlines=False).text in (",", "=", "=>", ":") or self.at == before:
                self._next()
        return found

    def _listed(self, opened: _Token) -> Expression:
        if self._peek(newlines=False).text == "for":
            self._skip_to("]")
            self._close(opened, "]")
            return self._other(opened)
        items = self._items("]")
        return Expression("list", self._place(opened.start, self._close(opened, "]")), items=items)

    def _mapped(self, opened: _Token) -> Expression:
        if self._peek(newlines=False).text == "for":
            self._skip_to("}")
            self._close(opened, "}")
            return self._other(opened)
        pairs: list[tuple[Expression, Expression]] = []
        while (token := self._peek(newlines=False)).kind != "end" and token.text != "}":
            before = self.at
            key = self._expression(newlines=True)
            if key.kind == "reference" and isinstance(key.scalar, Reference):
                # A bare word is a key's own name.
                key = Expression("scalar", key.place, Known(key.scalar.name))
            if self._peek().text in ("=", ":"):
                self._next()
                pairs.append((key, self._expression(newlines=True)))
            if self._peek().text == "," or self.at == before:
                self._next()
        return Expression("map", self._place(opened.start, self._close(opened, "}")), pairs=pairs)


def _number(text: str) -> Value:
    try:
        return Known(int(text))
    except ValueError:
        pass
    value = float(text)
    return Known(int(value) if value.is_integer() and abs(value) < 1e18 else value)


def _unescaped(found: str) -> str:
    if found.startswith("\\"):
        return _ESCAPES.get(found[1], found)
    return found[1:] if found in ("$${", "%%{") else found


def _take(parts: list[Value], letters: list[str]) -> None:
    if letters:
        parts.append(Known("".join(letters)))
        letters.clear()


def _joined(parts: list[Value], letters: list[str]) -> Value:
    _take(parts, letters)
    if not parts:
        return Known("")
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _filled_in(text: str) -> Value:
    text = text.strip(" ~\t\n")
    return Reference(re.sub(r"\s", "", text)) if _PATH.fullmatch(text) and text not in ("true", "false", "null") else Unknown("an expression")


_IN_HEREDOC = re.compile(r"\$\$\{|%%\{|[$%]\{[^{}\n]*\}|[^$%]+|[$%]")


def _template(text: str) -> Value:
    """A here-document with what is filled in; no escapes, and parts with brackets of their own are not looked into."""
    parts: list[Value] = []
    letters: list[str] = []
    for found in _IN_HEREDOC.finditer(text):
        if found[0].endswith("}"):
            _take(parts, letters)
            parts.append(_filled_in(found[0][2:-1]) if found[0].startswith("$") else Unknown("a template's directive"))
        else:
            letters.append(_unescaped(found[0]) if found[0] in ("$${", "%%{") else found[0])
    return _joined(parts, letters)
