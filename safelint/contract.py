"""The session contract of a revision, as data: what somebody who is logged in depends on there, with places and without secrets.

`terms(side)` gathers it; `safelint.contract_page` puts it on paper.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from safelint.contract_deploy import Given, given, missing, parts_of_addresses, variables_in, with_what_fills_in
from safelint.contract_words import owners_in_words
from safelint.facts.clock import TokenVerified
from safelint.facts.cookies import CookieWritten
from safelint.facts.keys import KeyRing, LifetimeDeclared, TokenKeyUsed
from safelint.facts.provider import KeyClientBuilt, ProviderCalled
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.facts.tables import TableDeclared
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import Framework, Row, frameworks, rows_of
from safelint.hazards._cookies import keeps_login
from safelint.hazards._differences import effective, matters
from safelint.hazards._frameworks import in_use, keeps_sessions
from safelint.hazards._key_names import is_key_name
from safelint.hazards._settings import (
    DEPENDS,
    FROM_FILES,
    Settings,
    for_developers,
    inheriting_classes,
    is_developers_class,
    is_developers_file,
    leaves_of,
    path_of,
    set_of,
)
from safelint.paths import in_production, is_settings_path
from safelint.places import Place
from safelint.readers.declared_settings import SET_ELSEWHERE
from safelint.records import dataclass
from safelint.secrets import is_secret_name
from safelint.sources import Side
from safelint.tables import Tables
from safelint.values import Called, Duration, Known, Listing, Mapping, Reference, Unknown, Value, describe

KEYS = "Keys"
OWN = "Lifetimes, names and stores of its own"
PROVIDER = "Identity provider"
TABLES = "Tables"
VERSIONS = "Versions"
VARIABLES = "Set by a deployment for whoever reads it"
ELSEWHERE = "Files that are not here"
UNREAD = "Files that can't be read"
# Signs what is not a session as often as what is one: it comes after what surely is.
_BESIDE = ("itsdangerous",)

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
_FOR_DEVELOPERS = re.compile(
    r"(^|[/_.-])(dev|develop|development|local|tests?|testing|ci|docs?|documentation|lint|format|typecheck|check\w*|coverage|functests|tools?|build|devcontainer|github|taskfile)([/_.-]|$)",
    re.IGNORECASE,
)
_LIBRARIES = {"python-jose": "python-jose", "authlib": "Authlib", "joserfc": "joserfc"}
"""Libraries that verify tokens and have no settings, by their names in a requirements file."""
_OF_OTHERS = re.compile(r"(^|/)(addons?|integrations?|connectors?|query_runner)/")  # what an application connects to, and nobody logs in by
_DEFAULTS = re.compile(r"_?DEFAULTS?(_CONFIG|_SETTINGS|_VALUES)?|_?CONFIG_DEFAULTS", re.IGNORECASE)
_ENDPOINT = re.compile(
    r"(oidc|oauth2?|openid|saml2?|auth0|keycloak|cognito|okta|sso|jwt|jwks)\w*_(url|uri|endpoint|issuer|audience|authority|alg|algo|algorithms?|header_name|cookie_name)$"
    r"|_jwks$|(^|_)op_\w+_endpoint$|(^|_)rp_sign_algo$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that sessions depend on. `group` is what it belongs to, `place` None where the framework's default holds."""

    group: str
    name: str
    value: Value
    place: Place | None
    choices: tuple[tuple[str, Value, Place | None], ...] = ()
    """Where it depends on a condition: each condition with the value under it and where that stands (None: by default)."""
    means: Value | None = None
    """What a name of another module stands for, where the tree has just one setting of that name."""
    given: Given | None = None
    """Of the group `VARIABLES`: what a file of the deployment sets."""


@dataclass(frozen=True, slots=True)
class Also:
    """What to tell of one side though nothing there makes it matter, because it matters at the other one."""

    variables: frozenset[str] = frozenset()
    settings: frozenset[tuple[str, str]] = frozenset()
    """Each with the framework that reads it."""


