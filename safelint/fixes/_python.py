"""Python code mended through libcst, which keeps every comment and blank that it is not asked to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from safelint.fixes import Edit
from safelint.places import Place

if TYPE_CHECKING:
    import libcst


class Code:
    """A file's code, with the place of each node. Raises ValueError for code that libcst does not read."""

    def __init__(self, text: str) -> None:
        # Imported here: it takes a quarter of a second, and only a fix needs it.
        import libcst
        from libcst.metadata import MetadataWrapper, PositionProvider

        try:
            wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
        except (libcst.ParserSyntaxError, RecursionError) as error:
            raise ValueError(str(error)) from None
        self.text = text
        self.module = wrapper.module
        self._places: Any = wrapper.resolve(PositionProvider)
        self._parents: dict[libcst.CSTNode, libcst.CSTNode] = {}
        queue: list[libcst.CSTNode] = [self.module]
        while queue:
            node = queue.pop()
            for child in node.children:
                self._parents[child] = node
                queue.append(child)

    def call_at(self, place: Place) -> libcst.Call | None:
        """The call that stands exactly at a place."""
        import libcst

        wanted = (place.line, place.column - 1, place.end_line, place.end_column - 1)
        return next((node for node in self._parents if isinstance(node, libcst.Call) and self._span(node) == wanted), None)

    def innermost_at(self, place: Place) -> libcst.CSTNode | None:
        """The smallest statement around a place."""
        import libcst

        begin, end = (place.line, place.column - 1), (place.end_line, place.end_column - 1)
        around = [node for node in self._parents if isinstance(node, libcst.SimpleStatementLine) and self._holds(node, begin, end)]
        return around[-1] if around else None

    def above(self, node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """The nodes around a node, from the inside out."""
        while (node := self._parents.get(node, self.module)) is not self.module:
            yield node

    def with_changes(self, *changes: tuple[libcst.CSTNode, Callable[[Any], libcst.CSTNode | Sequence[libcst.CSTNode]]]) -> Edit:
        """The edit that puts something else in the place of some nodes."""
        import libcst

        wanted = {id(node): change for node, change in changes}

        class Changed(libcst.CSTTransformer):
            def on_leave(self, original_node: Any, updated_node: Any) -> Any:
                left = super().on_leave(original_node, updated_node)
                if (change := wanted.get(id(original_node))) is None:
                    return left
                new = change(left)
                return new if isinstance(new, libcst.CSTNode) else libcst.FlattenSentinel(new)

        return _difference(self.text, self.module.visit(Changed()).code)

    def _span(self, node: libcst.CSTNode) -> tuple[int, int, int, int]:
        found = self._places[node]
        return found.start.line, found.start.column, found.end.line, found.end.column

    def _holds(self, node: libcst.CSTNode, begin: tuple[int, int], end: tuple[int, int]) -> bool:
        line, column, end_line, end_column = self._span(node)
        return (line, column) <= begin and end <= (end_line, end_column)


def _difference(old: str, new: str) -> Edit:
    """One edit of whole lines that makes the new text of the old one."""
    before, after = old.split("\n"), new.split("\n")
    same = next((number for number, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(len(before), len(after)))
    room = min(len(before), len(after)) - same
    tail = next((number for number in range(room) if before[-1 - number] != after[-1 - number]), room)
    replaced, put = before[same : len(before) - tail], after[same : len(after) - tail]
    if not replaced:  # lines that come in between
        return Edit(same + 1, 1, same + 1, 1, "".join(f"{line}\n" for line in put))
    return Edit(same + 1, 1, same + len(replaced), len(replaced[-1]) + 1, "\n".join(put))


def with_keyword(call: libcst.Call, name: str, value: str) -> libcst.Call:
    """The call with one more argument, laid out like those it has."""
    import libcst

    equal = libcst.AssignEqual(libcst.SimpleWhitespace(""), libcst.SimpleWhitespace(""))
    added = libcst.Arg(keyword=libcst.Name(name), value=libcst.parse_expression(value), equal=equal)
    if not call.args:
        return call.with_changes(args=[added])
    *rest, last = call.args
    ends_with_comma = isinstance(last.comma, libcst.Comma)
    tail: Any = last.comma.whitespace_after if isinstance(last.comma, libcst.Comma) else last.whitespace_after_arg
    # A line of its own, where the arguments have lines of their own; a comment stays with the argument that it is behind.
    before: Any = rest[-1].comma.whitespace_after if rest and isinstance(rest[-1].comma, libcst.Comma) else call.whitespace_before_args
    between: Any = libcst.SimpleWhitespace(" ")
    if isinstance(before, libcst.ParenthesizedWhitespace):
        commented = isinstance(tail, libcst.ParenthesizedWhitespace) and tail.first_line.comment is not None
        between = libcst.ParenthesizedWhitespace(
            first_line=tail.first_line if commented else libcst.TrailingWhitespace(), indent=before.indent, last_line=before.last_line
        )
        if commented:
            tail = tail.with_changes(first_line=libcst.TrailingWhitespace())
    last = last.with_changes(comma=libcst.Comma(whitespace_after=between), whitespace_after_arg=libcst.SimpleWhitespace(""))
    ending = {"comma": libcst.Comma(whitespace_after=tail)} if ends_with_comma else {"whitespace_after_arg": tail}
    return call.with_changes(args=[*rest, last, added.with_changes(**ending)])


def parsed(code: str, like: Code) -> list[Any]:
    """New statements, indented as the file is."""
    import libcst

    return list(libcst.parse_module(code, config=like.module.config_for_parsing).body)
