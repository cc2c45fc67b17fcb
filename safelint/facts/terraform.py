"""Terraform: the stores that a cloud runs, and the values that their settings are made of."""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedSetting(Fact):
    """One setting of a resource. `name` has dots for what stands in a block: `persistence_config.persistence_mode`."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedStore(Fact):
    """A resource that is a store, or what configures one. `kind` is the resource's type, or `module` for a module that makes one."""

    kind: str
    name: str
    settings: tuple[ManagedSetting, ...]
    is_kept: bool = False
    """Whether a plan that would destroy it is refused (`prevent_destroy`, `deletion_protection`)."""
    ignored: tuple[str, ...] = ()
    """The settings whose changes are not applied; `all` for every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformMoved(Fact):
    """A `moved` block, or a `removed` one (`new` is then empty): a resource whose name in the text changed, or that is left alone."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformValue(Fact):
    """What a name stands for: `var.region`, `local.prefix`. `origin` says who gives it; a file of variables wins over a default."""

    name: str
    value: Value
    origin: Literal["default", "local", "given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretGenerated(Fact):
    """A resource that draws a secret once (`random_password.session`), and again when one of its arguments changes.

    `arguments` leaves out those that say what is the default anyway. `ignored` are the ones whose changes are not applied; `all` for every one.
    """

    kind: str
    name: str
    arguments: tuple[ManagedSetting, ...]
    ignored: tuple[str, ...] = ()
