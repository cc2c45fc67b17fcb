"""What readers of calls share: where a call stands, what its arguments are, which errors around it are caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.readers.python._module import FunctionNode, PythonModule
from safelint.values import Known, Mapping, Unknown, Value, text_of

_HOPS = 4  # names that stand for names: more of them is a puzzle, not a program


def standing(module: PythonModule, node: ast.AST) -> str:
    """The classes and functions around a node, outermost first, joined by dots; "" at the level of the module."""
    names = [above.name for above in module.parents(node) if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return ".".join(reversed(names))


def last_name(node: ast.expr) -> str:
    """What stands last in a dotted name: `get` of `cache.get`; "" where it is no name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def arguments(module: PythonModule, call: ast.Call, positions: tuple[str, ...] = ()) -> tuple[dict[str, Value], bool]:
    """The arguments of a call by name, and whether those are all: False where a `*` or `**` of something unknown adds more.

    `positions` names the positional parameters. A `**dictionary` that is written out in this file is taken apart.
    """
    found: dict[str, Value] = {}
    whole = True
    for index, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            whole = False
            break
        if index < len(positions):
            found[positions[index]] = module.value(argument)
    for keyword in call.keywords:
        if keyword.arg is not None:
            found[keyword.arg] = module.value(keyword.value)
            continue
        spread = dictionary(module, keyword.value)
        whole = whole and spread is not None and spread.whole
        if spread is not None:
            found.update({text: value for key, value in spread.items if (text := text_of(key)) is not None})
    return found, whole


def dictionary(module: PythonModule, node: ast.expr) -> Mapping | None:
    """The dictionary that an expression is, with what is added to it by `d["key"] = value` and `d.update(...)`; None where it is not known."""
    value = module.value(node)
    if isinstance(value, Mapping):
        items = list(value.items)
    elif isinstance(node, ast.Name) and _is_empty_dictionary(module, node):
        items = []
    else:
        return None
    if isinstance(node, ast.Name):
        items.extend(_additions(module, node))
    return Mapping(tuple(items))


def _is_empty_dictionary(module: PythonModule, node: ast.Name) -> bool:
    assigned = module.assignments(module.scope(node), node.id)
    return len(assigned) == 1 and isinstance(assigned[0], ast.Call) and module.qualified(assigned[0].func) == "dict" and not assigned[0].args


def _additions(module: PythonModule, name: ast.Name) -> Iterator[tuple[Value, Value]]:
    scope = module.scope(name)
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and _is_name(target.value, name.id) and module.scope(assign) is scope:
                yield module.value(target.slice), module.value(assign.value)
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "update" and _is_name(call.func.value, name.id) and module.scope(call) is scope:
            for keyword in call.keywords:
                yield (Known(keyword.arg) if keyword.arg else Unknown("a spread")), module.value(keyword.value)
            for argument in call.args:
                inner = module.value(argument)
                yield from inner.items if isinstance(inner, Mapping) else ((Unknown("a spread"), Unknown("an update")),)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def caught_around(module: PythonModule, node: ast.AST) -> tuple[str, ...] | None:
    """The last names of the exceptions that `try` statements around a node, in its function, catch; None where there is no such statement.

    A bare `except:` is "BaseException", an exception that is no plain name "?".
    """
    found: list[str] = []
    handled = False
    inside = node
    for above in module.parents(node):
        if isinstance(above, ast.Try) and any(inside is each for each in above.body) and above.handlers:
            handled = True
            for handler in above.handlers:
                found.extend(_caught(module, handler))
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            break
        inside = above
    return tuple(dict.fromkeys(found)) if handled else None


def _caught(module: PythonModule, handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield "BaseException"
        return
    for each in handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]:
        name = module.qualified(each)
        # A name in lower case, or one that a constant of this file gives, may be a tuple of anything.
        last = name.rsplit(".", 1)[-1] if name else "?"
        is_plain = last[:1].isupper() and not last.isupper() and not (isinstance(each, ast.Name) and module.assignments(module.tree, each.id))
        yield last if is_plain else "?"


def origins(module: PythonModule, node: ast.expr) -> Iterator[ast.expr]:
    """The expression itself, and where it is a name, what that name is set to in the same function."""
    queue = [(node, 0)]
    while queue:
        each, hops = queue.pop(0)
        if isinstance(each, ast.Await | ast.NamedExpr):
            queue.append((each.value, hops))
            continue
        yield each
        if isinstance(each, ast.Name) and hops < _HOPS:
            queue.extend((value, hops + 1) for value in module.assignments(module.scope(each), each.id) if value is not None)


def constructions(module: PythonModule, owner: ast.expr) -> Iterator[ast.Call]:
    """The calls of imported classes that may have made the object which `owner` names: in its function, at the level of the file, or on `self`."""
    made: list[ast.expr | None] = [*origins(module, owner)]
    if isinstance(owner, ast.Name):
        made += module.assignments(module.tree, owner.id)
        for item in module.nodes(ast.withitem):
            if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == owner.id and module.scope(item.context_expr) is module.scope(owner):
                made.append(item.context_expr)
    elif isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id in ("self", "cls"):
        cls = module.class_of(owner)
        made += [each for key in (owner.attr, f"self.{owner.attr}") for each in (module.assignments(cls, key) if cls else ())]
    yield from (each for each in made if isinstance(each, ast.Call) and module.is_imported(each.func))


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Every call within a node."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield each


def decorators(module: PythonModule, function: FunctionNode) -> Iterator[str]:
    """The dotted names of a function's decorators."""
    for each in function.decorator_list:
        name = module.qualified(each.func if isinstance(each, ast.Call) else each)
        if name is not None:
            yield name


def local_function(module: PythonModule, call: ast.Call) -> FunctionNode | None:
    """The function of this file that a call calls, by its name."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            functions: list[FunctionNode] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
            return next((each for each in functions if each.name == name), None)
    return None
