"""Configuration: `[tool.safelint]` in pyproject.toml, or safelint.toml, at the root of the tree.

It is read as data from the side that is judged, never from the machine, so that the same change gets the same answer
everywhere. A key that is not known stops the run: a misspelt `ignore` must not be a silent one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, cast

from safelint.findings import CONFIDENCES, SEVERITIES, Confidence, Severity
from safelint.records import dataclass, field, fields, replace

PATHS = ("safelint.toml", "pyproject.toml")
TABLES = ("logins", "all")
_VERSION = re.compile(r"\d+(\.\d+)*")
_STORE = re.compile(r"(redis|valkey) (\d+(?:\.\d+)*)")


class BadConfig(Exception):
    """A configuration that can't be used; the message names the file, the line and the remedy."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project asks for. Every field is a key, with `-` for `_`; `path` is the file that it came from."""

    select: tuple[str, ...] = ()
    """Only these rules, by name, glob or cause; empty for all."""
    ignore: tuple[str, ...] = ()
    """Not these rules, by name, glob or cause."""
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For files that match a glob: not these rules."""
    exclude: tuple[str, ...] = ()
    """Globs of files that are not judged. They are still read where another file needs them."""
    fail_on: Severity = "error"
    """The least severity that fails the run."""
    min_confidence: Confidence = "medium"
    """The least confidence that is shown."""
    strict: bool = False
    """Whether something that could matter and was not understood fails the run."""
    check_downgrade: bool = False
    """Whether what only the way back of a migration does weighs as much as what the deploy does; else it is a note."""
    rules: str | None = None
    """A folder of the project's own rule documents, relative to the root."""
    tables: Literal["logins", "all"] | None = None
    """Which tables' migrations are judged."""
    session_tables: tuple[str, ...] = ()
    token_tables: tuple[str, ...] = ()
    user_tables: tuple[str, ...] = ()
    not_session_tables: tuple[str, ...] = ()
    postgres: str | None = None
    """The version of PostgreSQL in production."""
    store: tuple[str, str] | None = None
    """Product and version of the session store in production."""
    path: str | None = field(default=None, compare=False)


def read(text_of: Callable[[str], str | None]) -> Config:
    """The configuration of a tree; `text_of` gives the text of a file of it, or None. Raises BadConfig."""
    found = [config for path in PATHS if (text := text_of(path)) is not None and (config := parse(path, text)) is not None]
    if len(found) > 1:
        raise BadConfig(f"{PATHS[0]}: {PATHS[1]} has a [tool.safelint] too; keep one of them")
    return found[0] if found else Config()


def earlier(text_of: Callable[[str], str | None] | None) -> Config:
    """The configuration of a base. One that could not be used asked for nothing, and so did none."""
    try:
        return read(text_of) if text_of else Config()
    except BadConfig:
        return Config()


def parse(path: str, text: str) -> Config | None:
    """The configuration in one file; None where the file has none. Raises BadConfig."""
    table = table_of(path, text)
    if table is None:
        return None
    checks = _checks()
    config = Config(path=path)
    for key, value in table.items():
        if key not in checks:
            import difflib

            close = difflib.get_close_matches(key.replace("_", "-").lower(), checks, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(checks))}"
            raise BadConfig(f"{path}:{line_of(text, key)}: unknown key {key!r:.80}; {remedy}")
        try:
            # mypy cannot follow a field by its name; `checks` has one entry for each field, which a test holds.
            config = replace(config, **{key.replace("-", "_"): checks[key](value)})
        except ValueError as error:
            raise BadConfig(f"{path}:{line_of(text, key)}: {key}: {error}") from None
    return config


def table_of(path: str, text: str) -> dict[str, Any] | None:
    """The keys and values of a configuration file, unchecked; None where it has none. Raises BadConfig."""
    if path == "pyproject.toml" and "safelint" not in text:
        return None
    import tomllib

    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadConfig(f"{path}: not TOML: {error}") from None
    if path != "pyproject.toml":
        return data
    tools = data.get("tool")
    if not isinstance(tools, dict) or "safelint" not in tools:
        return None
    table = tools["safelint"]
    if not isinstance(table, dict):
        raise BadConfig(f"{path}:{line_of(text, 'safelint')}: tool.safelint is not a table")
    return table


def line_of(text: str, *words: str) -> int:
    """The line where the last of these words stands, each looked for behind the one before it; 1 where it does not."""
    # tomllib gives no places; a word behind its key is what a person would look for too.
    start = 0
    section = re.search(r"^\s*\[\s*tool\s*\.\s*safelint\s*[\].]", text, re.MULTILINE)
    if section:
        start = section.start()
    for word in words:
        found = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])").search(text, start)
        if not found:
            break
        start = found.start()
    return text.count("\n", 0, start) + 1


def _checks() -> dict[str, Callable[[Any], Any]]:
    special: dict[str, Callable[[Any], Any]] = {
        "per-path-ignores": _per_path,
        "fail-on": lambda value: _one_of(value, SEVERITIES),
        "min-confidence": lambda value: _one_of(value, CONFIDENCES),
        "strict": _flag,
        "check-downgrade": _flag,
        "rules": _folder,
        "tables": lambda value: _one_of(value, TABLES),
        "postgres": _version,
        "store": _store,
    }
    names = [each.name.replace("_", "-") for each in fields(Config) if each.name != "path"]
    return {name: special.get(name, _texts) for name in names}


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('expected a list of texts, like ["one", "two"]')
    return tuple(value)


def _per_path(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise ValueError('expected a table, like {"legacy/**" = ["rule-name"]}')
    return tuple((glob, _texts(names)) for glob, names in value.items())


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"expected one of {', '.join(allowed)}")
    return cast(str, value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _folder(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('expected a folder, like "ops/rules"')
    parts = value.replace("\\", "/").strip("/").split("/")
    if value.startswith(("/", "\\", "~")) or ".." in parts or ":" in value:
        raise ValueError("expected a folder inside the tree, relative to its root")
    cleaned = "/".join(part for part in parts if part not in ("", "."))
    if not cleaned:
        raise ValueError("expected a folder below the root")
    return cleaned


def _version(value: Any) -> str:
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise ValueError('expected a version in quotes, like "16"')
    return value


def _store(value: Any) -> tuple[str, str]:
    found = _STORE.fullmatch(value.lower()) if isinstance(value, str) else None
    if not found:
        raise ValueError('expected a product and its version, like "redis 7.2" or "valkey 8.1"')
    return found[1], found[2]
