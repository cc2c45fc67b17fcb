"""The files of one side, and the text in one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from safelint.readers import Unreadable

LARGEST = 1024 * 1024
"""Bytes. A larger file is a dump or a data set, and is reported as not understood."""

LARGEST_LOCK = 16 * LARGEST
"""Bytes of a lock file."""

SEARCHED = 32 * LARGEST
"""Bytes. As much of a file as is searched for a reason to read it."""


class Files(Protocol):
    """The files of one side."""

    def paths(self) -> Collection[str]:
        """Every regular file, as git names it: relative to the root, with slashes."""
        ...

    def blob(self, path: str) -> str | None:
        """What git calls the content of this file (its object id), or None where that is not known."""
        ...

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The content of these files, in any order, of each no more than `SEARCHED + 1` bytes; a file that is not there is left out."""
        ...


class MemoryFiles:
    """Files that are texts in memory: an editor's buffer, an example of a rule, a test."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def paths(self) -> Collection[str]:
        return self._files.keys()

    def blob(self, path: str) -> str | None:
        return None

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            if path in self._files:
                yield path, self._files[path]


def decoded(data: bytes) -> str:
    """The text of a file. Raises Unreadable for one that is binary."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Unreadable(f"not UTF-16: {error.reason}") from None
    elif b"\0" in data:
        raise Unreadable("binary")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            # Every byte is a letter in Latin-1: nothing that we look for is outside ASCII, and nothing is lost.
            text = data.decode("latin-1")
    return text.replace("\r\n", "\n")
