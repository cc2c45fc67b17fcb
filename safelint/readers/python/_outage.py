"""What code does when a provider does not answer: fall back on a cache of tokens, log the user out, refuse the request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts.provider import Action, ProviderFailureAnswered, TokenCacheRead
from safelint.facts.store import StoreFailureLogsOut
from safelint.readers.python._calls import caught_around, local_function, origins, standing
from safelint.readers.python._http import COVERING, TRANSPORT_ERRORS, HttpCall, http_call
from safelint.readers.python._module import FunctionNode, PythonModule

_TOKEN_NAME = re.compile(r"token|bearer|jwt|credential", re.IGNORECASE)
_TRANSPORT = {
    "RequestException", "ConnectionError", "Timeout", "ConnectTimeout", "ReadTimeout", "HTTPError", "HTTPStatusError",
    "TransportError", "RequestError", "TimeoutException", "URLError", "ConnectError",
}  # fmt: skip
_EVERYTHING = {"Exception", "BaseException"}
_STORE_ERRORS = {
    "RedisError", "ValkeyError", "ConnectionError", "TimeoutError", "BusyLoadingError", "ClusterDownError", "ConnectionInterrupted", "ResponseError",
    "MasterNotFoundError", "ReadOnlyError",
}  # fmt: skip
_STORE_READS = {"get", "getex", "hget", "hgetall", "mget", "hmget", "exists"}
_SESSION_STORE = re.compile(r"sess\w*?[._]?(store|redis|cache|client|backend)$", re.IGNORECASE)
_LOGOUT = re.compile(r"(^|\.)(logout|logout_user|log_out|sign_out)$|session\.(flush|clear|invalidate)$|(^|\.)(delete_cookie|end_session|destroy_session)$")
_UNAUTHORIZED = re.compile(r"(^|\.)(Unauthorized|AuthenticationFailed|NotAuthenticated|InvalidToken|HTTPUnauthorized|AuthError|AuthenticationError)$")
_SUCCESS = {200, 299, 300, 399, 400, 500}


# ---- caches of tokens


def token_caches(module: PythonModule) -> Iterator[TokenCacheRead]:
    """The functions of a file that look a token up in a cache and fall back on what they found."""
    for function, name, holder, key, node in _lookups(module):
        for handler, attempt in _handlers(module, function):
            if not any(_mentions(each, name) for each in _returned(handler)):
                continue
            cache = module.text(holder)
            caught = _caught(module, attempt)
            yield TokenCacheRead(
                place=module.place(node),
                function=standing(module, node),
                cache=cache,
                per_process=_is_dictionary(module, holder),
                raw_key=isinstance(key, ast.Name),
                bounded=any(_compares(each, name) for each in ast.walk(handler)),
                evicts=_evicts(module, module.tree, cache) or not _is_dictionary(module, holder),
                forgets=_evicts(module, function, cache),
                caught=caught,
                uncaught=_uncaught(module, attempt, caught),
            )


def _lookups(module: PythonModule) -> Iterator[tuple[FunctionNode, str, ast.expr, ast.expr, ast.expr]]:
    """`name = holder.get(key)` or `name = holder[key]` where something says that it is about tokens: the function, the name, the holder and the key."""
    for assign in module.nodes(ast.Assign):
        if len(assign.targets) != 1 or not isinstance(assign.targets[0], ast.Name):
            continue
        value = assign.value.value if isinstance(assign.value, ast.Await) else assign.value
        match value:
            case ast.Call(func=ast.Attribute(value=holder, attr="get"), args=[key, *_]):
                pass
            case ast.Subscript(value=holder, slice=key):
                pass
            case _:
                continue
        function = module.function(assign)
        if (
            function is not None
            and "cache" in module.text(holder).lower()
            and (_TOKEN_NAME.search(module.text(key)) or any(_TOKEN_NAME.search(module.text(each)) for each in origins(module, key)))
        ):
            yield function, assign.targets[0].id, holder, key, value


def _handlers(module: PythonModule, function: FunctionNode) -> Iterator[tuple[ast.ExceptHandler, ast.Try]]:
    for each in module.nodes(ast.Try):
        if module.function(each) is function:
            for handler in each.handlers:
                yield handler, each


def _returned(node: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(node):
        if isinstance(each, ast.Return) and each.value is not None:
            yield each.value


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def _compares(node: ast.AST, name: str) -> bool:
    """Whether a comparison of size asks something of the entry, or of a time."""
    if isinstance(node, ast.Compare) and any(isinstance(each, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for each in node.ops):
        return True
    # A helper that is given the entry, or a method of it, may compare for us.
    return (
        isinstance(node, ast.Call)
        and re.search(r"fresh|stale|expired|valid|usable|recent", ast.unparse(node.func), re.IGNORECASE) is not None
        and _mentions(node, name)
    )


def _is_dictionary(module: PythonModule, holder: ast.expr) -> bool:
    candidates: list[ast.expr | None] = []
    if isinstance(holder, ast.Name):
        candidates = [*module.assignments(module.tree, holder.id)]
    elif isinstance(holder, ast.Attribute) and isinstance(holder.value, ast.Name) and holder.value.id in ("self", "cls"):
        cls = module.class_of(holder)
        candidates = [*module.assignments(cls, holder.attr), *module.assignments(cls, f"self.{holder.attr}")] if cls else []
    return bool(candidates) and all(
        isinstance(each, ast.Dict)
        or (isinstance(each, ast.Call) and module.qualified(each.func) in ("dict", "collections.OrderedDict", "collections.defaultdict"))
        for each in candidates
    )


def _evicts(module: PythonModule, within: ast.AST, cache: str) -> bool:
    for each in ast.walk(within):
        if isinstance(each, ast.Attribute) and each.attr in ("pop", "popitem", "clear", "delete", "invalidate", "expire") and module.text(each.value) == cache:
            return True
        if isinstance(each, ast.Delete) and any(isinstance(target, ast.Subscript) and module.text(target.value) == cache for target in each.targets):
            return True
    return False


def _caught(module: PythonModule, attempt: ast.Try) -> tuple[str, ...]:
    return (caught_around(module, attempt.body[0]) or ()) if attempt.body else ()


def _uncaught(module: PythonModule, attempt: ast.Try, caught: tuple[str, ...]) -> str:
    """The transport error of a request in a `try`, or in a function of this file that it calls, which no handler covers."""
    if "?" in caught or _EVERYTHING & set(caught):
        return ""
    for request in _requests(module, attempt.body):
        covering = COVERING.get(request.library, COVERING["requests"])
        if not covering & set(caught) and not {"ConnectionError", "Timeout"} <= set(caught):
            return TRANSPORT_ERRORS[request.library]
    return ""


def _requests(module: PythonModule, body: list[ast.stmt], follow: bool = True) -> Iterator[HttpCall]:
    for statement in body:
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call):
                continue
            request = http_call(module, call)
            if request is not None:
                yield request
            elif follow and (called := local_function(module, call)) is not None and not any(isinstance(each, ast.Try) for each in ast.walk(called)):
                yield from _requests(module, called.body, follow=False)


# ---- answers to a failure


def answers(module: PythonModule) -> Iterator[ProviderFailureAnswered]:
    """Where a file logs a user out, or calls a token bad, because the provider failed."""
    for attempt in module.nodes(ast.Try):
        requests = list(_requests(module, attempt.body))
        if not requests:
            continue
        for handler in attempt.handlers:
            names = [name for name in _names(module, handler) if name in _TRANSPORT | _EVERYTHING]
            if names and (found := _answer(module, handler.body, outage_only=bool(set(names) & _TRANSPORT))) is not None:
                action, node = found
                yield ProviderFailureAnswered(
                    place=module.place(node), on=", ".join(names), action=action, function=standing(module, node), code=module.text(node)
                )
    for condition in module.nodes(ast.If):
        status = _failed_status(module, condition.test)
        if status is not None and (found := _answer(module, condition.body, outage_only=False)) is not None and found[0] == "logout":
            yield ProviderFailureAnswered(
                place=module.place(found[1]), on=status, action="logout", function=standing(module, found[1]), code=module.text(found[1])
            )


def store_answers(module: PythonModule) -> Iterator[StoreFailureLogsOut]:
    """Where a file logs a user out because the session store failed."""
    if not any(module.imports(each) for each in ("redis", "valkey", "aioredis", "django_redis", "coredis", "glide")):
        return
    for attempt in module.nodes(ast.Try):
        if not any(_reads_store(module, each) for statement in attempt.body for each in ast.walk(statement)):
            continue
        for handler in attempt.handlers:
            names = [name for name in _names(module, handler) if name in _STORE_ERRORS | _EVERYTHING]
            if names and (found := _answer(module, handler.body, outage_only=False)) is not None and found[0] == "logout":
                yield StoreFailureLogsOut(place=module.place(found[1]), function=standing(module, found[1]), on=", ".join(names), code=module.text(found[1]))


def _reads_store(module: PythonModule, node: ast.AST) -> bool:
    """Whether a session is asked for: by a key that says so, or from something that is called a store of sessions."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _STORE_READS or not node.args:
        return False
    holder = module.text(node.func.value)
    if _SESSION_STORE.search(holder):
        return True
    # A session of requests, one that is read like a dictionary, and the request itself are no store.
    if re.search(r"(session|cookies|headers|environ|request|args|form)$", holder, re.IGNORECASE):
        return False
    return any(re.search(r"sess|sid\b", module.text(each), re.IGNORECASE) for each in (node.args[0], *origins(module, node.args[0])))


