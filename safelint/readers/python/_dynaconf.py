"""Dynaconf, measured on 3.3: which files it reads, and which of their sections."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts.settings import SettingsInherited
from safelint.readers.python import PythonModule
from safelint.values import Known, Listing, text_of

# What holds the settings that each of them reads.
_FORMS = {"Dynaconf": "object", "LazySettings": "object", "FlaskDynaconf": "config", "DjangoDynaconf": "module"}
_PREFIXES = {"object": "DYNACONF", "config": "FLASK", "module": "DJANGO"}
_ENDINGS = ("toml", "yaml", "yml", "ini", "json")
_BY_DEFAULT = tuple(f"{stem}.{ending}" for stem in ("settings", ".secrets") for ending in _ENDINGS)
_FILES = ("settings_files", "settings_file", "SETTINGS_FILE_FOR_DYNACONF", "SETTINGS_FILES_FOR_DYNACONF")


def of(module: PythonModule, node: ast.Call, condition: str) -> Iterator[SettingsInherited]:
    """What a call makes settings begin with: every file that it names, in the order in which one counts more than those before it."""
    qualified = module.qualified(node.func) or ""
    form = _FORMS.get(qualified.rpartition(".")[2]) if qualified.startswith("dynaconf.") else None
    if form is None:
        return
    given = {keyword.arg: module.value(keyword.value) for keyword in node.keywords if keyword.arg}
    named = next((given[each] for each in _FILES if each in given), None)
    texts = [text_of(each) for each in named.items] if isinstance(named, Listing) else [text_of(named)]
    files = [text for text in texts if text] if named is not None else [] if form == "object" else list(_BY_DEFAULT)
    # Flask's and Django's have sections unless somebody says otherwise.
    has_layers = given.get("environments", Known(form != "object")) != Known(False)
    layers = tuple(dict.fromkeys(("default", (text_of(given.get("env")) or "production").lower(), "global"))) if has_layers else ()
    prefix = text_of(given.get("envvar_prefix", given.get("ENVVAR_PREFIX_FOR_DYNACONF", Known(_PREFIXES[form])))) or ""
    above = module.parent(node)
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    holder = target.id if isinstance(target, ast.Name) else ""
    for source in files:
        for each in source.replace(";", ",").split(","):
            yield SettingsInherited(
                place=module.place(node),
                source=each.strip(),
                form=form,
                scope="dynaconf",
                module=module.dotted,
                condition=condition,
                layers=layers,
                holder=holder,
                prefix=f"{prefix.upper()}_" if prefix else "",
            )
