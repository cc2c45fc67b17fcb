"""Recovery facts from Python code: routes that exist only after a function was called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.recovery import RouteInFunction
from safelint.readers import Source
from safelint.readers.python import NAMES, parse
from safelint.values import text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (RouteInFunction,)
TRIGGERS = (b".route(",)


def read(source: Source) -> Iterator[Fact]:
    """The routes that stand in a function."""
    module = parse(source)
    for handler in module.nodes(ast.FunctionDef):
        around = module.function(handler)
        if around is None:
            continue
        for decorator in handler.decorator_list:
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr == "route":
                application = decorator.func.value
                # An application factory registers routes on the application that it has just made or was given.
                if isinstance(application, ast.Name) and module.assignments(module.tree, application.id) and not module.assignments(around, application.id):
                    route = text_of(module.value(module.argument(decorator, "rule", 0))) or "?"
                    yield RouteInFunction(place=module.place(decorator), application=application.id, route=route, function=around.name)
