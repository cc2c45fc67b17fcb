"""The README's first screen is what `safelint demo` prints. `make readme` writes it anew."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from safelint.cli import main

README = Path(__file__).parent.parent / "README.md"


def refreshed(text: str) -> str:
    """The README with what the demonstration prints today."""
    done = CliRunner().invoke(main, ["demo"], env={"NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    start, mark, rest = text.partition("```console\n$ safelint demo\n")
    _, end, below = rest.partition("```\n")
    assert mark
    assert end
    return start + mark + done.output + end + below


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
