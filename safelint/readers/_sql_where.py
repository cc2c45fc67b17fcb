"""Which rows a condition leaves, as far as its text tells.

A condition is read into a verdict from the inside out: `AND` keeps the narrower, `OR` the wider, `NOT` the other half. What is
not known for certain is `some`: a choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from safelint.facts.migrations import Rows
from safelint.readers._sql_cursor import split, written
from safelint.readers._sql_names import HOLE, identifier, table_name
from safelint.readers._sql_tokens import Token
from safelint.records import dataclass

_EXPIRY = re.compile(r"expir|valid_?(un)?till?$|not_?after|good_?until|^exp(_at|_date|_time)?$|_exp$|^ttl$")
_PAST = re.compile(r"creat|issued|updat|modif|insert|last_|login_?at|logged_?in|^ctime|^mtime|^atime|time_?stamp|started|used_at|seen|activity|^date(_added)?$")
_ENDED = re.compile(r"revok|delet|invalid|disabl|blacklist|consumed|^used|is_used|terminat|logged_?out|ended|closed|remov|archiv")
_ACTIVE = re.compile(r"^(is_?)?(active|valid|enabled|live|alive|current)$")
# A column that every row of a table has a value in.
_IDENTITY = re.compile(r"^(pk|u?u?id|guid|sid|key|token|jti|digest|hash|session|data|rowid|ctid|user|username|email)$"
                       r"|^(user|account|member|session|token|client|owner|customer)_?(id|key|token|hash|uuid|data|name)$"
                       r"|^(token|key|data)_?(hash|key|digest)$")  # fmt: skip
_NOW_WORDS = {"current_timestamp", "current_date", "localtimestamp", "sysdate", "systimestamp", "utc_timestamp", "curdate"}
_NOW_CALLS = {"now", "getdate", "getutcdate", "sysdatetime", "sysutcdatetime", "unix_timestamp", "utc_timestamp", "transaction_timestamp",
              "statement_timestamp", "clock_timestamp", "curdate", "current_timestamp", "unixepoch", "sysdate", "localtimestamp"}  # fmt: skip
_COMPARISONS = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
_MATCHES = ("~", "~*", "regexp", "rlike", "similar", "regexp_like")
_MATCHES_ALL = ("", "%", ".*", "^.*$", ".", ".+", "^", "^.+$")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class Where:
    """What a condition comes to. The fields as in `safelint.facts.migrations.RowsDeleted`."""

    rows: Rows
    text: str = ""
    only_null: str = ""
    matched: str = ""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`rows` is None for a condition that is never true; `null` names the column that must be NULL; `matched` the table of a needed partner."""

    rows: Rows | None
    null: str = ""
    matched: str = ""
    negated: Callable[[], _Verdict] | None = None


_ALL = _Verdict("all")
_NONE = _Verdict(None)
_SOME = _Verdict("some")
_UNKNOWN = _Verdict("unknown")
_WIDTH = {None: 0, "expired": 1, "some": 2, "unknown": 3, "live": 4, "all": 5}


def where_of(tokens: list[Token], target: str = "", joined: bool = False) -> Where:
    """What a condition (the tokens after WHERE) leaves of `target`. `joined`: other tables take part (USING, FROM, JOIN)."""
    if not tokens:
        return Where("all")
    verdict = _any_of(tokens, _Scope(target, joined))
    rows: Rows = verdict.rows or "some"
    if rows == "all" and verdict.matched and set(verdict.matched) <= set("{}"):
        rows = "unknown"  # a partner in a table that is filled in: all rows may have one, or none
    return Where(rows, written(tokens), verdict.null, verdict.matched if rows == "all" else "")


@dataclass(frozen=True, slots=True)
class _Scope:
    target: str
    joined: bool
    depth: int = 0

    def deeper(self) -> _Scope:
        return _Scope(self.target, self.joined, self.depth + 1)


