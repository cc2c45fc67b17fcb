"""Cookie facts from Python code: cookies that are set, deleted and read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.cookies import CookieDeleted, CookieRead, CookieSent, CookieWritten, FormPostAsked
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import arguments, standing
from safelint.values import Known, Listing, Template, Unknown, Value, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (CookieWritten, CookieDeleted, CookieRead, FormPostAsked)
TRIGGERS = (b"cookie", b"form_post")

_WRITES = {"set_cookie", "set_signed_cookie", "set_secure_cookie"}
_DELETES = {"delete_cookie", "clear_cookie", "unset_cookie", "del_cookie"}
_GETS = {"get_cookie", "get_signed_cookie", "get_secure_cookie", "read_cookie"}
# The library by the package that a file imports; the first that is there.
_LIBRARIES = (("django", "Django"), ("rest_framework", "Django"), ("flask", "Flask"), ("quart", "Flask"), ("werkzeug", "Flask"), ("fastapi", "Starlette"),
              ("starlette", "Starlette"), ("aiohttp", "aiohttp"), ("tornado", "Tornado"), ("pyramid", "WebOb"), ("webob", "WebOb"))  # fmt: skip
_POSITIONS = {
    "Django": ("name", "value", "max_age", "expires", "path", "domain", "secure", "httponly", "samesite"),
    "Flask": ("name", "value", "max_age", "expires", "path", "domain", "secure", "httponly", "samesite"),
    "Starlette": ("name", "value", "max_age", "expires", "path", "domain", "secure", "httponly", "samesite", "partitioned"),
    "aiohttp": ("name", "value"),
    "Tornado": ("name", "value", "domain", "expires", "path", "expires_days"),
    "WebOb": ("name", "value", "max_age", "path", "domain", "secure", "httponly"),
    "": ("name", "value"),
}
_DELETE_POSITIONS = {
    "Django": ("name", "path", "domain", "samesite"),
    "Flask": ("name", "path", "domain"),
    "Starlette": ("name", "path", "domain", "secure", "httponly", "samesite"),
    "WebOb": ("name", "path", "domain"),
}
# Objects that set a cookie later, as they were told when they were built, with the names of their positional arguments.
_PROFILES = {
    "webob.cookies.CookieProfile": ("name", "secure", "max_age", "httponly", "samesite", "path", "domains"),
    "webob.cookies.SignedCookieProfile": ("secret", "salt", "name", "secure", "max_age", "httponly", "samesite", "path", "domains"),
}
_ADDS = {"append", "add", "add_header", "set", "set_header", "setdefault", "extend"}
_HOLE = "\x00"  # in place of a part of a text that is not known
_REQUEST_COOKIES = {"cookies", "COOKIES"}


def read(source: Source) -> Iterator[Fact]:
    """The cookie facts of a file."""
    module = parse(source)
    library = next((name for package, name in _LIBRARIES if module.imports(package)), "")
    for call in module.nodes(ast.Call):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method in _WRITES:
            yield from _sent(module, call, CookieWritten, library, _POSITIONS[library])
        elif module.is_imported(call.func) and (module.qualified(call.func) or "") in _PROFILES:
            yield from _profile(module, call)
        elif method in _DELETES:
            yield from _sent(module, call, CookieDeleted, library, _DELETE_POSITIONS.get(library, ("name",)))
        else:
            name = _read_by(module, call, method)
            if name is not None:
                yield CookieRead(place=module.place(call), name=name, function=standing(module, call))
    for item in module.nodes(ast.Subscript):
        if _is_request_cookies(item.value) and isinstance(item.ctx, ast.Load):
            yield CookieRead(place=module.place(item), name=module.value(item.slice), function=standing(module, item))
    yield from _headers(module, library)
    yield from _parameters(module)
    for constant in module.nodes(ast.Constant):
        if constant.value == "form_post":
            yield FormPostAsked(place=module.place(constant), code=module.text(module.parent(constant) or constant)[:80])


def _sent(module: PythonModule, call: ast.Call, kind: type[CookieSent], library: str, positions: tuple[str, ...]) -> Iterator[CookieSent]:
    given, whole = arguments(module, call, positions)
    if "key" in given:
        given["name"] = given.pop("key")
    if "name" not in given or (len(call.args) == 1 and not call.keywords and kind is CookieWritten):
        # A cookie object for a jar of an HTTP client, not a name and a value for a browser.
        return
    yield kind(
        place=module.place(call),
        name=given["name"],
        library=library,
        call=module.text(call.func),
        function=standing(module, call),
        domain=given.get("domain"),
        path=given.get("path"),
        secure=given.get("secure"),
        samesite=given.get("samesite"),
        max_age=given.get("max_age"),
        partitioned=given.get("partitioned"),
        whole=whole,
    )


def _profile(module: PythonModule, call: ast.Call) -> Iterator[CookieWritten]:
    given, whole = arguments(module, call, _PROFILES[module.qualified(call.func) or ""])
    name = given.get("cookie_name", given.get("name"))
    domains = given.get("domains")
    if name is not None:
        yield CookieWritten(
            place=module.place(call),
            name=name,
            library="WebOb",
            call=module.text(call.func),
            function=standing(module, call),
            # Several domains are several cookies; one decides as well as another whether they have changed.
            domain=domains.items[0] if isinstance(domains, Listing) and domains.items else domains,
            path=given.get("path"),
            secure=given.get("secure"),
            samesite=given.get("samesite"),
            max_age=given.get("max_age"),
            whole=whole,
        )


def _headers(module: PythonModule, library: str) -> Iterator[CookieWritten]:
    """`headers["Set-Cookie"] = "sid=...; Path=/"`, and the same by `append`, `add`, `add_header` or `set`."""
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            if isinstance(target, ast.Subscript) and _is_set_cookie(module, target.slice):
                yield from _header(module, assign.value, library)
    for call in module.nodes(ast.Call):
        named = isinstance(call.func, ast.Attribute) and call.func.attr in _ADDS
        if named and len(call.args) == 2 and _is_set_cookie(module, call.args[0]):
            yield from _header(module, call.args[1], library)


def _is_set_cookie(module: PythonModule, node: ast.expr) -> bool:
    return (text_of(module.value(node)) or "").lower() == "set-cookie"


def _header(module: PythonModule, node: ast.expr, library: str) -> Iterator[CookieWritten]:
    """One cookie as text. What is not known of it stands as a hole: where the hole is not just the cookie's content, the rest is not all."""
    value = module.value(node)
    parts = value.parts if isinstance(value, Template) else (value,)
    text = "".join(known if (known := text_of(part)) is not None else _HOLE for part in parts)
    pair, *rest = (part.strip() for part in text.split(";"))
    name = pair.partition("=")[0]
    if "=" not in pair or not name or _HOLE in name:
        return
    given = {key.strip().lower(): setting.strip() for key, _, setting in (part.partition("=") for part in rest)}
    values = {key: Unknown("a part of a text") if _HOLE in setting else Known(setting) for key, setting in given.items()}

    def flag(key: str) -> Value | None:
        return Known(value=True) if key in given else None

    yield CookieWritten(
        place=module.place(node), name=Known(name), library=library, call="Set-Cookie", function=standing(module, node), domain=values.get("domain"),
        path=values.get("path"), secure=flag("secure"), samesite=values.get("samesite"), max_age=values.get("max-age"), partitioned=flag("partitioned"),
        whole=not any(_HOLE in key for key in given),
    )  # fmt: skip


