"""Configuration files of services: what YAML, TOML, JSON, INI and properties say about sessions, cookies and the keys that sign them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import SettingAssigned
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._variables import encrypted
from safelint.readers._yaml import Node, documents
from safelint.secrets import is_secret_name, seal, seal_by_name
from safelint.values import Environment, Known, Listing, Unknown, Value

YIELDS: tuple[type[Fact], ...] = (SettingAssigned,)
_ELSEWHERE = (
    r"(?!.*(^|/)(\.github|\.vscode|\.idea|\.circleci|locales?|i18n|translations?|lang|messages|schemas?|openapi|swagger|crds?|static|public|assets|mocks?|demos?|__mocks__)/)"
    r"(?!.*(compose|openapi|swagger|schema|tsconfig|eslint|pre-commit|mkdocs|codecov|renovate|dependabot|pyproject|package|manifest|workflow|declaration)[^/]*$)"
)
NAMES = (
    # What is no file of these kinds is told first: it costs a fifth of the rest.
    rf"(?i:^(?=.*\.(?:ya?ml|toml|json|ini|cfg|properties)(?:\.|$)){NOT_FOR_DEVELOPERS}{_ELSEWHERE}(.*/)?("
    r"[^/]*(config|conf|settings|secrets?|prod|production|values|application|options|vars|authelia|kratos|hydra|keto|oathkeeper|ckan|grafana|gitea|superset)[^/]*"
    r"|(conf|config|configs|configuration|etc|deploy|group_vars|host_vars)/([^/]+/)*[^/]+"
    r")\.(ya?ml|toml|json|ini|cfg|properties)(\.j2|\.tmpl|\.tpl)?$)"
)
TRIGGERS = (b"session", b"cookie", b"jwt", b"secret", b"signing", b"egg:")

_OF_INTEREST = re.compile(r"session|cookie|jwt|secret|signing|auth_?key|app_?key", re.IGNORECASE)
# What says whose file of PasteDeploy it is.
_WHOSE = re.compile(r"use|ckan\.site_(?:url|id)")
_ENVIRONMENT = re.compile(r"(?:^|\.)(?:[a-z]+_?)?env(?:ironment)?(?:_?(?:vars?|variables|secrets?|raw))?\.", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-?(?P<default>[^}]*))?\}|%env\((?:\w+:)*(?P<symfony>\w+)\)%")
_WORKED_OUT = re.compile(r"@(?:format|jinja|get|read_file)\b")  # Dynaconf does so
_SECTION = re.compile(r"[ \t]*\[{1,2}(?P<name>[^\[\]]+)\]{1,2}[ \t]*(?:[#;].*)?")
_PAIR = re.compile(r"(?P<name>[\w.\"':/-]+?)[ \t]*[=:][ \t]*(?P<value>.*)")
_LARGEST = 300_000  # characters: what is longer was written by no person
_DEEPEST = 12
_HOLE = "‥"


def read(source: Source) -> Iterator[Fact]:
    """Every setting whose name, with all that it stands in, talks of sessions, cookies or secrets. Its name has dots between its parts."""
    if len(source.text) > _LARGEST:
        return
    kind = re.sub(r"\.(j2|tmpl|tpl)$", "", source.path.lower()).rpartition(".")[2]
    found_in = {"toml": _toml, "ini": _ini, "cfg": _cfg, "properties": _ini}.get(kind, _yaml)
    for place, name, value in found_in(source):
        # What stands below `env` and its like are variables, and read as such.
        if (_OF_INTEREST.search(name) and not _ENVIRONMENT.search(name)) or (found_in is _ini and _WHOSE.fullmatch(name)):
            yield SettingAssigned(place=place, name=name, value=_sealed(name, value), form="file", scope="", module=source.path)


def _sealed(name: str, value: Value) -> Value:
    return seal(value) if is_secret_name(name) else seal_by_name(name.rpartition(".")[2], value)


def _filled(text: str) -> Value:
    """A text of a configuration file: what is filled in before it is read is not known here."""
    if (found := encrypted(text)) is not None:
        return found
    if variable := _VARIABLE.fullmatch(text.strip()):
        default = variable["default"]
        return Environment(variable["name"] or variable["symfony"], Known(default) if default is not None else None)
    if _WORKED_OUT.match(text) or _HOLE in text or "{{" in text or "{%" in text or "${" in text or "%(" in text or "<%" in text:
        return Unknown("a template fills it in")
    return Known(text)


# ---- YAML and JSON


def _yaml(source: Source) -> Iterator[tuple[Place, str, Value]]:
    try:
        roots = documents(source)
    except Unreadable:
        if "{{" in source.text or "{%" in source.text:
            return  # no YAML before it is filled in
        raise
    for root in roots:
        # A manifest is read as what it is, and values that declare settings are no settings.
        if (
            root.kind == "mapping"
            and not (root.get("kind") is not None and (root.get("apiVersion") or root.get("metadata")) is not None)
            and root.get("$schema") is None
        ):
            yield from _below(root, (), 0)


def _below(node: Node, above: tuple[str, ...], depth: int) -> Iterator[tuple[Place, str, Value]]:
    if depth > _DEEPEST:
        return
    for key, value in node.settings():
        path = (*above, key.text)
        if value.kind == "scalar" and not (value.block and not value.text.startswith("$ANSIBLE_VAULT")):
            yield value.place, ".".join(path), Known(None) if value.is_null else _filled(value.text)
        elif value.kind == "mapping":
            yield from _below(value, path, depth + 1)
        elif value.kind == "sequence":
            if value.items and all(item.kind == "scalar" for item in value.items):
                yield value.place, ".".join(path), Listing(tuple(_filled(item.text) for item in value.items))
            for number, item in enumerate(value.items):
                yield from _below(item, (*path, str(number)), depth + 1)


# ---- TOML


def _toml(source: Source) -> Iterator[tuple[Place, str, Value]]:
    import tomllib

    if "{{" in source.text or "{%" in source.text:
        return
    try:
        data = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise Unreadable(f"not TOML: {type(error).__name__}") from None
    lines: dict[str, Place] = {}
    section = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        if found := _SECTION.fullmatch(line):
            section = found["name"].replace('"', "").replace(" ", "")
        elif pair := _PAIR.fullmatch(line.strip()):
            name = pair["name"].replace('"', "")
            lines[f"{section}.{name}" if section else name] = Place(source.path, number, 1, number, len(line) + 1)
    for name, value in _tables(data, (), 0):
        holder = name
        while holder and holder not in lines:
            holder = re.sub(r"\.?[^.]*$", "", holder)
        yield lines.get(holder, lines.get(re.sub(r"\.\d+(?=\.)", "", name), Place(source.path))), name, value


def _tables(data: object, above: tuple[str, ...], depth: int) -> Iterator[tuple[str, Value]]:
    if depth > _DEEPEST:
        return
    match data:
        case dict():
            for key, value in data.items():
                yield from _tables(value, (*above, str(key)), depth + 1)
        case list():
            if data and all(isinstance(each, str) for each in data):
                yield ".".join(above), Listing(tuple(_filled(each) for each in data))
            else:
                for number, each in enumerate(data):
                    if isinstance(each, dict):
                        yield from _tables(each, (*above, str(number)), depth + 1)
        case str():
            yield ".".join(above), _filled(data)
        case bool() | int() | float():
            yield ".".join(above), Known(data)


# ---- INI and properties


def _cfg(source: Source) -> Iterator[tuple[Place, str, Value]]:
    """A file without sections may be Python by another ending, as Flask reads it."""
    if not re.search(r"^[ \t]*\[\w[^\]]*\][ \t]*$", source.text, re.MULTILINE):
        from safelint.readers.python import parse

        try:
            module = parse(source)
        except Unreadable:
            pass
        else:
            for statement in module.tree.body:
                if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
                    yield module.place(statement), statement.targets[0].id, module.value(statement.value)
            return
    yield from _ini(source)


def _ini(source: Source) -> Iterator[tuple[Place, str, Value]]:
    """Sections and settings; of PasteDeploy's sections (`app:main`) only the settings count, as the application sees them."""
    section = ""
    for number, line in enumerate(source.text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;!" or line[0] in " \t":
            continue
        if found := _SECTION.fullmatch(line):
            section = "" if re.match(r"app:|DEFAULT$|default$", found["name"].strip()) else found["name"].strip()
        elif pair := _PAIR.fullmatch(stripped):
            text = pair["value"].strip()
            if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
                text = text[1:-1]
            yield Place(source.path, number, 1, number, len(line) + 1), f"{section}.{pair['name']}" if section else pair["name"], _filled(text)
