"""The demonstration is the real pipeline on a real repository, the same on every machine."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from safelint.cli import main
from safelint.demo import story
from tests.readme import README, refreshed


def shown() -> str:
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_harmless_commits_are_silent() -> None:
    table = shown().rsplit("---", 1)[1].strip().split("\n")
    assert len(table) == len(story())
    assert table[0].endswith("nobody")
    assert table[-1].endswith("nobody")


def test_it_does_not_depend_on_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown()
    monkeypatch.setenv("GIT_DIR", "nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD^")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert shown() == before


def test_no_secret_of_the_story_is_shown() -> None:
    text = shown()
    secrets = {part for commit in story() for _, file in commit.files for part in file.split('"') if len(part) == 32}
    assert secrets
    assert not any(secret in text for secret in secrets)


def test_the_readme_shows_what_it_prints() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == refreshed(text), "run `make readme`"
