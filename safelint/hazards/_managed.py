"""Stores that a cloud runs: what their settings come to, and which of them a provider cannot change without a new, empty store.

The tables are taken from the providers' own schemas and documentation (hashicorp/aws 6, hashicorp/google 7, hashicorp/azurerm 4,
digitalocean 2): a setting is here when it is marked there as forcing a new resource.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from safelint.facts.terraform import ManagedSetting, ManagedStore, TerraformMoved, TerraformValue
from safelint.findings import Confidence
from safelint.records import dataclass, field
from safelint.sources import Side
from safelint.values import Called, Known, Listing, Reference, Template, Value, text_of
from safelint.values import Mapping as MappingValue

_FILE = re.compile(r"\.(tf|tofu|tfvars)$", re.IGNORECASE)
_SESSIONS = re.compile(r"sess|login|sign-?in", re.IGNORECASE)
_NOT_SESSIONS = re.compile(
    r"cache|celery|queue|sidekiq|resque|broker|bench|pubsub|bull|worker|job|rate|throttl|(^|[^a-z])(test|dev|local|staging|sandbox)([^a-z]|$)", re.IGNORECASE
)
_NAMES = ("name", "replication_group_id", "cluster_id", "cluster_name", "description", "replication_group_description", "display_name", "identifier")

# setting -> what it is where it is not written; None where the provider keeps what there is.
_AWS_GROUP: dict[str, Value | None] = {
    "replication_group_id": None,
    "at_rest_encryption_enabled": Known(False),
    "kms_key_id": Known(None),
    "subnet_group_name": None,
    "port": Known(6379),
    "network_type": None,
    "data_tiering_enabled": None,
    "security_group_names": None,
    "snapshot_name": Known(None),
    "snapshot_arns": Known(None),
}
_AWS_CLUSTER: dict[str, Value | None] = {
    "cluster_id": None,
    "engine": None,
    "availability_zone": None,
    "subnet_group_name": None,
    "port": Known(6379),
    "network_type": None,
    "transit_encryption_enabled": None,
    "snapshot_name": Known(None),
    "snapshot_arns": Known(None),
}
_AWS_MEMORYDB: dict[str, Value | None] = {
    "name": None,
    "name_prefix": None,
    "port": Known(6379),
    "subnet_group_name": None,
    "kms_key_arn": Known(None),
    "tls_enabled": Known(True),
    "data_tiering": Known(False),
    "auto_minor_version_upgrade": Known(True),
    "snapshot_name": Known(None),
    "snapshot_arns": Known(None),
}
_GOOGLE: dict[str, Value | None] = {
    "name": None,
    "tier": Known("BASIC"),
    "connect_mode": Known("DIRECT_PEERING"),
    "transit_encryption_mode": Known("DISABLED"),
    "authorized_network": None,
    "customer_managed_key": Known(None),
    "location_id": None,
    "alternative_location_id": None,
    "region": None,
    "reserved_ip_range": None,
    "project": None,
}
_AZURE: dict[str, Value | None] = {
    "name": None,
    "location": None,
    "resource_group_name": None,
    "zones": Known(None),
    "subnet_id": Known(None),
    "private_static_ip_address": None,
}
REPLACES: Mapping[str, Mapping[str, Value | None]] = {
    "aws_elasticache_replication_group": _AWS_GROUP,
    "aws_elasticache_cluster": _AWS_CLUSTER,
    "aws_memorydb_cluster": _AWS_MEMORYDB,
    "google_redis_instance": _GOOGLE,
    "google_redis_cluster": {"name": None, "region": None},
    "azurerm_redis_cache": _AZURE,
}
"""For each type of resource the settings whose change makes a new store of it."""

# setting -> the order in which values go up: a step down makes a new store.
_RANKS = {"Basic": 1, "Standard": 2, "Premium": 3}
DESCENTS: Mapping[str, tuple[str, ...]] = {
    "aws_elasticache_replication_group": ("engine_version", "engine"),
    "aws_elasticache_cluster": ("engine_version",),
    "google_redis_instance": ("redis_version",),
    "azurerm_redis_cache": ("sku_name",),
}
"""For each type the settings of which only a step down makes a new store."""

POLICIES = ("parameter.maxmemory-policy", "redis_configs.maxmemory-policy", "engine_configs.maxmemory-policy",
            "redis_configuration.maxmemory_policy", "maxmemory_policy", "eviction_policy")  # fmt: skip
"""Where the policy of eviction stands."""


@dataclass(slots=True)
class Managed:
    """One store with its settings worked out."""

    fact: ManagedStore
    folder: str
    settings: dict[str, tuple[Value, ManagedSetting]]
    by_default: set[str] = field(default_factory=set)
    """The settings that a variable's default decides, which whoever applies it may give another value."""

    @property
    def address(self) -> str:
        """How Terraform names it."""
        return f"{self.fact.kind}.{self.fact.name}"

    def get(self, name: str) -> Value | None:
        """What a setting is; None where it is not written."""
        found = self.settings.get(name)
        return found[0] if found else None

    def fact_of(self, name: str) -> ManagedSetting | ManagedStore:
        """The setting, or the store where it is not written."""
        found = self.settings.get(name)
        return found[1] if found else self.fact

    def told(self) -> str:
        """Everything that may say what it is for."""
        return " ".join([self.fact.name, self.folder, *(_texts(self.settings[name][0]) for name in _NAMES if name in self.settings)])

    @property
    def says_sessions(self) -> bool:
        """Whether its name says that it holds sessions."""
        return _SESSIONS.search(self.told()) is not None

    @property
    def is_other(self) -> bool:
        """Whether it is no Redis or Valkey at all."""
        engine = text_of(self.get("engine")) or ""
        family = text_of(self.get("family")) or ""
        databases = self.fact.kind == "digitalocean_database_cluster" and engine not in ("redis", "valkey")
        return engine == "memcached" or family.startswith("memcached") or databases or (self.fact.kind == "module" and "memcache" in self.told())


