"""Fixes: made only where they help, twice is once, and nothing else in the file moves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint import fixes, mending
from safelint.findings import Finding
from safelint.fixes import Edit, applied
from safelint.gate import Wishes, judge
from tests.judging import sides


class Renamer:
    """A fix for the tests: another method in place of the one that empties the store. What it puts there is up to the test."""

    RULES = ("store-flushed-by-code",)

    def __init__(self, text: str) -> None:
        self.text = text

    def edits(self, finding: Finding, text: str) -> Iterable[Edit]:
        line = text.split("\n")[finding.place.line - 1]
        column = line.index(".flush") + 1
        yield Edit(finding.place.line, column, finding.place.line, len(line) + 1, self.text)


CODE = "import redis\n\nr = redis.Redis()\nr.flushall()\nr.flushdb()\n"


def mended(code: str, text: str, monkeypatch: pytest.MonkeyPatch) -> mending.Mended:
    monkeypatch.setattr(fixes, "_modules", lambda: (Renamer(text),))
    base, head, changed = sides({}, {"shop/jobs.py": code})
    return mending.mend(base, head, changed, Wishes(), judge(base, head, changed))


def test_what_can_be_mended_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mended(CODE, ".ping()", monkeypatch)
    assert found.after == {"shop/jobs.py": b"import redis\n\nr = redis.Redis()\nr.ping()\nr.ping()\n"}
    assert [each.rule for each in found.gone] == ["store-flushed-by-code"] * 2
    assert not found.outcome.findings


def test_once_more_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    once = mended(CODE, ".ping()", monkeypatch).after["shop/jobs.py"].decode()
    assert mended(once, ".ping()", monkeypatch).after == {}


def test_an_edit_that_does_not_help_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mended(CODE, ".flushall()", monkeypatch)
    assert found.after == {}
    assert len(found.outcome.findings) == 2


def test_line_ends_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mended(CODE.replace("\n", "\r\n"), ".ping()", monkeypatch)
    assert found.after["shop/jobs.py"].decode() == CODE.replace(".flushall()", ".ping()").replace(".flushdb()", ".ping()").replace("\n", "\r\n")


def test_the_difference_shows_no_secret_and_applies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/jobs.py").write_text(CODE)
    shown = mending.differences(mended(CODE, ".ping()", monkeypatch))
    subprocess.run(["git", "apply"], cwd=tmp_path, input=shown.encode(), check=True)
    assert ".ping()\nr.ping()\n" in (tmp_path / "shop/jobs.py").read_text()
    secret = CODE.replace("r.flush", 'PASSWORD = "hunter2"\nr.flush', 1)
    assert "hunter2" not in mending.differences(mended(secret, ".ping()", monkeypatch))


def test_only_the_file_that_was_judged_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    file = tmp_path / "shop/jobs.py"
    file.write_text(CODE)
    file.chmod(0o754)
    found = mended(CODE, ".ping()", monkeypatch)
    assert mending.write(found, tmp_path) == []
    assert file.read_bytes() == found.after["shop/jobs.py"]
    assert file.stat().st_mode & 0o777 == 0o754
    assert mending.write(found, tmp_path) == ["shop/jobs.py"]


@given(st.text(alphabet="ab\n", max_size=30), st.data())
def test_groups_that_overlap_wait(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")

    def position() -> tuple[int, int]:
        line = data.draw(st.integers(1, len(lines)))
        return line, data.draw(st.integers(1, len(lines[line - 1]) + 1))

    groups = []
    for _ in range(data.draw(st.integers(0, 4))):
        start, end = sorted((position(), position()))
        groups.append((Edit(*start, *end, data.draw(st.text(alphabet="xy", max_size=3))),))
    new, made = applied(text, groups)
    alone = [group for group, done in zip(groups, made, strict=True) if done]
    assert applied(text, alone) == (new, [True] * len(alone))
    assert new.count("x") == sum(each.text.count("x") for group in alone for each in group)
