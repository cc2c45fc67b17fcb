"""The cache never changes an answer: what it keeps is right, and where it can't be used everything is read again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelint import cache as caching
from safelint import library as libraries
from safelint import version as versions
from safelint.cache import FactCache
from safelint.facts import Fact, decode, encode
from safelint.facts.store import FlushCalled
from safelint.files import MemoryFiles
from safelint.library import Key, Library, Row
from safelint.readers import Reader, readers_for
from safelint.secrets import fingerprint
from safelint.sources import Side
from tests.judging import RULES
from tests.repositories import Repository

FLUSH = "import redis\nr = redis.Redis()\nr.flushall()\n"
KEY: Key = ("a" * 40, "shop/a.py")
ROW: Row = {"python.store": None}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that a reader really read, in order."""
    seen: list[str] = []
    real = libraries.read_facts

    def counted(reader: Reader, path: str, data: bytes) -> tuple[Fact, ...]:
        seen.append(path)
        return real(reader, path, data)

    monkeypatch.setattr(libraries, "read_facts", counted)
    return seen


def flushes(side: Side, everywhere: bool = False) -> list[tuple[str, int]]:
    found = side.everywhere(FlushCalled) if everywhere else side.touched(FlushCalled)
    return [(fact.place.path, fact.place.line) for fact in found]


def test_what_was_read_once_is_not_read_again(tmp_path: Path, parsed: list[str]) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": FLUSH})
    for _ in range(2):
        assert flushes(repository.compare(everything=True).head) == [("a.py", 3)]
    assert parsed == ["a.py"]


def test_what_the_work_tree_held_is_known_after_the_commit(tmp_path: Path, parsed: list[str]) -> None:
    repository = Repository(tmp_path)
    repository.commit({"other.py": "x = 1\n"})
    repository.put("a.py", FLUSH)
    assert flushes(repository.compare().head) == [("a.py", 3)]
    repository.git("add", "a.py")
    assert flushes(repository.compare(staged=True).head) == [("a.py", 3)]
    repository.commit()
    assert flushes(repository.compare(base="HEAD^").head) == [("a.py", 3)]
    assert parsed == ["a.py"]


def test_the_same_content_elsewhere_is_read_there(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": FLUSH, "b/c.py": FLUSH})
    for _ in range(2):
        assert flushes(repository.compare(everything=True).head) == [("a.py", 3), ("b/c.py", 3)]


def test_many_files_are_looked_up_and_few_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": FLUSH, **{f"f{number}.py": f"x = {number}\n" for number in range(99)}})
    asked: list[str] = []
    real = libraries.searched

    def counted(path: str, data: bytes) -> Row:
        asked.append(path)
        return real(path, data)

    monkeypatch.setattr(libraries, "searched", counted)
    for _ in range(2):
        assert flushes(repository.compare(everything=True).head) == [("a.py", 3)]
    assert len(asked) == len(set(asked)) == 100


def test_a_commit_that_concerns_nobody_opens_no_database(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": "x = 1\n"})
    repository.commit({"a.py": "x = 2\n"})
    found = repository.compare(base="HEAD^")
    assert not found.head.is_concerned()
    assert not (tmp_path / ".git" / "safelint").exists()


def test_rows_go_in_and_come_out(tmp_path: Path) -> None:
    FactCache(tmp_path).put([(KEY, ROW), (("b" * 40, "b\udce9.py"), {})])
    cache = FactCache(tmp_path)
    assert cache.get([KEY, ("b" * 40, "b\udce9.py"), ("c" * 40, "c.py")]) == {KEY: ROW, ("b" * 40, "b\udce9.py"): {}}
    cache.put([(KEY, {})])
    assert FactCache(tmp_path).get([KEY]) == {KEY: {}}
    many = [(f"{number:040}", "a.py") for number in range(2000)]
    cache.put((key, ROW) for key in many)
    assert len(FactCache(tmp_path).get(many)) == 2000


def test_other_readers_find_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FactCache(tmp_path).put([(KEY, ROW)])
    monkeypatch.setattr(caching, "code_version", lambda: b"another")
    assert FactCache(tmp_path).get([KEY]) == {}
    monkeypatch.undo()
    assert FactCache(tmp_path).get([KEY]) == {KEY: ROW}


def test_the_version_follows_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("readers/python", "facts", "frameworks"):
        (tmp_path / name).mkdir(parents=True)
    files = [tmp_path / name for name in ("values.py", "secrets.py", "readers/python/keys.py", "facts/keys.py", "frameworks/flask.py")]
    for file in files:
        file.write_text("x = 1\n")
        os.utime(file, (1, 1))
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "__init__.py"))
    before = versions.code_version()
    assert versions.code_version() == before
    seen = {before}
    for file in files:
        file.write_text("x = 10\n")
        seen.add(versions.code_version())
    assert len(seen) == len(files) + 1


def test_stored_fingerprints_stay_comparable(tmp_path: Path) -> None:
    FactCache(tmp_path).get([])
    first = fingerprint("a secret")
    FactCache(tmp_path / "other").get([])
    assert fingerprint("a secret") != first
    FactCache(tmp_path).get([])
    assert fingerprint("a secret") == first


