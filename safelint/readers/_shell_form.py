"""A server that is started by a shell which stays: whoever stops the container tells the shell, and the server never hears of it.

Measured: dash, which is `sh` in Debian's images, starts even its last command as a child. The `sh` of Alpine's images and bash put a last simple
command in their own place, and no shell does so for a pipe or for a command in the background. `exec` is right everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from safelint.facts.store import ServerBehindShell
from safelint.readers._service import SERVERS, Word, is_store
from safelint.readers._shell import Simple, pipelines

_SHELLS = {"sh", "bash", "ash", "dash"}
# What stands before the shell and starts it. dumb-init is not among them: it tells every process.
_BEFORE = {"docker-entrypoint.sh", "exec", "tini", "--", "env"}


def behind_shell(words: Sequence[Word], file: str, image: str) -> Iterator[ServerBehindShell]:
    """Whether the server of these words is a shell's child; nothing where it is not, or that can't be told."""
    names = [word.text.rpartition("/")[2] for word in words]
    at = next((at for at, name in enumerate(names) if name not in _BEFORE), len(words))
    if names[at : at + 1] and names[at] in _SHELLS and len(words) > at + 2 and re.fullmatch(r"-\w*c", words[at + 1].text):
        script = words[at + 2]
        replaces = names[at] in ("bash", "ash") or "alpine" in image
        if (replaces or names[at] == "dash" or is_store(image)) and _stays(script.text, replaces):
            yield ServerBehindShell(place=script.place, file=file, shell=names[at])


def _stays(script: str, replaces: bool) -> bool:
    """Whether a shell is still there while the server runs."""
    if re.search(r"\btrap\b|\bwait\b", script):
        return False  # it may pass on what it hears
    found = [(pipeline, simple) for pipeline in pipelines(script) for simple in pipeline if _starts(simple)]
    if len(found) != 1:
        return False
    pipeline, simple = found[0]
    if simple.words[0] == "exec" and len(pipeline) == 1:
        return False
    is_last = list(pipelines(script))[-1] is not None and _starts(list(pipelines(script))[-1][-1])
    return not (replaces and len(pipeline) == 1 and is_last and "&" not in script.replace("&&", ""))


def _starts(simple: Simple) -> bool:
    """Whether a command is the server, also behind `exec`, `gosu redis` and variables."""
    words = [word for word in simple.words if "=" not in word.partition("/")[0] or word.startswith("-")]
    return any(word.rpartition("/")[2] in SERVERS for word in words[:4]) and words[0] not in ("echo", "printf", "command", "which", "test")
