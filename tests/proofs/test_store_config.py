"""Configurations of the store on real servers: the Bad ones do not start, lose sessions or let a command through; the Good ones keep them."""

from __future__ import annotations

import importlib
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safelint.redis.configuration import read
from safelint.redis.sentinel import refusals
from safelint.redis.servers import server_of
from safelint.rules import Example
from tests.judging import RULES, example, judge
from tests.proofs.servers import EVERY, MODERN, SESSIONS, Running, fails, free_port, programs, running, server_named, start


def conf(one: Example, side: str = "head") -> str:
    """The one redis.conf of an example, its `dir` being the test's own folder."""
    texts: dict[str, str] = getattr(one, side)
    (text,) = [text for path, text in texts.items() if "sentinel" not in path]
    return "\n".join(line for line in text.split("\n") if not line.startswith(("dir ", "replicaof ", "bind ")))


def is_conf(one: Example) -> bool:
    return all(path.endswith("redis.conf") for path in one.head)


def bad(rule: str) -> list[Any]:
    return [pytest.param(one, id=one.title) for each in RULES if each.name == rule for one in each.examples if one.kind == "Bad" and is_conf(one)]


def good(rule: str) -> list[Any]:
    return [pytest.param(one, id=one.title) for each in RULES if each.name == rule for one in each.examples if one.kind == "Good" and is_conf(one)]


# ---- it does not start


@MODERN
@pytest.mark.parametrize("rule", ["store-conf-inline-comment", "store-conf-sentinel-line", "store-refuses-to-start"])
def test_bad_ones_do_not_start_and_say_what_the_finding_says(rule: str, server: str, tmp_path: Path) -> None:
    for number, one in enumerate(each.values[0] for each in bad(rule)):
        said = fails(server, conf(one), tmp_path / str(number))
        (first, *_) = sorted(judge(None, one.head).findings, key=lambda finding: finding.place.line)
        promised = next(iter([finding for finding in judge(None, one.head).findings if finding.rule == rule]))
        assert first.rule == rule
        assert promised.message.rpartition("the server says: ")[2].split(". ")[0] in said, one.title


@EVERY
@pytest.mark.parametrize("rule", ["store-conf-inline-comment", "store-conf-sentinel-line", "store-refuses-to-start"])
def test_good_ones_start(rule: str, server: str, tmp_path: Path) -> None:
    for number, one in enumerate(each.values[0] for each in good(rule)):
        with running(server, conf(one), tmp_path / str(number)) as up:
            assert up.process.poll() is None


@EVERY
def test_what_depends_on_the_version(server: str, tmp_path: Path) -> None:
    text = conf(example("store-depends-on-version", "Bad", "several"))
    assert after(server, text, text, tmp_path / "pairs") == (0 if server == "redis 6.2" else SESSIONS)
    text = conf(example("store-depends-on-version", "Bad", "a word"))
    if server == "valkey 9.1":
        assert after(server, text, text, tmp_path / "word") == SESSIONS
    else:
        fails(server, text, tmp_path / "word")
    text = conf(example("store-depends-on-version", "Good", "every"))
    assert after(server, text, text, tmp_path / "alike") == SESSIONS


@EVERY
def test_a_rename_without_an_aof_starts(server: str, tmp_path: Path) -> None:
    with running(server, 'rename-command FLUSHALL ""\n', tmp_path) as up, pytest.raises(Exception, match="unknown command"):
        up.client.execute_command("FLUSHALL")


# ---- it lets a command through


def answer(server: str, text: str, folder: Path, *command: str, username: str | None = None, password: str | None = None) -> str:
    """What becomes of a command: "OK", or the error."""
    with running(server, text, folder, username=username, password=password) as up:
        try:
            up.client.execute_command(*command)
        except importlib.import_module("redis").exceptions.RedisError as error:
            return str(error)
        return "OK"


SHOP = {"username": "shop", "password": "s3cret-of-the-shop"}
OWNER = {"password": "s3cret-of-the-store"}


