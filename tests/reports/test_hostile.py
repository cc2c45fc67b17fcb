"""Whatever a repository is called and holds, no report breaks, and nothing reaches a terminal or a build server as a command."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from hypothesis import given

from safelint.reports import Look, Result, render
from safelint.reports.github import summary_page
from safelint.secrets import HIDDEN
from tests.reports.hostile import results

LOG_COMMAND = re.compile(r"##\w*\[")


@given(results())
def test_full_is_lines_that_obey_nobody(result: Result) -> None:
    shown = render("full", result, Look(verbose=True, statistics=True))
    for line in shown.split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::") or line.lstrip().startswith("::: "), line
        assert not LOG_COMMAND.search(line)


@given(results())
def test_colours_are_the_only_escapes(result: Result) -> None:
    shown = render("full", result, Look(colour=True, verbose=True, statistics=True))
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == render("full", result, Look(verbose=True, statistics=True))


@given(results())
def test_concise_has_one_line_for_each_finding(result: Result) -> None:
    lines = render("concise", result, Look(verbose=True)).split("\n")
    assert len(lines) == 1 + len(result.findings) + len(result.not_understood) + 2
    for line in lines:
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert not LOG_COMMAND.search(line)


@given(results())
def test_github_gives_its_own_commands_and_no_other(result: Result) -> None:
    lines = render("github", result, Look()).split("\n")
    assert len(lines) == 1 + len(result.findings) + 2
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert len(commands) == len(result.findings)
    for line in lines:
        assert line.isprintable()
        assert not LOG_COMMAND.search(line)
    for command, finding in zip(commands, result.findings, strict=True):
        found = re.fullmatch(r"::(error|warning|notice) ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::(.*)", command)
        assert found, command
        properties = dict(each.split("=", 1) for each in found[2].split(","))
        assert {"file", "line", "title", "endLine"} <= properties.keys() <= {"file", "line", "title", "endLine", "col", "endColumn"}
        assert properties["line"] == str(finding.place.line)


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


@given(results())
def test_the_summary_page_has_only_our_own_markup(result: Result) -> None:
    page = summary_page(result)
    tags = Tags()
    tags.feed(page)
    assert tags.found <= {"br", "code"}
    plain = re.sub(r"&#\d+;|</?(br|code)>|^### |^- \*\*(error|warning|info)\*\* ", "", page, flags=re.MULTILINE)
    assert not re.search(r"[^\w\s]", plain), plain


@given(results())
def test_json_is_json(result: Result) -> None:
    shown = render("json", result, Look())
    assert shown.isascii()
    report = json.loads(shown)
    assert len(report["findings"]) == len(result.findings)
    json.dumps(report, ensure_ascii=False).encode()


def test_a_secret_on_the_line_is_hidden_in_every_format() -> None:
    from safelint.findings import Finding
    from safelint.places import Place

    finding = Finding("signing-key-replaced", "error", "high", "everyone", "heals", "`SECRET_KEY` is another one now", Place("settings.py", 1, 1, 1, 27))
    result = Result(findings=(finding,), text=lambda side, path: 'SECRET_KEY = "hunter2-hunter2"')
    for name in ("full", "concise", "json", "sarif", "github"):
        assert "hunter2" not in render(name, result, Look())
    assert f'SECRET_KEY = "{HIDDEN}"' in render("full", result, Look())
