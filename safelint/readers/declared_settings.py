"""Settings that an application declares in YAML, each with its default: a list of entries with a `key:` and a `default:`.

What somebody's own configuration file says counts more; the default is what holds where it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import SettingAssigned
from safelint.readers import Source
from safelint.readers._yaml import Node, documents
from safelint.secrets import is_secret_name, seal_by_name
from safelint.values import Known, Unknown, Value

YIELDS: tuple[type[Fact], ...] = (SettingAssigned,)
NAMES = r"(?i:(^|/)[^/]*(declaration|options|settings|config_schema)[\w-]*\.ya?ml$)"
TRIGGERS = (b"session_", b"secret_key", b"remember_cookie")

SET_ELSEWHERE = "set by the configuration file of each installation"
_OF_SESSIONS = re.compile(r"[A-Z][A-Z0-9_]+|[a-z][\w.]*(secret|session|jwt|cookie)[\w.]*")
_WORDS: dict[str, Value] = {"true": Known(value=True), "false": Known(value=False), "null": Known(None), "~": Known(None), "": Known(None)}
_NUMBER = re.compile(r"-?\d[\d_]*")


def read(source: Source) -> Iterator[Fact]:
    """The defaults of the settings that sessions may depend on, and the secrets that have none."""
    for root in documents(source):
        for node in root.walk():
            key, default = node.get("key"), node.get("default")
            if key is None or not _OF_SESSIONS.fullmatch(key.text):
                continue
            required = node.get("required")
            if default is not None and default.kind == "scalar":
                yield _setting(source, key.text, default, seal_by_name(key.text, _value(default)))
            elif default is None and ((required is not None and required.text == "true") or (key.text.islower() and is_secret_name(key.text))):
                yield _setting(source, key.text, key, Unknown(SET_ELSEWHERE))


def _setting(source: Source, name: str, node: Node, value: Value) -> SettingAssigned:
    module = re.sub(r"\.ya?ml$", "", source.path).replace("/", ".")
    return SettingAssigned(place=node.place, name=name, value=value, form="config", scope="", module=module)


def _value(node: Node) -> Value:
    if not node.plain:
        return Known(node.text)
    if _NUMBER.fullmatch(node.text):
        return Known(int(node.text))
    return _WORDS.get(node.text.lower(), Known(node.text))
