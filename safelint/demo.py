"""The demonstration: a small shop whose history has one way to log everybody out after the other, judged commit by commit."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

import click

from safelint.findings import IMPACTS, ROLLBACKS, SEVERITIES, Finding
from safelint.records import dataclass

_SECTION = re.compile(r"^## (?P<subject>.+?)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```\w+ (?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# Always the same author and time: the commits have the same names on every machine.
_AUTHOR = "The shop <shop@shop.test>"
_FIRST_SECOND = 1_700_000_000

_WHO = {
    "everyone": "everyone",
    "new-logins": "whoever logs in next",
    "some-users": "some users",
    "next-incident": "everyone, next time",
    "blind": "nobody would notice",
    "beyond-logins": "nobody",
}
_BACK = {"heals": "yes", "does-not-heal": "no", "login-loop": "no, they can't log in again"}


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the story, with the files that it writes."""

    subject: str
    files: tuple[tuple[str, str], ...]


def story() -> tuple[Commit, ...]:
    """The commits, oldest first."""
    text = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    return tuple(
        Commit(section["subject"], tuple((fence["path"], fence["text"]) for fence in _FENCE.finditer(section["body"]))) for section in _SECTION.finditer(text)
    )


def show() -> None:
    """Build the repository, judge every commit of it, and print what came out."""
    told = story()
    click.echo(f"safelint demo: a small shop and {len(told)} commits. Which of them logs its users out?\n")
    with tempfile.TemporaryDirectory(prefix="safelint-demo-") as folder:
        names = _build(Path(folder), told)
        judged = [(commit, _judge(Path(folder), name, parent)) for commit, name, parent in zip(told, names, [None, *names], strict=False)]
    for (commit, findings), name in zip(judged, names, strict=True):
        _show_commit(name, commit, findings)
    _show_table(judged)


def _build(folder: Path, told: tuple[Commit, ...]) -> list[str]:
    """Write the history into a bare repository. Gives the commits' names."""
    stream = []
    for number, commit in enumerate(told):
        stream += ["commit refs/heads/main", f"mark :{number + 1}", f"committer {_AUTHOR} {_FIRST_SECOND + number * 86400} +0000", _data(commit.subject)]
        for path, text in commit.files:
            stream += [f"M 100644 inline {path}", _data(text)]
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "--object-format=sha1")
    _git(folder, "fast-import", "--quiet", feed="\n".join([*stream, "done", ""]))
    return _git(folder, "rev-list", "--reverse", "main").split()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}"


def _environment() -> dict[str, str]:
    """The environment without what would lead git elsewhere: a hook's GIT_DIR, a user's own configuration."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**clean, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def _git(folder: Path, *arguments: str, feed: str = "") -> str:
    command = ["git", *arguments]
    try:
        return subprocess.run(command, cwd=folder, env=_environment(), input=feed, capture_output=True, text=True, encoding="utf-8", check=True).stdout  # noqa: S603
    except FileNotFoundError:
        raise click.ClickException("git is not installed, and the demonstration is a git repository: install it") from None
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"git {arguments[0]} failed: {error.stderr.strip()}") from None


def _judge(folder: Path, name: str, parent: str | None) -> tuple[Finding, ...]:
    """What `safelint check` says about one commit, without its notes (info) and what it hides by default (low confidence)."""
    from safelint.check import check
    from safelint.compare import Request, compare
    from safelint.rules import load

    compared = compare(Request(base=parent, head=name, directory=folder), _environment())
    found = check(compared.base, compared.head, compared.changed, load()).findings
    return tuple(finding for finding in found if finding.confidence != "low" and finding.severity != "info")


def _show_commit(name: str, commit: Commit, findings: tuple[Finding, ...]) -> None:
    click.echo(f"{click.style(name[:7], fg='yellow')}  {click.style(commit.subject, bold=True)}")
    for finding in findings:
        place = f"{finding.place.path}:{finding.place.line}"
        color = {"error": "red", "warning": "yellow", "info": "blue"}[finding.severity]
        click.echo(f"         {click.style(finding.severity, fg=color)}  {place}  {finding.rule}")
        # What comes after a semicolon is detail, for which there is `safelint check`.
        for line in textwrap.wrap(finding.message.partition("; ")[0], 79, break_long_words=False, break_on_hyphens=False):
            click.echo(f"           {line}")
    if not findings:
        click.echo(f"         {click.style('ok', fg='green')}")
    click.echo()


def _show_table(judged: list[tuple[Commit, tuple[Finding, ...]]]) -> None:
    rows = [("deploy", "who is logged out", "does a rollback bring them back?")]
    for commit, findings in judged:
        worst = min(findings, key=_badness, default=None)
        rows.append((commit.subject, _WHO[worst.impact], _BACK[worst.rollback]) if worst else (commit.subject, "nobody", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for number, row in enumerate(rows):
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            click.echo("  ".join("-" * width for width in widths))


def _badness(finding: Finding) -> tuple[int, int, int]:
    return (SEVERITIES.index(finding.severity), IMPACTS.index(finding.impact), -ROLLBACKS.index(finding.rollback))
