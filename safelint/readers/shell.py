"""Shell commands that empty a store: in scripts, Makefiles, Dockerfiles, and in the steps of YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import FlushCalled
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._redis_cli import flushes
from safelint.values import Unknown

YIELDS: tuple[type[Fact], ...] = (FlushCalled,)
TRIGGERS = (b"flushall", b"flushdb", b"redis-cli", b"valkey-cli", b"keydb-cli")

_SCRIPT = (
    r"\.(sh|bash|zsh|ksh|cron|mk)$|(^|/)(gnu)?makefile[\w.-]*$|(^|/)(docker|container)file[\w.-]*$|\.(docker|container)file$"
    r"|(^|/)(procfile|justfile|crontab|entrypoint|post-deploy|deploy)$"
)
_DEVELOPER = r"(^|/|[._-])(dev|develop|development|local|test|tests|testing|ci|bench|benchmark)([/._-]|$)"
# A pipeline of tests flushes its own server; only one that deploys reaches people.
_PIPELINE = r"(^|/)\.(github|circleci|gitea|forgejo|woodpecker|buildkite|drone)[/.]|(^|/)(\.gitlab-ci|\.travis|azure-pipelines|appveyor|bitbucket-pipelines)"
NAMES = rf"(?i:^(?!.*(?:{_DEVELOPER}))(?:.*(?:{_SCRIPT})|(?!.*(?:{_PIPELINE})).*\.ya?ml$|.*(?:deploy|release|prod|live)[^/]*\.ya?ml$))"
_YAML = re.compile(r"\.ya?ml$", re.IGNORECASE)
_STEPS = {"run", "script", "command", "shell", "cmd", "args", "entrypoint", "exec", "before_script", "after_script", "raw", "argv", "commands"}


def read(source: Source) -> Iterator[Fact]:
    """Every command of the file that empties a store."""
    if _YAML.search(source.path):
        yield from _of_steps(source)
        return
    text = source.text
    if "akefile" in source.path or source.path.endswith(".mk"):
        text = "\n".join(re.sub(r"^(\t\s*)[-@+]+", r"\1", line).replace("$$", "$") for line in text.split("\n"))
    elif re.search(r"(Docker|Container)file", source.path):
        # The word that begins an instruction is no command, and RUN's options are none either.
        text = re.sub(r"(?m)^(\s*)(RUN|CMD|ENTRYPOINT|SHELL)\b((\s+--\S+)*)", "", text)
        text = re.sub(r"(?m)^\s*\[(.*)\]\s*$", lambda found: found[1].replace('",', '" '), text)
    lines = source.text.split("\n")
    for line, what in flushes(text):
        shown = lines[line - 1] if line <= len(lines) else ""
        start = len(shown) - len(shown.lstrip()) + 1
        yield FlushCalled(
            place=Place(source.path, line, start, line, max(len(shown.rstrip()) + 1, start)),
            call=what,
            via="shell",
            target=Unknown("the server of a command line"),
        )


def _of_steps(source: Source) -> Iterator[Fact]:
    from safelint.readers._yaml import documents

    try:
        roots = documents(source)
    except Unreadable:
        # Whoever reads this YAML for its own sake says that it could not.
        return
    for root in roots:
        for node in root.walk():
            for key, value in node.pairs:
                if key.text.rpartition(".")[2] not in _STEPS:
                    continue
                if (
                    value.kind == "sequence"
                    and all(item.kind == "scalar" for item in value.items)
                    and key.text in ("command", "args", "entrypoint", "argv", "exec")
                ):
                    text = " ".join(f"'{item.text}'" if " " in item.text else item.text for item in value.items)
                    scalars = [(value.place, text, False)]
                else:
                    scalars = [(item.place, item.text, item.block) for item in (value, *value.items) if item.kind == "scalar"]
                for place, text, block in scalars:
                    for line, what in flushes(text):
                        number = place.line + line if block else place.line
                        yield FlushCalled(
                            place=Place(source.path, number, place.column, number, place.column + 1),
                            call=what,
                            via="shell",
                            target=Unknown("the server of a command line"),
                        )
