"""What was understood of files: their facts, one a line, and what was not."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood, Unread
from safelint.masks import masked_code, masked_value
from safelint.paths import in_production
from safelint.plain import printable
from safelint.records import fields, is_dataclass
from safelint.sources import Side
from safelint.values import describe

_LONGEST = 160  # characters of one field


def inventory(side: Side) -> Iterator[str]:
    """A line for each fact of a side, in the order of path and line, and a last one with the numbers."""
    facts = sorted(side.touched(Fact), key=lambda fact: (fact.place, type(fact).__name__))
    for fact in facts:
        yield _line(fact)
    for path in sorted(side.touched_paths):
        if not in_production(path):
            yield f"{printable(path)}: not read: a test, an example, a document or somebody else's code"
    unclear = sum(isinstance(fact, NotUnderstood | Unread) for fact in facts)
    yield f"{_counted(len(side.touched_paths), 'file')} · {_counted(len(facts) - unclear, 'fact')} · {unclear:,} not understood"


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _line(fact: Fact) -> str:
    place = fact.place
    at = f"{printable(place.path)}:{place.line}:{place.column}:"
    if isinstance(fact, Unread):
        return f"{at} not understood: the file: {printable(fact.why)}"
    if isinstance(fact, NotUnderstood):
        return f"{at} not understood: {printable(masked_code(fact.what))}: {printable(fact.why)}"
    said = " ".join(f"{each.name}={_shown(getattr(fact, each.name))}" for each in fields(fact) if each.name != "place")
    return f"{at} {type(fact).__name__} {said}".rstrip()


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool | int | float):
        text = str(value).lower() if isinstance(value, bool) or value is None else f"{value:g}" if isinstance(value, float) else str(value)
    elif isinstance(value, str):
        text = f'"{masked_code(value)}"'
    elif isinstance(value, tuple):
        text = "[" + ", ".join(_shown(item) for item in value) + "]"
    elif type(value).__module__ == "safelint.values":
        text = masked_value(describe(value))  # type: ignore[arg-type]
    elif is_dataclass(value):
        text = f"{type(value).__name__}({', '.join(_shown(getattr(value, each.name)) for each in fields(value))})"
    else:
        text = type(value).__name__
    text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
