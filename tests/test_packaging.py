"""What people install: the wheel, made from the sdist, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel. The wheel is built from the sdist, so the sdist has all it takes."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment that has the wheel and what it declares to need, and nothing of this checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    (wheel,) = built.glob("*.whl")
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return folder / "bin"


def test_the_wheel_holds_every_rule_and_no_test(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "rules").rglob("*.md")} == {
        name.removeprefix("safelint/") for name in names if name.startswith("safelint/rules/")
    }
    assert "safelint/py.typed" in names
    assert not {name for name in names if name.startswith("tests/")}


def test_the_sdist_can_run_its_tests(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "Makefile", "pyproject.toml", "tests/test_rules.py"} <= names


def test_the_installed_command_runs(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "deploy.py").write_text("import redis\n\nredis.Redis().flushall()\n")
    done = subprocess.run([installed / "safelint", "check", "--all", "--output-format", "concise", "."], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "deploy.py:3" in done.stdout
    assert "store-flushed-by-code" in done.stdout
    assert "Store flushed by code" in run(installed / "safelint", "rule", "store-flushed-by-code", cwd=tmp_path)
    assert (
        run(installed / "python", "-m", "safelint", "--version", cwd=tmp_path).split()[-1]
        == run(installed / "python", "-c", "import safelint; print(safelint.__version__)", cwd=tmp_path).strip()
    )


def test_the_installed_demo_runs(installed: Path, tmp_path: Path) -> None:
    assert "safelint demo" in run(installed / "safelint", "demo", cwd=tmp_path)
