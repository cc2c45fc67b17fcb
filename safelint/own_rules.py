"""The rules of one side: those that come with safelint, and the documents of the project's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from safelint.config import BadConfig, Config
from safelint.policy import check_names
from safelint.rules import Rule, combined, load, parse
from safelint.sources import Side


class Rules:
    """The rules of one side, read when somebody first asks: most changes need none of them."""

    def __init__(self, side: Side, settings: Config) -> None:
        self._side = side
        self._settings = settings
        self.loaded: tuple[Rule, ...] = ()

    def __iter__(self) -> Iterator[Rule]:
        if not self.loaded:
            own = (parse(PurePosixPath(path), text) for path, text in documents(self._side, self._settings.rules))
            self.loaded = combined(load(), own)
            settings, where = self._settings, self._settings.path or ""
            for key, patterns in (("select", settings.select), ("ignore", settings.ignore)):
                check_names(patterns, self.loaded, f"{where}: {key}")
            for glob, names in settings.per_path_ignores:
                check_names(names, self.loaded, f"{where}: per-path-ignores: {glob}")
        return iter(self.loaded)


def documents(side: Side, folder: str | None) -> list[tuple[str, str]]:
    """Path and text of the project's own rule documents, as they are at one side."""
    if folder is None:
        return []
    paths = sorted(path for path in side.files.paths() if path.startswith(folder + "/") and path.endswith(".md"))
    if not paths:
        raise BadConfig(f"rules: there is no rule document (*.md) below {folder}")
    found = [(path, side.text(path)) for path in paths]
    return [(path, text) for path, text in found if text is not None]
