"""Identity facts from Python code: session stores of one's own, and what of a user Flask-Login keeps in a session."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.identity import IdentityGiven, IdentityLookedUp, SessionInterfaceDefined, SessionStoreDefined
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import calls_in
from safelint.readers.python._module import FunctionNode
from safelint.readers.python._signed_or_not import takes_unsigned

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (SessionStoreDefined, SessionInterfaceDefined, IdentityGiven, IdentityLookedUp)
TRIGGERS = (b"sessionstore", b"sessioninterface", b"flask_login", b"user_loader", b"usermixin")

_ENGINES = "django.contrib.sessions.backends."
_SIGNS = re.compile(r"^_*(get_|make_)?(un)?sign(er|ed)?(_(?!in|up|out|off)\w+)?$|Signer$")
_PRIMARY = {"id", "pk", "primary key"}
_GETS = {"get", "get_or_none", "get_or_404", "get_by_id"}


def read(source: Source) -> Iterator[Fact]:
    """The identity facts of a file."""
    module = parse(source)
    yield from _stores(module)
    yield from _interfaces(module)
    if module.imports("flask_login"):
        for cls in module.nodes(ast.ClassDef):
            yield from _given(module, cls)
        functions: list[FunctionNode] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
        for function in functions:
            yield from _looked_up(module, function)


def _stores(module: PythonModule) -> Iterator[SessionStoreDefined]:
    """The class that the name `SessionStore` stands for in this module, by itself or by an assignment."""
    classes = {cls.name: cls for cls in module.nodes(ast.ClassDef)}
    cls = classes.get("SessionStore")
    if cls is None:
        named = module.assignments(module.tree, "SessionStore")
        cls = next((classes[each.id] for each in named if isinstance(each, ast.Name) and each.id in classes), None)
    if cls is None:
        return
    engine = next((name.removesuffix(".SessionStore") for base in cls.bases if (name := module.qualified(base) or "").startswith(_ENGINES)), "")
    if engine:
        own = [*(each.name for each in _methods(cls)), *_attributes(cls)]
        yield SessionStoreDefined(place=module.place(cls), name=cls.name, engine=engine, overrides=tuple(sorted(own)))


def _interfaces(module: PythonModule) -> Iterator[SessionInterfaceDefined]:
    """Classes whose name or base says that they keep the sessions of Flask."""
    for cls in module.nodes(ast.ClassDef):
        bases = [module.qualified(base) or "" for base in cls.bases]
        engine = next((each for each in bases if each.endswith("SessionInterface")), bases[0] if bases and cls.name.endswith("SessionInterface") else "")
        if engine:
            own = [*(each.name for each in _methods(cls) if not _asks_above(each)), *_attributes(cls)]
            signs = _signs(module, cls)
            also = bool(signs) and any(takes_unsigned(module, call) for call in _signers(module, cls))
            overrides = tuple(sorted(own))
            yield SessionInterfaceDefined(place=module.place(cls), name=cls.name, engine=engine, overrides=overrides, signs=signs, takes_unsigned=also)


def _signs(module: PythonModule, cls: ast.ClassDef) -> bool | None:
    """Whether a class reads the cookie through a signer; a signer that is asked for by an argument counts by the argument's default."""
    methods = {each.name: each for each in _methods(cls)}
    opens = methods.get("open_session")
    if opens is None:
        return None
    calls = _signers(module, cls)
    return bool(calls) and not any(_is_off(each, methods.get("__init__")) for call in calls for each in module.parents(call) if isinstance(each, ast.If))


def _signers(module: PythonModule, cls: ast.ClassDef) -> list[ast.Call]:
    """The calls by which a class asks a signer for what the cookie holds."""
    opens = next((each for each in _methods(cls) if each.name == "open_session"), None)
    calls = calls_in(opens) if opens is not None else ()
    return [call for call in calls if _SIGNS.search((module.text(call.func)).split("(")[0].rpartition(".")[2])]


def _is_off(asked: ast.If, init: FunctionNode | None) -> bool:
    """Whether a condition is one argument of the class that is false where nobody gives it: `if self.use_signer`."""
    if init is None or not isinstance(asked.test, ast.Attribute) or not _is_self(asked.test.value):
        return False
    arguments = init.args
    positional = dict(zip(reversed(arguments.args), reversed(arguments.defaults), strict=False))
    named = dict(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    defaults = {each.arg: default for each, default in [*positional.items(), *named.items()]}
    given = defaults.get(asked.test.attr)
    return isinstance(given, ast.Constant) and not given.value


def _methods(cls: ast.ClassDef) -> list[FunctionNode]:
    return [each for each in cls.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]


def _attributes(cls: ast.ClassDef) -> list[str]:
    return [each.targets[0].id for each in cls.body if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)]


def _asks_above(method: FunctionNode) -> bool:
    """Whether a method calls the one that it overrides."""
    return any(isinstance(each.func, ast.Attribute) and each.func.attr == method.name and _is_super(each.func.value) for each in calls_in(method))


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _given(module: PythonModule, cls: ast.ClassDef) -> Iterator[IdentityGiven]:
    method = next((each for each in cls.body if isinstance(each, ast.FunctionDef) and each.name == "get_id"), None)
    if method is None:
        if any((module.qualified(base) or "").endswith("UserMixin") for base in cls.bases):
            yield IdentityGiven(place=module.place(cls), owner=cls.name, attributes=("primary key",))
        return
    returned = [each.value for each in ast.walk(method) if isinstance(each, ast.Return) and each.value is not None]
    read = {each.attr for value in returned for each in ast.walk(value) if isinstance(each, ast.Attribute) and _is_self(each.value)}
    if read:
        yield IdentityGiven(place=module.place(method), owner=cls.name, attributes=_columns(read))


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _looked_up(module: PythonModule, function: FunctionNode) -> Iterator[IdentityLookedUp]:
    loads = any(isinstance(each, ast.Attribute) and each.attr == "user_loader" for each in function.decorator_list)
    if not loads or not function.args.args:
        return
    parameter = function.args.args[-1].arg
    found: set[str] = set()
    for call in calls_in(function):
        found |= {keyword.arg for keyword in call.keywords if keyword.arg and _names(keyword.value, parameter)}
        if isinstance(call.func, ast.Attribute) and call.func.attr in _GETS and any(_names(each, parameter) for each in call.args):
            found.add("primary key")
    for each in ast.walk(function):
        if isinstance(each, ast.Compare) and any(_names(side, parameter) for side in (each.left, *each.comparators)):
            found |= {side.attr for side in (each.left, *each.comparators) if isinstance(side, ast.Attribute)}
    if found:
        yield IdentityLookedUp(place=module.place(function), columns=_columns(found))


def _names(node: ast.expr, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def _columns(names: set[str]) -> tuple[str, ...]:
    """Columns in order; the ways to say "the primary key" are one."""
    return tuple(sorted({"primary key" if name in _PRIMARY else name for name in names}))
