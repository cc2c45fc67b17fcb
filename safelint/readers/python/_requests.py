"""When code runs: for each request of a user who is logged in, once at the start, or at another time (a login, a job)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts.provider import Context
from safelint.readers.python._calls import decorators, last_name
from safelint.readers.python._module import FunctionNode, PythonModule

_EACH_REQUEST = {"process_request", "process_view", "before_request", "authenticate_credentials", "load_user_from_request", "get_current_user", "current_user"}
_HOOKS = ("before_request", "before_app_request", "request_loader", "middleware", "token_loader")
_START = re.compile(r"^(__init__|create_app|make_app|main|lifespan|startup|on_startup|setup|init_\w+|configure\w*|ready)$")
_GUARD = re.compile(r"auth|login|token|require|protect|permission", re.IGNORECASE)


def context_of(module: PythonModule, node: ast.AST) -> Context:
    """When a node runs."""
    function = module.function(node)
    if function is None or _START.match(function.name):
        return "start"
    if _is_each_request(module, function):
        return "each-request"
    around = [each for each in callers(module, function.name) if each is not function]
    return "each-request" if any(_is_each_request(module, each) for each in around) or _is_dependency(module, function.name) else "elsewhere"


def _is_each_request(module: PythonModule, function: FunctionNode) -> bool:
    cls = module.class_of(function)
    bases = " ".join(module.text(each) for each in cls.bases) + " " + cls.name if cls else ""
    if function.name in _EACH_REQUEST:
        return True
    if function.name == "authenticate":
        # An authentication class of an API sees every request; an authentication backend sees logins.
        return "Authentication" in bases and "Backend" not in bases
    if function.name in ("__call__", "dispatch") and "Middleware" in bases:
        return True
    if any(name.rsplit(".", 1)[-1] in _HOOKS for name in decorators(module, function)):
        return True
    if "functools.wraps" in decorators(module, function):
        outer = module.function(function)
        return outer is not None and bool(_GUARD.search(outer.name))
    return any(_depends(module, each) for each in _defaults(function))


def _defaults(function: FunctionNode) -> Iterator[ast.expr]:
    yield from (each for each in [*function.args.defaults, *function.args.kw_defaults] if each is not None)
    yield from (each.annotation for each in [*function.args.args, *function.args.kwonlyargs] if each.annotation is not None)


def _depends(module: PythonModule, node: ast.expr) -> bool:
    """Whether a default or an annotation takes a token out of each request, as FastAPI's security schemes do."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and (module.qualified(each.func) or "").rsplit(".", 1)[-1] in ("Depends", "Security") and each.args:
            scheme = (module.qualified(each.args[0]) or module.text(each.args[0])).lower()
            return re.search(r"scheme|bearer|security|token|current_user|oauth2", scheme) is not None
    return False


def callers(module: PythonModule, name: str) -> Iterator[FunctionNode]:
    """The functions of a file that call a function of this name."""
    for call in module.nodes(ast.Call):
        if last_name(call.func) == name and (caller := module.function(call)) is not None:
            yield caller


def _is_dependency(module: PythonModule, name: str) -> bool:
    return any(
        (module.qualified(call.func) or "").rsplit(".", 1)[-1] in ("Depends", "Security")
        and any(isinstance(each, ast.Name) and each.id == name for each in call.args)
        for call in module.nodes(ast.Call)
    )
