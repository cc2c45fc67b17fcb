"""Store facts from Python code: calls that empty a store, by a client or by a cache."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled, MemoryStoreMade, StoreFailureLogsOut
from safelint.readers import Source
from safelint.readers._redis_cli import flushes
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._outage import store_answers
from safelint.values import Called, Known, Listing, Reference, Template, Unknown, Value, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (FlushCalled, MemoryStoreMade, StoreFailureLogsOut)
TRIGGERS = (b"flushall", b"flushdb", b"flush_all", b".clear(", b".aclear(", b"swapdb", b".keys(", b"scan_iter", b".scan(", b"delete_pattern",
            b"redis-cli", b"valkey-cli", b"inmemory", b"delete_cookie", b"logout", b"log_out", b"sign_out", b"session.flush", b"session.invalidate",
            b"end_session", b"destroy_session")  # fmt: skip

_FLUSH_METHODS = {"flushall", "flushdb", "swapdb"}
_FLUSH_COMMAND = re.compile(r"\s*(flushall|flushdb|swapdb)\b", re.IGNORECASE)
_FLUSH_IN_SCRIPT = re.compile(r"redis\.p?call\s*\(\s*['\"](flushall|flushdb|swapdb)['\"]", re.IGNORECASE)
_EVERYTHING = {"*", "**"}
_SESSION_KEYS = re.compile(r"\*?:?(django\.contrib\.sessions[.\w]*|flask_session|sessions?|sess|sid)[:._-]?\*|\*sessions?\*", re.IGNORECASE)
_DELETERS = {"delete", "unlink"}
_CACHES = {"django.core.cache.cache", "django.core.cache.caches"}
_RUNNERS = {"run", "call", "check_call", "check_output", "popen", "system", "sudo", "local", "getoutput", "getstatusoutput", "shell"}
_IN_MEMORY = {
    "starsessions.InMemoryStore", "starsessions.stores.InMemoryStore", "starsessions.stores.memory.InMemoryStore", "starsessions.InMemoryBackend",
    "fastapi_sessions.backends.implementations.InMemoryBackend", "fastapi_sessions.backends.implementations.in_memory_backend.InMemoryBackend",
}  # fmt: skip


def read(source: Source) -> Iterator[Fact]:
    """The flush calls of a file, and the stores that it makes in memory."""
    module = parse(source)
    if module.imports("fakeredis"):
        return
    for call in module.nodes(ast.Call):
        if module.qualified(call.func) in _IN_MEMORY:
            yield MemoryStoreMade(place=module.place(call), name=(module.qualified(call.func) or "").rpartition(".")[2])
        elif isinstance(call.func, ast.Attribute) and (via := _via(module, call, call.func)):
            target = _cache(module, call.func.value) if via in ("cache", "pattern") else module.value(call.func.value)
            yield FlushCalled(place=module.place(call), call=_shown(module, call), via=via, target=target, everything=_takes_all(module, call, call.func.attr))
    yield from store_answers(module)
    loops: list[ast.For | ast.AsyncFor] = [*module.nodes(ast.For), *module.nodes(ast.AsyncFor)]
    for loop in loops:
        if _empties(module, loop) and isinstance(loop.iter, ast.Call | ast.Await):
            found = loop.iter.value if isinstance(loop.iter, ast.Await) else loop.iter
            if isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute):
                target = module.value(found.func.value)
                yield FlushCalled(place=module.place(loop.iter), call=_shown(module, found), via="redis", target=target)


def _takes_all(module: PythonModule, call: ast.Call, name: str) -> bool:
    first = text_of(module.value(call.args[0])) if call.args and not isinstance(call.args[0], ast.Starred) else None
    return name == "flushall" or "flushall" in (first or "").lower()


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
    if name.lower() in _RUNNERS and call.args:
        return "shell" if any(True for _ in flushes(_command(module, call.args[0]))) else None
    if name in ("clear", "aclear") and not call.args and not call.keywords:
        return _cleared(module, function.value)
    if _is_django_cache(module, function.value) and (
        (name in ("delete_pattern", "adelete_pattern") and first and (first in _EVERYTHING or _SESSION_KEYS.fullmatch(first)))
        or (name == "delete_many" and call.args and _is_every_key(module, call.args[0]))
    ):
        return "pattern"
    return None


def _cleared(module: PythonModule, node: ast.expr) -> str | None:
    if _is_django_cache(module, node):
        return "cache"
    target = module.value(node)
    if not isinstance(target, Called):
        return None
    if target.function.endswith("cachelib.RedisCache") and not _has_prefix(module, node):
        return "redis"
    return "flask-caching" if target.function == "flask_caching.Cache" else None


def _command(module: PythonModule, node: ast.expr) -> str:
    """The command line that is given as a text or as a list of words; empty where it is neither."""
    value = module.value(node)
    if isinstance(value, Listing):
        words = [text_of(each) or "x" for each in value.items]
        return " ".join(f"'{word}'" if " " in word else word for word in words)
    return text_of(value) or ""


def _empties(module: PythonModule, loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop over every key, or over the keys of sessions, deletes each of them."""
    if not isinstance(loop.target, ast.Name) or not _is_every_key(module, loop.iter, sessions=True):
        return False
    for each in ast.walk(loop):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _DELETERS:
            asked = any(isinstance(above, ast.If) for above in module.parents(each) if above is not loop and _is_within(above, loop))
            if not asked and any(isinstance(given, ast.Name) and given.id == loop.target.id for given in each.args):
                return True
    return False


