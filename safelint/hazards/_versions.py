"""Which version of a library a tree asks for."""

from __future__ import annotations

from safelint.facts.upgrades import PackagePinned
from safelint.sources import Side


def version_of(side: Side, distributions: tuple[str, ...]) -> str:
    """The version that the tree pins, the empty text where it pins none or several."""
    versions = {fact.version for fact in side.everywhere(PackagePinned) if fact.name in distributions and fact.version}
    return versions.pop() if len(versions) == 1 else ""
