"""The files of one side, wherever they are: a commit, the index, the work tree, a plain folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from safelint.files import SEARCHED, Files
from safelint.git import Blobs, Entry, Git, blob_id

# Folders that a plain folder may hold and that are nobody's own code.
_NOT_OURS = {".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache"}


class GitFiles:
    """The files of a commit or of the index: nothing is read from the disk."""

    def __init__(self, blobs: Blobs, tree: str, listed: Callable[[], Iterable[Entry]], known: dict[str, str], work_tree: Path | None = None) -> None:
        """`tree` is git's name for it (empty: the index). `listed` lists every file, once and only if somebody asks;
        `known` are ids of some that are known without that. Most files are in the work tree (if there is one) as well, where they
        are read several times as fast: what is there is taken when it has the same id."""
        self._blobs = blobs
        self._work_tree = work_tree
        self._tree = tree
        self._listed = listed
        self._known = known
        self._all: dict[str, str] | None = None

    def paths(self) -> Collection[str]:
        return self._every().keys()

    def blob(self, path: str) -> str | None:
        return self._known.get(path) or self._every().get(path)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        names = []
        for path in paths:
            name = self._name(path)
            if name and self._work_tree and ":" not in name and (held := read_file(self._work_tree / path)) is not None and blob_id(held, like=name) == name:
                yield path, held
            elif name:
                names.append((path, name))
        for (path, _), data in zip(names, self._blobs.read((name for _, name in names), SEARCHED + 1), strict=True):
            if data is not None:
                yield path, data

    def _name(self, path: str) -> str | None:
        # A single file that is asked for by its path is not worth listing the whole tree.
        if self._all is None and path not in self._known and "\n" not in path:
            return f"{self._tree}:{path}"
        return self.blob(path)

    def _every(self) -> dict[str, str]:
        if self._all is None:
            self._all = {entry.path: entry.blob for entry in self._listed()}
        return self._all


class WorkFiles:
    """The files of the work tree: tracked ones, and others that are not ignored.

    A file that equals what git has hashed keeps that id. Any other gets the id that git would give it, so that
    what is read now is known after the commit.
    """

    def __init__(self, git: Git, blobs: Blobs, known: dict[str, str], dirty: Collection[str], others: Callable[[], Iterable[str]]) -> None:
        """`known` are ids of clean files, `dirty` changed and untracked files of the change; `others` are all untracked files."""
        self._git = git
        self._blobs = blobs
        self._known = known
        self._dirty: dict[str, bytes | None] = dict.fromkeys(dirty)
        self._others = others
        self._all: dict[str, str] | None = None

    def paths(self) -> Collection[str]:
        return self._every().keys()

    def blob(self, path: str) -> str | None:
        if path in self._known:
            return self._known[path]
        if path not in self._dirty:
            self._every()
        if path in self._dirty:
            # What was hashed is what is read later: the file may change in between.
            data = self._dirty[path] = read_file(self._git.root / path)
            if data is None:
                return None
            self._known[path] = blob_id(_as_stored(data))
            return self._known[path]
        return self._every().get(path)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        elsewhere: list[tuple[str, str]] = []
        for path in paths:
            held = self._dirty.get(path)
            if held is not None:
                yield path, held
                continue
            data = read_file(self._git.root / path)
            # A single file that is asked for by its path is not worth listing the whole tree.
            blob = (self._known.get(path) or (self._all or {}).get(path)) if path not in self._dirty else None
            if blob is None:
                if data is not None:
                    yield path, data
            elif data is not None and blob in (blob_id(data, like=blob), blob_id(_as_stored(data), like=blob)):
                yield path, data
            else:
                # Not checked out (sparse), or stored otherwise than it is checked out (a filter): what git stores is compared.
                elsewhere.append((path, blob))
        for (path, _), data in zip(elsewhere, self._blobs.read((blob for _, blob in elsewhere), SEARCHED + 1), strict=True):
            if data is not None:
                yield path, data

    def _every(self) -> dict[str, str]:
        if self._all is None:
            found = {entry.path: entry.blob for entry in self._git.index()}
            for each in self._git.work_tree_difference(None):
                if each.base is not None:
                    found.pop(each.base, None)
                if each.head is not None:
                    found[each.head] = ""
            found.update(dict.fromkeys(self._others(), ""))
            for path, blob in found.items():
                if not blob:
                    self._dirty.setdefault(path, None)
            self._all = {path: blob for path, blob in found.items() if blob or is_file(self._git.root / path)}
        return self._all


class FolderFiles:
    """The regular files below a folder that git does not know. Links are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._all: dict[str, None] | None = None

    def paths(self) -> Collection[str]:
        if self._all is None:
            self._all = dict.fromkeys(self._walk())
        return self._all.keys()

    def blob(self, path: str) -> str | None:
        return None

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            data = read_file(self._root / path)
            if data is not None:
                yield path, data

    def _walk(self) -> Iterator[str]:
        top = str(self._root)
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name not in _NOT_OURS)
            below = os.path.relpath(folder, top).replace(os.sep, "/")
            for name in sorted(names):
                if is_file(Path(folder, name)):
                    yield name if below == "." else f"{below}/{name}"


class OverlaidFiles:
    """Files of which one is only in an editor so far."""

    def __init__(self, path: str, data: bytes, below: Files) -> None:
        self._path = path
        self._data = data
        self._below = below

    def paths(self) -> Collection[str]:
        return {**dict.fromkeys(self._below.paths()), self._path: None}.keys()

    def blob(self, path: str) -> str | None:
        return blob_id(_as_stored(self._data)) if path == self._path else self._below.blob(path)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        wanted = list(paths)
        if self._path in wanted:
            yield self._path, self._data
        yield from self._below.read(path for path in wanted if path != self._path)


def is_file(path: Path) -> bool:
    """Whether there is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_file(path: Path) -> bytes | None:
    """What a regular file holds, as far as it is searched; None where there is none, or it may not be read. Follows no link and waits for no pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(SEARCHED + 1)


def _as_stored(data: bytes) -> bytes:
    """Content with the line ends that git stores for text. Facts do not see the difference."""
    return data.replace(b"\r\n", b"\n") if b"\0" not in data else data
