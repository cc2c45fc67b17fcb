"""What holds for all tests: a machine with other work to do fails none of them, and neither does chance.

Generated inputs are the same in every run, so that a change is judged by what it changed; with SAFELINT_FUZZ they are new ones.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from safelint import kept

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="SAFELINT_FUZZ" not in os.environ)
settings.load_profile("patient")


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what is kept, which nobody has made yet."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(kept, "_folders", [folder])
    return folder
