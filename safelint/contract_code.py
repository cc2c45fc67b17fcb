"""What code holds itself and sessions depend on: tokens, cookies, keys, lifetimes, providers and tables, for the session contract."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.contract_terms import KEYS, OWN, PROVIDER, TABLES, Term, framework_of
from safelint.facts.clock import TokenVerified
from safelint.facts.cookies import CookieWritten
from safelint.facts.keys import KeyRing, LifetimeDeclared, TokenKeyUsed
from safelint.facts.provider import KeyClientBuilt, ProviderCalled
from safelint.facts.settings import SettingAssigned
from safelint.facts.tables import TableDeclared
from safelint.frameworks import frameworks, rows_of
from safelint.hazards._cookies import keeps_login
from safelint.hazards._key_names import is_key_name
from safelint.hazards._settings import (
    for_developers,
    is_developers_class,
    is_developers_file,
)
from safelint.paths import in_production, is_settings_path
from safelint.places import Place
from safelint.readers.declared_settings import SET_ELSEWHERE
from safelint.sources import Side
from safelint.tables import Tables
from safelint.values import Called, Duration, Known, Listing, Reference, Unknown, Value, describe

_KEY = re.compile(r"((^|_)(rsa|jwt|jwk|token|session|cookie)_(private_|public_|secret_|signing_)?keys?)$", re.IGNORECASE)
_RING = re.compile(r"key_?ring|sign|jwt|verif|token|session|secret_keys", re.IGNORECASE)
_LIFETIME = re.compile(
    r"(token|jwt|session|cookie|remember|refresh)\w*(lifetime|ttl|expir\w*|_exp$|max_?age|_age|days|hours|minutes|seconds|duration|timeout|_time)"
    r"|(lifetime|ttl|expiry|max_age)_\w*(token|jwt|session|refresh|access|remember)",
    re.IGNORECASE,
)
_NOT_OF_LOGINS = re.compile(
    r"csrf|schema|reset|invit|confirm|csv|upload|query|request_?timeout|rotat|_interval|email|recipe|cache|sqlalchemy|aws|db_|last_|anon", re.IGNORECASE
)
_STORE = re.compile(r"(^|[._])sessions?[._](\w+[._])?(url|uri|dsn|backend|store|storage|key_prefix)$|^cookie_host_prefix_enabled$", re.IGNORECASE)
_CACHE = re.compile(r"CACHE_(TYPE|KEY_PREFIX|REDIS_URL|REDIS_HOST|REDIS_DB)")  # of Flask-Caching
_COOKIE = re.compile(r"_COOKIE(_NAME)?$")
_OF_OTHERS = re.compile(r"(^|/)(addons?|integrations?|connectors?|query_runner)/")  # what an application connects to, and nobody logs in by
_DEFAULTS = re.compile(r"_?DEFAULTS?(_CONFIG|_SETTINGS|_VALUES)?|_?CONFIG_DEFAULTS", re.IGNORECASE)
_ENDPOINT = re.compile(
    r"(oidc|oauth2?|openid|saml2?|auth0|keycloak|cognito|okta|sso|jwt|jwks)\w*_(url|uri|endpoint|issuer|audience|authority|alg|algo|algorithms?|header_name|cookie_name)$"
    r"|_jwks$|(^|_)op_\w+_endpoint$|(^|_)rp_sign_algo$",
    re.IGNORECASE,
)


class Names:
    """What names of other modules stand for, where the tree has just one setting of that name."""

    def __init__(self, side: Side) -> None:
        last: dict[tuple[str, str, str, str], SettingAssigned] = {}
        for fact in side.everywhere(SettingAssigned):
            if fact.form in ("field", "class", "module", "mapping") and not fact.condition and in_production(fact.place.path):
                last[fact.place.path, fact.form, fact.scope, fact.name] = fact
        self._by_name: dict[str, set[tuple[Value, bool]]] = {}
        for fact in last.values():
            owner, _, name = fact.name.rpartition(".")
            if not owner or _DEFAULTS.fullmatch(owner):
                self._by_name.setdefault(name, set()).add((fact.value, bool(owner) or fact.form == "mapping"))

    def meaning(self, value: Value) -> Value | None:
        """The value with such names followed; None where nothing is known beyond the names. Of a table of defaults only the default is known."""
        match value:
            case Reference(name):
                found = self._by_name.get(name.rpartition(".")[2], set())
                if len(found) != 1:
                    return None
                ((only, is_default),) = found
                if only == value:
                    return None
                return Called("default", (only,)) if is_default else only
            case Listing(items):
                known = [self.meaning(item) for item in items]
                return Listing(tuple(meant or item for meant, item in zip(known, items, strict=True))) if any(known) else None
            case _:
                return None


def tokens(side: Side, names: Names) -> Iterator[Term]:
    """Tokens that are verified here, and that are signed by what verifies some here."""
    keys = {fact.place: fact for fact in side.everywhere(TokenKeyUsed)}
    verified: set[str] = set()
    for fact in side.everywhere(TokenVerified):
        if fact.checks_signature is False or not in_production(fact.place.path):
            continue
        group = f"Tokens · verified by {fact.library}"
        key = keys[fact.place].key if fact.place in keys else None
        verified.add(fact.library)
        yield from _at(group, fact.function, fact.place, names, {
            "key": key, "algorithms": fact.algorithms, "audience": fact.audience, "issuer": fact.issuer, "required claims": fact.required,
            "leeway": fact.leeway if fact.leeway is not None else Known(0),
        })  # fmt: skip
    for used in keys.values():
        # What this tree never verifies is shown to others, and nobody is logged in here by it.
        if used.signs and used.library in verified and in_production(used.place.path):
            yield from _at(f"Tokens · signed by {used.library}", used.function, used.place, names, {"key": used.key, "algorithm": used.algorithm})


def cookies(side: Side, names: Names) -> Iterator[Term]:
    """Cookies that code sets by itself and that hold a login, with their attributes."""
    for fact in side.everywhere(CookieWritten):
        name = names.meaning(fact.name)
        name = name if isinstance(name, Known) else fact.name
        if keeps_login(name) and in_production(fact.place.path):
            given = {"domain": fact.domain, "path": fact.path, "secure": fact.secure, "samesite": fact.samesite, "max_age": fact.max_age}
            found = list(_at(f"Cookie · {describe(name)}", fact.function, fact.place, names, given))
            yield from found or [Term(f"Cookie · {describe(name)}", f"{fact.function}: attributes", Reference("none given"), fact.place)]


def _at(group: str, function: str, place: Place, names: Names, given: dict[str, Value | None]) -> Iterator[Term]:
    """What one call says, an attribute a term."""
    for name, value in given.items():
        if value is not None:
            yield Term(group, f"{function}: {name}", value, place, means=names.meaning(value))


def own(side: Side, settings: list[Term]) -> Iterator[Term]:
    """Settings that no framework knows and that sessions depend on all the same: keys, lifetimes, cookies' names, addresses of a provider."""
    told = {(term.place.path, term.place.line) for term in settings if term.place is not None}
    used = {framework_of(term.group) for term in settings}
    # An interface of one's own mostly keeps sessions in the application's cache.
    has_interface = any(term.name.startswith("session_interface") and term.place is not None for term in settings)
    built = {(fact.place.path, fact.scope, fact.name): fact for fact in side.everywhere(SettingAssigned) if fact.form == "field" and not fact.condition}
    for fact in side.everywhere(SettingAssigned):
        if built.get((fact.place.path, fact.scope, fact.name), fact) is not fact:
            continue  # what a settings class is given when it is built counts
        if fact.form == "argument" or not _counts(fact) or (fact.place.path, fact.place.line) in told:
            continue
        last = fact.name.rpartition(".")[2]
        if not _is_one(fact) or (isinstance(fact.value, Unknown) and fact.value != Unknown(SET_ELSEWHERE)):
            continue
        name = f"{fact.scope}.{fact.name}" if fact.scope and fact.form in ("field", "class") else fact.name
        if is_key_name(fact.name) or (_KEY.search(last) and not _lists_names(fact.value)):
            if fact.value != Known(None):
                yield Term(KEYS, name, fact.value, fact.place)
        elif (not is_settings_path(fact.place.path) and fact.form == "module") or _OF_OTHERS.search(fact.place.path):
            continue
        elif _ENDPOINT.search(fact.name.replace(".", "_")) and fact.value not in (Known(None), Known("")):
            yield Term(PROVIDER, name, fact.value, fact.place)
        elif any(rows_of(framework.name, fact.name) for framework in frameworks() if framework.name in used):
            continue  # a framework's own that changes nothing here
        elif has_interface and _CACHE.fullmatch(fact.name):
            if not fact.added:
                yield Term(OWN, name, fact.value, fact.place, ((fact.condition, fact.value, fact.place),) if fact.condition else ())
        elif _is_kept_by(fact, last):
            yield Term(OWN, name, fact.value, fact.place)
    signs = {fact.place.path for fact in (*side.everywhere(TokenVerified), *side.everywhere(TokenKeyUsed))}
    for ring in side.everywhere(KeyRing):
        # Many a dictionary is called `keys`.
        if in_production(ring.place.path) and (ring.place.path in signs or _RING.search(ring.name)):
            yield Term(KEYS, f"{ring.scope or ring.place.path}.{ring.name}", Listing(tuple(key for key, _ in ring.keys.items)), ring.place)
    for lifetime in side.everywhere(LifetimeDeclared):
        if in_production(lifetime.place.path) and not _NOT_OF_LOGINS.search(lifetime.name):
            yield Term(OWN, lifetime.name, Duration(lifetime.seconds), lifetime.place)


