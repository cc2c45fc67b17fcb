"""What may be shown of a text: secrets in it are found by the company they keep, and hidden. Hides too much rather than too little."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safelint.secrets import HIDDEN, is_secret_name

Span = tuple[int, int]
_LONGEST = 1_000  # characters of a message

# Words that make every literal of their line suspect: names of secrets, and what secrets are handed to.
_SUSPECT = re.compile(
    r"\bkey|keys?[\"'\]]?\s*[:=]|\bsign|jwt|\bjws|\bpass|pwd|fernet|serializer|cipher|hash|digest|bearer|basic |authorization|identified|\bcert|\bpem\b|\brsa"
    r"|setuser|^\s*user\s|\bauth\b|login|connect\(|dsn|webhook|(redis|valkey|keydb)-cli|mysql|psql|curl",
    re.IGNORECASE,
)
_NAME = (
    r"[\w.\-]*(?:secret|passw|passphrase|pass|pwd|private_?key|_key|apikey|credential|requirepass|masterauth|auth[-_]pass|salt|token|pepper|dsn|hmac)[\w.\-]*"
)
_ASSIGNED = re.compile(rf"(?<![\w.\-]){_NAME}[\"'`\]]*\s*(?:=>|[:=]+)[ \t]*(?P<value>.*)", re.IGNORECASE)
_FOLLOWED = re.compile(rf"(?<![\w.\-/])(?:--?)?{_NAME}[\"']?[\s,]+[\"']?(?P<value>.*)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\b(?:identified\s+by|bearer|basic|auth)[\"']?[\s,:]+(?P<value>.*)", re.IGNORECASE)
_OPTION = re.compile(r"""(?:^|[\s"'\[,])-(?:a|u|p)["']?[\s,=]*(?P<value>"[^"]*"|'[^']*'|\S+)""")
_HAS_OPTION = re.compile(r"(redis|valkey|keydb)-cli|mysql|mariadb|curl|mongo|ldap|sshpass|wget", re.IGNORECASE)
_ACL = re.compile(r"(?:^|(?<=[\s\"',]))[><#!](?P<value>[^\s\"',]+)")
_ACL_LINE = re.compile(r"^\s*user\s|setuser|\"user\"", re.IGNORECASE)
_USERINFO = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?//(?P<value>.*)@", re.IGNORECASE)
_USER_AND_PASSWORD = re.compile(r"(?<![\w/])[\w.\-]+:(?P<value>[^\s\"'@/]+)@")
_PEM = re.compile(r"-----BEGIN (?P<value>.*)")
_ENTROPY = re.compile(
    r"(?=[\w+/\-]*[A-Z])(?=[\w+/\-]*[a-z])(?=[\w+/\-]*\d)[\w+/\-]{24,}={0,2}|\b[0-9a-fA-F]{32,}\b"
    r"|(?=[A-Za-z0-9+/]*\d[A-Za-z0-9+/]*[A-Za-z][A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{24,}={0,2}"
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w+|\bgh[a-z]_\w+|\bAKIA\w+|\bxox\w-[\w\-]+|\beyJ[\w\-]+(?:\.[\w\-]*)*|\bSG\.[\w\-.]+|\bglpat-[\w\-]+"
)
# The apostrophe of a user's word opens no literal.
_QUOTED = re.compile(
    r'"""(?P<a>(?:\\.|(?!""").)*)(?:"""|\Z)' r"|'''(?P<b>(?:\\.|(?!''').)*)(?:'''|\Z)"
    r'|"(?P<c>(?:\\.|[^"\\])*)(?:"|\Z)' r"|(?!(?<=[a-z])'[st] )'(?P<d>(?:\\.|[^'\\])*)(?:'|\Z)" r"|`(?P<e>[^`]*)(?:`|\Z)"
    r"|\$(?P<tag>\w*)\$(?P<f>.*?)(?:\$(?P=tag)\$|\Z)"
)  # fmt: skip
# Words of the libraries themselves: nobody's secret, and what a reader of such a line looks for.
TELLS_NOTHING = re.compile(
    r"(?:HS|RS|ES|PS)(?:256|384|512)|EdDSA|exp|iat|nbf|iss|aud|sub|jti|kid|typ|alg|verify_(?:signature|exp|aud|iss|iat|nbf|sub|jti)|require|leeway|none|Bearer|GET|POST|[Ll]ax|[Ss]trict|utf-?8|/"
    r"|(?:django|rest_framework|rest_framework_simplejwt|allauth|oauth2_provider|knox|flask|flask_session|starlette|social_core|axes|mozilla_django_oidc)(?:\.[A-Za-z_]\w*)+"
)
# What an operation of a migration is called with first: the names of a table and a column, which hold no secret themselves.
_OPERATION = re.compile(
    r"(?:\w*op\.(?:add|alter|create|drop|rename)_\w+|migrations\.(?!Run)[A-Z]\w+)\((?:\s*(?:\w*name=)?(?:[\w.]+\()?(?:None|['\"]\w*['\"])\)?,?)+"
)
_NUMBER = re.compile(r"(?<![\w.(])\d[\w.]*")
_COMMENT = re.compile(r"(?:#|//|--|/\*|<!--)(?P<value>.*)")
_OURS = re.compile(r"safelint: ?ignore\[[\w\-, *]*\]")


def masked_code(code: str) -> str:
    """A piece of code within a message: literals beside suspect words are hidden, words are not."""
    code = _cut(code)
    named = _OPERATION.match(code)
    start = named.end() if named else 0
    return code[:start] + apply(code[start:], hidden(code[start:], quoted=True, suspect=is_suspect(code)))


def masked(line: str) -> str:
    """A line of source as it may be shown, whatever language it is in: whatever could be a secret is hidden."""
    return apply(line, hidden(line))


def masked_value(text: str) -> str:
    """A value within a message: only what is a secret whatever it is called by is hidden, such as the password in an address."""
    text = _cut(text)
    return apply(text, _merged([*_addresses(text), *(found.span() for found in _ENTROPY.finditer(text))]))


def _cut(text: str) -> str:
    """No more of a text than a message needs: a statement can have megabytes. What is cut within quotes is hidden to its end."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _addresses(text: str) -> list[Span]:
    return [found.span("value") for pattern in (_USERINFO, _USER_AND_PASSWORD, _PEM) for found in pattern.finditer(text)]


def apply(line: str, spans: Iterable[Span]) -> str:
    """The line with something that tells nothing in place of every span."""
    parts = []
    at = 0
    for start, end in spans:
        parts += [line[at:start], HIDDEN]
        at = end
    return "".join([*parts, line[at:]])


def is_suspect(line: str) -> bool:
    """Whether a line talks of secrets, or hands something to what takes them."""
    return is_secret_name(line) or _SUSPECT.search(line) is not None


def assigns_secret(line: str) -> bool:
    """Whether a line gives a value to a name that says that it is a secret."""
    return _ASSIGNED.search(line) is not None


def hidden(line: str, *, quoted: bool = False, suspect: bool = False) -> tuple[Span, ...]:
    """The parts of a line that must not be shown, in order and apart from one another.

    `quoted` is for languages in which a literal stands in quotes: what stands outside of them then is a name, and may
    be shown. `suspect` says that the lines around this one make its literals suspect.
    """
    # The names in a suppression are rules: "signing-key-replaced" gives nothing away.
    plain = _OURS.sub(lambda found: " " * len(found[0]), line)
    spans = _addresses(plain)
    if suspect or is_suspect(plain):
        spans += _literals(line, quoted)
        if not quoted:
            spans += [found.span("value") for pattern in (_ASSIGNED, _FOLLOWED, _DIRECTIVE) for found in pattern.finditer(plain)]
    if _ACL_LINE.search(plain):
        spans += [found.span("value") for found in _ACL.finditer(plain)]
    if _HAS_OPTION.search(plain):
        spans += [found.span("value") for found in _OPTION.finditer(plain)]
    # What looks like a key by itself, in what is left: together they would show how long the rest of a secret is.
    spans = list(_merged(spans))
    for start, end in spans:
        plain = plain[:start] + " " * (end - start) + plain[end:]
    return tuple(_merged(spans + [found.span() for found in _ENTROPY.finditer(plain)]))


def _literals(line: str, quoted: bool) -> Iterator[Span]:
    rest = list(line)
    for found in _QUOTED.finditer(line):
        span = next(found.span(group) for group in "abcdef" if found[group] is not None)
        if not TELLS_NOTHING.fullmatch(line, *span):
            yield span
        rest[found.start() : found.end()] = " " * (found.end() - found.start())
    if quoted:
        outside = "".join(rest)
        comment = _COMMENT.search(outside)
        if comment and not _OURS.match(comment["value"].strip()):
            yield comment.start("value"), len(line)
        if assigned := _ASSIGNED.search(outside):
            start = assigned.start("value")
            yield from ((start + number.start(), start + number.end()) for number in _NUMBER.finditer(outside[start:]))


def _merged(spans: list[Span]) -> Iterator[Span]:
    last: Span | None = None
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if last and start <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last:
            yield last
        last = (start, end)
    if last:
        yield last