def confidence_of(store: Managed) -> Confidence:
    """How sure it is that sessions live there, by its names; a cache, a queue or a test store keeps none."""
    if store.says_sessions:
        return "high"
    return "low" if _NOT_SESSIONS.search(store.told()) else "medium"


def folder_of(path: str) -> str:
    """The module that a file is a part of: its folder."""
    return posixpath.dirname(path)


def concerned(side: Side) -> set[str]:
    """The folders of which the change touches a store, or a value that one of them may be made of."""
    return {folder_of(fact.place.path) for kind in (ManagedStore, TerraformValue) for fact in side.touched(kind)}


def stores(side: Side, folders: Iterable[str]) -> list[Managed]:
    """Every store of these folders."""
    wanted = set(folders)
    paths = [path for path in side.paths if _FILE.search(path) and folder_of(path) in wanted] if wanted else []
    found = side.within(ManagedStore, paths)
    values: dict[str, dict[str, TerraformValue]] = {}
    for value in side.within(TerraformValue, paths) if found else ():
        known = values.setdefault(folder_of(value.place.path), {})
        if value.name not in known or known[value.name].origin == "default":
            known[value.name] = value
    return [_worked_out(fact, values.get(folder_of(fact.place.path), {})) for fact in found]


def moves(side: Side, folder: str) -> dict[str, str]:
    """What `moved` and `removed` blocks of a folder say: old address -> new one, or nothing."""
    paths = [path for path in side.paths if _FILE.search(path) and folder_of(path) == folder]
    return {fact.old: fact.new for fact in side.within(TerraformMoved, paths)}


def _worked_out(fact: ManagedStore, values: Mapping[str, TerraformValue]) -> Managed:
    store = Managed(fact, folder_of(fact.place.path), {})
    for setting in fact.settings:
        seen: set[str] = set()
        store.settings[setting.name] = (_resolved(setting.value, values, seen, 0), setting)
        if any(values[name].origin == "default" for name in seen):
            store.by_default.add(setting.name)
    return store


