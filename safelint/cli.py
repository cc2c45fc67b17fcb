"""The command line: what was asked, what came of it, and what the exit code says.

0: nothing that fails. 1: findings that fail. 2: the job could not be done; the message says why and what to do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelint import __version__
from safelint.terminal import say, shows_colour, tell, width

if TYPE_CHECKING:
    from safelint.compare import Comparison
    from safelint.gate import Outcome, Wishes
    from safelint.reports import Result
    from safelint.rules import Rule

_SEVERITIES = ("error", "warning", "info")
_CONFIDENCES = ("high", "medium", "low")
_TABLES = ("logins", "all")
_FORMATS = sorted(path.stem for path in (Path(__file__).parent / "reports").glob("[!_]*.py"))


class _Commands(click.Group):
    """The commands, with the one way in which all of them end."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.exit(code if isinstance(code, int) else 0)
        except click.Abort:
            tell("stopped")
            sys.exit(130)
        except click.ClickException as error:
            if isinstance(error, click.UsageError) and error.ctx:
                click.echo(error.ctx.get_usage(), err=True)
            tell(f"error: {error.format_message()}")
        except Exception as error:  # noqa: BLE001 - an exit code of 1 would say that there are findings
            if _is_expected(error):
                tell(f"error: {error}")
            else:
                _confess(error)
        sys.exit(2)


def _is_expected(error: Exception) -> bool:
    """Whether an error is one that a person can do something about: its message says what."""
    from safelint.config import BadConfig
    from safelint.git import CannotCompare, GitFailed
    from safelint.rules import BadRule

    return isinstance(error, BadConfig | BadRule | CannotCompare | GitFailed | OSError)


