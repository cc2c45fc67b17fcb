"""Which shell commands empty a store: the forms of `redis-cli` that were seen to flush, and none that were not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.readers._shell import Simple, pipelines

_CLIENTS = re.compile(r"(^|/)(redis|valkey|keydb)-cli(-\d[\w.]*)?$")
# Options of redis-cli that take the next word.
_TAKES = {
    "-h",
    "-p",
    "-s",
    "-a",
    "-u",
    "-n",
    "-r",
    "-i",
    "-d",
    "-D",
    "-t",
    "-X",
    "--user",
    "--pass",
    "--sni",
    "--cacert",
    "--cacertdir",
    "--cert",
    "--key",
    "--tls-ciphers",
    "--tls-ciphersuites",
    "--show-pushes",
    "--pattern",
    "--quoted-pattern",
    "--count",
    "--type",
    "--memkeys-samples",
}
_WRITERS = {"echo", "printf", "cat"}
# Whatever stands before the client on these is text, not a command that runs it.
_NOT_RUN = {
    "echo",
    "printf",
    "grep",
    "which",
    "command",
    "type",
    "apt-get",
    "apt",
    "apk",
    "yum",
    "dnf",
    "brew",
    "pip",
    "man",
    "alias",
    "cat",
    "cp",
    "ln",
    "mv",
    "rm",
    "chmod",
    "install",
    "COPY",
    "ADD",
    "log",
    "info",
    "warn",
}
_FLUSH = re.compile(r"^\s*(flushall|flushdb)\b", re.IGNORECASE | re.MULTILINE)
_FLUSH_IN_SCRIPT = re.compile(r"redis\.p?call\s*\(\s*['\"](flushall|flushdb)['\"]", re.IGNORECASE)
_SESSIONS = re.compile(r"^\*+$|sess", re.IGNORECASE)
_RAW = re.compile(r"/dev/tcp/")


def flushes(text: str) -> Iterator[tuple[int, str]]:
    """(line, what runs) for each command of a script that empties a store or a database of it."""
    # What a template fills in is one word, whatever it looks like.
    yield from _flushes(re.sub(r"\{\{.*?\}\}", "{}", text), 1, 0)


def _flushes(text: str, first: int, depth: int) -> Iterator[tuple[int, str]]:
    if depth > 4:
        return
    for pipeline in pipelines(text):
        fed = ""
        deletes_all = False
        for simple in pipeline:
            line = first + simple.line - 1
            at = next((number for number, word in enumerate(simple.words) if _CLIENTS.search(word)), None)
            if at is None or _is_text(simple, at):
                inner = [word for word in simple.words[1:] if " " in word and "-cli" in word]
                if simple.words and not _is_text(simple, len(simple.words)):
                    for word in inner:
                        yield from _flushes(word, line, depth + 1)
                fed = _written(simple) if simple.words and simple.words[0] in _WRITERS else ""
                if fed and any(_RAW.search(word) for word in simple.words) and _FLUSH.search(fed):
                    yield line, "FLUSHALL over /dev/tcp"
                continue
            command, rest, pattern = _asked(simple.words[at + 1 :])
            if "xargs" in simple.words[:at] and command in ("del", "unlink") and deletes_all:
                yield line, f"{command.upper()} of every key found"
            elif command in ("flushall", "flushdb"):
                yield line, f"redis-cli {command.upper()}"
            elif command == "eval" and rest and _FLUSH_IN_SCRIPT.search(rest[0]):
                yield line, "redis-cli EVAL of a flush"
            elif not command and (found := _FLUSH.search(simple.fed or fed)):
                yield line, f"redis-cli {found[1].upper()}"
            deletes_all = (command == "keys" and bool(rest) and _SESSIONS.search(rest[0]) is not None) or (
                command == "--scan" and (pattern is None or _SESSIONS.search(pattern) is not None)
            )
            fed = ""


def _is_text(simple: Simple, at: int) -> bool:
    """Whether the words before the client only talk about it."""
    return any(word in _NOT_RUN for word in simple.words[:at][:3]) and not any(_CLIENTS.search(word) for word in simple.words[:1])


def _written(simple: Simple) -> str:
    words = [word for word in simple.words[1:] if not word.startswith("-") and not word.startswith(">")]
    return (simple.fed or "") + " ".join(words).replace("\\n", "\n").replace("\\r", "")


def _asked(words: list[str]) -> tuple[str, list[str], str | None]:
    """(the command in lower case or "", its arguments, the pattern of --scan) of the words after redis-cli."""
    at, scans, pattern = 0, False, None
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--scan":
            scans = True
        if words[at] in ("--pattern", "--quoted-pattern") and at + 1 < len(words):
            pattern = words[at + 1]
        if words[at] == "--eval":
            return "--eval", words[at + 1 :], None
        at += 2 if words[at] in _TAKES else 1
    rest = [word for word in words[at:] if not re.match(r"^\d?[<>]", word)]
    if scans:
        return "--scan", rest, pattern
    return (rest[0].lower(), rest[1:], None) if rest else ("", [], None)
