"""Which code made it: what is kept between runs is of use only to the code that made it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from safelint import __version__

# What makes a fact what it is: the modules beside this one, those in the folders, and the parsers below them.
_OUR_CODE = ("readers", "facts", "frameworks")
_PARSERS = ("libcst", "yaml")


def code_version() -> bytes:
    """Another one whenever the code that makes facts is another one: told by the sizes and times of its files, not by reading them."""
    package = Path(__file__).parent
    seen = [__version__, sys.version]
    for folder in (package, *_subfolders(package / name for name in _OUR_CODE)):
        seen.extend(f"{file.name} {_stamp(file.stat())}" for file in sorted(os.scandir(folder), key=lambda file: file.path) if file.name.endswith(".py"))
    for parser in _PARSERS:
        # What importlib.util.find_spec would find, without the import of importlib.util.
        found = next((path for folder in sys.path if (path := Path(folder, parser, "__init__.py")).is_file()), None)
        if found is not None:
            seen.append(f"{parser} {_stamp(found.stat())}")
    return hashlib.blake2b("\n".join(seen).encode(), digest_size=16).digest()


def _subfolders(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, _, _ in os.walk(folder):
            yield Path(root)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns}"
