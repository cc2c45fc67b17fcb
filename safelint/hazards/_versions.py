"""Which version of a library a tree asks for."""

from __future__ import annotations

import re

from safelint.facts.upgrades import PackagePinned
from safelint.sources import Side


def version_of(side: Side, distributions: tuple[str, ...]) -> str:
    """The version that the tree pins, the empty text where it pins none or several."""
    versions = {fact.version for fact in side.everywhere(PackagePinned) if fact.name in distributions and fact.version}
    return versions.pop() if len(versions) == 1 else ""


def numbers(version: str) -> tuple[int, ...]:
    """A version as it is compared: its first three numbers. What comes before a release counts as the release."""
    found = [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", version, maxsplit=1)[0])[:3]]
    return tuple([*found, 0, 0, 0][:3])


def is_older(version: str, than: str) -> bool:
    """Whether one version comes before another."""
    return numbers(version) < numbers(than)
