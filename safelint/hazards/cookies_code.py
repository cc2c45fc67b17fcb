"""Cookies that code sets itself: renamed, rescoped, refused by browsers, missed by a logout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safelint.facts import NotUnderstood
from safelint.facts.cookies import CookieDeleted, CookieSent, CookieWritten, FormPostAsked
from safelint.facts.settings import SettingAssigned
from safelint.frameworks import Row
from safelint.hazards import Hazard, SafeStep
from safelint.hazards._cookies import (
    SECURES_PARTITIONED,
    Cookie,
    keeps_login,
    keeps_user,
    plain_domain,
    plain_flag,
    plain_path,
    plain_text,
    rejections,
    samesite_default,
    winner_of,
)
from safelint.hazards._differences import difference
from safelint.hazards._sessions_end import old_sessions_end
from safelint.hazards.cookies import (
    CONFIDENCE,
    FORM_POST,
    STRICT,
    CookieKeptFromProvider,
    CookieRejected,
    CookieRenamed,
    CookieScopeChanged,
    LogoutMissesCookie,
    consequence,
    plain,
    resolved,
    still_read,
)
from safelint.places import Related
from safelint.records import replace
from safelint.sources import Change, Side
from safelint.values import Known, Reference, Value, describe, text_of


def of_state(side: Side) -> Iterator[Hazard]:
    """Cookies that browsers refuse, and cookies that a logout does not reach."""
    for written in side.touched(CookieWritten):
        if keeps_login(resolved(side, written).name):
            yield from _rejected(resolved(side, written), written)
    deleted = [fact for fact in side.touched(CookieDeleted) if keeps_login(resolved(side, fact).name)]
    if deleted:
        # Where a cookie is set is rarely where it is deleted.
        everywhere = [resolved(side, fact) for fact in side.everywhere(CookieWritten)]
        for fact in deleted:
            yield from _missed(resolved(side, fact), everywhere, [resolved(side, each) for each in deleted])


def _rejected(fact: CookieWritten, at: CookieWritten) -> Iterator[CookieRejected]:
    for why in rejections(_as_cookie(fact)):
        yield CookieRejected(place=at.place, cookie=_called(fact.name), why=why)


def _as_cookie(fact: CookieSent) -> Cookie:
    secure = plain_flag(fact.secure) if fact.whole or fact.secure is not None else None
    partitioned = plain_flag(fact.partitioned)
    return Cookie(
        name=text_of(fact.name),
        domain=plain_domain(fact.domain) if fact.whole or fact.domain is not None else None,
        path=plain_path(fact.path) if fact.whole or fact.path is not None else None,
        secure=True if partitioned and fact.library in SECURES_PARTITIONED else secure,
        partitioned=partitioned,
        samesite=plain_text(fact.samesite, text_of(samesite_default(fact.library)) or ""),
    )


def _missed(fact: CookieDeleted, everywhere: Iterable[CookieWritten], deleted: Iterable[CookieDeleted]) -> Iterator[LogoutMissesCookie]:
    own = _scope(fact)
    written = [each for each in everywhere if each.name == fact.name]
    scopes = [_scope(each) for each in written]
    if own is None or not written or None in scopes or own in scopes:
        return
    # Beside a line that sets the cookie, or one that deletes it by its scope, this one cleans up after an older scope.
    if any((each.place.path, each.function) == (fact.place.path, fact.function) for each in written):
        return
    if any(_scope(each) in scopes for each in deleted if each.name == fact.name and each.place.path == fact.place.path):
        return
    yield LogoutMissesCookie(
        place=fact.place,
        cookie=_called(fact.name),
        deleted=_scope_text(own),
        written=_scope_text(scopes[0] or ("", "")),
        related=(Related(written[0].place, "it is set here", "head"),),
    )


def _scope(fact: CookieSent) -> tuple[str, str] | None:
    """Domain and path as a browser compares them; None where either is not known."""
    cookie = _as_cookie(fact)
    return None if cookie.domain is None or cookie.path is None else (cookie.domain, cookie.path)


def _scope_text(scope: tuple[str, str]) -> str:
    domain, path = scope
    return f"{'domain ' + domain if domain else 'no domain'} and path {path}"


def _called(name: Value) -> str:
    return text_of(name) or describe(name)


def of_change(change: Change) -> Iterator[Hazard | SafeStep | NotUnderstood]:
    """What becomes of the cookies that are in browsers already."""
    base, head = _compared(change)
    if not base:
        return
    before = _by_name(base)
    after = _by_name(head)
    yield from _renamed(change, before, after)
    for name, old in before.items():
        if name in after and _is_login(name, old):
            yield from _rescoped(change, name, old, after[name])
            yield from _made_strict(name, old, after[name], change)
            yield from _hidden(change, name, old, after[name])


def _compared(change: Change) -> tuple[list[CookieWritten], list[CookieWritten]]:
    """The cookies that are set at either side: in the files of the change, and where a constant that changed is used."""
    constants = [[fact for fact in side.touched(SettingAssigned) if "cookie" in fact.name.lower()] for side in (change.base, change.head)]
    said = [{(fact.name, fact.value) for fact in facts} for facts in constants]
    names = {name for name, _ in said[0] ^ said[1]}
    base, head = (_cookies(side, facts, names) for side, facts in zip((change.base, change.head), constants, strict=True))
    return base, head


def _cookies(side: Side, constants: list[SettingAssigned], names: set[str]) -> list[CookieWritten]:
    found = [resolved(side, fact) for fact in side.touched(CookieWritten)]
    if names:
        for fact in side.everywhere(CookieWritten):
            used = _named(fact) & names
            if used and fact.place.path not in side.touched_paths:
                # Shown where it changes, and not where it is used.
                place = next((constant.place for constant in constants if constant.name in used), fact.place)
                found.append(replace(resolved(side, fact), place=place))
    return found


def _named(fact: CookieWritten) -> set[str]:
    given = (fact.name, fact.domain, fact.path, fact.secure, fact.samesite)
    return {value.name.rpartition(".")[2] for value in given if isinstance(value, Reference)}


def _by_name(facts: Iterable[CookieWritten]) -> dict[Value, list[CookieWritten]]:
    found: dict[Value, list[CookieWritten]] = {}
    for fact in facts:
        found.setdefault(fact.name, []).append(fact)
    return found


def _renamed(change: Change, before: dict[Value, list[CookieWritten]], after: dict[Value, list[CookieWritten]]) -> Iterator[CookieRenamed | SafeStep]:
    for name, old in before.items():
        if name in after or not _is_login(name, old):
            continue
        places = {(change.head_path(fact.place.path), fact.function) for fact in old}
        for new_name, new in after.items():
            successors = [fact for fact in new if new_name not in before and (fact.place.path, fact.function) in places]
            certainty = difference(name, new_name, _row("name"))
            if not successors or certainty is None:
                continue
            if still_read(change, name, new_only=False):
                yield SafeStep(place=successors[0].place, what=f"the cookie {_called(name)} is called {_called(new_name)}, and the old one is still read")
            else:
                yield CookieRenamed(
                    place=successors[0].place,
                    cookie=_called(name),
                    before=name,
                    after=new_name,
                    confidence=CONFIDENCE[certainty],
                    related=(Related(old[0].place, f"it was {describe(name)}", "base"),),
                )
            break


def _row(attribute: str) -> Row:
    return Row(setting=f"cookie.{attribute}", cause="cookies", effect="none", default=Known("/") if attribute == "path" else Known(None))


def _is_login(name: Value, written: list[CookieWritten]) -> bool:
    return keeps_login(name) or (keeps_user(name) and all(_is_signed(fact) for fact in written))


def _is_signed(fact: CookieWritten) -> bool:
    return fact.call.endswith(("set_signed_cookie", "set_secure_cookie"))


def _key_goes(change: Change, fact: CookieWritten) -> bool:
    """Whether a cookie is signed by its framework, whose key the same change replaces."""
    return _is_signed(fact) and old_sessions_end(change, fact.library)


def _rescoped(change: Change, name: Value, old: list[CookieWritten], new: list[CookieWritten]) -> Iterator[CookieScopeChanged]:
    deleted = {_scope(resolved(change.head, fact)) for fact in change.head.touched(CookieDeleted) if resolved(change.head, fact).name == name}
    for attribute in ("domain", "path", "partitioned"):
        was = {value for fact in old if (value := _attribute(fact, attribute)) is not None}
        for fact in new:
            now = _attribute(fact, attribute)
            if now is None or not was or any(difference(value, now, _row(attribute)) is None for value in was):
                continue
            if any(_scope(each) in deleted for each in old):
                # The old cookie is taken back by its own scope: nobody is left with two.
                continue
            before = sorted(was, key=describe)[0]
            certainty = difference(before, now, _row(attribute)) or "source"
            says, impact, rollback = consequence(
                attribute, plain(attribute, before), plain(attribute, now), winner_of(fact.library), invalid=_key_goes(change, fact), server_side=False
            )
            yield CookieScopeChanged(
                place=fact.place,
                cookie=_called(name),
                attribute=attribute,
                before=before,
                after=now,
                says=says,
                impact=impact,
                rollback=rollback,
                confidence=CONFIDENCE[certainty],
                related=(Related(old[0].place, f"it was {describe(before)}", "base"),),
            )
            break


def _hidden(change: Change, name: Value, old: list[CookieWritten], new: list[CookieWritten]) -> Iterator[NotUnderstood]:
    """A domain or path that one side says and the other takes from a dictionary of which nothing is known here."""
    for fact in new:
        for was in old:
            if (change.head_path(was.place.path), was.function) != (fact.place.path, fact.function):
                continue
            hidden = [attribute for attribute in ("domain", "path") if (_attribute(was, attribute) is None) != (_attribute(fact, attribute) is None)]
            if hidden:
                side = "before the change" if not was.whole else "now"
                yield NotUnderstood(
                    place=fact.place,
                    what=f"the {' and '.join(hidden)} of the cookie {_called(name)}",
                    why=f"what is handed over by ** {side} is not known from this file",
                )


def _attribute(fact: CookieWritten, attribute: str) -> Value | None:
    """An attribute with its default; None where it is not known whether it is given."""
    given: Value | None = getattr(fact, attribute)
    if given is None:
        if not fact.whole:
            return None
        return {"path": Known("/"), "samesite": samesite_default(fact.library), "partitioned": Known(value=False)}.get(attribute, Known(None))
    return given


def _made_strict(name: Value, old: list[CookieWritten], new: list[CookieWritten], change: Change) -> Iterator[CookieKeptFromProvider]:
    was = [_attribute(fact, "samesite") for fact in old]
    for fact in new:
        now = _attribute(fact, "samesite")
        if now is None or None in was or now in was:
            continue
        texts = {(text_of(each) or "").lower() for each in was}
        text = (text_of(now) or "").lower()
        says = ""
        if text == "strict" and "strict" not in texts:
            says = STRICT
        elif text == "lax" and texts == {""} and all(each == Known(None) for each in was) and any(change.head.everywhere(FormPostAsked)):
            says = FORM_POST
        if says:
            yield CookieKeptFromProvider(
                place=fact.place,
                cookie=_called(name),
                before=was[0] or Known(None),
                after=now,
                says=says,
                related=(Related(old[0].place, f"it was {describe(was[0])}", "base"),),
            )
            return
