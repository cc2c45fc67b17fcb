"""What is compared with what: a request becomes two sides, and the files that differ."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from safelint.cache import FactCache
from safelint.ci import Hint, hint
from safelint.files import Files
from safelint.git import EMPTY, CannotCompare, Difference, Entry, Git, GitFailed
from safelint.kept import also_in
from safelint.library import Library
from safelint.records import dataclass
from safelint.sources import ChangedFile, Side
from safelint.trees import FolderFiles, GitFiles, OverlaidFiles, WorkFiles, is_file

__all__ = ["CannotCompare", "Comparison", "Request", "compare"]

_MAIN_BRANCHES = ("main", "master", "trunk", "develop")


@dataclass(frozen=True)
class Request:
    """What somebody wants judged. With nothing said it is the work tree against where its branch left the default branch.

    `paths` are relative to `directory`. `staged`: the index against HEAD. `base`, `head`: two commits. `everything`: the
    state of the head, without a base. `buffer`: a path and what an editor holds for it.
    """

    paths: tuple[str, ...] = ()
    staged: bool = False
    base: str | None = None
    head: str | None = None
    everything: bool = False
    buffer: tuple[str, bytes] | None = None
    directory: Path = Path()


@dataclass(slots=True)
class Comparison:
    """Two sides of a change (no base: a state), the files that differ, and in words what was compared."""

    base: Side | None
    head: Side
    changed: tuple[ChangedFile, ...]
    description: str
    root: Path


def compare(request: Request, environment: Mapping[str, str]) -> Comparison:
    """Find both sides. Reads no file yet. Raises CannotCompare."""
    if request.staged and (request.base or request.head):
        raise CannotCompare("--staged compares the index with HEAD: leave out --base and --head")
    if request.everything and request.base:
        raise CannotCompare("--all judges a state and has no base: leave out --base or --all")
    try:
        git = Git(Path(os.path.realpath(request.directory)), environment)
    except GitFailed as error:
        if "not a git repository" not in str(error):
            raise
        return _folder(request)
    return _Comparing(request, environment, git).compared()


def _folder(request: Request) -> Comparison:
    """A folder that git does not know."""
    root = Path(os.path.realpath(request.directory))
    files: Files = FolderFiles(root)
    if request.buffer:
        path = _inside(root, root, request.buffer[0])
        files = OverlaidFiles(path, request.buffer[1], FolderFiles(root))
        return Comparison(None, Side("head", files, (path,), Library()), (ChangedFile(None, path),), "the buffer as it is, outside git", root)
    if not request.everything:
        raise CannotCompare(f"{root} is not in a git repository: use --all to judge the folder as it is")
    chosen = _chosen(root, root, request.paths)
    paths = tuple(sorted(path for path in files.paths() if _is_chosen(path, chosen)))
    _expect(request.paths, chosen, paths, root)
    return Comparison(None, Side("head", files, paths, Library()), tuple(ChangedFile(None, path) for path in paths), "the folder as it is", root)


class _Comparing:
    """One comparison in a git repository."""

    def __init__(self, request: Request, environment: Mapping[str, str], git: Git) -> None:
        self.request = request
        self.environment = environment
        self.git = git
        self.blobs = git.blobs()
        self.library = Library(FactCache(git.common / "safelint"))
        also_in(git.common / "safelint")
        self.chosen = _chosen(git.root, git.directory, request.paths)

    def compared(self) -> Comparison:
        request = self.request
        if not self.git.has_work_tree and not (request.base or request.head or request.everything or hint(self.environment)):
            raise CannotCompare("this is a bare repository: name two commits with --base and --head, or judge one with --all")
        if request.everything:
            return self._state()
        told = hint(self.environment)
        if request.base or request.head:
            return self._two_commits()
        if request.buffer:
            return self._work_tree()
        if request.staged:
            # In a pull request's build nothing is ever staged: pre-commit runs the same hook there.
            by_pre_commit = told is not None and told.who == "pre-commit"
            in_build = bool(self.environment.get("CI")) and not self._anything_staged()
            if in_build and told is None:
                remedy = "name a commit with --base, or give pre-commit --from-ref and --to-ref"
                raise CannotCompare(f"nothing is staged, and nothing here says what this build is compared with: {remedy}")
            return self._told(told) if told and (by_pre_commit or in_build) else self._staged()
        return self._told(told) if told else self._work_tree()

    # ---- the ways to compare

    def _two_commits(self) -> Comparison:
        head_name = self.request.head or "HEAD"
        head = self._commit(head_name)
        if self.request.base:
            base = self._commit(self.request.base)
            return self._commits(base, head, f"{_short(self.request.base, base)} against {_short(head_name, head)}")
        parents = self.git.parents(head)
        base = self._commit(parents[0]) if parents else EMPTY
        return self._commits(base, head, f"{_short(head_name, head)} against its parent" if parents else f"{_short(head_name, head)}, the first commit")

    def _told(self, told: Hint) -> Comparison:
        """What a CI system or pre-commit says."""
        git = self.git
        head = self._commit(told.head)
        if told.wrong_head and head == told.wrong_head:
            raise CannotCompare("the base branch is checked out, not the pull request: give actions/checkout ref: ${{ github.event.pull_request.head.sha }}")
        if told.first_parent_of and head == told.first_parent_of:
            parents = git.parents(head)
            if len(parents) == 2:
                if base := git.commit(parents[0]):
                    return self._commits(base, head, f"the pull request against its base {base[:7]}")
                raise CannotCompare(f"the base of the pull request is not in this clone: {told.remedy}")
        candidates = (told.commit, f"refs/remotes/origin/{told.branch}" if told.branch else "", f"refs/heads/{told.branch}" if told.branch else "")
        for name in candidates:
            if (found := git.commit(name)) and (base := git.merge_base(found, head)):
                return self._commits(base, head, f"{head[:7]} against {base[:7]}, the base that {told.who} names")
        named = told.branch or told.commit[:12] or "the base"
        raise CannotCompare(f"{told.who} compares with {named}, which is not in this clone: {told.remedy}, or name a commit with --base")

    def _staged(self) -> Comparison:
        head = self._head()
        difference = list(self.git.index_difference(head))
        if any(each.head and each.head_blob is None for each in difference):
            raise CannotCompare("the index has files with conflicts: resolve and add them first")
        known = {each.head: each.head_blob for each in difference if each.head and each.head_blob}
        files = self._files("", self.git.index, known)
        against = "the empty repository" if head == EMPTY else f"HEAD {head[:7]}"
        return self._comparison(self._tree(head, difference), files, difference, f"the index against {against}")

    def _commits(self, base: str, head: str, description: str) -> Comparison:
        difference = list(self.git.difference(base, head))
        known = {each.head: each.head_blob for each in difference if each.head and each.head_blob}
        files = self._files(head, lambda: self.git.tree(head), known)
        return self._comparison(self._tree(base, difference), files, difference, description)

    def _work_tree(self) -> Comparison:
        base, against = self._branched_from()
        tracked, others = self.git.work_tree_change(base)
        difference = [*tracked]
        others = [path for path in others if is_file(self.git.root / path)]
        known = {each.head: each.head_blob for each in difference if each.head and each.head_blob}
        dirty = [each.head for each in difference if each.head and not each.head_blob]
        files = WorkFiles(self.git, self.blobs, known, [*dirty, *others], lambda: others)
        difference = [each for each in difference if each.head_blob or each.base != each.head or files.blob(each.head or "") != each.base_blob]
        difference = _with_renames(difference, others, files.blob)
        before = self._tree(base, difference)
        if self.chosen:
            difference += [Difference(None, path, None, None) for path in self._named_and_ignored(files)]
        if self.request.buffer:
            path = _inside(self.git.root, self.git.directory, self.request.buffer[0])
            overlaid = OverlaidFiles(path, self.request.buffer[1], files)
            changed = next((each for each in difference if each.head == path), None) or self._unchanged(before, path)
            side = Side("head", overlaid, (path,), self.library)
            touched = (changed.base,) if changed.base else ()
            return Comparison(
                Side("base", before, touched, self.library), side, (ChangedFile(changed.base, path),), f"the buffer against {against}", self.git.root
            )
        return self._comparison(before, files, difference, f"the work tree against {against}")

    def _state(self) -> Comparison:
        if self.request.head or not self.git.has_work_tree:
            head = self._commit(self.request.head or "HEAD")
            files: Files = self._files(head, lambda: self.git.tree(head), {})
            description = f"{_short(self.request.head or 'HEAD', head)} as it is"
        elif self.request.staged:
            files, description = self._files("", self.git.index, {}), "the index as it is"
        else:
            files, description = WorkFiles(self.git, self.blobs, {}, (), self.git.untracked), "the work tree as it is"
        if self.request.buffer:
            path = _inside(self.git.root, self.git.directory, self.request.buffer[0])
            files = OverlaidFiles(path, self.request.buffer[1], files)
            paths: tuple[str, ...] = (path,)
        else:
            paths = tuple(sorted(path for path in (*files.paths(), *self._named_and_ignored(files)) if _is_chosen(path, self.chosen)))
            _expect(self.request.paths, self.chosen, paths, self.git.root)
        return Comparison(None, Side("head", files, paths, self.library), tuple(ChangedFile(None, path) for path in paths), description, self.git.root)

    # ---- finding commits

    def _commit(self, name: str) -> str:
        found = self.git.commit(name)
        if found is None and self.git.is_shallow:
            raise CannotCompare(f"no commit {_plain(name)} in this shallow clone: fetch the whole history (git fetch --unshallow; fetch-depth: 0)")
        if found is None:
            raise CannotCompare(f"no commit {_plain(name)} in this repository: fetch it, or name another one")
        return found

    def _head(self) -> str:
        return self.git.commit("HEAD") or EMPTY

    def _anything_staged(self) -> bool:
        return any(True for _ in self.git.index_difference(self._head()))

    def _branched_from(self) -> tuple[str, str]:
        """Where the checked-out branch left the default branch, and what to call that."""
        head = self._head()
        if head == EMPTY:
            return EMPTY, "the empty repository"
        patterns = [f"refs/{kind}/{name}" for kind in ("heads", "remotes/*") for name in (*_MAIN_BRANCHES, *(("HEAD",) if kind != "heads" else ()))]
        heads = self.git.heads("refs/remotes/*/HEAD", *patterns)
        remotes = [heads[name][0] for name in sorted(heads, key=lambda name: name != "refs/remotes/origin/HEAD") if name.endswith("/HEAD") and heads[name][0]]
        order = [*remotes, *(f"refs/{kind}/{name}" for kind in ("remotes/origin", "heads") for name in _MAIN_BRANCHES)]
        default = next((name for name in order if name in heads or name in remotes), None)
        short = default.removeprefix("refs/heads/").removeprefix("refs/remotes/") if default else ""
        in_ci = bool(self.environment.get("CI"))
        if default is None or any(checked_out and name.removeprefix("refs/heads/") == short.rpartition("/")[2] for name, (_, _, checked_out) in heads.items()):
            if in_ci:
                raise CannotCompare("nothing here says what this build is compared with: name a commit with --base")
            return head, f"HEAD {head[:7]}"
        tip = self.git.commit(default)
        base = self.git.merge_base(head, tip) if tip else None
        if base is None:
            deep = " (git fetch --unshallow)" if self.git.is_shallow else ""
            raise CannotCompare(f"HEAD and {_plain(short)} have no common commit in this clone: fetch the whole history{deep}, or name a commit with --base")
        if in_ci and base == head:
            raise CannotCompare(f"HEAD is in {_plain(short)} already, and nothing here says what this build is compared with: name a commit with --base")
        return base, f"{base[:7]}, where it left {_plain(short)}"

    # ---- putting sides together

    def _tree(self, commit: str, difference: Iterable[Difference]) -> GitFiles:
        known = {each.base: each.base_blob for each in difference if each.base and each.base_blob}
        return self._files(commit, lambda: self.git.tree(commit), known)

    def _files(self, tree: str, listed: Callable[[], Iterable[Entry]], known: dict[str, str]) -> GitFiles:
        return GitFiles(self.blobs, tree, listed, known, self.git.root if self.git.has_work_tree else None)

    def _unchanged(self, before: GitFiles, path: str) -> Difference:
        blob = before.blob(path)
        return Difference(path if blob else None, path, blob, None)

    def _named_and_ignored(self, files: Files) -> list[str]:
        """Files that git ignores and that somebody named all the same: a `.env`, most of the time."""
        return [path for path in self.chosen if path and path not in files.paths() and is_file(self.git.root / path)] if isinstance(files, WorkFiles) else []

    def _comparison(self, before: GitFiles, after: GitFiles | WorkFiles, difference: list[Difference], description: str) -> Comparison:
        kept = [each for each in difference if _is_chosen(each.head, self.chosen) or _is_chosen(each.base, self.chosen)]
        if self.chosen:
            seen = [path for each in kept for path in (each.base, each.head) if path]
            if not all(any(_is_chosen(path, (one,)) for path in seen) for one in self.chosen):
                _expect(self.request.paths, self.chosen, [*seen, *after.paths()], self.git.root)
        changed = tuple(ChangedFile(each.base, each.head) for each in kept)
        base = Side("base", before, tuple(each.base for each in kept if each.base), self.library)
        head = Side("head", after, tuple(each.head for each in kept if each.head), self.library)
        return Comparison(base, head, changed, description, self.git.root)


def _with_renames(tracked: list[Difference], others: Iterable[str], blob_of: Callable[[str], str | None]) -> list[Difference]:
    """Untracked files as new ones, or, where they hold what a deleted file held, as that file with another name."""
    gone = {each.base_blob: each for each in tracked if each.base and each.head is None and each.base_blob}
    found = []
    for path in others:
        blob = blob_of(path) if gone else None
        moved = gone.pop(blob, None) if blob else None
        if moved:
            tracked.remove(moved)
        found.append(Difference(moved.base if moved else None, path, moved.base_blob if moved else None, blob))
    return [*tracked, *found]


# ---- paths


def _chosen(root: Path, directory: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that somebody named, as git would name them; the root itself is the empty path."""
    return tuple(_inside(root, directory, path) for path in paths)


