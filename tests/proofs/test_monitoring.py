"""Alerts, run by promtool on the series of the event itself: silent (or wrong) with Bad, right with Good."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need

# Ten million sessions on two pods, scraped every 15 seconds; at half past they are gone.
GONE = {'active_sessions{instance="a"}': "5000000x120 0x120", 'active_sessions{instance="b"}': "5000000x120 0x120"}
DRAIN = {"active_sessions": "10000000x120 10000000-30000x300"}
STORE_DIES = {"redis_up": "1x120 stale _x120"}
# The old pod has logged in 50 people a second for a day; the new one, there since the deploy, 5,000 a second.
STORM = {'login_attempts_total{pod="old"}': "0+750x5760 stale _x480", 'login_attempts_total{pod="new"}': "_x5760 0+75000x480"}
PAIR = {
    'redis_connected_slaves{instance="m"}': "1x240",
    'redis_connected_slaves{instance="r"}': "0x240",
    'redis_instance_info{instance="m", role="master"}': "1x240",
    'redis_instance_info{instance="r", role="slave"}': "1x240",
}


@dataclass(frozen=True)
class Proof:
    rule: str
    alert: str
    series: dict[str, str]
    at: str
    bad_fires: bool
    good_fires: bool
    good: str = ""
    bad: str = ""
    labels: tuple[tuple[str, str], ...] = (("severity", "critical"),)
    good_alert: str = ""
    bad_labels: tuple[tuple[str, str], ...] | None = None


WARNING = (("severity", "warning"),)
PROOFS = [
    Proof("alert-never-fires", "SessionsFall", GONE, "33m", bad_fires=False, good_fires=True, bad="a negative", good="compared"),
    Proof("alert-never-fires", "SessionsFall", GONE, "33m", bad_fires=False, good_fires=True, bad="the same", good="the slope"),
    Proof("rate-of-gauge", "SessionFlood", DRAIN, "40m", bad_fires=True, good_fires=False, good="the slope", labels=WARNING),
    Proof("alert-outlives-its-window", "SessionsFall", GONE, "34m", bad_fires=False, good_fires=True),
    Proof("alert-gone-with-its-series", "SessionStoreDown", STORE_DIES, "45m", bad_fires=False, good_fires=True, good="its absence fires"),
    Proof(
        "alert-gone-with-its-series",
        "SessionStoreDown",
        STORE_DIES,
        "45m",
        bad_fires=False,
        good_fires=True,
        good="its absence has",
        good_alert="SessionStoreUnseen",
    ),
    Proof("alert-blind-to-new-pods", "LoginStorm", STORM, "24h40m", bad_fires=False, good_fires=True, labels=WARNING),
    Proof(
        "alert-on-every-replica", "SessionStoreAlone", PAIR, "30m", bad_fires=True, good_fires=False, labels=WARNING, bad_labels=(("instance", "r"), *WARNING)
    ),
    Proof("alert-removed", "SessionsFall", GONE, "33m", bad_fires=False, good_fires=True, good_alert="SessionsFallFast"),
]


@pytest.mark.parametrize("proof", PROOFS, ids=[f"{proof.rule}-{proof.good_alert or proof.good or proof.alert}" for proof in PROOFS])
def test_alert(proof: Proof, tmp_path: Path) -> None:
    need("promtool")
    for kind, title, alert, fires, labels in (
        ("Bad", proof.bad, proof.alert, proof.bad_fires, proof.bad_labels or proof.labels),
        ("Good", proof.good, proof.good_alert or proof.alert, proof.good_fires, proof.labels),
    ):
        (text,) = example(proof.rule, kind, title).head.values()
        (tmp_path / "rules.yml").write_text(text)
        test = {
            "rule_files": ["rules.yml"],
            "evaluation_interval": "15s",
            "tests": [
                {
                    "interval": "15s",
                    "input_series": [{"series": name, "values": values} for name, values in proof.series.items()],
                    "alert_rule_test": [{"eval_time": proof.at, "alertname": alert, "exp_alerts": [{"exp_labels": dict(labels)}] if fires else []}],
                }
            ],
        }
        (tmp_path / "test.yml").write_text(json.dumps(test))
        run = subprocess.run(["promtool", "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{kind}: {run.stdout}{run.stderr}"


@pytest.mark.parametrize("name", ["alerts_good", "alerts_incident"])
def test_the_measured_rules_still_do_what_was_measured(name: str) -> None:
    need("promtool")
    data = Path(__file__).parents[1] / "data"
    run = subprocess.run(["promtool", "test", "rules", f"{name}_test.yml"], cwd=data, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
