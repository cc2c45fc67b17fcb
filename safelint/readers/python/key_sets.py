"""Sets of keys in Python code, of the libraries that look a key up by its name, and what signs and verifies by them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.keys import KeySetMade, NamedKeyUsed
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._calls import last_name, standing
from safelint.values import Listing, Mapping

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (KeySetMade, NamedKeyUsed)
TRIGGERS = (b"joserfc", b"authlib")

_SETS = {"joserfc.jwk.KeySet": "joserfc", "authlib.jose.KeySet": "Authlib"}
_IMPORTED = {"joserfc.jwk.KeySet.import_key_set": "joserfc", "authlib.jose.JsonWebKey.import_key_set": "Authlib"}
_CALLS = {
    f"{module}.{call}": (library, call == "encode")
    for module, library in (("joserfc.jwt", "joserfc"), ("authlib.jose.jwt", "Authlib"))
    for call in ("encode", "decode")
}


def read(source: Source) -> Iterator[Fact]:
    """The sets that a file names, and the calls that sign or verify by a name."""
    module = parse(source)
    if not (module.imports("joserfc") or module.imports("authlib")):
        return
    for assign in module.nodes(ast.Assign):
        match assign:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[given, *_]) as call) if module.is_imported(call.func):
                yield from _set(module, name, call, given)
    for call in module.nodes(ast.Call):
        known = _CALLS.get(module.qualified(call.func) or "")
        if known is not None and module.is_imported(call.func):
            yield from _used(module, call, *known)


def _set(module: PythonModule, name: str, call: ast.Call, given: ast.expr) -> Iterator[KeySetMade]:
    made = module.qualified(call.func) or ""
    if made in _SETS and isinstance(given, ast.List) and not any(isinstance(each, ast.Starred) for each in given.elts):
        first = last_name(given.elts[0]) if given.elts else ""
        yield KeySetMade(place=module.place(call), library=_SETS[made], name=name, keys=len(given.elts), first=first)
    elif made in _IMPORTED:
        value = module.value(given)
        keys = value.get("keys") if isinstance(value, Mapping) else None
        if isinstance(keys, Listing) and all(isinstance(each, Mapping) and each.whole for each in keys.items):
            unnamed = all(isinstance(each, Mapping) and each.get("kid") is None for each in keys.items)
            yield KeySetMade(place=module.place(call), library=_IMPORTED[made], name=name, keys=len(keys.items), unnamed=unnamed)


def _used(module: PythonModule, call: ast.Call, library: str, signs: bool) -> Iterator[NamedKeyUsed]:
    key = module.argument(call, "key", 2 if signs else 1)
    name = last_name(key) if key is not None else ""
    if not name:
        return
    kid = False
    if signs:
        header = module.argument(call, "header", 0)
        value = module.value(header) if header is not None else None
        # A header that is not written out may name a key.
        kid = not (isinstance(value, Mapping) and value.whole and value.get("kid") is None)
    yield NamedKeyUsed(place=module.place(call), library=library, function=standing(module, call), signs=signs, key=name, kid=kid)
