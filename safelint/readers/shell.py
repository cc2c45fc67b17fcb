"""Shell commands that empty a store: in scripts, Makefiles, Dockerfiles, in the steps of YAML files, and in the scripts of a package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis_cli import flushes
from safelint.readers._wipes import deploys, wipes
from safelint.readers._yaml import Node
from safelint.values import Unknown

YIELDS: tuple[type[Fact], ...] = (FlushCalled,)
TRIGGERS = (b"flushall", b"flushdb", b"redis-cli", b"valkey-cli", b"keydb-cli", b" down", b"--volumes", b"volume rm", b"delete pvc", b"persistentvolumeclaim",
            b"taint", b"-replace", b"destroy", b"dump.rdb", b"appendonly", b"/var/lib/redis", b"/var/lib/valkey", b"elasticache delete")  # fmt: skip

_SCRIPT = (
    r"\.(sh|bash|zsh|ksh|cron|mk)$|(^|/)(gnu)?makefile[\w.-]*$|(^|/)(docker|container)file[\w.-]*$|\.(docker|container)file$"
    r"|(^|/)(procfile|justfile|crontab|entrypoint|post-deploy|deploy)$|(^|/)(package|composer|app)\.json$"
)
# A pipeline of tests flushes its own server; only one that deploys reaches people, and so does only a job that does.
_PIPELINE = r"(^|/)\.(github|circleci|gitea|forgejo|woodpecker|buildkite|drone)[/.]|(^|/)(\.gitlab-ci|\.travis|azure-pipelines|appveyor|bitbucket-pipelines)"
_DEPLOYMENT = r"(?:deploy|release|prod|live)[^/]*\.ya?ml$"
_JOBS = r"(?:.*/)?\.(?:gitlab-ci[\w.-]*|(?:github|gitea|forgejo)/workflows/[^/]+|circleci/[^/]+)\.?ya?ml$"
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?:.*(?:{_SCRIPT})|(?!.*(?:{_PIPELINE})).*\.ya?ml$|.*{_DEPLOYMENT})|^{_JOBS})"
_YAML = re.compile(r"\.ya?ml$", re.IGNORECASE)
_ONE_JOB = re.compile(rf"^(?!.*{_DEPLOYMENT}){_JOBS}", re.IGNORECASE)
_STEPS = {"run", "script", "command", "shell", "cmd", "args", "entrypoint", "exec", "before_script", "after_script", "raw", "argv", "commands"}
# What has none of these flushes nothing: parsing a large manifest for a probe's `redis-cli ping` would cost more than all else.
_FLUSHES, _DELETES = re.compile(r"flush(all|db)", re.IGNORECASE), re.compile(r"\b(del|unlink)\b", re.IGNORECASE)
_TARGET = re.compile(r"^([\w./-]+)\s*:(?!=)")


def read(source: Source) -> Iterator[Fact]:
    """Every command of the file that empties a store."""
    if _YAML.search(source.path):
        yield from _of_steps(source)
        return
    if source.path.endswith(".json"):
        yield from _of_package(source)
        return
    text = source.text
    if is_makefile := "akefile" in source.path or source.path.endswith(".mk"):
        text = "\n".join(re.sub(r"^(\t\s*)[-@+]+", r"\1", line).replace("$$", "$") for line in text.split("\n"))
    elif re.search(r"(Docker|Container)file", source.path):
        # The word that begins an instruction is no command, and RUN's options are none either.
        text = re.sub(r"(?m)^(\s*)(RUN|CMD|ENTRYPOINT|SHELL)\b((\s+--\S+)*)", "", text)
        text = re.sub(r"(?m)^\s*\[(.*)\]\s*$", lambda found: found[1].replace('",', '" '), text)
    lines = source.text.split("\n")
    found = [(line, what, "shell") for line, what in flushes(text)] if _may_flush(text) else []
    if is_makefile or deploys(source.path):
        targets = _targets(lines) if is_makefile and not deploys(source.path) else None
        found += [(line, what, "volume") for line, what in wipes(text) if targets is None or deploys(targets[min(line, len(lines)) - 1])]
    for line, what, via in found:
        shown = lines[line - 1] if line <= len(lines) else ""
        start = len(shown) - len(shown.lstrip()) + 1
        yield _called(Place(source.path, line, start, line, max(len(shown.rstrip()) + 1, start)), what, via)


def _may_flush(text: str) -> bool:
    return _FLUSHES.search(text) is not None or ("-cli" in text and _DELETES.search(text) is not None)


def _called(place: Place, what: str, via: str) -> FlushCalled:
    return FlushCalled(place=place, call=what, via=via, target=Unknown("the server of a command line"))


def _targets(lines: list[str]) -> list[str]:
    """For each line of a Makefile the target that it is a part of."""
    found: list[str] = []
    for line in lines:
        target = _TARGET.match(line)
        found.append(target[1] if target else found[-1] if found else "")
    return found


def _of_package(source: Source) -> Iterator[Fact]:
    """The scripts of a package, those for developers left out."""
    try:
        scripts = json.loads(source.text).get("scripts")
    except (ValueError, RecursionError, AttributeError):
        return  # whoever installs it is told
    for name, script in scripts.items() if isinstance(scripts, dict) else ():
        texts = [script] if isinstance(script, str) else script if isinstance(script, list) else []
        for text in texts:
            if isinstance(text, str) and re.match(NOT_FOR_DEVELOPERS, f"/{name.replace(':', '/')}"):
                found = [(what, "shell") for _, what in flushes(text)]
                found += [(what, "volume") for _, what in wipes(text) if deploys(name)]
                for what, via in found:
                    yield _called(_line_of(source, f'"{name}"'), what, via)


def _line_of(source: Source, word: str) -> Place:
    line = source.text.count("\n", 0, max(source.text.find(word), 0)) + 1
    shown = source.text.split("\n")[line - 1]
    return Place(source.path, line, len(shown) - len(shown.lstrip()) + 1, line, len(shown) + 1)


def _of_steps(source: Source) -> Iterator[Fact]:
    from safelint.readers._yaml import documents

    only_jobs = _ONE_JOB.search(source.path) is not None
    if not (only_jobs or deploys(source.path) or _may_flush(source.text)):
        return
    try:
        roots = documents(source)
    except Unreadable:
        # Whoever reads this YAML for its own sake says that it could not.
        return
    for root in roots:
        jobs = [(key.text, job) for key, job in (root.get("jobs") or root).pairs if job.kind == "mapping"]
        deploying = [job for name, job in jobs if _is_deployment(name, job)]
        known = {id(node) for job in deploying for node in job.walk()}
        for node in (each for job in deploying for each in job.walk()) if only_jobs else root.walk():
            yield from _of_node(source, node, deploys(source.path) or (only_jobs and id(node) in known))


def _is_deployment(name: str, job: Node) -> bool:
    """Whether a job of a pipeline reaches people: by its name, its stage, or the environment that it is for."""
    stage, environment = job.get("stage"), job.get("environment")
    named = (environment.get("name") or environment) if environment is not None else None
    return deploys(name) or (stage is not None and deploys(stage.text)) or (named is not None and deploys(named.text))


def _of_node(source: Source, node: Node, is_deployment: bool) -> Iterator[Fact]:
    for key, value in node.pairs:
        if key.text.rpartition(".")[2] not in _STEPS:
            continue
        if value.kind == "sequence" and all(item.kind == "scalar" for item in value.items) and key.text in ("command", "args", "entrypoint", "argv", "exec"):
            text = " ".join(f"'{item.text}'" if " " in item.text else item.text for item in value.items)
            scalars = [(value.place, text, False)]
        else:
            scalars = [(item.place, item.text, item.block) for item in (value, *value.items) if item.kind == "scalar"]
        for place, text, block in scalars:
            found = [(line, what, "shell") for line, what in flushes(text)]
            found += [(line, what, "volume") for line, what in wipes(text)] if is_deployment else []
            for line, what, via in found:
                number = place.line + line if block else place.line
                yield _called(Place(source.path, number, place.column, number, place.column + 1), what, via)
