"""A running store is read, judged and left as it was; the file to begin with starts everywhere and protects."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from safelint import live
from safelint.cli import main
from safelint.live import ALLOWED, Connection, NotReachable, look
from safelint.running import HARDENED, judged
from tests.proofs.conftest import need
from tests.proofs.servers import EVERY, SESSIONS, Running, free_port, running


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
    for what in ("CONFIG GET, and with it what is kept", "ACL LIST, and with it who may do what"):
        assert f"not allowed to read: {what} (NOPERM" in said
    assert "error" not in said, "nothing is concluded from what could not be read"


@EVERY
def test_only_what_is_allowed_is_ever_sent(server: str, tmp_path: Path) -> None:
    permitted = ["+ping", "+info", "+config|get", "+acl|list", "+acl|whoami", "+command"]
    with running(server, "appendonly yes\n", tmp_path) as up:
        up.log_in()
        up.client.execute_command("ACL", "SETUSER", "reader", "on", ">s3cret-of-the-reader", *permitted)
        with up.client.monitor() as monitor:
            _, outcome = judged(url(up).replace("unix://", "unix://reader@"), "s3cret-of-the-reader")
            up.client.execute_command("ECHO", "that was all")
            sent = []
            for each in monitor.listen():
                words = each["command"].upper().split()
                if words[0] == "ECHO":
                    break
                sent.append(tuple(words[:2]))
        # The commands of administrators are not shown to a monitor: for them the server's own list above stands.
        assert {("PING",), ("INFO", "SERVER"), ("COMMAND",)} <= set(sent)
        # CLIENT SETINFO is what the client of this test says when it connects for its ECHO.
        assert {words[0] for words in sent} <= {*(each[0] for each in ALLOWED), "AUTH", "CLIENT"}
        assert not up.client.execute_command("ACL", "LOG")
        assert outcome.findings, "the default user of this server may do everything"
        assert up.sessions() == SESSIONS


@EVERY
def test_a_sentinel_says_that_it_is_one(server: str, tmp_path: Path) -> None:
    with running(server, "sentinel monitor sessions 127.0.0.1 6379 2\n", tmp_path, "--sentinel") as up, pytest.raises(NotReachable, match="is a Sentinel"):
        look(url(up), None)


@EVERY
def test_a_node_of_a_cluster_says_so(server: str, tmp_path: Path) -> None:
    port = next(port for port in iter(free_port, 0) if port < 55_000)  # its bus listens 10,000 above
    with running(server, "cluster-enabled yes\nappendonly yes\n", tmp_path, "--port", str(port)) as up:
        assert look(url(up), None).is_of_cluster
        assert "one node of a cluster" in run(url(up)).output


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed but itself, and its key."""
    key, pem = folder / "key.pem", folder / "cert.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*words, "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", pem], check=True, capture_output=True, timeout=60)
    return pem, key


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("openssl")
    monkeypatch.setattr(live, "_TIMEOUT", 1.0)  # a store that does not speak TLS waits for the rest of a line
    pem, key = certificate(tmp_path)
    tls, plain = free_port(), free_port()
    options = ["--tls-port", str(tls), "--tls-cert-file", str(pem), "--tls-key-file", str(key), "--tls-ca-cert-file", str(pem), "--tls-auth-clients", "no"]
    with running("redis 7.0", "appendonly yes\n", tmp_path / "s", "--port", str(plain), *options):
        with pytest.raises(NotReachable, match="SSL_CERT_FILE"):
            look(f"rediss://localhost:{tls}", None)
        with pytest.raises(NotReachable, match="begins with redis://"):
            look(f"rediss://localhost:{plain}", None)
        with pytest.raises(NotReachable):
            look(f"redis://localhost:{tls}", None)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert 'appendonly "yes"' in look(f"rediss://localhost:{tls}", None).text
        assert 'appendonly "yes"' in look(f"redis://localhost:{plain}", None).text


def test_what_is_no_store_is_said_to_be_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotReachable, match="not the protocol"):
            look(f"redis://127.0.0.1:{port}", None)
        thread.join()


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