def _inside(root: Path, directory: Path, path: str) -> str:
    full = os.path.normpath(os.path.join(directory, path))  # noqa: PTH118 - pathlib would not take `..` away
    parent, name = os.path.split(full)
    full = os.path.join(os.path.realpath(parent), name) if full != str(root) else full  # noqa: PTH118
    relative = os.path.relpath(full, root)
    if relative == ".":
        return ""
    if relative.startswith(".."):
        raise CannotCompare(f"{_plain(path)} is outside {root}: name paths in it")
    return relative.replace(os.sep, "/")


def _is_chosen(path: str | None, chosen: tuple[str, ...]) -> bool:
    if path is None:
        return False
    return not chosen or any(not each or path == each or path.startswith(each + "/") for each in chosen)


def _expect(named: tuple[str, ...], chosen: tuple[str, ...], paths: Iterable[str], root: Path) -> None:
    """Raises CannotCompare for a name that is nowhere: judging nothing because of a typing error must not look like good news."""
    paths = list(paths)
    for name, each in zip(named, chosen, strict=True):
        if not any(_is_chosen(path, (each,)) for path in paths) and not os.path.lexists(root / each):
            raise CannotCompare(f"{_plain(name)} is no file or folder here: check the name")


def _short(name: str, commit: str) -> str:
    return commit[:7] if commit.startswith(name) else f"{_plain(name)} ({commit[:7]})"


def _plain(text: str) -> str:
    """A name that came from outside, fit for a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
