"""Fields of pydantic settings classes: which variable fills them, and what they are without it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.readers.python._module import PythonModule
from safelint.values import Called, Environment, Value, text_of

_BASES = {"BaseSettings", "AppSettings", "SettingsBase"}


def is_settings(module: PythonModule, cls: ast.ClassDef, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a class is a pydantic settings class: by a base of that name, or by one in the same file that is."""
    for base in cls.bases:
        name = (module.qualified(base) or "").rsplit(".", 1)[-1]
        if name in _BASES:
            return True
        if name not in seen and any(each.name == name and each is not cls and is_settings(module, each, seen | {name}) for each in module.nodes(ast.ClassDef)):
            return True
    return False


def of(module: PythonModule, cls: ast.ClassDef) -> Iterator[tuple[ast.stmt, str, Value]]:
    """Every field: where, its name, and its value as an environment variable with a default."""
    prefix = _prefix(module, cls)
    for statement in cls.body:
        target: ast.expr
        if isinstance(statement, ast.AnnAssign):
            target, value, annotation = statement.target, statement.value, statement.annotation
        elif isinstance(statement, ast.Assign):
            target, value, annotation = statement.targets[0], statement.value, None
        else:
            continue
        if not isinstance(target, ast.Name):
            continue
        name = target.id
        if name in ("model_config", "Config") or "ClassVar" in (module.text(annotation) if annotation else ""):
            continue
        declared = value if _is_field(module, value) else _annotated(module, annotation)
        given = value is not None and declared is not value and not (isinstance(value, ast.Constant) and value.value is ...)
        default: Value | None = module.value(value) if given else None
        variable = f"{prefix}{name}".upper()
        if isinstance(declared, ast.Call):
            variable = _alias(module, declared) or variable
            if default is None:
                default = _default(module, declared)
        yield statement, name, Environment(variable, default)


def _is_field(module: PythonModule, node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and (module.qualified(node.func) or "").rsplit(".", 1)[-1] in ("Field", "PydanticField")


def _annotated(module: PythonModule, annotation: ast.expr | None) -> ast.expr | None:
    if annotation is None:
        return None
    return next((each for each in ast.walk(annotation) if isinstance(each, ast.Call) and _is_field(module, each)), None)


def _alias(module: PythonModule, field: ast.Call) -> str | None:
    for name in ("validation_alias", "alias", "env"):
        argument = module.argument(field, name)
        if isinstance(argument, ast.Call) and argument.args:  # AliasChoices("A", "B"): the first one found counts
            argument = argument.args[0]
        if argument is not None and (text := text_of(module.value(argument))):
            return text.upper()
    return None


def _default(module: PythonModule, field: ast.Call) -> Value | None:
    factory = module.argument(field, "default_factory")
    if factory is not None:
        if isinstance(factory, ast.Lambda):
            return module.value(factory.body)
        name = module.qualified(factory)
        return Called(name) if name else None
    argument = module.argument(field, "default", 0)
    if argument is None or (isinstance(argument, ast.Constant) and argument.value is ...):
        return None
    return module.value(argument)


def _prefix(module: PythonModule, cls: ast.ClassDef) -> str:
    for statement in cls.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call() as call):
                return text_of(module.value(module.argument(call, "env_prefix"))) or ""
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "env_prefix":
                        return text_of(module.value(value)) or ""
            case ast.ClassDef(name="Config", body=body):
                for inner in body:
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name) and inner.targets[0].id == "env_prefix":
                        return text_of(module.value(inner.value)) or ""
    return ""
