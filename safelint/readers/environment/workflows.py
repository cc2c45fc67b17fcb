"""Workflows of GitHub and GitLab: what a job that deploys gives to what it deploys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import VariableSet
from safelint.readers import Source, Unreadable
from safelint.readers._variables import VARIABLE_NAME, in_compose, in_workflow, variable
from safelint.readers._yaml import Node, documents

YIELDS: tuple[type[Fact], ...] = (VariableSet,)
NAMES = r"(?i:(^|/)\.github/workflows/[^/]+\.ya?ml$|(^|/)\.gitlab-ci[\w.-]*\.ya?ml$|(^|/)\.gitlab/ci/[^/]+\.ya?ml$)"
TRIGGERS = (b"environment",)

_PRODUCTION = re.compile(r"(?i:(^|[^a-z])(prod|production|live)([^a-z]|$))")


def read(source: Source) -> Iterator[Fact]:
    """Only jobs that name production as their environment: what tests and previews get reaches nobody."""
    try:
        roots = documents(source)
    except Unreadable:
        # A workflow that is no YAML does not run.
        return
    for root in roots:
        jobs = root.get("jobs")
        hosted = jobs is not None
        for name, job in (jobs if jobs is not None else root).settings():
            if job.kind == "mapping" and _PRODUCTION.search(_environment(job)):
                given = [(job, ("env",))] if hosted else [(job, ("variables",))]
                steps = job.get("steps")
                given += [(step, ("env",)) for step in (steps.items if steps is not None else ())]
                for holder, path in given:
                    yield from _variables(holder.get(*path), name.text, hosted)


def _environment(job: Node) -> str:
    node = job.get("environment")
    if node is not None and node.kind == "mapping":
        node = node.get("name")
    return node.text if node is not None and node.kind == "scalar" else ""


def _variables(node: Node | None, scope: str, hosted: bool) -> Iterator[Fact]:
    for name, value in node.settings() if node is not None else ():
        if value.kind == "scalar" and VARIABLE_NAME.fullmatch(name.text):
            yield variable(value.place, name.text, in_workflow(value.text) if hosted else in_compose(value.text), scope)
