"""Proofs run a rule's own examples against the real thing."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest


def need(*parts: str) -> None:
    """Skip a proof on a laptop that lacks a module or program; in CI a missing part is a failure."""
    missing = [part for part in parts if importlib.util.find_spec(part) is None and shutil.which(part) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI lacks {', '.join(missing)}: the proof did not run")
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
