"""git, asked through its own command: nothing that the repository holds is run, and nothing in it is written."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from safelint.records import dataclass

EMPTY = "0"
"""In place of a commit: the state before the first one."""

# What a checked repository's own configuration could make git run, and the one thing that a diff would write.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "diff.autoRefreshIndex=false", "-c", f"core.hooksPath={os.devnull}", "--no-pager")
# Variables that would make git run something, or read a path as something else than a path.
_UNWANTED = {"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"}
_DIFF = ("--raw", "-z", "-M", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--ignore-submodules=all")
_LACKING = re.compile(r"unable to read|could not fetch|missing (blob|object)|bad object|lazy fetching")
_AT_ONCE = 200  # ids asked before their answers are read: few enough for any pipe, so that neither side waits for the other
_CHUNK = 1 << 20


class CannotCompare(Exception):
    """There is nothing to judge, or no base to judge it against. The message is one line and ends with the remedy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of the index or of a tree."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that differs. A path is None at the side where no regular file is; a blob is None where git has not hashed it."""

    base: str | None
    head: str | None
    base_blob: str | None
    head_blob: str | None


class Git:
    """One repository, seen from a directory in it."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.directory = directory
        # No lock is taken, no question asked, and errors are in a language that we know.
        self._environment = {
            **{name: value for name, value in environment.items() if name not in _UNWANTED},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        facts = self._ask("rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--git-common-dir", "--show-cdup")
        bare, inside, shallow, common, up = [*facts.decode("utf-8", "surrogateescape").split("\n"), "", ""][:5]
        self.has_work_tree = bare == "false" and inside == "true"
        self.is_shallow = shallow == "true"
        self.common = Path(os.path.realpath(directory / common))
        self.root = Path(os.path.realpath(directory / up)) if self.has_work_tree else self.common

    def _start(self, *arguments: str, feed: bool = False) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - a fixed program, and arguments that no shell sees
                ["git", *_SAFE, *arguments],  # noqa: S607 - the user's own git
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError:
            if not self.directory.is_dir():
                raise CannotCompare(f"{self.directory} is no directory") from None
            raise CannotCompare("git is not installed: install it, or judge a folder as it is with --all") from None

    def _finish(self, process: subprocess.Popen[bytes], what: str) -> bytes:
        output, errors = process.communicate()
        if process.returncode:
            raise GitFailed(f"git {what}: {_one_line(errors) or f'exit {process.returncode}'}")
        return output

    def _ask(self, *arguments: str) -> bytes:
        return self._finish(self._start(*arguments), arguments[0])

    # ---- commits

    def commit(self, name: str) -> str | None:
        """The id of a commit, by any name that git knows it by; None where there is none (or not in this clone)."""
        if not name or name.startswith("-"):
            return None
        process = self._start("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        output, _ = process.communicate()
        return output.decode().strip() or None

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents that a commit names, whether this clone has them or not."""
        header, _, _ = self._ask("cat-file", "commit", commit).partition(b"\n\n")
        return tuple(line[7:].decode() for line in header.split(b"\n") if line.startswith(b"parent "))

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, or None where this clone knows of none."""
        process = self._start("merge-base", one, other)
        output, _ = process.communicate()
        return output.decode().strip() or None

    def heads(self, *patterns: str) -> dict[str, tuple[str, str, bool]]:
        """References that match: name -> (the name it is a symbol for or "", commit id, whether it is checked out)."""
        found = {}
        for line in self._ask("for-each-ref", "--format=%(refname) %(symref) %(HEAD)%(objectname)", *patterns).decode("utf-8", "surrogateescape").splitlines():
            name, symbol, commit = line.split(" ", 2)
            found[name] = (symbol, commit.lstrip("* "), commit.startswith("*"))
        return found

    # ---- files

    def index(self) -> Iterator[Entry]:
        """The regular files of the index."""
        for row in _rows(self._ask("ls-files", "--stage", "-z", "--full-name", ":/")):
            facts, _, path = row.partition("\t")
            mode, blob, stage = facts.split(" ")
            if mode.startswith("100") and stage in ("0", "2"):
                yield Entry(path, blob)

    def tree(self, commit: str) -> Iterator[Entry]:
        """The regular files of a commit."""
        if commit == EMPTY:
            return
        for row in _rows(self._ask("ls-tree", "-r", "-z", "--full-tree", commit)):
            facts, _, path = row.partition("\t")
            mode, _, blob = facts.split(" ")
            if mode.startswith("100"):
                yield Entry(path, blob)

    def _differing(self, *arguments: str) -> bytes:
        """The answer of a `git diff`. A clone may lack the content of files (`--filter=blob:none`), and to find what was renamed and changed
        takes that; by their ids alone, files that were renamed and nothing else are still found."""
        try:
            return self._ask("diff", *_DIFF, *arguments)
        except GitFailed as error:
            if not _LACKING.search(str(error)):
                raise
            return self._ask("diff", *_DIFF, "-M100%", *arguments)

    def work_tree_difference(self, base: str | None) -> Iterator[Difference]:
        """What the work tree changes in a commit (None: in the index), without untracked files.

        A head file whose time or size is not what git remembers has no blob, even where its content is the same.
        """
        return _differences(self._differing(*([self._tree_of(base)] if base is not None else []), "--"))

    def work_tree_change(self, base: str) -> tuple[Iterator[Difference], list[str]]:
        """`work_tree_difference(base)`, and `untracked()`, both at the same time."""
        difference = self._start("diff", *_DIFF, self._tree_of(base), "--")
        others = self._start("ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/")
        try:
            tracked = self._finish(difference, "diff")
        except GitFailed:
            tracked = self._differing(self._tree_of(base), "--")  # it knows what to do about some failures, and meets the others again
        changed = _differences(tracked)
        return changed, list(_rows(self._finish(others, "ls-files")))

    def untracked(self) -> list[str]:
        """The paths of untracked files that are not ignored, of any kind."""
        return list(_rows(self._ask("ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/")))

    def index_difference(self, base: str) -> Iterator[Difference]:
        """What the index changes in a commit."""
        return _differences(self._differing("--cached", self._tree_of(base), "--"))

    def difference(self, base: str, head: str) -> Iterator[Difference]:
        """What one commit changes in another."""
        return _differences(self._differing(self._tree_of(base), self._tree_of(head), "--"))

    def _tree_of(self, commit: str) -> str:
        """`commit`, or for none the empty tree, which every repository can name without having it."""
        if commit != EMPTY:
            return commit
        return self._ask("hash-object", "-t", "tree", os.devnull).decode().strip()

    def blobs(self) -> Blobs:
        """Content by id."""
        return Blobs(lambda: self._start("cat-file", "--batch", feed=True))


class Blobs:
    """One long-lived `git cat-file --batch`, started at the first question."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, names: Iterable[str], most: int) -> Iterator[bytes | None]:
        """The content of each object, in order: at most its first `most` bytes; None for what is no blob or is not there."""
        pending = list(names)
        for start in range(0, len(pending), _AT_ONCE):
            batch = pending[start : start + _AT_ONCE]
            process = self._running()
            assert process.stdin is not None
            try:
                process.stdin.write("".join(f"{name}\n" for name in batch).encode("utf-8", "surrogateescape"))
                process.stdin.flush()
            except OSError:
                raise self._broken(process) from None
            waiting = len(batch)
            try:
                while waiting:
                    waiting -= 1
                    yield self._answer(process, most)
            finally:
                # Every answer is read, even where nobody asks for the next: the pipe stays in step.
                while waiting and self._process is process:
                    waiting -= 1
                    self._answer(process, 0)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = self._start()
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], most: int) -> bytes | None:
        assert process.stdout is not None
        header = process.stdout.readline()
        if not header.endswith(b"\n"):
            raise self._broken(process)
        words = header.split()
        # "<name> missing", "<name> ambiguous" ...: a blob has an id, a kind and a size.
        if len(words) != 3 or not words[2].isdigit():
            return None
        size = int(words[2])
        data = process.stdout.read(min(size, most))
        left = size - len(data) + 1  # and the line feed after it
        while left:
            skipped = process.stdout.read(min(left, _CHUNK))
            if not skipped:
                raise self._broken(process)
            left -= len(skipped)
        return data if words[1] == b"blob" else None

    def _broken(self, process: subprocess.Popen[bytes]) -> GitFailed:
        self._process = None
        process.kill()
        _, errors = process.communicate()
        return GitFailed(f"git cat-file: {_one_line(errors) or 'it ended early'}")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            process.communicate()


