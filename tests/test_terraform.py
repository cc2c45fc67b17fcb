"""Stores in Terraform: which change of a setting makes a new one, and whatever stands in a file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import decode, encode
from safelint.facts.terraform import ManagedStore
from safelint.findings import Finding
from safelint.readers import Source, Unreadable
from safelint.readers.helm_release import read as read_releases
from safelint.readers.terraform import read
from tests.judging import judge

GROUP = """resource "aws_elasticache_replication_group" "sessions" {{
  replication_group_id = "sessions"
  num_cache_clusters = 2
  automatic_failover_enabled = true
{}}}
"""
CLUSTER = 'resource "aws_elasticache_cluster" "sessions" {{\n  snapshot_retention_limit = 5\n{}}}\n'
MEMORYDB = 'resource "aws_memorydb_cluster" "sessions" {{\n{}}}\n'
GOOGLE = 'resource "google_redis_instance" "sessions" {{\n  persistence_config {{\n    persistence_mode = "RDB"\n  }}\n{}}}\n'
AZURE = 'resource "azurerm_redis_cache" "sessions" {{\n{}}}\n'


def found(base: dict[str, str] | None, head: dict[str, str], rule: str = "managed-store-replaced") -> list[Finding]:
    return [each for each in judge(base, head).findings if each.rule == rule]


@pytest.mark.parametrize(
    ("kind", "base", "head", "confidence"),
    [
        (GROUP, "", "  at_rest_encryption_enabled = true\n", "high"),
        (GROUP, "", '  at_rest_encryption_enabled = "true"\n', "high"),
        (GROUP, "", "  at_rest_encryption_enabled = false\n", ""),
        (GROUP, "  at_rest_encryption_enabled = true\n", "", "high"),
        (GROUP, "", "  port = 6379\n", ""),
        (GROUP, "", "  port = 6380\n", "high"),
        (GROUP, "", "  kms_key_id = aws_kms_key.sessions.arn\n", "low"),
        (GROUP, '  subnet_group_name = "a"\n', '  subnet_group_name = "b"\n', "high"),
        (GROUP, '  subnet_group_name = "a"\n', "", ""),
        (GROUP, "", '  subnet_group_name = "a"\n', "low"),
        (GROUP, '  engine_version = "7.1"\n', '  engine_version = "6.2"\n', "high"),
        (GROUP, '  engine_version = "6.2"\n', '  engine_version = "7.1"\n', ""),
        (GROUP, '  engine_version = "7.1"\n', '  engine_version = "6.x"\n', ""),
        (GROUP, '  engine = "redis"\n', '  engine = "valkey"\n', ""),
        (GROUP, '  engine = "valkey"\n', '  engine = "redis"\n', "high"),
        (GROUP, '  node_type = "cache.t3.micro"\n', '  node_type = "cache.r7g.large"\n', ""),
        (GROUP, "", '  snapshot_name = "last"\n', "high"),
        (CLUSTER, '  cluster_id = "redis"\n', '  cluster_id = "redis-${var.env}"\n', "high"),
        (CLUSTER, '  cluster_id = "redis-live"\n', '  cluster_id = "redis-${var.env}"\n', "low"),
        (CLUSTER, '  cluster_id = "${var.env}-redis"\n', '  cluster_id = "${var.env}-store"\n', "high"),
        (CLUSTER, '  engine = "redis"\n', '  engine = "valkey"\n', "high"),
        (CLUSTER, "  num_cache_nodes = 1\n", "  num_cache_nodes = 2\n", ""),
        (CLUSTER, '  cluster_id = "A"\n', '  cluster_id = "a"\n', ""),
        (MEMORYDB, "", "  tls_enabled = false\n", "high"),
        (MEMORYDB, "", "  tls_enabled = true\n", ""),
        (MEMORYDB, "", "  num_shards = 2\n", ""),
        (MEMORYDB, '  name = "a"\n', '  name_prefix = "a"\n', "low"),
        (GOOGLE, "", '  tier = "STANDARD_HA"\n', "high"),
        (GOOGLE, '  transit_encryption_mode = "DISABLED"\n', '  transit_encryption_mode = "SERVER_AUTHENTICATION"\n', "high"),
        (GOOGLE, '  redis_version = "REDIS_7_2"\n', '  redis_version = "REDIS_6_X"\n', ""),
        (GOOGLE, '  redis_version = "REDIS_7_2"\n', '  redis_version = "REDIS_6_2"\n', "high"),
        (GOOGLE, "  memory_size_gb = 1\n", "  memory_size_gb = 5\n", ""),
        (GOOGLE, "", '  tier = "STANDARD_HA"\n  deletion_protection = true\n', ""),
        (AZURE, '  sku_name = "Standard"\n', '  sku_name = "Basic"\n', "high"),
        (AZURE, '  sku_name = "Basic"\n', '  sku_name = "Standard"\n', ""),
        (AZURE, "", "  subnet_id = azurerm_subnet.sessions.id\n", "low"),
        (AZURE, '  location = "a"\n', '  location = "b"\n', "high"),
        (AZURE, '  location = "a"\n', '  location = "b"\n  lifecycle {\n    ignore_changes = [location]\n  }\n', ""),
        (AZURE, '  location = "a"\n', '  location = "b"\n  lifecycle {\n    ignore_changes = all\n  }\n', ""),
    ],
)
def test_what_makes_a_new_store(kind: str, base: str, head: str, confidence: str) -> None:
    findings = found({"main.tf": kind.format(base)}, {"main.tf": kind.format(head)})
    assert {each.confidence for each in findings} == ({confidence} if confidence else set())


def test_a_name_says_what_a_store_is_for() -> None:
    for label, confidence in (("sessions", "high"), ("redis", "medium"), ("cache", "low"), ("celery", "low")):
        base, head = (f'resource "azurerm_redis_cache" "{label}" {{\n  location = "{where}"\n}}\n' for where in "ab")
        assert [each.confidence for each in found({"main.tf": base}, {"main.tf": head})] == [confidence]


def test_a_default_may_be_given_another_value() -> None:
    store = GROUP.format("  at_rest_encryption_enabled = var.encrypted\n")
    base, head = (f'variable "encrypted" {{\n  default = {value}\n}}\n' for value in ("false", "true"))
    (finding,) = found({"main.tf": store, "variables.tf": base}, {"main.tf": store, "variables.tf": head})
    assert (finding.place.path, finding.confidence) == ("main.tf", "medium")
    given = {"terraform.tfvars": "encrypted = false\n"}
    assert not found({"main.tf": store, "variables.tf": base, **given}, {"main.tf": store, "variables.tf": head, **given})


def test_a_snapshot_fills_the_new_store() -> None:
    base, head = GROUP.format(""), GROUP.format('  snapshot_name = "x"\n  at_rest_encryption_enabled = true\n')
    assert {each.impact for each in found({"main.tf": base}, {"main.tf": head})} == {"some-users"}


@pytest.mark.parametrize(
    ("head", "confidence"),
    [
        ("", "medium"),
        ("removed {\n  from = aws_elasticache_replication_group.sessions\n  lifecycle {\n    destroy = false\n  }\n}\n", ""),
        ("removed {\n  from = aws_elasticache_replication_group.sessions\n  lifecycle {\n    destroy = true\n  }\n}\n", "medium"),
        ('module "redis" {\n  source = "cloudposse/elasticache-redis/aws"\n}\n', "low"),
        (GROUP.format("").replace('"sessions" {', '"users" {'), "high"),
        (GROUP.format("").replace('"sessions" {', '"sessions" {\n  count = 1'), ""),
    ],
)
def test_a_store_that_is_gone(head: str, confidence: str) -> None:
    findings = found({"main.tf": GROUP.format("")}, {"main.tf": f"# stores\n{head}"}, "managed-store-destroyed")
    assert [each.confidence for each in findings] == ([confidence] if confidence else [])


def test_a_folder_of_another_name_is_the_same_store() -> None:
    assert not found({"infra/main.tf": GROUP.format("")}, {"infra/stores.tf": GROUP.format("")}, "managed-store-destroyed")


def test_a_secret_is_sealed_and_what_is_broken_is_said() -> None:
    text = GROUP.format('  auth_token = "hunter2hunter2"\n  ??\n')
    facts = list(read(Source("main.tf", text)))
    assert "hunter2" not in repr(facts)
    assert [type(each).__name__ for each in facts] == ["ManagedStore", "NotUnderstood"]


PIECES = [
    "{",
    "}",
    "=",
    '"',
    "[",
    "]",
    "(",
    ")",
    "\n",
    "${",
    "name",
    "parameter",
    "lifecycle",
    "dynamic",
    "value",
    "var.x",
    "<<E\n",
    "?",
    ",",
    "tier",
    "moved",
    "from",
    "null",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join), st.sampled_from([GROUP, GOOGLE, AZURE, "{}"]))
def test_whatever_stands_in_a_file(text: str, kind: str) -> None:
    written = kind.format(text)
    try:
        facts = list(read(Source("main.tf", written)))
    except Unreadable as error:
        assert error.line >= 1
        return
    for fact in facts:
        assert decode(encode(fact)) == fact
    assert kind == "{}" or any(isinstance(fact, ManagedStore) for fact in facts)
    judge({"main.tf": kind.format("")}, {"main.tf": written})
    release = f'resource "helm_release" "redis" {{\n  chart = "redis"\n  values = [<<X\n{text}\nX\n]\n  set {{\n name = "a.b"\n value = {text}\n}}\n}}\n'
    for fact in read_releases(Source("main.tf", release)):
        assert decode(encode(fact)) == fact


@pytest.mark.parametrize(
    ("text", "policy", "confidence"),
    [
        (
            'resource "google_redis_instance" "redis" {\n  tier = "STANDARD_HA"\n  redis_configs = {\n    maxmemory-policy = "allkeys-lru"\n  }\n}\n',
            "allkeys-lru",
            "medium",
        ),
        ('resource "azurerm_redis_cache" "redis" {\n  redis_configuration {\n    maxmemory_policy = "volatile-ttl"\n  }\n}\n', "volatile-ttl", "medium"),
        ('resource "azurerm_redis_cache" "sessions" {\n}\n', "volatile-lru", "medium"),
        ('resource "azurerm_redis_cache" "redis" {\n}\n', "volatile-lru", "low"),
        ('resource "azurerm_redis_cache" "redis" {\n  redis_configuration {\n    maxmemory_policy = "noeviction"\n  }\n}\n', "", ""),
        ('resource "digitalocean_database_cluster" "x" {\n  engine = "valkey"\n  eviction_policy = "allkeys_lru"\n}\n', "allkeys-lru", "medium"),
        ('resource "digitalocean_database_cluster" "x" {\n  engine = "pg"\n  eviction_policy = "allkeys_lru"\n}\n', "", ""),
        (
            'module "redis" {\n  source = "cloudposse/elasticache-redis/aws"\n  parameter = [{ name = "maxmemory-policy", value = "allkeys-lfu" }]\n}\n',
            "allkeys-lfu",
            "medium",
        ),
        ('module "cache" {\n  source = "./modules/redis"\n  parameter = [{ name = "maxmemory-policy", value = "allkeys-lfu" }]\n}\n', "allkeys-lfu", "low"),
        ('locals {\n  p = "allkeys-lru"\n}\nmodule "redis" {\n  source = "./redis"\n  maxmemory_policy = local.p\n}\n', "allkeys-lru", "medium"),
        ('variable "p" {\n  default = "allkeys-lru"\n}\nmodule "redis" {\n  source = "./redis"\n  maxmemory_policy = var.p\n}\n', "allkeys-lru", "low"),
        ('resource "aws_elasticache_cluster" "sessions" {\n  engine = "memcached"\n}\n', "", ""),
        (
            'resource "aws_elasticache_parameter_group" "main" {\n  parameter {\n    name = "maxmemory-policy"\n    value = "allkeys-lru"\n  }\n}\n'
            'resource "aws_elasticache_replication_group" "cache" {\n  parameter_group_name = aws_elasticache_parameter_group.main.name\n}\n',
            "allkeys-lru",
            "low",
        ),
    ],
)
def test_what_evicts(text: str, policy: str, confidence: str) -> None:
    findings = found(None, {"main.tf": text}, "store-evicts-sessions")
    assert [(each.message.split("`")[1], each.confidence) for each in findings] == ([(policy, confidence)] if policy else [])


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ('resource "aws_elasticache_cluster" "sessions" {\n}\n', "medium"),
        ('resource "aws_elasticache_cluster" "redis" {\n}\n', "low"),
        ('resource "aws_elasticache_cluster" "redis" {\n  replication_group_id = "x"\n}\n', ""),
        ('resource "aws_elasticache_replication_group" "sessions" {\n  num_cache_clusters = 1\n}\n', "medium"),
        ('resource "aws_elasticache_replication_group" "sessions" {\n  num_cache_clusters = var.n\n}\n', ""),
        ('resource "aws_elasticache_replication_group" "sessions" {\n  num_node_groups = 2\n}\n', ""),
        ('resource "aws_elasticache_replication_group" "sessions" {\n  snapshot_retention_limit = 5\n}\n', ""),
        ('resource "azurerm_redis_cache" "sessions" {\n  sku_name = "Basic"\n}\n', "medium"),
        ('resource "google_redis_instance" "login" {\n}\n', "medium"),
        ('resource "digitalocean_database_valkey_config" "x" {\n  persistence = "off"\n}\n', "medium"),
    ],
)
def test_what_is_gone_with_its_node(text: str, confidence: str) -> None:
    findings = found(None, {"main.tf": text}, "managed-store-of-one-node")
    assert [each.confidence for each in findings] == ([confidence] if confidence else [])


def test_a_copy_taken_away_is_this_changes_doing() -> None:
    base, head = (f'resource "aws_elasticache_replication_group" "redis" {{\n  num_cache_clusters = {number}\n}}\n' for number in (2, 1))
    (finding,) = found({"main.tf": base}, {"main.tf": head}, "managed-store-of-one-node")
    assert (finding.place.line, finding.confidence) == (2, "medium")
