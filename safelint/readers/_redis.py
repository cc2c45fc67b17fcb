"""What readers of a store's configuration share: from its text, wherever it stands, to facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from safelint.facts.store import StoreDirective
from safelint.places import Place
from safelint.redis.acl import HASH
from safelint.redis.lines import Unbalanced, split
from safelint.redis.servers import known_words
from safelint.secrets import fingerprint, is_secret_name, seal
from safelint.values import Known, Sealed, Unknown, Value

HOLE = "\ue000"
"""Stands where a template fills something in."""

_ACTION = re.compile(r"\{\{.*?\}\}|<%=.*?%>|\$\{[^}\n]*\}|\{%.*?%\}|\{#.*?#\}|<%.*?%>|%[\w-]+%|@[A-Z][A-Z_]+@|__[A-Z][A-Z_]+__", re.DOTALL)
_OPENS = re.compile(r"(\{\{-?|\{%[-+]?|<%-?)\s*(if|for|range|with|unless|macro|block|raw)\b")
_CLOSES = re.compile(r"(\{\{-?|\{%[-+]?|<%-?)\s*end")
# A line that is filled in whole may become any line, or several.
_PRINTS = re.compile(r"\{\{-?\s*(?!-?\s*(if|else|end|range|with|define|block|fail|\$\w+\s*:?=|/\*|#)\b|/\*|-?\}\})|<%=|^\s*\$\{[^}]*\}\s*$")
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{|%[\w-]+%|@[A-Z][A-Z_]+@|__[A-Z]")
_CREDENTIALS = {"requirepass", "masterauth", "primaryauth", "tls-key-file-pass", "tls-client-key-file-pass"}
_MARKS = ("<", ">", "#", "!")

Locate = Callable[[int, int], Place]
"""(line, columns of the text) -> the place of that line of the configuration in its source."""


def directives(text: str, file: str, kind: str, locate: Locate) -> Iterator[StoreDirective]:
    """The lines of a configuration. Nothing where the text is no configuration of a store at all."""
    found = list(_lines(text))
    if not _is_configuration(found, kind):
        return
    for number, stripped, is_certain in found:
        try:
            words = tuple(stripped.split(" ")) if kind == "users" else split(stripped)
        except Unbalanced:
            words = None
        place = locate(number, len(stripped))
        if words is None:
            name = re.split(r"\s", stripped, maxsplit=1)[0].lower()
            yield StoreDirective(place=place, file=file, kind=kind, name=name, arguments=(), words_match=HOLE in stripped)  # type: ignore[arg-type]
            continue
        name = words[0].lower() if kind != "users" else words[0]
        arguments = tuple(arguments_of(name, words[1:])) if is_certain else tuple(Unknown("set under a condition") for _ in words[1:])
        yield StoreDirective(place=place, file=file, kind=kind, name=name, arguments=arguments)  # type: ignore[arg-type]


def arguments_of(name: str, words: tuple[str, ...]) -> Iterator[Value]:
    """The arguments of a directive, secrets sealed."""
    seals = name in _CREDENTIALS or is_secret_name(name)
    if name == "sentinel" and words and words[0].lower() in ("auth-pass", "sentinel-pass"):
        keep = 2 if words[0].lower() == "auth-pass" else 1
        yield from (Known(word) for word in words[:keep])
        yield from (_password(word) for word in words[keep:])
        return
    for at, word in enumerate(words):
        if HOLE in word:
            yield Unknown("a template fills it in")
        elif seals and at and word.startswith("#"):
            # No password has a second word: this is meant as a comment, and so is what follows.
            yield Known("#")
        elif seals:
            yield _password(word)
        elif name == "user":
            yield _rule(word)
        else:
            yield Known(word)


def _rule(word: str) -> Value:
    """One word of an access list. Of a password its digest is sealed, so that `>p` and `#digest of p` are the same."""
    if word[:1] not in _MARKS or len(word) < 2:
        return Known(word)
    if word[0] in "><":
        return Sealed(fingerprint(_digest(word[1:])), ("#" if word[0] == ">" else "!",))
    if re.fullmatch(r"[0-9a-f]{64}", word[1:]):
        return Sealed(fingerprint(word[1:]), (word[0],))
    # A comment that begins here reads as a digest to the server, and a mistyped digest is a secret all the same.
    return Sealed(fingerprint(word[1:]), (word[0], HASH))


def _password(word: str) -> Value:
    """A password of a directive, sealed by its digest: equal to the same one in an access list."""
    sealed = seal(Known(word))
    return Sealed(fingerprint(_digest(word)), sealed.traits) if isinstance(sealed, Sealed) else sealed


def _digest(password: str) -> str:
    import hashlib

    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """(number, stripped text, whether it is there in every case) of each line that says something."""
    is_template = _TEMPLATE.search(text) is not None
    depth = 0
    holes = _ACTION.sub(lambda found: HOLE + "\n" * found[0].count("\n"), text) if is_template else text
    originals = text.split("\n")
    for number, raw in enumerate(holes.partition("\0")[0].split("\n"), 1):
        original = originals[number - 1] if number <= len(originals) else ""
        if is_template and HOLE in raw:
            depth += len(_OPENS.findall(original)) - len(_CLOSES.findall(original))
            depth = max(depth, 0)
            if not raw.replace(HOLE, "").strip(" \t\r\n-"):
                if _PRINTS.search(original):
                    yield number, f"include {HOLE}", depth == 0
                continue
        stripped = raw.strip(" \t\r\n")
        if stripped and not stripped.startswith("#"):
            yield number, stripped, depth == 0


def _is_configuration(found: list[tuple[int, str, bool]], kind: str) -> bool:
    """Whether most lines begin as a line of a configuration does: a file named redis.conf may be of supervisord or nginx."""
    if kind == "users":
        return bool(found) and all(line.startswith("user ") for _, line, _ in found[:1])
    words = known_words()
    known = sum(1 for _, line, _ in found if re.split(r"[\s=:]", line.lower(), maxsplit=1)[0].strip("\"'") in words)
    return known > 0 and known * 2 >= len(found)
