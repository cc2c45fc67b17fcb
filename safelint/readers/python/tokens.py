"""Clock facts from Python code: tokens verified, expiry compared by hand, times without a zone put into tokens."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.clock import ExpiryCompared, NaiveTime, TokenVerified
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import arguments, caught_around, constructions, local_function, origins, standing
from safelint.readers.python._expiry import compared_by_hand
from safelint.readers.python._naive_times import naive_times
from safelint.values import Known, Listing, Mapping, Unknown, Value

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (TokenVerified, ExpiryCompared, NaiveTime)
TRIGGERS = (b"jwt", b"jose", b"jsonwebtoken")

_PYJWT = {f"{prefix}.{name}" for prefix in ("jwt", "jwt.api_jwt", "jwt.PyJWT", "jwt.api_jwt.PyJWT") for name in ("decode", "decode_complete")}
_PYJWT_POSITIONS = ("jwt", "key", "algorithms", "options", "verify", "detached_payload", "audience", "issuer", "leeway")
_JOSE_POSITIONS = ("token", "key", "algorithms", "options", "audience", "issuer", "subject", "access_token")
_AUTHLIB_POSITIONS = ("s", "key", "claims_cls", "claims_options", "claims_params")
_FALSE = Known(False)


def read(source: Source) -> Iterator[Fact]:
    """The clock facts of a file."""
    module = parse(source)
    if not any(module.imports(package) for package in ("jwt", "jose", "joserfc", "authlib")):
        return
    verified: dict[ast.Call, TokenVerified] = {}
    for call in module.nodes(ast.Call):
        fact = _verified(module, call)
        if fact is not None:
            verified[call] = fact
    yield from verified.values()
    yield from compared_by_hand(module, verified)
    yield from naive_times(module)


def _verified(module: PythonModule, call: ast.Call) -> TokenVerified | None:
    name = _called(module, call)
    if name in _PYJWT:
        return _pyjwt(module, call, name)
    if name == "jose.jwt.decode":
        return _python_jose(module, call)
    if name in ("joserfc.jwt.JWTClaimsRegistry", "joserfc.rfc7519.claims.JWTClaimsRegistry"):
        return _joserfc(module, call)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "validate":
        return _authlib(module, call)
    return None


def _called(module: PythonModule, call: ast.Call) -> str:
    """The dotted name of what is called; a method of an object that was built in this file goes by the object's class."""
    if not isinstance(call.func, ast.Attribute):
        return (module.qualified(call.func) or "") if module.is_imported(call.func) else ""
    if module.is_imported(call.func):
        return module.qualified(call.func) or ""
    return next((f"{module.qualified(each.func)}.{call.func.attr}" for each in constructions(module, call.func.value)), "")


def _options(given: dict[str, Value], name: str = "options") -> Mapping | None:
    """The options of a call; None where they are not known."""
    match given.get(name):
        case None | Known(None):
            return Mapping(())
        case Mapping() as options if options.whole:
            return options
        case _:
            return None


def _flag(options: Mapping | None, name: str) -> bool | None:
    """A boolean option: its value, True (the default of all four libraries) where it is absent, None where it is not known."""
    if options is None:
        return None
    match options.get(name):
        case None:
            return True
        case Known(value):
            return bool(value)
        case _:
            return None


def _pyjwt(module: PythonModule, call: ast.Call, name: str) -> TokenVerified:
    given, whole = arguments(module, call, _PYJWT_POSITIONS)
    options = _options(given)
    signature = _flag(options, "verify_signature") if given.get("verify") != _FALSE else False
    # Without the signature nothing else is checked either, unless it is asked for.
    expiry = _flag(options, "verify_exp") if signature is not False or (options and options.get("verify_exp")) else False
    return TokenVerified(
        place=module.place(call),
        library="PyJWT",
        call=name,
        function=standing(module, call),
        leeway=given.get("leeway") if whole else given.get("leeway", Unknown("more arguments than are to be seen")),
        misplaced=_option_code(module, call, "options", "leeway"),
        checks_signature=signature,
        checks_expiry=expiry if whole else None,
        checks_audience=_flag(options, "verify_aud") if whole else None,
        algorithms=given.get("algorithms"),
        audience=given.get("audience"),
        issuer=given.get("issuer"),
        required=_required(options) if options else None,
        **_handlers(module, call),  # type: ignore[arg-type]
    )


def _required(options: Mapping) -> Value | None:
    """The claims that PyJWT asks for: a list, or one by one as up to PyJWT 1 (`require_exp`)."""
    single = tuple(Known(claim) for claim in ("exp", "iat", "nbf") if options.get(f"require_{claim}") == Known(True))
    return options.get("require") or (Listing(single) if single else None)


