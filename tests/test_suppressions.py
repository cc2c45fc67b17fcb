"""Suppressions: where they may stand, what each silences, and which are no use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint import gate
from safelint.facts.suppressions import Suppression
from safelint.readers import Source
from safelint.readers.suppressions import read
from tests.judging import sides


def parsed(path: str, text: str) -> list[Suppression]:
    return [fact for fact in read(Source(path, text)) if isinstance(fact, Suppression)]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", "x = 1  # safelint: ignore[one-rule, other] the reason"),
        ("a.py", "x = '# no'  # noqa # safelint: ignore[one-rule,other] the reason"),
        ("m.sql", "SELECT 1; -- safelint: ignore[one-rule, other] the reason"),
        ("m.sql", "SELECT 1; /* safelint: ignore[one-rule, other] the reason */"),
        ("a.js", "f() // safelint: ignore[one-rule, other]: the reason"),
        ("s.ini", "a = 1 ; safelint: ignore[one-rule, other] - the reason"),
        ("a.yml", "a: 1 # safelint:ignore[one-rule, other] the reason"),
        ("t.j2", "x {# safelint: ignore[one-rule, other] the reason #} y"),
        ("t.xml", "<a/> <!-- safelint: ignore[one-rule, other] the reason -->"),
        (".env", "A=1 # safelint: ignore[one-rule, other] the reason"),
    ],
)
def test_every_comment_syntax(path: str, line: str) -> None:
    (found,) = parsed(path, line + "\n")
    assert (found.names, found.reason, found.until, found.problem) == (("one-rule", "other"), "the reason", None, "")
    assert (found.first, found.last) == (1, 1)


@pytest.mark.parametrize(
    ("said", "reason", "until", "problem"),
    [
        ("ignore[a] because; until=2030-01-31", "because", "2030-01-31", ""),
        ("ignore[a] until=2030-01-31 because", "because", "2030-01-31", ""),
        ("ignore[a] because (until=2030-01-31)", "because", "2030-01-31", ""),
        ("ignore[a]", "", None, ""),
        ("ignore", "", None, "it names no rule; write ignore[rule-name]"),
        ("ignore[]", "", None, "it names no rule; write ignore[rule-name]"),
        ("ignore because", "because", None, "it names no rule; write ignore[rule-name]"),
        ("ignore[*] all", "all", None, "'*' is no name of a rule"),
        ("ignore[a", "", None, "its ] is missing"),
        ("ignore[a] x until=2030-02-31", "x", "2030-02-31", "until=2030-02-31 is no date; write until=YYYY-MM-DD"),
        ("ignore[a] x until=tomorrow", "x", "tomorrow", "until=tomorrow is no date; write until=YYYY-MM-DD"),
        ("ignroe[a] x", "", None, "ignroe is no instruction; write ignore[rule-name] and a reason"),
    ],
)
def test_what_is_said(said: str, reason: str, until: str | None, problem: str) -> None:
    (found,) = parsed("a.sh", f"x # safelint: {said}\n")
    assert (found.reason, found.until, found.problem) == (reason, until, problem)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 's = "# safelint: ignore[a] in a text"\n'),
        ("a.py", '"""\n# safelint: ignore[a] in a text\n"""\n'),
        ("m.sql", "SELECT '-- safelint: ignore[a] in a text';\n"),
        ("a.py", "# safelint: see the documentation\n"),
        ("a.py", "# see safelint: it is good\n"),
    ],
)
def test_what_is_none(path: str, text: str) -> None:
    assert not parsed(path, text)


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("a.py", "# safelint: ignore[a] x\nf(\n    1,\n)\ng()\n", (1, 4)),
        ("a.py", "# safelint: ignore[a] x\n# more words\nf()\ng()\n", (1, 3)),
        ("a.py", "# safelint: ignore[a] x\n\nf()\n", (1, 1)),
        ("a.py", "f(\n    1,  # safelint: ignore[a] x\n    2,\n)\ng()\n", (1, 4)),
        ("a.py", "def f():  # safelint: ignore[a] x\n    g()\n", (1, 1)),
        ("a.py", "# safelint: ignore[a] x\ndef f(\n    a,\n):\n    g()\n", (1, 4)),
        ("a.py", "if x:\n    # safelint: ignore[a] x\n    f()\n    g()\n", (2, 3)),
        ("m.sql", "SELECT 1;\nDELETE\nFROM t -- safelint: ignore[a] x\nWHERE true;\nSELECT 2;\n", (2, 4)),
        ("m.sql", "-- safelint: ignore[a] x\nDELETE\nFROM t;\nSELECT 2;\n", (1, 3)),
        ("c.json", "// safelint: ignore[a] x\n{\n  1\n}\n2\n", (1, 4)),
        ("r.conf", "# safelint: ignore[a] x\nsave 1\nappendonly no\n", (1, 2)),
    ],
)
def test_one_statement_and_no_more(path: str, text: str, lines: tuple[int, int]) -> None:
    (found,) = parsed(path, text)
    assert (found.first, found.last) == lines