@MODERN
def test_flush_open_to_anybody(server: str, tmp_path: Path) -> None:
    assert answer(server, conf(example("store-open-to-flush", "Bad", "no password")), tmp_path / "a", "FLUSHALL") == "OK"
    assert answer(server, conf(example("store-open-to-flush", "Bad", "only FLUSHALL")), tmp_path / "b", "FLUSHDB") == "OK"
    for at, one in enumerate(each.values[0] for each in good("store-open-to-flush")):
        assert answer(server, conf(one), tmp_path / f"g{at}", "FLUSHALL") == "Authentication required."


@MODERN
def test_flush_for_the_owner_of_the_password(server: str, tmp_path: Path) -> None:
    rule = "store-flush-behind-one-password"
    assert answer(server, conf(example(rule, "Bad", "one password")), tmp_path / "a", "FLUSHALL", **OWNER) == "OK"
    assert answer(server, conf(example(rule, "Bad", "the only user")), tmp_path / "b", "FLUSHALL", **SHOP) == "OK"
    assert "no permissions" in answer(server, conf(example(rule, "Good")), tmp_path / "c", "FLUSHALL", **SHOP).lower().replace("noperm", "")


@MODERN
def test_detours(server: str, tmp_path: Path) -> None:
    rule = "store-wiped-by-a-detour"
    with running(server, conf(example(rule, "Bad", "three commands")), tmp_path / "a", **OWNER) as up:
        up.log_in()
        with pytest.raises(Exception, match="unknown command"):
            up.client.execute_command("FLUSHALL")
        up.client.execute_command("SWAPDB", 0, 1)
        assert not up.client.exists("session:1")
    with running(server, conf(example(rule, "Good")), tmp_path / "b", **OWNER) as up:
        for command in (("SWAPDB", 0, 1), ("REPLICAOF", "127.0.0.1", 1), ("CONFIG", "SET", "maxmemory", "1mb"), ("ACL", "SETUSER", "default", "+@all")):
            with pytest.raises(Exception, match="permissions"):
                up.client.execute_command(*command)


@MODERN
def test_a_process_that_is_ended(server: str, tmp_path: Path) -> None:
    text = conf(example("store-wiped-by-a-detour", "Bad", "what ends"))
    with running(server, text, tmp_path, **OWNER) as up:
        up.log_in()
        with pytest.raises(Exception, match="permissions"):
            up.client.execute_command("FLUSHALL")
        with pytest.raises(Exception, match="closed"):
            up.client.execute_command("SHUTDOWN", "NOSAVE")
        up.process.wait(10)
    with running(server, text, tmp_path, **OWNER) as up:
        assert not up.client.exists("session:1")


@MODERN
def test_protections_that_are_void(server: str, tmp_path: Path) -> None:
    rule = "store-protection-void"
    assert answer(server, conf(example(rule, "Bad", "a limited user")), tmp_path / "a", "FLUSHALL") == "OK"
    assert answer(server, conf(example(rule, "Bad", "taken away")), tmp_path / "b", "FLUSHALL", **SHOP) == "OK"
    assert answer(server, conf(example(rule, "Bad", "a secret name")), tmp_path / "c", "b840fc02d524045429941cc15f59e41c", **OWNER) == "OK"
    assert answer(server, conf(example(rule, "Bad", "a password that")), tmp_path / "d", "FLUSHALL") == "OK"
    assert "permissions" in answer(server, conf(example(rule, "Good")), tmp_path / "e", "FLUSHALL", **SHOP)


@EVERY
def test_everybody_locked_out(server: str, tmp_path: Path) -> None:
    assert "Authentication required" in answer(server, conf(example("store-locks-everybody-out", "Bad")), tmp_path / "a", "GET", "session:1")
    assert answer(server, conf(example("store-locks-everybody-out", "Good")), tmp_path / "b", "GET", "session:1", **OWNER) == "OK"


