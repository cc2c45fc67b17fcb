"""How the key is found that verifies a token: by a name that the token gives, before anybody has verified it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.keys import KeyLookupFails, KidReadFromPayload
from safelint.readers.python._calls import arguments, calls_in, caught_around, origins, standing
from safelint.readers.python._module import PythonModule
from safelint.values import Known, Mapping

DECODE = {
    *(f"{module}.{name}" for module in ("jwt", "jwt.api_jwt") for name in ("decode", "decode_complete")),
    "jose.jwt.decode",
    "authlib.jose.jwt.decode",
    "joserfc.jwt.decode",
}
_UNVERIFIED = {"jose.jwt.get_unverified_claims", "jose.jws.get_unverified_claims"}
_HEADER = ("get_unverified_header", "get_unverified_headers")
# What catches each error too, beside itself.
_CATCHES = {"KeyError": {"LookupError"}, "IndexError": {"LookupError"}, "TypeError": set(), "StopIteration": {"RuntimeError"}}
_EVERYTHING = {"Exception", "BaseException", "?"}


def lookups(module: PythonModule) -> Iterator[Fact]:
    """Names of keys that are taken from claims, and look-ups that end in an error."""
    for node in (*module.nodes(ast.Call), *module.nodes(ast.Subscript)):
        owner = _kid_of(node)
        if owner is not None and any(is_unverified(module, each) for each in origins(module, owner)):
            yield KidReadFromPayload(place=module.place(node), function=standing(module, node), lookup=module.text(node))
    for at, lookup, error in (*_unpacked(module), *_by_header(module)):
        function = module.function(at)
        if function is None or not any((module.qualified(call.func) or "") in DECODE for call in calls_in(function)):
            continue
        if not {error, *_CATCHES[error], *_EVERYTHING} & set(caught_around(module, at) or ()):
            yield KeyLookupFails(place=module.place(at), function=standing(module, at), lookup=module.text(lookup), error=error)


_Lookup = tuple[ast.expr | ast.stmt, ast.expr, str]


def _unpacked(module: PythonModule) -> Iterator[_Lookup]:
    """`key, since = keys.get(kid)`: None can't be unpacked."""
    for assign in module.nodes(ast.Assign):
        match assign:
            case ast.Assign(targets=[ast.Tuple()], value=ast.Call(func=ast.Attribute(attr="get"), args=[_]) as lookup) if not lookup.keywords:
                yield assign, lookup, "TypeError"


def _by_header(module: PythonModule) -> Iterator[_Lookup]:
    """`keys[kid]`, `next(... if key["kid"] == kid)` and `[... if key["kid"] == kid][0]`, where nobody has asked before whether there is such a key."""
    if not any(isinstance(call.func, ast.Attribute | ast.Name) and (module.qualified(call.func) or "").endswith(_HEADER) for call in module.nodes(ast.Call)):
        return
    for node in module.nodes(ast.Subscript):
        if not isinstance(node.ctx, ast.Load):
            continue
        if _is_header_kid(module, node.slice) and not _is_asked_for(module, node):
            yield node, node, "KeyError"
        elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            chosen = next((each for each in origins(module, node.value) if isinstance(each, ast.ListComp)), None)
            if chosen is not None and _chooses_by_kid(module, chosen) and not _is_asked_for(module, node):
                yield node, node, "IndexError"
    for call in module.nodes(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp() as first]) if _chooses_by_kid(module, first) and not _is_asked_for(module, call):
                yield call, call, "StopIteration"


def _chooses_by_kid(module: PythonModule, chosen: ast.ListComp | ast.GeneratorExp) -> bool:
    tests = [test for generator in chosen.generators for test in generator.ifs if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq)]
    return any(_is_header_kid(module, side) for test in tests for side in (test.left, *test.comparators))


def _is_header_kid(module: PythonModule, node: ast.expr) -> bool:
    """Whether an expression is the `kid` of a header that nobody has verified."""
    for each in origins(module, node):
        owner = _kid_of(each)
        for source in origins(module, owner) if owner is not None else ():
            if isinstance(source, ast.Call) and module.is_imported(source.func) and (module.qualified(source.func) or "").endswith(_HEADER):
                return True
    return False


def _is_asked_for(module: PythonModule, node: ast.expr) -> bool:
    """Whether the function has looked first: `kid in keys`, `keys.get(kid)`, or a condition on what was chosen."""
    function = module.function(node)
    if function is None:
        return True
    chosen = node.value.id if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) else ""
    return any(_asks(module, each, chosen) for each in ast.walk(function))


def _asks(module: PythonModule, node: ast.AST, chosen: str) -> bool:
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]):
            return _is_header_kid(module, left) and not isinstance(left, ast.Constant)
        case ast.Call(func=ast.Attribute(attr="get"), args=[name, *_]):
            return _is_header_kid(module, name)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return bool(chosen) and any(isinstance(each, ast.Name) and each.id == chosen for each in ast.walk(test))
        case _:
            return False


def _kid_of(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value="kid"), *_]):
            return owner
        case ast.Subscript(value=owner, slice=ast.Constant(value="kid"), ctx=ast.Load()):
            return owner
        case _:
            return None


def is_unverified(module: PythonModule, node: ast.expr) -> bool:
    """Whether a call takes the claims of a token without looking at its signature."""
    if not isinstance(node, ast.Call):
        return False
    name = module.qualified(node.func) or ""
    if name in _UNVERIFIED:
        return True
    if name not in DECODE:
        return False
    given, _ = arguments(module, node, ("token", "key", "algorithms", "options"))
    options = given.get("options")
    return given.get("verify") == Known(False) or (isinstance(options, Mapping) and options.get("verify_signature") == Known(False))
