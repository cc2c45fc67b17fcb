"""A sign of life on standard error, where a person looks at a terminal and reading a tree takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from safelint.files import Files
from safelint.sources import Side

_PATIENCE = 1.0  # seconds before anything is shown
_EVERY = 0.1  # seconds between two signs


@contextmanager
def shown(side: Side | None) -> Iterator[None]:
    """Show how much of a side has been read. Nothing is shown without a side, without a terminal, or when it is quick."""
    if side is None or not sys.stderr.isatty():
        yield
        return
    files = side.files
    counted = _Counted(files)
    side.files = counted
    try:
        yield
    finally:
        side.files = files
        counted.clear()


class _Counted:
    """Files that say how many of them were read."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._began = time.monotonic()
        self._shown = 0.0
        self._read = 0

    def paths(self) -> Collection[str]:
        return self._files.paths()

    def blob(self, path: str) -> str | None:
        return self._files.blob(path)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for each in self._files.read(paths):
            self._read += 1
            self._tell()
            yield each

    def clear(self) -> None:
        """Take the sign away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._began > _PATIENCE and now - self._shown > _EVERY:
            self._shown = now
            sys.stderr.write(f"\rsafelint: {self._read:,} files read\x1b[K")
            sys.stderr.flush()