def _python_jose(module: PythonModule, call: ast.Call) -> TokenVerified:
    given, whole = arguments(module, call, _JOSE_POSITIONS)
    options = _options(given)
    signature = _flag(options, "verify_signature")
    required = tuple(
        key for key, value in (options.items if options else ()) if isinstance(key, Known) and str(key.value).startswith("require_") and value != _FALSE
    )
    keyword = next((each for each in call.keywords if each.arg == "leeway"), None)
    return TokenVerified(
        place=module.place(call),
        library="python-jose",
        call="jose.jwt.decode",
        function=standing(module, call),
        leeway=(options.get("leeway") if options else Unknown("options that are not known")) if whole else Unknown("more arguments than are to be seen"),
        misplaced=f"leeway={module.text(keyword.value)}" if keyword else "",
        checks_signature=signature,
        checks_expiry=_flag(options, "verify_exp") if whole else None,
        checks_audience=_flag(options, "verify_aud") if whole else None,
        algorithms=given.get("algorithms"),
        audience=given.get("audience"),
        issuer=given.get("issuer"),
        required=Listing(required) if required else None,
        **_handlers(module, call),  # type: ignore[arg-type]
    )


def _authlib(module: PythonModule, call: ast.Call) -> TokenVerified | None:
    """`claims.validate()`, where `claims` came from a decode of Authlib in the same function."""
    assert isinstance(call.func, ast.Attribute)
    decoded = next(_authlib_decodes(module, call.func.value), None)
    if decoded is None:
        return None
    given, whole = arguments(module, call, ("now", "leeway"))
    decoding, decoding_whole = arguments(module, decoded, _AUTHLIB_POSITIONS)
    options = _options(decoding, "claims_options") if decoding_whole else None

    def wanted(claim: str) -> Value | None:
        rule = options.get(claim) if options else None
        return (rule.get("value") or rule.get("values")) if isinstance(rule, Mapping) else None

    essential = tuple(key for key, rule in (options.items if options else ()) if isinstance(rule, Mapping) and rule.get("essential") not in (None, _FALSE))
    return TokenVerified(
        place=module.place(call),
        library="Authlib",
        call="claims.validate",
        function=standing(module, call),
        leeway=given.get("leeway") if whole else given.get("leeway", Unknown("more arguments than are to be seen")),
        misplaced=_option_code(module, decoded, "claims_options", "leeway"),
        checks_expiry=True if whole else None,
        audience=wanted("aud"),
        issuer=wanted("iss"),
        required=Listing(essential) if essential else None,
        **_handlers(module, call),  # type: ignore[arg-type]
    )


def _authlib_decodes(module: PythonModule, claims: ast.expr, *, follow: bool = True) -> Iterator[ast.Call]:
    """The decodes of Authlib that claims come from, in the same function or in one of this file that the function calls."""
    for each in origins(module, claims):
        if isinstance(each, ast.Call) and _is_authlib_decode(module, each):
            yield each
        elif follow and isinstance(each, ast.Call) and (called := local_function(module, each)) is not None:
            for returned in ast.walk(called):
                if isinstance(returned, ast.Return) and returned.value is not None:
                    yield from _authlib_decodes(module, returned.value, follow=False)


def _is_authlib_decode(module: PythonModule, call: ast.Call) -> bool:
    name = _called(module, call)
    return name.startswith("authlib.jose.") and name.endswith(".decode")


def _joserfc(module: PythonModule, call: ast.Call) -> TokenVerified:
    given, whole = arguments(module, call, ("now", "leeway"))
    claims = {name: rule for name, rule in given.items() if isinstance(rule, Mapping)}
    misplaced = next((f"{name}={{'leeway': ...}}" for name, rule in claims.items() if rule.get("leeway") is not None), "")

    def wanted(claim: str) -> Value | None:
        return (claims[claim].get("value") or claims[claim].get("values")) if claim in claims else None

    essential = tuple(Known(name) for name, rule in claims.items() if rule.get("essential") not in (None, _FALSE))
    return TokenVerified(
        place=module.place(call),
        library="joserfc",
        call="JWTClaimsRegistry",
        function=standing(module, call),
        leeway=given.get("leeway") if whole else given.get("leeway", Unknown("more arguments than are to be seen")),
        misplaced=misplaced,
        checks_expiry=True if whole else None,
        audience=wanted("aud"),
        issuer=wanted("iss"),
        required=Listing(essential) if essential else None,
    )


def _option_code(module: PythonModule, call: ast.Call, argument: str, key: str) -> str:
    """The code of a key in a dictionary argument, as `options={'leeway': ...}`; "" where it is not there."""
    given, _ = arguments(module, call, _PYJWT_POSITIONS if argument == "options" else _AUTHLIB_POSITIONS)
    options = given.get(argument)
    return f"{argument}={{'{key}': ...}}" if isinstance(options, Mapping) and options.get(key) is not None else ""


def _handlers(module: PythonModule, call: ast.Call) -> dict[str, object]:
    caught = caught_around(module, call)
    return {"handled": caught is not None, "caught": caught or ()}
