"""Store facts from Python code: calls that empty a store, by a client or by a cache."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.values import Called, Known, Reference, Template, Unknown, Value, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (FlushCalled,)
TRIGGERS = (b"flushall", b"flushdb", b"flush_all", b".clear(", b"swapdb", b".keys(", b"scan_iter")

_FLUSH_METHODS = {"flushall", "flushdb"}
_FLUSH_COMMAND = re.compile(r"\s*(flushall|flushdb)\b", re.IGNORECASE)
_FLUSH_IN_SCRIPT = re.compile(r"redis\.p?call\s*\(\s*['\"](flushall|flushdb)['\"]", re.IGNORECASE)
_EVERYTHING = {"*", "**"}
_DELETERS = {"delete", "unlink"}
_CACHES = {"django.core.cache.cache", "django.core.cache.caches"}


def read(source: Source) -> Iterator[Fact]:
    """The flush calls of a file."""
    module = parse(source)
    if module.imports("fakeredis"):
        return
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and (via := _via(module, call, call.func)):
            target = _cache(module, call.func.value) if via == "cache" else module.value(call.func.value)
            yield FlushCalled(place=module.place(call), call=_shown(module, call), via=via, target=target)


def _via(module: PythonModule, call: ast.Call, function: ast.Attribute) -> str | None:
    """How a call empties a store; None where it does not."""
    name = function.attr
    if name in _FLUSH_METHODS:
        # A function of the file's own module, or a class's, is judged where it is written.
        return None if module.qualified(function.value) in ("self", "cls") and _is_own(module, call, name) else "redis"
    first = text_of(module.value(call.args[0])) if call.args and not isinstance(call.args[0], ast.Starred) else None
    if name in ("execute_command", "send_command") and first and _FLUSH_COMMAND.match(first):
        return "redis"
    if name in ("eval", "register_script") and first and _FLUSH_IN_SCRIPT.search(first):
        return "redis"
    if name in _DELETERS and len(call.args) == 1 and isinstance(call.args[0], ast.Starred) and _is_every_key(module, call.args[0].value):
        return "redis"
    if name == "clear" and not call.args and not call.keywords:
        if _is_django_cache(module, function.value):
            return "cache"
        target = module.value(function.value)
        if isinstance(target, Called) and target.function.endswith("cachelib.RedisCache") and not _has_prefix(module, function.value):
            return "redis"
    return None


def _is_own(module: PythonModule, call: ast.Call, name: str) -> bool:
    owner = module.class_of(call)
    return owner is not None and any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name for each in owner.body)


def _is_every_key(module: PythonModule, node: ast.expr) -> bool:
    """`client.keys()`, `client.keys("*")`, `client.scan_iter()`: of a client, not of a dictionary."""
    if isinstance(node, ast.Call) and module.qualified(node.func) in ("list", "tuple") and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Name):
        assigned = [each for each in module.assignments(module.scope(node), node.id) if each is not None]
        if len(assigned) != 1:
            return False
        node = assigned[0]
    if isinstance(node, ast.Await):
        node = node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in ("keys", "scan_iter"):
        return False
    pattern = module.argument(node, "pattern", 0) or module.argument(node, "match", 0)
    if pattern is None:
        return node.func.attr == "scan_iter" or (module.imports("redis") or module.imports("valkey") or module.imports("django_redis"))
    return text_of(module.value(pattern)) in _EVERYTHING


def _is_django_cache(module: PythonModule, node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value
    return module.qualified(node) in _CACHES and module.imports("django")


def _cache(module: PythonModule, node: ast.expr) -> Value:
    """Which of Django's caches: its alias."""
    if isinstance(node, ast.Subscript):
        alias = module.value(node.slice)
        return alias if isinstance(alias, Known) else Unknown("one of the caches")
    return Known("default")


def _has_prefix(module: PythonModule, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        scopes = (module.scope(node), module.tree)
        assigned = [each for scope in scopes for each in module.assignments(scope, node.id) if isinstance(each, ast.Call)]
        return any(module.argument(each, "key_prefix") is not None for each in assigned)
    return isinstance(node, ast.Call) and module.argument(node, "key_prefix") is not None


def _shown(module: PythonModule, call: ast.Call) -> str:
    """The call without what is written in its arguments: an address may hold a password."""
    text = module.text(call.func)
    where = module.value(call.func.value) if isinstance(call.func, ast.Attribute) else None
    if isinstance(where, Called | Template | Reference) and "(" in text:
        text = f"{text.partition('(')[0]}(...){text[text.rindex(')') + 1 :]}"
    return f"{text}({'...' if call.args or call.keywords else ''})"
