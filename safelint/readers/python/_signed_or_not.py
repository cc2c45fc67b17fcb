"""Whether what is asked of a signer is taken without a signature, too."""

from __future__ import annotations

import ast

from safelint.readers.python._module import PythonModule


def takes_unsigned(module: PythonModule, call: ast.Call) -> bool:
    """Whether the text that a call unsigns counts as it is where it is not signed: by a look at it, or after the signer refused it."""
    given = {each.id for argument in call.args for each in ast.walk(argument) if isinstance(each, ast.Name)}
    inner: ast.AST = call
    kept: set[str] = set()
    for outer in module.parents(call):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        if isinstance(outer, ast.Assign):
            kept = {each.id for target in outer.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        if isinstance(outer, ast.If) and any(inner is each for each in outer.body) and _looks_at(outer.test, given):
            return True
        if isinstance(outer, ast.Try) and any(inner is each for each in outer.body):
            return any(_goes_on(handler, given, kept) for handler in outer.handlers)
        inner = outer
    return False


def _looks_at(test: ast.expr, given: set[str]) -> bool:
    """Whether a condition is about how the text looks, and not about whether there is one: `"." in sid`, `is_signed(sid)`."""
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.In) and _names(test.comparators[0], given)
    return isinstance(test, ast.Call) and _names(test, given)


def _goes_on(handler: ast.ExceptHandler, given: set[str], kept: set[str]) -> bool:
    """Whether a refused text is used as it was given."""
    assigned = [each for each in ast.walk(handler) if isinstance(each, ast.Assign)]
    if assigned:
        return any(_names(each.value, given) or _is_cookie(each.value) for each in assigned)
    ends = [each for each in ast.walk(handler) if isinstance(each, ast.Return | ast.Raise | ast.Continue | ast.Break)]
    return not ends and bool(kept) and kept <= given


def _names(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))


def _is_cookie(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "cookies" for each in ast.walk(node))
