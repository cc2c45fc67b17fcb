"""Every way to say what is compared, in real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from safelint.compare import CannotCompare, Request, compare
from safelint.facts import Unread
from safelint.facts.store import FlushCalled
from tests.repositories import ENVIRONMENT, Repository, changes, texts

FLUSH = "import redis\nr = redis.Redis()\nr.flushall()\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop")


# ---- the work tree


def test_branch_against_where_it_left_main(repository: Repository) -> None:
    start = repository.commit({"kept.py": "k = 1\n", "changed.py": "a = 1\n", "gone.py": "g = 1\n"})
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit({"committed.py": "c = 1\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"only_on_main.py": "m = 1\n"})
    repository.git("checkout", "-q", "feature")
    repository.put("changed.py", "a = 2\n")
    repository.put("staged.py", "s = 1\n")
    repository.git("add", "staged.py")
    repository.put("new.py", "n = 1\n")
    repository.put(".gitignore", "ignored.py\n")
    repository.put("ignored.py", "i = 1\n")
    (repository.root / "gone.py").unlink()
    found = repository.compare()
    assert changes(found) == {
        ("changed.py", "changed.py"),
        (None, "committed.py"),
        (None, "staged.py"),
        (None, "new.py"),
        (None, ".gitignore"),
        ("gone.py", None),
    }
    assert texts(found)["changed.py"] == "a = 2\n"
    assert texts(found, "base") == {"changed.py": "a = 1\n", "gone.py": "g = 1\n"}
    assert found.description == f"the work tree against {start[:7]}, where it left main"
    assert set(found.head.files.paths()) == {"kept.py", "changed.py", "committed.py", "staged.py", "new.py", ".gitignore"}
    assert found.base is not None
    assert set(found.base.files.paths()) == {"kept.py", "changed.py", "gone.py"}


def test_the_remote_decides_what_the_default_branch_is(repository: Repository, tmp_path: Path) -> None:
    repository.git("checkout", "-q", "-b", "release")
    start = repository.commit({"a.py": "a = 1\n"})
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "add", "origin", str(repository.root))
    clone.git("fetch", "-q", "origin")
    clone.git("remote", "set-head", "origin", "release")
    clone.git("checkout", "-q", "-b", "feature", "origin/release")
    clone.commit({"b.py": "b = 1\n"})
    found = clone.compare()
    assert changes(found) == {(None, "b.py")}
    assert found.description == f"the work tree against {start[:7]}, where it left origin/release"


def test_on_the_default_branch_against_head(repository: Repository) -> None:
    head = repository.commit({"a.py": "a = 1\n"})
    repository.put("a.py", "a = 2\n")
    found = repository.compare()
    assert changes(found) == {("a.py", "a.py")}
    assert found.description == f"the work tree against HEAD {head[:7]}"


def test_before_the_first_commit(repository: Repository) -> None:
    repository.put("a.py", "a = 1\n")
    found = repository.compare()
    assert changes(found) == {(None, "a.py")}
    repository.git("add", "a.py")
    staged = repository.compare(staged=True)
    assert changes(staged) == {(None, "a.py")}
    assert texts(staged) == {"a.py": "a = 1\n"}
    assert staged.description == "the index against the empty repository"


def test_a_file_that_was_only_touched_is_no_change(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    os.utime(repository.root / "a.py", (1, 1))
    assert changes(repository.compare()) == set()


def test_a_moved_file_is_one_file(repository: Repository) -> None:
    repository.commit({"old.py": "a = 1\n" * 20, "plain.py": "b = 1\n" * 20})
    repository.git("mv", "old.py", "new.py")
    repository.put("new.py", "a = 1\n" * 20 + "c = 1\n")
    (repository.root / "plain.py").rename(repository.root / "moved.py")
    assert changes(repository.compare()) == {("old.py", "new.py"), ("plain.py", "moved.py")}


def test_clean_and_dirty_files_have_the_ids_that_git_gives_them(repository: Repository) -> None:
    repository.commit({"clean.py": "a = 1\n", "dirty.py": "b = 1\n"})
    repository.put("dirty.py", "b = 2\n")
    repository.put("new.py", "n = 2\n")
    files = repository.compare().head.files
    for path in ("clean.py", "dirty.py", "new.py"):
        assert files.blob(path) == repository.git("hash-object", path)


def test_what_was_hashed_is_what_is_read(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.put("a.py", "a = 2\n")
    files = repository.compare().head.files
    files.blob("a.py")
    repository.put("a.py", "a = 3\n")
    assert dict(files.read(["a.py"])) == {"a.py": b"a = 2\n"}


def test_from_a_folder_below(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n", "sub/b.py": "b = 1\n"})
    repository.put("a.py", "a = 2\n")
    repository.put("sub/new.py", "n = 1\n")
    found = compare(Request(directory=repository.root / "sub"), ENVIRONMENT)
    assert changes(found) == {("a.py", "a.py"), (None, "sub/new.py")}
    assert found.root == repository.root.resolve()
    assert set(found.head.files.paths()) == {"a.py", "sub/b.py", "sub/new.py"}
    assert changes(compare(Request(paths=(".",), directory=repository.root / "sub"), ENVIRONMENT)) == {(None, "sub/new.py")}


# ---- the index


def test_staged_is_the_index_and_not_the_work_tree(repository: Repository) -> None:
    head = repository.commit({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    repository.put("a.py", "a = 2\n")
    repository.git("add", "a.py")
    repository.put("a.py", "a = 3\n")
    repository.put("b.py", "b = 2\n")
    found = repository.compare(staged=True)
    assert changes(found) == {("a.py", "a.py")}
    assert texts(found) == {"a.py": "a = 2\n"}
    assert dict(found.head.files.read(["b.py"])) == {"b.py": b"b = 1\n"}
    assert found.description == f"the index against HEAD {head[:7]}"


def test_staged_honours_the_index_of_the_commit_that_is_made(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    other = str(tmp_path / "other-index")
    repository.git("read-tree", "HEAD", GIT_INDEX_FILE=other)
    repository.put("a.py", "a = 2\n")
    repository.git("add", "a.py", GIT_INDEX_FILE=other)
    repository.put("b.py", "b = 2\n")
    repository.git("add", "b.py")
    assert texts(repository.compare(staged=True, environment={"GIT_INDEX_FILE": other})) == {"a.py": "a = 2\n"}


def test_a_build_in_which_nothing_is_staged_is_not_green(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    with pytest.raises(CannotCompare, match="--from-ref"):
        repository.compare(staged=True, environment={"CI": "true"})


def test_an_index_with_conflicts_is_not_judged(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit({"a.py": "a = 2\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"a.py": "a = 3\n"})
    with pytest.raises(Exception, match="returned non-zero"):
        repository.git("merge", "-q", "feature")
    with pytest.raises(CannotCompare, match="conflicts"):
        repository.compare(staged=True)
    assert "<<<<<<<" in texts(repository.compare())["a.py"]


# ---- two commits


def test_two_commits_do_not_need_the_work_tree(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit({"a.py": "a = 1\n", "kept.py": "k = 1\n"})
    head = repository.commit({"a.py": "a = 2\n", "b.py": "b = 1\n"})
    repository.put("a.py", "a = 3\n")
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare))
    for directory in (repository.root, bare):
        found = compare(Request(base="HEAD^", head=head, directory=directory), ENVIRONMENT)
        assert changes(found) == {("a.py", "a.py"), (None, "b.py")}
        assert texts(found) == {"a.py": "a = 2\n", "b.py": "b = 1\n"}
        assert texts(found, "base") == {"a.py": "a = 1\n"}
        assert set(found.head.files.paths()) == {"a.py", "b.py", "kept.py"}
        assert dict(found.head.files.read(["kept.py"])) == {"kept.py": b"k = 1\n"}
        assert found.description == f"HEAD^ ({base[:7]}) against {head[:7]}"
    assert repository.git("status", "--porcelain") == "M a.py"


def test_a_bare_repository_needs_two_commits(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "a = 1\n"})
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare))
    with pytest.raises(CannotCompare, match="--base"):
        compare(Request(directory=bare), ENVIRONMENT)
    assert texts(compare(Request(everything=True, directory=bare), ENVIRONMENT)) == {"a.py": "a = 1\n"}


@pytest.mark.parametrize("name", ["nothing", "--output=/dev/null", "", "HEAD:a.py"])
def test_a_base_that_is_no_commit(repository: Repository, name: str) -> None:
    repository.commit({"a.py": "a = 1\n"})
    with pytest.raises(CannotCompare, match="no commit"):
        repository.compare(base=name or " ")


# ---- states


def test_everything_is_the_work_tree(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n", "gone.py": "g = 1\n"})
    repository.put("new.py", "n = 1\n")
    (repository.root / "gone.py").unlink()
    found = repository.compare(everything=True)
    assert found.base is None
    assert texts(found) == {"a.py": "a = 1\n", "new.py": "n = 1\n"}
    assert texts(repository.compare(everything=True, staged=True)) == {"a.py": "a = 1\n", "gone.py": "g = 1\n"}
    assert texts(repository.compare("new.py", everything=True)) == {"new.py": "n = 1\n"}


def test_a_folder_outside_git(tmp_path: Path) -> None:
    (tmp_path / "sub" / "node_modules").mkdir(parents=True)
    (tmp_path / "sub" / "a.py").write_text("a = 1\n")
    (tmp_path / "sub" / "node_modules" / "b.py").write_text("b = 1\n")
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    with pytest.raises(CannotCompare, match="--all"):
        compare(Request(directory=tmp_path), ENVIRONMENT)
    found = compare(Request(directory=tmp_path, everything=True), ENVIRONMENT)
    assert texts(found) == {"sub/a.py": "a = 1\n"}
    with pytest.raises(CannotCompare, match="no file"):
        compare(Request(paths=("nowhere",), directory=tmp_path, everything=True), ENVIRONMENT)


def test_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(CannotCompare, match="no directory"):
        compare(Request(directory=tmp_path / "nowhere"), ENVIRONMENT)


# ---- an editor's buffer


def test_a_buffer_over_its_file(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    repository.put("b.py", "b = 2\n")
    found = repository.compare(buffer=("a.py", b"a = 2\n"))
    assert changes(found) == {("a.py", "a.py")}
    assert texts(found) == {"a.py": "a = 2\n"}
    assert texts(found, "base") == {"a.py": "a = 1\n"}
    assert dict(found.head.files.read(["b.py"])) == {"b.py": b"b = 2\n"}
    assert changes(repository.compare(buffer=("not_there_yet.py", b"n = 1\n"))) == {(None, "not_there_yet.py")}


def test_a_buffer_outside_git(tmp_path: Path) -> None:
    found = compare(Request(buffer=("a.py", b"a = 1\n"), directory=tmp_path), ENVIRONMENT)
    assert found.base is None
    assert texts(found) == {"a.py": "a = 1\n"}


# ---- paths


def test_paths_choose_files_of_the_change(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n", "sub/b.py": "b = 1\n" * 9, "subway.py": "s = 1\n", "same.py": "u = 1\n"})
    repository.put("a.py", "a = 2\n")
    repository.put("subway.py", "s = 2\n")
    repository.git("mv", "sub/b.py", "moved.py")
    assert changes(repository.compare("a.py")) == {("a.py", "a.py")}
    assert changes(repository.compare("sub")) == {("sub/b.py", "moved.py")}
    assert changes(repository.compare(str(repository.root / "a.py"), "moved.py")) == {("a.py", "a.py"), ("sub/b.py", "moved.py")}
    assert changes(repository.compare("same.py")) == set()
    with pytest.raises(CannotCompare, match="no file"):
        repository.compare("a.py", "typing-error.py")
    with pytest.raises(CannotCompare, match="outside"):
        repository.compare("../elsewhere")


def test_an_ignored_file_is_judged_when_it_is_named(repository: Repository) -> None:
    repository.commit({".gitignore": ".env\n"})
    repository.put(".env", "A=1\n")
    assert changes(repository.compare()) == set()
    assert changes(repository.compare(".env")) == {(None, ".env")}
    assert texts(repository.compare(".env", everything=True)) == {".env": "A=1\n"}


# ---- CI


def merged(repository: Repository) -> tuple[str, str, str]:
    """What GitHub builds: (base tip, head of the pull request, the merge of both)."""
    repository.commit({"a.py": "a = 1\n"})
    repository.git("checkout", "-q", "-b", "feature")
    head = repository.commit({"b.py": "b = 1\n"})
    repository.git("checkout", "-q", "main")
    base = repository.commit({"c.py": "c = 1\n"})
    repository.git("checkout", "-q", "--detach")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    return base, head, repository.git("rev-parse", "HEAD")


def github(event: str, sha: str, **more: str) -> dict[str, str]:
    return {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_SHA": sha, **more}


def test_github_pull_request(repository: Repository, tmp_path: Path) -> None:
    base, _, merge = merged(repository)
    environment = github("pull_request", merge, GITHUB_REF="refs/pull/1/merge", GITHUB_BASE_REF="main")
    found = repository.compare(environment=environment)
    assert changes(found) == {(None, "b.py")}
    assert found.description == f"the pull request against its base {base[:7]}"
    # the hook, as pre-commit runs it over all files in a build: nothing is staged there
    assert changes(repository.compare(environment=environment, staged=True)) == {(None, "b.py")}
    shallow = Repository(tmp_path / "shallow")
    shallow.git("fetch", "-q", "--depth=1", f"file://{repository.root}", merge)
    shallow.git("checkout", "-q", "FETCH_HEAD")
    with pytest.raises(CannotCompare, match="fetch-depth: 2"):
        shallow.compare(environment=environment)


def test_github_with_the_head_of_the_pull_request_checked_out(repository: Repository, tmp_path: Path) -> None:
    base, head, merge = merged(repository)
    repository.git("checkout", "-q", head)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    target = github("pull_request_target", base, GITHUB_REF="refs/heads/main", GITHUB_BASE_REF="main", GITHUB_EVENT_PATH=str(event))
    for environment in (target, github("pull_request", merge, GITHUB_REF="refs/pull/1/merge", GITHUB_BASE_REF="main")):
        assert changes(repository.compare(environment=environment)) == {(None, "b.py")}
    repository.git("checkout", "-q", "main")
    with pytest.raises(CannotCompare, match=r"pull_request\.head\.sha"):
        repository.compare(environment=target)


def test_github_push(repository: Repository, tmp_path: Path) -> None:
    before = repository.commit({"a.py": "a = 1\n"})
    repository.commit({"b.py": "b = 1\n"})
    after = repository.commit({"c.py": "c = 1\n"})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"before": before}))
    assert changes(repository.compare(environment=github("push", after, GITHUB_EVENT_PATH=str(event)))) == {(None, "b.py"), (None, "c.py")}
    event.write_text(json.dumps({"before": "1" * 40}))
    with pytest.raises(CannotCompare, match="fetch-depth: 0"):
        repository.compare(environment=github("push", after, GITHUB_EVENT_PATH=str(event)))
    event.write_text("{")
    with pytest.raises(CannotCompare, match="--base"):
        repository.compare(environment=github("push", after, GITHUB_EVENT_PATH=str(event)))


@pytest.mark.parametrize("variable", ["CI_MERGE_REQUEST_DIFF_BASE_SHA", "BITBUCKET_PR_DESTINATION_COMMIT", "CI_COMMIT_BEFORE_SHA"])
def test_ci_that_names_a_commit(repository: Repository, variable: str) -> None:
    base = repository.commit({"a.py": "a = 1\n"})
    repository.commit({"b.py": "b = 1\n"})
    assert changes(repository.compare(environment={"CI": "true", variable: base})) == {(None, "b.py")}
    with pytest.raises(CannotCompare, match="not in this clone"):
        repository.compare(environment={"CI": "true", variable: "1" * 40})


@pytest.mark.parametrize("variable", ["BUILDKITE_PULL_REQUEST_BASE_BRANCH", "SYSTEM_PULLREQUEST_TARGETBRANCH", "CHANGE_TARGET"])
def test_ci_that_names_a_branch(repository: Repository, variable: str) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit({"b.py": "b = 1\n"})
    for name in ("main", "refs/heads/main"):
        assert changes(repository.compare(environment={"CI": "true", variable: name})) == {(None, "b.py")}
    with pytest.raises(CannotCompare, match="not in this clone"):
        repository.compare(environment={"CI": "true", variable: "elsewhere"})


def test_ci_that_says_nothing_is_never_green(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    with pytest.raises(CannotCompare, match="--base"):
        repository.compare(environment={"CI": "true"})
    repository.git("checkout", "-q", "--detach")
    with pytest.raises(CannotCompare, match="--base"):
        repository.compare(environment={"CI": "true"})
    repository.commit({"b.py": "b = 1\n"})
    assert changes(repository.compare(environment={"CI": "true"})) == {(None, "b.py")}


def test_pre_commit_names_both_ends(repository: Repository) -> None:
    base = repository.commit({"a.py": "a = 1\n"})
    head = repository.commit({"b.py": "b = 1\n"})
    repository.commit({"c.py": "c = 1\n"})
    for staged in (True, False):
        found = repository.compare(staged=staged, environment={"PRE_COMMIT_FROM_REF": base, "PRE_COMMIT_TO_REF": head})
        assert changes(found) == {(None, "b.py")}


def test_a_shallow_clone_without_a_common_commit(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit({"b.py": "b = 1\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"c.py": "c = 1\n"})
    shallow = Repository(tmp_path / "shallow")
    shallow.git("remote", "add", "origin", f"file://{repository.root}")
    shallow.git("fetch", "-q", "--depth=1", "origin")
    shallow.git("checkout", "-q", "-b", "feature", "origin/feature")
    with pytest.raises(CannotCompare, match="unshallow"):
        shallow.compare()
    with pytest.raises(CannotCompare, match="unshallow"):
        shallow.compare(base="HEAD^")


# ---- strange files


def test_links_and_submodules_are_no_files(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"o.py": "o = 1\n"})
    repository.commit({"a.py": "a = 1\n", "became_link.py": "b = 1\n"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "module")
    (repository.root / "link.py").symlink_to("a.py")
    (repository.root / "outside").symlink_to("/etc")
    (repository.root / "became_link.py").unlink()
    (repository.root / "became_link.py").symlink_to("/etc/passwd")
    os.mkfifo(repository.root / "pipe.py")
    expected = {(None, ".gitmodules"), ("became_link.py", None)}
    assert changes(repository.compare()) == expected
    assert set(repository.compare().head.files.paths()) == {"a.py", ".gitmodules"}
    repository.git("add", "link.py", "outside", "became_link.py")
    assert changes(repository.compare(staged=True)) == expected
    repository.commit()
    assert changes(repository.compare(base="HEAD^")) == expected
    assert set(repository.compare(base="HEAD^").head.files.paths()) == {"a.py", ".gitmodules"}
    assert set(repository.compare(everything=True).head.touched_paths) == {"a.py", ".gitmodules"}


def test_a_folder_that_became_a_link_to_elsewhere(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"sub/a.py": "a = 1\n"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.py").write_text("secret = 1\n")
    (repository.root / "sub" / "a.py").unlink()
    (repository.root / "sub").rmdir()
    (repository.root / "sub").symlink_to(elsewhere)
    found = repository.compare()
    assert changes(found) == {("sub/a.py", None)}
    assert set(found.head.files.paths()) == set()


@pytest.mark.parametrize("name", ["sp ace.py", 'quo"te.py', "line\nfeed.py", "tab\t.py", "ünï.py", ":(glob)star*.py", "-dash.py", "back\\slash.py"])
def test_hostile_names(repository: Repository, name: str) -> None:
    repository.commit({"a.py": "a = 1\n", name: "n = 1\n"})
    repository.put(name, FLUSH)
    found = repository.compare()
    assert changes(found) == {(name, name)}
    assert [fact.place.path for fact in found.head.touched(FlushCalled)] == [name]
    assert changes(repository.compare(f"./{name}")) == {(name, name)}
    repository.commit()
    found = repository.compare(base="HEAD^")
    assert changes(found) == {(name, name)}
    assert [fact.place.path for fact in found.head.everywhere(FlushCalled)] == [name]


def test_a_name_that_is_not_utf8(repository: Repository) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    repository.commit({name: FLUSH})
    found = repository.compare(everything=True)
    assert texts(found) == {name: FLUSH}
    repository.commit({name: "n = 1\n"})
    assert texts(repository.compare(base="HEAD^")) == {name: "n = 1\n"}


def test_binary_and_huge_files(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.commit({"binary.py": b"\0\1flushall", "huge.py": b"x = 1\n" * 200_000 + FLUSH.encode(), "dull.py": b"x = 1\n" * 200_000})
    for found in (repository.compare(base="HEAD^"), repository.compare(everything=True)):
        assert {(fact.place.path, fact.why) for _, fact in found.head.unread() if isinstance(fact, Unread)} == {
            ("binary.py", "binary"),
            ("huge.py", "larger than 1024 KiB"),
        }


def test_line_ends_that_git_changes(repository: Repository) -> None:
    repository.commit({".gitattributes": "* text=auto\n", "a.py": "import redis\n"})
    repository.git("config", "core.autocrlf", "true")
    (repository.root / "a.py").unlink()
    repository.git("checkout", "-q", "a.py")
    assert (repository.root / "a.py").read_bytes() == b"import redis\r\n"
    found = repository.compare(everything=True)
    stored = repository.git("rev-parse", "HEAD:a.py")
    assert found.head.files.blob("a.py") == stored
    assert dict(found.head.files.read(["a.py"]))["a.py"] == b"import redis\r\n"
    repository.put("a.py", FLUSH.replace("\n", "\r\n"))
    found = repository.compare()
    assert changes(found) == {("a.py", "a.py")}
    assert found.head.files.blob("a.py") == repository.git("hash-object", "a.py")


def test_what_a_filter_stores_is_compared_and_not_what_it_shows(repository: Repository) -> None:
    repository.git("config", "filter.hide.clean", "tr a-z A-Z")
    repository.git("config", "filter.hide.smudge", "tr A-Z a-z")
    repository.commit({".gitattributes": "*.env filter=hide\n", "x.env": "key=1\n"})
    found = repository.compare(everything=True)
    assert dict(found.head.files.read(["x.env"])) == {"x.env": b"KEY=1\n"}


def test_files_that_are_not_checked_out(repository: Repository) -> None:
    repository.commit({"in/a.py": "a = 1\n", "out/b.py": "b = 1\n"})
    repository.git("sparse-checkout", "set", "in")
    assert not (repository.root / "out").exists()
    found = repository.compare(everything=True)
    assert texts(found)["out/b.py"] == "b = 1\n"
    assert changes(repository.compare()) == set()


def test_a_file_that_may_not_be_read_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({"a.py": "a = 1\n"})
    repository.put("a.py", FLUSH)
    monkeypatch.setattr("safelint.trees.read_file", lambda _: None)
    assert {(fact.what, fact.why) for fact in repository.compare().head.not_understood()} == {("the file", "could not be read")}


def test_nothing_of_the_repository_is_run(repository: Repository) -> None:
    ran = repository.root / "ran"
    script = repository.root / ".git" / "evil"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    repository.commit({"a.py": "a = 1\n", ".gitattributes": "*.py diff=evil\n"})
    for name in ("core.fsmonitor", "diff.external", "diff.evil.command", "diff.evil.textconv", "core.pager", "core.editor"):
        repository.git("config", name, str(script))
    for hook in ("post-index-change", "pre-commit", "post-checkout"):
        target = repository.root / ".git" / "hooks" / hook
        target.parent.mkdir(exist_ok=True)
        target.write_text(script.read_text())
        target.chmod(0o755)
    repository.put("a.py", "a = 2\n")
    for request in ({}, {"staged": True}, {"everything": True}, {"base": "HEAD"}):
        found = repository.compare(environment={"GIT_EXTERNAL_DIFF": str(script), "GIT_PAGER": str(script)}, **request)
        texts(found)
        found.head.files.paths()
    assert not ran.exists()


def test_nothing_is_written(repository: Repository) -> None:
    repository.commit({"a.py": "a = 1\n"})
    os.utime(repository.root / "a.py", (1, 1))
    before = (repository.root / ".git" / "index").stat().st_mtime_ns
    repository.compare().head.files.paths()
    assert (repository.root / ".git" / "index").stat().st_mtime_ns == before


def test_git_is_not_there(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(CannotCompare, match="not installed"):
        compare(Request(directory=repository.root), {"PATH": str(tmp_path)})


def test_many_files(repository: Repository) -> None:
    repository.commit({f"f{number}.py": f"x = {number}\n" for number in range(1000)})
    found = repository.compare(base="HEAD", everything=False)
    assert len(dict(found.head.files.read(found.head.files.paths()))) == 1000
    stopped = found.head.files.read(found.head.files.paths())
    next(iter(stopped))
    del stopped
    assert dict(found.head.files.read(["f7.py"])) == {"f7.py": b"x = 7\n"}


def test_a_clone_that_lacks_contents(repository: Repository) -> None:
    lines = [f"NAME_{number} = {number}\n" for number in range(40)]
    base = repository.commit({"shop/old.py": "SECRET_KEY = 1\n" + "".join(lines), "shop/gone.py": "flush()\n", "shop/same.py": "A = 1\n"})
    lacking = repository.git("rev-parse", f"{base}:shop/old.py")
    head = repository.commit({"shop/old.py": None, "shop/new.py": "SECRET_KEY = 2\n" + "".join(lines), "shop/same.py": None, "shop/moved.py": "A = 1\n"})
    assert ("shop/old.py", "shop/new.py") in changes(repository.compare(base=base, head=head))
    (repository.root / ".git/objects" / lacking[:2] / lacking[2:]).unlink()
    compared = repository.compare(base=base, head=head)
    assert changes(compared) >= {("shop/old.py", None), (None, "shop/new.py"), ("shop/same.py", "shop/moved.py")}
    assert compared.base is not None
    assert "shop/old.py" in {fact.place.path for _, fact in compared.base.unread()}
    assert ("shop/same.py", "shop/moved.py") in changes(repository.compare(base=base))
