"""YAML as nodes with places: no tag is obeyed, nothing is converted, every scalar stays the text that it is.

Composed here from PyYAML's events: its own composers are recursive, and the C one ends the process on a text of
100,000 brackets.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.records import dataclass, field

DEEPEST = 100
"""Levels of nesting. Nothing that a person wrote is deeper."""

_ACTION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_HOLE = "‥"
_BREAKS_OF_YAML_ONLY = re.compile("[\\x85\\u2028\\u2029]|\\r(?!\\n)")


@dataclass(slots=True, eq=False)
class Node:
    """One node. `kind` says which of `text`, `items`, `pairs` counts; `plain` is a scalar without quotes."""

    kind: str
    place: Place
    text: str = ""
    plain: bool = False
    block: bool = False
    tag: str | None = None
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def get(self, *keys: str) -> Node | None:
        """The value below these keys, one level each; the last where a key is repeated, and through `<<` merges."""
        node: Node | None = self
        for key in keys:
            node = node._own(key) if node is not None else None
        return node

    def _own(self, key: str) -> Node | None:
        # What a mapping says itself wins over what it merges, and of several merges the first.
        queue, seen = [self], {id(self)}
        while queue:
            node = queue.pop(0)
            values = [value for name, value in node.pairs if name.kind == "scalar" and name.text == key]
            if values:
                return values[-1]
            for name, value in node.pairs:
                if name.kind == "scalar" and name.text == "<<":
                    merged = [each for each in (value, *value.items) if id(each) not in seen]
                    seen.update(id(each) for each in merged)
                    queue.extend(merged)
        return None

    def settings(self) -> list[tuple[Node, Node]]:
        """The pairs of a mapping with those that it merges (`<<`): of each key the one that counts."""
        found: dict[str, tuple[Node, Node, Node]] = {}  # the mapping that says it, the key, the value
        queue, seen = [self], {id(self)}
        while queue:
            node = queue.pop(0)
            for name, value in node.pairs:
                if name.kind == "scalar" and name.text == "<<":
                    merged = [each for each in (value, *value.items) if id(each) not in seen]
                    seen.update(id(each) for each in merged)
                    queue.extend(merged)
                elif name.kind == "scalar" and found.get(name.text, (node,))[0] is node:
                    found[name.text] = (node, name, value)
        return [(name, value) for _, name, value in found.values()]

    @property
    def is_null(self) -> bool:
        """Whether this is no value at all."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def has_hole(self) -> bool:
        """Whether a template fills a part of this scalar in."""
        return _HOLE in self.text

    def walk(self) -> Iterator[Node]:
        """This node and every one below it, each once."""
        seen: set[int] = set()
        queue = [self]
        while queue:
            node = queue.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            queue.extend(reversed([*node.items, *(part for pair in node.pairs for part in pair)]))


@functools.lru_cache(maxsize=1)  # half a dozen readers ask for the same file one after the other; nobody changes what they get
def documents(source: Source) -> list[Node]:
    """The documents of a source; a template is read around its holes. Raises Unreadable."""
    try:
        return _composed(source.path, source.text)
    except Unreadable:
        if not _ACTION.search(source.text):
            raise
    return _composed(source.path, _without_actions(source.text))


def _without_actions(text: str) -> str:
    """The same text with every template action taken out, each other character at its place."""

    def blank(found: re.Match[str]) -> str:
        return "\n".join(_HOLE * len(line) for line in found[0].split("\n"))

    lines = _ACTION.sub(blank, text).split("\n")
    # A line that is all action is control flow (`{{- if … }}`), not a value.
    return "\n".join("" if _HOLE in line and not line.strip(f" -{_HOLE}") else line for line in lines)


def _composed(path: str, text: str) -> list[Node]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    spot = _spots(text)
    anchors: dict[str, Node] = {}
    roots: list[Node] = []
    stack: list[Node] = []
    keys: list[Node | None] = []  # for each mapping on the stack, the key that waits for its value

    def add(node: Node) -> None:
        if not stack:
            roots.append(node)
        elif stack[-1].kind == "sequence":
            stack[-1].items.append(node)
        elif (key := keys[-1]) is None:
            keys[-1] = node
        else:
            stack[-1].pairs.append((key, node))
            keys[-1] = None

    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                if event.anchor not in anchors:
                    raise Unreadable(f"not YAML: no anchor {event.anchor}", _place(path, event, spot).line)
                add(anchors[event.anchor])
            elif isinstance(event, yaml.ScalarEvent):
                node = Node("scalar", _place(path, event, spot), event.value, not event.style, event.style in ("|", ">"), event.tag)
                anchors.update({event.anchor: node} if event.anchor else {})
                add(node)
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                node = Node("sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping", _place(path, event, spot), tag=event.tag)
                anchors.update({event.anchor: node} if event.anchor else {})
                add(node)
                stack.append(node)
                keys.append(None)
                if len(stack) > DEEPEST:
                    raise Unreadable(f"nested deeper than {DEEPEST} levels", node.place.line)
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                done = stack.pop()
                keys.pop()
                start, end = done.place, _place(path, event, spot)
                done.place = Place(path, start.line, start.column, end.end_line, end.end_column)
            elif isinstance(event, yaml.DocumentStartEvent):
                anchors.clear()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(f"not YAML: {error.problem}", spot(mark)[0] if mark else 1) from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"not YAML: {type(error).__name__}") from None
    return roots


def _place(path: str, event: Any, spot: Callable[[Any], tuple[int, int]]) -> Place:
    return Place(path, *spot(event.start_mark), *spot(event.end_mark))


def _spots(text: str) -> Callable[[Any], tuple[int, int]]:
    """What tells line and column of a mark. YAML 1.1 also ends lines where git and an editor see none: such a text is counted anew."""
    if not _BREAKS_OF_YAML_ONLY.search(text):
        return lambda mark: (mark.line + 1, mark.column + 1)
    starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def spot(mark: Any) -> tuple[int, int]:
        line = bisect.bisect_right(starts, mark.index)
        return line, mark.index - starts[line - 1] + 1

    return spot
