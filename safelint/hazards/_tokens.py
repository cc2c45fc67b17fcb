"""Verifications of tokens that are at both sides of a change."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.clock import TokenVerified
from safelint.sources import Change


def verified_at_both(change: Change) -> Iterator[tuple[TokenVerified, TokenVerified]]:
    """The verifications that are at both sides: the same call in the same function of the same file, in order."""
    head: dict[tuple[str | None, str, str], list[TokenVerified]] = {}
    for fact in change.head.touched(TokenVerified):
        head.setdefault((fact.place.path, fact.function, fact.library), []).append(fact)
    base: dict[tuple[str | None, str, str], list[TokenVerified]] = {}
    for fact in change.base.touched(TokenVerified):
        base.setdefault((change.head_path(fact.place.path), fact.function, fact.library), []).append(fact)
    for key, before in base.items():
        after = head.get(key, [])
        if len(before) == len(after):
            yield from zip(before, after, strict=True)
