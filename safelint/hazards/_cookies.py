"""What browsers and web libraries do with cookies, and which of them keep people logged in. Pure: no facts are asked for here."""

from __future__ import annotations

import re
from typing import Literal

from safelint.records import dataclass
from safelint.values import Environment, Known, Listing, Reference, Template, Value, is_settled, text_of

Winner = Literal["first", "last", ""]
Attribute = Literal["name", "domain", "path", "secure", "samesite", "partitioned", "age"]

# Which of two cookies of one name counts, measured: Werkzeug 3.1, Django 5.2, Starlette 1.10, aiohttp 3.14, Tornado 6.6, WebOb 1.8 (Pyramid).
_WINNERS: dict[str, Winner] = {"Flask": "first", "Django": "last", "Starlette": "last", "aiohttp": "last", "Tornado": "last",
           "aiohttp-session": "last", "Pyramid": "last", "WebOb": "last", "fastapi-users": "last"}  # fmt: skip
# Whose Partitioned brings Secure with it.
SECURES_PARTITIONED = {"Flask"}
_SAMESITE_DEFAULTS = {"Starlette": "lax"}

_LOGIN = re.compile(r"sess|(^|[^a-z])s?sid([^a-z]|$)|auth|token|jwt|login|remember|identity|\bsso\b|(^|[^a-z])(access|refresh|ticket)([^a-z]|$)", re.IGNORECASE)
# What is sent to browsers beside logins, or only during one.
_OTHER = re.compile(
    r"csrf|xsrf|state|nonce|verifier|pkce|challenge|locale|lang|theme|consent|flash|message|time_?zone|\btz|anon|analytic|track|banner|redirect|return|next"
    r"|pref|captcha|insecure|cart|experiment|variant|hint|seen|dismiss|last|has_|exists|is_|show|auto.?login|attempt|count|debug|test|cache|sidebar|side|toggle"
    r"|saml_request|oauth_request|logged_?in$|expire|signup|invite|reset|visit|author|device|wizard|upload|survey|replay|marketing",
    re.IGNORECASE,
)
_USER = re.compile(r"([a-z0-9]+[_-])?(user|username|user[_-]?id|uid|account|account[_-]id|member)", re.IGNORECASE)
_ROLES: tuple[tuple[Attribute, re.Pattern[str]], ...] = (
    ("samesite", re.compile(r"same_?site$", re.IGNORECASE)),
    ("secure", re.compile(r"secure$|https_only$", re.IGNORECASE)),
    ("domain", re.compile(r"domain$|^SERVER_NAME$", re.IGNORECASE)),
    ("path", re.compile(r"path$|^APPLICATION_ROOT$", re.IGNORECASE)),
    ("partitioned", re.compile(r"partitioned$", re.IGNORECASE)),
    ("age", re.compile(r"max_age(_days)?$|_age$|lifetime|duration$|timeout$|expires?$|expiration", re.IGNORECASE)),
    ("name", re.compile(r"cookie_name$|session_cookie$|cookie_key$|session\.key$|_cookie$|cookie$", re.IGNORECASE)),
)
# Suffixes under which nobody may set a cookie for all; the few that configuration really names.
_PUBLIC = re.compile(
    r"^(com|org|net|edu|gov|io|dev|app|co|de|fr|uk|eu|us|cloud|local|internal"
    r"|(co|com|org|net|ac|gov)\.[a-z]{2}|github\.io|gitlab\.io|herokuapp\.com|vercel\.app|netlify\.app|pages\.dev|workers\.dev|web\.app|firebaseapp\.com"
    r"|azurewebsites\.net|cloudfront\.net|appspot\.com|fly\.dev|onrender\.com|elasticbeanstalk\.com)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as a browser gets it. An attribute is None where it is not known; `domain` is "" for host-only."""

    name: str | None
    domain: str | None
    path: str | None
    secure: bool | None
    samesite: str | None
    partitioned: bool | None = False


def winner_of(library: str, extends: str = "") -> Winner:
    """Which of two cookies of one name a library reads; "" where that was not measured."""
    return _WINNERS.get(library) or _WINNERS.get(extends) or ""


def samesite_default(library: str) -> Value:
    """What a library sends where SameSite is not given."""
    return Known(_SAMESITE_DEFAULTS.get(library))


def role_of(setting: str) -> Attribute | None:
    """Which attribute of a cookie a setting is, by its name; None for one that is none of them."""
    return next((role for role, pattern in _ROLES if pattern.search(setting)), None)


def group_of(setting: str) -> str:
    """What the settings of one cookie have in common: `SESSION_COOKIE_`, `SessionMiddleware.`."""
    setting = re.sub(r"^JWT_(ACCESS|REFRESH)_COOKIE_", "JWT_COOKIE_", setting)
    if "." in setting:
        return setting.rpartition(".")[0] + "."
    return setting[: setting.upper().rfind("COOKIE_") + 7] if "COOKIE_" in setting.upper() else ""


def keeps_login(name: Value) -> bool:
    """Whether a cookie of this name keeps somebody logged in, as far as the name tells."""
    match name:
        case Known(str() as text):
            pass
        case Reference(dotted):
            text = dotted.rpartition(".")[2]
        case Environment(variable):
            text = variable
        case Template(parts):
            text = " ".join(str(part.value) for part in parts if isinstance(part, Known))
        case _:
            return False
    return _LOGIN.search(text) is not None and _OTHER.search(text) is None


def keeps_user(name: Value) -> bool:
    """Whether a cookie of this name says who somebody is: signed, it is a login of its own."""
    return isinstance(name, Known) and _USER.fullmatch(str(name.value)) is not None


def plain_domain(value: Value | None) -> str | None:
    """A domain as browsers compare it, "" for host-only; None where it is not known."""
    if value is None or value == Known(None) or value == Known(value=False):
        return ""
    text = text_of(value)
    return None if text is None else text.lstrip(".").lower()


def plain_path(value: Value | None) -> str | None:
    """A path as browsers compare it; None where it is not known, as with one that does not begin with a slash: the address of the page decides then."""
    path = plain_text(value, "/")
    return path if path is None or path.startswith("/") else None


def plain_text(value: Value | None, default: str) -> str | None:
    """A text attribute with its default; None where it is not known."""
    if value is None or value == Known(None) or value == Known(""):
        return default
    return text_of(value)


def plain_flag(value: Value | None, default: bool = False) -> bool | None:
    """A flag with its default; None where it is not known."""
    if value is None:
        return default
    return bool(value.value) if isinstance(value, Known) else None


def rejections(cookie: Cookie, hosts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Why browsers refuse this cookie: every reason, in words; measured on Chromium 156.

    `hosts` are those that the application is known to be served from; none where that is not known.
    """
    found: list[str] = []
    if (cookie.samesite or "").lower() == "none" and cookie.secure is False:
        found.append("SameSite=None without Secure")
    name = cookie.name or ""
    if name.startswith("__Host-"):
        if cookie.domain:
            found.append("a name that begins with __Host- and a Domain")
        if cookie.path is not None and cookie.path != "/":
            found.append("a name that begins with __Host- and a Path other than /")
    if name.startswith(("__Host-", "__Secure-")) and cookie.secure is False:
        found.append(f"a name that begins with {name[: name.index('-') + 1]} without Secure")
    if cookie.partitioned and cookie.secure is False:
        found.append("Partitioned without Secure")
    if cookie.domain:
        found.extend(_domain_rejections(cookie.domain, hosts))
    return tuple(found)


def _domain_rejections(domain: str, hosts: tuple[str, ...]) -> list[str]:
    if "://" in domain or "/" in domain or " " in domain:
        return [f"a Domain that is an address ({domain})"]
    if re.search(r":\d*$", domain):
        return [f"a Domain with a port ({domain})"]
    if not re.fullmatch(r"[\w.-]+", domain):
        return [f"a Domain that is not one name ({domain})"]
    if _PUBLIC.match(domain):
        return [f"a Domain that is a public suffix ({domain})"]
    if hosts and not any(host == domain or host.endswith("." + domain) for host in hosts):
        return [f"a Domain ({domain}) that does not cover the host ({hosts[0]})"]
    return []


def hosts_of(value: Value | None) -> tuple[str, ...]:
    """The hosts that a setting lists (ALLOWED_HOSTS, SERVER_NAME); none where any of them is a pattern or not known."""
    items = value.items if isinstance(value, Listing) else (value,)
    names = [text_of(item) for item in items]
    if not names or any(not name or name == "*" or name.startswith(".") for name in names):
        return ()
    real = [str(name).split(":")[0].lower() for name in names]
    return tuple(name for name in real if "." in name and not re.fullmatch(r"[\d.]+", name))


def old_counts(attribute: str, before: str | None, after: str | None, winner: Winner) -> bool | None:
    """Whether, of the old cookie and the new one, the old one counts; None where that is not known.

    Browsers send the longer path first, and of two equal paths the older cookie first.
    """
    if not winner or (attribute == "path" and (before is None or after is None)):
        return None
    new_first = attribute == "path" and len(after or "") > len(before or "")
    return (winner == "first") != new_first


def covers(outer: str, inner: str) -> bool:
    """Whether a cookie of path `outer` is sent to `inner` and all pages below it; `/app/` is not sent to `/app`."""
    return inner == outer or (inner.startswith(outer) and (outer.endswith("/") or inner[len(outer)] == "/"))


def within(domain: str, outer: str) -> bool:
    """Whether every host of a domain is one of another domain too."""
    return domain == outer or (outer != "" and domain.endswith("." + outer))


def is_sure(*values: Value) -> bool:
    """Whether all of these values are known for certain."""
    return all(is_settled(value) for value in values)
