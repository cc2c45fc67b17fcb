"""What a newcomer is told is true."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from safelint import config
from safelint.cli import main
from safelint.facts.store import FlushCalled
from safelint.records import fields
from safelint.rules import parse
from tests.judging import RULES, judge

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


def options() -> set[str]:
    assert isinstance(main, click.Group)
    return {name for command in main.commands.values() for parameter in command.params for name in parameter.opts if name.startswith("-")}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_rule_in_the_contributors_guide_is_a_rule() -> None:
    block = re.search(r"\n\n((?:    .*\n|\n)+)", GUIDE)
    assert block
    rule = parse(ROOT / "rules" / "store" / "store-flushed-by-code.md", re.sub(r"^    ", "", block[1], flags=re.MULTILINE))
    assert rule.found_fact is FlushCalled
    bad, good = rule.examples
    assert {(finding.place.path, finding.place.line) for finding in judge(bad.base, bad.head, (rule,)).findings} == bad.expected() != set()
    assert not judge(good.base, good.head, (rule,)).findings


def test_the_hooks_run_a_command_that_exists() -> None:
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        program, command = hook["entry"].split()
        assert program == "safelint"
        assert isinstance(main, click.Group)
        assert set(hook.get("args", [])) <= {name for parameter in main.commands[command].params for name in parameter.opts}


@pytest.mark.parametrize("document", [README, GUIDE], ids=["README", "CONTRIBUTING"])
def test_a_document_names_only_what_exists(document: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", document):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`((?:tests|safelint|rules)/[\w/.]+)`", document):
        assert (ROOT / path).exists(), path


def test_the_readme_names_only_options_that_exist() -> None:
    # Those of other tools, in the comparison and in the instructions to install.
    others = {"--spec", "--select", "--deploy", "--from-ref", "--to-ref", "--all-files"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= options() | others


def test_the_readmes_configuration_is_one() -> None:
    (block,) = blocks("toml")
    found = config.parse("pyproject.toml", block)
    assert found is not None
    keys = set(tomllib.loads(block)["tool"]["safelint"])
    assert keys == {each.name.replace("_", "-") for each in fields(config.Config) if each.name != "path"}, "every key is shown"
    known = {rule.name for rule in RULES} | {rule.cause for rule in RULES}
    assert {*found.select, *found.ignore, *(name for _, names in found.per_path_ignores for name in names)} <= known


def test_the_readme_names_every_cause() -> None:
    assert {rule.cause for rule in RULES} <= set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))


def test_the_readmes_builds_are_yaml() -> None:
    for block in blocks("yaml"):
        yaml.safe_load(block)


def test_no_section_is_empty() -> None:
    for document in (README, GUIDE):
        assert not re.search(r"^#+ .*\n+#+ ", re.sub(r"^```.*?^```", "text", document, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)


def test_the_json_has_every_key_that_the_readme_names() -> None:
    section = README.partition("## JSON")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z_]+)`", section)) - {"head", "base"}
    done = CliRunner().invoke(
        main, ["check", "--all", "--output-format", "json", "--stdin-filename", "a.py", "-"], input="import redis\nredis.Redis().flushall()\n"
    )
    report = json.loads(done.output)
    keys = {*report, *report["summary"], *report["findings"][0]} | {"message", "path", "line", "column", "what", "why"}
    assert told == keys
