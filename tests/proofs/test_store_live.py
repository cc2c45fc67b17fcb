"""A running store is read, judged and left as it was; the file to begin with starts everywhere and protects."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelint.cli import main
from safelint.live import ALLOWED, Connection, NotReachable, look
from safelint.running import HARDENED, judged
from tests.proofs.servers import EVERY, SESSIONS, Running, running


def url(up: Running) -> str:
    return f"unix://{up.client.connection_pool.connection_kwargs['path']}"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["store", *words])


@EVERY
def test_an_open_store_that_forgets(server: str, tmp_path: Path) -> None:
    with running(server, 'save ""\nprotected-mode no\n', tmp_path) as up:
        up.log_in()
        before = up.client.info("stats")["total_commands_processed"]
        seen, outcome = judged(url(up), None)
        assert {finding.rule for finding in outcome.findings} >= {"store-not-persistent", "store-open-to-flush"}
        assert seen.version
        assert up.sessions() == SESSIONS
        names = {name.removeprefix("cmdstat_").partition("|")[0] for name in up.client.info("commandstats")}
        assert names <= {"config", "acl", "command", "info", "ping", "set", "select", "client", "hello"}
        assert up.client.info("stats")["total_commands_processed"] > before


@EVERY
def test_the_file_to_begin_with(server: str, tmp_path: Path) -> None:
    text = HARDENED.replace("dir /data\n", "")
    with running(server, text, tmp_path, username="app", password="REPLACE-THIS-PASSWORD") as up:
        up.log_in()
        for command in ("FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "SHUTDOWN", "CONFIG SET maxmemory 1mb"):
            with pytest.raises(Exception, match="permissions"):
                up.client.execute_command(*command.split())
        seen = look(url(up).replace("unix://", "unix://operator@"), "REPLACE-THIS-ONE-TOO")
        assert not seen.unread
        _, outcome = judged(url(up).replace("unix://", "unix://operator@"), "REPLACE-THIS-ONE-TOO")
        assert {finding.rule for finding in outcome.findings} <= {"store-in-temporary-folder"}, "its folder here is the test's"
        assert "REPLACE-THIS" not in seen.text
        assert up.sessions() == SESSIONS


def test_the_file_to_begin_with_has_no_finding() -> None:
    from tests.judging import judge

    assert CliRunner().invoke(main, ["init", "redis"]).output.strip() == HARDENED.strip()
    assert not judge(None, {"deploy/redis.conf": HARDENED}).findings


@EVERY
def test_drift_and_what_may_not_be_read(server: str, tmp_path: Path) -> None:
    file = tmp_path / "wanted.conf"
    file.write_text('appendonly yes\nmaxmemory 1gb\nrename-command FLUSHALL ""\n')
    with running(server, "appendonly no\nmaxmemory 512mb\n", tmp_path / "s") as up:
        said = run(url(up), "--file", str(file)).output
        assert "appendonly is no in the running store, and yes in the file" in said
        assert "maxmemory is 536870912 in the running store, and 1073741824 in the file" in said
        assert "command FLUSHALL is there in the running store, and taken away in the file" in said
        up.client.execute_command("ACL", "SETUSER", "poor", "on", "nopass", "+ping", "+info", "+@connection")
        said = run(url(up).replace("unix://", "unix://poor@")).output
    assert "not allowed to read: CONFIG GET" not in said or "permissions" in said


def test_a_password_that_is_missing_or_wrong(tmp_path: Path) -> None:
    with running("redis 7.0", "requirepass s3cret-of-the-store\n", tmp_path, password="s3cret-of-the-store") as up:
        done = run(url(up))
        assert done.exit_code == 2
        with pytest.raises(NotReachable, match="SAFELINT_STORE_PASSWORD"):
            look(url(up), None)
        with pytest.raises(NotReachable, match="does not accept"):
            look(url(up), "wrong")
        assert look(url(up), "s3cret-of-the-store").text
    with pytest.raises(NotReachable, match="reached"):
        look("unix:///nowhere/at/all", None)


def test_nothing_else_is_ever_sent(tmp_path: Path) -> None:
    assert not {word for question in ALLOWED for word in question} & {"SET", "FLUSHALL", "SHUTDOWN", "SAVE", "EVAL", "SETUSER"}
    with running("redis 7.0", "", tmp_path) as up:
        connection = Connection(url(up), None)
        with pytest.raises(ValueError, match="not among"):
            connection.ask("CONFIG", "SET", "appendonly", "yes")
        connection.close()


def test_comment_fix() -> None:
    from safelint.fixes import applied, edits
    from tests.judging import example, judge

    for title in ("explained on", "a password", "a rename", "in a ConfigMap"):
        one = example("store-conf-inline-comment", "Bad", title)
        for path, text in one.head.items():
            found = [each for each in judge(None, one.head).findings if each.rule == "store-conf-inline-comment"]
            mended, made = applied(text, [edits(each, text) for each in found])
            assert made
            assert all(made)
            assert not [each for each in judge(None, {path: mended}).findings if each.rule == "store-conf-inline-comment"]
