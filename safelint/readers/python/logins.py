"""Ways to know who is logged in: the login libraries of Flask, and entries of a session that an application writes by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.identity import LoginKept
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.values import text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (LoginKept,)
TRIGGERS = (b"flask_login", b"flask_security", b"flask_jwt_extended", b"quart_auth", b"session[", b"session.get(", b"in session", b"in request.session")

_LIBRARIES = {
    "flask_login": ("Flask-Login", "LoginManager"),
    "flask_security": ("Flask-Security", "Security"),
    "flask_jwt_extended": ("Flask-JWT-Extended", "JWTManager"),
    "quart_auth": ("Quart-Auth", "QuartAuth"),
}
_USER = re.compile(r"^_?(logged_in_|current_|auth_)?(user|account|member|uid)(_?(id|pk|name|uuid))?$")


def read(source: Source) -> Iterator[Fact]:
    """The ways of logging in that a file sets up or asks for."""
    module = parse(source)
    for package, (way, manager) in _LIBRARIES.items():
        yield from _library(module, package, way, manager)
    for subscript in module.nodes(ast.Subscript):
        if _is_session(module, subscript.value) and not isinstance(subscript.ctx, ast.Del):
            yield from _entry(module, subscript, subscript.slice, isinstance(subscript.ctx, ast.Store))
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get" and call.args and _is_session(module, call.func.value):
            yield from _entry(module, call, call.args[0], sets_up=False)
    for asked in module.nodes(ast.Compare):
        if isinstance(asked.ops[0], ast.In | ast.NotIn) and _is_session(module, asked.comparators[0]):
            yield from _entry(module, asked, asked.left, sets_up=False)


def _library(module: PythonModule, package: str, way: str, manager: str) -> Iterator[LoginKept]:
    imported: list[tuple[ast.stmt, list[str]]] = [(node, [each.name for each in node.names]) for node in module.nodes(ast.Import)]
    imported += [(node, [module.imported_package(node)]) for node in module.nodes(ast.ImportFrom)]
    for node, names in imported:
        if any(name.split(".")[0] == package for name in names):
            yield LoginKept(place=module.place(node), way=way, sets_up=False)
    made: list[tuple[ast.expr | ast.stmt, list[ast.expr]]] = [(call, [call.func]) for call in module.nodes(ast.Call)]
    made += [(cls, cls.bases) for cls in module.nodes(ast.ClassDef)]
    for made_by, named in made:
        if any((name := module.qualified(each) or "").startswith(f"{package}.") and name.endswith(f".{manager}") for each in named):
            yield LoginKept(place=module.place(made_by), way=way, sets_up=True)


def _is_session(module: PythonModule, node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "session" and isinstance(node.value, ast.Name | ast.Attribute) and module.text(node.value) in ("request", "self.request")
    return isinstance(node, ast.Name) and module.qualified(node) in ("flask.session", "flask.globals.session", "quart.session")


def _entry(module: PythonModule, node: ast.expr, key: ast.expr, sets_up: bool) -> Iterator[LoginKept]:
    name = text_of(module.value(key))
    if name and _USER.search(name):
        yield LoginKept(place=module.place(node), way=f'session["{name}"]', sets_up=sets_up)
