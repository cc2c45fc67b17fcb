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
    """Another one whenever the code that makes facts is another one."""
    package = Path(__file__).parent
    seen = [__version__, sys.version, *_seen((package, *_subfolders(package / name for name in _OUR_CODE)), ".py")]
    for parser in _PARSERS:
        # What importlib.util.find_spec would find, without the import of importlib.util.
        found = next((path for folder in sys.path if (path := Path(folder, parser, "__init__.py")).is_file()), None)
        if found is not None:
            seen.append(f"{parser} {_stamp(found.stat())}")
    return hashlib.blake2b("\n".join(seen).encode(), digest_size=16).digest()


def rules_version(documents: Path) -> str:
    """Another one whenever the rule documents in this folder are others, or the facts and hazards that they name."""
    package = Path(__file__).parent
    seen = (__version__, *_seen(_subfolders([documents]), ".md"), *_seen((package / "facts", package / "hazards"), ".py"))
    return hashlib.blake2b("\n".join(seen).encode(), digest_size=16).hexdigest()


def _seen(folders: Iterable[Path], suffix: str) -> Iterator[str]:
    """The sizes and times of files: they tell a change without a look into the files."""
    for folder in folders:
        for file in sorted(os.scandir(folder), key=lambda file: file.path):
            if file.name.endswith(suffix):
                yield f"{file.name} {_stamp(file.stat())}"


def _subfolders(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, _, _ in os.walk(folder):
            yield Path(root)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size} {status.st_mtime_ns}"
