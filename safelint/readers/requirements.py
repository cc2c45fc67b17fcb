"""Which versions a project asks for: requirements and constraints files, pyproject.toml, lock files, environment.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from safelint.facts import Fact
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import frameworks
from safelint.places import Place
from safelint.readers import Source, Unreadable

YIELDS: tuple[type[Fact], ...] = (PackagePinned,)
TRIGGERS = (b"django", b"flask", b"jwt", b"starlette", b"fastapi", b"werkzeug", b"itsdangerous", b"jose", b"authlib", b"pyramid", b"aiohttp",
            b"tornado", b"cachelib", b"bottle", b"bcrypt", b"rest-auth", b"rest_auth", b"beaker")  # fmt: skip

# The files in which Python projects say what they need.
NAMES = (
    r"(^|/)(?i:[\w.-]*(requirements?|constraints?|reqs?)[\w.-]*\.(txt|in|pip)|requirements?/[\w./-]+\.(txt|in|pip))$"
    r"|(^|/)(uv\.lock|poetry\.lock|pdm\.lock|pyproject\.toml|Pipfile|Pipfile\.lock|environment\.ya?ml)$"
)
_LOCKS = {"uv.lock", "poetry.lock", "pdm.lock"}
_LINE = re.compile(r"^\s*-?\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?(?P<spec>[=<>!~^][^;#\\)]*)?")
_QUOTED = re.compile(r"""["'](?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?(?P<spec>[=<>!~^][^;"')]*)?""")
_KEYED = re.compile(r"""^\s*["']?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)["']?\s*=\s*(?:["'](?P<spec>[^"']*)["']|\{[^}]*version\s*=\s*["'](?P<inner>[^"']*)["'])""")
_LOCKED_NAME = re.compile(r"""^name\s*=\s*["'](?P<name>[^"']+)["']""")
_LOCKED_VERSION = re.compile(r"""^version\s*=\s*["'](?P<version>[^"']+)["']""")
_EXTRA = {"werkzeug", "django-redis", "redis", "python-jose", "authlib", "joserfc"}


def read(source: Source) -> Iterator[Fact]:
    """The pins of a file."""
    name = PurePosixPath(source.path).name
    if name in _LOCKS:
        found = _lock(source)
    elif name == "Pipfile.lock":
        found = _pipfile_lock(source)
    elif name in ("pyproject.toml", "Pipfile"):
        found = _toml(source)
    else:
        found = _lines(source)
    wanted = {each for framework in frameworks() for each in framework.distributions} | _EXTRA
    for line, column, end, package, spec, locked in found:
        if normalised(package) in wanted:
            version, minimum = versions(spec)
            yield PackagePinned(
                place=Place(source.path, line, column, line, end), name=normalised(package), version=version, minimum=minimum, locked=locked or bool(version)
            )


def normalised(name: str) -> str:
    """A distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(spec: str) -> tuple[str, str]:
    """The exact version and the lowest of a specifier; Poetry's bare and caret forms included. `=1.2` is conda's."""
    exact, lowest = "", ""
    for part in spec.split(","):
        found = re.fullmatch(r"\s*(?P<operator>===?|=|>=|~=|\^|~|>|<=|<|!=)?\s*v?(?P<version>\d[\w.!+]*)(?P<any>\.\*)?\s*", part)
        if found is None:
            continue
        operator, version = found["operator"], found["version"]
        if operator in ("==", "===", "=", None) and not found["any"] and not version.endswith("."):
            exact = version
        elif operator in (">=", "~=", "^", "~", ">", "=="):
            lowest = version
    return exact, lowest or exact


_Found = Iterator[tuple[int, int, int, str, str, bool]]


def _lines(source: Source) -> _Found:
    for number, line in enumerate(source.text.split("\n"), 1):
        found = _LINE.match(line)
        if found and not line.lstrip().startswith(("#", "--")):
            yield number, found.start("name") + 1, len(line.rstrip()) + 1, found["name"], (found["spec"] or "").strip(), False


def _toml(source: Source) -> _Found:
    """Both the lists of PEP 621 and the tables of Poetry and Pipenv, line by line: all that is wanted is which line says which version."""
    table = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]+\s*(#.*)?$", line):
            table = header[1].strip()
            continue
        if re.search(r"dependencies$|^packages$|dependencies\.|^dev-packages$", table) and (keyed := _KEYED.match(line)):
            yield number, keyed.start("name") + 1, len(line.rstrip()) + 1, keyed["name"], keyed["spec"] or keyed["inner"] or "", False
        elif not line.lstrip().startswith("#"):
            for quoted in _QUOTED.finditer(line):
                if quoted["spec"]:
                    yield number, quoted.start("name") + 1, quoted.end() + 1, quoted["name"], quoted["spec"].strip(), False


def _lock(source: Source) -> _Found:
    name = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.startswith("[["):
            name = ""
        elif found := _LOCKED_NAME.match(line):
            name = found["name"]
        elif name and (version := _LOCKED_VERSION.match(line)):
            yield number, 1, len(line) + 1, name, f"=={version['version']}", True
            name = ""


def _pipfile_lock(source: Source) -> _Found:
    import json

    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    lines = source.text.split("\n")
    packages = data.get("default", {}) if isinstance(data, dict) else {}
    for name, entry in packages.items() if isinstance(packages, dict) else ():
        spec = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(spec, str):
            header = next((number for number, line in enumerate(lines) if line.strip().startswith(f'"{name}":')), 0)
            number = next((each for each in range(header, len(lines)) if f'"version": "{spec}"' in lines[each]), header)
            yield number + 1, 1, len(lines[number]) + 1, name, spec, True
