"""What tests share: real git repositories in a temporary folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from safelint.compare import Comparison, Request, compare

# Nothing of the machine or of the CI that runs the tests may reach git or the search for a base.
ENVIRONMENT = {
    **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ},
    "HOME": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Repository:
    """A repository with a work tree."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git; its output."""
        done = subprocess.run(["git", *arguments], cwd=self.root, env={**ENVIRONMENT, **environment}, capture_output=True, check=True)
        return done.stdout.decode(errors="surrogateescape").strip()

    def put(self, path: str, content: str | bytes) -> None:
        """Write one file."""
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: dict[str, str | bytes | None] | None = None, message: str = "a commit") -> str:
        """Write (None: delete) files, commit everything; the commit's id."""
        for path, content in (files or {}).items():
            if content is None:
                (self.root / path).unlink()
            else:
                self.put(path, content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def compare(self, *paths: str, environment: dict[str, str] | None = None, **request: object) -> Comparison:
        """Compare, from the root of the work tree."""
        return compare(Request(paths=paths, **{"directory": self.root, **request}), {**ENVIRONMENT, **(environment or {})})  # type: ignore[arg-type]


def changes(comparison: Comparison) -> set[tuple[str | None, str | None]]:
    """The changed files, as (base, head)."""
    return {(each.base, each.head) for each in comparison.changed}


def texts(comparison: Comparison, side: str = "head") -> dict[str, str]:
    """The touched files of one side and what they hold."""
    which = comparison.head if side == "head" else comparison.base
    if which is None:
        return {}
    return {path: data.decode("utf-8", "surrogateescape") for path, data in which.files.read(which.touched_paths)}
