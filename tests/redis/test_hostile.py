"""Any text at all: facts, or nothing; never an exception, and never a secret."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import decode, encode
from safelint.facts.store import StoreDirective
from safelint.library import read_facts
from safelint.readers import Source
from safelint.readers.redis_conf import read
from safelint.readers.shell import read as read_shell
from safelint.redis import acl
from safelint.redis.configuration import access, command_line, evaluate
from safelint.redis.configuration import read as lines_of
from safelint.redis.servers import SERVERS, known_words

WORDS = st.one_of(
    st.sampled_from(sorted(known_words())),
    st.sampled_from(
        [
            "yes",
            "no",
            '"',
            "'",
            "\\x41",
            "900",
            "1",
            "#",
            "{{ x }}",
            "{% if a %}",
            "${P}",
            "~*",
            "+@all",
            "(",
            ")",
            ">pw",
            "user",
            "default",
            "flushall",
            "%R~",
            "&*",
            "db=1",
        ]
    ),
    st.text(max_size=6),
)
TEXTS = st.lists(st.lists(WORDS, max_size=7).map(" ".join), max_size=8).map("\n".join)


@settings(deadline=None)
@given(TEXTS)
def test_configuration(text: str) -> None:
    for server in SERVERS:
        found = evaluate(server, lines_of(server, text))
        for ending in ("kill", "sigterm", "shutdown", "shutdown nosave"):
            assert found.left_after(ending) in ("all", "snapshot", "nothing", "unknown")
        if not found.refusals and not found.settings.get("aclfile"):
            access(found)


@settings(deadline=None)
@given(TEXTS)
def test_users_file(text: str) -> None:
    for server in SERVERS:
        try:
            assert "default" in acl.users_of_file(server, text)
        except acl.RuleRefused as error:
            assert error.why


@settings(deadline=None)
@given(st.lists(WORDS, max_size=8))
def test_command_line(words: list[str]) -> None:
    for server in SERVERS:
        file, text = command_line(server, words)
        assert file is None or file == words[0]
        evaluate(server, lines_of(server, text))


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["redis.conf", "sentinel.conf", "users.acl", "redis.conf.j2"]))
def test_reader(text: str, path: str) -> None:
    for fact in read(Source(path, text)):
        assert decode(encode(fact)) == fact


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(["run.sh", "Makefile", "Dockerfile", "deploy/tasks.yml"]))
def test_shell_reader(text: str, path: str) -> None:
    list(read_shell(Source(path, text)))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    from safelint.readers import readers_for

    for path in ("redis.conf", "redis/users.acl", "deploy.sh"):
        for reader in readers_for(path):
            read_facts(reader, path, b"appendonly yes\nredis-cli flushall\n" + data)


SECRET = "Zk3v9QmXw7"


@settings(deadline=None)
@given(
    st.sampled_from(
        ["requirepass {}", 'requirepass "{}" # c', "masterauth {}", "user shop on >{} ~* +@all", "user shop on <{}", "user shop #{}", "sentinel auth-pass m {}"]
    )
)
def test_a_password_is_in_no_fact(line: str) -> None:
    facts = list(read(Source("redis.conf", f"appendonly yes\n{line.format(SECRET)}\n")))
    assert len(facts) == 2
    for fact in facts:
        assert isinstance(fact, StoreDirective)
        assert SECRET not in repr(fact)
        assert SECRET not in str(encode(fact))


MANIFEST = """
apiVersion: apps/v1
kind: {kind}
metadata: {{name: sessions}}
data:
  redis.conf: {data}
spec:
  template:
    spec:
      containers:
        - {{name: redis, image: "{image}", args: {args}, volumeMounts: {mounts}}}
      volumes: {mounts}
services:
  redis: {{image: "{image}", command: {args}, volumes: {mounts}, tmpfs: {data}}}
redis:
  commonConfiguration: {data}
  master: {{persistence: {mounts}, disableCommands: {args}}}
"""
SCALARS = st.one_of(
    st.sampled_from(
        [
            "redis:7",
            "valkey:9",
            "--appendonly",
            "yes",
            "--save",
            "",
            "${X:-1}",
            "sh",
            "-c",
            "redis-server /c.conf",
            "/data",
            "a:/data",
            "{{ x }}",
        ]
    ),
    st.text(max_size=5),
)
KEYS = st.sampled_from(["name", "emptyDir", "configMap", "mountPath", "type"])
NODES = st.recursive(
    SCALARS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from(["docker-compose.yml", "k8s/redis.yaml", "values.yaml"])


@settings(deadline=None)
@given(st.sampled_from(["Deployment", "ConfigMap", "Pod", "x"]), NODES, NODES, NODES, SCALARS, PATHS)
def test_manifests(kind: str, data: object, args: object, mounts: object, image: str, path: str) -> None:
    import json

    from safelint.readers import readers_for
    from tests.judging import judge

    text = MANIFEST.format(kind=kind, data=json.dumps(data), args=json.dumps(args), mounts=json.dumps(mounts), image=image.replace('"', "").replace("\\", ""))
    for reader in readers_for(path):
        for fact in read_facts(reader, path, text.encode("utf-8", "replace")):
            assert decode(encode(fact)) == fact
    judge(None, {path: text.encode("utf-8", "replace").decode()})


@settings(deadline=None)
@given(st.text(max_size=120), st.sampled_from(["Dockerfile", "redis.service", "supervisord.conf"]))
def test_command_lines_elsewhere(text: str, path: str) -> None:
    from safelint.readers import readers_for

    for reader in readers_for(path):
        read_facts(reader, path, f"FROM redis:7\n[program:redis]\ncommand=redis-server {text}\nCMD redis-server {text}\n".encode("utf-8", "replace"))