def _is_within(node: ast.AST, loop: ast.For | ast.AsyncFor) -> bool:
    return any(each is node for each in ast.walk(loop))


def _is_own(module: PythonModule, call: ast.Call, name: str) -> bool:
    owner = module.class_of(call)
    return owner is not None and any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name for each in owner.body)


def _is_every_key(module: PythonModule, node: ast.expr, sessions: bool = False) -> bool:
    """`client.keys()`, `client.keys("*")`, `client.scan_iter()`: of a client, not of a dictionary. `sessions`: keys like `session:*` count, too."""
    if isinstance(node, ast.Call) and module.qualified(node.func) in ("list", "tuple") and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.Name):
        if (scan := _scan(module, node)) is not None:
            match = module.argument(scan, "match", 1)
            return match is None or text_of(module.value(match)) in _EVERYTHING
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
    text = text_of(module.value(pattern))
    return text in _EVERYTHING or (sessions and text is not None and _SESSION_KEYS.fullmatch(text) is not None)


def _scan(module: PythonModule, node: ast.Name) -> ast.Call | None:
    """The `scan` of `cursor, keys = client.scan(cursor)`, where that is what a name comes from."""
    for each in ast.walk(module.scope(node)):
        if not isinstance(each, ast.Assign) or len(each.targets) != 1 or not isinstance(each.targets[0], ast.Tuple):
            continue
        value = each.value.value if isinstance(each.value, ast.Await) else each.value
        names = [part.id for part in each.targets[0].elts if isinstance(part, ast.Name)]
        if names[1:] == [node.id] and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "scan":
            return value
    return None


def _is_django_cache(module: PythonModule, node: ast.expr) -> bool:
    return module.imports("django") and _django_cache(module, node) is not None


def _django_cache(module: PythonModule, node: ast.expr) -> ast.expr | None:
    """What says which of Django's caches an expression is, through names and the variable of a loop; None where it is none."""
    if isinstance(node, ast.Name) and module.qualified(node) not in _CACHES:
        assigned = [each for each in module.assignments(module.scope(node), node.id) if each is not None]
        for loop in (each for each in module.nodes(ast.For) if isinstance(each.target, ast.Name) and each.target.id == node.id):
            if module.scope(loop) is module.scope(node) and module.text(loop.iter) in ("caches.all()", "caches.all(initialized_only=True)"):
                return loop.iter
        if len(assigned) != 1:
            return None
        node = assigned[0]
    holder = node.value if isinstance(node, ast.Subscript) else node
    return node if module.qualified(holder) in _CACHES else None


def _cache(module: PythonModule, node: ast.expr) -> Value:
    """Which of Django's caches: its alias, `*` for each of them in a loop."""
    found = _django_cache(module, node)
    if isinstance(found, ast.Subscript):
        if isinstance(found.slice, ast.Name) and any(
            isinstance(loop.target, ast.Name) and loop.target.id == found.slice.id and module.text(loop.iter).endswith(("CACHES", "CACHES.keys()", "caches"))
            for loop in module.nodes(ast.For)
        ):
            return Known("*")
        alias = module.value(found.slice)
        return alias if isinstance(alias, Known) else Unknown("one of the caches")
    return Known("*") if isinstance(found, ast.Call) else Known("default")


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
