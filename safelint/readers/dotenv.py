"""`.env` files, by the grammar of python-dotenv: what a variable is, character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.settings import VariableSet
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._variables import in_env_file, variable
from safelint.values import Known, Value

YIELDS: tuple[type[Fact], ...] = (VariableSet,)
TRIGGERS = (b"=",)

# `.env` and its relatives, but not those for a developer's machine, or to be copied and filled in.
_ELSEWHERE = r"(?i:example|sample|template|dist|defaults?|dev(?:elop(?:ment)?)?|local|tests?|testing|ci|docker-compose|patch|diff)(?:\W|$)"
NAMES = rf"^(?=.*env)(?:(?!\.envs/)[^/]+/)*(?!.*{_ELSEWHERE})(?:\.?env|\.flaskenv|\.env[.-][\w.-]+|[\w.-]+\.env|\.envs/[\w./-]+)$"

_BINDING = re.compile(r"[ \t\f]*(?:export[ \t]+)?(?P<name>'[^'\n]+'|[^=#\s'\"][^=#\s]*)[ \t]*(?P<equals>=[ \t]*)?")
_SINGLE = re.compile(r"'(?P<text>(?:\\.|[^'\\])*)'", re.DOTALL)
_DOUBLE = re.compile(r'"(?P<text>(?:\\.|[^"\\])*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\r\n]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"'}


def read(source: Source) -> Iterator[Fact]:
    """Every variable that the file sets, in order: of two of one name the last one counts."""
    text, position, line = source.text.lstrip("\ufeff"), 0, 1
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        stripped = text[position:end].strip()
        if not stripped or stripped.startswith("#"):
            position, line = end + 1, line + 1
            continue
        start = Place(source.path, line, 1, line, end - position + 1)
        name, value, after = _binding(text, position)
        if name is None:
            yield NotUnderstood(place=start, what="a line", why="neither a variable nor a comment")
            position, line = end + 1, line + 1
            continue
        if value is not None:
            used = text.count("\n", position, after)
            last = text.rfind("\n", position, after) + 1 if used else position
            yield variable(Place(source.path, line, 1, line + used, after - last + 1), name, value)
        end = text.find("\n", after)
        end = len(text) if end < 0 else end
        line += text.count("\n", position, end) + 1
        position = end + 1


def _binding(text: str, position: int) -> tuple[str | None, Value | None, int]:
    """The name and value of a line, and where it ends; no name where the line is not understood, no value where it sets none."""
    found = _BINDING.match(text, position)
    if found is None:
        return None, None, position
    name = found["name"].strip("'")
    after = found.end()
    if found["equals"] is None:
        rest = _REST.match(text, after)
        return (name, None, rest.end()) if rest else (None, None, position)
    for pattern, escapes in ((_SINGLE, "\\'"), (_DOUBLE, "".join(_ESCAPES))):
        quoted = pattern.match(text, after)
        if quoted is not None:
            rest = _REST.match(text, quoted.end())
            if rest is None:
                return None, None, position
            plain = re.sub(r"\\(.)", lambda each, known=escapes: _ESCAPES[each[1]] if each[1] in known else each[0], quoted["text"], flags=re.DOTALL)
            return name, Known(plain) if pattern is _SINGLE else in_env_file(plain), quoted.end()
    if text[after : after + 1] == "#" and text[after - 1] != "=":
        return name, Known(""), after  # a comment after white space; without it the # belongs to the value
    if text[after : after + 1] in ("'", '"'):
        return None, None, position
    found_plain = _PLAIN.match(text, after)
    raw = found_plain[0] if found_plain else ""
    return name, in_env_file(re.sub(r"\s+#.*", "", raw).rstrip()), after + len(raw)
