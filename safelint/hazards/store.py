"""The session store: calls that empty the cache in which sessions live."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned
from safelint.facts.store import FlushCalled
from safelint.hazards import Hazard
from safelint.hazards._settings import Settings, for_developers, set_of
from safelint.paths import in_production, is_settings_path
from safelint.places import Place, Related
from safelint.records import dataclass
from safelint.sources import Side
from safelint.values import Known, Value, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCacheCleared(Hazard):
    """Code clears the very cache that holds the sessions. `cache` is its alias in Django's settings."""

    call: str
    cache: str


def of_state(side: Side) -> Iterator[Hazard]:
    """Each `cache.clear()` of a project whose sessions are in that cache and nowhere else."""
    calls = [fact for fact in side.touched(FlushCalled) if fact.via == "cache"]
    if not calls:
        return
    found = _sessions_in_cache(side)
    if found is None:
        return
    settings, alias, place = found
    for fact in calls:
        cleared = text_of(fact.target)
        if cleared is not None and _is_same(settings, alias, cleared):
            related = (Related(place, "sessions are kept in the cache", side.name),)
            yield SessionCacheCleared(place=fact.place, call=fact.call, cache=cleared, related=related)


def _sessions_in_cache(side: Side) -> tuple[Settings, str, Place] | None:
    """The settings that keep sessions in a cache and only there, the cache's alias, and where they say so."""
    candidates = [path for path in side.files.paths() if is_settings_path(path) and in_production(path)]
    for fact in side.within(SettingAssigned, candidates):
        if fact.name == "SESSION_ENGINE" and (text_of(fact.value) or "").endswith("backends.cache") and not for_developers(fact.condition):
            settings = set_of(side, fact.place.path, fact.form, fact.scope)
            alias = text_of(settings.value("SESSION_CACHE_ALIAS") or Known("default"))
            if alias is not None:
                return settings, alias, fact.place
    return None


def _is_same(settings: Settings, alias: str, cleared: str) -> bool:
    """Whether clearing one alias empties the other: clear() is FLUSHDB, and knows no prefix."""
    if alias == cleared:
        return True
    first, second = (_location(settings, each) for each in (alias, cleared))
    return first is not None and first == second


def _location(settings: Settings, alias: str) -> Value | None:
    return settings.value(f"CACHES.{alias}.LOCATION")