def _any_of(tokens: list[Token], scope: _Scope) -> _Verdict:
    parts = split(tokens, "or")
    if scope.depth > 30:
        return _SOME
    verdicts = [_all_of(part, scope.deeper()) for part in parts]
    if len(verdicts) == 1:
        return verdicts[0]
    kinds = {verdict.rows for verdict in verdicts}
    if "live" in kinds and "expired" in kinds:
        return _ALL
    texts = [_plain(part) for part in parts]
    if any(_complement(text) in texts for text in texts):
        return _ALL
    widest = max(verdicts, key=lambda verdict: _WIDTH[verdict.rows])
    if widest.rows == "some" and any(verdict.rows == "unknown" for verdict in verdicts):
        return _UNKNOWN
    return _Verdict(widest.rows, matched=widest.matched)


def _all_of(tokens: list[Token], scope: _Scope) -> _Verdict:
    parts = _conjuncts(tokens)
    verdicts = [_one(part, scope.deeper()) for part in parts]
    if len(verdicts) == 1:
        return verdicts[0]
    if any(verdict.rows is None for verdict in verdicts):
        return _NONE
    narrowing = [verdict for verdict in verdicts if verdict.rows != "all"]
    matched = next((verdict.matched for verdict in verdicts if verdict.matched), "")
    if not narrowing:
        return _Verdict("all", matched=matched)
    if len(narrowing) == 1:
        return narrowing[0]
    kinds = {verdict.rows for verdict in narrowing}
    # What is expired stays expired whatever else is asked of it; two reasons to be alive are one.
    if "expired" in kinds:
        return _Verdict("expired")
    return narrowing[0] if kinds == {"live"} else _UNKNOWN if kinds == {"unknown"} else _SOME


def _conjuncts(tokens: list[Token]) -> list[list[Token]]:
    """Parts between ANDs; the AND of a BETWEEN is none."""
    parts: list[list[Token]] = []
    between = False
    for part in split(tokens, "and"):
        if between:
            parts[-1] = [*parts[-1], *part]
        else:
            parts.append(part)
        between = not between and any(token.word == "between" for token in _outside(part))
    return parts or [tokens]


def _outside(tokens: list[Token]) -> list[Token]:
    depth = 0
    found = []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0:
            found.append(token)
    return found


def _one(tokens: list[Token], scope: _Scope) -> _Verdict:
    if tokens[0].word == "not" and len(tokens) > 1:
        return _negated(tokens[1:], scope)
    if tokens[0].word == "(" and _closes(tokens) == len(tokens) - 1:
        return _any_of(tokens[1:-1], scope.deeper()) if len(tokens) > 2 else _SOME
    return _atom(tokens, scope)


def _negated(tokens: list[Token], scope: _Scope) -> _Verdict:
    if tokens[0].word == "(" and _closes(tokens) == len(tokens) - 1 and len(tokens) > 2:
        inner = _any_of(tokens[1:-1], scope.deeper())
    else:
        inner = _one(tokens, scope.deeper())
    if inner.negated is not None:
        return inner.negated()
    opposite: dict[Rows | None, Rows | None] = {"all": None, None: "all", "expired": "live", "live": "expired"}
    if inner.matched:
        return _SOME  # those without a partner
    return _Verdict(opposite.get(inner.rows, inner.rows))


def _closes(tokens: list[Token]) -> int:
    """Where the parenthesis that opens first closes."""
    depth = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.word, 0)
        if depth == 0:
            return index
    return -1


def _atom(tokens: list[Token], scope: _Scope) -> _Verdict:
    if any(token.kind == "bad" for token in tokens):
        return _UNKNOWN
    if all(set(token.text) <= {HOLE} or token.kind == "param" for token in tokens):
        return _UNKNOWN
    if len(tokens) == 1:
        return _single(tokens[0])
    if tokens[0].word == "exists" and tokens[1].word == "(":
        return _exists(tokens[2:-1], scope)
    outside = _outside(tokens)
    words = [token.word for token in outside]
    for operator in _COMPARISONS:
        if operator in words:
            at = next(index for index, token in enumerate(tokens) if token is outside[words.index(operator)])
            return _comparison(tokens[:at], {"==": "=", "!=": "<>"}.get(operator, operator), tokens[at + 1 :], scope)
    if "is" in words:
        return _is(tokens, words)
    if "in" in words and tokens[-1].word == ")":
        return _in(tokens, scope)
    if "like" in words or "ilike" in words:
        return _like(tokens)
    if "between" in words:
        return _between(tokens)
    if matching := next((word for word in words if word in _MATCHES), ""):
        at = next(index for index, token in enumerate(tokens) if token.word == matching)
        pattern = _literal(tokens[at + (2 if matching == "similar" else 1) :])
        return _ALL if tokens[at - 1].word != "not" and pattern in _MATCHES_ALL else _SOME
    return _SOME


