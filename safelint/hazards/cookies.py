"""Cookies: which changes leave people with a cookie that nobody reads, two of one name, or none at all. The hazards, and what comes of two cookies."""

from __future__ import annotations

from typing import TypeVar

from safelint.facts.cookies import CookieRead, CookieSent
from safelint.facts.settings import SettingAssigned
from safelint.findings import Confidence, Impact, Rollback
from safelint.hazards import Hazard
from safelint.hazards._cookies import Winner, covers, old_counts, plain_domain, plain_path, within
from safelint.hazards._settings import path_of
from safelint.records import dataclass, replace
from safelint.sources import Change, Side
from safelint.values import Reference, Value, text_of

S = TypeVar("S", bound=CookieSent)

CONFIDENCE: dict[str, Confidence] = {"sure": "high", "default": "medium", "source": "low"}
"""How far a difference may be trusted, by how certain it is (`safelint.hazards._settings.Certainty`)."""

STRICT = "the way back from an identity provider arrives without it, so that such logins fail, and whoever follows a link from elsewhere looks logged out"
FORM_POST = "the identity provider answers with a form (form_post), and browsers send no Lax cookie along with that: such logins fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieRenamed(Hazard):
    """A login cookie has another name: browsers keep sending the old one, which nobody reads. `cookie` says which, by its setting or its old name."""

    cookie: str
    before: Value
    after: Value
    says: str = "browsers still send the old name, nobody reads it, and every user is logged out"
    impact: Impact = "everyone"
    rollback: Rollback = "heals"
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieScopeChanged(Hazard):
    """A login cookie has another domain or path under its old name: browsers keep both. `says` is what comes of it."""

    cookie: str
    attribute: str
    before: Value
    after: Value
    says: str
    impact: Impact
    rollback: Rollback
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieRejected(Hazard):
    """Browsers refuse a login cookie: who is in stays in, nobody else gets in."""

    cookie: str
    why: str
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieOnlyOverHttps(Hazard):
    """A login cookie becomes Secure, and `http` is an address without TLS that the application is known by."""

    cookie: str
    http: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieKeptFromProvider(Hazard):
    """A login cookie that does not come along any more on the way back from an identity provider."""

    cookie: str
    before: Value
    after: Value
    says: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutMissesCookie(Hazard):
    """A login cookie is deleted with another domain or path than it is set with: browsers keep it."""

    cookie: str
    deleted: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLivesShorter(Hazard):
    """A shorter age that also counts for cookies which are out there already."""

    cookie: str
    before: Value
    after: Value
    says: str
    impact: Impact
    rollback: Rollback
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieSettingChanged(Hazard):
    """Another setting of cookies that sessions or forms depend on. `effect` is the effect of its row."""

    cookie: str
    effect: str
    before: Value
    after: Value
    says: str
    impact: Impact
    rollback: Rollback
    confidence: Confidence


def plain(attribute: str, value: Value | None) -> str | None:
    """A domain or a path as browsers compare it; None where it is not known."""
    return plain_domain(value) if attribute == "domain" else plain_path(value)