def _resolved(value: Value, values: Mapping[str, TerraformValue], seen: set[str], depth: int) -> Value:
    """A value with the names in it replaced by what they stand for, as far as the folder says it."""
    if depth > 10:
        return value
    match value:
        case Reference(name) if name in values:
            seen.add(name)
            return _resolved(values[name].value, values, seen, depth + 1)
        case Reference(name) if name.rpartition(".")[0] in values:
            outer, _, key = name.rpartition(".")
            inner = values[outer].value
            if isinstance(inner, MappingValue) and (found := inner.get(key)) is not None:
                seen.add(outer)
                return _resolved(found, values, seen, depth + 1)
            return value
        case Template(parts):
            return _joined([_resolved(part, values, seen, depth + 1) for part in parts])
        case Listing(items):
            return Listing(tuple(_resolved(item, values, seen, depth + 1) for item in items))
        case Called(function, arguments):
            return Called(function, tuple(_resolved(argument, values, seen, depth + 1) for argument in arguments))
        case _:
            return value


def _joined(parts: list[Value]) -> Value:
    flat: list[Value] = []
    for part in parts:
        for each in part.parts if isinstance(part, Template) else (part,):
            if isinstance(each, Known) and flat and isinstance(last := flat[-1], Known):
                flat[-1] = Known(f"{last.value}{each.value}")
            else:
                flat.append(each)
    return flat[0] if len(flat) == 1 else Template(tuple(flat))


def _texts(value: Value) -> str:
    match value:
        case Known(text):
            return str(text)
        case Template(parts):
            return " ".join(_texts(part) for part in parts)
        case Reference(name):
            return name.rpartition(".")[2]
        case _:
            return ""


Difference = Literal["same", "other", "open"]


def difference(old: Value, new: Value) -> Difference:
    """Whether two values surely differ: `open` where what is filled in decides."""
    if old == new or _plain(old) == _plain(new) is not None:
        return "same"
    if _plain(old) is not None and _plain(new) is not None:
        return "other"
    if isinstance(old, Template) and isinstance(new, Template):
        filled = [[part for part in each.parts if not isinstance(part, Known)] for each in (old, new)]
        if filled[0] == filled[1] and all(isinstance(part, Reference) for part in filled[0]):
            return "other"
    for one, other in ((old, new), (new, old)):
        if isinstance(one, Template) and (text := _plain(other)) is not None and not re.fullmatch(_shape(one), text, re.DOTALL):
            return "other"
    if Known(None) in (old, new) and not isinstance(old, Known | Reference) and not isinstance(new, Known | Reference):
        return "other"  # a text with something filled in is never nothing
    return "open"


def _shape(template: Template) -> str:
    """What a text with something filled in looks like, whatever that is."""
    return "".join(re.escape(str(part.value).lower()) if isinstance(part, Known) else ".*" for part in template.parts)


def _plain(value: Value) -> str | None:
    """A literal as the provider sees it: `7` and `"7"`, `true` and `"true"` are the same, and so are the cases of an identifier."""
    match value:
        case Known(None):
            return ""
        case Known(text):
            return str(text).lower()
        case Listing(items) if all(_plain(item) is not None for item in items):
            return " ".join(sorted(_plain(item) or "" for item in items))
        case _:
            return None


def descends(setting: str, old: Value | None, new: Value | None) -> bool:
    """Whether a version, an engine or a class goes down."""
    before, after = ((text_of(each) or str(each.value) if isinstance(each, Known) else "") for each in (old, new))
    if setting == "engine":
        return before == "valkey" and after in ("redis", "")
    if setting == "sku_name":
        return _RANKS.get(before, 0) > _RANKS.get(after, 9)
    first, second = ([int(each) for each in re.findall(r"\d+", text)[:2]] for text in (before, after))
    # `6.x` is the newest of its kind.
    return bool(first and second) and "x" not in f"{before}{after}".lower().replace("redis", "") and second < first[: len(second)]
