"""Configuration: what is understood, what stops the run, what becomes a fact."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelint.config import BadConfig, Config, parse, read
from safelint.facts.project import ServerVersion, TableRole
from safelint.readers import Source, Unreadable
from safelint.readers.project import read as read_facts


def test_every_key() -> None:
    text = """
select = ["store"]
ignore = ["store-flushed-by-code"]
exclude = ["legacy/**"]
fail-on = "warning"
min-confidence = "low"
strict = true
check-downgrade = true
rules = "ops/rules"
session-tables = ["web_visits"]
token-tables = ["api_grants"]
user-tables = ["people"]
not-session-tables = ["sessions"]
postgres = "16"
store = "Redis 7.2"
[per-path-ignores]
"old/*" = ["a-rule"]
"""
    assert parse("safelint.toml", text) == Config(
        select=("store",),
        ignore=("store-flushed-by-code",),
        exclude=("legacy/**",),
        fail_on="warning",
        min_confidence="low",
        strict=True,
        check_downgrade=True,
        rules="ops/rules",
        session_tables=("web_visits",),
        token_tables=("api_grants",),
        user_tables=("people",),
        not_session_tables=("sessions",),
        postgres="16",
        store=("redis", "7.2"),
        per_path_ignores=(("old/*", ("a-rule",)),),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tool.safelint]\nselect = []\nignroe = ["x"]\n', "pyproject.toml:3: unknown key 'ignroe'; did you mean ignore?"),
        ('[tool.safelint]\nfail_on = "error"\n', "pyproject.toml:2: unknown key 'fail_on'; did you mean fail-on?"),
        ('[tool.safelint]\nfail-on = "never"\n', "pyproject.toml:2: fail-on: expected one of error, warning, info"),
        ('[tool.safelint]\nignore = "x"\n', 'pyproject.toml:2: ignore: expected a list of texts, like ["one", "two"]'),
        ('[tool.safelint]\nrules = "../elsewhere"\n', "pyproject.toml:2: rules: expected a folder inside the tree, relative to its root"),
        ('[tool.safelint]\nrules = "/etc"\n', "pyproject.toml:2: rules: expected a folder inside the tree, relative to its root"),
        ("[tool.safelint]\npostgres = 16\n", 'pyproject.toml:2: postgres: expected a version in quotes, like "16"'),
        ("[tool]\nsafelint = 1\n", "pyproject.toml:2: tool.safelint is not a table"),
    ],
)
def test_what_stops_the_run(text: str, message: str) -> None:
    with pytest.raises(BadConfig) as caught:
        parse("pyproject.toml", text)
    assert str(caught.value) == message


def test_not_toml_names_the_file() -> None:
    with pytest.raises(BadConfig, match=r"^safelint.toml: not TOML: "):
        parse("safelint.toml", "select = [")


def test_somebody_elses_pyproject_is_none() -> None:
    assert parse("pyproject.toml", "[tool.ruff]\n") is None
    assert read({"pyproject.toml": "broken = ["}.get) == Config()


def test_two_configurations_are_one_too_many() -> None:
    with pytest.raises(BadConfig, match="keep one of them"):
        read({"pyproject.toml": "[tool.safelint]\n", "safelint.toml": ""}.get)


def test_declarations_are_facts_with_their_places() -> None:
    text = 'session-tables = [\n  "web_visits",\n  "kept",\n]\nnot-session-tables = ["kept"]\npostgres = "16"\nstore = "valkey 8.1"\n'
    facts = list(read_facts(Source("safelint.toml", text)))
    found = [(fact.place.line, fact) for fact in facts]
    at = facts[0].place
    assert found == [
        (2, TableRole(place=at, name="web_visits", role="session")),
        (3, TableRole(place=at, name="kept", role="session")),
        (5, TableRole(place=at, name="kept", role="none")),
        (6, ServerVersion(place=at, product="postgres", version="16")),
        (7, ServerVersion(place=at, product="valkey", version="8.1")),
    ]


@given(st.text() | st.text(alphabet='[]{}="\n abdefilnorst-.'))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        list(read_facts(Source("safelint.toml", text)))
