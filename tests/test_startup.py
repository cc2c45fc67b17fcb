"""A commit that concerns nobody loads next to nothing. Modules are counted here, and not seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import ENVIRONMENT, Repository

ROOT = Path(__file__).parent.parent
HEAVY = ("sqlglot", "libcst", "yaml", "alembic", "sqlite3", "dataclasses", "importlib.metadata")
OURS = ("safelint.rules", "safelint.hazards", "safelint.check", "safelint.readers.python", "safelint.readers.sql", "safelint.facts.keys")


def loaded(repository: Repository) -> set[str]:
    """The modules that a run of `safelint check --staged` imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "safelint", "check", "--staged"],
        cwd=repository.root,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.commit({"README.md": "hello\n", "a.py": "x = 1\n"})
    made.put("README.md", "hello again\n")
    made.put("a.py", "x = 2\n")
    made.git("add", "-A")
    loaded(made)  # the first run in a repository writes down which readers there are
    return made


@pytest.mark.parametrize("module", [*HEAVY, *OURS])
def test_an_irrelevant_commit_does_not_load(repository: Repository, module: str) -> None:
    assert not {each for each in loaded(repository) if each == module or each.startswith(module + ".")}


def test_a_relevant_commit_loads_what_it_needs(repository: Repository) -> None:
    repository.put("a.py", "import redis\nr = redis.Redis()\nr.get('flushall')\n")
    repository.git("add", "-A")
    assert {"safelint.readers.python._module", "sqlite3"} <= loaded(repository)
