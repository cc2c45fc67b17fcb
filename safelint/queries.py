"""SQL that stands in code: in the literals of any language, and in files of named queries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.files import decoded
from safelint.mentions import CODE, MIGRATIONS
from safelint.paths import in_production
from safelint.places import Place
from safelint.readers import Unreadable
from safelint.records import dataclass
from safelint.sources import Side

_NAMED = re.compile(r"^[ \t]*--[ \t]*(name:|:name\b)", re.IGNORECASE | re.MULTILINE)
_VERB = re.compile(r"\b(?:select|insert\s+into|update|delete\s+from|with|merge\s+into)\b", re.IGNORECASE)
_BEFORE = 2000  # characters between the beginning of a statement and the name of the table, at most
_LONGEST = 6000
_JOINED = re.compile(r"\s*[+.\\]?\s*[fFrRbB]{0,2}")


@dataclass(frozen=True, slots=True)
class Query:
    """A statement that names a table: its text, where that begins in its file, and what the statement calls the table."""

    path: str
    text: str
    line: int
    names: frozenset[str]

    @property
    def takes_everything(self) -> bool:
        """Whether it asks for columns without naming them."""
        return re.search(r"\b(?:select|returning)\s+(?:distinct\s+)?(?:[\w\"`]+\.)?\*", self.text, re.IGNORECASE) is not None

    def place_of(self, column: str) -> Place | None:
        """Where the statement names a column of the table; None where it does not."""
        pattern = re.compile(rf"(?<![\w:$@{{%])(?:[\"`\[]?(?P<of>\w+)[\"`\]]?\.)?(?P<quote>[\"`\[]?)\b{re.escape(column)}\b(?![\w(])", re.IGNORECASE)
        for found in pattern.finditer(self.text):
            before = self.text[: found.start()].rstrip()
            if before.endswith(("%(", "'", ":", "${", "{")) or re.search(r"\bas$", before, re.IGNORECASE):
                continue  # a value that is filled in, a text, or a name that the statement itself gives
            if found["of"] and found["of"].lower() not in self.names:
                continue
            line = self.line + self.text.count("\n", 0, found.start("quote"))
            return Place(self.path, line, 1, line, 1)
        return None


def queries(side: Side, *tables: str) -> Iterator[Query]:
    """The statements in the code of one side, outside of migrations and tests, that name one of these tables. Reads the whole tree: ask only with a reason."""
    plain = {table.rsplit(".", 1)[-1].lower() for table in tables} - {""}
    if not plain:
        return
    naming = re.compile(
        rf"\b(?:from|into|update|join)\s+(?:only\s+)?(?:[\"`\[]?\w+[\"`\]]?\.)?[\"`\[]?(?P<table>{'|'.join(map(re.escape, sorted(plain)))})\b[\"`\]]?"
        r"(?:\s+(?:as\s+)?(?P<alias>[a-z]\w*))?",
        re.IGNORECASE,
    )
    paths = [path for path in side.files.paths() if path.endswith((*CODE, ".sql")) and not MIGRATIONS.search(path) and in_production(path)]
    wanted = [each.encode() for each in plain]
    for path, data in side.files.read(paths):
        lowered = data.lower()
        if not any(each in lowered for each in wanted):
            continue
        try:
            text = decoded(data)
        except Unreadable:
            continue  # whoever reads files says so
        if path.endswith(".sql") and not _NAMED.search(text):
            continue
        seen: set[int] = set()
        for found in naming.finditer(text):
            span = _statement(text, found.start(), path.endswith(".sql"))
            if span is None or span[0] in seen:
                continue
            seen.add(span[0])
            whole = text[span[0] : span[1]]
            names = {each[group].lower() for each in naming.finditer(whole) for group in ("table", "alias") if each[group]}
            yield Query(path, whole, text.count("\n", 0, span[0]) + 1, frozenset(names))


def _statement(text: str, at: int, plain: bool) -> tuple[int, int] | None:
    """Where the statement begins and ends that the name of a table stands in; None where it stands in none."""
    window = max(0, at - _BEFORE)
    verbs = [found.start() + window for found in _VERB.finditer(text[window : at + 20]) if found.start() + window <= at]
    if plain:
        start = text.rfind(";", 0, at) + 1
        end = text.find(";", at)
        inside = [verb for verb in verbs if verb >= start]
        return (inside[0], end if end >= 0 else len(text)) if inside else None
    for verb in reversed(verbs):
        before = text[max(0, verb - 40) : verb].rstrip()
        quote = next((mark for mark in ('"""', "'''", '"', "'", "`") if before.endswith(mark)), "")
        if quote:
            end = _end(text, verb, quote)
            return (verb, end) if end > at else None
    return None


def _end(text: str, start: int, quote: str) -> int:
    """Where a literal ends; literals that are joined are one."""
    position = start
    while True:
        end = text.find(quote, position)
        while end > 0 and text[end - 1] == "\\":
            end = text.find(quote, end + 1)
        if end < 0 or end - start > _LONGEST:
            return min(len(text), start + _LONGEST)
        joined = _JOINED.match(text, end + len(quote))
        if len(quote) == 3 or quote == "`" or joined is None or not text.startswith(quote, joined.end()):
            return end
        position = joined.end() + len(quote)
