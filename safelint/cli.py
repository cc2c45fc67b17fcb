"""The command line."""

from __future__ import annotations

import click


@click.group()
def main() -> None:
    """Tell, before you merge, whether a deploy will log your users out."""
