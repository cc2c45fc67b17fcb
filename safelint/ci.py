"""What a machine that builds pull requests tells of the change: which commit, or which branch, it is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safelint.records import dataclass

# Variables that hold the commit below the change. The first that is set decides.
_COMMITS = {
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": "GitLab",
    "BITBUCKET_PR_DESTINATION_COMMIT": "Bitbucket",
    "CIRRUS_BASE_SHA": "Cirrus",
}
# Variables that hold the branch that a pull request is meant for.
_BRANCHES = {
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "GitLab",
    "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME": "GitLab",
    "BITBUCKET_PR_DESTINATION_BRANCH": "Bitbucket",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "Azure Pipelines",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "Buildkite",
    "CHANGE_TARGET": "Jenkins",
    "DRONE_TARGET_BRANCH": "Drone",
    "CI_COMMIT_TARGET_BRANCH": "Woodpecker",
    "CODEBUILD_WEBHOOK_BASE_REF": "CodeBuild",
    "CIRRUS_BASE_BRANCH": "Cirrus",
}
# Variables that hold the commit that a branch was at before this push.
_BEFORE = {"CI_COMMIT_BEFORE_SHA": "GitLab", "DRONE_COMMIT_BEFORE": "Drone", "CI_PREV_COMMIT_SHA": "Woodpecker", "GIT_PREVIOUS_SUCCESSFUL_COMMIT": "Jenkins"}


@dataclass(frozen=True, slots=True)
class Hint:
    """Where the base is, in the order in which it is looked for."""

    who: str
    commit: str = ""
    branch: str = ""
    head: str = "HEAD"
    first_parent_of: str = ""
    """The commit that the machine made by merging the change into its base: its first parent is the base."""
    wrong_head: str = ""
    """The commit that is checked out where only the base is there to be judged."""
    remedy: str = "fetch the whole history"


def hint(environment: Mapping[str, str]) -> Hint | None:
    """What the environment says, or None where it says nothing."""
    if environment.get("PRE_COMMIT_FROM_REF") and environment.get("PRE_COMMIT_TO_REF"):
        return Hint("pre-commit", commit=environment["PRE_COMMIT_FROM_REF"], head=environment["PRE_COMMIT_TO_REF"])
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    deep = "set GIT_DEPTH: 0" if environment.get("GITLAB_CI") else "fetch the whole history"
    for name, who in _COMMITS.items():
        if environment.get(name):
            return Hint(who, commit=environment[name], branch=_branch(environment), remedy=deep)
    if branch := _branch(environment):
        return Hint(next(who for name, who in _BRANCHES.items() if environment.get(name)), branch=branch, remedy=deep)
    for name, who in _BEFORE.items():
        if environment.get(name, "").strip("0"):
            return Hint(who, commit=environment[name], remedy=deep)
    return None


def _branch(environment: Mapping[str, str]) -> str:
    named = next((environment[name] for name in _BRANCHES if environment.get(name)), "")
    return named.removeprefix("refs/heads/")


def _github(environment: Mapping[str, str]) -> Hint | None:
    """GitHub's and, with the same variables, Gitea's and Forgejo's actions."""
    event = environment.get("GITHUB_EVENT_NAME", "")
    told = _event(environment)
    deep = "set fetch-depth: 0 for actions/checkout"
    if event in ("pull_request", "pull_request_target", "pull_request_review") or environment.get("GITHUB_BASE_REF"):
        built = environment.get("GITHUB_SHA", "")
        merge = event != "pull_request_target" and environment.get("GITHUB_REF", "").endswith("/merge")
        return Hint(
            "GitHub",
            commit=_text(told, "pull_request", "base", "sha"),
            branch=environment.get("GITHUB_BASE_REF", ""),
            first_parent_of=built if merge else "",
            wrong_head=built if event == "pull_request_target" else "",
            remedy="set fetch-depth: 2 for actions/checkout" if merge else deep,
        )
    if event == "merge_group":
        return Hint("GitHub", commit=_text(told, "merge_group", "base_sha"), remedy=deep)
    if event == "push" and _text(told, "before").strip("0"):
        return Hint("GitHub", commit=_text(told, "before"), remedy=deep)
    return None


def _event(environment: Mapping[str, str]) -> Any:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # what it would have told is looked for elsewhere, and not found is said


def _text(data: Any, *keys: str) -> str:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""
