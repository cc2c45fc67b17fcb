"""A Python file as the readers want it: nodes by type, imports resolved, expressions turned into values."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Callable, Iterator
from typing import TypeVar

from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers.python._folding import combined, either, formatted, joined, text_method
from safelint.values import (
    Called,
    Duration,
    Environment,
    Known,
    Listing,
    Mapping,
    Reference,
    Template,
    Unknown,
    Value,
    seconds_of,
    text_of,
)

N = TypeVar("N", bound=ast.AST)
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

NAMES = r"\.py$"
"""Python source, and nothing else."""

# What newer Pythons brought; a file that has none of it and does not parse is no Python.
_MAY_BE_NEWER = re.compile(
    r"^[ \t]*type[ \t\\]+\w|\b(?:class|def)[ \t]+\w+[ \t\\]*\[|\bexcept\b[^:#\n]*,|\b(?:f|rf|fr|t|rt|tr)[\"']", re.MULTILINE | re.IGNORECASE
)
_MOST_ASSIGNED = 50  # values of one name: each use looks at them all, which in a generated file would never end
_DEEPEST = 40  # expressions within expressions; a value behind more is not worth a guess

_ASSIGNING = {ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem, ast.arg, ast.ExceptHandler}
_LEAVES = {ast.Name, ast.Constant}
# Contexts and operators are shared objects without a place: they have no one parent, and nobody asks for them.
_SHARED = {"ctx", "op", "ops"}

# Functions that only pass their first argument on.
_TRANSPARENT = {"str", "bytes", "bool", "int", "float", "list", "tuple", "set", "frozenset", "sqlalchemy.text", "sqlalchemy.sql.text",
                "sqlalchemy.sql.expression.text", "typing.cast", "django.utils.functional.SimpleLazyObject", "os.fspath", "textwrap.dedent",
                "inspect.cleandoc", "pydantic.SecretStr", "pydantic.types.SecretStr"}  # fmt: skip
_PASS_THROUGH_METHODS = {"encode", "decode", "get_secret_value", "total_seconds"}
# Methods of a text that give a text, or a list of them, from texts and numbers: names and domains of cookies are often made so.
_TEXT_METHODS = {"split", "rsplit", "replace", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"}
_TIMEDELTA_UNITS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")
_SECONDS = {"days": 86400.0, "seconds": 1.0, "microseconds": 1e-6, "milliseconds": 1e-3, "minutes": 60.0, "hours": 3600.0, "weeks": 604800.0}
# Names under which the wrappers of django-environ, python-decouple, starlette and pydantic are called.
_ENVIRONMENT_CALLS = {"os.environ.get", "os.getenv", "environ.get", "getenv", "os.environ.setdefault", "decouple.config", "config", "env", "environ",
                      "environs.Env", "get_env", "get_env_variable", "env_var", "get_from_env", "getenv_bool"}  # fmt: skip
# Functions of an application itself that read a variable, by what they are mostly called: `get_bool_from_env`, `settings.env_secret`.
_ENVIRONMENT_NAME = re.compile(
    r"(^|\.)(?!(set|has|is|in|add|del|delete|update|patch|clear)_)(\w+_)?(from_)?env"
    r"(_(var|variable|value|bool|boolean|int|integer|float|str|string|list|secret|setting|path|json|url))?$"
)


@functools.lru_cache(maxsize=8)
def parse(source: Source) -> PythonModule:
    """The module of a source. Raises Unreadable for one that is no Python."""
    try:
        return PythonModule(source, _tree(source.text))
    except SyntaxError as error:
        if _MAY_BE_NEWER.search(source.text):
            from safelint.readers.python._newer import in_older_words

            older = in_older_words(source.text)
            if older is not None and older != source.text:
                return parse(Source(source.path, older))
        raise Unreadable(f"not Python: {error.msg}", error.lineno or 1) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"not Python: {type(error).__name__}") from None


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in somebody's string is not ours to warn about
        return ast.parse(text)


class PythonModule:
    """A parsed file."""

    def __init__(self, source: Source, tree: ast.Module) -> None:
        self.path = source.path
        self.tree = tree
        self.dotted = dotted_path(source.path)
        self._lines = source.text.split("\n")
        self._by_type: dict[type[ast.AST], list[ast.AST]] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        self._assigned: dict[ast.AST, dict[str, list[ast.expr | None]]] = {}
        self._imports: dict[str, str] = {}
        self._has_star = False
        self._wrappers: dict[str, ast.FunctionDef | None] = {}
        self._index()

    @functools.cached_property
    def functions(self) -> dict[str, FunctionNode]:
        """The functions of the module itself, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    # ---- walking

    def nodes(self, *types: type[N]) -> Iterator[N]:
        """Every node of these exact types, each type in source order."""
        for each in types:
            yield from self._by_type.get(each, ())  # type: ignore[misc]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around this one."""
        return self._parents.get(node)

    def parents(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around this one, from the inside out."""
        while (above := self._parents.get(node)) is not None:
            yield above
            node = above

    def scope(self, node: ast.AST) -> Scope:
        """The function, class or module in which a node stands."""
        for above in self.parents(node):
            if isinstance(above, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                return above
        return self.tree

    def function(self, node: ast.AST) -> FunctionNode | None:
        """The function around a node."""
        return next((above for above in self.parents(node) if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The class around a node."""
        return next((above for above in self.parents(node) if isinstance(above, ast.ClassDef)), None)

    def is_conditional(self, node: ast.AST) -> bool:
        """Whether a statement runs only in some case (under `if`, `try`, a loop), seen from its scope."""
        for above in self.parents(node):
            if isinstance(above, ast.If | ast.IfExp | ast.Try | ast.For | ast.While | ast.Match | ast.ExceptHandler):
                return True
            if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                return False
        return False

    def place(self, node: ast.expr | ast.stmt | ast.ExceptHandler | ast.keyword | ast.alias | ast.arg) -> Place:
        """The place of a node."""
        end_line = node.end_lineno or node.lineno
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return Place(self.path, node.lineno, self._column(node.lineno, node.col_offset), end_line, self._column(end_line, end))

    def mentions(self, words: re.Pattern[str]) -> bool:
        """Whether the source has a text anywhere, comments included."""
        return any(words.search(line) for line in self._lines)

    def between(self, place: Place) -> str:
        """The source at a place, as it is written."""
        lines = self._lines[place.line - 1 : place.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: place.end_column - 1]
        lines[0] = lines[0][place.column - 1 :]
        return "\n".join(lines)

    def text(self, node: ast.AST) -> str:
        """The code of a node, on one line, as Python itself would write it."""
        return ast.unparse(node)

    def _column(self, line: int, offset: int) -> int:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1

    # ---- names

    def qualified(self, node: ast.AST) -> str | None:
        """The dotted name of a name or attribute, imports resolved: `decode` -> `jwt.decode`. None for any other expression."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        parts.append(self._imports.get(node.id, node.id))
        return ".".join(reversed(parts))

    def is_imported(self, node: ast.AST) -> bool:
        """Whether the first name of a dotted name was imported here."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._imports

    def imported_package(self, node: ast.ImportFrom) -> str:
        """The dotted name of the module that a `from ... import` takes its names from."""
        if not node.level:
            return node.module or ""
        parents = self.dotted.split(".")
        keep = len(parents) - node.level + (1 if self.path.endswith("__init__.py") else 0)
        return ".".join([*parents[: max(keep, 0)], *([node.module] if node.module else [])])

    def imports(self, package: str) -> bool:
        """Whether a package, or anything in it, is imported anywhere in this file."""
        return any(name == package or name.startswith(package + ".") for name in self._imports.values())

    def argument(self, call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
        """An argument by keyword or position."""
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        if position is not None and len(call.args) > position and not any(isinstance(each, ast.Starred) for each in call.args[: position + 1]):
            return call.args[position]
        return None

    def has_spread(self, call: ast.Call) -> bool:
        """Whether a call has arguments that are not to be seen: `*args`, `**kwargs`."""
        return any(keyword.arg is None for keyword in call.keywords) or any(isinstance(each, ast.Starred) for each in call.args)

    def assignments(self, scope: ast.AST, name: str) -> list[ast.expr | None]:
        """What a name is set to in one scope, in source order; None stands for anything that is no plain assignment."""
        return self._assigned.get(scope, {}).get(name, [])

    # ---- values

    def value(self, node: ast.expr | None, bound: dict[str, Value] | None = None) -> Value:
        """What an expression is, as far as the text can tell. `bound`: what local names are known to be where it is evaluated."""
        if node is None:
            return Known(None)
        self._bound = bound or {}
        try:
            return self._value(node, 0, frozenset())
        finally:
            self._bound = {}

    def _value(self, node: ast.expr, depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        if depth > _DEEPEST:
            return Unknown("too deep")

        def of(child: ast.expr) -> Value:
            return self._value(child, depth + 1, seen)

        match node:
            case ast.Constant(value=bytes() as data):
                return Known(data.decode("latin-1"))
            case ast.Constant(value=str() | int() | float() | bool() | None as scalar):
                return Known(scalar)
            case ast.JoinedStr(values=parts):
                return joined(tuple(of(part.value) if isinstance(part, ast.FormattedValue) else of(part) for part in parts))
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._listing(items, depth, seen)
            case ast.Dict(keys=keys, values=values):
                return Mapping(tuple((of(key) if key else Unknown("a spread"), of(value)) for key, value in zip(keys, values, strict=True)))
            case ast.Name(id=name):
                return self._named(node, name, depth, seen)
            case ast.Attribute():
                return self._attribute(node, depth, seen)
            case ast.BinOp(left=left, op=operator, right=right):
                return combined(of(left), operator, of(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = of(operand)
                match inner:
                    case Known(int() | float() as number) if not isinstance(number, bool):
                        return Known(-number)
                    case Duration(seconds):
                        return Duration(-seconds)
                return Unknown("arithmetic")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = of(operand)
                return Known(not inner.value) if isinstance(inner, Known) else Called("not", (inner,))
            case ast.BoolOp(op=ast.Or(), values=[first, *_, last]):
                return either(of(first), of(last))
            case ast.Call():
                return self._call(node, depth, seen)
            case ast.Subscript(value=container, slice=key):
                dotted = self.qualified(container)
                if dotted in ("os.environ", "environ"):
                    text = text_of(of(key))
                    return Environment(text) if text else Unknown("a variable whose name is not known")
                holder, wanted = of(container), of(key)
                if isinstance(holder, Mapping) and isinstance(wanted, Known) and isinstance(wanted.value, str):
                    return holder.get(wanted.value) or Unknown("a key that is not there")
                if (
                    isinstance(holder, Listing)
                    and isinstance(wanted, Known)
                    and type(wanted.value) is int
                    and -len(holder.items) <= wanted.value < len(holder.items)
                ):
                    return holder.items[wanted.value]
                owner = dotted or (holder.name if isinstance(holder, Reference) else None)  # configuration["server"]["SECRET_KEY"]
                if owner and text_of(wanted):
                    return Reference(f"{owner}.{text_of(wanted)}")
                return Unknown("an item")
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return of(inner)
            case ast.IfExp(body=body, orelse=orelse):
                then, otherwise = of(body), of(orelse)
                return then if then == otherwise else Unknown("one of two values")
            case _:
                return Unknown(type(node).__name__)

    def _listing(self, items: list[ast.expr], depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        found: list[Value] = []
        for item in items:
            if isinstance(item, ast.Starred):
                inner = self._value(item.value, depth + 1, seen)
                if isinstance(inner, Listing):
                    found.extend(inner.items)
                else:
                    found.append(Unknown("a spread"))
            else:
                found.append(self._value(item, depth + 1, seen))
        return Listing(tuple(found))

    def _named(self, node: ast.Name, name: str, depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        scope: ast.AST | None = self.scope(node)
        if name in self._bound and not isinstance(scope, ast.Module):
            return self._bound[name]
        first = True
        while scope is not None:
            # A class body is seen from itself, not from the functions in it.
            if first or not isinstance(scope, ast.ClassDef):
                assigned = self.assignments(scope, name)
                if assigned:
                    if (scope, name) in seen:
                        return Unknown("set from itself")
                    return self._settled(assigned, depth, seen | {(scope, name)})
            first = False
            scope = None if isinstance(scope, ast.Module) else self.scope(scope)
        if name in self._imports:
            return Reference(self._imports[name])
        if self._has_star:  # what is defined nowhere here, `from .base import *` must have brought
            return Reference(f"{self.dotted}.{name}")
        return Unknown(f"the name {name}")

    def _settled(self, assigned: list[ast.expr | None], depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        if len(assigned) > _MOST_ASSIGNED:
            return Unknown("set very often")
        values = {self._value(each, depth + 1, seen) if each is not None else Unknown("not a plain assignment") for each in assigned}
        return values.pop() if len(values) == 1 else Unknown("set more than once")

    def _attribute(self, node: ast.Attribute, depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            owner = self.class_of(node)
            if owner is not None and (owner, node.attr) not in seen:
                assigned = self.assignments(owner, node.attr) + self.assignments(owner, f"self.{node.attr}")
                if assigned:
                    return self._settled(assigned, depth, seen | {(owner, node.attr)})
        elif isinstance(node.value, ast.Name):
            for cls in self.nodes(ast.ClassDef):
                if cls.name == node.value.id and (cls, node.attr) not in seen:
                    assigned = self.assignments(cls, node.attr)
                    if assigned:
                        return self._settled(assigned, depth, seen | {(cls, node.attr)})
        elif isinstance(node.value, ast.Call):  # uuid.uuid4().hex
            return Called(f".{node.attr}", (self._value(node.value, depth + 1, seen),))
        name = self.qualified(node)
        return Reference(name) if name else Unknown("an attribute")

    def _call(self, node: ast.Call, depth: int, seen: frozenset[tuple[ast.AST, str]]) -> Value:
        def of(child: ast.expr) -> Value:
            return self._value(child, depth + 1, seen)

        name = self.qualified(node.func)
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in _PASS_THROUGH_METHODS:
                return of(node.func.value)
            if method in ("strip", "lstrip", "rstrip", "upper", "lower") and not node.args:
                inner = of(node.func.value)
                text = text_of(inner)
                return Known(getattr(text, method)()) if text is not None else Called(f"str.{method}", (inner,))
            if method in _TEXT_METHODS and node.args and not node.keywords:
                known = text_method(of(node.func.value), method, [of(each) for each in node.args])
                if known is not None:
                    return known
            if method == "format":
                inner = of(node.func.value)
                if isinstance(inner, Known | Template):
                    return formatted(inner, {keyword.arg: of(keyword.value) for keyword in node.keywords if keyword.arg}, [of(each) for each in node.args])
            if method == "join" and len(node.args) == 1:
                glue, parts = text_of(of(node.func.value)), of(node.args[0])
                if glue is not None and isinstance(parts, Listing):
                    pieces: list[Value] = []
                    for part in parts.items:
                        pieces.extend((Known(glue), part) if pieces else (part,))
                    return joined(tuple(pieces))
        if name is None:
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call | ast.Subscript):
                return Called(f".{node.func.attr}", (of(node.func.value), *given_to(node, of)))
            return Unknown("a call")
        if name in _TRANSPARENT and node.args:
            return of(node.args[-1] if name == "typing.cast" else node.args[0])
        if name in ("datetime.timedelta", "timedelta"):
            return self._timedelta(node, of)
        variable = (text_of(of(node.args[0])) or "") if node.args else ""
        if variable and (found := self._environment(node, name, variable, of)) is not None:
            return found
        if name == "dict" and not node.args and all(keyword.arg for keyword in node.keywords):
            return Mapping(tuple((Known(keyword.arg), of(keyword.value)) for keyword in node.keywords))
        return Called(name, given_to(node, of))

    def _timedelta(self, node: ast.Call, of: Callable[[ast.expr], Value]) -> Value:
        total = 0.0
        for unit, argument in [*zip(_TIMEDELTA_UNITS, node.args, strict=False), *((keyword.arg, keyword.value) for keyword in node.keywords)]:
            amount = seconds_of(of(argument))
            if unit not in _SECONDS or amount is None:
                return Called("datetime.timedelta", given_to(node, of))
            total += amount * _SECONDS[unit]
        return Duration(total)

    def _environment(self, node: ast.Call, name: str, variable: str, of: Callable[[ast.expr], Value]) -> Value | None:
        """The variable that a call reads: the name of what is called says so, or a function of this file does it."""
        by_name = _ENVIRONMENT_NAME.search(name) is not None and re.fullmatch(r"[A-Z][A-Z0-9_]+", variable) is not None
        wrapper = self._wrapper(node.func)
        if not (is_environment_call(name) or by_name or wrapper is not None):
            return None
        default = self.argument(node, "default", 1)
        if default is None and wrapper is not None and len(wrapper.args.args) > 1 and len(wrapper.args.defaults) >= len(wrapper.args.args) - 1:
            default = wrapper.args.defaults[1 - len(wrapper.args.args)]
        if default is None and by_name:
            return Environment(variable, Known(None))
        if default is None or (name.startswith("env.") and self.argument(node, "default") is None):
            # os.environ.get gives None for a missing variable; env("X") of django-environ fails instead.
            return Environment(variable, Known(None) if name.endswith((".get", "getenv")) else None)
        return Environment(variable, of(default))

    def _wrapper(self, called: ast.expr) -> ast.FunctionDef | None:
        """The function of this file that is called, where it looks its first parameter up in the environment."""
        if not isinstance(called, ast.Name) or called.id in self._imports:
            return None
        if called.id not in self._wrappers:
            self._wrappers[called.id] = next((each for each in self.nodes(ast.FunctionDef) if each.name == called.id and self._wraps_environment(each)), None)
        return self._wrappers[called.id]

    def _wraps_environment(self, function: ast.FunctionDef) -> bool:
        return bool(function.args.args) and any(
            isinstance(inner, ast.Call)
            and is_environment_call(self.qualified(inner.func) or "")
            and bool(inner.args)
            and isinstance(inner.args[0], ast.Name)
            and inner.args[0].id == function.args.args[0].arg
            for inner in ast.walk(function)
        )

    # ---- indexing

    def _index(self) -> None:
        # Half of what reading a file costs: a plain loop over what can hold nodes is three times as fast as ast.iter_child_nodes.
        waiting: list[ast.AST] = [self.tree]
        assigning: list[ast.AST] = []
        by_type, parents = self._by_type, self._parents
        while waiting:
            node = waiting.pop()
            kind = node.__class__
            if kind not in by_type:
                by_type[kind] = []
            by_type[kind].append(node)
            if kind in _ASSIGNING:
                assigning.append(node)
            children = []
            for name in _holding_nodes(kind):  # type: ignore[arg-type]
                held = getattr(node, name, None)
                if held.__class__ is list:
                    children += [each for each in held if isinstance(each, ast.AST)]
                elif isinstance(held, ast.AST):
                    children.append(held)
            for child in children:
                parents[child] = node
            children.reverse()
            waiting += children
        for plain in self.nodes(ast.Import):
            self._index_import(plain)
        for chosen in self.nodes(ast.ImportFrom):
            self._index_import(chosen)
        for node in assigning:
            self._index_assignment(node)

    def _index_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._imports[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
            return
        package = self.imported_package(node)
        for alias in node.names:
            if alias.name == "*":
                self._has_star = True
            else:
                self._imports[alias.asname or alias.name] = f"{package}.{alias.name}" if package else alias.name

    def _index_assignment(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, node)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, value, node)
            case ast.AugAssign(target=target):
                self._assign(target, None, node)
            case ast.NamedExpr(target=target, value=value):
                self._assign(target, value, node)
            case ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target):
                self._assign(target, None, node)
            case ast.withitem(optional_vars=target) if target is not None:
                self._assign(target, None, node)
            case ast.arg(arg=name):
                function = next((above for above in self.parents(node) if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)), None)
                if function is not None:
                    self._assigned.setdefault(function, {}).setdefault(name, []).append(None)
            case ast.ExceptHandler(name=str() as name):
                self._assigned.setdefault(self.scope(node), {}).setdefault(name, []).append(None)

    def _assign(self, target: ast.expr, value: ast.expr | None, node: ast.AST) -> None:
        match target:
            case ast.Name(id=name):
                self._assigned.setdefault(self.scope(node), {}).setdefault(name, []).append(value)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                owner = self.class_of(node)
                if owner is not None:
                    self._assigned.setdefault(owner, {}).setdefault(f"self.{name}", []).append(value)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                values: list[ast.expr | None] = [None] * len(elts)
                if (
                    isinstance(value, ast.Tuple | ast.List)
                    and len(value.elts) == len(elts)
                    and not any(isinstance(each, ast.Starred) for each in [*elts, *value.elts])
                ):
                    values = list(value.elts)
                for each, part in zip(elts, values, strict=True):
                    self._assign(each, part, node)
            case ast.Starred(value=inner):
                self._assign(inner, None, node)


@functools.cache
def _holding_nodes(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields in which a node of this type may have other nodes."""
    return () if kind in _LEAVES else tuple(name for name in kind._fields if name not in _SHARED)


def given_to(node: ast.Call, of: Callable[[ast.expr], Value]) -> tuple[Value, ...]:
    """The arguments of a call as `Called` has them."""
    positional = tuple(of(each) for each in node.args if not isinstance(each, ast.Starred))
    named = tuple((Known(keyword.arg), of(keyword.value)) for keyword in node.keywords if keyword.arg)
    return (*positional, Mapping(named)) if named else positional


def dotted_path(path: str) -> str:
    """The dotted module name of a path: `shop/settings/base.py` -> `shop.settings.base`."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_environment_call(name: str) -> bool:
    """Whether a function of this dotted name reads a variable of the environment."""
    return name in _ENVIRONMENT_CALLS or name.startswith(("env.", "environ.Env.", "env_", "environs.")) or name.endswith((".environ.get", ".getenv"))
