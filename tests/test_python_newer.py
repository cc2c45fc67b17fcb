"""Python that is newer than the oldest one that runs safelint says the same to every reader, on the same lines."""

from __future__ import annotations

import ast
import contextlib
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint.readers import Source, Unreadable
from safelint.readers.python import parse
from safelint.readers.python._newer import in_older_words
from safelint.values import text_of

FORMS = {
    "several exceptions": "try:\n    pass\nexcept A, B:\n    pass",
    "several exceptions of a group": "try:\n    pass\nexcept* A, B:\n    pass",
    "a type alias": "type Pair = tuple[int, int]",
    "a generic type alias": "type Pair[T] = tuple[T, T]",
    "a type alias over lines": "type Pair[\n    T,\n] = tuple[T, T]",
    "a generic function": "def f[T: int](x: T) -> T:\n    return x",
    "a generic function over lines": "def f[\n    T,  # a comment\n    *Ts,\n](x: T) -> T:\n    return x",
    "an async one": "async def f[**P](x): pass",
    "a generic class": "class A[T]:\n    pass",
    "a generic class with a base": "class A[T = int](B):\n    pass",
    "a generic class over lines": "class A[\n    T,\n]:\n    pass",
    "the same quotes": 'x = f"{a["b"]} and {c["d"]}"',
    "a backslash": "x = f\"{'\\n'.join(a)}\"",
    "lines and a comment": 'x = f"{\n    a  # why\n} more"',
    "nested": 'x = f"{f"{f"{1 + 1}"}"}"',
    "a format": 'x = f"{a["b"]!r:>{w["x"]}}"',
    "braces": 'x = f"{{{a["b"]}}}"',
    "raw": 'x = rf"\\d{a["b"]}"',
    "side by side": 'x = ("a" f"{a["b"]}" "c")',
    "side by side over lines": 'x = (\n    "a"\n    f"{a["b"]}"\n    "c"\n)',
    "three quotes": 'x = f"""\n{a["b"]}\n{"""x"""}\n"""',
    "a template": 'x = t"DELETE FROM {table}"',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_each_form_is_read_on_its_lines(form: str) -> None:
    older = in_older_words(f"before = 1\n{form}\nafter = 2\n")
    assert older is not None
    tree = ast.parse(older, feature_version=(3, 11))
    assert [node.lineno for node in (tree.body[0], tree.body[-1])] == [1, form.count("\n") + 3]
    if sys.version_info < (3, 12):
        with pytest.raises(SyntaxError):
            ast.parse(form)
    parse(Source("a.py", f"before = 1\n{form}\nafter = 2\n"))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ('x = f"{"a"}b{"c"}"', "abc"),
        ('x = f"{{{"a"}}}\\t"', "{a}\t"),
        ('x = rf"\\d{"a"}"', "\\da"),
        ('x = ("a" f"{"b"}" "c")', "abc"),
        ('x = f"{f"{"a"}"}"', "a"),
        ('x = f"""\n{"a"}\n"""', "\na\n"),
    ],
)
def test_the_text_is_the_same(form: str, text: str) -> None:
    module = parse(Source("a.py", form))
    (assigned,) = module.nodes(ast.Assign)
    assert text_of(module.value(assigned.value)) == text
    older = in_older_words(form)
    assert older is not None
    names: dict[str, str] = {}
    exec(older, names)
    assert names["x"] == text


def test_what_python_reads_stays_as_it_is() -> None:
    text = textwrap.dedent("""
        def f(x):
            try:
                return f"{x['a']} {x!r:>{10}}"  "and" 'more'
            except (A, B):
                pass
    """)
    assert in_older_words(text) == text


@pytest.mark.parametrize("text", ["print 'python 2'", "try:\n    pass\nexcept A, e:\n    print e", "type X =", 'f"{', "class A[:\n    pass"])
def test_what_is_no_python_is_said(text: str) -> None:
    with pytest.raises(Unreadable, match="not Python"):
        parse(Source("a.py", text))


@given(st.lists(st.sampled_from([*FORMS.values(), "f(", ")", "\\", "\0", "{", "}", '"', "'''", "    ", "\t", "x = 1", "if x:", "é", "\f", "\r"]), max_size=8))
def test_anything_is_read_or_said_to_be_unreadable(parts: list[str]) -> None:
    for glue in ("\n", ""):
        with contextlib.suppress(Unreadable):
            parse(Source("a.py", glue.join(parts)))