def both(base: Side, head: Side) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The contracts of two sides, each with what the other one tells of: a deployed variable that only one reads, a setting that matters at one only."""
    first, second = terms(base), terms(head)
    at_base, at_head = _also(first), _also(second)
    if at_base == at_head:
        return first, second
    return terms(base, at_head), terms(head, at_base)


def _also(found: tuple[Term, ...]) -> Also:
    return Also(frozenset(variables_of(found)), frozenset((framework_of(term.group), term.name) for term in found if term.place is not None))


def terms(side: Side, also: Also = Also()) -> tuple[Term, ...]:  # noqa: B008 - it is frozen
    """The contract of one side: settings with the frameworks that read them, tokens, cookies, keys, providers, tables, versions and deployed values.

    `also` is to be told of though nothing here reads it.
    """
    known = _Names(side)
    settings = [Term(term.group, term.name, term.value, term.place, term.choices, known.meaning(term.value)) for term in _of_settings(side, also.settings)]
    code = [*_tokens(side, known), *_cookies(side, known), *_own(side, settings), *_provider(side), *_tables(side)]
    beside = [term for term in settings if term.group.startswith(_BESIDE)]
    found = [*(term for term in settings if term not in beside), *code, *beside]
    found += [*_versions(side, found, also.settings)]
    return (*found, *_variables(side, found, also.variables), *_elsewhere(side, found), *_unread(side))


def framework_of(group: str) -> str:
    """The framework that a group of settings belongs to."""
    return group.partition(" · ")[0]


# ---- settings


def _of_settings(side: Side, also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    spread: dict[str, list[Term]] = {}
    for settings in _sets(side):
        for framework in in_use(settings):
            if not _concerns(framework, settings):
                continue
            # An application is configured in many files, a settings module is one: only there a default can be told from what another file says.
            if "config" in framework.forms:
                spread.setdefault(framework.name, []).extend(term for term in _terms_of(framework, settings, also) if term.place is not None)
            else:
                yield from _terms_of(framework, settings, also)
    for framework in frameworks():
        if framework.name in spread:
            found = spread[framework.name]
            # One setting can be an attribute as well, by its name in small letters.
            said = {term.name.upper() for term in found}
            names = {row.setting.upper(): row.setting for row in framework.rows if "*" not in row.setting and row.default is not None}
            found += [
                Term(framework.name, name, rows_of(framework.name, name)[0].default or Known(None), None)
                for key, name in names.items()
                if key not in said and _is_worth_telling(framework, name) and _says_something(framework, name)
            ]
            order = [row.setting for row in framework.rows]
            for term in sorted(found, key=lambda term: order.index(term.name) if term.name in order else len(order)):
                yield Term(framework.name, term.name, term.value, term.place, term.choices)


def _says_something(framework: Framework, name: str) -> bool:
    """Whether a default says more than that nothing is set: a cookie without a domain is one of its own kind."""
    row = rows_of(framework.name, name)[0]
    return not _is_of_a_component(framework, name) and (row.cause == "cookies" or row.default != Known(None))


def _is_of_a_component(framework: Framework, name: str) -> bool:
    """Whether a row is an argument of a class or function, which has defaults only where that is used."""
    return any(name.startswith(f"{component.name}.") for component in framework.components)


def _is_worth_telling(framework: Framework, name: str) -> bool:
    """Whether somebody who wants to know how sessions are kept asks for this setting: what a change of it does, or what its cookie is like."""
    rows = rows_of(framework.name, name)
    return not name.lower().endswith("httponly") and any(row.effect != "none" or row.cause == "cookies" for row in rows)


def _sets(side: Side) -> Iterator[Settings]:
    """Every set of settings in the tree that production can start with."""
    seen: set[tuple[str, str, str]] = set()
    for fact in side.everywhere(SettingAssigned):
        scope = f"{fact.name.partition('.')[0]} {fact.scope}" if fact.form == "argument" else "" if fact.form == "config" else fact.scope
        if not in_production(fact.place.path) or (fact.form == "module" and not is_settings_path(fact.place.path)):
            continue
        for path, whose in _holders(side, fact, scope):
            if (path, fact.form, whose) not in seen:
                seen.add((path, fact.form, whose))
                yield set_of(side, path, fact.form, whose)
    for loader in side.everywhere(SettingsInherited):
        if loader.scope in FROM_FILES and in_production(loader.place.path) and (loader.place.path, "config", "") not in seen:
            seen.add((loader.place.path, "config", ""))
            yield set_of(side, loader.place.path, "config", "")


def _holders(side: Side, fact: SettingAssigned, scope: str) -> list[tuple[str, str]]:
    """The modules or classes, as (path, scope), that production can start with and that hold what a fact sets."""
    if fact.form == "module":
        return [(path, scope) for path in leaves_of(side, fact.place.path)]
    if fact.form in ("class", "field"):
        return inheriting_classes(side, fact.place.path, scope, fact.form)
    return [(fact.place.path, scope)]


def _concerns(framework: Framework, settings: Settings) -> bool:
    return any(row.effect != "none" or row.cause == "cookies" for name in settings.assigned for row in rows_of(framework.name, name))


def _terms_of(framework: Framework, settings: Settings, also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    group = (
        framework.name
        if framework.name in _BESIDE
        else f"{framework.name} · {settings.path}" + (f" · {settings.scope}" if settings.scope and settings.form != "argument" else "")
    )
    names = [row.setting for row in framework.rows if "*" not in row.setting and _is_worth_telling(framework, row.setting)]
    names += [name for name in settings.assigned if any("*" in row.setting and row.effect != "none" for row in rows_of(framework.name, name))]
    if settings.form == "argument":
        component = settings.scope.partition(" ")[0]
        names = [name for name in names if name.startswith(f"{component}.")]
    else:
        names = [name for name in names if not _is_of_a_component(framework, name)]
    sessions = framework.name != "Django" or keeps_sessions(settings)
    for name in dict.fromkeys(names):
        row = rows_of(framework.name, name)[0]
        fact = settings.of(name)
        if not (matters(framework, name, settings) or (row.cause == "cookies" and "*" not in row.setting) or (framework.name, name) in also):
            continue
        if not sessions and (name.startswith("SESSION_") or name == "CSRF_USE_SESSIONS"):
            continue
        value = effective(settings, row, name)
        if isinstance(value, Unknown) and value.why.startswith("what "):
            continue  # a part of what is told as a whole
        if value is None and row.default is None and fact is None:
            continue  # required, or a default that differs from version to version
        if fact is None and value in (None, Known(None)) and settings.form == "argument":
            continue
        followed = settings.of(row.default_from) if fact is None and row.default_from and value is not None else None
        place = fact.place if fact is not None else followed.place if followed is not None else None
        yield Term(group, name, value if value is not None else Unknown("required, and not set here"), place, _choices(settings, row, name))
    yield from _held_whole(framework, settings, group)


def _choices(settings: Settings, row: Row, name: str) -> tuple[tuple[str, Value, Place | None], ...]:
    """Where a setting depends on a condition: its values with their conditions, and the default where none of them holds."""
    if row.default_from and name not in settings.assigned:
        name = row.default_from
    chosen = [each for each in settings.assigned.get(name, ()) if not for_developers(each.condition) and not each.added]
    if settings.value(name) != Unknown(DEPENDS):
        if len(chosen) != 1 or not chosen[0].condition or row.default is None:
            return ()
        only = chosen[0]
        return ((only.condition, settings.resolved(only.value), only.place), ("", row.default, None)) if settings.resolved(only.value) != row.default else ()
    return tuple((each.condition, settings.resolved(each.value), each.place) for each in chosen)


def _held_whole(framework: Framework, settings: Settings, group: str) -> Iterator[Term]:
    """A dictionary whose parts matter and that is made by a function: `CACHES = {"default": env.cache()}` says where sessions are, and not how."""
    told = set[str]()
    for row in framework.rows:
        alias = settings.text(row.alias, rows_of(framework.name, row.alias)[0].default) if row.alias else ""
        name = row.setting.replace("*", alias)
        if "." not in name or "*" in name or not matters(framework, name, settings):
            continue
        # `DATABASES = databases()` holds DATABASES.default, too.
        holders = [".".join(name.split(".")[:depth]) for depth in range(name.count("."), 0, -1)]
        fact = next((found for holder in holders if (found := settings.of(holder)) is not None), None)
        if fact is not None and not isinstance(fact.value, Mapping) and fact.name not in told:
            told.add(fact.name)
            yield Term(group, fact.name, settings.resolved(fact.value), fact.place)


# ---- what code holds itself


class _Names:
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


def _tokens(side: Side, names: _Names) -> Iterator[Term]:
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


def _cookies(side: Side, names: _Names) -> Iterator[Term]:
    for fact in side.everywhere(CookieWritten):
        name = names.meaning(fact.name)
        name = name if isinstance(name, Known) else fact.name
        if keeps_login(name) and in_production(fact.place.path):
            given = {"domain": fact.domain, "path": fact.path, "secure": fact.secure, "samesite": fact.samesite, "max_age": fact.max_age}
            found = list(_at(f"Cookie · {describe(name)}", fact.function, fact.place, names, given))
            yield from found or [Term(f"Cookie · {describe(name)}", f"{fact.function}: attributes", Reference("none given"), fact.place)]


def _at(group: str, function: str, place: Place, names: _Names, given: dict[str, Value | None]) -> Iterator[Term]:
    """What one call says, an attribute a term."""
    for name, value in given.items():
        if value is not None:
            yield Term(group, f"{function}: {name}", value, place, means=names.meaning(value))


def _own(side: Side, settings: list[Term]) -> Iterator[Term]:
    """Settings that no framework knows and that sessions depend on all the same: keys, lifetimes, cookies' names, addresses of a provider."""
    told = {(term.place.path, term.place.line) for term in settings if term.place is not None}
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
        elif any(rows_of(framework.name, fact.name) for framework in frameworks()):
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


