"""Key facts from Python code: tokens signed, keys chosen by their names, rings of keys and how long an old key stays."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.keys import (
    GraceDeclared,
    GraceFromCreation,
    IntegerSubject,
    KeyLookupFails,
    KeyRing,
    KidInPayload,
    KidReadFromPayload,
    LifetimeDeclared,
    MissingFunctionCalled,
    SigningKid,
    TokenKeyUsed,
    TokenTakenForBytes,
)
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import arguments, calls_in, caught_around, last_name, origins, standing
from safelint.readers.python._key_lookups import DECODE, is_unverified, lookups
from safelint.secrets import seal
from safelint.values import Known, Mapping, Value, seconds_of, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (
    MissingFunctionCalled,
    KidInPayload,
    KidReadFromPayload,
    KeyLookupFails,
    KeyRing,
    SigningKid,
    TokenKeyUsed,
    GraceDeclared,
    LifetimeDeclared,
    GraceFromCreation,
    IntegerSubject,
    TokenTakenForBytes,
)
TRIGGERS = (b"jwt", b"jose", b"grace", b"key_ring", b"keyring", b"signing_key", b"kid")

_ENCODE = {
    "jwt.encode": "PyJWT",
    "jwt.api_jwt.encode": "PyJWT",
    "jwt.sign": "PyJWT",
    "jose.jwt.encode": "python-jose",
    "jose.jwt.sign": "python-jose",
    "authlib.jose.jwt.encode": "Authlib",
}
_SIGNS = {**_ENCODE, "joserfc.jwt.encode": "joserfc"}
_MISSING = {"sign": "encode", "verify": "decode"}
_RING_NAME = re.compile(r"(^|_)(keys|secrets|key_?ring|keyring|key_set|keyset|signing_keys|jwt_keys|verif\w*_keys)$", re.IGNORECASE)
_SECRET_PART = re.compile(r"^(secret|key|value|material)(_key|_value)?$", re.IGNORECASE)
_KID_NAME = re.compile(r"(^|_)(current|active|signing|primary|newest|latest|default)_(kid|key_id|key_version)$|^(jwt_)?(kid|key_id)$", re.IGNORECASE)
_GRACE_NAME = re.compile(r"grace|overlap|old_key|retire\w*_(after|for)|rotation_(window|period)", re.IGNORECASE)
_KEY_NAME = re.compile(r"key|secret|kid", re.IGNORECASE)
_LIFETIME_NAME = re.compile(
    r"(refresh|access|token|jwt|session|remember).*(lifetime|ttl|expir|max_?age|days|hours|minutes|seconds|duration|valid)", re.IGNORECASE
)
_UNITS = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
_NOW = re.compile(r"(^|\.)(utcnow|now|time)$")
_CREATED = re.compile(r"created|added|issued|introduced|since|\[1\]", re.IGNORECASE)
_RETIRED = re.compile(r"retire|deactivat|replaced|rotated|expire|demoted|superseded|until|last_used", re.IGNORECASE)


def read(source: Source) -> Iterator[Fact]:
    """The key facts of a file."""
    module = parse(source)
    tokens = any(module.imports(package) for package in ("jwt", "jose", "joserfc", "authlib"))
    rings = list(_rings(module))
    if tokens or module.imports("flask_jwt_extended"):
        yield from _integer_subjects(module)
        yield from _taken_for_bytes(module)
    if tokens:
        for call in module.nodes(ast.Call):
            yield from _call(module, call)
        yield from lookups(module)
    if tokens or rings:
        yield from rings
        yield from _kids(module)
        yield from _durations(module)
        yield from _from_creation(module)


# ---- calls


def _call(module: PythonModule, call: ast.Call) -> Iterator[Fact]:
    name = module.qualified(call.func) or ""
    if not module.is_imported(call.func):
        return
    owner, _, last = name.rpartition(".")
    if owner in ("jwt", "jose.jwt") and last in _MISSING:
        library = "PyJWT" if owner == "jwt" else "python-jose"
        yield MissingFunctionCalled(place=module.place(call), call=name, library=library, instead=f"{owner}.{_MISSING[last]}")
    if name in _ENCODE and call.args:
        header_first = _ENCODE[name] == "Authlib"
        positions = ("header", "payload", "key") if header_first else ("payload", "key", "algorithm", "headers")
        given, _ = arguments(module, call, positions)
        payload = call.args[1] if header_first and len(call.args) > 1 else call.args[0]
        if "key" in given:
            yield TokenKeyUsed(
                place=module.place(call),
                library=_ENCODE[name],
                function=standing(module, call),
                signs=True,
                key=seal(given["key"]),
                algorithm=given.get("algorithm"),
            )
        headers = given.get("header" if header_first else "headers")
        kid = headers.get("kid") if isinstance(headers, Mapping) else None
        if text_of(kid):
            yield SigningKid(place=module.place(call), kid=text_of(kid) or "", scope=_owner(module, call))
        if kid is None and (headers is None or (isinstance(headers, Mapping) and headers.whole)):
            yield from _kid_in_payload(module, call, payload)

    elif name in DECODE and not is_unverified(module, call):
        given, _ = arguments(module, call, ("token", "key", "algorithms", "options"))
        if "key" in given:
            yield TokenKeyUsed(
                place=module.place(call),
                library="python-jose" if name.startswith("jose") else "PyJWT" if name.startswith("jwt") else "Authlib",
                function=standing(module, call),
                signs=False,
                key=seal(given["key"]),
                algorithm=given.get("algorithms"),
            )


def _kid_in_payload(module: PythonModule, call: ast.Call, payload: ast.expr) -> Iterator[Fact]:
    for each in origins(module, payload):
        if isinstance(each, ast.Dict):
            for key in each.keys:
                if isinstance(key, ast.Constant) and key.value == "kid":
                    yield KidInPayload(place=module.place(key), function=standing(module, call), call=module.qualified(call.func) or "")
                    return
    if not isinstance(payload, ast.Name):
        return
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            match target:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value="kid")) if name == payload.id and module.scope(assign) is module.scope(
                    call
                ):
                    yield KidInPayload(place=module.place(assign), function=standing(module, call), call=module.qualified(call.func) or "")
                    return


def _integer_subjects(module: PythonModule) -> Iterator[IntegerSubject]:
    """`{"sub": user.id}` in a file that signs tokens, and the identity of Flask-JWT-Extended."""
    names = [module.qualified(call.func) or "" for call in module.nodes(ast.Call) if module.is_imported(call.func)]
    library = next((_SIGNS[name] for name in names if name in _SIGNS), "")
    subjects: list[tuple[ast.expr, str]] = []
    if library:
        for literal in module.nodes(ast.Dict):
            pairs = zip(literal.keys, literal.values, strict=True)
            subjects += [(value, library) for key, value in pairs if isinstance(key, ast.Constant) and key.value == "sub"]
        for assign in module.nodes(ast.Assign):
            match assign.targets[0]:
                case ast.Subscript(slice=ast.Constant(value="sub")):
                    subjects.append((assign.value, library))
    for call in module.nodes(ast.Call):
        if (module.qualified(call.func) or "") in ("flask_jwt_extended.create_access_token", "flask_jwt_extended.create_refresh_token"):
            identity = module.argument(call, "identity", 0)
            subjects += [(identity, "PyJWT")] if identity is not None else []
    for subject, signer in subjects:
        match subject:
            case ast.Constant(value=int()) | ast.Attribute(attr="id" | "pk" | "user_id") | ast.Call(func=ast.Name(id="int")):
                yield IntegerSubject(place=module.place(subject), code=module.text(subject), library=signer)


def _taken_for_bytes(module: PythonModule) -> Iterator[TokenTakenForBytes]:
    """`jwt.encode(...).decode()`, with no look at what it is first."""
    for call in module.nodes(ast.Call):
        match call.func:
            case ast.Attribute(value=token, attr="decode") if not module.is_imported(call.func):
                made = [each for each in origins(module, token) if isinstance(each, ast.Call)]
                if any(module.qualified(each.func) == "jwt.encode" and module.is_imported(each.func) for each in made) and not _is_looked_at(module, call):
                    yield TokenTakenForBytes(place=module.place(call), code=module.text(call))


def _is_looked_at(module: PythonModule, node: ast.AST) -> bool:
    """Whether something is only done under a condition that asks for a type, or where the error is caught."""
    tests = [above.test for above in module.parents(node) if isinstance(above, ast.If | ast.IfExp)]
    asked = {module.qualified(call.func) for test in tests for call in calls_in(test)}
    return bool(asked & {"isinstance", "hasattr", "type"}) or bool(caught_around(module, node))


# ---- rings


def _rings(module: PythonModule) -> Iterator[KeyRing]:
    for assign in _assigns(module):
        targets = assign.targets if isinstance(assign, ast.Assign) else [assign.target]
        value = assign.value
        if not isinstance(value, ast.Dict) or not value.keys:
            continue
        for target in targets:
            name = last_name(target)
            if _RING_NAME.search(name):
                ring = _ring(module, name, value)
                if ring is not None:
                    yield ring


def _ring(module: PythonModule, name: str, node: ast.Dict) -> KeyRing | None:
    keys: list[tuple[Value, Value]] = []
    ages: list[tuple[Value, Value]] = []
    clock = ""
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            return None
        kid = module.value(key)
        secret: ast.expr = value
        if isinstance(value, ast.Tuple | ast.List) and value.elts:
            secret = value.elts[0]
            for part in value.elts[1:]:
                age, code = _age(module, part)
                if code:
                    clock = clock or code
                    if age is not None:
                        ages.append((kid, Known(age)))
        elif isinstance(value, ast.Dict):
            parts = {each.value: part for each, part in zip(value.keys, value.values, strict=True) if isinstance(each, ast.Constant)}
            found = next((part for each, part in parts.items() if isinstance(each, str) and _SECRET_PART.search(each)), None)
            if found is None:
                return None
            secret = found
            for part in parts.values():
                age, code = _age(module, part)
                clock = clock or code
                if code and age is not None:
                    ages.append((kid, Known(age)))
        elif isinstance(value, ast.Call):
            return None
        if isinstance(secret, ast.Constant) and not isinstance(secret.value, str | bytes):
            return None
        keys.append((kid, seal(module.value(secret))))
    return KeyRing(place=module.place(node), name=name, scope=_owner(module, node), keys=Mapping(tuple(keys)), clock=clock, ages=Mapping(tuple(ages)))


def _age(module: PythonModule, node: ast.expr) -> tuple[float | None, str]:
    """How many seconds before now a time is, and the code that takes now; no code where it takes none."""
    match node:
        case ast.Call() if _NOW.search(module.qualified(node.func) or ""):
            return 0.0, module.text(node)
        case ast.BinOp(left=left, op=ast.Sub() | ast.Add() as operator, right=right):
            inner, code = _age(module, left)
            seconds = seconds_of(module.value(right))
            if not code or inner is None or seconds is None:
                return None, code
            return (inner + seconds if isinstance(operator, ast.Sub) else inner - seconds), code
        case _:
            return None, ""


def _assigns(module: PythonModule) -> Iterator[ast.Assign | ast.AnnAssign]:
    yield from module.nodes(ast.Assign)
    yield from module.nodes(ast.AnnAssign)


def _owner(module: PythonModule, node: ast.AST) -> str:
    """The class around a node, or "" - methods of one class share its ring."""
    cls = module.class_of(node)
    return cls.name if cls is not None else ""


def _kids(module: PythonModule) -> Iterator[SigningKid]:
    for assign in module.nodes(ast.Assign):
        for target in assign.targets:
            name = last_name(target)
            kid = text_of(module.value(assign.value)) if _KID_NAME.search(name) and isinstance(assign.value, ast.Constant) else None
            if kid:
                yield SigningKid(place=module.place(assign), kid=kid, scope=_owner(module, assign))


# ---- how long


def _durations(module: PythonModule) -> Iterator[Fact]:
    for assign in _assigns(module):
        if assign.value is None or not isinstance(assign.value, ast.Call | ast.BinOp | ast.Constant):
            continue
        for target in assign.targets if isinstance(assign, ast.Assign) else [assign.target]:
            name = last_name(target)
            if not _GRACE_NAME.search(name) and not _LIFETIME_NAME.search(name):
                continue
            seconds = seconds_of(module.value(assign.value))
            if seconds is None or seconds <= 0:
                continue
            unit = next((factor for word, factor in _UNITS.items() if word in name.lower()), 1.0) if isinstance(assign.value, ast.Constant) else 1.0
            if _GRACE_NAME.search(name):
                yield GraceDeclared(place=module.place(assign), name=name, scope=_owner(module, assign), seconds=seconds * unit)
            else:
                yield LifetimeDeclared(place=module.place(assign), name=name, seconds=seconds * unit)
    for literal in module.nodes(ast.Dict):
        for key, value in zip(literal.keys, literal.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "exp" and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
                _, code = _age(module, value.left)
                seconds = seconds_of(module.value(value.right))
                if code and seconds:
                    yield LifetimeDeclared(place=module.place(value), name="exp", seconds=seconds)


def _from_creation(module: PythonModule) -> Iterator[GraceFromCreation]:
    """`created > now - grace`, where the grace is that of a key."""
    for comparison in module.nodes(ast.Compare):
        if len(comparison.ops) != 1 or not isinstance(comparison.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            continue
        function = module.function(comparison)
        if function is None or not _KEY_NAME.search(module.text(function)):
            continue
        for created, limit in ((comparison.left, comparison.comparators[0]), (comparison.comparators[0], comparison.left)):
            if (
                any(_is_cutoff(module, each) for each in origins(module, limit))
                and _CREATED.search(module.text(created))
                and not _RETIRED.search(module.text(created))
            ):
                yield GraceFromCreation(place=module.place(comparison), function=standing(module, comparison), comparison=module.text(comparison))
                break


def _is_cutoff(module: PythonModule, node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return (
                isinstance(left, ast.Call) and _NOW.search(module.qualified(left.func) or "") is not None and _GRACE_NAME.search(module.text(right)) is not None
            )
        case _:
            return False