def test_the_file_is_its_owners(tmp_path: Path) -> None:
    FactCache(tmp_path).put([(KEY, ROW)])
    assert (tmp_path / "facts.sqlite3").stat().st_mode & 0o777 == 0o600


def broken(kind: str, file: Path) -> None:
    """Make the database unusable in one way or another."""
    if kind == "no database":
        file.write_bytes(b"not a database, but long enough to have a header of a hundred bytes" * 10)
    elif kind == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "no key":
        with sqlite3.connect(file) as database:
            database.execute("DELETE FROM secret")
    elif kind == "no table":
        with sqlite3.connect(file) as database:
            database.execute("DROP TABLE facts")
    elif kind == "a folder":
        file.unlink()
        file.mkdir()
    elif kind == "other rows":
        with sqlite3.connect(file) as database:
            database.execute("UPDATE facts SET data = CAST(replace(CAST(data AS TEXT), 'store', 'stare') AS BLOB)")
    elif kind == "other types":
        with sqlite3.connect(file) as database:
            database.execute("UPDATE facts SET data = 'text'")


@pytest.mark.parametrize("kind", ["no database", "cut", "empty", "no key", "no table", "a folder", "other rows", "other types"])
def test_a_broken_database_is_no_answer(tmp_path: Path, kind: str) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": FLUSH})
    assert flushes(repository.compare(everything=True).head) == [("a.py", 3)]
    broken(kind, tmp_path / ".git" / "safelint" / "facts.sqlite3")
    for _ in range(2):
        assert flushes(repository.compare(everything=True).head) == [("a.py", 3)]


def test_every_byte_of_the_file_may_be_wrong(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"a.py": FLUSH})
    repository.compare(everything=True).head.touched(FlushCalled)
    file = tmp_path / ".git" / "safelint" / "facts.sqlite3"
    whole = file.read_bytes()
    for place in range(0, len(whole), 997):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        assert flushes(repository.compare(everything=True).head) == [("a.py", 3)]


def test_a_locked_database_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_PATIENCE", 0)
    FactCache(tmp_path).put([(KEY, ROW)])
    other = sqlite3.connect(tmp_path / "facts.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache = FactCache(tmp_path)
    assert cache.get([KEY]) == {}
    cache.put([(KEY, {})])
    other.execute("ROLLBACK")
    assert FactCache(tmp_path).get([KEY]) == {KEY: ROW}


def test_a_directory_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr("safelint.cache.os.open", refused)
    cache = FactCache(tmp_path)
    assert cache.get([KEY]) == {}
    cache.put([(KEY, ROW)])


def test_growth_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "LARGEST", 100_000)
    for round_ in range(20):
        FactCache(tmp_path).put(((f"{round_:02}{number:038}", "a.py"), {"x": ["y" * 100]}) for number in range(200))
    assert (tmp_path / "facts.sqlite3").stat().st_size < 250_000
    newest = [(f"19{number:038}", "a.py") for number in range(200)]
    assert len(FactCache(tmp_path).get(newest)) == 200


def every_fact() -> Iterator[tuple[str, Fact]]:
    """Every fact that the examples of all rules have in them."""
    for rule in RULES:
        for example in rule.examples:
            for side in (example.base, example.head):
                library = Library()
                files = MemoryFiles({path: text.encode() for path, text in side.items()})
                wanted = {path: list(readers_for(path)) for path in side}
                library.concerned("head", files, list(side))
                for reader, facts in library.facts("head", files, wanted):
                    yield from ((reader.name, fact) for fact in facts)


def test_facts_survive_the_way_through_the_cache(tmp_path: Path) -> None:
    rows: list[tuple[Key, Row]] = []
    facts = list(every_fact())
    assert facts
    for number, (reader, fact) in enumerate(facts):
        rows.append(((f"{number:040}", "a"), {reader: encode((fact,))}))
    FactCache(tmp_path).put(rows)
    found = FactCache(tmp_path).get([key for key, _ in rows])
    for (key, _), (reader, fact) in zip(rows, facts, strict=True):
        (back,) = decode(found[key][reader])
        assert (back, back.place) == (fact, fact.place)


@pytest.mark.parametrize("data", [[{"": "os:system", "x": 1}], [{"": "safelint.facts:encode"}], [{"": "safelint.facts.store:FlushCalled"}], [{"": 3}], [7]])
def test_a_row_can_name_nothing_but_facts(tmp_path: Path, data: Any, parsed: list[str]) -> None:
    blob = MemoryFiles({"a.py": FLUSH.encode()})
    blob.blob = lambda path: "a" * 40  # type: ignore[method-assign]
    FactCache(tmp_path).put([(("a" * 40, "a.py"), {"python.store": data})])
    side = Side("head", blob, ("a.py",), Library(FactCache(tmp_path)))
    assert flushes(side) == [("a.py", 3)]
    assert parsed == ["a.py"]
