"""Only the change is judged: what the base has is taken away, wherever its line or file went."""

from __future__ import annotations

from safelint.check import check
from safelint.facts import decode, encode
from safelint.facts.store import FlushCalled
from safelint.places import Place
from safelint.sources import ChangedFile
from safelint.values import Environment, Known, Listing, Mapping, Template, Unknown
from tests.judging import RULES, judge, sides

FLUSH = "import redis\n\nr = redis.Redis()\nr.flushall()\n"
OTHER = "import redis\n\nr = redis.Redis()\nr.get('a')\n"


def lines(base: dict[str, str] | None, head: dict[str, str]) -> list[tuple[str, int]]:
    return [(finding.place.path, finding.place.line) for finding in judge(base, head).findings if finding.rule == "store-flushed-by-code"]


def test_what_the_change_brings_is_found() -> None:
    assert lines({"a.py": OTHER}, {"a.py": FLUSH}) == [("a.py", 4)]


def test_what_was_there_is_not_its_fault() -> None:
    assert lines({"a.py": FLUSH}, {"a.py": "# a comment moves every line\n" + FLUSH}) == []


def test_what_moved_to_another_file_is_not_new() -> None:
    assert lines({"a.py": FLUSH}, {"b.py": FLUSH}) == []


def test_a_hazard_that_is_known_by_its_file_goes_with_it() -> None:
    values = "redis:\n  image:\n    repository: bitnami/redis\n    tag: 7.4.1\n  architecture: standalone\n  master:\n    persistence:\n      enabled: false\n"
    chart = (
        "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 20.0.0\n    repository: https://charts.bitnami.com/bitnami\n"
    )
    base, head = ({f"{folder}/shop/values.yaml": values, f"{folder}/shop/Chart.yaml": chart} for folder in ("chart", "helm"))
    base_side, head_side, _ = sides(base, head)
    moved = tuple(ChangedFile(f"chart/shop/{name}", f"helm/shop/{name}") for name in ("values.yaml", "Chart.yaml"))
    assert "store-data-not-kept" in [finding.rule for finding in judge(None, head).findings]
    assert check(base_side, head_side, moved, RULES).findings == ()


def test_of_two_equal_ones_the_changed_line_is_the_new_one() -> None:
    assert lines({"a.py": FLUSH}, {"a.py": FLUSH.replace("r.flushall()", "r.flushall()\nr.flushall()")}) == [("a.py", 5)]


def test_the_state_is_judged_without_a_base() -> None:
    assert lines(None, {"a.py": FLUSH}) == [("a.py", 4)]


def test_a_test_is_not_production() -> None:
    assert lines({}, {"tests/test_a.py": FLUSH}) == []


def test_a_head_that_does_not_parse_is_not_understood() -> None:
    judged = judge({"a.py": FLUSH}, {"a.py": FLUSH + "def"})
    assert judged.findings == ()
    assert [(fact.place.path, fact.place.line, fact.what) for fact in judged.not_understood] == [("a.py", 5, "the file")]


def test_facts_survive_json() -> None:
    target = Mapping(
        (
            (
                Known("a"),
                Listing((Environment("X", Known(None)), Template((Known("b"), Unknown("c"))))),
            ),
        )
    )
    fact = FlushCalled(place=Place("a.py", 1, 2, 3, 4), call="r.flushall()", via="redis", target=target)
    assert decode(encode(fact)) == fact
    assert decode(encode(fact)).place == fact.place
