"""The command line as a person, a hook and a build server meet it: real processes, real repositories."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import ENVIRONMENT, Repository

ROOT = Path(__file__).parent.parent
FLUSH = 'import redis\n\nr = redis.Redis(host="sessions")\nr.flushall()\n'


def run(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a folder."""
    command = [sys.executable, "-m", "safelint", *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **environment}, check=False)


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """A repository with one commit, and nothing wrong."""
    repository = Repository(tmp_path / "shop")
    repository.commit({"shop/app.py": "x = 1\n"})
    return repository


def test_nothing_wrong_is_zero(shop: Repository) -> None:
    done = run(shop.root, "check")
    assert done.returncode == 0
    first, *_, last = done.stdout.decode().splitlines()
    assert first == "Nothing in this change ends sessions."
    assert last.endswith(" · 0 files · no findings")
    assert not done.stderr


def test_a_finding_is_one_and_says_it_all(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH)
    done = run(shop.root, "check", COLUMNS="90")
    assert done.returncode == 1
    *shown, last = done.stdout.decode().splitlines()
    assert "\n".join(shown) == (
        "This change probably logs every user out; a rollback does not bring them back.\n"
        "\n"
        "error[store-flushed-by-code]: `r.flushall()` empties the store: every session kept in it\n"
        "  is gone\n"
        " --> shop/jobs.py:4:1\n"
        "  |\n"
        "4 | r.flushall()\n"
        "  | ^^^^^^^^^^^^\n"
        "  = impact: every user is logged out; a rollback does not bring them back\n"
        "  = instead: Delete the keys that belong to you by their prefix, with SCAN and UNLINK.\n"
        "  = more: safelint rule store-flushed-by-code\n"
    )
    assert last.startswith("Judged the work tree against HEAD ")
    assert last.endswith(" · 1 file · 1 error")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--exit-zero",), 0),
        (("--ignore", "store-flushed-by-code"), 0),
        (("--ignore", "store"), 0),
        (("--select", "clock,provider"), 0),
        (("--select", "store-*"), 1),
        (("--min-confidence", "high"), 0),
        (("--min-confidence", "low", "--fail-on", "info"), 1),
        (("shop/app.py",), 0),
        (("shop",), 1),
        (("--all",), 1),
        (("--base", "HEAD"), 0),
    ],
)
def test_what_is_asked_for_decides(shop: Repository, arguments: tuple[str, ...], code: int) -> None:
    shop.put("shop/jobs.py", FLUSH)
    assert run(shop.root, "check", *arguments).returncode == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("check", "--select", "store-flushd-by-code"),
            "safelint: error: --select: no rule is named 'store-flushd-by-code'; did you mean store-flushed-by-code?",
        ),
        (("check", "--base", "nowhere"), "safelint: error: no commit nowhere in this repository: fetch it, or name another one"),
        (("check", "nowhere.py"), "safelint: error: nowhere.py is no file or folder here: check the name"),
        (("check", "-"), "safelint: error: - is standard input: say with --stdin-filename which file it is."),
        (("check", "--stdin-filename", "a.py", "b.py"), "safelint: error: --stdin-filename judges one buffer: give - and no other path."),
        (
            ("check", "--output-format", "xml"),
            "safelint: error: Invalid value for '--output-format': 'xml' is not one of 'concise', 'full', 'github', 'json', 'sarif'.",
        ),
        (("rule", "store-flushd"), "safelint: error: there is no rule named 'store-flushd'; did you mean store-flushed-by-code?"),
        (("judge",), "safelint: error: No such command 'judge'."),
    ],
)
def test_what_can_not_be_done_is_two_and_says_the_remedy(shop: Repository, arguments: tuple[str, ...], message: str) -> None:
    done = run(shop.root, *arguments)
    assert done.returncode == 2
    assert not done.stdout
    assert done.stderr.decode().splitlines()[-1] == message


