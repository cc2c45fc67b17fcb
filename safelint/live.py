"""A running store, read and judged like a file. It is asked only for what changes nothing, and never told anything.

What it answers becomes the text of a configuration: the settings that matter, the users of ACL LIST with their
passwords' digests, a `rename-command` for each command that is not there. The hazards then are those of any
configuration.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from safelint.records import dataclass
from safelint.redis.configuration import evaluate, read
from safelint.redis.servers import Server, commands, server_of

# Everything that is ever sent, besides AUTH. None of it changes anything.
ALLOWED = {("PING",), ("INFO", "server"), ("INFO", "persistence"), ("INFO", "stats"), ("CONFIG", "GET"), ("ACL", "LIST"), ("ACL", "WHOAMI"), ("COMMAND",)}
SETTINGS = (
    "appendonly",
    "save",
    "appendfsync",
    "dir",
    "dbfilename",
    "maxmemory",
    "maxmemory-policy",
    "bind",
    "protected-mode",
    "shutdown-on-sigterm",
    "enable-debug-command",
    "enable-module-command",
    "enable-protected-configs",
    "stop-writes-on-bgsave-error",
    "replica-read-only",
    "appendfilename",
    "appenddirname",
    "replicaof",
    "replica-priority",
    "min-replicas-to-write",
)
# Which folder it is, and which addresses it listens on, is often the machine's affair and not the file's.
_OF_THE_MACHINE = {"dir", "bind"}
# Stands for what the store did not let us read, as a template's hole does in a file: nothing is concluded from it.
_HOLE = "{{ unread }}"
_TIMEOUT = 10.0  # seconds
_LARGEST = 16 * 1024 * 1024  # bytes of one answer; COMMAND's is some 200 KB


class NotReachable(OSError):
    """The store did not answer, or not as a store does; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The store's answer to something that it does not let us read."""

    message: str


Answer = str | int | None | list["Answer"] | Refused


@dataclass(frozen=True, slots=True)
class Seen:
    """A running store: `text` as a configuration, `unread` what it did not let us read, `version` and product.

    `is_of_cluster`: it is one node of several that share the sessions.
    """

    text: str
    unread: tuple[str, ...]
    product: str
    version: str
    is_of_cluster: bool = False


class Connection:
    """The protocol of Redis, as far as asking goes."""

    def __init__(self, url: str, password: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("redis", "rediss", "valkey", "valkeys", "unix"):
            raise NotReachable(f"{parts.scheme or 'this'}: is no address of a store; write redis://host:6379")
        if parts.password is not None:
            raise NotReachable("a password in the address is seen by everybody on this machine: set SAFELINT_STORE_PASSWORD, and leave it out")
        self.user = unquote(parts.username or "")
        try:
            host, port = parts.hostname or "localhost", parts.port or 6379
            if parts.scheme == "unix":
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self._socket.settimeout(_TIMEOUT)
                self._socket.connect(parts.path)
            else:
                self._socket = socket.create_connection((host, port), _TIMEOUT)
                if parts.scheme in ("rediss", "valkeys"):
                    self._socket = _encrypted(self._socket, host)
        except NotReachable:
            raise
        except (OSError, ValueError) as error:
            raise NotReachable(f"the store can't be reached: {error}") from None
        self._buffer = b""
        if password is not None or self.user:
            # A user without a password takes any.
            answer = self._send("AUTH", *([self.user] if self.user else []), password or "")
            if isinstance(answer, Refused):
                raise NotReachable(f"the store does not accept this password: {answer.message}")

    def ask(self, *words: str) -> Answer:
        """The answer to one of the questions that are allowed."""
        if words[:2] not in ALLOWED and words[:1] not in ALLOWED:
            raise ValueError(f"{' '.join(words[:2])} is not among what a store is asked")
        return self._send(*words)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self, *words: str) -> Answer:
        encoded = [word.encode() for word in words]
        try:
            self._socket.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in encoded))
            return self._answer(0)
        except (OSError, ValueError) as error:
            raise NotReachable(f"the store stopped answering: {error}") from None

    def _answer(self, depth: int) -> Answer:
        if depth > 8:
            raise ValueError("nested too deep")
        line = self._line()
        kind, rest = line[:1], line[1:].decode(errors="replace")
        match kind:
            case b"+":
                return rest
            case b"-":
                return Refused(rest)
            case b":":
                return int(rest)
            case b"$":
                length = int(rest)
                return None if length < 0 else self._bytes(length).decode(errors="replace")
            case b"*":
                return [self._answer(depth + 1) for _ in range(max(int(rest), 0))]
        raise ValueError("not the protocol of a store")

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _bytes(self, length: int) -> bytes:
        while len(self._buffer) < length + 2:
            self._more()
        data, self._buffer = self._buffer[:length], self._buffer[length + 2 :]
        return data

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data or len(self._buffer) > _LARGEST:
            raise ValueError("the connection was closed" if not data else "an answer without an end")
        self._buffer += data