@MODERN
def test_debug_is_opened(server: str, tmp_path: Path) -> None:
    rule, command = "store-protected-command-enabled", ("DEBUG", "SLEEP", "0")
    closed = "user default on nopass ~* &* +@all\n"
    text = conf(example(rule, "Bad")).replace("user default on >s3cret-of-the-store ~* &* +@all -@dangerous", closed)
    assert answer(server, text, tmp_path / "a", *command) == "OK"
    assert "not allowed" in answer(server, closed, tmp_path / "b", *command)


# ---- what is left


def after(server: str, before: str, text: str, folder: Path, how: int = signal.SIGTERM, **login: str) -> int:
    """How many sessions are left when a store that ran with `before` is stopped and started with `text`."""
    first = start(server, before, folder, **login)
    first.log_in()
    assert first.sessions() == SESSIONS
    # While the disk is busy with a sync the log's next part waits in the server, for up to two seconds.
    while first.client.info("persistence").get("aof_buffer_length"):
        time.sleep(0.01)
    first.end(how)
    with running(server, text, folder, **login) as second:
        return second.sessions()


@EVERY
def test_nothing_is_kept(server: str, tmp_path: Path) -> None:
    text = conf(example("store-not-persistent", "Bad", "snapshots off"))
    assert after(server, text, text, tmp_path / "bad") == 0
    for at, one in enumerate(each.values[0] for each in good("store-not-persistent")):
        assert after(server, conf(one), conf(one), tmp_path / f"good{at}") == SESSIONS


@MODERN
def test_not_saved_on_stop(server: str, tmp_path: Path) -> None:
    for kind, left in (("Bad", 0), ("Good", SESSIONS)):
        text = conf(example("store-not-saved-on-stop", kind))
        assert after(server, text, text, tmp_path / kind) == left


@EVERY
def test_snapshots_and_a_crash(server: str, tmp_path: Path) -> None:
    for kind, left in (("Bad", 0), ("Good", SESSIONS)):
        text = conf(example("store-loses-minutes-in-a-crash", kind))
        assert after(server, text, text, tmp_path / kind, signal.SIGKILL) == left


@EVERY
def test_log_switched_on_by_the_file_and_as_it_should_be(server: str, tmp_path: Path) -> None:
    for at, one in enumerate(each.values[0] for each in bad("store-log-switched-on")):
        assert after(server, conf(one, "base"), conf(one), tmp_path / str(at)) == 0
    one = example("store-log-switched-on", "Good", "it was on")
    assert after(server, conf(one, "base"), conf(one), tmp_path / "on") == SESSIONS
    # The safe way that the rule tells.
    first = start(server, "save 900 1\n", tmp_path / "safe")
    first.log_in()
    first.client.config_set("appendonly", "yes")
    while first.client.info("persistence")["aof_rewrite_in_progress"] or first.client.info("persistence")["aof_rewrite_scheduled"]:
        pass
    first.end()
    with running(server, "save 900 1\nappendonly yes\n", tmp_path / "safe") as second:
        assert second.sessions() == SESSIONS


@EVERY
@pytest.mark.parametrize("rule", ["store-log-switched-off"])
def test_what_a_change_loses(rule: str, server: str, tmp_path: Path) -> None:
    for kind, left in (("Bad", 0), ("Good", SESSIONS)):
        one = example(rule, kind)
        assert after(server, conf(one, "base"), conf(one), tmp_path / kind) == left


@EVERY
def test_files_moved(server: str, tmp_path: Path) -> None:
    one = example("store-files-moved", "Bad", "another name")
    assert after(server, conf(one, "base"), conf(one), tmp_path / "name") == 0
    (tmp_path / "x").mkdir()
    assert after(server, "appendonly yes\n", f"appendonly yes\ndir {tmp_path / 'x'}\n", tmp_path / "folder") == 0
    one = example("store-files-moved", "Good")
    assert after(server, conf(one, "base"), conf(one), tmp_path / "unused") == SESSIONS


