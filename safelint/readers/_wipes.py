"""Commands of a deploy that throw a store's disk away: not the server's own commands, but what they do to its volume or its resource.

Each is what a developer types all day on his own machine; it is one of these only in a script or a job that deploys, and only where it names a
store or takes every volume with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.readers._shell import pipelines

_STORE = re.compile(r"redis|valkey|keydb|session|elasticache|memorydb|memorystore", re.IGNORECASE)
_DEPLOYS = re.compile(r"(^|[^a-z])(un)?(deploy(ment|s)?|release|rollout|roll-out|prod|production|live|upgrade|provision)([^a-z]|$)", re.IGNORECASE)
_DATA = re.compile(r"(dump\.rdb|appendonly(\.aof|dir)|/var/lib/(redis|valkey))(/\*?)?$")
_OPTIONS = {"-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "-n", "--namespace", "--context", "--kubeconfig", "-c",
            "-H", "--host", "-chdir"}  # fmt: skip
# Whatever stands before a command and runs it.
_BEFORE = {"sudo", "exec", "env", "time", "nohup", "eval"}


def deploys(name: str) -> bool:
    """Whether a script, a target or a job of this name is one that deploys."""
    return _DEPLOYS.search(name) is not None


def wipes(text: str) -> Iterator[tuple[int, str]]:
    """(line, what runs) for each command that throws a store's disk away."""
    for pipeline in pipelines(re.sub(r"\{\{.*?\}\}", "{}", text)):
        for simple in pipeline:
            words = list(simple.words)
            while words and (words[0] in _BEFORE or re.fullmatch(r"\w+=.*", words[0])):
                words.pop(0)
            what = _wipe(words) if words else ""
            if what:
                yield simple.line, what


def _wipe(words: list[str]) -> str:
    program = words[0].rpartition("/")[2]
    if program == "docker-compose" or (program == "docker" and words[1:2] == ["compose"]):
        rest = _plain(words[1 if program == "docker-compose" else 2 :])
        if rest[:1] == ["down"] and any(word in ("-v", "--volumes") for word in rest):
            return "docker compose down -v"
    elif program == "docker" and words[1:3] in (["volume", "rm"], ["volume", "remove"]) and (named := _named(words[3:])):
        return f"docker volume rm {named}"
    elif program in ("kubectl", "oc"):
        rest = _plain(words[1:])
        claims = rest[:1] == ["delete"] and len(rest) > 1 and re.match(r"(pvc|persistentvolumeclaims?)(/|$)", rest[1], re.IGNORECASE)
        if claims and ((named := _named(rest[1:])) or "--all" in rest):
            return f"kubectl delete pvc {named or '--all'}"
    elif program in ("terraform", "tofu", "terragrunt"):
        rest = _plain(words[1:])
        targets = [word.partition("=")[2] for word in rest if re.match(r"--?(replace|target)=", word)]
        if rest[:1] == ["taint"] and (named := _named(rest[1:])):
            return f"terraform taint {named}"
        if rest[:1] == ["destroy"] and (named := _named(targets)):
            return f"terraform destroy -target={named}"
        if rest[:1] in (["apply"], ["plan"]) and any(word.lstrip("-").startswith("replace=") for word in rest) and (named := _named(targets)):
            return f"terraform {rest[0]} -replace={named}"
    elif program == "rm" and any(_DATA.search(word) for word in words[1:]):
        return f"rm of {next(word for word in words[1:] if _DATA.search(word))}"
    elif program == "aws" and words[1:2] == ["elasticache"] and len(words) > 2 and re.fullmatch(r"delete-(replication-group|cache-cluster)", words[2]):
        return f"aws elasticache {words[2]}"
    return ""


def _named(words: list[str]) -> str:
    return next((word for word in words if _STORE.search(word) and not word.startswith("--")), "")


def _plain(words: list[str]) -> list[str]:
    """Words without the options that take the next one, which would stand before the command."""
    found: list[str] = []
    at = 0
    while at < len(words):
        if words[at] in _OPTIONS and not found:
            at += 2
            continue
        if found or not words[at].startswith("-"):
            found.append(words[at])
        at += 1
    return found
