"""Session engines of one's own: which of the framework's they are, where they add nothing that matters."""

from __future__ import annotations

from safelint.facts.identity import SessionInterfaceDefined, SessionStoreDefined
from safelint.hazards._settings import Settings, path_of
from safelint.values import Called, Known, Value, text_of

# What decides where sessions are and how they are read, if a class has it of its own.
_DECIDES = {
    "load", "save", "encode", "decode", "exists", "create", "delete", "cache_key", "cache_key_prefix", "key_salt", "serializer", "get_model_class", "model",
    "_get_session_from_db", "__init__",
}  # fmt: skip
_DECIDES_IN_FLASK = {
    "open_session", "save_session", "get_signing_serializer", "serializer", "salt", "key_derivation", "digest_method", "get_cookie_name", "__init__",
}  # fmt: skip
_COOKIE_OF_FLASK = ("flask.sessions.SecureCookieSessionInterface", "quart.sessions.SecureCookieSessionInterface")
_DEEPEST = 4  # classes of one's own above each other


def as_engine(settings: Settings, value: Value) -> Value:
    """The engine of the framework that an engine of one's own is by another name; any other value as it is."""
    if isinstance(value, Called):
        return Known(None) if _is_flasks_own(settings, value.function, settings.path) else value
    dotted = text_of(value)
    path = path_of(settings.side, dotted, settings.path) if dotted else None
    if path is None:
        return value
    stores = settings.side.within(SessionStoreDefined, [path])
    # The class's name goes into signatures: under another name it is another engine.
    if len(stores) == 1 and stores[0].name == "SessionStore" and not _DECIDES & set(stores[0].overrides):
        return Known(stores[0].engine)
    return value


def _is_flasks_own(settings: Settings, name: str, seen_from: str, depth: int = 0) -> bool:
    """Whether a session interface reads and writes what Flask's own one does, which is there without being named."""
    if name in _COOKIE_OF_FLASK:
        return True
    owner, _, last = name.rpartition(".")
    path = path_of(settings.side, owner, seen_from) if owner else seen_from
    if path is None or depth == _DEEPEST:
        return False
    defined = next((each for each in settings.side.within(SessionInterfaceDefined, [path]) if each.name == last), None)
    if defined is None or _DECIDES_IN_FLASK & set(defined.overrides):
        return False
    return _is_flasks_own(settings, defined.engine, path, depth + 1)
