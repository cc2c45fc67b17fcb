"""The reader of HCL: what it makes of Terraform as people write it, and of text that is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.readers import Source, Unreadable
from safelint.readers._hcl import Expression, parse
from safelint.values import Called, Known, Listing, Mapping, Reference, Template, Unknown, Value


def expression(text: str) -> Expression:
    found = parse(Source("main.tf", f"a = {text}\n")).body.get("a")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"x"', Known("x")),
        ('""', Known("")),
        (r'"a\n\"b\" $${x} %%{y} 100%"', Known('a\n"b" ${x} %{y} 100%')),
        ("7", Known(7)),
        ("-7", Known(-7)),
        ("1.5", Known(1.5)),
        ("true", Known(True)),
        ("null", Known(None)),
        ("var.name", Reference("var.name")),
        ("aws_x.y[0].id", Reference("aws_x.y[0].id")),
        ('var.m["a"]', Reference('var.m["a"]')),
        ('"${var.name}"', Reference("var.name")),
        ('"${var.name}-redis"', Template((Reference("var.name"), Known("-redis")))),
        ('"a${b("}", "${c}")}d"', Template((Known("a"), Unknown("an expression"), Known("d")))),
        ("[1, 2,\n 3]", Listing((Known(1), Known(2), Known(3)))),
        ('{ a = 1, "b" : 2\n c = [] }', Mapping(((Known("a"), Known(1)), (Known("b"), Known(2)), (Known("c"), Listing(()))))),
        ('merge(local.x, {\n  a = "b"\n})', Called("merge", (Reference("local.x"), Mapping(((Known("a"), Known("b")),))))),
        ("(7)", Known(7)),
        ("var.n > 1 ? var.n : 2", Unknown("an expression")),
        ("[for x in y : x.z]", Unknown("an expression")),
        ("{ for k, v in y : k => v if v != null }", Unknown("an expression")),
        ("a && (\n b\n)", Unknown("an expression")),
        ("<<EOT\nx ${var.y}\nEOT", Template((Known("x "), Reference("var.y"), Known("\n")))),
        ("<<-EOT\n    x\n      y\n    EOT", Known("x\n  y\n")),
        ('"x" # comment "', Known("x")),
        ('/* c */ "x"', Known("x")),
    ],
)
def test_expressions(text: str, value: Value) -> None:
    assert expression(text).value == value


BLOCKS = """\
resource "aws_elasticache_parameter_group" "sessions" {
  name   = "sessions"
  family = "redis7"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction" // kept
  }
  dynamic "parameter" {
    for_each = var.more
    content {
      name = parameter.key
    }
  }
}
locals { a = 1 }
variable region {}
"""


def test_blocks_have_places() -> None:
    parsed = parse(Source("main.tf", BLOCKS))
    assert not parsed.problems
    group, local, variable = parsed.body.blocks
    assert (group.kind, group.labels, group.place.line) == ("resource", ("aws_elasticache_parameter_group", "sessions"), 1)
    assert [(each.kind, each.labels, each.place.line) for each in group.blocks] == [("parameter", (), 5), ("dynamic", ("parameter",), 9)]
    attribute = next(group.within("parameter")).attribute("value")
    assert attribute is not None
    assert (attribute.place.line, attribute.place.column, attribute.place.end_column) == (7, 5, 25)
    assert (local.get("a") or variable).place.line == 16
    assert variable.labels == ("region",)


@pytest.mark.parametrize(
    "broken",
    ["???\n", 'x = "no end\n', "x = (1\n", "x = [\n", "foo bar\n", "}\n", 'x = "${a\n', "x = <<EOT\n", "= 3\n"],
)
def test_a_broken_line_costs_itself_and_is_told(broken: str) -> None:
    parsed = parse(Source("main.tf", f"before = 1\n{broken}"))
    assert parsed.problems
    assert (found := parsed.body.get("before")) is not None
    assert found.value == Known(1)


def test_what_stands_behind_a_broken_line_is_read() -> None:
    parsed = parse(Source("main.tf", 'resource "a" "b" {\n  ??? what\n  x = "no end\n  y = 1\n}\nz = 2\n'))
    assert [each.name for each in parsed.body.blocks[0].attributes] == ["x", "y"]
    assert [each.name for each in parsed.body.attributes] == ["z"]
    assert {place.line for place, _ in parsed.problems} == {2, 3}


HOSTILE = [
    "(",
    "[",
    "{",
    '"',
    "${",
    "%{",
    "<<A\n",
    "a = ",
    "/*",
    "*/",
    "#",
    "\n",
    "}",
    "]",
    ")",
    "x ",
    ".",
    ",",
    "for ",
    "=",
    "1",
    "-",
    '"${"',
    "b {\n",
    "\\",
    "é",
    ":",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), max_size=60).map("".join) | st.text(max_size=60))
def test_any_text(text: str) -> None:
    try:
        parsed = parse(Source("main.tf", text))
    except Unreadable as error:
        assert error.line >= 1
        return
    for block in parsed.body.walk():
        for attribute in block.attributes:
            assert attribute.place.line >= 1
            assert attribute.expression.value is not None


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hundred_thousand_of_anything_come_to_an_end(piece: str) -> None:
    for text in (piece * 100_000, f"a = {piece * 100_000}", f'a = "{piece * 100_000}', f"b {{\n{piece * 100_000}\n}}"):
        try:
            parse(Source("main.tf", text))
        except Unreadable as error:
            assert "nested" in error.why
