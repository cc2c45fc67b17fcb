"""What a path says about a file: whether people's sessions can depend on it."""

from __future__ import annotations

import functools
import re

# Folders and names whose content never runs in production. "example" and "docs" only as whole words of the path.
_ELSEWHERE = re.compile(
    r"(^|/)(tests?|[a-z]+_tests|testing|__tests__|spec|specs|fixtures?|testdata|test_?helpers?|stubs?|e2e|cypress|docs?|documentation|examples?|samples?"
    r"|dev|development|benchmarks?|node_modules|\.devcontainer|\.gitpod|\.ddev|\.vagrant|vendor|third_party|site-packages|\.venv|venv|\.tox|\.git)/"
    r"|(^|/)example_[^/]+/"
    r"|(^|/)(conftest|test_[^/]*|[^/]*_tests?|tests?)\.(py|sql|ya?ml|go|rs)$"
    r"|(^|/)[^/]*(\.example|\.sample|\.dist|\.template)(\.[a-z]+)?$"
    r"|(^|/)(settings[._/-]?(test|tests|testing|ci)|(test|tests|testing|ci)[._-]?settings)(\.py|/)"
    r"|(^|/)[^/]*(anonymi[sz]|scrub|saniti[sz])[^/]*\.sql$"  # made for a copy of production's data
    r"|(^|/)\.env\.(test|testing|ci)$|(^|/)[^/]*\.(md|rst|txt\.j2|ipynb)$",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=100_000)  # asked for every file of a tree by every reader
def in_production(path: str) -> bool:
    """Whether a file at `path` can reach people who are logged in: not a test, a document, an example or somebody else's code."""
    return _ELSEWHERE.search(path) is None


_SETTINGS_PATH = re.compile(
    r"(^|/)(settings?|conf|config|configs|configuration|django_?settings|app_?settings|app_?config|web_?config|default_?settings|default_?config"
    r"|[a-z]+_settings|settings_[a-z]+|[a-z]+_config|config_[a-z]+)\.py$"
    r"|(^|/)(settings?|conf|config|configs|configuration)/([^/]+/)*[^/]+\.py$",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=100_000)
def is_settings_path(path: str) -> bool:
    """Whether a Python file of this name is there to hold settings."""
    return path.endswith(".py") and _SETTINGS_PATH.search(path) is not None


def matches(path: str, pattern: str) -> bool:
    """Whether a path matches a glob of the configuration, or lies below a folder that does.

    `*` stops at a slash, `**` does not; a pattern without a slash is for names anywhere in the tree.
    """
    return _compiled(pattern).match(path) is not None


@functools.lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(anywhere + "".join(meaning.get(part) or re.escape(part) for part in parts) + r"(?:/.*)?\Z", re.DOTALL)


NOT_FOR_DEVELOPERS = (
    r"(?!.*(?:^|[/._-])(?:dev|devel|develop|development|developer|local|localhost|test|tests|testing|ci|sandbox|e2e|debug|bench|benchmark|minikube|kind|skaffold|tilt"
    r"|quickstart|tutorial|workshop|playground|devcontainer|vagrant)(?:[/._-]|$))"
)
"""The beginning of a pattern for the names of files of a deployment: none that says that it is for a developer's machine, or a pipeline's tests."""
