"""Provider facts from Python code: requests about tokens and keys, clients for keys, caches of tokens, answers to an outage."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.provider import Asked, KeyClientBuilt, ProviderCalled, ProviderFailureAnswered, TokenCacheRead
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import arguments, decorators, origins, standing
from safelint.readers.python._http import HttpCall, http_call
from safelint.readers.python._outage import answers, token_caches
from safelint.readers.python._requests import callers, context_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (ProviderCalled, KeyClientBuilt, TokenCacheRead, ProviderFailureAnswered)
TRIGGERS = (b"jwk", b"well-known", b"introspect", b"userinfo", b"user_info", b"tokeninfo", b"token_info", b"openid", b"oauth", b"cache", b"logout", b"log_out")

_KEYS = re.compile(r"jwks|jwk_|\.well-known|well_known|/certs\b|certs_ur[il]|discovery_?(url|doc|endpoint)|openid_?config", re.IGNORECASE)
_TOKEN = re.compile(r"introspect|token_?info", re.IGNORECASE)
_USER = re.compile(r"user_?info", re.IGNORECASE)
_WORTH_READING = re.compile(r"jwks?|well.known|introspect|user_?info|token_?info|openid|oauth|cache.*token|token.*cache|log_?out", re.IGNORECASE | re.DOTALL)
_FOREVER = {"functools.lru_cache", "functools.cache"}


def read(source: Source) -> Iterator[Fact]:
    """The provider facts of a file."""
    if not _WORTH_READING.search(source.text):
        return
    module = parse(source)
    for call in module.nodes(ast.Call):
        request = http_call(module, call)
        if request is not None and (asked := _asked(module, request)) is not None:
            yield _called(module, request, asked)
        name = module.qualified(call.func) if module.is_imported(call.func) else None
        if name in ("jwt.PyJWKClient", "jwt.jwks_client.PyJWKClient"):
            yield _key_client(module, call)
    yield from token_caches(module)
    yield from answers(module)


def _asked(module: PythonModule, request: HttpCall) -> Asked | None:
    """What a request is about, by its address, or by the name under which the address goes."""
    texts = [request.method]
    if request.url is not None:
        texts += [module.text(each) for each in origins(module, request.url)]
    text = " ".join(texts)
    if _TOKEN.search(text):
        return "token"
    if _USER.search(text):
        return "user"
    return "keys" if _KEYS.search(text) else None


def _called(module: PythonModule, request: HttpCall, asked: Asked) -> ProviderCalled:
    function = module.function(request.node)
    kept = ""
    if asked == "keys":
        if function is None:
            kept = "asked once, at import"
        else:
            kept = next((f"@{name.rsplit('.', 1)[-1]}" for name in decorators(module, function) if name in _FOREVER), "")
            if kept and _is_cleared(module, function.name):
                kept = ""
    return ProviderCalled(
        place=module.place(request.node),
        asked=asked,
        library=request.library,
        call=module.text(request.node.func),
        function=standing(module, request.node),
        timeout=request.timeout,
        waits_forever=request.waits_forever,
        context=context_of(module, request.node),
        remembered=function is not None and any(_remembers(module, each) for each in (function, *callers(module, function.name))),
        kept=kept,
    )


def _is_cleared(module: PythonModule, function: str) -> bool:
    return any(
        isinstance(each.value, ast.Name | ast.Attribute) and (module.qualified(each.value) or "").rsplit(".", 1)[-1] == function
        for each in module.nodes(ast.Attribute)
        if each.attr == "cache_clear"
    )


def _remembers(module: PythonModule, function: ast.AST) -> bool:
    """Whether anything in a function, or on it, is named after a cache."""
    names = (each.id if isinstance(each, ast.Name) else each.attr for each in ast.walk(function) if isinstance(each, ast.Name | ast.Attribute))
    return any("cache" in name.lower() or "memo" in name.lower() for name in names)


def _key_client(module: PythonModule, call: ast.Call) -> KeyClientBuilt:
    given, _ = arguments(module, call, ("uri", "cache_keys", "max_cached_keys", "cache_jwk_set", "lifespan", "headers", "timeout"))
    return KeyClientBuilt(
        place=module.place(call),
        function=standing(module, call),
        used_at_once=_used_at_once(module, call),
        cache_jwk_set=given.get("cache_jwk_set"),
        cache_keys=given.get("cache_keys"),
        lifespan=given.get("lifespan"),
        timeout=given.get("timeout"),
    )


def _used_at_once(module: PythonModule, call: ast.Call) -> bool:
    """Whether the function that builds a client asks it for a key: nothing then keeps what the client has learned."""
    function = module.function(call)
    if function is None or any("cache" in name for name in decorators(module, function)) or _remembers(module, function):
        return False
    above = module.parent(call)
    if isinstance(above, ast.Attribute) and above.attr.startswith("get_signing_key"):
        return True
    if not isinstance(above, ast.Assign) or len(above.targets) != 1 or not isinstance(above.targets[0], ast.Name):
        return False
    name = above.targets[0].id
    if any(isinstance(each, ast.Global | ast.Nonlocal) and name in each.names for each in ast.walk(function)):
        return False
    return any(
        isinstance(each, ast.Attribute)
        and each.attr.startswith("get_signing_key")
        and isinstance(each.value, ast.Name)
        and each.value.id == name
        and module.function(each) is function
        for each in ast.walk(function)
    )