def consequence(attribute: str, before: str | None, after: str | None, winner: Winner, *, invalid: bool, server_side: bool) -> tuple[str, Impact, Rollback]:
    """What comes of two cookies of one name: in words, who is hit, and what a rollback does.

    Measured in Chromium 156 with Flask, Django, Pyramid, aiohttp-session and Tornado. Of two paths the same cookie always comes first, before
    and after a rollback. Of two domains the one that was written last comes last (other browsers keep the order of the first writing), so that
    with the last one counting a new login always counts, whoever serves it; with the first one counting it never does.
    `server_side` says that a cookie only names a session, which ends with a new login or a logout.
    """
    if attribute == "path" and before is not None and after is not None and not covers(before, after) and not covers(after, before):
        return "the old cookie is not sent there: everybody is logged out", "everyone", "heals"
    if attribute == "domain" and before and after and not within(before, after) and not within(after, before):
        return f"hosts of {after} never got the old cookie, everybody is logged out there, and hosts of {before} may not set the new one", "everyone", "heals"
    counts = old_counts(attribute, before, after, winner)
    elsewhere = ""
    if attribute == "domain" and before and after is not None and not within(before, after):
        elsewhere = "; hosts that the new domain does not cover get only the old one"
    if attribute == "path" and after is not None and before is not None:
        if covers(after, before):
            elsewhere = f"; outside {before} the old one is not sent, and its users are logged out there"
        else:
            elsewhere = f"; outside {after} only the old one is sent, and whoever logs in now is logged out there"
    if counts is None:
        return f"browsers keep both cookies, and which one counts depends on the server{elsewhere}", "some-users", "does-not-heal"
    if not counts and attribute == "path" and (invalid or server_side):
        lost = "when nothing can read it: whoever logged in meanwhile" if invalid else "and once its session has ended, whoever logged in meanwhile"
        return (
            f"browsers keep both cookies and the new one counts, also after a rollback, {lost} can't log in then{elsewhere}",
            "some-users",
            "login-loop",
        )
    if not counts:
        return (
            f"browsers keep both cookies; the new one counts, also after a rollback, and a logout that deletes it brings the old one back{elsewhere}",
            "some-users",
            "does-not-heal",
        )
    if invalid:
        lost = f"browsers keep both cookies and the old one counts, which this change makes invalid too: every login is lost at the next request{elsewhere}"
        if attribute == "path":  # it counts after a rollback too, and is good again, unless a server has ended its session meanwhile
            return lost, "everyone", "does-not-heal" if server_side else "heals"
        return f"{lost}; after a rollback, it is as soon as a session is written again", "everyone", "login-loop"
    if server_side:
        return (
            "browsers keep both cookies and the old one counts: as soon as its session ends, that user can't log in any more"
            f"{' until a rollback' if attribute == 'path' else ''}{elsewhere}",
            "some-users",
            "does-not-heal" if attribute == "path" else "login-loop",
        )
    return f"browsers keep both cookies and the old one counts: logging out does not log out{elsewhere}", "some-users", "does-not-heal"


def resolved(side: Side, fact: S) -> S:
    """The fact with the constants of other files that it names put in."""

    def value(given: Value | None) -> Value | None:
        return constant(side, fact.place.path, given) if isinstance(given, Reference) else given

    return replace(
        fact, name=value(fact.name) or fact.name, domain=value(fact.domain), path=value(fact.path), secure=value(fact.secure), samesite=value(fact.samesite)
    )


def constant(side: Side, path: str, reference: Reference) -> Value:
    """The value of a constant of another file, or the reference itself where it is not to be found."""
    owner, _, last = reference.name.rpartition(".")
    # `app.config.COOKIE_DOMAIN`, or `app.config.settings.COOKIE_DOMAIN` where settings is an object.
    for module in (owner, owner.rpartition(".")[0]):
        source = path_of(side, module, path) if module else None
        if source is not None:
            found = [fact.value for fact in side.within(SettingAssigned, [source]) if fact.name == last and not fact.condition and not fact.added]
            return found[0] if len(set(found)) == 1 else reference
    return reference


def still_read(change: Change, name: Value, *, new_only: bool) -> bool:
    """Whether the head reads the old cookie too: a rename that nobody notices. `new_only`: what the base read already does not count."""
    text = text_of(name)
    if text is None:
        return False
    names = [
        text_of(constant(change.head, fact.place.path, fact.name) if isinstance(fact.name, Reference) else fact.name)
        for fact in change.head.everywhere(CookieRead)
    ]
    if not new_only:
        return text in names
    old = [
        text_of(constant(change.base, fact.place.path, fact.name) if isinstance(fact.name, Reference) else fact.name)
        for fact in change.base.everywhere(CookieRead)
    ]
    return names.count(text) > old.count(text)
