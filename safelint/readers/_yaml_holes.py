"""YAML that a template makes: read document by document, around the lines that are no YAML before they are filled in."""

from __future__ import annotations

import itertools
import re

from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._yaml import Node, documents

# A document that needs more lines taken out than this is more template than YAML; and so much text (in characters) is parsed for one file at most.
_MOST = 25
_BUDGET = 1_500_000
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
    budget = _BUDGET
    for first, end in itertools.pairwise(starts):
        nodes, why, spent = _tolerant(source.path, lines[first:end], budget)
        budget -= spent
        for node in nodes:
            _move(node, first)
        found += nodes
        if why:
            failed.append((Place(source.path, first + 1, 1, first + 1, len(lines[first]) + 1), why))
    return found, failed


def _tolerant(path: str, lines: list[str], budget: int) -> tuple[list[Node], str, int]:
    """(the nodes of one document, why there are none, the characters parsed); what the parser stumbles over is taken out when a template has a part in it."""
    why, spent = "too much of a template", 0
    for _ in range(_MOST):
        text = "\n".join(lines)
        spent += len(text)
        if spent > budget:
            break
        try:
            # Not from those that are remembered: these are put elsewhere.
            return [node for node in documents.__wrapped__(Source(path, text)) if not node.is_null], "", spent
        except Unreadable as error:
            why = error.why
            stumbled = min(error.line, len(lines)) - 1
            held = next((number for number in range(stumbled, -1, -1) if _OPEN.search(lines[number])), None)
            if held is None:
                break
            lines[held] = ""
    return [], why, spent


def _move(root: Node, lines: int) -> None:
    """Put the places of a document where it stands in its file."""
    for node in root.walk():
        place = node.place
        node.place = Place(place.path, place.line + lines, place.column, place.end_line + lines, place.end_column)
