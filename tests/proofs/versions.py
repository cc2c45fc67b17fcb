"""Older versions of libraries, beside those that the other proofs run on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proofs.conftest import need


def installed(folder: Path, *requirements: str) -> Path:
    """These versions in a folder of their own. Without a network a proof is skipped on a laptop, and fails in CI."""
    need("pip")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check", "--target", str(folder), *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{', '.join(requirements)} cannot be installed: {done.stderr[-300:]}")
    return folder


def run(code: str, *arguments: str, versions: Path | None = None, cwd: Path) -> str:
    """What a script prints that runs with the libraries of a folder before those of this environment."""
    start = "import json, sys\nsys.path[:0] = json.loads(sys.argv.pop(1))\n"
    folders = [str(each) for each in (versions, cwd) if each is not None]
    done = subprocess.run([sys.executable, "-B", "-c", start + code, json.dumps(folders), *arguments], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> Path:
    """These files in a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def requirement(files: dict[str, str]) -> str:
    """The first line of an example's requirements."""
    return files["requirements.txt"].partition("\n")[0].partition("#")[0].strip()