def _names(module: PythonModule, handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield "BaseException"
        return
    for each in handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]:
        yield (module.qualified(each) or "?").rsplit(".", 1)[-1]


def _answer(module: PythonModule, body: list[ast.stmt], outage_only: bool) -> tuple[Action, ast.expr | ast.stmt] | None:
    if any(_looks_at_status(each) for statement in body for each in ast.walk(statement)):
        return None
    for statement in body:
        for each in ast.walk(statement):
            if isinstance(each, ast.Call) and _LOGOUT.search(module.qualified(each.func) or ""):
                return "logout", each
    for statement in body:
        for each in ast.walk(statement):
            if outage_only and isinstance(each, ast.Raise) and each.exc is not None and _is_unauthorized(module, each.exc):
                return "unauthorized", each
    return None


def _looks_at_status(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("status_code", "status", "code")


def _is_unauthorized(module: PythonModule, node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    if _UNAUTHORIZED.search(module.qualified(called) or ""):
        return True
    if isinstance(node, ast.Call) and (module.qualified(node.func) or "").endswith("HTTPException"):
        return any("401" in ast.unparse(each) for each in [*node.args, *(keyword.value for keyword in node.keywords)])
    return False


def _failed_status(module: PythonModule, test: ast.expr) -> str | None:
    """A condition that is also true when the provider answers 5xx: `not r.ok`, `r.status_code != 200`, `>= 400`; r from an HTTP request."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute(value=response, attr="ok" | "is_success")):
            pass
        case ast.Compare(
            left=ast.Attribute(value=response, attr="status_code" | "status"),
            ops=[ast.NotEq() | ast.Gt() | ast.GtE()],
            comparators=[ast.Constant(value=int() as limit)],
        ):
            if limit not in _SUCCESS:
                return None
        case ast.Attribute(value=response, attr="is_error"):
            pass
        case _:
            return None
    is_response = any(isinstance(each, ast.Call) and http_call(module, each) is not None for each in origins(module, response))
    return module.text(test) if is_response else None