@given(st.text() | st.text(alphabet="# safelint:ignore[]a-,until=2030\n'\"*/"), st.sampled_from(["a.py", "m.sql", "x"]))
def test_any_text_is_read(text: str, path: str) -> None:
    for fact in read(Source(path, text + "\n# safelint: ignore[a] x\n" + text)):
        assert isinstance(fact, Suppression)
        assert 1 <= fact.first <= fact.place.line <= fact.last


HEAD = "import redis\n\nr = redis.Redis()\n"


def rules_found(base: dict[str, str] | None, head: dict[str, str]) -> list[tuple[str, int]]:
    return [(each.rule, each.place.line) for each in gate.judge(*sides(base, head)).findings]


def test_it_silences_its_statement_and_not_the_next() -> None:
    code = HEAD + "r.flushall()  # safelint: ignore[store-flushed-by-code] pages only\nr.flushdb()\n"
    assert rules_found({}, {"a.py": code}) == [("store-flushed-by-code", 5), ("finding-silenced", 4)]


def test_it_silences_the_rule_that_it_names_and_no_other() -> None:
    code = HEAD + "r.flushall()  # safelint: ignore[key-replaced-without-grace] pages only\n"
    assert rules_found({}, {"a.py": code}) == [("store-flushed-by-code", 4), ("suppression-unused", 4)]


def test_an_old_one_for_an_old_finding_is_in_use() -> None:
    code = HEAD + "r.flushall()  # safelint: ignore[store-flushed-by-code] pages only\n"
    assert rules_found({"a.py": code}, {"a.py": code + "x = 1\n"}) == []


def test_a_new_one_over_an_old_statement_may_be_for_an_earlier_change() -> None:
    assert rules_found({"a.py": HEAD}, {"a.py": HEAD.rstrip() + "  # safelint: ignore[key-replaced-without-grace] as agreed\n"}) == []


def test_an_unknown_one_that_the_base_has_is_not_this_changes_fault() -> None:
    code = HEAD + "x = 1  # safelint: ignore[no-such-rule] why\n"
    assert rules_found({"a.py": code}, {"a.py": code + "y = 1\n"}) == []
    assert rules_found(None, {"a.py": code}) == [("suppression-of-unknown-rule", 4)]


def test_a_reasonless_one_leaves_the_error() -> None:
    code = HEAD + "r.flushall()  # safelint: ignore[store-flushed-by-code]\n"
    assert rules_found({}, {"a.py": code}) == [("store-flushed-by-code", 4), ("suppression-without-reason", 4)]


def test_a_suppression_can_not_silence_what_is_said_about_suppressions() -> None:
    code = HEAD + "r.flushall()  # safelint: ignore[store-flushed-by-code, finding-silenced] pages only\n"
    assert ("finding-silenced", 4) in rules_found({}, {"a.py": code})
