"""Mended configurations of a store: the finding is gone, nothing else has come, and the real server does what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelint.fixes import applied, edits
from safelint.rules import Example
from tests.judging import RULES, example, judge
from tests.proofs.servers import EVERY, MODERN, fails, free_port, running
from tests.proofs.test_store_shell_form import left


def mended(one: Example) -> tuple[str, str]:
    """The file of an example's findings after its fixes, by its path; they are gone, and no error is new."""
    before = judge(None, one.head).findings
    wanted = [each for each in before if each.rule == one.rule]
    (path,) = {each.place.path for each in wanted}
    text, made = applied(one.head[path], [edits(each, one.head[path]) for each in wanted])
    assert all(made), one.title
    after = judge(None, {**one.head, path: text}).findings
    assert one.rule not in {each.rule for each in after}, text
    assert {each.rule for each in after if each.severity == "error"} <= {each.rule for each in before}
    again, _ = applied(text, [edits(each, text) for each in after])
    assert again == text
    return path, text


def examples(rule: str, ending: str = "") -> list[Example]:
    found = [one for each in RULES if each.name == rule for one in each.examples if one.kind == "Bad"]
    return [one for one in found if all(path.endswith(ending) for path in one.head)]


@EVERY
def test_comments_on_lines_of_their_own(server: str, tmp_path: Path) -> None:
    for number, one in enumerate(examples("store-conf-inline-comment", "redis.conf")):
        text = "\n".join(line for line in mended(one)[1].split("\n") if not line.startswith("dir "))
        with running(server, text, tmp_path / str(number)) as up:
            assert up.process.poll() is None


@EVERY
def test_an_apostrophe_in_a_comment(server: str, tmp_path: Path) -> None:
    text = "appendonly yes\nmaxmemory 1gb # don't raise it\n"
    (finding,) = [each for each in judge(None, {"deploy/redis.conf": text}).findings if each.rule in ("store-refuses-to-start", "store-conf-inline-comment")]
    new, made = applied(text, [edits(finding, text)])
    assert made == [True]
    assert new == "appendonly yes\n# don't raise it\nmaxmemory 1gb\n"
    with running(server, new, tmp_path) as up:
        assert up.client.config_get("maxmemory")["maxmemory"] == str(1024**3)


@EVERY
def test_a_comment_behind_the_addresses(server: str, tmp_path: Path) -> None:
    text, options = "appendonly yes\nbind 127.0.0.1 # this machine alone\n", ("--port", str(free_port()))
    (finding,) = [each for each in judge(None, {"deploy/redis.conf": text}).findings if each.rule == "store-conf-inline-comment"]
    assert "Failed listening on port" in finding.message
    assert "Failed listening on port" in fails(server, text, tmp_path / "bad", *options)
    new, _ = applied(text, [edits(finding, text)])
    with running(server, new, tmp_path / "good", *options) as up:
        assert up.client.ping()


@EVERY
def test_times_in_milliseconds(server: str, tmp_path: Path) -> None:
    for number, one in enumerate(examples("sentinel-time-with-unit")):
        with running(server, mended(one)[1], tmp_path / str(number), "--sentinel") as up:
            words = [each.decode() for each in up.client.execute_command("SENTINEL", "MASTER", "sessions")]
            assert int(dict(zip(words[::2], words[1::2], strict=True))["down-after-milliseconds"]) == 5000


@MODERN
def test_rules_in_order(server: str, tmp_path: Path) -> None:
    _, text = mended(example("store-protection-void", "Bad", "taken away"))
    with running(server, text, tmp_path, username="shop", password="s3cret-of-the-shop") as up:
        up.log_in()
        with pytest.raises(Exception, match="permissions"):
            up.client.execute_command("FLUSHALL")


@pytest.mark.parametrize("title", ["the shell form", "a compose file"])
def test_the_server_takes_the_place_of_the_shell(title: str, tmp_path: Path) -> None:
    _, text = mended(example("store-does-not-hear-the-stop", "Bad", title))
    assert "exec redis-server --save 60 1" in text
    assert left("dash", "exec redis-server --save 60 1", tmp_path) == 50


def test_a_pipe_is_left_alone() -> None:
    one = example("store-does-not-hear-the-stop", "Bad", "a pipe")
    ((path, text),) = one.head.items()
    (finding,) = [each for each in judge(None, {path: text}).findings if each.rule == one.rule]
    assert not edits(finding, text)
