"""What a session says of its user: the class that signs it, the column that names the user. Another one, and no session fits."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.identity import IdentityGiven, IdentityLookedUp, LoginKept, SessionInterfaceDefined, SessionStoreDefined
from safelint.facts.keys import TokenKeyUsed
from safelint.frameworks import About
from safelint.hazards.contract import ContractChanged
from safelint.places import Related
from safelint.sources import Change
from safelint.values import Known, Listing, Value

_SIGNED_BY_CLASS = ("db", "file")  # these keep the whole session signed, by the name of their class
_JWT = "Flask-JWT-Extended"
_BY_HAND = "a token that the application signs by itself"


def of_change(change: Change) -> Iterator[ContractChanged]:
    """Stores whose class has another name, and users who go by another column."""
    for store in change.head.touched(SessionStoreDefined):
        yield from _renamed(change, store)
    yield from _signed(change)
    yield from _identities(change)
    yield from _replaced(change)


def _signed(change: Change) -> Iterator[ContractChanged]:
    """Session interfaces of an application's own that begin to sign what the cookie holds, or stop."""
    before = {(change.head_path(each.place.path), each.name): each for each in change.base.touched(SessionInterfaceDefined)}
    for interface in change.head.touched(SessionInterfaceDefined):
        old = before.get((interface.place.path, interface.name))
        if old is None or None in (old.signs, interface.signs) or old.signs == interface.signs or interface.takes_unsigned:
            continue  # who holds a cookie of the old kind stays in
        was, now = (Known("a signed cookie" if each.signs else "an unsigned cookie") for each in (old, interface))
        yield ContractChanged(
            place=interface.place, related=(Related(old.place, "it was this before", "base"),), cause="keys", about="signature",
            setting=f"{interface.name}.open_session", framework="Flask", effect="out", before=was, after=now,
            consequence="a cookie of the other kind names no session: every user is logged out",
            impact="everyone", rollback="heals", severity="error", confidence="medium",
        )  # fmt: skip


def _renamed(change: Change, store: SessionStoreDefined) -> Iterator[ContractChanged]:
    old = [fact for fact in change.base.touched(SessionStoreDefined) if change.head_path(fact.place.path) == store.place.path]
    if len(old) == 1 and old[0].name != store.name and store.engine == old[0].engine and store.engine.rpartition(".")[2] in _SIGNED_BY_CLASS:
        yield _changed(
            old[0], store, "signature", "SessionStore", Known(old[0].name), Known(store.name),
            "the name of the class is part of what signs sessions: every user is logged out",
        )  # fmt: skip


def _identities(change: Change) -> Iterator[ContractChanged]:
    given = {(change.head_path(fact.place.path), fact.owner): fact for fact in change.base.touched(IdentityGiven)}
    told = False
    for fact in change.head.touched(IdentityGiven):
        before = given.get((fact.place.path, fact.owner))
        if before is not None and before.attributes != fact.attributes:
            told = True
            yield _changed(
                before, fact, "users", f"{fact.owner}.get_id", _listing(before.attributes), _listing(fact.attributes),
                f"sessions name their user by {', '.join(before.attributes)}, which is taken for {', '.join(fact.attributes)} now: every user is logged out",
            )  # fmt: skip
    if told:
        return  # a loader that follows says nothing more
    loaders = {change.head_path(fact.place.path): fact for fact in change.base.touched(IdentityLookedUp)}
    for loader in change.head.touched(IdentityLookedUp):
        former = loaders.get(loader.place.path)
        if former is not None and former.columns != loader.columns:
            yield _changed(
                former, loader, "users", "user_loader", _listing(former.columns), _listing(loader.columns),
                f"what sessions hold was looked up by {', '.join(former.columns)} and is by {', '.join(loader.columns)} now: every user is logged out",
            )  # fmt: skip


def _replaced(change: Change) -> Iterator[ContractChanged]:
    """Every way to know a user gave room to another one: what people hold is not asked for any more. A second way beside the first replaces nothing."""
    gone = [each for each in change.base.touched(LoginKept) if each.sets_up]
    come = _ways(change.head.touched(LoginKept), change.head.touched(TokenKeyUsed)) if gone else []
    come = [each for each in come if each.sets_up and each.way not in {other.way for other in gone}]
    if not come:
        return
    before = _ways(change.base.everywhere(LoginKept), change.base.everywhere(TokenKeyUsed))
    come = [each for each in come if each.way not in {other.way for other in before}]
    old = {each.way for each in before if each.sets_up and each.way != _BY_HAND}
    if not come or (come[0].way == _BY_HAND and _JWT in old):
        return  # a token is a token, whoever signs it
    # Flask-Security stands on Flask-Login, but names users by something else.
    stays = {each.way for each in change.head.everywhere(LoginKept) if each.sets_up or (each.way, come[0].way) != ("Flask-Login", "Flask-Security")}
    if old & stays:
        return
    was, now = gone[0], come[0]
    yield ContractChanged(
        place=now.place, related=(Related(was.place, "what knew them before", "base"),), cause="keys", about="users", setting=was.way,
        framework="" if was.way.startswith("session[") else was.way, effect="out", before=Known(was.way), after=Known(now.way),
        consequence=f"who is logged in is told by {now.way} now, and what people got from {was.way} says nothing any more: every user is logged out",
        impact="everyone", rollback="heals", severity="error", confidence="medium",
    )  # fmt: skip


def _ways(kept: tuple[LoginKept, ...], keys: tuple[TokenKeyUsed, ...]) -> list[LoginKept]:
    return [*kept, *(LoginKept(place=each.place, way=_BY_HAND, sets_up=True) for each in keys if each.signs)]


def _listing(names: tuple[str, ...]) -> Listing:
    return Listing(tuple(Known(each) for each in names))


def _changed(old: Fact, new: Fact, about: About, setting: str, before: Value, after: Value, consequence: str) -> ContractChanged:
    return ContractChanged(
        place=new.place, related=(Related(old.place, "it was this before", "base"),), cause="keys", about=about, setting=setting,
        framework="Django" if about == "signature" else "Flask-Login", effect="out", before=before, after=after, consequence=consequence,
        impact="everyone", rollback="heals", severity="error" if about == "signature" else "warning", confidence="high" if about == "signature" else "medium",
    )  # fmt: skip
