"""What tests share: judge texts in memory as a change."""

from __future__ import annotations

from safelint.check import Judged, check
from safelint.files import MemoryFiles
from safelint.library import Library
from safelint.rules import Example, Rule, load
from safelint.sources import ChangedFile, Side

RULES = load()


def judge(base: dict[str, str] | None, head: dict[str, str], rules: tuple[Rule, ...] = RULES) -> Judged:
    """Judge a change from `base` to `head`, or with no base the state of `head`. Both map paths to texts."""
    return check(*sides(base, head), rules)


def sides(base: dict[str, str] | None, head: dict[str, str]) -> tuple[Side | None, Side, tuple[ChangedFile, ...]]:
    """Both sides of such a change, and what changed."""
    library = Library()
    before = base or {}
    changed = tuple(
        ChangedFile(path if path in before else None, path if path in head else None)
        for path in sorted({*before, *head})
        if before.get(path) != head.get(path) or base is None
    )

    def side(name: str, files: dict[str, str], paths: set[str | None]) -> Side:
        touched = frozenset(path for path in paths if path)
        return Side("base" if name == "base" else "head", MemoryFiles({path: text.encode() for path, text in files.items()}), touched, library)

    head_side = side("head", head, {each.head for each in changed})
    base_side = side("base", before, {each.base for each in changed}) if base is not None else None
    return base_side, head_side, changed


def example(rule: str, kind: str, title: str = "") -> Example:
    """One example of a rule, by the start of its title: the proofs run the very same texts."""
    found = [each for one in RULES if one.name == rule for each in one.examples if each.kind == kind and each.title.startswith(title)]
    assert len(found) == 1, f"{len(found)} examples of {rule} begin with “{kind}: {title}”: {[each.title for each in found]}"
    return found[0]
