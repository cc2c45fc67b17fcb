"""Any text at all: facts, or nothing; never an exception, and never a secret."""

from __future__ import annotations

from hypothesis import given
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


@given(TEXTS)
def test_configuration(text: str) -> None:
    for server in SERVERS:
        found = evaluate(server, lines_of(server, text))
        for ending in ("kill", "sigterm", "shutdown", "shutdown nosave"):
            assert found.left_after(ending) in ("all", "snapshot", "nothing", "unknown")
        if not found.refusals and not found.settings.get("aclfile"):
            access(found)


@given(TEXTS)
def test_users_file(text: str) -> None:
    for server in SERVERS:
        try:
            assert "default" in acl.users_of_file(server, text)
        except acl.RuleRefused as error:
            assert error.why


@given(st.lists(WORDS, max_size=8))
def test_command_line(words: list[str]) -> None:
    for server in SERVERS:
        file, text = command_line(server, words)
        assert file is None or file == words[0]
        evaluate(server, lines_of(server, text))


@given(TEXTS, st.sampled_from(["redis.conf", "sentinel.conf", "users.acl", "redis.conf.j2"]))
def test_reader(text: str, path: str) -> None:
    for fact in read(Source(path, text)):
        assert decode(encode(fact)) == fact


@given(st.text(max_size=200), st.sampled_from(["run.sh", "Makefile", "Dockerfile", "deploy/tasks.yml"]))
def test_shell_reader(text: str, path: str) -> None:
    list(read_shell(Source(path, text)))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    from safelint.readers import readers_for

    for path in ("redis.conf", "redis/users.acl", "deploy.sh"):
        for reader in readers_for(path):
            read_facts(reader, path, b"appendonly yes\nredis-cli flushall\n" + data)


SECRET = "Zk3v9QmXw7"


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
