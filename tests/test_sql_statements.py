"""Reading SQL statements: what they say, whatever they look like."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import Fact, NotUnderstood, decode, encode
from safelint.places import Place
from safelint.readers._sql import HOLE, read_sql


def read(text: str, **options: Any) -> list[Fact]:
    def place_of(start: int, end: int) -> Place:
        assert 0 <= start < end <= len(text)
        return Place("m.sql", text.count("\n", 0, start) + 1, 1, text.count("\n", 0, end) + 1, 1)

    return list(read_sql(text, place_of, **options))


def said(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and fields that are not their defaults, without what is about the text's form."""
    skipped = {"place", "statement", "direction", "origin", "position", "transactional", "dialect", "where"}
    return [
        (
            type(fact).__name__,
            {each.name: value for each in fields(fact) if each.name not in skipped and (value := getattr(fact, each.name)) not in ("", False, None, ())},
        )
        for fact in read(text)
    ]


_TEXT = """drop table sessions if exists cascade delete from where true truncate alter add column not null default now() ( ) , ; ' " ` $$ $x$ -- /* */ [ ] .
create unlogged index concurrently on using update set expires with as select merge into when matched then rename to begin end case do execute revoke all in
:: = 1 schema owned by rule instead nothing policy trigger for each row lock copy stdin \\. \\gexec delimiter // # \\ values union exists interval is or and
like %"""
_WORDS = st.sampled_from([*_TEXT.split(), "\ngo\n", "\n"])


@given(st.one_of(st.text(), st.lists(_WORDS, max_size=40).map(" ".join), st.lists(st.sampled_from([*"abc'\"`$-/*;()\\\n[]#:", HOLE])).map("".join)))
@settings(max_examples=1500, deadline=None)
def test_any_text_gives_facts_that_survive_the_cache(text: str) -> None:
    for fact in read(text):
        assert decode(encode(fact)) == fact
        assert isinstance(fact, NotUnderstood) or getattr(fact, "table", None) is not None
