"""What goes to a terminal, a pipe or a log, and in which form."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import IO


def shows_colour(stream: IO[str], environment: Mapping[str, str]) -> bool:
    """Whether to write colours to a stream: what the usual variables ask for, else whether it is a terminal that has them."""
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") != "0":
            return True
    if environment.get("CLICOLOR") == "0" or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


def width() -> int:
    """How many columns a report may have: those of the terminal (COLUMNS says otherwise), but no more than are good to read."""
    # shutil knows this too, and takes as long to import as all of this module's callers.
    told = os.environ.get("COLUMNS", "")
    try:
        columns = int(told) if told.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 100
    return max(40, min(columns, 120))


def say(text: str) -> None:
    """Write to standard output. A reader that has heard enough (`| head`) is no failure."""
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes the stream at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """Write a message to standard error, with nothing in it that a terminal would obey."""
    lines = ["".join(letter if letter.isprintable() else " " for letter in line) for line in text.split("\n")]
    sys.stderr.write("safelint: " + "\n".join(lines) + "\n")
