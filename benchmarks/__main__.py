"""Measure every budget on this machine, in one run, and print how it compares.

    python -m benchmarks [FILES [MEGABYTES]]

The tree is made of the Python sources that are installed here (the standard library and what stands beside safelint), copied
until there are 10,000 files or 64 MB. ruff, semgrep and squawk are installed into `.bench` the first time. Every figure is
the best of several runs, because what a machine does besides only ever adds to it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = Path(os.environ.get("SAFELINT_BENCH_TOOLS", ROOT / ".bench"))
SAFELINT = [sys.executable, "-m", "safelint", "check"]
PATTERNS = """rules:
  - id: dropped
    languages: [generic]
    severity: ERROR
    message: dropped
    pattern: DROP TABLE
  - id: secret
    languages: [python]
    severity: ERROR
    message: secret
    pattern: SECRET_KEY = "..."
"""
SETTINGS = 'import os\n\nDEBUG = False\nSECRET_KEY = os.environ["SECRET_KEY"]\nSESSION_COOKIE_NAME = "{name}"\nINSTALLED_APPS = ["django.contrib.sessions"]\n'
MIGRATION = """import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = None


def upgrade():
    op.add_column("users", sa.Column("{name}", sa.String()))


def downgrade():
    op.drop_column("users", "{name}")
"""
REDIS = "appendonly yes\nmaxmemory-policy noeviction\nport {name}\n"
SQL = "ALTER TABLE users ADD COLUMN {name} text;\nCREATE INDEX CONCURRENTLY i_{name} ON users ({name});\n"
FILES = {"shop/settings.py": SETTINGS, "migrations/versions/a1.py": MIGRATION, "redis.conf": REDIS, "db/migrations/0001.sql": SQL}


@dataclass(frozen=True)
class Run:
    """What one command took: seconds from start to end, and the most memory it had, in MB."""

    seconds: float
    memory: float


def run(command: Sequence[str | Path], cwd: Path) -> Run:
    """Run a command to its end. Findings (exit code 1) are no failure."""
    # Installed programs have their bytecode beside them, so a PYTHONDONTWRITEBYTECODE of this shell would measure a compiler.
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CI", "PYTHON"))}, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            output.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{output.read().decode(errors='replace')[-2000:]}")
    return Run(seconds, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def best(command: Sequence[str | Path], cwd: Path, times: int, before: Path | None = None) -> Run:
    """The quickest of several runs; `before` each a folder is taken away."""
    runs = []
    for _ in range(times):
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)
        runs.append(run(command, cwd))
    return min(runs, key=lambda each: each.seconds)


def tool(name: str, distribution: str) -> Path:
    """A neighbour's command, installed where there is none yet."""
    command = TOOLS / "bin" / name
    if not command.exists():
        print(f"installing {distribution} ...", flush=True)
        if not (TOOLS / "bin" / "python").exists():
            venv.create(TOOLS, with_pip=True)
        subprocess.run([TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", distribution], check=True)
    return command


def sources() -> Iterator[Path]:
    """Python files that are installed here, in an order that stays the same."""
    for folder in dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")):
        yield from sorted(path for path in Path(folder).rglob("*.py") if path.is_file() and path.stat().st_size < 1 << 20)


def make_tree(root: Path, files: int, size: int) -> tuple[int, int]:
    """Copy sources into one tree; how many files and bytes there are."""
    count = total = copy = 0
    while True:
        for path in sources():
            if count >= files or total >= size:
                return count, total
            name = "/".join(path.parts[-4:]).replace("site-packages/", "")
            target = root / f"part{copy}" / f"{count % 97}" / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                # Not the same twice: a content that git knows already would be read once for all its copies.
                data = path.read_bytes() + f"\n# {copy}\n".encode()
                target.write_bytes(data)
                count, total = count + 1, total + len(data)
        copy += 1


def git(root: Path, *arguments: str) -> None:
    """Run git in the tree that is measured."""
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "gc.auto=0", *arguments], cwd=root, check=True, capture_output=True)


