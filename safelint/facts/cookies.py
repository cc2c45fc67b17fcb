"""Cookies as code writes, reads and deletes them."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieSent(Fact):
    """Code that sends a cookie to the browser, or tells it to drop one.

    `library` is the web library as far as the file tells, "" where it does not: it decides the defaults, and which of two cookies
    of one name counts. `function` is the class and function around the call, with dots. An attribute is None where nothing is given; `whole`
    says whether those given are all, or a `**dictionary` from elsewhere may hold more.
    """

    name: Value
    library: str
    call: str
    function: str
    domain: Value | None = None
    path: Value | None = None
    secure: Value | None = None
    samesite: Value | None = None
    max_age: Value | None = None
    partitioned: Value | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieWritten(CookieSent):
    """A cookie that is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieDeleted(CookieSent):
    """A cookie that is deleted: browsers drop the one of the same name, domain and path, and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieRead(Fact):
    """Code that looks for a cookie in a request."""

    name: Value
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPostAsked(Fact):
    """An identity provider is asked to answer with a form that the browser posts across sites (`response_mode=form_post`)."""

    code: str