def _provider(side: Side) -> Iterator[Term]:
    asked = {"keys": "for its keys", "token": "about a token", "user": "about a user"}
    for call in side.everywhere(ProviderCalled):
        if in_production(call.place.path):
            limit = "with no time limit" if call.waits_forever else "with a time limit"
            kept = f", the answer is kept {call.kept}" if call.kept else ""
            yield Term(PROVIDER, call.function, Reference(f"asks {asked[call.asked]} by {call.call}, {limit}{kept}"), call.place)
    for client in side.everywhere(KeyClientBuilt):
        if in_production(client.place.path):
            yield Term(PROVIDER, client.function, Reference("fetches its keys by PyJWKClient"), client.place)


def _tables(side: Side) -> Iterator[Term]:
    tables = Tables(side)
    for fact in side.everywhere(TableDeclared):
        if fact.name and in_production(fact.place.path):
            standing = tables.standing(fact.name)
            if standing is not None and standing.confidence == "high":
                yield Term(TABLES, f"{standing.role}s", Reference(fact.name), fact.place)


def _versions(side: Side, found: list[Term], also: frozenset[tuple[str, str]]) -> Iterator[Term]:
    named = {name: framework.name for framework in frameworks() for name in framework.distributions} | _LIBRARIES
    said = {framework_of(term.group) for term in found} | {term.group.rpartition(" by ")[2] for term in found}
    said |= {framework.extends for framework in frameworks() if framework.name in said}
    pins = [
        fact
        for fact in side.everywhere(PackagePinned)
        if fact.name in named and (named[fact.name] in said or (VERSIONS, fact.name) in also) and (fact.version or fact.minimum)
    ]
    best: dict[str, PackagePinned] = {}
    for fact in sorted(pins, key=_likeliness):
        best.setdefault(fact.name, fact)
    for fact in best.values():
        yield Term(VERSIONS, fact.name, Reference(fact.version or f">={fact.minimum}"), fact.place)


