"""Times without a zone that are put into tokens.

All four token libraries take a `datetime` without a zone for UTC, and so does `calendar.timegm`; `timestamp()`, `time.mktime` and
`strftime("%s")` take it for local time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts.clock import NaiveTime
from safelint.readers.python._module import PythonModule

_NAIVE = {"datetime.datetime.now": "local", "datetime.datetime.today": "local", "datetime.datetime.utcnow": "utc"}
_CLAIMS = ("exp", "iat", "nbf")
_DEEPEST = 12  # expressions within expressions


def naive_times(module: PythonModule) -> Iterator[NaiveTime]:
    """Every claim of a time that is only right where the clock of the server shows UTC."""
    told: set[tuple[str, str, int]] = set()
    for claim, value in _time_claims(module):
        for each in _alternatives(module, value):
            code = _naive(module, each, read_as="", depth=0)
            key = (claim, code, each.lineno)
            if code and key not in told:
                told.add(key)
                yield NaiveTime(place=module.place(each), claim=claim, call=code)


def _time_claims(module: PythonModule) -> Iterator[tuple[str, ast.expr]]:
    for literal in module.nodes(ast.Dict):
        for key, value in zip(literal.keys, literal.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _CLAIMS:
                yield str(key.value), value
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value in _CLAIMS:
                yield str(target.slice.value), assign.value
    for call in module.nodes(ast.Call):
        if module.qualified(call.func) == "dict" or (isinstance(call.func, ast.Attribute) and call.func.attr == "update"):
            yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg in _CLAIMS)


def _alternatives(module: PythonModule, value: ast.expr) -> list[ast.expr]:
    """The value itself, or what its name is set to in the branches of an `if`, each of which is put into tokens."""
    if isinstance(value, ast.Name):
        assigned = module.assignments(module.scope(value), value.id)
        plain = [each for each in assigned if each is not None]
        if len(plain) == len(assigned) > 1 and _are_branches(module, plain):
            return plain
    return [value]


def _are_branches(module: PythonModule, values: list[ast.expr]) -> bool:
    """Whether only one of these is ever assigned: each stands in another branch of one `if`."""
    found: set[tuple[int, bool]] = set()
    for value in values:
        statement = next(above for above in module.parents(value) if isinstance(above, ast.stmt))
        above = next(iter(module.parents(statement)), None)
        if not isinstance(above, ast.If):
            return False
        found.add((id(above), statement in above.orelse))
    return len(found) == len(values) and len({owner for owner, _ in found}) == 1


def _naive(module: PythonModule, node: ast.expr, *, read_as: str, depth: int) -> str:
    """The code that takes a time whose zone is lost, "" where the time is right. `read_as`: what takes it for local time."""
    if depth > _DEEPEST:
        return ""

    def within(*children: ast.expr, read_as: str = read_as) -> str:
        return next((code for child in children if (code := _naive(module, child, read_as=read_as, depth=depth + 1))), "")

    match node:
        case ast.BinOp(left=left, right=right):
            return within(left, right)
        case ast.Name(id=name):
            assigned = module.assignments(module.scope(node), name)
            return within(assigned[0]) if len(assigned) == 1 and assigned[0] is not None else ""
        case ast.Call(func=ast.Attribute(value=inner, attr="timestamp"), args=[]):
            return within(inner, read_as=".timestamp()")
        case ast.Call(func=ast.Attribute(value=inner, attr="strftime"), args=[ast.Constant(value="%s")]):
            return within(inner, read_as='.strftime("%s")')
        case ast.Call(args=[ast.Call(func=ast.Attribute(value=inner, attr="timetuple" | "utctimetuple"), args=[])]):
            match module.qualified(node.func):
                case "time.mktime":
                    return within(inner, read_as="mktime")
                case "calendar.timegm":
                    return within(inner, read_as="")
                case _:
                    return ""
        case ast.Call(func=ast.Name(id="int" | "float" | "round"), args=[inner, *_]):
            return within(inner)
        case ast.Call(args=[], keywords=[]):
            zone = _NAIVE.get(module.qualified(node.func) or "")
            wrong = zone == ("utc" if read_as else "local")
            return module.text(node) + (f" ... {read_as}" if read_as else "") if wrong else ""
        case _:
            return ""
