"""Session engines of one's own: which of Django's they are, where they add nothing that matters."""

from __future__ import annotations

from safelint.facts.identity import SessionStoreDefined
from safelint.hazards._settings import Settings, path_of
from safelint.values import Known, Value, text_of

# What decides where sessions are and how they are read, if a class has it of its own.
_DECIDES = {
    "load", "save", "encode", "decode", "exists", "create", "delete", "cache_key", "cache_key_prefix", "key_salt", "serializer", "get_model_class", "model",
    "_get_session_from_db", "__init__",
}  # fmt: skip


def as_engine(settings: Settings, value: Value) -> Value:
    """The engine of Django that an engine of one's own is by another name; any other value as it is."""
    dotted = text_of(value)
    path = path_of(settings.side, dotted, settings.path) if dotted else None
    if path is None:
        return value
    stores = settings.side.within(SessionStoreDefined, [path])
    # The class's name goes into signatures: under another name it is another engine.
    if len(stores) == 1 and stores[0].name == "SessionStore" and not _DECIDES & set(stores[0].overrides):
        return Known(stores[0].engine)
    return value