def test_a_misspelt_key_stops_the_run(shop: Repository) -> None:
    shop.put("pyproject.toml", '[project]\nname = "shop"\n\n[tool.safelint]\nignroe = ["store"]\n')
    done = run(shop.root, "check")
    assert (done.returncode, done.stderr.decode()) == (2, "safelint: error: pyproject.toml:5: unknown key 'ignroe'; did you mean ignore?\n")


def test_a_name_in_the_configuration_that_is_no_rule_stops_the_change_that_brings_it(shop: Repository) -> None:
    shop.put("safelint.toml", 'ignore = ["stor"]\n')
    done = run(shop.root, "check")
    assert (done.returncode, done.stderr.decode()) == (2, "safelint: error: safelint.toml: ignore: no rule is named 'stor'; did you mean store?\n")


def test_the_buffer_of_an_editor(shop: Repository) -> None:
    done = run(shop.root, "check", "--stdin-filename", "shop/app.py", "-", "--output-format", "concise", stdin=FLUSH.encode())
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[1].startswith("shop/app.py:4:1: error store-flushed-by-code ")


def test_json_is_what_is_documented(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH)
    done = run(shop.root, "check", "--output-format", "json")
    report = json.loads(done.stdout)
    assert set(report) == {"version", "summary", "findings"}
    assert report["summary"]["verdict"] == "This change probably logs every user out; a rollback does not bring them back."
    assert (report["summary"]["errors"], report["summary"]["failed"]) == (1, True)
    assert report["findings"] == [
        {
            "rule": "store-flushed-by-code",
            "severity": "error",
            "confidence": "medium",
            "impact": "everyone",
            "rollback": "does-not-heal",
            "message": "`r.flushall()` empties the store: every session kept in it is gone",
            "path": "shop/jobs.py",
            "line": 4,
            "column": 1,
            "end_line": 4,
            "end_column": 13,
            "side": "head",
            "related": [],
        }
    ]


def test_github_gets_annotations_and_a_page(shop: Repository, tmp_path: Path) -> None:
    shop.put("shop/jobs.py", FLUSH)
    page = tmp_path / "page.md"
    done = run(shop.root, "check", "--output-format", "github", GITHUB_STEP_SUMMARY=str(page))
    assert done.returncode == 1
    assert "\n::error file=shop/jobs.py,line=4,endLine=4,col=1,endColumn=13,title=safelint%3A store-flushed-by-code::" in done.stdout.decode()
    assert page.read_text().startswith("### This change probably logs every user out")


def test_strict_fails_on_what_was_not_understood(shop: Repository) -> None:
    shop.put("shop/jobs.py", "import redis\nr.flushall(\n")
    done = run(shop.root, "check")
    assert done.returncode == 0
    first, *_, last = done.stdout.decode().splitlines()
    assert first == "Nothing else in this change is known to end sessions, but 1 part was not understood."
    assert last.endswith(" · 1 not understood (-v lists them)")
    assert run(shop.root, "check", "--strict").returncode == 1
    assert "  shop/jobs.py:2:1: the file: not Python" in run(shop.root, "check", "-v").stdout.decode()


def test_statistics_count(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH + "r.flushdb()\n")
    assert "\n2  store-flushed-by-code (error)\n2 findings\n" in run(shop.root, "check", "--statistics").stdout.decode()


def test_a_pipe_that_is_closed_early_is_no_failure(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH + "r.flushall()\n" * 3000)
    command = [sys.executable, "-m", "safelint", "check"]
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=shop.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1


