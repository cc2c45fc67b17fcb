"""YAML as nodes with places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint.readers import Source, Unreadable
from safelint.readers._yaml import Node, documents


def read(text: str) -> list[Node]:
    return documents(Source("a.yml", text))


def shape(node: Node) -> object:
    if node.kind == "scalar":
        return node.text
    return [shape(item) for item in node.items] if node.kind == "sequence" else {key.text: shape(value) for key, value in node.pairs}


def test_nothing_is_converted() -> None:
    (root,) = read("on: yes\nports: [22:22, 0x10]\nn: !vault abc\nq: 'null'\n")
    assert shape(root) == {"on": "yes", "ports": ["22:22", "0x10"], "n": "abc", "q": "null"}
    assert (root.get("n") or root).tag == "!vault"
    assert not (root.get("q") or root).is_null


def test_places() -> None:
    (root,) = read("services:\n  store:\n    image: redis:7\n")
    image = root.get("services", "store", "image")
    assert image is not None
    assert (image.place.line, image.place.column, image.place.end_column) == (3, 12, 19)


def test_a_line_is_what_git_calls_one() -> None:
    text = "# a\x85b: 1\n# \u2028c: 2\rd: 3\r\nkey: kept\n"
    (root,) = read(text)
    kept = root.get("key")
    assert kept is not None
    assert (kept.place.line, kept.place.column) == (3, 6)
    with pytest.raises(Unreadable) as error:
        read(text + "\x85" * 20 + "wrong: [\n")
    assert error.value.line <= (text + "\n").count("\n") + 1


def test_anchors_and_merges() -> None:
    (root,) = read("base: &b {image: redis, user: a}\nstore:\n  <<: *b\n  user: c\n")
    assert [(root.get("store", key) or root).text for key in ("image", "user")] == ["redis", "c"]


def test_an_anchor_of_itself_ends() -> None:
    (root,) = read("a: &a [*a]\n<<: &m {<<: [&n {<<: *m}, *n]}\n")
    assert len(list(root.walk())) < 10
    assert root.get("nothing") is None


def test_a_template_is_read_around_its_holes() -> None:
    text = "{{- if .Values.on }}\nimage: {{ .Values.image }}\n{{- end }}\nargs:\n  {{- range .x }}\n  - a{{ . }}\n  {{- end }}\n"
    (root,) = read(text)
    image = root.get("image")
    assert image is not None
    assert image.has_hole
    assert image.place.line == 2


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 100_000, "? " * 100_000, "a: *b", "a: [", "\x00", "a:\n\t- b"])
def test_what_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"# \n{%}<", max_size=60))
def test_any_text_is_nodes_or_unreadable(text: str) -> None:
    try:
        for root in read(text):
            assert all(node.kind for node in root.walk())
            root.get("a", "b")
    except Unreadable as error:
        assert error.line >= 1


def test_a_scalar_without_quotes_is_plain() -> None:
    (root,) = documents(Source("a.yaml", "bare: 31_536_000\nquoted: '600'\nnothing: null\n"))
    found = {key.text: node for key, node in root.pairs}
    assert found["bare"].plain
    assert not found["quoted"].plain
    assert found["nothing"].is_null
