"""Python that is newer than the running one, in the words of the older: each new form becomes an old one on the same lines.

`except A, B:` (3.14), `type X = ...` and type parameters (3.12), f-strings with anything in them (3.12) and t-strings (3.14). What a text
says to a reader stays the same; an f-string becomes the sum of its parts. Imported only for a file that does not parse: libcst costs
a quarter of a second.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar

import libcst

Definition = TypeVar("Definition", libcst.FunctionDef, libcst.ClassDef)
Handler = TypeVar("Handler", libcst.ExceptHandler, libcst.ExceptStarHandler)


def in_older_words(text: str) -> str | None:
    """The same module as Python 3.11 reads it; None for one that no Python that we know of reads."""
    try:
        return libcst.parse_module(text).visit(_Older()).code
    except (libcst.ParserSyntaxError, libcst.CSTValidationError, RecursionError):
        return None


class _Older(libcst.CSTTransformer):
    """Rewrites from the inside out."""

    def leave_ExceptHandler(self, original_node: libcst.ExceptHandler, updated_node: libcst.ExceptHandler) -> libcst.ExceptHandler:  # noqa: N802
        return _in_brackets(updated_node)

    def leave_ExceptStarHandler(  # noqa: N802
        self, original_node: libcst.ExceptStarHandler, updated_node: libcst.ExceptStarHandler
    ) -> libcst.ExceptStarHandler:
        return _in_brackets(updated_node)

    def leave_TypeAlias(self, original_node: libcst.TypeAlias, updated_node: libcst.TypeAlias) -> Any:  # noqa: N802
        before = _continued(updated_node.type_parameters) or libcst.SimpleWhitespace(" ")
        return libcst.Assign([libcst.AssignTarget(updated_node.name, whitespace_before_equal=before)], updated_node.value)

    def leave_FunctionDef(self, original_node: libcst.FunctionDef, updated_node: libcst.FunctionDef) -> libcst.FunctionDef:  # noqa: N802
        return _without_parameters(updated_node)

    def leave_ClassDef(self, original_node: libcst.ClassDef, updated_node: libcst.ClassDef) -> libcst.ClassDef:  # noqa: N802
        return _without_parameters(updated_node)

    def leave_FormattedString(  # noqa: N802
        self, original_node: libcst.FormattedString, updated_node: libcst.FormattedString
    ) -> libcst.BaseExpression:
        return updated_node if _is_read(updated_node) else _summed(updated_node, updated_node.start, updated_node.end, updated_node.parts)

    def leave_TemplatedString(  # noqa: N802
        self, original_node: libcst.TemplatedString, updated_node: libcst.TemplatedString
    ) -> libcst.BaseExpression:
        return _summed(updated_node, updated_node.start, updated_node.end, updated_node.parts)

    def visit_ConcatenatedString(self, node: libcst.ConcatenatedString) -> bool:  # noqa: N802
        return False  # libcst lets nothing but strings stand side by side, so that its parts are rewritten below

    def leave_ConcatenatedString(  # noqa: N802
        self, original_node: libcst.ConcatenatedString, updated_node: libcst.ConcatenatedString
    ) -> libcst.BaseExpression:
        left, right = _rewritten(original_node.left), _rewritten(original_node.right)
        if left == _code(original_node.left) and right == _code(original_node.right):
            return updated_node
        between = libcst.Module([]).code_for_node(original_node.whitespace_between)
        return _expression(f"({left} +{between or ' '}{right})", original_node)


def _rewritten(string: libcst.BaseExpression) -> str:
    # As a module of its own: a node that is visited may be replaced by anything.
    return libcst.Module([libcst.SimpleStatementLine([libcst.Expr(string)])]).visit(_Older()).code.rstrip("\n")


def _in_brackets(handler: Handler) -> Handler:
    kinds = handler.type
    if isinstance(kinds, libcst.Tuple) and not kinds.lpar:
        return handler.with_changes(type=kinds.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()]))
    return handler


def _without_parameters(definition: Definition) -> Definition:
    if definition.type_parameters is None:
        return definition
    after = _continued(definition.type_parameters) or libcst.SimpleWhitespace("")
    return definition.with_changes(type_parameters=None, whitespace_after_type_parameters=libcst.SimpleWhitespace(""), whitespace_after_name=after)


def _continued(gone: libcst.TypeParameters | None) -> libcst.SimpleWhitespace | None:
    """White space that goes over as many lines as what is left out."""
    lines = _code(gone).count("\n") if gone else 0
    return libcst.SimpleWhitespace(" " + "\\\n" * lines) if lines else None


def _is_read(string: libcst.FormattedString) -> bool:
    try:
        ast.parse(_code(string), mode="eval")
    except SyntaxError:
        return False
    return True


def _summed(string: libcst.BaseExpression, start: str, end: str, parts: Sequence[Any]) -> libcst.BaseExpression:
    """The sum of an f-string's parts, in brackets. How a part is formatted is nothing that a reader looks at."""
    prefix = start.rstrip("\"'").lower().replace("f", "").replace("t", "")
    texts = [f"{prefix}{end}{end}"]
    for part in parts:
        if isinstance(part, libcst.FormattedStringText | libcst.TemplatedStringText):
            texts.append(f"{prefix}{end}{part.value.replace('{{', '{').replace('}}', '}')}{end}")
        else:
            texts.append(f"({_code(part.expression)})")
    text = " + ".join(texts)
    missing = _code(string.with_changes(lpar=[], rpar=[])).count("\n") - text.count("\n")
    return _expression(f"({text}{chr(10) * max(missing, 0)})", string)


def _code(node: libcst.CSTNode) -> str:
    return libcst.Module([]).code_for_node(node)


def _expression(text: str, instead_of: libcst.BaseExpression) -> libcst.BaseExpression:
    """An expression in the brackets that another one stood in, which may go over lines."""
    made = libcst.parse_expression(text)
    return made.with_changes(lpar=[*instead_of.lpar, *made.lpar], rpar=[*made.rpar, *instead_of.rpar])