def show(what: str, ours: float, unit: str, budget: str, within: bool) -> None:
    """One row."""
    print(f"{'ok  ' if within else 'OVER'}  {what:<50} {ours:9.2f} {unit:<3} {budget}", flush=True)


def measure_hook(root: Path) -> None:
    """A commit in a small application: nothing relevant, and one file of each kind."""
    semgrep, squawk = tool("semgrep", "semgrep"), tool("squawk", "squawk-cli")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(name="a1000"))
    for number in range(200):
        (root / "shop" / f"module{number}.py").write_text(f"def answer():\n    return {number}\n" * 20)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    cache = root / ".git" / "safelint"

    (root / "README.md").write_text("hello\n")
    (root / "shop" / "module7.py").write_text("x = 1\n")
    git(root, "add", "-A")
    run([*SAFELINT, "--staged"], root)
    click = best([sys.executable, "-c", "import click"], root, 15).seconds
    ours = best([*SAFELINT, "--staged"], root, 15).seconds
    show("a commit that touches nothing relevant", ours / click, "x", f"at most 2 x python -c 'import click' ({click * 1000:.0f} ms)", ours <= 2 * click)
    git(root, "reset", "-q", "--hard")

    rules = root.parent / "patterns.yaml"
    rules.write_text(PATTERNS)
    for path, text in FILES.items():
        (root / path).write_text(text.format(name="a2000"))
        theirs = best([semgrep, "scan", "--config", rules, "--metrics", "off", "--disable-version-check", "--quiet", path], root, 2).seconds
        beside = f"; squawk {best([squawk, path], root, 3).seconds * 1000:.0f}" if path.endswith(".sql") else ""
        ours = best([*SAFELINT, path], root, 5, before=cache).seconds
        within = ours < 0.2 and ours < theirs / 10
        show(f"one changed file, cold: {path}", ours * 1000, "ms", f"under 200, and a tenth of semgrep ({theirs * 100:.0f}{beside})", within)
        git(root, "reset", "-q", "--hard")


def measure_tree(root: Path, files: int, size: int) -> None:
    """A large tree: a pull request in it, and all of it."""
    ruff = tool("ruff", "ruff")
    count, total = make_tree(root, files, size)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    cache = root / ".git" / "safelint"
    print(f"      a tree of {count} files, {total / 1e6:.0f} MB", flush=True)

    changed = [path for path in sorted(root.rglob("*.py")) if path.stat().st_size < 30_000][:: max(1, count // 130)][:100]
    for path in changed:
        path.write_bytes(path.read_bytes() + b"\nx = 1\n")
    ours = best(SAFELINT, root, 3, before=cache).seconds
    show(f"a pull request of {len(changed)} changed files, cold", ours, "s", "under 1", ours < 1)
    git(root, "reset", "-q", "--hard")

    theirs = best([ruff, "check", "--no-cache", "--select", "S", "--exit-zero", "--quiet", "."], root, 3).seconds
    cold = best([*SAFELINT, "--all", "--exit-zero"], root, 2, before=cache)
    show("the whole tree, no cache", cold.seconds, "s", f"no slower than ruff --select S ({theirs:.2f})", cold.seconds <= theirs)
    warm = best([*SAFELINT, "--all", "--exit-zero"], root, 3)
    show("the whole tree, warm cache", warm.seconds, "s", f"a fifth of that ({theirs / 5:.2f})", warm.seconds <= theirs / 5)
    show("memory for that tree, no cache", cold.memory, "MB", "under 300", cold.memory < 300)
    show("memory for that tree, warm cache", warm.memory, "MB", "under 300", warm.memory < 300)


def main() -> None:
    """Make the tree, measure, and take it away."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    megabytes = float(sys.argv[2]) if len(sys.argv) > 2 else 64
    with tempfile.TemporaryDirectory(prefix="safelint-bench-") as folder:
        print(f"      {os.cpu_count()} processors, Python {sys.version.split()[0]}", flush=True)
        (Path(folder) / "shop").mkdir()
        measure_hook(Path(folder) / "shop")
        measure_tree(Path(folder) / "tree", files, int(megabytes * 1e6))


main()
