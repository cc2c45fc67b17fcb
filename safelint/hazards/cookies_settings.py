"""Session cookies of frameworks, as settings make them: renamed, rescoped, refused by browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypedDict

from safelint.facts.cookies import FormPostAsked
from safelint.findings import Confidence
from safelint.frameworks import Framework, rows_of
from safelint.hazards import Hazard, SafeStep
from safelint.hazards._changes import changes, pairs
from safelint.hazards._cookies import (
    SECURES_PARTITIONED,
    Cookie,
    group_of,
    hosts_of,
    plain_domain,
    plain_flag,
    plain_path,
    plain_text,
    rejections,
    role_of,
    winner_of,
)
from safelint.hazards._differences import SettingChange, effective
from safelint.hazards._frameworks import in_use
from safelint.hazards._sessions_end import old_sessions_end
from safelint.hazards._settings import Settings
from safelint.hazards.cookies import (
    CONFIDENCE,
    FORM_POST,
    STRICT,
    CookieKeptFromProvider,
    CookieOnlyOverHttps,
    CookieRejected,
    CookieRenamed,
    CookieScopeChanged,
    CookieSettingChanged,
    LoginLivesShorter,
    consequence,
    plain,
    still_read,
)
from safelint.places import Place, Related, SideName
from safelint.sources import Change
from safelint.values import Environment, Known, Listing, Unknown, Value, describe, text_of

_SCHEME = re.compile(r"^(PREFERRED_URL_SCHEME|ACCOUNT_DEFAULT_HTTP_PROTOCOL)$")
# Where settings name the addresses by which browsers reach the application.
_OWN_ADDRESS = re.compile(
    r"(SITE|BASE|PUBLIC|EXTERNAL|APP|SERVER|ROOT|FRONTEND|CANONICAL|WEB|INSTANCE)_?UR[LI]|CSRF_TRUSTED_ORIGINS|^DOMAIN|REDIRECT_UR[LI]"
    r"|CORS_(ALLOWED_ORIGINS|ORIGIN_WHITELIST)|" + _SCHEME.pattern
)
_PLAIN = re.compile(r"http://(?!localhost|127\.|0\.0\.0\.0|\[::1\]|[^/.]+([:/]|$)|[^/:]+\.(local|internal|lan|svc)([:/]|$))")


def of_change(change: Change) -> Iterator[Hazard | SafeStep]:
    """What becomes of the session cookies that are in browsers already."""
    found = list(changes(change, "cookies"))
    renamed = {(id(each.head), group_of(each.name)) for each in found if role_of(each.name) == "name"}
    for each in found:
        if each.row.effect == "none" or (each.certainty == "source" and isinstance(each.after, Known) and each.after.value is None):
            continue
        role = role_of(each.name)
        if each.row.effect == "forms-fail":
            yield _setting_changed(each)
        elif role == "name":
            if still_read(change, each.before, new_only=True):
                yield SafeStep(place=each.place, what=f"{each.name} is another cookie, and the old one is still read")
            else:
                yield CookieRenamed(
                    **_at(each),
                    before=each.before,
                    after=each.after,
                    says=each.row.says,
                    impact=each.row.impact,
                    rollback=each.row.rollback,
                    confidence=_confidence(each),
                )
        elif role in ("domain", "path", "partitioned"):
            same = role != "partitioned" and plain(role, each.before) == plain(role, each.after) is not None
            if (id(each.head), group_of(each.name)) not in renamed and not same:
                yield _scope_of_setting(change, each, role)
        elif role == "secure":
            if http := _plain_address(each.head):
                yield CookieOnlyOverHttps(**_at(each), http=http, confidence=_confidence(each))
        elif role == "samesite":
            if "strict" in _texts(each.after):
                yield CookieKeptFromProvider(**_at(each), before=each.before, after=each.after, says=STRICT)
        elif role == "age":
            yield LoginLivesShorter(
                **_at(each),
                before=each.before,
                after=each.after,
                says=each.row.says,
                impact=each.row.impact,
                rollback=each.row.rollback,
                confidence=_confidence(each),
            )
        else:
            yield _setting_changed(each)
    yield from _lax_against_form_post(change, found)
    yield from _rejected_by_settings(change)


class _At(TypedDict):
    place: Place
    side: SideName
    cookie: str
    related: tuple[Related, ...]


def _at(each: SettingChange) -> _At:
    related: tuple[Related, ...] = ()
    if each.side == "head" and each.base_place is not None:
        related = (Related(each.base_place, f"it was {describe(each.before)}", "base"),)
    return {"place": each.place, "side": each.side, "cookie": each.name, "related": related}


def _confidence(each: SettingChange) -> Confidence:
    """How far a difference may be trusted. A variable with another default decides for all who do not set it, and hardly anybody sets a cookie."""
    for one, other in ((each.before, each.after), (each.after, each.before)):
        if isinstance(one, Known) and isinstance(other, Environment) and isinstance(other.default, Known) and other.default.value is not None:
            return CONFIDENCE["default"]
    return CONFIDENCE[each.certainty]


def _setting_changed(each: SettingChange) -> CookieSettingChanged:
    return CookieSettingChanged(
        **_at(each),
        effect=each.row.effect,
        before=each.before,
        after=each.after,
        says=each.row.says,
        impact=each.row.impact,
        rollback=each.row.rollback,
        confidence=_confidence(each),
    )


def _texts(value: Value) -> str:
    return (text_of(value) or describe(value)).lower()


def _plain_address(settings: Settings) -> str:
    """An address without TLS that a set of settings names as the application's own, "" where there is none, or one with TLS as well."""
    found = ""
    for name in settings.assigned:
        if not _OWN_ADDRESS.search(name):
            continue
        value = settings.value(name)
        for item in value.items if isinstance(value, Listing) else (value,):
            text = text_of(item) or ""
            if text.startswith("https://"):
                return ""
            if _PLAIN.match(text) or (text == "http" and _SCHEME.search(name)):
                found = found or text
    return found


