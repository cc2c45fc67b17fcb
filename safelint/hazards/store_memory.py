"""Sessions in the memory of a process, or in its own folder: gone with it, and unknown to the process beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from safelint.facts.settings import SettingAssigned
from safelint.facts.store import MemoryStoreMade
from safelint.findings import Confidence
from safelint.hazards import Hazard
from safelint.hazards._imports import is_read
from safelint.hazards._settings import for_developers, set_of
from safelint.paths import in_production
from safelint.places import Place
from safelint.records import dataclass
from safelint.sources import Side
from safelint.values import Known, text_of

_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
_NOTHING = "django.core.cache.backends.dummy.DummyCache"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsInProcess(Hazard):
    """Sessions that end with the process that has them (`where` memory), or with its folder (`where` folder); `what` says by what."""

    what: str
    where: Literal["memory", "folder"]
    confidence: Confidence = "high"


def of_state(side: Side) -> Iterator[Hazard]:
    """What each touched set of settings says about it, and each store that code makes."""
    for made in side.touched(MemoryStoreMade):
        yield SessionsInProcess(place=made.place, what=made.name, where="memory", confidence="medium")
    asked: set[tuple[str, str, str]] = set()
    for fact in side.touched(SettingAssigned):
        if for_developers(fact.condition) or not in_production(fact.place.path):
            continue
        key = (fact.place.path, fact.form, fact.scope)
        if fact.name == "SESSION_TYPE" and fact.value == Known("filesystem"):
            yield from _of_flask(side, fact, key)
        elif (fact.name == "SESSION_ENGINE" or fact.name.startswith("CACHES.")) and key not in asked:
            asked.add(key)
            yield from _of_django(side, key)


def _of_flask(side: Side, fact: SettingAssigned, key: tuple[str, str, str]) -> Iterator[Hazard]:
    settings = set_of(side, *key)
    if settings.value("SESSION_FILE_DIR") is None and is_read(settings, fact.name):
        yield SessionsInProcess(place=fact.place, what="SESSION_TYPE filesystem", where="folder", confidence="medium")


def _of_django(side: Side, key: tuple[str, str, str]) -> Iterator[Hazard]:
    settings = set_of(side, *key)
    engine = settings.of("SESSION_ENGINE")
    if engine is None or text_of(settings.value("SESSION_ENGINE")) != "django.contrib.sessions.backends.cache":
        return
    alias = text_of(settings.value("SESSION_CACHE_ALIAS") or Known("default"))
    if alias is None:
        return
    backend = settings.value(f"CACHES.{alias}.BACKEND")
    said = settings.of(f"CACHES.{alias}.BACKEND")
    place: Place = engine.place if said is None else said.place
    if text_of(backend) in (_LOCAL, _NOTHING):
        yield SessionsInProcess(place=place, what=(text_of(backend) or "").rpartition(".")[2], where="memory")
    elif backend is None and settings.value("CACHES") is None and settings.complete:
        # Django's own default is a cache in the process.
        yield SessionsInProcess(place=engine.place, what="the cache that Django has by itself", where="memory", confidence="medium")
