"""The gate as a project asks for it, and changes that open it for themselves."""

from __future__ import annotations

import pytest

from safelint.config import BadConfig
from safelint.findings import Finding
from safelint.gate import Outcome, Wishes, judge
from safelint.paths import matches
from safelint.rules import BadRule
from tests.judging import sides

FLUSH = {"shop/jobs.py": "import redis\n\nr = redis.Redis()\nr.flushall()\n"}
RULE = """---
severity: warning
confidence: high
impact: blind
rollback: heals
find: FlushCalled
message: "our own: {call}"
since: "1"
---
# Ours

**Instead.** Do not.
"""


def judged(base: dict[str, str] | None, head: dict[str, str], **wishes: object) -> Outcome:
    return judge(*sides(base, head), Wishes(**wishes))  # type: ignore[arg-type]


def weakened(base: dict[str, str], head: dict[str, str]) -> list[Finding]:
    return [each for each in judged(base, head).findings if each.rule == "gate-weakened"]


@pytest.mark.parametrize(
    ("settings", "rules", "failed"),
    [
        ("", {"store-flushed-by-code"}, True),
        ('ignore = ["store-flushed-by-code"]', set(), False),
        ('ignore = ["store"]', set(), False),
        ('select = ["clock"]', set(), False),
        ('exclude = ["shop"]', set(), False),
        ('exclude = ["legacy/**"]', {"store-flushed-by-code"}, True),
        ('min-confidence = "high"', set(), False),
        ('[per-path-ignores]\n"shop/*" = ["store"]', set(), False),
        ('[per-path-ignores]\n"jobs/*" = ["store"]', {"store-flushed-by-code"}, True),
    ],
)
def test_settings_that_were_there_decide(settings: str, rules: set[str], failed: bool) -> None:
    old = {"safelint.toml": settings + "\n"}
    outcome = judged(old, {**old, **FLUSH})
    assert {each.rule for each in outcome.findings} == rules
    assert outcome.failed == failed


def test_strict_fails_on_what_was_not_understood() -> None:
    broken = {"shop/a.py": "import redis\nr.flushall(\n"}
    assert not judged({}, broken).failed
    assert judged({}, broken, strict=True).failed
    old = {"safelint.toml": "strict = true\n"}
    assert judged(old, {**old, **broken}).failed


@pytest.mark.parametrize(
    ("before", "after", "severity", "message"),
    [
        ("", 'ignore = ["store"]', "error", "ignore: store added: this lets 1 finding of this very change through that would have stopped it"),
        ("", 'exclude = ["shop/**"]', "error", "exclude: shop/** added: this lets 1 finding of this very change through that would have stopped it"),
        ("", 'min-confidence = "high"', "error", "min-confidence: medium became high: this lets 1 finding"),
        ("", 'select = ["clock"]', "error", "select: only clock: this lets 1 finding"),
        ('fail-on = "warning"', 'fail-on = "error"', "info", "fail-on: warning became error: this hides nothing in this change"),
        ("check-downgrade = true", "", "info", "check-downgrade: switched off: this hides nothing in this change"),
        ("strict = true", "strict = false", "info", "strict: switched off: this hides nothing in this change"),
        ("", 'exclude = ["legacy/**"]', "info", "exclude: legacy/** added: this hides nothing in this change"),
        ("", '[per-path-ignores]\n"shop/*" = ["store"]', "error", "per-path-ignores: shop/*: store added: this lets 1 finding"),
        ('session-tables = ["a"]', "", "info", "session-tables: a removed: this hides nothing in this change"),
    ],
)
def test_a_change_that_opens_the_gate_for_itself_says_what_it_hides(before: str, after: str, severity: str, message: str) -> None:
    (found,) = weakened({"safelint.toml": before}, {"safelint.toml": after, **FLUSH})
    assert found.message.startswith(message)
    assert (found.severity, found.place.path) == (severity, "safelint.toml")


