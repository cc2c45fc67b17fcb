"""Values put together: what operators, formats and methods make of texts and numbers that are known, without running anything."""

from __future__ import annotations

import ast

from safelint.values import Called, Duration, Environment, Known, Listing, Mapping, Template, Unknown, Value, seconds_of, text_of

_LONGEST = 100_000  # characters that constant folding may make: "x" * 10**9 is an attack, not a setting


def joined(parts: tuple[Value, ...]) -> Value:
    """Texts after one another: one known text where every part is known."""
    flat: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Template) else (part,):
            if isinstance(piece, Known) and not isinstance(piece.value, str):
                piece = Known(str(piece.value))
            if flat and isinstance(piece, Known) and isinstance(flat[-1], Known):
                flat[-1] = Known(f"{flat[-1].value}{piece.value}")
            else:
                flat.append(piece)
    if not flat:
        return Known("")
    return flat[0] if len(flat) == 1 and isinstance(flat[0], Known) else Template(tuple(flat))


def combined(left: Value, operator: ast.operator, right: Value) -> Value:
    """The value of a binary operation on two values."""
    textual = isinstance(left, Template) or isinstance(right, Template) or text_of(left) is not None or text_of(right) is not None
    if isinstance(operator, ast.Add):
        if textual:
            return joined((left, right))
        if isinstance(left, Listing) and isinstance(right, Listing):
            return Listing(left.items + right.items)
        if isinstance(left, Listing | Unknown) and isinstance(right, Listing | Unknown) and type(left) is not type(right):
            known = left if isinstance(left, Listing) else right
            return Listing((*known.items, Unknown("a spread"))) if isinstance(known, Listing) else Unknown("a sum")
    if isinstance(operator, ast.BitOr) and isinstance(left, Mapping) and isinstance(right, Mapping):
        return Mapping(left.items + right.items)
    if isinstance(operator, ast.Mod) and text_of(left) is not None:
        return percent_formatted(text_of(left) or "", right)
    if isinstance(operator, ast.Div) and textual:  # a path below a folder, whatever the folder is
        return joined((left if isinstance(left, Known | Environment | Template) else Unknown("a folder"), Known("/"), right))
    first, second = seconds_of(left), seconds_of(right)
    if first is None or second is None:
        return Unknown("arithmetic")
    as_duration = isinstance(left, Duration) or isinstance(right, Duration)
    match operator:
        case ast.Add():
            number = first + second
        case ast.Sub():
            number = first - second
        case ast.Mult():
            number = first * second
        case ast.Div() | ast.FloorDiv() if second:
            number = first / second if isinstance(operator, ast.Div) else first // second
        case ast.Pow() if abs(first) < 1e6 and 0 <= second < 32:
            number = first**second
        case _:
            return Unknown("arithmetic")
    if as_duration:
        return Duration(number)
    whole = (
        isinstance(left, Known)
        and isinstance(right, Known)
        and type(left.value) is int
        and type(right.value) is int
        and number.is_integer()
        and not isinstance(operator, ast.Div)
    )
    return Known(int(number)) if whole and abs(number) < 1e15 else Known(number)


def either(first: Value, second: Value) -> Value:
    """`first or second`."""
    match first:
        case Environment(name, None | Known(None) | Known("")):
            return Environment(name, second)
        case Known(value):
            return first if value else second
        case _ if first == second:
            return first
        case _:
            return Called("or", (first, second))


def text_method(owner: Value, method: str, arguments: list[Value]) -> Value | None:
    """What a method of a known text gives for known arguments, else None."""
    text = text_of(owner)
    given = [each.value for each in arguments if isinstance(each, Known) and isinstance(each.value, str | int) and not isinstance(each.value, bool)]
    if text is None or len(given) != len(arguments) or len(text) > _LONGEST or any(isinstance(each, str) and len(each) > _LONGEST for each in given):
        return None
    if method == "replace" and len(given) > 1 and len(text) * max(len(str(given[1])), 1) > _LONGEST:
        return None
    try:
        found = getattr(text, method)(*given)
    except (TypeError, ValueError):
        return None
    return Listing(tuple(Known(each) for each in found)) if isinstance(found, list) else Known(found)


def percent_formatted(pattern: str, values: Value) -> Value:
    """`pattern % values`."""
    import re

    pieces = re.split(r"(%(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa%])", pattern)
    queue = list(values.items) if isinstance(values, Listing) else [values]
    parts: list[Value] = []
    for piece in pieces:
        if not piece.startswith("%") or len(piece) < 2:
            parts.append(Known(piece))
        elif piece.endswith("%"):
            parts.append(Known("%"))
        elif piece.startswith("%("):
            name = piece[2 : piece.index(")")]
            parts.append((values.get(name) if isinstance(values, Mapping) else None) or Unknown("a part"))
        else:
            parts.append(queue.pop(0) if queue else Unknown("a part"))
    return joined(tuple(parts))


def formatted(pattern: Value, named: dict[str, Value], positional: list[Value]) -> Value:
    """`pattern.format(...)`."""
    import string

    if text_of(pattern) is None or len(text_of(pattern) or "") > _LONGEST:
        return Unknown("a format")
    parts: list[Value] = []
    count = 0
    try:
        for literal, field, _, _ in string.Formatter().parse(text_of(pattern) or ""):
            parts.append(Known(literal))
            if field is None:
                continue
            if field == "" or field.isdigit():
                index = int(field) if field else count
                count += 1
                parts.append(positional[index] if index < len(positional) else Unknown("a part"))
            else:
                parts.append(named.get(field, Unknown("a part")))
    except ValueError:
        return Unknown("a format")
    return joined(tuple(parts))