def _single(token: Token) -> _Verdict:
    if token.word in ("true", "false"):
        return _ALL if token.word == "true" else _NONE
    if token.kind == "number" or token.kind == "string":
        return _NONE if token.text.strip("'") in ("0", "f", "false", "", "0.0") else _ALL
    name = identifier(token.text)
    if _ENDED.search(name):
        return _Verdict("some", negated=lambda: _Verdict("live"))
    return _Verdict("live", negated=lambda: _SOME) if _ACTIVE.search(name) else _SOME


def _column(tokens: list[Token]) -> str:
    """The name of a column, without what stands before its dot, where the tokens are just that; else ""."""
    while len(tokens) > 2 and tokens[0].word == "(" and tokens[-1].word == ")":
        tokens = tokens[1:-1]
    for index, token in enumerate(tokens):
        if (token.kind not in ("word", "name")) if index % 2 == 0 else token.word != ".":
            return ""
    if len(tokens) % 2 == 0 or not tokens or tokens[-1].word in _NOW_WORDS or tokens[-1].word in ("true", "false", "null", "default"):
        return ""
    name = identifier(tokens[-1].text)
    return "" if set(name) <= set("{}") else name


def _cast_off(tokens: list[Token]) -> list[Token]:
    """Without a trailing `::type`."""
    words = [token.word for token in tokens]
    return tokens[: words.index("::")] if "::" in words and not any(word == "(" for word in words[: words.index("::")]) else tokens


def _literal(tokens: list[Token]) -> str | None:
    """The text of a literal, else None."""
    tokens = _cast_off(tokens)
    if len(tokens) == 2 and tokens[0].word in ("-", "+", "date", "timestamp", "timestamptz") and tokens[1].kind in ("number", "string"):
        return ("-" if tokens[0].word == "-" else "") + tokens[1].text.strip("'")
    if len(tokens) == 1 and tokens[0].kind in ("number", "string"):
        return tokens[0].text.lstrip("eEnN").strip("'")
    return {"true": "1", "false": "0"}.get(tokens[0].word) if len(tokens) == 1 else None


def moment_of(tokens: list[Token]) -> str:
    """`now`, `before`, `after` or `far` for an expression that names the present, a span before or after it, or years after it; "" for any other."""
    words = {token.word for token in tokens}
    calls = {token.word for token, following in zip(tokens, [*tokens[1:], None], strict=True) if following is not None and following.word == "("}
    text = written(tokens)
    if not (words & _NOW_WORDS or calls & _NOW_CALLS or "'now'" in text):
        return ""
    outside_calls = [token.word for token in tokens]
    shift = re.search(r"'([+-])\s*\d", text)
    if "-" in outside_calls or calls & {"date_sub", "subdate"} or (shift and shift[1] == "-") or re.search(r"dateadd\([^,]*, ?- ?\d", text):
        return "before"
    if re.search(r"'\+?\s*\d+\s*years?'|'\+?\s*\d{4,}\s*days?'|\binterval '?\d+'? year", text) and "+" in text + "".join(calls & {"date_add"}).replace(
        "date_add", "+"
    ):
        return "far"
    if "+" in outside_calls or calls & {"date_add", "adddate", "dateadd"} or shift:
        return "after"
    return "now"


