"""Text that came from outside, as it may be printed: on one line, and with nothing in it that anybody would obey."""

from __future__ import annotations

import re

# What build servers take for a command of theirs, wherever it stands in a line of a log.
_LOG_COMMAND = re.compile(r"##(?=\w*\[)")


def printable(text: str) -> str:
    """The text on one line, with every character written out that a terminal, a log or a reader's eye could be led astray by."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else written_out(letter) for letter in text)
    return without_commands(text)


def without_commands(text: str) -> str:
    """The text, with a space in what a build server would take for a command."""
    return _LOG_COMMAND.sub("# #", text) if "##" in text else text


def written_out(letter: str) -> str:
    """A character that is not to be printed, by its number."""
    if letter == "\t":
        return "    "
    if letter == "\n":
        return " "
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