def _confess(error: Exception) -> None:
    """Say where a mistake of our own happened, and nothing of the data: it could hold secrets."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    at = [f"  {frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames if "safelint" in frame.filename][-8:]
    tell(
        "\n".join(
            [f"error: a mistake in safelint {__version__} itself, and nothing was judged: {type(error).__name__}", *at, "please report it with these lines"]
        )
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Tell, before you merge, whether a deploy will log your users out."""


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--staged", is_flag=True, help="Judge what is staged for the next commit.")
@click.option("--base", metavar="REF", help="Judge the change since this commit.")
@click.option("--head", metavar="REF", help="Judge the change up to this commit, and not the work tree.")
@click.option("--all", "everything", is_flag=True, help="Judge the state as it is, and no change.")
@click.option("--stdin-filename", metavar="FILE", help="Judge what comes from standard input as this file: an editor's buffer.")
@click.option("--output-format", type=click.Choice(_FORMATS), default="full", show_default=True, help="How to print what was found.")
@click.option("--fail-on", type=click.Choice(_SEVERITIES), help="The least severity that fails.  [default: error]")
@click.option("--min-confidence", type=click.Choice(_CONFIDENCES), help="The least confidence that is shown.  [default: medium]")
@click.option("--select", metavar="NAMES", multiple=True, callback=_names, help="Only these rules: names, globs or causes, separated by commas.")
@click.option("--ignore", metavar="NAMES", multiple=True, callback=_names, help="Not these rules.")
@click.option("--tables", type=click.Choice(_TABLES), help="Judge migrations of the tables that logins depend on, or of all tables.  [default: logins]")
@click.option("--strict", is_flag=True, help="Fail, too, when something that could matter was not understood.")
@click.option("--check-downgrade", is_flag=True, help="Judge what only a migration's way back does like what the deploy does.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--fix", is_flag=True, help="Mend in the work tree what a machine can mend, and report the rest.")
@click.option("--diff", is_flag=True, help="Show what --fix would do, and write nothing.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("-v", "--verbose", is_flag=True, help="List what is suppressed, what was not understood, and what was done safely.")
def check(paths: tuple[str, ...], **asked: Any) -> None:
    """Judge a change: by default the work tree against where its branch left the default branch.

    Exits with 0 when nothing fails, with 1 when something does, and with 2 when the change could not be judged.
    """
    from safelint.gate import Wishes, judge
    from safelint.progress import shown

    comparison = _compared(paths, asked)
    wishes = Wishes(**{name: asked[name] for name in ("select", "ignore", "fail_on", "min_confidence", "strict", "tables", "check_downgrade")})
    with shown(comparison.head if asked["everything"] else None):
        outcome = judge(comparison.base, comparison.head, comparison.changed, wishes)
    _check_names(wishes, outcome)
    if asked["fix"] or asked["diff"]:
        outcome = _mended(outcome, comparison, wishes, asked)
    if not asked["diff"]:
        _report(outcome, comparison, asked)
    sys.exit(1 if outcome.failed and not asked["exit_zero"] else 0)


def _compared(paths: tuple[str, ...], asked: dict[str, Any]) -> Comparison:
    from safelint.compare import Request, compare

    buffer = None
    if asked["stdin_filename"]:
        if any(path != "-" for path in paths):
            raise click.UsageError("--stdin-filename judges one buffer: give - and no other path.")
        buffer = (asked["stdin_filename"], sys.stdin.buffer.read())
        paths = ()
    elif "-" in paths:
        raise click.UsageError("- is standard input: say with --stdin-filename which file it is.")
    request = Request(paths, asked["staged"], asked["base"], asked["head"], asked["everything"], buffer)
    return compare(request, os.environ)


def _mended(outcome: Outcome, comparison: Comparison, wishes: Wishes, asked: dict[str, Any]) -> Outcome:
    """Mend what can be mended, on disk or as a difference to look at; what is left of the findings."""
    from safelint.mending import differences, mend, told, write

    if asked["fix"] and (asked["head"] or asked["base"] or asked["staged"] or asked["stdin_filename"]):
        raise click.UsageError("--fix writes to the work tree: leave out --base, --head, --staged and --stdin-filename, or look with --diff.")
    mended = mend(comparison.base, comparison.head, comparison.changed, wishes, outcome)
    if asked["diff"]:
        say(differences(mended))
        tell(told(mended, "would mend"))
        return outcome
    left = write(mended, comparison.root)
    if left:
        tell(f"left alone, because they have changed meanwhile: {', '.join(left)}")
        return outcome
    tell(told(mended, "mended"))
    comparison.head = mended.head
    return mended.outcome


def _check_names(wishes: Wishes, outcome: Outcome) -> None:
    """A misspelt name must not be obeyed in silence, whether or not there was anything to judge."""
    if wishes.select or wishes.ignore:
        from safelint.gate import check_names
        from safelint.rules import load

        rules = outcome.rules or load()
        check_names(wishes.select, rules, "--select")
        check_names(wishes.ignore, rules, "--ignore")


def _report(outcome: Outcome, comparison: Comparison, asked: dict[str, Any]) -> None:
    from safelint.reports import Look, Result, render

    result = Result(
        findings=outcome.findings,
        suppressed=tuple((each.finding, each.suppression.reason) for each in outcome.silenced),
        safe_steps=tuple((each.place, each.what) for each in outcome.safe_steps),
        below_confidence=len(outcome.below_confidence),
        not_understood=outcome.not_understood,
        description=comparison.description,
        files=len(comparison.changed),
        whole=comparison.base is None,
        failed=outcome.failed,
        rules={rule.name: rule for rule in outcome.rules},
        text=_text_of(comparison),
    )
    look = Look(colour=shows_colour(sys.stdout, os.environ), width=width(), verbose=asked["verbose"], statistics=asked["statistics"])
    say(render(asked["output_format"], result, look))
    if asked["output_format"] == "github":
        _write_summary(result)


def _text_of(comparison: Comparison) -> Callable[[str, str], str | None]:
    def text(side: str, path: str) -> str | None:
        return comparison.base.text(path) if side == "base" and comparison.base else comparison.head.text(path)

    return text


def _write_summary(result: Result) -> None:
    """Add to the page of the workflow run, which GitHub names in a variable."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        from safelint.reports.github import summary_page

        with Path(path).open("a", encoding="utf-8") as page:
            page.write(summary_page(result))


def _rules_here() -> tuple[Rule, ...]:
    """The rules, with those of the project that somebody stands in."""
    from safelint import config
    from safelint.compare import Request, compare
    from safelint.git import CannotCompare, GitFailed
    from safelint.own_rules import Rules
    from safelint.rules import load

    try:
        head = compare(Request(everything=True), os.environ).head
    except (CannotCompare, GitFailed):
        return load()
    return tuple(Rules(head, config.read(head.text)))


@main.command()
@click.argument("name", required=False)
def rule(name: str | None) -> None:
    """Show the document of a rule, or without a name one line about each rule."""
    from safelint.manual import document, overview

    rules = _rules_here()
    colour = shows_colour(sys.stdout, os.environ)
    say(document(name, rules, colour, width()) if name else overview(rules, colour))


@main.command()
@click.argument("paths", nargs=-1, required=True)
def facts(paths: tuple[str, ...]) -> None:
    """Print what was understood of files, one fact a line, and what was not."""
    from safelint.compare import Request, compare
    from safelint.inventory import inventory

    comparison = compare(Request(paths, everything=True), os.environ)
    say("".join(f"{line}\n" for line in inventory(comparison.head)))


@main.command()
@click.argument("url")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False), help="The configuration that it should run with: say where the two differ.")
@click.option("--ask-password", is_flag=True, help="Ask for the password, when SAFELINT_STORE_PASSWORD is not set.")
@click.option("--output-format", type=click.Choice(_FORMATS), default="full", show_default=True, help="How to print what was found.")
def store(url: str, file: str | None, ask_password: bool, output_format: str) -> None:
    """Judge a running session store (redis://host:6379), which is only read: CONFIG GET, ACL LIST, INFO, COMMAND.

    Exits with 0 when nothing fails, with 1 when something does, and with 2 when the store could not be read.
    """
    from safelint.running import judged, report

    password = os.environ.get("SAFELINT_STORE_PASSWORD")
    if password is None and ask_password:
        password = click.prompt("Password of the store", hide_input=True, err=True)
    seen, outcome = judged(url, password)
    say(report(seen, outcome, Path(file).read_text(encoding="utf-8", errors="replace") if file else None, output_format))
    sys.exit(1 if outcome.failed else 0)


@main.group()
def init() -> None:
    """Print a file to begin with."""


@init.command("redis")
def init_redis() -> None:
    """Print a configuration of a session store that starts on every measured server, keeps sessions and can't be flushed by the application."""
    from safelint.running import HARDENED

    say(HARDENED)


@main.command()
@click.argument("refs", metavar="[REF] [OTHER]", nargs=-1)
def contract(refs: tuple[str, ...]) -> None:
    """Print what the sessions of people who are logged in depend on: in the work tree, at REF, or what differs between REF and OTHER."""
    from safelint.compare import Request, compare
    from safelint.contract import both, terms
    from safelint.contract_difference import shown_difference
    from safelint.contract_page import shown

    if len(refs) > 2:
        raise click.UsageError("one revision to describe, or two to compare")
    if not all(refs):
        raise click.UsageError("a revision is empty: does the variable hold anything that it comes from?")
    if len(refs) < 2:
        state = compare(Request(head=refs[0] if refs else None, everything=True), os.environ)
        say(shown(terms(state.head), state.description))
        return
    from safelint.gate import Wishes, judge

    comparison = compare(Request(base=refs[0], head=refs[1]), os.environ)
    if comparison.base is None:
        raise click.UsageError("these two can't be compared")
    outcome = judge(
        comparison.base,
        comparison.head,
        comparison.changed,
        Wishes(select=("keys", "cookies", "clock", "upgrades", "provider", "session-*", "sessions-*"), ignore=("migrations",)),
    )
    say(shown_difference(*both(comparison.base, comparison.head), outcome.findings, comparison.description))


@main.command()
def demo() -> None:
    """Show what safelint does, on the history of a small shop in a temporary folder."""
    from safelint.demo import show

    show()
