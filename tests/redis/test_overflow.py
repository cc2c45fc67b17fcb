"""Numbers that no machine word holds: and names of nothing: measured on Redis 6.2 and 7.0 and on Valkey 9.1, which differ."""

from __future__ import annotations

import pytest

from safelint.redis.configuration import evaluate, read
from safelint.redis.servers import SERVERS
from safelint.redis.values import memory

OLD, MODERN, VALKEY = SERVERS[0], SERVERS[1], SERVERS[4]
RANGE = "argument must be between 1 and 9223372036854775807 inclusive"


NO_VALUE = "argument must be a memory value"


@pytest.mark.parametrize(
    ("value", "old", "modern", "valkey"),
    [
        ("9223372036854775807", [], [], []),
        ("9223372036854775808", [], [RANGE], [RANGE]),
        ("18446744073709551615", [], [RANGE], [RANGE]),
        ("18446744073709551616", [], [RANGE], [NO_VALUE]),
        ("99999999999999999999", [], [RANGE], [NO_VALUE]),
        ("99999999999gb", [NO_VALUE], [RANGE], [RANGE]),
        ("00000000000000000000000005", [], [], []),
    ],
)
def test_too_much_memory(value: str, old: list[str], modern: list[str], valkey: list[str]) -> None:
    for server, expected in ((OLD, old), (MODERN, modern), (VALKEY, valkey)):
        refusals = evaluate(server, read(server, f"repl-backlog-size {value}")).refusals
        assert [each.message for each in refusals] == expected


def test_what_too_much_memory_is_worth() -> None:
    most = "99999999999999999999"
    assert [memory(server, most) for server in (OLD, MODERN, VALKEY)] == [2**63 - 1, 2**64 - 1, None]
    assert [memory(server, "18446744073709551615kb") for server in (MODERN, VALKEY)] == [2**64 - 1024, 2**64 - 1024]
    assert memory(MODERN, "9" * 5000) == 2**64 - 1


@pytest.mark.parametrize(
    ("line", "refused_by"),
    [
        ('dbfilename ""', [VALKEY]),
        ('appendfilename ""', [MODERN, VALKEY]),
        ('appenddirname ""', [OLD, MODERN, VALKEY]),
        ("client-output-buffer-limit", [OLD]),
        ('client-output-buffer-limit ""', [OLD, MODERN, VALKEY]),
        ("client-output-buffer-limit normal 99999999999999999999 0 0", [VALKEY]),
        ("dynamic-hz 100", [OLD, MODERN]),
        ("dynamic-hz", [OLD, MODERN, VALKEY]),
    ],
)
def test_who_refuses_it(line: str, refused_by: list[object]) -> None:
    assert [server for server in (OLD, MODERN, VALKEY) if evaluate(server, read(server, line)).refusals] == refused_by
