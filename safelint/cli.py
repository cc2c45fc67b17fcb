"""The command line."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def main() -> None:
    """Tell, before you merge, whether a deploy will log your users out."""


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--staged", is_flag=True)
@click.option("--base")
@click.option("--head")
@click.option("--all", "everything", is_flag=True)
def check(paths: tuple[str, ...], staged: bool, base: str | None, head: str | None, everything: bool) -> None:
    """Judge a change."""
    from safelint.check import check as judge
    from safelint.compare import CannotCompare, Request, compare
    from safelint.rules import load

    try:
        compared = compare(Request(paths, staged, base, head, everything), os.environ)
        judged = judge(compared.base, compared.head, compared.changed, load())
    except CannotCompare as error:
        click.echo(f"safelint: {error}", err=True)
        sys.exit(2)
    for finding in judged.findings:
        click.echo(f"{finding.place.path}:{finding.place.line}:{finding.place.column}: {finding.severity} {finding.rule}: {finding.message}")
    for unclear in judged.not_understood:
        click.echo(f"{unclear.place.path}:{unclear.place.line}: not understood: {unclear.what}: {unclear.why}")
    click.echo(f"{len(judged.findings)} findings, {len(judged.not_understood)} not understood: {compared.description}, {len(compared.changed)} files")
    sys.exit(1 if any(finding.severity == "error" for finding in judged.findings) else 0)


@main.command()
def demo() -> None:
    """Show what safelint does, on the history of a small shop in a temporary folder."""
    from safelint.demo import show

    show()
