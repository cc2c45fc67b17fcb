"""Clients that a changed configuration of the store no longer lets in: the sessions are all there, and nobody can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.findings import Confidence, Impact
from safelint.hazards import Hazard
from safelint.hazards._configurations import Store, changed_stores, where
from safelint.hazards.store_config import confidence_of
from safelint.places import Place, Related, SideName
from safelint.records import dataclass
from safelint.redis.acl import Access, User, digest
from safelint.redis.configuration import NOT_TOLD
from safelint.sources import Change

# Users of people and of tools, by their names: no session hangs on them.
_NOT_THE_APPLICATION = re.compile(r"operator|\bops\b|admin|root|monitor|exporter|metrics|backup|replica|sentinel|sync|debug|readonly|read-only", re.IGNORECASE)
_SESSIONS = re.compile(r"sess|sid|login|auth|token", re.IGNORECASE)
_NOT_TOLD = digest(NOT_TOLD)
_READS, _WRITES = ("get", "hgetall"), ("set", "setex", "hset")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAsksForPassword(Hazard):
    """Whoever connected was let in; after this change a client that sends no password is refused."""

    file: str
    setting: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTurnsAway(Hazard):
    """A user that clients log in as can't log in any more, or not do what they need.

    `kind`: `password` (another one, and not the old), `no-password` (none any more, and who sends one is refused),
    `gone` (no such user, or it is off), `rights` (a command or the keys that sessions need).
    """

    file: str
    user: str
    kind: Literal["password", "no-password", "gone", "rights"]
    because: str
    impact: Impact = "everyone"
    confidence: Confidence = "medium"


def of_change(change: Change) -> Iterator[Hazard]:
    """What each configuration that is at both sides makes of those who could log in."""
    for base, head in changed_stores(change):
        before, after = base.access(), head.access()
        if before is None or after is None or not any(user.is_usable for user in after.users.values()):
            continue
        if before.default.is_open and not after.default.is_open:
            yield _asks(base, head)
        for user in before.users.values():
            if _is_the_application(before, user):
                yield from _turned_away(base, head, user, after.users.get(user.name), after)


def _asks(base: Store, head: Store) -> Hazard:
    setting = "requirepass" if "requirepass" in head.configuration.origins else "user"
    place, related, side = _place(base, head, "default")
    return StoreAsksForPassword(place=place, related=related, side=side, file=head.file, setting=setting, confidence=confidence_of(head))


def _is_the_application(access: Access, user: User) -> bool:
    """Whether sessions may be kept under this user: it reads and writes, and does not only exist for people or tools."""
    if not user.is_usable or not _can(access, user, _READS) or not _can(access, user, _WRITES):
        return False
    return user.name == "default" or _NOT_THE_APPLICATION.search(user.name) is None


def _can(access: Access, user: User, commands: tuple[str, ...]) -> bool:
    return any(access.verdict(user, command) == "runs" for command in commands)


def _turned_away(base: Store, head: Store, old: User, new: User | None, after: Access) -> Iterator[Hazard]:
    found = _why(old, new, after)
    if found is None:
        return
    kind, because, impact = found
    place, related, side = _place(base, head, old.name)
    yield StoreTurnsAway(
        place=place,
        related=related,
        side=side,
        file=head.file,
        user=old.name,
        kind=kind,
        because=because,
        impact=impact,
        confidence=confidence_of(head),
    )


def _why(old: User, new: User | None, after: Access) -> tuple[Literal["password", "no-password", "gone", "rights"], str, Impact] | None:
    if new is None or not new.is_usable:
        # An open `default` that closes is told as what it is: a store that begins to ask.
        return None if old.is_open and old.name == "default" else ("gone", "there is no such user any more" if new is None else "the user is off", "everyone")
    if _NOT_TOLD in old.passwords | new.passwords:
        pass  # a template fills one in
    elif old.passwords and not new.no_password and not old.passwords & new.passwords:
        return "password", "the old password is not among its passwords any more", "everyone"
    elif old.passwords and new.no_password and new.name == "default":
        return "no-password", "it has no password any more, and a client that still sends one is refused", "everyone"
    needed: tuple[tuple[tuple[str, ...], Impact], ...] = ((_READS, "everyone"), (_WRITES, "new-logins"))
    for commands, impact in needed:
        lost = [command for command in commands if old.may(after.server, command) and after.verdict(new, command) != "runs"]
        if lost:
            return "rights", f"it may not run {' or '.join(each.upper() for each in lost)} any more", impact
    if (keys := _keys_lost(old, new)) is not None:
        return "rights", keys, "everyone"
    return None


def _keys_lost(old: User, new: User) -> str | None:
    """What is left to a user of the keys, where sessions can't be among them any more."""
    if new.root.all_keys or any(each.all_keys or each.patterns for each in new.selectors):
        return None
    left = {pattern for _, pattern in new.root.patterns}
    if old.root.all_keys:
        lost = not any(_SESSIONS.search(each) or each.startswith("*") for each in left)
    else:
        lost = any(_SESSIONS.search(pattern) and not any(pattern.startswith(each.rstrip("*")) for each in left) for _, pattern in old.root.patterns)
    shown = ", ".join(f"~{each}" for each in sorted(left)) or "no key at all"
    return f"of all keys it may touch {shown} alone" if lost else None


def _place(base: Store, head: Store, user: str) -> tuple[Place, tuple[Related, ...], SideName]:
    """The line at the head that decides about a user; where that was taken away, the one at the base."""
    if (now := head.user_line(user)) is not None:
        return now.place, (), "head"
    if user == "default" and "requirepass" in {**base.configuration.origins, **head.configuration.origins}:
        return where(base, head, "requirepass")
    if (before := base.user_line(user)) is not None:
        return before.place, (), "base"
    return head.line("aclfile", "user").place, (), "head"
