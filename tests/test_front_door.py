"""What a newcomer is told is true."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from safelint.cli import main
from safelint.facts.store import FlushCalled
from safelint.rules import parse
from tests.judging import RULES, judge

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_rule_in_the_contributors_guide_is_a_rule() -> None:
    block = re.search(r"\n\n((?:    .*\n|\n)+)", GUIDE)
    assert block
    rule = parse(ROOT / "rules" / "store" / "store-flushed-by-code.md", re.sub(r"^    ", "", block[1], flags=re.MULTILINE))
    assert rule.find is FlushCalled
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


def test_the_readme_names_every_cause() -> None:
    assert {rule.cause for rule in RULES} <= set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))


def test_the_readmes_builds_are_yaml() -> None:
    for block in blocks("yaml"):
        yaml.safe_load(block)
