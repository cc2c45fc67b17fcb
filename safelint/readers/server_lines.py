"""Where else a store is started: systemd units (also Quadlet's), supervisord, Procfiles, `docker run` in a script that deploys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import ServerBehindShell, StoreDirective, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source
from safelint.readers._docker_run import container, runs_container, started
from safelint.readers._service import Word, directives, filled, server_words, words_of
from safelint.readers._shell import pipelines
from safelint.readers._shell_form import behind_shell
from safelint.readers._wipes import deploys

YIELDS: tuple[type[Fact], ...] = (StoreDirective, ServerBehindShell, StoreService)
_UNITS = r".*\.(service|container)(\.d/.*\.conf)?(\.j2)?$|.*\.(sh|bash)$|(.*/)?procfile$"
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?:{_UNITS}|.*supervisor[\w./-]*\.(conf|ini)(\.j2)?$|.*/supervisor/.*\.(conf|ini)$))"
TRIGGERS = (b"redis", b"valkey")

_STARTS = re.compile(r"^\s*(?:ExecStart|command)\s*=\s*[-@:+!]*(.*)$", re.IGNORECASE | re.DOTALL)
_PROCESS = re.compile(r"^(?P<name>[\w-]+):\s*(?P<command>.*)$")


def read(source: Source) -> Iterator[Fact]:
    """The options of each server that is started."""
    if source.path.lower().endswith((".sh", ".bash")):
        yield from _script(source)
        return
    if re.search(r"\.container(\.j2)?$", source.path):
        yield from _quadlet(source)
        return
    section = ""
    is_list = source.path.lower().endswith("procfile")
    for number, line in _joined(source.text):
        if line.startswith("["):
            section = line.strip().strip("[]")
        elif is_list and (process := _PROCESS.match(line)):
            yield from _started(source, f"{source.path}#{process['name']}", number, line, process["command"])
        elif found := _STARTS.match(line):
            yield from _started(source, f"{source.path}#{section}", number, line, found[1])


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line) with those that a backslash carries on put together."""
    held, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first if held else number
        if line.rstrip().endswith("\\"):
            held += line.rstrip()[:-1] + " "
            continue
        yield first, held + line
        held = ""
    if held:
        yield first, held


def _started(source: Source, file: str, number: int, line: str, command: str) -> Iterator[Fact]:
    start = len(line) - len(line.lstrip()) + 1
    place = Place(source.path, number, start, number, len(line.rstrip()) + 1)
    words = [Word(word, place) for word in words_of(command) or ()]
    if runs_container([word.text for word in words]):
        yield from container([Word(filled(word.text), place) for word in words], file)
        return
    yield from behind_shell(words, file, "")
    # A server with nothing behind it says nothing.
    yield from directives(server_words(words) or [], file, "", {})


def _script(source: Source) -> Iterator[Fact]:
    """What a script that deploys starts and leaves running."""
    if not deploys(source.path):
        return
    lines = source.text.split("\n")
    for pipeline in pipelines(source.text):
        for simple in pipeline:
            words = simple.words[1:] if simple.words[:1] == ["sudo"] else simple.words
            if runs_container(words) and "--rm" not in words:
                shown = lines[min(simple.line, len(lines)) - 1]
                place = Place(source.path, simple.line, len(shown) - len(shown.lstrip()) + 1, simple.line, max(len(shown.rstrip()), 1) + 1)
                name = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "--name"), str(simple.line))
                yield from container([Word(filled(word), place) for word in words], f"{source.path}#{name}")


def _quadlet(source: Source) -> Iterator[Fact]:
    """A container as a unit of Podman's Quadlet: one key a line."""
    said: dict[str, list[Word]] = {}
    for number, line in _joined(source.text):
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            place = Place(source.path, number, 1, number, len(line.rstrip()) + 1)
            said.setdefault(key.strip(), []).append(Word(filled(value.strip()), place))
    pairs = [(word.text.strip('"').partition("="), word.place) for word in said.get("Environment", [])]
    environment = {name: Word(value, place) for (name, _, value), place in pairs}
    volumes = [*said.get("Volume", []), *said.get("Mount", []), *(Word(f"tmpfs:{word.text}", word.place) for word in said.get("Tmpfs", []))]
    for image in said.get("Image", [])[-1:]:
        words = [Word(each, line.place) for line in said.get("Exec", [])[-1:] for each in words_of(line.text) or []]
        yield from started(image, words, volumes, environment, f"{source.path}#container")
