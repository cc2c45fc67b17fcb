"""Sets of keys: what becomes of tokens that name no key. Measured on joserfc 1.8 and Authlib 1.9.

joserfc looks a token without `kid` up in a set of one key, and in no larger one; a key that signs alone never writes its name into the header.
Authlib does the same with a set that it imports, unless the key has a name; in one that is put together it takes the first key. Both sign with
any key of a set where the header names none.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.keys import KeySetMade, NamedKeyUsed
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.places import Related
from safelint.records import dataclass
from safelint.sources import Change, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySetOutgrewTokens(Hazard):
    """A set gets a second key, and the tokens that are out name none."""

    library: str
    name: str
    keys: int
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyKeySigns(Hazard):
    """A token is signed by a set of several keys, and the header names none: the library draws one."""

    library: str
    name: str
    function: str


def of_state(side: Side) -> Iterator[AnyKeySigns]:
    """Every call that signs by a set of several keys."""
    signing = [fact for fact in side.touched(NamedKeyUsed) if fact.signs and not fact.kid]
    several = {(fact.library, fact.name): fact for fact in side.touched(KeySetMade) if fact.keys > 1}
    if not signing and not several:
        return
    # The set and what signs by it may stand in two files.
    several |= {(fact.library, fact.name): fact for fact in side.everywhere(KeySetMade) if fact.keys > 1}
    for fact in side.everywhere(NamedKeyUsed):
        made = several.get((fact.library, fact.key))
        if made is not None and fact.signs and not fact.kid and any(path in side.touched_paths for path in (fact.place.path, made.place.path)):
            yield AnyKeySigns(
                place=fact.place if fact.place.path in side.touched_paths else made.place, library=fact.library, name=fact.key, function=fact.function
            )


def of_change(change: Change) -> Iterator[KeySetOutgrewTokens]:
    """Every set that had one key and has more."""
    heads = {(fact.place.path, fact.library, fact.name): fact for fact in change.head.touched(KeySetMade)}
    for before in change.base.touched(KeySetMade):
        after = heads.get((change.head_path(before.place.path) or "", before.library, before.name))
        if before.keys != 1 or after is None or after.keys < 2:
            continue
        used = change.base.everywhere(NamedKeyUsed)
        signing = [fact for fact in used if fact.library == before.library and fact.signs and not fact.kid and fact.key != before.name]
        verifying = any(fact.library == before.library and not fact.signs and fact.key == before.name for fact in used)
        if signing and verifying and _refuses(before, after):
            yield KeySetOutgrewTokens(
                place=after.place, library=after.library, name=after.name, keys=after.keys, confidence="high" if after.library == "joserfc" else "medium",
                related=(Related(signing[0].place, "tokens are signed here, and name no key", "base"),),
            )  # fmt: skip


def _refuses(before: KeySetMade, after: KeySetMade) -> bool:
    if before.library == "joserfc":
        return True
    # In a set that is put together Authlib takes the first key for a token without a name.
    return before.unnamed or bool(before.first and after.first and before.first != after.first)
