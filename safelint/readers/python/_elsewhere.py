"""What a migration takes from other files of its tree: helpers, constants, statements in files of SQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from safelint.facts import LooksElsewhere
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._beside import file_path, module_path
from safelint.readers.python._module import PythonModule, parse

# What is never a file of the tree.
_LIBRARIES = {*sys.stdlib_module_names, "sqlalchemy", "alembic", "django", "sqlmodel", "migrate", "flask", "pydantic", "pytest"}


class Elsewhere:
    """The files beside one that is read, and what was asked for and is not among them."""

    def __init__(self, path: str, beside: tuple[Source, ...] = ()) -> None:
        self.path = path
        self._texts = {each.path: each for each in beside}
        self._modules: dict[str, PythonModule | None] = {}
        self._asked: set[str] = set()
        self._opened: set[str] = set()
        self.broken: set[str] = set()
        """The names that are in a file of the tree which nothing can be made of."""

    def module(self, dotted: str) -> tuple[PythonModule, str] | None:
        """The module that has a function or a constant of this dotted name, and what it is called there."""
        package, _, name = dotted.rpartition(".")
        if package.split(".")[0] in ("", *_LIBRARIES) or (name[:1].isupper() and not name.isupper()):
            return None
        self._asked.add(dotted)
        found = module_path(dotted, self._texts, self.path)
        if found is None or len(found[1]) != 1:
            return None
        path = found[0]
        if path not in self._modules:
            try:
                self._modules[path] = parse(Source(path, self._texts[path].text))
            except Unreadable:
                self._modules[path] = None
        module = self._modules[path]
        if module is None:
            self.broken.add(dotted)
        return (module, found[1][0]) if module is not None else None

    def text(self, written: str) -> tuple[str, str] | None:
        """Path and text of a file that the code opens by this path."""
        self._opened.add(written)
        path = file_path(written, self._texts, self.path)
        return (path, self._texts[path].text) if path else None

    def fact(self) -> Iterator[LooksElsewhere]:
        """What should lie beside this file, if anything."""
        if self._asked or self._opened:
            yield LooksElsewhere(place=Place(self.path), modules=tuple(sorted(self._asked)), files=tuple(sorted(self._opened)))
