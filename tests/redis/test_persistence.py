"""What is said to be left after a restart agrees with 61 set-ups, each ended in five ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from safelint.redis.configuration import evaluate, read
from safelint.redis.servers import SERVERS

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data" / "persist_truth.jsonl").read_text(encoding="utf-8").splitlines()]
ENDINGS = {"kill9_now": "kill", "kill9_after3s": "kill", "SIGTERM": "sigterm", "SHUTDOWN": "shutdown", "SHUTDOWN_NOSAVE": "shutdown nosave"}


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(str(row[each]) for each in ("server", "appendonly", "save")) for row in ROWS])
def test_as_measured(row: dict[str, Any]) -> None:
    server = next(each for each in SERVERS if row["server"].replace("-", " ").startswith(each.name))
    text = ""
    if row["appendonly"] != "absent":
        switch, *sync = row["appendonly"].split()
        text += f"appendonly {switch}\n" + "".join(f"appendfsync {each}\n" for each in sync)
    if row["save"] != "absent":
        text += f"save {row['save']}\n"
    found = evaluate(server, read(server, text))
    assert not found.refusals
    for column, ending in ENDINGS.items():
        left = found.left_after(ending)
        # Only `save 1 1` took a snapshot in the three seconds that were waited; the others never had one.
        had_one = row["save"] == "1 1" and column != "kill9_now" and ending != "shutdown nosave"
        assert row[column] == {"all": 1000, "nothing": 0, "snapshot": 1000 if had_one else 0}[left], column
