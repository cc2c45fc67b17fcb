"""Environment variables as files write them: what a text stands for, and what of it is a secret."""

from __future__ import annotations

import re
from collections.abc import Callable

from safelint.facts.settings import VariableSet
from safelint.places import Place
from safelint.secrets import seal, seal_by_name
from safelint.values import Called, Environment, Known, Listing, Reference, Template, Unknown, Value

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LIST_NAME = re.compile(r"FALLBACKS|(OLD|PREVIOUS|SECRET|SIGNING)_KEYS|_KEYS$", re.IGNORECASE)
_BRACED = re.compile(r"\$\{(?P<name>[^}:]+)(?::-(?P<default>[^}]*))?\}")
_COMPOSED = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<mark>:?[-?+])(?P<default>(?:\$\{[^}]*\}|[^}])*))?\}|\$(?P<plain>[A-Za-z_]\w*)")
_HOLE = "‥"
_ENCRYPTED = re.compile(r"ENC\[AES256_GCM,data:|\$ANSIBLE_VAULT;|-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----")
_WORKFLOW = re.compile(r"\$\{\{\s*(?P<expression>[^}]*?)\s*\}\}")


def variable(place: Place, name: str, value: Value, scope: str = "", *, secret: bool = False) -> VariableSet:
    """The fact that a variable is set; its value is sealed where its name, or the place where it stands, says that it is a secret."""
    if name.upper().endswith("_FILE") and isinstance(value, Known) and str(value.value).startswith("/"):
        value = Reference(f"the file {value.value}")  # the path is no secret, and says where the secret comes from
    listed = as_list(name, value)
    return VariableSet(place=place, name=name, value=seal(listed) if secret else seal_by_name(name, listed), scope=scope)


def as_list(name: str, value: Value) -> Value:
    """Old keys, of which there may be several with commas between them."""
    if isinstance(value, Known) and isinstance(value.value, str) and _LIST_NAME.search(name):
        return Listing(tuple(Known(part.strip()) for part in value.value.split(",")))
    return value


def encrypted(text: str) -> Value | None:
    """A text that somebody encrypted, as what decrypts it gives: sealed, so that two can be compared. None for any other text."""
    if not _ENCRYPTED.match(text.strip()):
        return None
    tool = "ansible-vault" if text.lstrip().startswith("$ANSIBLE_VAULT") else "sops"
    return Called(tool, (seal(Known(text.strip())),))


def in_env_file(text: str) -> Value:
    """`${NAME}` and `${NAME:-default}`, as python-dotenv fills them in."""
    if (ciphered := encrypted(text)) is not None:
        return ciphered

    def of(found: re.Match[str]) -> Value:
        return Environment(found["name"], Known(found["default"]) if found["default"] is not None else Known(""))

    return _pieces(text, _BRACED, of)


def in_compose(text: str) -> Value:
    """`$NAME`, `${NAME:-default}` and their like, as compose fills them in; `$$` is one dollar sign."""
    if _HOLE in text or "{{" in text or "{%" in text:
        return Unknown("a template fills it in")
    if (found := encrypted(text)) is not None:
        return found

    def of(found: re.Match[str]) -> Value:
        if found[0] == "$$":
            return Known("$")
        mark = found["mark"] or ""
        if mark.endswith("?"):
            return Environment(found["name"])
        if mark.endswith("+"):
            return Unknown("a value that depends on another variable")
        return Environment(found["name"] or found["plain"], in_compose(found["default"]) if mark else Known(""))

    return _pieces(text, _COMPOSED, of)


def in_manifest(text: str) -> Value:
    """A value of a Kubernetes manifest: `$(NAME)` is a variable of the same container, `${NAME}` is filled in before the manifest is applied."""
    if _HOLE in text or "{{" in text or "{%" in text:
        return Unknown("a template fills it in")
    if (found := encrypted(text)) is not None:
        return found
    return _pieces(text, re.compile(r"\$\((?P<name>\w+)\)|\$\{(?P<braced>\w+)\}"), lambda found: Environment(found["name"] or found["braced"]))


def in_workflow(text: str) -> Value:
    """A value of a workflow: `${{ secrets.NAME }}`."""
    return _pieces(text, _WORKFLOW, lambda found: Reference(f"the workflow's {found['expression']}"))


def _pieces(text: str, pattern: re.Pattern[str], of: Callable[[re.Match[str]], Value]) -> Value:
    parts: list[Value] = []
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            parts.append(Known(text[end : found.start()]))
        parts.append(of(found))
        end = found.end()
    if not parts:
        return Known(text)
    if end < len(text):
        parts.append(Known(text[end:]))
    joined: list[Value] = []
    for part in parts:
        if joined and isinstance(part, Known) and isinstance(joined[-1], Known):
            joined[-1] = Known(f"{joined[-1].value}{part.value}")
        else:
            joined.append(part)
    return joined[0] if len(joined) == 1 else Template(tuple(joined))
