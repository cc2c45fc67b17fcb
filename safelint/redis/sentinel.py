"""sentinel.conf: what a Sentinel refuses, and what it takes although it can't be meant. Measured on Redis 6.2, 7.0 and Valkey 9.1."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence

from safelint.redis.configuration import Refusal, Written

UNRECOGNIZED = "Unrecognized sentinel configuration statement."
# Option -> how many words stand behind it.
_OPTIONS = {
    "down-after-milliseconds": 2,
    "failover-timeout": 2,
    "parallel-syncs": 2,
    "notification-script": 2,
    "client-reconfig-script": 2,
    "auth-pass": 2,
    "auth-user": 2,
    "current-epoch": 1,
    "myid": 1,
    "config-epoch": 2,
    "leader-epoch": 2,
    "known-slave": 3,
    "known-replica": 3,
    "known-sentinel": 4,
    "rename-command": 3,
    "announce-ip": 1,
    "announce-port": 1,
    "deny-scripts-reconfig": 1,
    "sentinel-user": 1,
    "sentinel-pass": 1,
    "resolve-hostnames": 1,
    "announce-hostnames": 1,
    "master-reboot-down-after-period": 2,
    "known-primary": 3,
    "primary-reboot-down-after-period": 2,
}
_OF_A_MASTER = {
    "down-after-milliseconds",
    "failover-timeout",
    "parallel-syncs",
    "auth-pass",
    "auth-user",
    "notification-script",
    "client-reconfig-script",
    "rename-command",
}
_TIMES = {"down-after-milliseconds", "failover-timeout"}


def refusals(written: Sequence[Written], unsure: bool = False) -> Iterator[Refusal]:
    """Each line that stops a Sentinel's start, with its own message. Lines with holes are left alone; `unsure`: there are lines that are not here."""
    lines = [line for line in written if line.name == "sentinel" and line.arguments and None not in line.arguments]
    resolves = any(_words(line)[:2] == ["resolve-hostnames", "yes"] for line in lines)
    masters: set[str] = set()
    for line in lines:
        words = _words(line)
        if words[0] == "monitor":
            if message := _monitor(words[1:], resolves, masters):
                yield Refusal(message, line)
            masters.update(words[1:2])
    for line in lines:
        words = _words(line)
        option, rest = words[0], words[1:]
        if option == "monitor":
            continue
        if _OPTIONS.get(option) not in (len(rest), None) or (option not in _OPTIONS and not unsure):
            yield Refusal(UNRECOGNIZED, line)
        elif option in _OF_A_MASTER and rest[0] not in masters and not unsure:
            yield Refusal("No such master with specified name.", line)
        elif option in _TIMES and _leading(rest[1]) <= 0:
            yield Refusal("negative or zero time parameter.", line)


def meant_otherwise(written: Sequence[Written]) -> Iterator[tuple[Written, str, str]]:
    """(line, option, what it says) for each time with a unit: `5s` is read as 5 milliseconds."""
    for line in written:
        words = _words(line) if line.name == "sentinel" and None not in line.arguments else []
        if len(words) == 3 and words[0] in _TIMES and re.fullmatch(r"[1-9][0-9]*[a-z]+", words[2], re.IGNORECASE):
            yield line, words[0], words[2]


def quorums(written: Sequence[Written]) -> Iterator[tuple[Written, str, int]]:
    """(line, master, quorum) of each master."""
    for line in written:
        words = _words(line) if line.name == "sentinel" and None not in line.arguments else []
        if len(words) == 5 and words[0] == "monitor" and words[4].isdecimal():
            yield line, words[1], int(words[4])


def _words(line: Written) -> list[str]:
    words = [each or "" for each in line.arguments]
    return [words[0].lower(), *words[1:]] if words else []


def _monitor(words: list[str], resolves: bool, masters: set[str]) -> str | None:
    if len(words) != 4:
        return UNRECOGNIZED
    name, host, port, quorum = words
    if _leading(quorum) <= 0:
        return "Quorum must be 1 or greater."
    if name in masters:
        return "Duplicate master name."
    if not resolves and not _is_address(host):
        return "Can't resolve instance hostname."
    return "Invalid port number." if not 0 <= _leading(port) <= 65535 else None


def _leading(text: str) -> int:
    found = re.match(r"\s*([+-]?[0-9]{1,15})", text)
    return int(found[1]) if found else 0


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
