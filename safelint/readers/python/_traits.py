"""Settings of a traitlets application: attributes of its classes that a configuration file, or a variable of the environment, may set."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.readers.python._module import PythonModule
from safelint.values import Environment, Known, Unknown, Value, text_of

_TYPES = {"Any", "Bool", "Bytes", "Dict", "Enum", "Float", "Instance", "Int", "Integer", "List", "Set", "TCPAddress", "Tuple", "Type", "Unicode", "Union"}
_OF_NO_DEFAULT = {"Dict", "Enum", "Instance", "List", "Set", "Tuple", "Type", "Union"}  # what stands first there is no default
SET_BY_USERS = Unknown("set by the configuration file of each installation")


def of(module: PythonModule, cls: ast.ClassDef) -> Iterator[tuple[ast.stmt, str, Value]]:
    """Every attribute that can be configured: where, its name, and what it is where nobody sets it."""
    for statement in cls.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                trait, tags = _untagged(call)
                kind = (module.qualified(trait.func) or "").rsplit(".", 1)[-1]
                if kind not in _TYPES or not module.is_imported(trait.func) or not _is_configurable(module, trait, tags):
                    continue
                given = module.argument(trait, "default_value") or (trait.args[0] if trait.args and kind not in _OF_NO_DEFAULT else None)
                default = module.value(given) if given is not None else None
                variable = text_of(module.value(tags["env"])) if "env" in tags else None
                yield statement, name, Environment(variable, default or Known(None)) if variable else default or SET_BY_USERS


def _untagged(call: ast.Call) -> tuple[ast.Call, dict[str, ast.expr]]:
    """A trait without its `.tag(...)`, and what that says."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Call() as trait, attr="tag"), keywords=keywords):
            return trait, {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
        case _:
            return call, {}


def _is_configurable(module: PythonModule, trait: ast.Call, tags: dict[str, ast.expr]) -> bool:
    config = tags.get("config") or module.argument(trait, "config")
    return config is not None and module.value(config) == Known(value=True)