class GitFailed(CannotCompare):
    """git said no; the message is its own."""


def blob_id(data: bytes, like: str = "") -> str:
    """The id that git gives to this content, with SHA-256 where ids look `like` that."""
    digest = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _rows(output: bytes) -> Iterator[str]:
    # File names are bytes: what is not UTF-8 survives the way through text and back.
    return (row.decode("utf-8", "surrogateescape") for row in output.split(b"\0") if row)


def _differences(output: bytes) -> Iterator[Difference]:
    rows = _rows(output)
    for row in rows:
        # :100644 100644 <id> <id> M, or R and C with a number; then one path, or two.
        base_mode, head_mode, base_blob, head_blob, kind = row[1:].split(" ")
        path = next(rows)
        head_path = next(rows) if kind[0] in "RC" else path
        base = path if base_mode.startswith("100") else None
        head = head_path if head_mode.startswith("100") else None
        if kind[0] == "U":
            head = path  # unmerged: the work tree has it, the index does not know how it will be
        if base or head:
            yield Difference(base, head, _hashed(base_blob) if base else None, _hashed(head_blob) if head else None)


def _hashed(blob: str) -> str | None:
    return blob if blob.strip("0") else None


def _one_line(errors: bytes) -> str:
    text = errors.decode("utf-8", "replace").strip().split("\n")[0]
    return "".join(letter if letter.isprintable() else " " for letter in text.removeprefix("fatal: "))
