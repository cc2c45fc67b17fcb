"""What Terraform's names stand for: defaults of variables, locals, and files of variables that are loaded by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.terraform import TerraformValue
from safelint.readers import Source
from safelint.readers._hcl import parse
from safelint.secrets import seal_by_name

YIELDS: tuple[type[Fact], ...] = (TerraformValue,)
# Only these two kinds of file of variables are loaded without being named on the command line.
NAMES = r"(?i:\.(tf|tofu|auto\.tfvars)$|(^|/)terraform\.tfvars$)"
TRIGGERS = (b"variable", b"locals", b"=")


def read(source: Source) -> Iterator[Fact]:
    """Each variable that has a default, each local, each given value."""
    body = parse(source).body
    if source.path.endswith("tfvars"):
        for given in body.attributes:
            yield TerraformValue(place=given.place, name=f"var.{given.name}", value=seal_by_name(given.name, given.expression.value), origin="given")
        return
    for block in body.blocks:
        default = block.attribute("default")
        if block.kind == "variable" and len(block.labels) == 1 and default is not None:
            name = block.labels[0]
            yield TerraformValue(place=default.place, name=f"var.{name}", value=seal_by_name(name, default.expression.value), origin="default")
        elif block.kind == "locals":
            for local in block.attributes:
                yield TerraformValue(place=local.place, name=f"local.{local.name}", value=seal_by_name(local.name, local.expression.value), origin="local")
