"""What stands inside of other statements: blocks of procedures, DO, literal EXECUTE, bodies of functions."""

from __future__ import annotations

import itertools
import re

from safelint.readers._sql_names import HOLE, identifier
from safelint.readers._sql_tokens import Token

_NOT_A_BLOCK = {"transaction", "tran", "work", "isolation", "read", "deferred", "immediate", "exclusive", "not", "concurrent"}
# Words before a statement in a block, with the words that end what belongs to them.
_UNTIL = {"if": ("then",), "elsif": ("then",), "elseif": ("then",), "when": ("then",), "while": ("loop", "do"), "for": ("loop",), "foreach": ("loop",)}
_ALONE = {"begin", "try", "catch", "else", "loop", "exception", "atomic", "repeat", "then"}
_STATEMENTS = {"create", "drop", "alter", "truncate", "delete", "update", "insert", "merge", "execute", "exec", "set", "revoke", "grant", "select"}
_BEGINNINGS = {"create", "drop", "alter", "truncate", "delete", "update", "insert", "exec", "execute", "revoke", "grant", "if"}
_OBJECTS = {"table", "view", "index", "schema", "trigger", "procedure", "function", "database"}


def is_block(tokens: list[Token]) -> bool:
    """Whether a statement begins a block, or a condition, of a procedural language rather than a transaction."""
    word = tokens[0].word
    if word == "declare" and len(tokens) > 1 and tokens[1].text.startswith("@"):
        return False  # SQL Server: a variable, and no block
    return word in ("if", "declare") or (word == "begin" and len(tokens) > 1 and tokens[1].kind == "word" and tokens[1].word not in _NOT_A_BLOCK)


def openings(tokens: list[Token]) -> int:
    """How many conditions stay open after a statement of a block, less those that it closes."""
    words = [token.word for token in tokens[:60]]
    if words[:1] == ["end"]:
        return -1 if words[1:2] in (["if"], ["loop"], ["while"], ["case"]) else 0
    if words[:1] == ["if"] and "then" in words:
        return 1
    return 1 if words[:1] in (["for"], ["while"], ["foreach"], ["loop"]) and ("loop" in words or "do" in words) else 0


def in_block(tokens: list[Token]) -> tuple[list[Token], bool]:
    """A statement of a block without the control words before it, and whether one of them was a condition."""
    index, sometimes = 0, False
    while index < len(tokens):
        word = tokens[index].word
        if word in _UNTIL:
            found = next((at for at in range(index, len(tokens)) if tokens[at].word in _UNTIL[word]), None)
            if found is None:
                # SQL Server has no THEN: IF EXISTS (...) DROP TABLE x
                return _after_condition(tokens, index), True
            index, sometimes = found + 1, True
        elif word in _ALONE:
            index, sometimes = index + 1, sometimes or word in ("else", "exception", "loop", "repeat")
        elif word in ("declare", "end"):
            return [], sometimes
        else:
            break
    return tokens[index:], sometimes


def _after_condition(tokens: list[Token], start: int) -> list[Token]:
    depth = 0
    for index in range(start + 1, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].word, 0)
        if depth == 0 and tokens[index].word in _STATEMENTS:
            return tokens[index:]
    return []