def _is_request_cookies(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _REQUEST_COOKIES


def _read_by(module: PythonModule, call: ast.Call, method: str) -> Value | None:
    """The name of the cookie that a call looks for."""
    if isinstance(call.func, ast.Attribute) and call.args and (method in _GETS or (method in ("get", "pop") and _is_request_cookies(call.func.value))):
        return module.value(call.args[0])
    if (module.qualified(call.func) or "").rsplit(".", 1)[-1] == "APIKeyCookie":
        name = module.argument(call, "name")
        return module.value(name) if name is not None else None
    return None


def _parameters(module: PythonModule) -> Iterator[CookieRead]:
    """`session: str = Cookie(...)` and `session: Annotated[str, Cookie()]` of FastAPI: the parameter, or its alias, is the cookie's name."""
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*module.nodes(ast.FunctionDef), *module.nodes(ast.AsyncFunctionDef)]
    for function in functions:
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
        for argument, default in zip([*positional, *given.kwonlyargs], [*defaults, *given.kw_defaults], strict=True):
            for each in (default, argument.annotation):
                found = _cookie_marker(module, each) if each is not None else None
                if found is not None:
                    alias = module.argument(found, "alias")
                    name = module.value(alias) if alias is not None else Known(argument.arg)
                    if text_of(name) is not None:
                        yield CookieRead(place=module.place(argument), name=name, function=standing(module, argument))


def _cookie_marker(module: PythonModule, node: ast.expr) -> ast.Call | None:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and (module.qualified(each.func) or "") in ("fastapi.Cookie", "fastapi.params.Cookie"):
            return each
    return None
