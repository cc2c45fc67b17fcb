"""The readers of cookies, tokens and providers on whatever there is: facts, or Unreadable, and never another exception."""

from __future__ import annotations

import ast
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import decode, encode
from safelint.readers import Source, Unreadable
from safelint.readers.python import cookies, provider, tokens
from tests.judging import RULES, judge

READERS = (cookies, tokens, provider)
EXAMPLES = [example for rule in RULES if rule.cause in ("cookies", "clock", "provider") for example in rule.examples]
TEXTS = [text for example in EXAMPLES for path, text in example.head.items() if path.endswith(".py")]
STATEMENTS = sorted({statement for text in TEXTS for statement in (ast.unparse(each) for each in ast.parse(text).body)}) if TEXTS else []
PIECES = [
    "jwt", ".decode", "(", ")", "**", "*", "options", "=", "{", "}", "'leeway'", ":", "60", "\n", "    ", "def f(", "class A", "import jwt\n",
    "from jose import jwt\n", ".set_cookie(", "'sid'", ",", "domain=", "cache.get(token)", "try", "except", "return", "lambda", "await ",
    "requests.get(", "PyJWKClient(", "exp", "['exp']", "<", "time.time()", "\0", "é", "\\", "if ", "@", "self.", "cookies", "[", "]", ":=",
    "async ", "global x", "# jwt cookie jwks cache token",
]  # fmt: skip


def check(text: str) -> None:
    for reader in READERS:
        try:
            facts = list(reader.read(Source("shop/views.py", text)))
        except Unreadable:
            continue
        assert [decode(encode(fact)) for fact in facts] == facts


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_pieces(text: str) -> None:
    check(text)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text(text: str) -> None:
    check("# jwt cookie jwks\n" + text)


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_statements_of_the_examples_in_any_order_and_depth(statements: list[str], chance: random.Random) -> None:
    lines: list[str] = []
    for number, statement in enumerate(statements):
        if chance.random() < 0.4:
            lines += [f"def f{number}(token, **options):", *("    " + line for line in statement.split("\n"))]
        else:
            lines.append(statement)
    check("\n".join(lines))


@pytest.mark.parametrize("name", ["a", "payload", "cached"])
def test_names_that_stand_for_each_other_come_to_an_end(name: str) -> None:
    circle = f"{name} = b\n    b = {name}\n    "
    check(f"import jwt\n\n\ndef f(token):\n    {circle}if {name}['exp'] < b:\n        return jwt.decode({name}, **b)\n")
    check("import jwt\nx = {'exp': x}\nx['exp'] = x\nresponse.set_cookie(x, **x)\nx.update(x)\n")


def test_a_file_that_does_not_parse_does_not_take_its_cookies_away() -> None:
    """What can't be read at one side is compared with nothing."""
    text = 'def login(response):\n    response.set_cookie("session_id", "x", domain="example.com")\n'
    judged = judge({"shop/views.py": text}, {"shop/views.py": text.replace("def login", "def login(")})
    assert not judged.findings
    assert judged.not_understood
