"""The session store: what empties it, what it keeps, who may reach it."""

from __future__ import annotations

from dataclasses import dataclass

from safelint.facts import Fact
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushCalled(Fact):
    """Code that empties a store or a database of it.

    `call` is the code of the call; `via` how it empties: `redis` (a client's flushall, flushdb), `cache` (a cache's
    clear); `database` and `cache` say which one, where the text tells.
    """

    call: str
    via: str
    target: Value
