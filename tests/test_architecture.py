"""The house as it was drawn: layers look only downwards, start-up stays cheap, and no file knows the machine it was written on."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "safelint"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What a layer may import of safelint, besides itself. A layer is a package or a module directly below safelint.
# Whoever is not named here is the top of the house (the command line and what it alone uses) and may see everything.
GROUND = {"places", "values"}
MAY_IMPORT = {
    "places": set[str](),
    "values": set[str](),
    "secrets": GROUND,
    "paths": set[str](),
    "lines": set[str](),
    "redis": set[str](),
    "facts": GROUND | {"secrets"},
    "readers": GROUND | {"facts", "config", "masks", "secrets", "paths", "frameworks", "table_names", "redis", "version", "kept"},
    "kept": set[str](),
    "version": set[str](),
    "records": set[str](),
    "frameworks": GROUND | {"findings"},
    "files": {"readers"},
    "library": GROUND | {"facts", "files", "readers"},
    "sources": GROUND | {"facts", "files", "library", "readers", "paths"},
    "git": set[str](),
    "ci": set[str](),
    "trees": {"files", "git"},
    "cache": {"library", "secrets", "version"},
    "findings": GROUND,
    "table_names": GROUND | {"findings"},
    "mentions": GROUND | {"paths", "sources"},
    "queries": GROUND | {"files", "mentions", "paths", "readers", "sources"},
    "tables": GROUND | {"config", "paths", "facts", "sources", "mentions", "queries", "table_names"},
    "hazards": GROUND | {"facts", "sources", "frameworks", "findings", "paths", "config", "secrets", "tables", "table_names", "redis"},
    "rules": GROUND | {"facts", "hazards", "findings", "masks", "kept", "version"},
    "check": GROUND | {"facts", "hazards", "rules", "findings", "lines", "sources", "suppressions"},
    "suppressions": GROUND | {"facts", "findings", "hazards", "sources"},
    "reports": {"places", "facts", "findings", "rules", "excerpts", "plain", "__version__"},
    "excerpts": {"masks", "plain", "secrets"},
    "plain": set[str](),
    "masks": {"secrets"},
}
HEAVY = {"libcst", "yaml", "alembic", "sqlalchemy", "hcl2", "promql_parser", "dockerfile_parse", "importlib.metadata", "unittest", "http", "asyncio"}


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every module of safelint that a file imports, wherever in it, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] == "safelint")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "safelint":
            assert not node.level
            if node.module == "safelint":
                yield from ((node.lineno, f"safelint.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, str(node.module)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_look_only_downwards(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own not in MAY_IMPORT:
        return
    allowed = {*MAY_IMPORT[own], own, "", "__version__", "records"}
    upwards = [f"{path.name}:{line} imports {name}" for line, name in imported(path) if layer(name) not in allowed]
    assert not upwards


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_has_one_idea_and_says_it(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "say in the docstring what this module is about"
    assert text.count("\n") <= 600, "more than one idea: split it"


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    code += "\nimport sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import safelint.cli",
        "import safelint.check, safelint.readers; safelint.readers.readers(); list(safelint.hazards._modules())",
    ],
    ids=["the command line", "every reader and hazard"],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str) -> None:
    assert not loaded(code) & HEAVY


def written() -> Iterator[Path]:
    """Every text file of the repository."""
    for top in (".ci", "benchmarks", "rules", "safelint", "tests"):
        yield from (path for path in sorted((ROOT / top).rglob("*")) if path.is_file() and path.suffix not in (".pyc", ".gz"))
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and (path.suffix in (".md", ".toml", ".yaml") or path.name == "Makefile"))


def test_no_file_knows_a_machine_or_a_registry() -> None:
    # Put together here, so that this file is not its own first finding.
    hosts = [".".join(each) for each in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"), ("proxy", "golang", "org"))]
    folders = ["/".join(("", first, "")) for first in ("work", "root")] + ["/".join(("", first, r"\w+", "")) for first in ("home", "Users")]
    forbidden = re.compile("|".join([re.escape(host) for host in hosts] + [rf"(?<![\w.$}}]){folder}" for folder in folders]))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in written()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1)
        if (match := forbidden.search(line))
    ]
    assert not found


def test_every_cause_has_the_same_name_in_every_layer() -> None:
    causes = {path.name for path in (ROOT / "rules").iterdir() if path.is_dir()}
    hazards = {path.stem.removesuffix("_contract") for path in (PACKAGE / "hazards").iterdir() if not path.stem.startswith("_")}
    assert causes
    for cause in causes:
        assert any(name == cause or name.startswith(f"{cause}_") for name in hazards), f"rules/{cause} has no hazards/{cause}"


def test_every_library_is_seen_in_a_requirements_file() -> None:
    from safelint.frameworks import frameworks
    from safelint.readers.requirements import TRIGGERS

    unseen = [name for framework in frameworks() for name in framework.distributions if not any(word.decode() in name for word in TRIGGERS)]
    assert not unseen, f"the reader of requirements never opens a file that has only {unseen}"
