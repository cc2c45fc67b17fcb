"""`safelint store` and `safelint init redis`: a running store judged like a file, and a file to begin with."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from safelint.live import Seen, drift, look
from safelint.terminal import shows_colour, width

if TYPE_CHECKING:
    from safelint.gate import Outcome

_PATH = "running-store/redis.conf"

HARDENED = """\
# A session store: it keeps what it is given, refuses new logins when it is full, and the application can't flush it.
# Comments stand on lines of their own: behind a directive they stop the start.

# Every change goes to a log, which is synced once a second: a crash costs a second of logins at most.
# On a store that already runs, switch it on with CONFIG SET appendonly yes FIRST and wait for the rewrite:
# a restart with this line alone starts empty.
appendonly yes
appendfsync everysec
dir /data

# Full means full. Any other policy throws sessions away; all of them have a TTL.
maxmemory 512mb
maxmemory-policy noeviction

# Nobody without a name. The application may use keys, and no command that empties the store or opens it again.
# INFO is harmless, and many clients ask for it when they connect.
# Replicas and Sentinels need a user that may do more than the application (masteruser, sentinel auth-user): without, no failover works.
# Replace both passwords, or put these lines into an aclfile that is not in the repository.
user default off
user app on >REPLACE-THIS-PASSWORD ~* &* +@all -@dangerous +info
user operator on >REPLACE-THIS-ONE-TOO ~* &* +@all
"""


def judged(url: str, password: str | None) -> tuple[Seen, Outcome]:
    """A running store and what is wrong with it. Raises NotReachable."""
    from safelint.files import MemoryFiles
    from safelint.gate import judge
    from safelint.library import Library
    from safelint.sources import ChangedFile, Side

    seen = look(url, password)
    family, _, _ = seen.product.partition(" ")
    files = {_PATH: seen.text.encode()}
    if seen.version:
        files["safelint.toml"] = f'store = "{family} {".".join(seen.version.split(".")[:2])}"\n'.encode()
    head = Side("head", MemoryFiles(files), frozenset({_PATH}), Library())
    return seen, judge(None, head, (ChangedFile(None, _PATH),))


def report(seen: Seen, outcome: Outcome, file: str | None, output_format: str) -> str:
    """What was found, what differs from the file, what could not be read."""
    from safelint.reports import Look, Result, render

    result = Result(
        findings=outcome.findings,
        not_understood=outcome.not_understood,
        description=f"the running store ({seen.product} {seen.version})",
        files=1,
        whole=True,
        failed=outcome.failed,
        rules={rule.name: rule for rule in outcome.rules},
        text=lambda side, path: seen.text,
    )
    text = render(output_format, result, Look(colour=shows_colour(sys.stdout, os.environ), width=width()))
    if output_format not in ("full", "concise"):
        return text
    lines = [f"differs from the file: {name} is {live} in the running store, and {written} in the file" for name, written, live in drift(seen, file or "")]
    lines += [f"not allowed to read: {each}" for each in seen.unread]
    if seen.is_of_cluster:
        lines.append("this is one node of a cluster: the others hold other sessions, and are judged by addresses of their own")
    return text + "".join(f"{line}\n" for line in lines)
