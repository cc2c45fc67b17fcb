"""What a Python expression is, as far as its text can tell."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint.readers import Source, Unreadable
from safelint.readers.python import PythonModule, parse
from safelint.values import (
    Called,
    Duration,
    Environment,
    Known,
    Listing,
    Mapping,
    Reference,
    Template,
    Unknown,
    Value,
    describe,
)


def module(text: str, path: str = "shop/settings.py") -> PythonModule:
    return parse(Source(path, textwrap.dedent(text)))


def last(text: str) -> Value:
    """The value of the last expression of a module."""
    parsed = module(text)
    node = parsed.tree.body[-1]
    assert isinstance(node, ast.Expr)
    return parsed.value(node.value)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("'a' 'b'", Known("ab")),
        ("b'key'", Known("key")),
        ("'a' + 'b' * 1", Template((Known("a"), Unknown("arithmetic")))),
        ("f'{1}-{2!r:>3}'", Known("1-2")),
        ("'%s-%d%%' % ('a', 3)", Known("a-3%")),
        ("'%(x)s' % {'x': 'a'}", Known("a")),
        ("'{}-{name}'.format('a', name='b')", Known("a-b")),
        ("'-'.join(['a', 'b'])", Known("a-b")),
        ("'a,{}'.format(unknown)", Template((Known("a,"), Unknown("the name unknown")))),
        ("60 * 60 * 24", Known(86400)),
        ("7 / 2", Known(3.5)),
        ("-5", Known(-5)),
        ("10 ** 100", Unknown("arithmetic")),
        ("[1, *[2, 3]]", Listing((Known(1), Known(2), Known(3)))),
        ("['old'] + ['new']", Listing((Known("old"), Known("new")))),
        ("{'a': 1, **x}", Mapping(((Known("a"), Known(1)), (Unknown("a spread"), Unknown("the name x"))))),
        ("dict(a=1)['a']", Known(1)),
        ("[1, 2][-1]", Known(2)),
        ("'x'.encode()", Known("x")),
        ("' x '.strip()", Known("x")),
        ("1 if y else 1", Known(1)),
        ("1 if y else 2", Unknown("one of two values")),
        ("import os\nos.environ['K']", Environment("K")),
        ("import os\nos.environ.get('K')", Environment("K", Known(None))),
        ("from os import getenv\ngetenv('K', 'd')", Environment("K", Known("d"))),
        ("import os\nos.environ.get('K') or 'd'", Environment("K", Known("d"))),
        ("env('K', default='d')", Environment("K", Known("d"))),
        ("env.bool('K', default=True)", Environment("K", Known(True))),
        ("config('K')", Environment("K")),
        ("import os\nos.environ['K'].strip()", Called("str.strip", (Environment("K"),))),
        ("import datetime as dt\ndt.timedelta(days=1, hours=1)", Duration(90000)),
        ("from datetime import timedelta\n2 * timedelta(minutes=5)", Duration(600)),
        (
            "from datetime import timedelta\ntimedelta(days=n)",
            Called("datetime.timedelta", (Mapping(((Known("days"), Unknown("the name n")),)),)),
        ),
        ("import os\nos.urandom(32)", Called("os.urandom", (Known(32),))),
        ("from django.conf import settings\nsettings.SECRET_KEY", Reference("django.conf.settings.SECRET_KEY")),
        ("app.config['SECRET_KEY']", Reference("app.config.SECRET_KEY")),
        ("from .base import KEY\nKEY", Reference("shop.base.KEY")),
        ("from sqlalchemy import text\ntext('DROP TABLE a')", Known("DROP TABLE a")),
        ("T = 'sessions'\nf'DROP TABLE {T}'", Known("DROP TABLE sessions")),
        ("T = 'a'\nT = 'b'\nT", Unknown("set more than once")),
        ("T = 'a'\nT += 'b'\nT", Unknown("set more than once")),
        ("T = T + 'a'\nT", Template((Unknown("set from itself"), Known("a")))),
        ("a, b = 'x', 'y'\nb", Known("y")),
        ("class C:\n    T = 'sessions'\nC.T", Known("sessions")),
        ("for t in ['a', 'b']:\n    pass\nt", Unknown("not a plain assignment")),
    ],
)
def test_value(code: str, value: Value) -> None:
    assert last(code) == value


def test_names_are_seen_from_their_scope() -> None:
    parsed = module(
        """
        KEY = "module"
        class Ring:
            key = "class"
            def __init__(self):
                self.grace = 7
            def use(self, argument):
                KEY
                self.key
                self.grace
                argument
        """
    )
    values = [parsed.value(node.value) for node in parsed.nodes(ast.Expr)]
    assert values == [Known("module"), Known("class"), Known(7), Unknown("not a plain assignment")]


def test_places_count_characters_not_bytes() -> None:
    parsed = module("'ä', jwt\n")
    (name,) = parsed.nodes(ast.Name)
    place = parsed.place(name)
    assert (place.line, place.column, place.end_line, place.end_column) == (1, 6, 1, 9)


def test_imports_are_resolved() -> None:
    parsed = module("import jwt as j\nfrom jwt import decode as d\nimport os.path\nj.decode\nd\nos.path.join\n")
    assert [parsed.qualified(node.value) for node in parsed.nodes(ast.Expr)] == ["jwt.decode", "jwt.decode", "os.path.join"]


@pytest.mark.parametrize("text", ["def", "x = (", "(" * 300 + ")" * 300, "\0", "a = '''"])
def test_what_is_no_python_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        module(text)


@given(st.text(alphabet="ab=+*%'\"{}[]()., \n:", max_size=80))
def test_any_text_gives_values_or_is_unreadable(text: str) -> None:
    try:
        parsed = parse(Source("a.py", text))
    except Unreadable:
        return
    for node in parsed.nodes(ast.BinOp, ast.Call, ast.Name, ast.JoinedStr, ast.Dict, ast.List):
        assert describe(parsed.value(node)) is not None