def is_linked(replica: Running, seconds: float) -> bool:
    """Whether a replica has read its master within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if replica.client.info("replication")["master_link_status"] == "up":
            return True
        time.sleep(0.02)
    return False


AT_ONCE = ("--repl-diskless-sync-delay", "0")


@MODERN
def test_a_store_that_becomes_a_replica(server: str, tmp_path: Path) -> None:
    port = free_port()
    with running(server, "appendonly yes\n", tmp_path / "master", "--port", str(port), *AT_ONCE):
        one = example("store-became-replica", "Bad")
        first = start(server, conf(one, "base"), tmp_path / "store")
        first.log_in()
        first.end()
        (line,) = [line for line in one.head["deploy/redis.conf"].split("\n") if line.startswith("replicaof")]
        with running(server, f"{conf(one)}\n{line.replace('10.0.0.9 6379', f'127.0.0.1 {port}')}\n", tmp_path / "store") as second:
            assert is_linked(second, 20)
            assert second.sessions() == 0


@EVERY
def test_saving_stopped(server: str, tmp_path: Path) -> None:
    for kind, left in (("Bad", 0), ("Good", SESSIONS)):
        one = example("store-stops-saving", kind)
        folder = tmp_path / kind
        first = start(server, conf(one, "base"), folder)
        first.log_in()
        first.end()
        second = start(server, conf(one), folder)
        assert second.sessions() == SESSIONS, "the restart that brings the change still finds them"
        second.client.flushall()
        second.log_in()
        (folder / "dump.rdb").unlink()
        second.end()
        with running(server, conf(one), folder) as third:
            assert third.sessions() == left


@EVERY
def test_eviction(server: str, tmp_path: Path) -> None:
    for at, one in enumerate(each.values[0] for each in bad("store-starts-evicting")):
        with running(server, conf(one, "base"), tmp_path / str(at)) as up:
            pass
        first = start(server, conf(one, "base").replace("maxmemory 4mb", "maxmemory 2gb"), tmp_path / str(at))
        first.log_in(20_000)
        first.end()
        with running(server, conf(one), tmp_path / str(at)) as up:
            up.log_in(1)
            assert up.sessions() < 20_000
    one = example("store-starts-evicting", "Good")
    assert after(server, conf(one, "base"), conf(one), tmp_path / "good") == SESSIONS


@MODERN
@pytest.mark.parametrize("title", ["what has a TTL", "whatever is old"])
def test_policies_that_evict(title: str, server: str, tmp_path: Path) -> None:
    redis: Any = importlib.import_module("redis")
    for text, keeps in ((conf(example("store-evicts-sessions", "Bad", title)), False), (conf(example("store-evicts-sessions", "Good", "full means")), True)):
        with running(server, text.replace("512mb", "4mb"), tmp_path / str(keeps)) as up:
            up.log_in(500)
            filled: Callable[[int], None] = lambda number: up.client.set(f"cache:{number}", "x" * 4000)  # noqa: E731
            for number in range(2000):
                try:
                    filled(number)
                except redis.exceptions.OutOfMemoryError:
                    break
            left = sum(1 for number in range(500) if up.client.exists(f"session:{number}"))
            assert (left == 500) == keeps


@EVERY
@pytest.mark.parametrize("rule", ["store-log-unreadable-after-rename", "store-log-may-be-unreadable-after-rename"])
def test_log_that_holds_a_renamed_command(rule: str, server: str, tmp_path: Path) -> None:
    for kind in ("Bad", "Good"):
        one, folder = example(rule, kind), tmp_path / kind
        first = start(server, conf(one, "base"), folder)
        first.client.set("session:1", "u")
        first.client.flushall()
        first.client.set("session:2", "u")
        first.end()
        if kind == "Bad":
            assert "reading the append only file" in fails(server, conf(one), folder)
        else:
            with running(server, conf(one), folder, password="s3cret-of-the-store") as up:
                assert up.client.exists("session:2")


@MODERN
def test_a_replica_with_no_password_for_its_master(server: str, tmp_path: Path) -> None:
    port = free_port()
    with running(server, "requirepass s3cret-of-the-store\n", tmp_path / "master", "--port", str(port), *AT_ONCE, **OWNER) as master:
        master.log_in()
        for number, (kind, title) in enumerate((("Good", "both"), ("Bad", "only one"), ("Bad", "its master"), ("Bad", "the master of today"))):
            one = example("store-replica-without-password", kind, title)
            # The last one is what a master becomes after a failover.
            own = one.head["deploy/redis-master.conf" if "today" in one.title else "deploy/redis-replica.conf"].replace("replicaof 10.0.0.5 6379\n", "")
            login = OWNER if "requirepass" in own else {}
            with running(server, f"{own}replicaof 127.0.0.1 {port}\n", tmp_path / str(number), **login) as replica:
                assert is_linked(replica, 20 if kind == "Good" else 1) == (kind == "Good")
                assert replica.sessions() == (SESSIONS if kind == "Good" else 0)


def of_compose(one: Example, side: str) -> tuple[str, list[str]]:
    """The server and the options of the one service of an example."""
    import yaml

    (text,) = getattr(one, side).values()
    (service,) = yaml.safe_load(text)["services"].values()
    server = server_of(service["image"])
    assert server is not None
    return server.name, service["command"].split()[1:]


@pytest.mark.parametrize("title", ["an older one", "from Valkey back"])
@pytest.mark.parametrize("rule", ["store-image-cannot-read", "store-image-starts-empty"])
def test_another_image(rule: str, title: str, tmp_path: Path) -> None:
    found = [one for each in RULES if each.name == rule for one in each.examples if one.title == title]
    for one in found:
        (old, before), (new, after_) = of_compose(one, "base"), of_compose(one, "head")
        if not {old, new} <= set(programs()):
            continue  # Redis 7.4 and 8.2 are in no wheel of their own
        first = start(old, "", tmp_path, *before)
        first.log_in()
        first.end()
        if rule == "store-image-cannot-read":
            assert re.search("RDB format version|Wrong signature", fails(new, "", tmp_path, *after_))
        else:
            with running(new, "", tmp_path, *after_) as second:
                assert second.sessions() == 0


def test_an_image_that_is_newer(tmp_path: Path) -> None:
    for number, (old, new) in enumerate((("redis 6.2", "redis 7.0"), ("redis 6.2", "valkey 9.1"), ("redis 7.0", "valkey 9.1"))):
        folder = tmp_path / str(number)
        first = start(old, "appendonly yes\n", folder)
        first.log_in()
        first.end()
        with running(new, "appendonly yes\n", folder) as second:
            assert second.sessions() == SESSIONS


def master(up: Running) -> dict[str, str]:
    """What a Sentinel knows of its master."""
    words = [each.decode() for each in up.client.execute_command("SENTINEL", "MASTER", "sessions")]
    return dict(zip(words[::2], words[1::2], strict=True))


@EVERY
def test_a_sentinel_reads_seconds_as_milliseconds(server: str, tmp_path: Path) -> None:
    for kind, milliseconds in (("Bad", 5), ("Good", 5000)):
        text = next(iter(example("sentinel-time-with-unit", kind).head.values()))
        with running(server, text, tmp_path / kind, "--sentinel", username=None) as up:
            assert int(master(up)["down-after-milliseconds"]) == milliseconds


@EVERY
def test_a_sentinel_with_one_voice_acts_alone(server: str, tmp_path: Path) -> None:
    for kind, needed in (("Bad", 1), ("Good", 2)):
        text = next(iter(example("sentinel-quorum-of-one", kind).head.values()))
        with running(server, text, tmp_path / kind, "--sentinel") as up:
            assert int(master(up)["quorum"]) == needed


@EVERY
def test_sentinels_that_do_not_start(server: str, tmp_path: Path) -> None:
    lines = ["redis-primary 6379 2", "127.0.0.1 6379", "127.0.0.1 6379 0", "127.0.0.1 6379 2 # c", "127.0.0.1 70000 2"]
    for number, line in enumerate(lines):
        text = f"sentinel monitor m {line}\n"
        (refusal,) = refusals(read(server_named(server), text))
        assert refusal.message in fails(server, text, tmp_path / str(number), "--sentinel")
