"""What follows from our own code and is slow to work out, written down: beside the bytecode, else in the git directory.

It is of use only to the code that made it, so each piece is kept with what tells that code. Whatever keeps it from
being read or written, it is worked out again: same answer.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_folders: list[Path] = [] if sys.dont_write_bytecode else [Path(__file__).parent / "__pycache__"]


def also_in(folder: Path) -> None:
    """Where else something may be kept: in the git directory, when the package belongs to somebody else."""
    _folders[1:] = [folder]


def kept(name: str, version: str, read: Callable[[Any], T], make: Callable[[], T], write: Callable[[T], Any]) -> T:
    """What `make` gives, made once for each version; `read` and `write` turn it from and to JSON data, and `read` may raise what bad data makes it raise."""
    for folder in _folders:
        try:
            data = json.loads((folder / f"{name}.json").read_bytes())
            return read(data[version])
        except (OSError, ValueError, TypeError, KeyError):
            continue  # not there yet, or of other code
    made = make()
    text = json.dumps({version: write(made)})
    for folder in _folders:
        if _wrote(folder / f"{name}.json", text):
            break
    return made


def _wrote(path: Path, text: str) -> bool:
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError:
        return False
    return True
