"""SQL text to tokens, and tokens to statements. No dialect is needed for it: what only one of them has is told by its form.

Nothing is lost and nothing raises: a quote that never ends becomes one token of kind `bad` that takes the rest of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from safelint.facts.migrations import Dialect
from safelint.readers._sql_names import HOLE


class Token(NamedTuple):
    """`kind`: word, name (a quoted one), string, body (dollar-quoted), number, param, op, end (of a statement) or bad.

    `word` is the text in lower case for a word, the text itself for an operator, and "" for everything else.
    """

    kind: str
    text: str
    start: int
    end: int
    word: str


_TOKEN = re.compile(
    rf"""
      (?P<blank>\s+)
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<string>(?:[eEnNbBxX]|[uU]&)?')
    | (?P<name>"(?:[^"]++|"")*+"|`(?:[^`]++|``)*+`)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w{HOLE}]))
    | (?P<param>:'\w+'|:"\w+"|(?<![:\w]):[A-Za-z_]\w*|\$\d+|\?|%s|%\(\w+\)s)
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<word>(?:[^\W]|[{HOLE}@]|\#__|\#(?=[A-Za-z]))(?:[\w$@{HOLE}])*+)
    | (?P<op>::|:=|<=>|<=|>=|<>|!=|\|\||->>|->|=>|@>|<@|&&|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_STRING = re.compile(r"(?:[^'\\]++|''|\\'(?=\w)|\\)*+'")  # 'it\'s': after the end of a string no letter can follow
_ESCAPED_STRING = re.compile(r"(?:[^'\\]++|''|\\.)*+'", re.DOTALL)
_BRACKETED = re.compile(r"\[[^\W\d][\w $.-]*\]")
_LINE_DIRECTIVE = re.compile(r"[ \t]*(?:(?P<meta>\\[^\n]*|\.[a-z]+\b[^\n]*)|delimiter[ \t]+(?P<delimiter>\S+)[^\n]*|(?P<go>go(?:[ \t]+\d+)?)[ \t]*(?=\n|\Z)"
                             r"|(?P<slash>/)[ \t]*(?=\n|\Z))", re.IGNORECASE)  # fmt: skip
_COPY_DATA = re.compile(r"[^\n]*\n(?:.*?\n)??\\\.[ \t]*(?=\n|\Z)", re.DOTALL)


def tokens_of(text: str, dialect: Dialect | None = None) -> Iterator[Token]:
    """The tokens of a text without its blanks and comments. `end` tokens close a statement."""
    position, size = 0, len(text)
    delimiter = ""
    line_start = True
    statement: list[str] = []  # the words of the statement so far, as far as they are needed
    match = _TOKEN.match
    while position < size:
        if line_start:
            line_start = False
            directive = _LINE_DIRECTIVE.match(text, position)
            if directive and not (directive["meta"] and directive["meta"][0] == "." and statement):
                if directive["delimiter"]:
                    delimiter = "" if directive["delimiter"] == ";" else directive["delimiter"]
                if not directive["meta"] or directive["meta"].startswith((r"\g", r"\.")):
                    yield Token("end", directive[0], position, directive.end(), "")
                    statement.clear()
                position = directive.end()
                continue
        if delimiter and text.startswith(delimiter, position):
            yield Token("end", delimiter, position, position + len(delimiter), "")
            statement.clear()
            position += len(delimiter)
            continue
        found = match(text, position)
        if found is None:  # a lone surrogate or the like: no pattern of ours, no part of SQL
            position += 1
            continue
        kind = found.lastgroup or "op"
        start, end = position, found.end()
        if delimiter and kind == "word" and (cut := text.find(delimiter, start, end)) > start:
            end = cut  # sessions$$
        position = end
        if kind == "blank":
            line_start = "\n" in found[0]
            continue
        if kind == "comment":
            continue
        if kind == "block":
            position = _after_comment(text, start)
            continue
        if kind == "op":
            letter = found[0]
            if letter == ";" and not delimiter:
                yield Token("end", ";", start, end, "")
                if statement[:1] == ["copy"] and "stdin" in statement and (data := _COPY_DATA.match(text, end)):
                    position = data.end()
                statement.clear()
                line_start = False
                continue
            if letter == "#" and (dialect == "mysql" or not text[text.rfind("\n", 0, start) + 1 : start].strip()):
                position = _line_end(text, start)
                continue
            if letter == "[" and (bracketed := _BRACKETED.match(text, start)) and (start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_])")):
                kind, position = "name", bracketed.end()
            elif letter == "\\":
                # A psql command at the end of a line: \gexec, \gset, \; ...
                yield Token("end", letter, start, end, "")
                statement.clear()
                position = _line_end(text, start)
                continue
            elif letter in "'\"`":
                kind, position = "bad", _line_end(text, start)
        elif kind == "string":
            closed = (_ESCAPED_STRING if dialect == "mysql" or found[0][0] in "eE" else _PLAIN_STRING).match(text, end)
            kind, position = ("string", closed.end()) if closed else ("bad", _line_end(text, start))
        elif kind == "dollar":
            close = text.find(found[0], end)
            kind, position = ("body", close + len(found[0])) if close >= 0 else ("bad", _line_end(text, start))
        shown = text[start:position]
        word = shown.lower() if kind == "word" else shown if kind == "op" else ""
        if len(statement) < 60:
            statement.append(word)
        yield Token(kind, shown, start, position, word)


def _after_comment(text: str, start: int) -> int:
    """Where a block comment ends; they nest in PostgreSQL. MySQL runs what stands in `/*! ... */`, so only its brackets are skipped."""
    if text.startswith("/*!", start):
        inner = re.compile(r"/\*!\d*").match(text, start)
        return inner.end() if inner else start + 3
    depth, position = 1, start + 2
    edge = re.compile(r"/\*|\*/")
    while depth:
        found = edge.search(text, position)
        if found is None:
            # An inner "/*" that is mere text: then the first end is the end.
            first = text.find("*/", start + 2)
            return first + 2 if first >= 0 else len(text)
        depth += 1 if found[0] == "/*" else -1
        position = found.end()
    return position


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


_BODY_OWNERS = {"trigger", "procedure", "function", "event", "package", "proc"}
_NOT_COUNTED = {"if", "loop", "while", "repeat", "for"}


def statements_of(tokens: Iterator[Token]) -> Iterator[list[Token]]:
    """The statements of a text: never empty, without the tokens that end them. A body between BEGIN and END stays whole."""
    statement: list[Token] = []
    depth = 0
    previous = ""
    owner = False
    for token in tokens:
        if token.kind == "end":
            if depth > 0 and token.text == ";":
                statement.append(Token("op", ";", token.start, token.end, ";"))
                previous = ""
                continue
            if statement:
                yield statement
            statement, depth, owner, previous = [], 0, False, ""
            continue
        if token.kind == "op" and token.word == "*" and not statement:
            continue  # the end of a /*! ... */ comment leaves "*" and "/"
        if token.kind == "op" and token.word == "/" and previous == "*" and statement and statement[-1].word == "*":
            statement.pop()
            previous = statement[-1].word if statement else ""
            continue
        if token.kind == "op" and token.word == "/" and not statement:
            continue
        if token.kind == "word":
            if len(statement) < 8 and statement and statement[0].word == "create" and token.word in _BODY_OWNERS:
                owner = True
            if owner:
                if token.word == "begin" or (token.word == "case" and depth and previous != "end"):
                    depth += 1
                elif previous == "end" and token.word in _NOT_COUNTED:
                    depth += 1  # "END IF" closes an IF, which is not counted
                elif token.word == "end" and depth:
                    depth -= 1
        statement.append(token)
        previous = token.word
    if statement:
        yield statement


def dialect_of(text: str) -> Dialect | None:
    """The dialect that a text gives away by what no other one has."""
    for dialect, sign in _SIGNS:
        if sign.search(text):
            return dialect
    return None


_SIGNS: tuple[tuple[Dialect, re.Pattern[str]], ...] = (
    (
        "postgresql",
        re.compile(
            r"\$\w*\$|::\s*[a-z]|\b(?:jsonb|timestamptz|bytea|bigserial|serial|plpgsql|concurrently|ilike)\b|\bon only\b|^\\\w", re.IGNORECASE | re.MULTILINE
        ),
    ),
    (
        "mysql",
        re.compile(
            r"\bengine\s*=|\bauto_increment\b|^delimiter\b|\bunsigned\b|`\w+`\s+(?:var)?(?:char|int|bigint|datetime|text)\b(?=.*\bengine\b)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    ("mssql", re.compile(r"^go[ \t]*$|\[dbo\]|\bnvarchar\b|^\s*begin (?:try|catch)\b|\bsp_rename\b|\bidentity\s*\(\s*1\s*,", re.IGNORECASE | re.MULTILINE)),
    ("sqlite", re.compile(r"\bautoincrement\b|\bpragma\b|\bwithout rowid\b", re.IGNORECASE)),
    ("oracle", re.compile(r"\bvarchar2\b|^/[ \t]*$|\bexecute immediate\b|\bnumber\s*\(\d", re.IGNORECASE | re.MULTILINE)),
    # Last, because others have it too, beside what tells them from MySQL.
    (
        "mysql",
        re.compile(
            r"^[ \t]*(?:create|alter|drop|insert|update|delete|rename|truncate)\b[^\n;`]*`\w+`|\balter\s+table\s+\S+\s+(?:modify|change)\s+(?:column\s+)?[`\w]",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
)
