"""How readers are found, and which files concern them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint import readers as reading
from safelint.facts import Fact
from safelint.facts.store import FlushCalled
from safelint.readers import Reader, readers, readers_concerned, readers_of


def concerned(path: str, data: bytes | None) -> set[str]:
    return {reader.name for reader in readers_concerned(path, data)}


def test_a_name_and_a_word_make_a_reason() -> None:
    assert "python.store" in concerned("shop/a.py", b"r.FlushAll()")
    assert "python.store" not in concerned("shop/a.py", b"r.get()")
    assert "python.store" not in concerned("shop/a.js", b"r.flushall()")


def test_utf16_has_words_too() -> None:
    assert "python.store" in concerned("shop/a.py", "r.flushall()".encode("utf-16"))


def test_what_is_too_large_to_search_concerns_every_reader_of_its_name() -> None:
    assert "python.store" in concerned("shop/a.py", None)
    assert "python.store" not in concerned("shop/a.nothing", None)


def test_many_bytes_are_searched_as_few_are() -> None:
    reader = Reader("x", "", ("secret", "cookie", "a.b"), ())
    for size in (10, 10 << 20):
        words = reading._Words((reader,))
        assert words.any_in(b" " * size + b"a.b")
        assert not words.any_in(b" " * size + b"a-b")
        assert words.any_in(b"cookie")


@given(st.lists(st.text("ab.(", min_size=1, max_size=5), min_size=1, max_size=8), st.text("ab.(", max_size=30))
def test_the_search_for_many_words_finds_what_the_search_for_each_finds(words: list[str], text: str) -> None:
    found = reading._Words((Reader("x", "", tuple(words), ()),))
    found._searched = 10 << 20
    assert found.any_in(text.encode()) == any(word in text for word in words)


def test_a_reader_without_words_reads_all_of_its_kind() -> None:
    words = reading._Words((Reader("x", "", (), ()), Reader("y", "", ("cookie",), ())))
    assert words.any_in(b"")


def test_a_kind_is_found_by_itself_and_by_what_it_is_a_kind_of() -> None:
    assert "python.store" in {reader.name for reader in readers_of(FlushCalled)}
    assert set(readers_of(Fact)) == set(readers())


def test_what_is_written_down_is_what_was_discovered(kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers.cache_clear()
    discovered = readers()
    readers.cache_clear()
    monkeypatch.setattr(reading, "_discovered", lambda: pytest.fail("they were written down"))
    assert readers() == discovered
    readers.cache_clear()
