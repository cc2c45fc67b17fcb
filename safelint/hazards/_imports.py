"""Whether the code of a tree sets up a library whose settings alone say little: they stay behind when it goes, or were never read."""

from __future__ import annotations

import re

from safelint.frameworks import Framework, frameworks, rows_of
from safelint.hazards._settings import Settings
from safelint.paths import in_production
from safelint.sources import Side

_IMPORT = rb"(?m)^[ \t]*(?:from|import)[ \t]+(?:%s)\b"
_NAMES = rb"(?m)^[ \t]*from[ \t]+(?:%s)[\w.]*[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)"


def is_read(settings: Settings, name: str) -> bool:
    """Whether anything reads a setting: one that only a library that has to be set up by code knows counts where that library is imported."""
    readers = [each for each in frameworks() if settings.form in each.forms and rows_of(each.name, name)]
    return any(is_set_up(settings.side, each) for each in readers) if readers else True


def is_set_up(side: Side, framework: Framework) -> bool:
    """Whether a library is imported, if that is what makes it count; also where the application that could is not in this tree at all."""
    if not framework.imported:
        return True
    key = ("imported", framework.name)
    if key not in side.worked_out:
        side.worked_out[key] = _is_imported(side, framework)
    found: bool = side.worked_out[key]
    return found


def _calls(data: bytes, framework: Framework) -> bool:
    """Whether a file calls what it imports of a library, or derives a class from it: an import may have been left behind, too."""
    packages = b"|".join(re.escape(each.encode()) for each in framework.packages)
    names = [each.split()[-1] for found in re.findall(_NAMES % packages, data) for each in found.strip(b"() \t").split(b",") if each.strip()]
    called = b"|".join([rb"(?:%s)\.\w+" % packages, *(re.escape(each) for each in names)])
    derived = rb"^[ \t]*class[ \t]+\w+\([^#\n]*(?<![\w.])(?:%s)[ \t]*[,)]" % called
    return re.search(rb"(?m)^[^#\n]*(?<![\w.])(?:%s)[ \t]*\(|%s" % (called, derived), data) is not None


def _is_imported(side: Side, framework: Framework) -> bool:
    extended = [package for each in frameworks() if each.name == framework.extends for package in each.packages]
    own, others = (re.compile(_IMPORT % b"|".join(re.escape(each.encode()) for each in names)) for names in (framework.packages, extended))
    paths = [path for path in sorted(side.paths) if path.endswith(".py") and in_production(path)]
    has_others = False
    for _, data in side.files.read(paths):
        if own.search(data) and _calls(data, framework):
            return True
        has_others = has_others or others.search(data) is not None
    return not has_others
