"""HTTP requests in Python code: by which library, to which address, with what limit of time."""

from __future__ import annotations

import ast

from safelint.readers.python._calls import arguments, constructions
from safelint.readers.python._module import PythonModule
from safelint.records import dataclass
from safelint.values import Known, Value

_METHODS = {"get", "post", "put", "request", "head"}
# How the request ends that nobody limits: requests, urllib and the OAuth sessions on top of requests wait for ever, httpx gives up after 5 s.
_SESSIONS = {
    "requests.Session": "requests", "requests.session": "requests", "requests.sessions.Session": "requests",
    "authlib.integrations.requests_client.OAuth2Session": "Authlib", "requests_oauthlib.OAuth2Session": "requests-oauthlib",
    "httpx.Client": "httpx", "httpx.AsyncClient": "httpx",
}  # fmt: skip
_URLOPEN = {"urllib.request.urlopen", "urllib2.urlopen", "six.moves.urllib.request.urlopen"}
TRANSPORT_ERRORS = {
    "requests": "requests.RequestException", "Authlib": "requests.RequestException", "requests-oauthlib": "requests.RequestException",
    "httpx": "httpx.HTTPError", "urllib": "urllib.error.URLError",
}  # fmt: skip
"""What a provider that can't be reached raises, by library."""
COVERING = {
    "requests": {"RequestException", "OSError", "IOError", "EnvironmentError"},
    "httpx": {"HTTPError", "RequestError", "TransportError"},
    "urllib": {"URLError", "OSError", "IOError", "EnvironmentError"},
}
"""The exceptions that cover all of that, beside Exception and BaseException."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request. `url` is the expression of its address."""

    node: ast.Call
    library: str
    method: str
    url: ast.expr | None
    timeout: Value | None
    waits_forever: bool


def http_call(module: PythonModule, call: ast.Call) -> HttpCall | None:
    """The request that a call makes, or None where it makes none that is known here."""
    name = module.qualified(call.func) if module.is_imported(call.func) else None
    if name in _URLOPEN:
        return _request(module, call, "urllib", "urlopen", 0, ("url", "data", "timeout"))
    if not isinstance(call.func, ast.Attribute):
        return None
    method = call.func.attr
    if name is not None and name.rsplit(".", 1)[0] in ("requests", "requests.api", "httpx") and method in _METHODS:
        library = "httpx" if name.startswith("httpx.") else "requests"
        return _request(module, call, library, method, 1 if method == "request" else 0, ())
    built = _session(module, call.func.value)
    if built is None or not (method in _METHODS or method == "introspect_token"):
        return None
    library, session = built
    return _request(module, call, library, method, 1 if method == "request" else 0, (), session)


def _session(module: PythonModule, owner: ast.expr) -> tuple[str, ast.Call] | None:
    """The library and the construction of the session that an expression is."""
    for each in constructions(module, owner):
        if library := _SESSIONS.get(module.qualified(each.func) or ""):
            return library, each
    return None


def _request(
    module: PythonModule, call: ast.Call, library: str, method: str, position: int, positions: tuple[str, ...], session: ast.Call | None = None
) -> HttpCall:
    given, whole = arguments(module, call, positions)
    timeout = given.get("timeout")
    if session is not None and timeout is None:
        built, all_built = arguments(module, session)
        timeout = built.get("timeout", built.get("default_timeout"))
        whole = whole and all_built
    unlimited = timeout == Known(None) if library == "httpx" else timeout is None or timeout == Known(None)
    return HttpCall(
        node=call,
        library=library,
        method=method,
        url=module.argument(call, "url", position),
        timeout=timeout,
        waits_forever=unlimited and whole and not _limited_elsewhere(module),
    )


def _limited_elsewhere(module: PythonModule) -> bool:
    """Whether this file gives a limit to requests in another way: an adapter with a timeout, the default of all sockets."""
    return any(each.attr in ("setdefaulttimeout", "mount") for each in module.nodes(ast.Attribute))