def _likeliness(fact: PackagePinned) -> tuple[bool, ...]:
    """Sorts first what production most likely installs."""
    path = fact.place.path
    is_asked_for = path.endswith((".in", ".toml", "setup.py", "setup.cfg"))  # beside what was made of it
    return (not in_production(path), _FOR_DEVELOPERS.search(path) is not None, not fact.locked, not fact.version, is_asked_for)


# ---- what comes from elsewhere


def _variables(side: Side, found: list[Term], also: frozenset[str]) -> Iterator[Term]:
    """What a deployment gives to the variables that the terms read, and keys that it sets for whoever reads them."""
    readers: dict[str, list[str]] = {name: [] for name in also}
    secret: set[str] = set()
    for term in found:
        for name in _variables_of(term):
            readers.setdefault(name, []).append(term.name)
            if term.group == KEYS or is_secret_name(term.name) or term.name.endswith(("key", "keys")):
                secret.add(name)
        secret.update(name for value in _values_of(term) for name in parts_of_addresses(value))
    wanted, secret = with_what_fills_in(side, {name: tuple(dict.fromkeys(terms)) for name, terms in readers.items()}, secret)
    for each in given(side, wanted, secret):
        yield Term(VARIABLES, f"${each.variable}" + (f" ({each.owner})" if each.owner else ""), each.value, each.place, given=each)
    if readers:
        for lost in missing(side):
            yield Term(ELSEWHERE, lost.source, Reference(f"variables of {owners_in_words(lost.owners) or 'what stands beside it'}"), lost.place)


