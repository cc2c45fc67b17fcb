"""Records mean what dataclasses mean: each case runs on both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from types import ModuleType
from typing import Any, ClassVar

import pytest

from safelint import records
from safelint.places import Place
from safelint.records import dataclass

BOTH = pytest.mark.parametrize("kit", [records, dataclasses], ids=["ours", "standard"])


def classes(kit: Any) -> tuple[Any, Any]:
    """A class and one below it."""

    @kit.dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        place: int = kit.field(compare=False)
        hidden: int = kit.field(default=0, compare=False, repr=False)
        kind: ClassVar[str] = "x"

    @kit.dataclass(frozen=True, slots=True, kw_only=True)
    class Below(Base):
        name: str
        items: list[int] = kit.field(default_factory=list)
        note: str = "none"

    return Base, Below


@BOTH
def test_construction(kit: ModuleType) -> None:
    _, below = classes(kit)
    made = below(place=1, name="a")
    assert (made.place, made.name, made.items, made.note, made.kind) == (1, "a", [], "none", "x")
    assert below(place=1, name="b").items is not made.items
    for wrong in ({}, {"place": 1}, {"place": 1, "name": "a", "other": 2}):
        with pytest.raises(TypeError):
            below(**wrong)
    with pytest.raises(TypeError):
        below(1, "a")


@BOTH
def test_comparison(kit: ModuleType) -> None:
    base, below = classes(kit)
    assert below(place=1, name="a", items=()) == below(place=2, name="a", items=())
    assert below(place=1, name="a") != below(place=1, name="b")
    assert base(place=1) != below(place=1, name="a")
    assert base(place=1) == base(place=2)
    assert hash(below(place=1, name="a", items=())) == hash(below(place=2, name="a", items=()))


@BOTH
def test_nothing_changes(kit: ModuleType) -> None:
    _, below = classes(kit)
    made = below(place=1, name="a")
    with pytest.raises(AttributeError):
        made.name = "b"
    with pytest.raises(AttributeError):
        del made.name
    with pytest.raises((AttributeError, TypeError)):
        made.other = 1


@BOTH
def test_copies(kit: ModuleType) -> None:
    _, below = classes(kit)
    made = below(place=1, name="a")
    changed = kit.replace(made, name="b")
    assert (changed.place, changed.name, made.name) == (1, "b", "a")
    assert copy.copy(made) == made
    assert copy.deepcopy(made) == made
    with pytest.raises(TypeError):
        kit.replace(made, other=1)


@BOTH
def test_looking_inside(kit: ModuleType) -> None:
    base, below = classes(kit)
    assert [each.name for each in kit.fields(below)] == ["place", "hidden", "name", "items", "note"]
    assert [each.name for each in kit.fields(base(place=1))] == ["place", "hidden"]
    assert kit.is_dataclass(below)
    assert kit.is_dataclass(base(place=1))
    assert not kit.is_dataclass(3)
    assert repr(base(place=1)).endswith("Base(place=1)")
    with pytest.raises(TypeError):
        kit.fields(3)


@BOTH
def test_one_that_changes(kit: Any) -> None:
    @kit.dataclass(slots=True)
    class Open:
        a: int
        b: list[int] = kit.field(default_factory=list)

        def __post_init__(self) -> None:
            self.b.append(self.a)

    opened: Any = Open
    made = opened(1)
    made.a = 2
    assert (made.a, made.b) == (2, [1])
    assert made == opened(2, []) or made != opened(3)
    with pytest.raises(TypeError):
        hash(made)
    match made:
        case opened(a, b):
            assert (a, b) == (2, [1])


@BOTH
def test_one_that_is_only_itself(kit: Any) -> None:
    @kit.dataclass(slots=True, eq=False)
    class Itself:
        a: int

    itself: Any = Itself
    assert itself(1) != itself(1)
    assert len({itself(1), itself(1)}) == 2


@BOTH
def test_what_the_class_says_itself_stays(kit: Any) -> None:
    @kit.dataclass(frozen=True)
    class Own:
        a: int = 1

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

    own: Any = Own
    assert own.a == 1
    assert own(1) == 3
    assert repr(own()) == "own"
    assert isinstance(hash(own()), int)


@BOTH
def test_order(kit: Any) -> None:
    @kit.dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        a: int
        b: int = 0

    ordered: Any = Ordered
    assert sorted([ordered(2), ordered(1, 5), ordered(1)]) == [ordered(1), ordered(1, 5), ordered(2)]
    assert ordered(1) <= ordered(1)
    assert ordered(1) >= ordered(1)
    assert ordered(2) > ordered(1)
    with pytest.raises(TypeError):
        assert ordered(1) < 3


@dataclass(frozen=True, slots=True)
class Kept:
    """One that a pickle can find."""

    place: Place


def test_pickles() -> None:
    assert pickle.loads(pickle.dumps(Kept(Place("a.py", 3)))) == Kept(Place("a.py", 3))