def _comparison(left: list[Token], operator: str, right: list[Token], scope: _Scope) -> _Verdict:
    if not left or not right:
        return _UNKNOWN
    literal_left, literal_right = _literal(left), _literal(right)
    if literal_left is not None and literal_right is not None:
        return _ALL if _compared(literal_left, operator, literal_right) else _NONE
    if (literal_left is not None or moment_of(left)) and not _column(left):
        return _comparison(right, _FLIPPED.get(operator, operator), left, scope) if literal_right is None and not moment_of(right) else _SOME
    if _plain(left) == _plain(right):
        if any(HOLE in token.text for token in left):
            return _UNKNOWN
        return _ALL if operator in ("=", "<=", ">=") else _NONE
    column, other = _column(_cast_off(left)), _column(_cast_off(right))
    if column and other:
        return _ALL if scope.joined and operator == "=" and _qualifier(left) != _qualifier(right) else _SOME
    if column and (moment := moment_of(right)):
        return _in_time(column, operator, moment)
    if column and literal_right is not None:
        return _to_literal(column, operator, literal_right)
    if literal_right in ("0", "") and operator in (">", "<>", ">=") and re.search(r"\b(length|char_length|len|octet_length)\(", _plain(left)):
        return _ALL if _IDENTITY.search(_column(left[2:-1])) else _SOME
    if column and not any(set(token.text) <= {HOLE} for token in right):
        return _SOME
    # A value that is filled in is a choice like any other; a hole where the column should be may be anything.
    return _SOME if column or len(left) > 1 else _UNKNOWN


def _compared(left: str, operator: str, right: str) -> bool:
    try:
        first, second = float(left), float(right)
    except ValueError:
        return (left == right) == (operator in ("=", "<=", ">=")) if operator in ("=", "<>") or left == right else True
    return {
        "=": first == second,
        "<>": first != second,
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
    }[operator]


def _in_time(column: str, operator: str, moment: str) -> _Verdict:
    if _EXPIRY.search(column):
        if operator in ("<", "<="):
            return _Verdict("expired") if moment in ("now", "before") else _ALL if moment == "far" else _SOME
        if operator in (">", ">="):
            return _Verdict("live") if moment in ("now", "before") else _SOME
    elif _PAST.search(column) and moment in ("now", "after", "far") and operator in ("<", "<=", "<>"):
        return _ALL
    elif _PAST.search(column) and moment == "before" and operator in ("<", "<="):
        return _Verdict("some", negated=lambda: _SOME)
    return _SOME


def _to_literal(column: str, operator: str, value: str) -> _Verdict:
    off, on = value in ("0", "f", "false", ""), value in ("1", "t", "true")
    if _ENDED.search(column) and ((off and operator == "=") or (on and operator == "<>")):
        return _Verdict("live")
    if _ACTIVE.search(column) and ((on and operator == "=") or (off and operator == "<>")):
        return _Verdict("live")
    early = re.match(r"(0000|19[0-9]{2})-", value) is not None or value in ("0", "-1", "")
    if operator in (">", ">=") and early and (_IDENTITY.search(column) or _PAST.search(column) or _EXPIRY.search(column)):
        return _ALL
    if operator in ("<", "<=") and re.match(r"(9999|2[1-9][0-9]{2}|3[0-9]{3})-", value) and (_PAST.search(column) or _EXPIRY.search(column)):
        return _ALL
    # All but one: whoever leaves a single row out still takes everybody else's.
    return _ALL if operator == "<>" and _IDENTITY.search(column) else _SOME


def _is(tokens: list[Token], words: list[str]) -> _Verdict:
    at = next(index for index, token in enumerate(tokens) if token.word == "is")
    column = _column(tokens[:at])
    rest = [token.word for token in tokens[at + 1 :]]
    if rest[:1] == ["not"]:
        return _is_not(column, rest[1:])
    if rest == ["null"]:
        if column and _ENDED.search(column):
            return _Verdict("live", null=column, negated=lambda: _SOME)
        return _Verdict("some", null=column, negated=lambda: _is_not(column, ["null"]))
    if rest in (["true"], ["false"]):
        return _to_literal(column, "=", "1" if rest == ["true"] else "0") if column else _SOME
    return _SOME


def _is_not(column: str, rest: list[str]) -> _Verdict:
    if rest == ["null"]:
        return _Verdict("all", negated=lambda: _SOME) if column and _IDENTITY.search(column) else _SOME
    if rest in (["true"], ["false"]) and column:
        return _to_literal(column, "=", "0" if rest == ["true"] else "1")
    return _SOME


