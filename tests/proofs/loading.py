"""Run the files of a rule's example for real."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load_module(monkeypatch: pytest.MonkeyPatch, folder: Path, files: dict[str, str], path: str, beside: dict[str, str] | None = None) -> ModuleType:
    """Import one file of an example. `beside` are files that the example leaves to the reader's imagination (its settings, its errors).

    What was imported is forgotten before the next import: both sides of an example have modules of the same names.
    """
    everything = {**(beside or {}), **files}
    for name, text in everything.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    packages = {name.split("/")[0] for name in everything}
    for name in [name for name in sys.modules if name.split(".")[0] in packages]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    for name in [name for name in sys.modules if name.split(".")[0] in packages]:
        # Not through monkeypatch, which would put them back after the test, for the next one to stumble over.
        del sys.modules[name]
    return module
