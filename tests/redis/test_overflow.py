"""Numbers that no machine word holds: measured on Redis 6.2 and 7.0, which differ."""

from __future__ import annotations

import pytest

from safelint.redis.configuration import evaluate, read
from safelint.redis.servers import SERVERS

OLD, MODERN = SERVERS[0], SERVERS[1]
RANGE = "argument must be between 1 and 9223372036854775807 inclusive"


@pytest.mark.parametrize(
    ("value", "old", "modern"),
    [
        ("9223372036854775807", [], []),
        ("9223372036854775808", [], [RANGE]),
        ("99999999999999999999", [], [RANGE]),
        ("99999999999gb", ["argument must be a memory value"], [RANGE]),
    ],
)
def test_too_much_memory(value: str, old: list[str], modern: list[str]) -> None:
    for server, expected in ((OLD, old), (MODERN, modern)):
        refusals = evaluate(server, read(server, f"repl-backlog-size {value}")).refusals
        assert [each.message for each in refusals] == expected