def test_a_table_declared_harmless_beside_its_end() -> None:
    base = {"safelint.toml": "", "migrations/1.sql": "CREATE TABLE sessions (id text);\n"}
    head = {**base, "safelint.toml": 'not-session-tables = ["sessions"]\n', "migrations/2.sql": "TRUNCATE TABLE sessions;\n"}
    (found,) = weakened(base, head)
    assert found.severity == "error"
    assert found.related[0].place.path == "migrations/2.sql"


def test_the_gate_can_not_be_told_to_look_away() -> None:
    (found,) = weakened({}, {"safelint.toml": 'ignore = ["gate", "store"]\n', **FLUSH})
    assert found.severity == "error"


def test_the_end_of_the_configuration_is_shown_where_it_was() -> None:
    (found,) = weakened({"safelint.toml": "\nstrict = true\n"}, dict(FLUSH))
    assert (found.side, found.place.path, found.place.line) == ("base", "safelint.toml", 2)


def test_asking_for_more_is_no_finding() -> None:
    base = {"safelint.toml": 'ignore = ["clock"]\nmin-confidence = "high"\n'}
    assert not weakened(base, {"safelint.toml": 'min-confidence = "low"\nstrict = true\n', **FLUSH})


def test_rules_of_the_project() -> None:
    base = {"safelint.toml": 'rules = "ops/rules"\n', "ops/rules/store/our-rule.md": RULE}
    outcome = judged(base, {**base, **FLUSH})
    assert {each.rule for each in outcome.findings} == {"store-flushed-by-code", "our-rule"}
    (found,) = weakened(base, {**base, "ops/rules/store/our-rule.md": RULE.replace("severity: warning", "severity: info")})
    assert found.message.startswith("rules: ops/rules/store/our-rule.md has changed")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "rules: there is no rule document (*.md) below ops/rules"),
        ({"ops/rules/a.md": "no front matter"}, "ops/rules/a.md: a rule begins with front matter between two lines of ---"),
        ({"ops/rules/a.md": RULE.replace("{call}", "{call.__class__}")}, "ops/rules/a.md: message: a {field} is the only use of braces"),
        ({"ops/rules/a.md": RULE.replace("{call}", "{call")}, "ops/rules/a.md: message: a {field} is the only use of braces"),
        ({"ops/rules/a.md": RULE.replace('since: "1"', "since: !!python/object/apply:os.system [id]")}, "ops/rules/a.md: the front matter is not YAML: "),
        ({"ops/rules/x/store-flushed-by-code.md": RULE}, "x/store-flushed-by-code.md: there is a rule of this name already"),
    ],
)
def test_rules_of_the_project_that_can_not_be_used(files: dict[str, str], message: str) -> None:
    with pytest.raises((BadConfig, BadRule)) as caught:
        judged({}, {"safelint.toml": 'rules = "ops/rules"\n', **files})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("legacy/a.py", "legacy", True),
        ("legacy/a.py", "legacy/", True),
        ("legacy/a.py", "legacy/**", True),
        ("legacy/a/b.py", "legacy/*", True),
        ("src/legacy/a.py", "legacy", True),
        ("src/legacy/a.py", "/legacy", False),
        ("src/legacy/a.py", "**/legacy/*.py", True),
        ("legacy/a.py", "**/legacy/*.py", True),
        ("a/b/c.sql", "a/*.sql", False),
        ("a/b/c.sql", "a/**/*.sql", True),
        ("c.sql", "*.sql", True),
        ("a/b/c.sql", "*.sql", True),
        ("c.sqlx", "*.sql", False),
        ("a.b", "a?b", True),
        ("a/b", "a?b", False),
        ("axb", "a.b", False),
    ],
)
def test_globs(path: str, pattern: str, expected: bool) -> None:
    assert matches(path, pattern) == expected


def test_no_secret_in_what_was_not_understood_or_said() -> None:
    files = {"migrations/1.sql": "FROB sessions PASSWORD 'hunter2-hunter2';\nALTER ROLE app PASSWORD 'hunter2-hunter2' FROB sessions;\n"}
    outcome = judged({}, files)
    assert "hunter2" not in repr([outcome.findings, outcome.not_understood])
