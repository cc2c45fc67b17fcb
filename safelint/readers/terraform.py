"""Terraform's stores: ElastiCache, MemoryDB, Memorystore, Azure's and DigitalOcean's caches, and modules that make one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact, NotUnderstood
from safelint.facts.terraform import ManagedSetting, ManagedStore, TerraformMoved
from safelint.readers import Source
from safelint.readers._hcl import Block, Expression, parse
from safelint.secrets import is_secret_name, seal
from safelint.values import Known, Reference, Unknown, Value, text_of

YIELDS: tuple[type[Fact], ...] = (ManagedStore, TerraformMoved)
NAMES = r"(?i:^(?!.*(^|[/._-])(dev|develop|development|local|test|tests|testing|ci|sandbox|example|examples)([/._-]|$)).*\.(tf|tofu)$)"
TRIGGERS = (b"elasticache", b"memorydb", b"redis", b"memorystore", b"valkey")

_STORES = re.compile(
    r"aws_elasticache_(replication_group|cluster|parameter_group|serverless_cache)|aws_memorydb_(cluster|parameter_group)"
    r"|google_redis_(instance|cluster)|google_memorystore_instance|azurerm_redis_cache|digitalocean_database_(cluster|redis_config|valkey_config)"
)
_MODULES = re.compile(r"elasti-?cache|memorydb|memorystore|redis|valkey", re.IGNORECASE)
_LISTS = {"parameter", "parameters"}


def read(source: Source) -> Iterator[Fact]:
    """Each store, with every setting that is written down. What the blocks hold that were not understood is said."""
    parsed = parse(source)
    found = False
    for block in parsed.body.blocks:
        if block.kind == "resource" and len(block.labels) == 2 and _STORES.fullmatch(block.labels[0]):
            found = True
            yield _store(block, block.labels[0], block.labels[1])
        elif block.kind == "module" and len(block.labels) == 1 and _MODULES.search(text_of(_value(block.get("source"))) or ""):
            found = True
            yield _store(block, "module", block.labels[0])
        elif block.kind in ("moved", "removed"):
            old, new = (_address(block.get(name)) for name in ("from", "to"))
            if old and (new or not any(each.get("destroy") is not None and each.get("destroy").value == Known(True) for each in block.within("lifecycle"))):  # type: ignore[union-attr]
                yield TerraformMoved(place=block.place, old=old, new=new)
    if found:
        yield from (NotUnderstood(place=place, what="a line of Terraform", why=why) for place, why in parsed.problems)


def _store(block: Block, kind: str, name: str) -> ManagedStore:
    ignored: tuple[str, ...] = ()
    kept = block.get("deletion_protection")
    is_kept = kept is not None and kept.value == Known(True)
    for lifecycle in block.within("lifecycle"):
        prevent, ignores = lifecycle.get("prevent_destroy"), lifecycle.get("ignore_changes")
        is_kept = is_kept or (prevent is not None and prevent.value == Known(True))
        if ignores is not None:
            ignored += tuple(_address(each) for each in (ignores.items or [ignores]))
    return ManagedStore(place=block.place, kind=kind, name=name, settings=tuple(_settings(block, "")), is_kept=is_kept, ignored=ignored)


def _settings(block: Block, prefix: str) -> Iterator[ManagedSetting]:
    for attribute in block.attributes:
        name = prefix + attribute.name
        if attribute.name in _LISTS and attribute.expression.kind == "list":
            # Modules take parameters as a list of maps.
            for item in attribute.expression.items:
                yield from _parameter(item.get("name"), item.get("value"), attribute.name)
        elif attribute.expression.kind == "map":
            for key, value in attribute.expression.pairs:
                inner = f"{name}.{text_of(key.value) or '?'}"
                yield ManagedSetting(place=value.place, name=inner, value=_sealed(inner, value.value))
        else:
            yield ManagedSetting(place=attribute.place, name=name, value=_sealed(name, attribute.expression.value))
    for inner_block in block.blocks:
        if inner_block.kind == "parameter":
            yield from _parameter(inner_block.get("name"), inner_block.get("value"), "parameter")
        elif inner_block.kind == "dynamic":
            label = inner_block.labels[0] if inner_block.labels else "?"
            yield ManagedSetting(place=inner_block.place, name=f"{prefix}{label}.*", value=Unknown("made by a loop"))
        elif inner_block.kind != "lifecycle":
            yield from _settings(inner_block, f"{prefix}{inner_block.kind}.")


def _parameter(name: Expression | None, value: Expression | None, kind: str) -> Iterator[ManagedSetting]:
    if name is not None and value is not None:
        written = text_of(name.value)
        place = name.place if value.place.line == name.place.line else value.place
        yield ManagedSetting(place=place, name=f"parameter.{written}" if written else f"{kind}.*", value=value.value)


def _sealed(name: str, value: Value) -> Value:
    return seal(value) if is_secret_name(name.rpartition(".")[2]) else value


def _value(expression: Expression | None) -> Value:
    return expression.value if expression is not None else Known(None)


def _address(expression: Expression | None) -> str:
    value = _value(expression)
    return re.sub(r"\[[^\]]*\]", "", value.name) if isinstance(value, Reference) else text_of(value) or ""
