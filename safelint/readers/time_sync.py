"""Time synchronisation in scripts and playbooks: what switches it on or off. Read line by line, whatever the language around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.clock import TimeSyncSwitched
from safelint.places import Place
from safelint.readers import Source

YIELDS: tuple[type[Fact], ...] = (TimeSyncSwitched,)
NAMES = r"\.(sh|bash|ya?ml|j2|tpl|service)$"
TRIGGERS = (b"chrony", b"ntpd", b"ntpsec", b"timesyncd", b"set-ntp")

_PROGRAM = r"(?P<program>chronyd?|ntpd?|ntpsec|openntpd|systemd-timesyncd)(\.service)?\b"
_LONGEST = 2000  # characters; a longer line is data, and no command that a person wrote
_OFF = (
    re.compile(rf"\bsystemctl\s+(-\S+\s+)*(stop|disable|mask)\s+(-\S+\s+)*([\w.@-]+\s+)*?{_PROGRAM}"),
    re.compile(rf"\bservice\s+{_PROGRAM}\s+stop\b"),
    re.compile(rf"\b(apt|apt-get|yum|dnf|apk|zypper)\s+(-\S+\s+)*(remove|purge|erase|del|autoremove)\s+(\S+\s+)*?{_PROGRAM}"),
    re.compile(r"\b(?P<program>timedatectl)\s+set-ntp\s+(false|no|off|0)\b"),
)
_ON = (
    re.compile(rf"\bsystemctl\s+(-\S+\s+)*(start|enable|restart|unmask|try-restart)\s+(-\S+\s+)*([\w.@-]+\s+)*?{_PROGRAM}"),
    re.compile(rf"\bservice\s+{_PROGRAM}\s+(re)?start\b"),
    re.compile(rf"\b(apt|apt-get|yum|dnf|apk|zypper)\s+(-\S+\s+)*(install|add)\s+(\S+\s+)*?{_PROGRAM}"),
    re.compile(r"\b(?P<program>timedatectl)\s+set-ntp\s+(true|yes|on|1)\b"),
)
_NAMED = re.compile(rf"^(?P<indent>\s+)name:\s*[\"']?{_PROGRAM}[\"']?\s*$")
_STOPPED = re.compile(r"^\s+(state:\s*[\"']?(stopped|absent)|enabled:\s*[\"']?(no|false|off))\b", re.IGNORECASE)
_STARTED = re.compile(r"^\s+(state:\s*[\"']?(started|restarted|present|latest)|enabled:\s*[\"']?(yes|true|on))\b", re.IGNORECASE)


def read(source: Source) -> Iterator[TimeSyncSwitched]:
    """What a file switches."""
    lines = source.text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#") or len(line) > _LONGEST:
            continue
        for on, patterns in ((False, _OFF), (True, _ON)):
            for pattern in patterns:
                if found := pattern.search(line):
                    yield _switched(source.path, number, found.start() + 1, found.end() + 1, found["program"], found[0], on=on)
        named = _NAMED.match(line)
        if named:
            yield from _task(source.path, lines, number, named["program"], named["indent"])


def _task(path: str, lines: list[str], number: int, program: str, indent: str) -> Iterator[TimeSyncSwitched]:
    """The arguments of a playbook's task are the lines around `name:` that are indented as it is."""
    first, last = number - 1, number - 1
    while first > 0 and lines[first - 1].startswith(indent) and not lines[first - 1][len(indent) :].startswith((" ", "-")):
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].startswith(indent) and not lines[last + 1][len(indent) :].startswith((" ", "-")):
        last += 1
    for index in range(first, last + 1):
        for on, pattern in ((False, _STOPPED), (True, _STARTED)):
            if pattern.match(lines[index]):
                code = f"{program}: {lines[index].strip()}"
                yield _switched(path, index + 1, len(indent) + 1, len(lines[index]) + 1, program, code, on=on)


def _switched(path: str, line: int, start: int, end: int, program: str, code: str, *, on: bool) -> TimeSyncSwitched:
    return TimeSyncSwitched(place=Place(path, line, start, line, end), program=program.removesuffix("d") if program == "chronyd" else program, on=on, code=code)
