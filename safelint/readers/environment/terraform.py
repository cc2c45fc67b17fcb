"""Terraform: variables that it gives to containers and functions, the secrets that it stores, and those that it draws."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet
from safelint.facts.terraform import ManagedSetting, SecretGenerated, TerraformMoved
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._hcl import Block, Expression, parse
from safelint.readers._variables import VARIABLE_NAME, variable
from safelint.readers.terraform import NAMES
from safelint.values import Called, Known, Reference, Unknown, Value, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (VariableSet, SecretGenerated, TerraformMoved)
TRIGGERS = (b"random_", b"tls_private_key", b"secret", b"environment", b"variables", b"env", b"data", b"moved")

_DRAWN = {"random_password", "random_string", "random_id", "random_bytes", "random_uuid", "tls_private_key"}
_DEFAULTS: dict[str, Value] = {
    **dict.fromkeys(("special", "upper", "lower", "numeric", "number"), Known(True)),
    **dict.fromkeys(("min_lower", "min_upper", "min_numeric", "min_special"), Known(0)),
    "rsa_bits": Known(2048),
    "ecdsa_curve": Known("P224"),
}
_NOT_DRAWN_FROM = {"count", "for_each", "provider", "depends_on"}
# Where a resource that holds one secret keeps its text; the name of the secret stands in `name`, else it is the resource's.
_STORED = {
    "aws_secretsmanager_secret_version": "secret_string",
    "aws_ssm_parameter": "value",
    "google_secret_manager_secret_version": "secret_data",
    "azurerm_key_vault_secret": "value",
    "github_actions_secret": "plaintext_value",
    "gitlab_project_variable": "value",
    "vault_generic_secret": "data_json",
    "vault_kv_secret_v2": "data_json",
    "fly_secret": "value",
}
_MAPS = {"data", "string_data", "variables", "env", "environment", "environment_variables", "env_vars", "vars", "sensitive_vars", "secrets", "secret_env_vars"}
_ENCODED = {"jsonencode", "yamlencode", "base64encode", "tomap", "sensitive", "nonsensitive", "tostring"}
_INDEX = re.compile(r"\[[^\]]*\]")


def read(source: Source) -> Iterator[Fact]:
    """What each resource and module is given. What is no HCL is said by the reader of stores."""
    for block in parse(source).body.blocks:
        if block.kind == "moved":
            old, new = (_reference(block.get(each)) for each in ("from", "to"))
            if old and new:
                yield TerraformMoved(place=block.place, old=old, new=new)
        elif block.kind == "resource" and len(block.labels) == 2 and block.labels[0] in _DRAWN:
            yield _drawn(block)
        elif block.kind in ("resource", "module") and block.labels:
            yield from _given(block)


def _drawn(block: Block) -> SecretGenerated:
    found = [
        ManagedSetting(place=each.place, name=each.name, value=_plain(each.expression))
        for each in block.attributes
        if each.name not in _NOT_DRAWN_FROM and each.expression.value != _DEFAULTS.get(each.name)
    ]
    arguments = tuple(sorted(found, key=lambda each: each.name))
    return SecretGenerated(place=block.place, kind=block.labels[0], name=block.labels[1], arguments=arguments, ignored=tuple(sorted(_ignored(block))))


def _plain(expression: Expression) -> Value:
    """An argument; `keepers` with its keys in order, as their order tells nothing."""
    if expression.kind == "map":
        pairs = sorted((text_of(key.value) or "?", repr(_plain(value))) for key, value in expression.pairs)
        return Called("keepers", tuple(Known(f"{key}={value}") for key, value in pairs))
    return expression.value


def _ignored(block: Block) -> set[str]:
    found: set[str] = set()
    for lifecycle in block.within("lifecycle"):
        if (ignores := lifecycle.get("ignore_changes")) is not None:
            found |= {_reference(each) for each in (ignores.items or [ignores])}
    return found


def _reference(expression: Expression | None) -> str:
    value = expression.value if expression is not None else Known(None)
    return _INDEX.sub("", value.name) if isinstance(value, Reference) else text_of(value) or ""


def _given(block: Block) -> Iterator[Fact]:
    scope = ".".join(block.labels)
    ignored = _ignored(block)
    if "all" in ignored:
        return
    stored = _STORED.get(block.labels[0])
    if stored and stored not in ignored and (text := block.get(stored)) is not None:
        inner = _inside(text)
        if inner.kind == "map":
            yield from _pairs(inner, scope, secret=True)
        else:
            named = text_of(name.value) if (name := block.get("name") or block.get("secret_name") or block.get("key")) is not None else None
            plain = (named or block.labels[-1]).rstrip("/").rpartition("/")[2]
            yield variable(text.place, plain, _value(inner), scope, secret=True)
    holder = block.labels[0] if block.kind == "resource" else ""
    secret = "secret" in holder
    if holder.startswith(("kubernetes_secret", "kubernetes_config_map")):
        called = [text_of(each.value) for metadata in block.within("metadata") if (each := metadata.get("name")) is not None]
        scope = f"{'Secret' if secret else 'ConfigMap'}/{(called[0] if called else None) or block.labels[-1]}"
    for inner_block in block.walk():
        for attribute in inner_block.attributes:
            if attribute.name not in ignored and (inner_block is block or attribute.name in _MAPS) and attribute.name != stored:
                yield from _listed(attribute.name, _inside(attribute.expression), scope, secret=secret, depth=0)
        if inner_block.kind in ("env", "environment_variable", "environment_variables", "set", "set_sensitive"):
            yield from _one(inner_block, scope)


def _inside(expression: Expression) -> Expression:
    """What an encoding call is given."""
    while expression.kind == "call" and expression.name in _ENCODED and len(expression.items) == 1:
        expression = expression.items[0]
    return expression


def _listed(name: str, expression: Expression, scope: str, *, secret: bool, depth: int) -> Iterator[Fact]:
    if depth > 8:
        return
    expression = _inside(expression)
    if name in _MAPS and expression.kind == "map":
        yield from _pairs(expression, scope, secret=secret)
    for item in expression.items if expression.kind == "list" else ():
        named = item.get("name") or item.get("key")
        value = item.get("value") or item.get("valueFrom") or item.get("value_from")
        if named is not None and value is not None and (text := text_of(named.value)) and VARIABLE_NAME.fullmatch(text):
            yield variable(value.place, text, _value(value), scope)
        elif item.kind == "map":
            for key, inner in item.pairs:
                yield from _listed(text_of(key.value) or "", inner, scope, secret=secret, depth=depth + 1)
    if expression.kind == "map" and name not in _MAPS:
        for key, inner in expression.pairs:
            if inner.kind in ("map", "list", "call"):
                yield from _listed(text_of(key.value) or "", inner, scope, secret=secret, depth=depth + 1)


def _pairs(expression: Expression, scope: str, *, secret: bool) -> Iterator[Fact]:
    for key, value in expression.pairs:
        name = text_of(key.value) or (key.value.name if isinstance(key.value, Reference) else "")
        if VARIABLE_NAME.fullmatch(name.replace("-", "_")) and value.kind in ("scalar", "reference", "call", "other"):
            yield variable(value.place, name, _value(_inside(value)), scope, secret=secret)


def _one(block: Block, scope: str) -> Iterator[Fact]:
    named, value = block.get("name"), block.get("value")
    name = text_of(named.value) if named is not None else None
    if name is None or not VARIABLE_NAME.fullmatch(name):
        return
    if value is not None:
        yield variable(value.place, name, _value(value), scope)
    for source in block.within("value_from", "value_source"):
        for reference in source.within("secret_key_ref", "config_map_key_ref"):
            parts = [text for each in ("name", "secret", "key", "version") if (text := _text(reference.get(each)))]
            kind = "Secret" if reference.kind == "secret_key_ref" else "ConfigMap"
            yield VariableSet(place=_of(reference), name=name, value=Reference("/".join([kind, *parts])), scope=scope)


def _text(expression: Expression | None) -> str:
    if expression is None:
        return ""
    return text_of(expression.value) or _reference(expression)


def _of(block: Block) -> Place:
    return block.attributes[0].place if block.attributes else block.place


def _value(expression: Expression) -> Value:
    """A value; what another part of the configuration holds is named with what it is, so that no module of code is meant."""
    match expression.value:
        case Reference(name):
            return Reference(f"Terraform's {_INDEX.sub('', name)}")
        case Known(int() | float() | bool() as scalar):
            return Known(str(scalar).lower() if isinstance(scalar, bool) else str(scalar))
        case Called() | Unknown():
            return Unknown("an expression")
        case other:
            return other