def _scope_of_setting(change: Change, each: SettingChange, attribute: str) -> CookieScopeChanged:
    winner = winner_of(each.framework.name, each.framework.extends)
    invalid = old_sessions_end(change, each.framework.name)
    before, after = plain(attribute, each.before), plain(attribute, each.after)
    says, impact, rollback = consequence(attribute, before, after, winner, invalid=invalid, server_side=each.row.rollback == "login-loop")
    return CookieScopeChanged(
        **_at(each),
        attribute=attribute,
        before=each.before,
        after=each.after,
        says=says,
        impact=impact,
        rollback=rollback,
        confidence=_confidence(each),
    )


def _lax_against_form_post(change: Change, found: list[SettingChange]) -> Iterator[CookieKeptFromProvider]:
    """A cookie without SameSite comes along with a form that another site posts, for its first two minutes; a Lax one never does."""
    for each in found:
        from_nothing_to_lax = role_of(each.name) == "samesite" and each.before == Known(None) and _texts(each.after) == "lax"
        if from_nothing_to_lax and any(change.head.everywhere(FormPostAsked)):
            yield CookieKeptFromProvider(**_at(each), before=each.before, after=each.after, says=FORM_POST, confidence="medium")


# ---- what browsers refuse, by settings


def _rejected_by_settings(change: Change) -> Iterator[CookieRejected]:
    for base, head in pairs(change):
        for framework in in_use(head):
            old = {(group, why) for group, why, _, _ in _refusals(framework, base)}
            for group, why, place, side in _refusals(framework, head):
                if (group, why) not in old:
                    yield CookieRejected(place=place, side=side, cookie=group.rstrip("_."), why=why)


def _refusals(framework: Framework, settings: Settings) -> Iterator[tuple[str, str, Place, SideName]]:
    """The cookies of a set of settings that browsers refuse: what its settings have in common, why, and where to point."""
    groups: dict[str, dict[str, str]] = {}
    for row in framework.rows:
        role = role_of(row.setting)
        if row.cause == "cookies" and role is not None and "*" not in row.setting and (group := group_of(row.setting)):
            groups.setdefault(group, {})[role] = row.setting
    for group, names in groups.items():
        set_here = [fact for name in names.values() if (fact := settings.of(name)) is not None]
        if not set_here:
            continue

        def given(role: str, names: dict[str, str] = names) -> Value | None:
            """The effective value; Unknown where this framework's rows do not say which setting it is."""
            return effective(settings, rows_of(framework.name, names[role])[0], names[role]) if role in names else Unknown("no row")

        partitioned = plain_flag(given("partitioned"))
        brought = partitioned and bool(SECURES_PARTITIONED & {framework.name, framework.extends})
        cookie = Cookie(
            name=text_of(given("name")),
            domain=plain_domain(given("domain")),
            path=plain_path(given("path")),
            secure=plain_flag(given("secure")) if not brought else True,
            samesite=plain_text(given("samesite"), ""),
            partitioned=partitioned,
        )
        hosts = hosts_of(settings.value("ALLOWED_HOSTS")) or hosts_of(settings.value("SERVER_NAME"))
        for why in rejections(cookie, hosts):
            yield group, why, set_here[-1].place, settings.side.name