def _is_one(fact: SettingAssigned) -> bool:
    """Whether a fact is a setting by itself, and no part of a dictionary: a table of defaults is a way to write settings down."""
    owner, _, _ = fact.name.rpartition(".")
    return not owner or fact.form == "config" or _DEFAULTS.fullmatch(owner) is not None


def _is_kept_by(fact: SettingAssigned, last: str) -> bool:
    """Whether a setting by its name says how long logins live, what their cookie is called, or where sessions are."""
    if _COOKIE.search(last) and keeps_login(Known(last.lower())):
        return True
    return (_LIFETIME.search(last) is not None and not _NOT_OF_LOGINS.search(last)) or _STORE.search(fact.name) is not None


def _lists_names(value: Value) -> bool:
    """Whether a value lists plain words: the keys that a session may have, and none that signs one."""
    return isinstance(value, Listing) and all(isinstance(item, Known) for item in value.items)


def _counts(fact: SettingAssigned) -> bool:
    """Whether production may start with what a fact sets."""
    if not in_production(fact.place.path) or for_developers(fact.condition) or is_developers_file(fact.place.path):
        return False
    return fact.form not in ("class", "field") or not is_developers_class(fact.scope)


def provider(side: Side) -> Iterator[Term]:
    """What an identity provider is asked, and how long somebody waits for it."""
    asked = {"keys": "for its keys", "token": "about a token", "user": "about a user"}
    for call in side.everywhere(ProviderCalled):
        if in_production(call.place.path):
            limit = "with no time limit" if call.waits_forever else "with a time limit"
            kept = f", the answer is kept {call.kept}" if call.kept else ""
            yield Term(PROVIDER, call.function, Reference(f"asks {asked[call.asked]} by {call.call}, {limit}{kept}"), call.place)
    for client in side.everywhere(KeyClientBuilt):
        if in_production(client.place.path):
            yield Term(PROVIDER, client.function, Reference("fetches its keys by PyJWKClient"), client.place)


def tables(side: Side) -> Iterator[Term]:
    """Tables that surely hold sessions, tokens or users."""
    known = Tables(side)
    for fact in side.everywhere(TableDeclared):
        if fact.name and in_production(fact.place.path):
            standing = known.standing(fact.name)
            if standing is not None and standing.confidence == "high":
                yield Term(TABLES, f"{standing.role}s", Reference(fact.name), fact.place)
