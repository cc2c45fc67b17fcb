"""Any bytes in, facts or `Unread` out, for every reader that there is: nothing that somebody commits ends a run."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelint.facts import Fact, decode, encode
from safelint.library import read_facts
from safelint.readers import Reader, readers, readers_for
from tests.judging import RULES

# Real texts: what the examples of all rules have in them, by the reader that they are for.
TEXTS: dict[str, list[tuple[str, str]]] = {reader.name: [] for reader in readers()}
for _rule in RULES:
    for _example in _rule.examples:
        for _path, _text in (*_example.base.items(), *_example.head.items()):
            for _reader in readers_for(_path):
                TEXTS[_reader.name].append((_path, _text))
PIECES = [
    *(
        "\n",
        "\r",
        "\t",
        " ",
        "    ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "{{",
        "}}",
        "'",
        '"',
        '"""',
        "\\",
        ";",
        ":",
        ",",
        "=",
        "#",
        "--",
        "/*",
        "*/",
        "$$",
        "%",
        "%s",
    ),
    *(
        "${",
        "<",
        ">",
        "&a",
        "*a",
        "!!x",
        "|",
        "-",
        "- ",
        "\0",
        "\ufeff",
        "é",
        "\ud800",
        "\U0001f600",
        "0",
        "-1",
        "1e999",
        "9" * 5000,
        "None",
        "null",
        "x" * 300,
    ),
]


def checked(reader: Reader, path: str, data: bytes) -> None:
    """The reader survives, and what it yields can be kept."""
    facts = read_facts(reader, path, data)
    assert all(isinstance(fact, Fact) for fact in facts)
    lines = data.count(b"\n") + data.count(b"\r") + data.count(b"\0") + 2
    for fact in facts:
        assert fact.place.path == path
        assert 1 <= fact.place.line <= lines
        assert fact.place.line <= fact.place.end_line
    again = decode(json.loads(json.dumps(encode(facts))))
    assert again == facts
    assert [fact.place for fact in again] == [fact.place for fact in facts]


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutated_texts(reader: Reader, data: st.DataObject) -> None:
    path, text = data.draw(st.sampled_from(TEXTS[reader.name] or [("a.txt", "")]))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 40)))
        put = data.draw(st.sampled_from([*PIECES, *(word for word in reader.triggers)]) | st.text(max_size=4))
        text = text[:start] + put * data.draw(st.sampled_from([1, 1, 1, 2, 200])) + text[stop:]
    checked(reader, path, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes(reader: Reader, data: st.DataObject) -> None:
    paths = sorted({path for path, _ in TEXTS[reader.name]}) or ["a.txt"]
    words = [word.encode() for word in reader.triggers] + [piece.encode("utf-8", "surrogatepass") for piece in PIECES]
    parts = data.draw(st.lists(st.sampled_from(words) | st.binary(max_size=6), max_size=20))
    checked(reader, data.draw(st.sampled_from(paths)), b"".join(parts))


@pytest.mark.parametrize("reader", readers(), ids=lambda reader: reader.name)
@pytest.mark.parametrize("nested", ["(", "[", "{", "{a: ", "- ", "-", "a.", "a(", "not ", "if x:\n ", "SELECT (", "*a ", '"', "<a>", "${", "x = ["])
def test_deeply_nested_texts(reader: Reader, nested: str) -> None:
    path = (TEXTS[reader.name] or [("a.txt", "")])[0][0]
    word = reader.triggers[0] if reader.triggers else ""
    for depth in (100, 3000):
        checked(reader, path, f"{word}\n{nested * depth}{word}".encode())
