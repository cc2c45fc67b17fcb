"""Store facts from Python code: calls that empty a store."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled
from safelint.readers import Source
from safelint.readers.python import NAMES, parse

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (FlushCalled,)
TRIGGERS = (b"flushall", b"flushdb")


def read(source: Source) -> Iterator[Fact]:
    """The flush calls of a file."""
    module = parse(source)
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("flushall", "flushdb"):
            yield FlushCalled(place=module.place(call), call=module.text(call), via="redis", target=module.value(call.func.value))