def _encrypted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate is not accepted ({error.verify_message}); SSL_CERT_FILE names the authority of your own"
        raise NotReachable(f"the store can't be reached: {why}") from None
    except (ssl.SSLError, TimeoutError) as error:
        raise NotReachable(f"the store can't be reached: it does not answer in TLS ({error}); without TLS its address begins with redis://") from None


def look(url: str, password: str | None) -> Seen:
    """What a running store is like. Raises NotReachable."""
    with contextlib.closing(Connection(url, password)) as connection:
        return _seen(connection)


def _seen(connection: Connection) -> Seen:
    answer = connection.ask("PING")
    if isinstance(answer, Refused) and answer.message.startswith("NOAUTH"):
        raise NotReachable("the store asks for a password: set SAFELINT_STORE_PASSWORD, or answer the prompt of --ask-password")
    if isinstance(answer, Refused) and answer.message.startswith(("LOADING", "MASTERDOWN", "BUSY")):
        raise NotReachable(f"the store can't be judged now: {answer.message}")
    unread: list[str] = []
    lines: list[str] = []
    info = connection.ask("INFO", "server")
    told = dict(line.split(":", 1) for line in info.splitlines() if ":" in line) if isinstance(info, str) else {}
    mode = told.get("server_mode") or told.get("redis_mode") or ""
    if mode == "sentinel":
        raise NotReachable("this is a Sentinel, which holds no sessions: give the address of a data server, port 6379 as a rule")
    if isinstance(info, Refused):
        unread.append(f"INFO, and with it the version ({info.message})")
    product = "valkey" if "valkey_version" in told else "redis"
    version = told.get("valkey_version") or told.get("redis_version") or ""
    server = server_of(f"{product} {version}")
    for name in SETTINGS:
        value = connection.ask("CONFIG", "GET", name)
        if isinstance(value, Refused):
            unread.append(f"CONFIG GET, and with it what is kept ({value.message})")
            lines.append(f"include {_HOLE}")
            break
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
            lines.append(_line_of(name, value[1]))
    users = connection.ask("ACL", "LIST")
    if isinstance(users, list):
        lines += [f"{each}" for each in users if isinstance(each, str)]
    elif isinstance(users, Refused):
        unread.append(f"ACL LIST, and with it who may do what ({users.message})")
        lines.append(f"user {_HOLE}")
    there = connection.ask("COMMAND")
    if isinstance(there, list) and server is not None:
        lines += _missing(server, {str(each[0]).lower() for each in there if isinstance(each, list) and each})
    elif isinstance(there, Refused):
        unread.append(f"COMMAND, and with it what was renamed ({there.message})")
        lines.append(f"rename-command {_HOLE} {_HOLE}")
    return Seen("".join(f"{line}\n" for line in lines), tuple(unread), product, version, mode == "cluster")


def _line_of(name: str, value: str) -> str:
    if name == "save":
        return f"save {value}" if value else 'save ""'
    return f"{name} {value}" if value and name in ("bind", "shutdown-on-sigterm", "replicaof") else f'{name} "{value}"' if value else f'# {name} ""'


def _missing(server: Server, there: set[str]) -> list[str]:
    """Commands that this version has and this server does not know: they were renamed or taken away."""
    watched = (
        "flushall",
        "flushdb",
        "swapdb",
        "debug",
        "config",
        "shutdown",
        "replicaof",
        "slaveof",
        "keys",
        "acl",
        "module",
        "eval",
        "migrate",
        "script",
        "function",
    )
    return [f'rename-command {name.upper()} ""' for name in watched if name in commands(server) and name not in there]


def drift(seen: Seen, written: str) -> Iterator[tuple[str, str, str]]:
    """(setting, in the file, in the running store) for each that differs. A setting that the file leaves open is not compared."""
    server = server_of(f"{seen.product} {seen.version}")
    if server is None:
        return
    file, live = evaluate(server, read(server, written)), evaluate(server, read(server, seen.text))
    for name in SETTINGS:
        if (
            name in _OF_THE_MACHINE
            or None in (*file.settings.get(name, ()), *live.settings.get(name, ()))
            or name not in file.settings
            or name not in live.settings
        ):
            continue
        if name == "save":
            first, second = (" ".join(f"{seconds} {changes}" for seconds, changes in each.save or ()) for each in (file, live))
        elif name == "maxmemory":
            first, second = str(file.max_memory), str(live.max_memory)
        else:
            first, second = (" ".join(value or "" for value in each.settings[name]).lower() for each in (file, live))
        if first != second:
            yield name, first or '""', second or '""'
    if any(each.startswith("COMMAND") for each in seen.unread):
        return
    for command in sorted(set(file.words) ^ set(live.words)):
        if command in ("flushall", "flushdb", "debug", "config", "swapdb", "shutdown", "keys"):
            yield f"command {command.upper()}", "there" if command in file.words else "taken away", "there" if command in live.words else "taken away"