def variables_of(found: tuple[Term, ...] | list[Term]) -> list[str]:
    """The variables of the environment that the contract depends on, by name."""
    return sorted({name for term in found if term.group != VARIABLES for name in _variables_of(term)})


def _variables_of(term: Term) -> Iterator[str]:
    for value in _values_of(term):
        yield from variables_in(value)


def _values_of(term: Term) -> Iterator[Value | None]:
    yield from (term.value, term.means, *(each for _, each, _ in term.choices))


def _elsewhere(side: Side, found: list[Term]) -> Iterator[Term]:
    """Settings that a settings module takes from a file that git does not keep: `local_settings` and its like."""
    folders = {posixpath.dirname(term.place.path) for term in found if term.place is not None and term.group not in (OWN, PROVIDER, TABLES, VERSIONS)}
    for fact in side.everywhere(SettingsInherited):
        if fact.form == "module" and is_settings_path(fact.place.path) and posixpath.dirname(fact.place.path) in folders and "." in fact.source:
            own = fact.place.path.split("/")[0]
            if path_of(side, fact.source, fact.place.path) is None and (fact.source.split(".")[0] == own or fact.source.split(".")[0] in _folders(side)):
                yield Term(ELSEWHERE, fact.source, Reference("its settings count more than those before it"), fact.place)


def _unread(side: Side) -> Iterator[Term]:
    """Code of which nothing is known: it may set anything."""
    for fact in side.unread_everywhere(SettingAssigned, TokenVerified, CookieWritten):
        # A name with a brace in it is that of a template for code.
        if fact.place.path.endswith(".py") and "{" not in fact.place.path and in_production(fact.place.path):
            yield Term(UNREAD, fact.place.path, Reference(fact.why), fact.place)


def _folders(side: Side) -> set[str]:
    return {path.split("/")[0] for path in side.paths if "/" in path}
