"""YAML that a template makes: read document by document, around the lines that are no YAML before they are filled in."""

from __future__ import annotations

import itertools
import re

from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._yaml import Node, documents

# A document that needs more lines taken out than this is more template than YAML.
_MOST = 25
_OPEN = re.compile(r"\{\{|\}\}|\{%|%\}|<%|%>|‥")


def around_holes(source: Source) -> tuple[list[Node], list[tuple[Place, str]]]:
    """(every document that could be read, the place and the reason of each that could not). Raises Unreadable for a text without holes."""
    try:
        return documents(source), []
    except Unreadable:
        if not _OPEN.search(source.text):
            raise
    found: list[Node] = []
    failed: list[tuple[Place, str]] = []
    lines = source.text.split("\n")
    starts = [0, *(number for number, line in enumerate(lines) if re.match(r"---(\s|$)", line) and number), len(lines)]
    for first, end in itertools.pairwise(starts):
        nodes, why = _tolerant(source.path, lines[first:end])
        for node in nodes:
            _move(node, first)
        found += nodes
        if why:
            failed.append((Place(source.path, first + 1, 1, first + 1, len(lines[first]) + 1), why))
    return found, failed


def _tolerant(path: str, lines: list[str]) -> tuple[list[Node], str]:
    """The nodes of one document; what the parser stumbles over is taken out when a template has a part in it."""
    why = ""
    for _ in range(_MOST):
        try:
            # Not from those that are remembered: these are put elsewhere.
            return [node for node in documents.__wrapped__(Source(path, "\n".join(lines))) if not node.is_null], ""
        except Unreadable as error:
            why = error.why
            stumbled = min(error.line, len(lines)) - 1
            held = next((number for number in range(stumbled, -1, -1) if _OPEN.search(lines[number])), None)
            if held is None:
                break
            lines[held] = ""
    return [], why


def _move(root: Node, lines: int) -> None:
    """Put the places of a document where it stands in its file."""
    for node in root.walk():
        place = node.place
        node.place = Place(place.path, place.line + lines, place.column, place.end_line + lines, place.end_column)