def separated(tokens: list[Token]) -> list[list[Token]]:
    """The statements of a batch of SQL Server, which needs no semicolon between them: each begins with a verb."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        following = tokens[index + 1].word if index + 1 < len(tokens) else ""
        previous = tokens[index - 1].word if index else ""
        begins = (
            depth == 0
            and token.word in _BEGINNINGS
            and previous not in ("on", "for", "then", "begin", "or", "as", "after", "of", ",", "instead", "else", "not")
        )
        if begins and token.word in ("drop", "alter", "create"):
            begins = following in _OBJECTS or following in ("unique", "or", "clustered", "nonclustered")
        elif begins and token.word == "truncate":
            begins = following == "table"
        elif begins and token.word == "if":  # IF EXISTS (SELECT ...), and not DROP TABLE IF EXISTS x
            begins = any(each.word == "(" for each in tokens[index + 1 : index + 4])
        first = parts[-1][0].word if parts[-1] else ""
        if begins and parts[-1] and first not in ("merge", "grant", "revoke", "with") and not _is_condition(parts[-1]) and not _defines(parts[-1]):
            parts.append([])
        parts[-1].append(token)
    return parts


def _is_condition(tokens: list[Token]) -> bool:
    """Whether these are only the words before a statement: IF EXISTS (...)."""
    return tokens[0].word == "if" and not any(token.word in _BEGINNINGS - {"if"} for token in _outside(tokens))


def _outside(tokens: list[Token]) -> list[Token]:
    depth, found = 0, []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0:
            found.append(token)
    return found


def _defines(tokens: list[Token]) -> bool:
    return tokens[0].word in ("create", "alter") and any(token.word in ("procedure", "proc", "function", "trigger") for token in tokens[:5])


def content_of(token: Token) -> tuple[str, int]:
    """The text in a string or dollar-quoted body, and where it begins."""
    if token.kind == "body":
        tag = token.text.index("$", 1) + 1
        return token.text[tag:-tag], token.start + tag
    begin = token.text.index("'") + 1
    inner = token.text[begin:-1]
    # A doubled quote is one quote; a line feed keeps the lines, and a blank the places after it.
    return inner.replace("''", "' ") if inner.count("''") % 2 else inner.replace("''", " '"), token.start + begin


def run_text(tokens: list[Token]) -> list[tuple[str, int]] | None:
    """What EXECUTE is given: a literal, a literal of format(), or literals that are joined with what is not known; None for nothing of these."""
    literals = [token for token in tokens if token.kind in ("string", "body")]
    if not literals:
        return None
    first = literals[0]
    text, offset = content_of(first)
    if any(token.word == "format" for token in tokens[:2]):
        values = [content_of(token)[0] for token in literals[1:]]
        pieces = text.replace("%%", "%").replace("%s", "%I").replace("%L", "%I").split("%I")
        filled = pieces[0]
        whole = len(values) == len(pieces) - 1
        for number, piece in enumerate(pieces[1:]):
            filled += (values[number] if whole else HOLE) + piece
        return [(filled, offset)]
    if any(token.word in ("||", "+") for token in tokens):
        parts: list[str] = []
        for token in tokens:
            if token.word == "using":
                break
            if token.kind == "string":
                parts.append(content_of(token)[0])
            elif token.kind in ("word", "name") and (not parts or parts[-1] != HOLE):
                parts.append(HOLE)
        return [("".join(parts), offset)]
    return [(text, offset)]


def body_of(tokens: list[Token]) -> tuple[str, list[Token]] | None:
    """The name and the body of a function or procedure that a statement defines: one quoted token, or what stands after BEGIN."""
    words = [token.word for token in tokens[:6]]
    at = next((index for index, word in enumerate(words) if word in ("function", "procedure", "proc")), None)
    if at is None:
        return None
    index = at + 1
    while index < len(tokens) and tokens[index].word in ("if", "not", "exists"):
        index += 1
    name = ""
    while index < len(tokens) and tokens[index].kind in ("word", "name"):
        name = identifier(tokens[index].text)
        if index + 1 < len(tokens) and tokens[index + 1].word == ".":
            index += 2
        else:
            break
    quoted = next((token for token in tokens if token.kind == "body"), None)
    if quoted is None and any(token.word == "as" and following.kind == "string" for token, following in itertools.pairwise(tokens)):
        quoted = next(following for token, following in itertools.pairwise(tokens) if token.word == "as" and following.kind == "string")
    if quoted is not None:
        return name.lower(), [quoted]
    begin = next((index for index, token in enumerate(tokens) if token.word == "begin"), None)
    return (name.lower(), tokens[begin + 1 :]) if begin is not None else None


def inline_body(tokens: list[Token]) -> list[Token] | None:
    """The statements of a trigger that stand in it: after BEGIN, after FOR EACH ROW, after AS."""
    words = [token.word for token in tokens]
    if "begin" in words:
        return tokens[words.index("begin") + 1 :]
    if "row" in words and "execute" not in words:
        return tokens[words.index("row") + 1 :]
    return tokens[words.index("as") + 1 :] if "as" in words else None


def answers_nothing(body: list[Token]) -> bool:
    """Whether a trigger's function says RETURN NULL, and no other RETURN."""
    text = content_of(body[0])[0].lower() if len(body) == 1 and body[0].kind in ("body", "string") else " ".join(token.text for token in body).lower()
    answers = re.findall(r"\breturn\s+(\w+)", text)
    return bool(answers) and all(answer == "null" for answer in answers) and "insert" not in text
