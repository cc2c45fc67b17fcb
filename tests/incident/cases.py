"""The cases: one Markdown file each, with what stands wrong in it, the files before and after, and what is found where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

_CASE = re.compile(r"\A---\n(?P<front>.*?)\n---\n# (?P<title>.*?)\n\n## Broken\n(?P<broken>.*?)\n## Corrected.*?\n(?P<corrected>.*)\Z", re.DOTALL)
_FENCE = re.compile(r"^```\w+ (?P<side>base|head|both)/(?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of both sides."""

    base: dict[str, str]
    head: dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One broken piece and its corrected form. `finds` are `rule@path:line` at the head; `rows` the lines of the incident that it stands for."""

    name: str
    rows: frozenset[str]
    finds: frozenset[str]
    broken: Files
    corrected: Files


def _files(body: str) -> Files:
    files = Files({}, {})
    for fence in _FENCE.finditer(body):
        for name, side in (("base", files.base), ("head", files.head)):
            if fence["side"] in (name, "both"):
                side[fence["path"]] = fence["text"]
    return files


def load() -> tuple[Case, ...]:
    """Every case, by name."""
    cases = []
    for path in sorted(Path(__file__).parent.glob("*.md")):
        found = _CASE.match(path.read_text())
        assert found, f"{path.name} is not a case"
        front = yaml.safe_load(found["front"])
        rows = frozenset(row.strip() for row in front["row"].split(","))
        cases.append(Case(path.stem, rows, frozenset(front["finds"]), _files(found["broken"]), _files(found["corrected"])))
    return tuple(cases)