def _in(tokens: list[Token], scope: _Scope) -> _Verdict:
    at = next(index for index, token in enumerate(tokens) if token.word == "in")
    negative = tokens[at - 1].word == "not"
    column = _column(tokens[: at - 1 if negative else at])
    inner = tokens[at + 2 : -1]
    if inner and inner[0].word in ("select", "with"):
        return _SOME if negative else _exists(inner, scope, column)
    if negative and column and _IDENTITY.search(column) and all(token.kind in ("string", "number") or token.word == "," for token in inner):
        return _ALL
    return _SOME


def _between(tokens: list[Token]) -> _Verdict:
    """BETWEEN a moment before the first row and one after the last."""
    at = next(index for index, token in enumerate(tokens) if token.word == "between")
    column = _column(_cast_off(tokens[:at]))
    literals = [_literal([each]) for each in tokens[at + 1 :] if each.word != "and"]
    if len(literals) != 2 or literals[0] is None or literals[1] is None or not column:
        return _SOME
    return _ALL if {_to_literal(column, ">=", literals[0]).rows, _to_literal(column, "<=", literals[1]).rows} == {"all"} else _SOME


def _like(tokens: list[Token]) -> _Verdict:
    at = next(index for index, token in enumerate(tokens) if token.word in ("like", "ilike"))
    negative = tokens[at - 1].word == "not"
    pattern = _literal(tokens[at + 1 :])
    if pattern is not None and set(pattern) == {"%"}:
        return _NONE if negative else _ALL
    if negative and (column := _column(tokens[: at - 1])) and _IDENTITY.search(column):
        return _ALL
    return _SOME


def _exists(query: list[Token], scope: _Scope, column: str = "") -> _Verdict:
    """A subquery that every row must have a partner in: all rows, where it is the target itself or asks nothing more of its table."""
    words = [token.word for token in _outside(query)]
    if query[:1] and query[0].word == "select" and "from" not in words:
        return _ALL if not column and not any(word == "where" for word in words) else _SOME
    if any(word in ("having", "limit", "offset", "join", "union", "except", "intersect", "fetch", "with", "top") for word in words) or "from" not in words:
        return _SOME
    outside = _outside(query)
    start = next(index for index, token in enumerate(query) if token is outside[words.index("from")])
    rest = query[start + 1 :]
    parts: list[str] = []
    index = 0
    while index < len(rest) and rest[index].kind in ("word", "name"):
        parts.append(rest[index].text)
        if index + 1 < len(rest) and rest[index + 1].word == ".":
            index += 2
        else:
            break
    if not parts:
        return _SOME
    table = table_name(*parts)
    where = next((index for index, token in enumerate(rest) if token.word == "where"), None)
    end = next((index for index, token in enumerate(rest) if token.word in ("order", "group", "for") and index > (where or 0)), len(rest))
    condition = rest[where + 1 : end] if where is not None else []
    if any(token.word == "," for token in _outside(rest[: where if where is not None else end])):
        return _SOME
    inner = _any_of(condition, _Scope(scope.target, not column, scope.depth + 1)) if condition else _ALL
    if inner.rows != "all":
        return inner if table == scope.target else _SOME
    return _ALL if table == scope.target else _Verdict("all", matched=table)


def _qualifier(tokens: list[Token]) -> str:
    return identifier(tokens[-3].text) if len(tokens) >= 3 else ""


def _plain(tokens: list[Token]) -> str:
    while len(tokens) > 2 and tokens[0].word == "(" and _closes(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return written(tokens).lower()


def _complement(text: str) -> str:
    """The text of the opposite of a simple condition."""
    if text.startswith("not "):
        return text.removeprefix("not ").removeprefix("(").removesuffix(")") if text.startswith("not (") else text.removeprefix("not ")
    if text.endswith(" is null"):
        return text.removesuffix(" is null") + " is not null"
    for operator, opposite in _OPPOSITE.items():
        left, found, right = text.partition(f" {operator} ")
        if found:
            return f"{left} {opposite} {right}"
    return f"not {text}"