def coloured(folder: Path, **environment: str) -> bool:
    """Whether the command writes colours, with a terminal as its output."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "safelint", "check"]
    process = subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment})
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass  # how Linux says that the other end was closed
    process.wait()
    os.close(ours)
    return b"\x1b[" in seen


@pytest.mark.parametrize(
    ("environment", "on_a_terminal", "in_a_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR": "0"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colours(shop: Repository, environment: dict[str, str], on_a_terminal: bool, in_a_pipe: bool) -> None:
    assert coloured(shop.root, **environment) == on_a_terminal
    assert (b"\x1b[" in run(shop.root, "check", stdin=b"", **environment).stdout) == in_a_pipe


def test_facts_show_what_was_understood_and_no_secret(shop: Repository) -> None:
    shop.put("shop/settings.py", 'SECRET_KEY = "hunter2-hunter2"\nCACHE = "redis://:hunter2@cache/0"\n')
    shop.put("shop/jobs.py", FLUSH)
    shop.put("shop/broken.py", "SECRET_KEY = (\n")
    done = run(shop.root, "facts", "shop")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "hunter2" not in shown
    assert 'shop/jobs.py:4:1: FlushCalled call="r.flushall()" via="redis" target=redis.Redis(...)' in shown
    assert "shop/broken.py:1:1: not understood: the file: not Python" in shown
    assert 'shop/settings.py:1:1: SettingAssigned name="SECRET_KEY" value=a secret' in shown


def test_rules_are_listed_and_shown(shop: Repository) -> None:
    listed = run(shop.root, "rule").stdout.decode()
    assert "\nstore\n" in listed
    assert "store-flushed-by-code" in listed
    shown = run(shop.root, "rule", "store-flushed-by-code").stdout.decode()
    assert shown.startswith("Store flushed by code\nstore/store-flushed-by-code\nerror · every user is logged out")
    assert "r.flushall()  <- found" in shown


def test_a_mistake_of_ours_is_two_and_tells_no_data() -> None:
    breaks = "import sys, safelint.gate as gate\ndef bad(*a): raise ValueError('hunter2')\ngate.judge = bad\n"
    code = breaks + "from safelint.cli import main\nsys.argv = ['safelint', 'check', 'README.md', '--all']\nmain()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 2
    assert b"a mistake in safelint" in done.stderr
    assert b"ValueError" in done.stderr
    assert b"hunter2" not in done.stderr


def test_the_rules_of_the_project_are_listed_too(shop: Repository) -> None:
    rule = (ROOT / "rules/store/store-flushed-by-code.md").read_text().replace("# Store flushed by code", "# Ours")
    shop.put("ops/rules/store/our-rule.md", rule)
    shop.put("safelint.toml", 'rules = "ops/rules"\n')
    assert run(shop.root, "rule", "our-rule").stdout.decode().startswith("Ours\n")


def test_verbose_lists_what_is_suppressed(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH.rstrip() + "  # safelint: ignore[store-flushed-by-code] pages only\n")
    done = run(shop.root, "check", "-v")
    assert done.returncode == 0
    assert "  shop/jobs.py:4:1: store-flushed-by-code: `r.flushall()` empties the store: every session kept in it is gone (pages only)" in done.stdout.decode()


def test_fix_writes_and_diff_does_not(shop: Repository) -> None:
    shop.put("shop/jobs.py", FLUSH)
    done = run(shop.root, "check", "--diff")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"safelint: nothing here can be mended by a machine\n")
    assert run(shop.root, "check", "--fix").returncode == 1
    assert (shop.root / "shop/jobs.py").read_text() == FLUSH
    done = run(shop.root, "check", "--fix", "--base", "HEAD")
    assert done.returncode == 2
    assert b"--fix writes to the work tree" in done.stderr


def test_ctrl_c_is_no_finding(shop: Repository) -> None:
    code = "import safelint.gate as gate\ndef stop(*a): raise KeyboardInterrupt\ngate.judge = stop\nfrom safelint.cli import main\nmain(['check', '--all'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=shop.root, capture_output=True, check=False, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr) == (130, b"\nsafelint: stopped\n")


def test_a_long_reading_shows_a_sign_of_life_and_takes_it_away(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from safelint import progress
    from safelint.files import MemoryFiles
    from safelint.library import Library
    from safelint.sources import Side

    monkeypatch.setattr(progress, "_PATIENCE", -1.0)
    side = Side("head", MemoryFiles({"a.py": b"x"}), ("a.py",), Library())
    with progress.shown(side):
        list(side.files.read(["a.py"]))
    assert capsys.readouterr().err == ""  # nobody looks
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.shown(side):
        list(side.files.read(["a.py"]))
    shown = capsys.readouterr().err
    assert "safelint: 1 files read" in shown
    assert shown.endswith("\r\x1b[K")
