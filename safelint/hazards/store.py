"""The session store: code and command lines that empty what sessions live in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned
from safelint.facts.store import FlushCalled
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._settings import Settings, for_developers, set_of
from safelint.paths import in_production, is_settings_path
from safelint.places import Place, Related
from safelint.records import dataclass
from safelint.sources import Side
from safelint.values import Called, Known, Mapping, Value, text_of

_CACHE = "backends.cache"
# Engines that are none the worse for an empty Redis: their sessions are in a table, a file, a cookie.
_ELSEWHERE = ("backends.db", "backends.cached_db", "backends.file", "backends.signed_cookies")
_DEFAULT_ENGINE = "django.contrib.sessions.backends.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFlushed(Hazard):
    """A store is emptied by code (`via` redis) or by a command line (`via` shell)."""

    call: str
    via: str
    confidence: Confidence = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCacheCleared(Hazard):
    """Code clears the very cache that holds the sessions. `cache` is its alias in Django's settings."""

    call: str
    cache: str


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Where Django keeps its sessions: the settings, the alias of the cache ("" where they are in none), and the place that says so."""

    settings: Settings
    alias: str
    place: Place


def of_state(side: Side) -> Iterator[Hazard]:
    """Each call that empties something, judged by what lives there."""
    calls = side.touched(FlushCalled)
    if not calls:
        return
    sessions = _sessions(side)
    for fact in calls:
        if fact.via in ("redis", "shell"):
            if (confidence := _confidence(fact, sessions)) is not None:
                yield StoreFlushed(place=fact.place, call=fact.call, via=fact.via, confidence=confidence)
        elif fact.via == "flask-caching":
            yield from _of_flask(side, fact)
        else:
            yield from _of_a_cache(fact, [each for each in sessions if each.alias])


def _confidence(fact: FlushCalled, sessions: list[_Sessions]) -> Confidence | None:
    """Low where Django keeps its sessions in no Redis, None where they are known to be in another database than the one that is emptied."""
    if not sessions:
        return "medium"
    in_a_cache = [each for each in sessions if each.alias]
    if not in_a_cache:
        return "low"
    emptied = None if fact.everything or fact.via == "shell" else _database_of(fact.target)
    kept = {_database_in(text_of(_location(each.settings, each.alias))) for each in in_a_cache}
    return "medium" if emptied is None or None in kept or emptied in kept else None


def _database_of(client: Value) -> int | None:
    """The database that a client uses, where its making says so."""
    for argument in client.arguments if isinstance(client, Called) else ():
        given = (argument, argument.get("url")) if isinstance(argument, Mapping) else (argument,)
        number = argument.get("db") if isinstance(argument, Mapping) else None
        if isinstance(number, Known) and isinstance(number.value, int):
            return number.value
        if (found := next((found for each in given if (found := _database_in(text_of(each))) is not None), None)) is not None:
            return found
    return None


def _database_in(address: str | None) -> int | None:
    found = re.fullmatch(r"(redis|rediss|valkey|valkeys)://[^/?]*/(\d+)(\?.*)?", address or "")
    return int(found[2]) if found else None


def _of_a_cache(fact: FlushCalled, sessions: list[_Sessions]) -> Iterator[Hazard]:
    cleared = text_of(fact.target)
    for each in sessions:
        if cleared is not None and _is_hit(each, cleared, fact.via):
            related = (Related(each.place, "sessions are kept in the cache", each.settings.side.name),)
            yield SessionCacheCleared(place=fact.place, call=fact.call, cache=each.alias if cleared == "*" else cleared, related=related)
            return


def _of_flask(side: Side, fact: FlushCalled) -> Iterator[Hazard]:
    """Flask-Caching empties the keys of its prefix, and the whole database where that is empty."""
    for setting in side.everywhere(SettingAssigned):
        if setting.name == "CACHE_KEY_PREFIX" and setting.value == Known("") and in_production(setting.place.path):
            yield StoreFlushed(place=fact.place, call=fact.call, via="redis", related=(Related(setting.place, "no prefix: all keys are its own", side.name),))
            return


def _sessions(side: Side) -> list[_Sessions]:
    """What each of the production settings of Django says about its sessions; none where there is no Django."""
    candidates = [path for path in side.files.paths() if is_settings_path(path) and in_production(path)]
    found: dict[tuple[str, str, str], _Sessions] = {}
    for fact in side.within(SettingAssigned, candidates):
        if fact.name not in ("SESSION_ENGINE", "INSTALLED_APPS") or for_developers(fact.condition):
            continue
        key = (fact.place.path, fact.form, fact.scope)
        if key in found and fact.name != "SESSION_ENGINE":
            continue
        settings = set_of(side, *key)
        engine = text_of(settings.value("SESSION_ENGINE") or Known(_DEFAULT_ENGINE))
        if engine is None or not engine.endswith((_CACHE, *_ELSEWHERE)):
            continue
        alias = text_of(settings.value("SESSION_CACHE_ALIAS") or Known("default")) if engine.endswith(_CACHE) else ""
        if alias is not None:
            found[key] = _Sessions(settings, alias, fact.place)
    return list(found.values())


def _is_hit(sessions: _Sessions, cleared: str, via: str) -> bool:
    """Whether emptying one alias empties the sessions' as well: clear() is FLUSHDB and knows no prefix, a pattern does."""
    if cleared in ("*", sessions.alias):
        return True
    settings = sessions.settings
    first, second = (_location(settings, each) for each in (sessions.alias, cleared))
    if first is None or first != second:
        return False
    return via == "cache" or all(
        settings.value(f"CACHES.{sessions.alias}.{each}") == settings.value(f"CACHES.{cleared}.{each}") for each in ("KEY_PREFIX", "VERSION")
    )


def _location(settings: Settings, alias: str) -> Value | None:
    return settings.value(f"CACHES.{alias}.LOCATION")
