"""What is worked out from our own code is written down once, and whatever becomes of it changes no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safelint.kept import kept


def numbers(version: str = "1", fresh: tuple[int, ...] = (1, 2)) -> tuple[int, ...]:
    def read(data: Any) -> tuple[int, ...]:
        return tuple(number + 0 for number in data)

    return kept("numbers", version, read, lambda: fresh, list)


def test_it_is_made_once_for_each_version(kept_in: Path) -> None:
    assert numbers() == (1, 2)
    assert numbers(fresh=(3,)) == (1, 2)
    assert numbers("2", fresh=(3,)) == (3,)
    assert numbers("2", fresh=(4,)) == (3,)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"2": [5]}', '{"1": 3}', '{"1": ["a"]}', '{"1": {"a": 1}}', "\0"])
def test_what_is_no_data_of_ours_is_made_again(kept_in: Path, text: str) -> None:
    numbers()
    (kept_in / "numbers.json").write_text(text)
    assert numbers(fresh=(7,)) == (7,)
    assert numbers(fresh=(8,)) == (7,)


def test_a_folder_that_may_not_be_written(kept_in: Path) -> None:
    kept_in.write_text("a file where the folder should be")
    assert numbers() == (1, 2)
    assert numbers(fresh=(3,)) == (3,)
