"""Names in SQL, made comparable."""

from __future__ import annotations

HOLE = "\ufffc"
"""Stands in a text for a part that is not known: a value of a template, of an f-string. It is a letter of a name."""

UNKNOWN_TYPE = "unknown_type"
"""Stands for the type of a column in SQL that is made from code, where the code's own class decides it."""

_DEFAULT_SCHEMAS = {"public", "dbo", "main"}


def identifier(text: str) -> str:
    """One part of a name as the database compares it: without its quotes, unquoted ones in lower case, holes as `{}`."""
    quotes = {'"': '"', "`": "`", "[": "]"}
    if len(text) >= 2 and quotes.get(text[0]) == text[-1]:
        return shown(text[1:-1].replace(text[-1] * 2, text[-1]))
    return shown(text.lower())


def table_name(*parts: str) -> str:
    """The name of a table from its parts as written (`"public"`, `sessions`): dotted, without the schema where it is the default one.

    A database name before the schema is left out; a schema that a template fills in says nothing and is left out too.
    """
    names = [identifier(part) for part in parts if part][-2:]
    if len(names) == 2 and (names[0].lower() in _DEFAULT_SCHEMAS or set(names[0]) <= set("{}")):
        names = names[1:]
    return ".".join(names)


def shown(text: str) -> str:
    """A text with its holes as `{}`."""
    while HOLE * 2 in text:
        text = text.replace(HOLE * 2, HOLE)
    return text.replace(HOLE, "{}")
