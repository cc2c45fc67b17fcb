"""Expiry that code compares by itself, after a library has checked it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts.clock import ExpiryCompared, TokenVerified
from safelint.readers.python._calls import calls_in, local_function, origins
from safelint.readers.python._module import PythonModule

_NOW = {"time.time", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.now", "datetime.utcnow", "django.utils.timezone.now", "timezone.now"}
# What makes an object of a dictionary of claims, beside `Claims(**payload)`.
_MADE_BY = {"model_validate", "parse_obj", "from_dict", "validate_python"}
_Verified = dict[ast.Call, TokenVerified]


def compared_by_hand(module: PythonModule, verified: _Verified) -> Iterator[ExpiryCompared]:
    """Every condition on the `exp` of a token that one of these calls has verified."""
    for comparison in module.nodes(ast.Compare):
        yield from _compared(module, comparison, verified)


def _compared(module: PythonModule, comparison: ast.Compare, verified: _Verified) -> Iterator[ExpiryCompared]:
    if len(comparison.ops) != 1 or not isinstance(comparison.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE) or not _decides(module, comparison):
        return
    sides = (comparison.left, comparison.comparators[0])
    # How long a token has to live is asked for other reasons too (a list of revoked ones): there, only an error is a refusal.
    remaining = _remaining(module, *sides) if _decides(module, comparison, (ast.Raise,)) else ()
    for expiry, now in (*remaining, sides, sides[::-1]):
        found = next((each for each in _expiry(module, expiry, verified)), None)
        if found is not None and _is_now(module, now):
            call, needs_claim = found
            if verified[call].checks_expiry:
                yield ExpiryCompared(
                    place=module.place(comparison),
                    library=verified[call].library,
                    comparison=module.text(comparison),
                    leeway=verified[call].leeway,
                    needs_claim=needs_claim,
                )
            return


def _decides(module: PythonModule, comparison: ast.Compare, ends: tuple[type[ast.stmt], ...] = (ast.Raise, ast.Return)) -> bool:
    """Whether the comparison is a condition under which the function raises or returns."""
    for above in module.parents(comparison):
        if isinstance(above, ast.If):
            return any(isinstance(each, ends) for statement in above.body for each in ast.walk(statement))
        if isinstance(above, ast.stmt):
            return isinstance(above, ast.Return | ast.Assert)
    return False


def _remaining(module: PythonModule, left: ast.expr, right: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Both sides of a difference that is compared with 0: `payload["exp"] - now <= 0`."""
    for difference, zero in ((left, right), (right, left)):
        if isinstance(zero, ast.Constant) and type(zero.value) in (int, float) and zero.value == 0:
            for each in origins(module, difference):
                if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub):
                    yield from ((each.left, each.right), (each.right, each.left))


def _expiry(module: PythonModule, node: ast.expr, verified: _Verified) -> Iterator[tuple[ast.Call, bool]]:
    """The verifying calls whose `exp` this expression is, with whether a missing claim raises. Arithmetic is a tolerance, and no such expression."""
    for each in origins(module, node):
        if isinstance(each, ast.Call) and each.args and not any(isinstance(inner, ast.BinOp) for inner in ast.walk(each)):
            name = module.qualified(each.func) or ""
            if name in ("int", "float") or name.endswith("fromtimestamp"):
                yield from _expiry(module, each.args[0], verified)
                continue
        owner, needs_claim = _claim(each)
        if owner is None:
            continue
        for source in _sources(module, owner):
            for call in verified:
                if source is call or (isinstance(call.func, ast.Attribute) and verified[call].library == "Authlib" and _same_name(call.func.value, owner)):
                    yield call, needs_claim


def _sources(module: PythonModule, owner: ast.expr) -> Iterator[ast.expr]:
    """Where claims may come from: in the function, on `self`, in an object that was made of them, or as an argument of a function of this file."""
    for each in origins(module, owner):
        yield each
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self":
            cls = module.class_of(each)
            yield from (value for value in (module.assignments(cls, f"self.{each.attr}") if cls else ()) if value is not None)
        elif isinstance(each, ast.Name):
            for argument in _arguments_for(module, each):
                yield from origins(module, argument)
        elif isinstance(each, ast.Call):
            for claims in _made_of(each):
                yield from origins(module, claims)


def _made_of(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg is None)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _MADE_BY and call.args:
        yield call.args[0]


def _arguments_for(module: PythonModule, name: ast.Name) -> Iterator[ast.expr]:
    """What the calls in this file give for a parameter of the function around it."""
    function = module.function(name)
    if function is None or name.id not in (names := [each.arg for each in function.args.args]):
        return
    for call in module.nodes(ast.Call):
        if local_function(module, call) is function:
            given = module.argument(call, name.id, names.index(name.id) - (names[0] in ("self", "cls")))
            if given is not None:
                yield given


def _same_name(one: ast.expr, other: ast.expr) -> bool:
    return isinstance(one, ast.Name) and isinstance(other, ast.Name) and one.id == other.id


def _claim(node: ast.expr) -> tuple[ast.expr | None, bool]:
    match node:
        case ast.Subscript(value=owner, slice=ast.Constant(value="exp")):
            return owner, True
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value="exp"), *_]):
            return owner, False
        case ast.Attribute(value=owner, attr="exp"):
            return owner, False
        case _:
            return None, False


def _is_now(module: PythonModule, node: ast.expr) -> bool:
    for each in origins(module, node):
        if any(isinstance(inner, ast.BinOp) for inner in ast.walk(each)):
            return False
        if any((module.qualified(call.func) or "") in _NOW for call in calls_in(each)):
            return True
    return False
