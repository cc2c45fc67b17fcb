"""`docker run` and `podman run` of a store, word by word; and the same in the form of a Quadlet unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from safelint.facts import Fact
from safelint.facts.store import StoreMount, StoreService
from safelint.places import Place
from safelint.readers._images import bitnami, maker_of, shown
from safelint.readers._service import Word, directives, server_words
from safelint.readers._shell_form import behind_shell

_PROGRAMS = {"docker", "podman", "nerdctl"}
# Options that stand alone; every other one takes the next word unless it has an equals sign.
_ALONE = {"-d", "--detach", "--rm", "-i", "--interactive", "-t", "--tty", "-it", "-ti", "-dit", "-itd", "-td", "--init", "--privileged", "--read-only",
          "-P", "--publish-all", "--no-healthcheck", "--replace", "-q", "--quiet"}  # fmt: skip


def runs_container(words: Sequence[str]) -> bool:
    """Whether these words start a container."""
    names = [word.rpartition("/")[2] for word in words[:3]]
    at = 1 if names[1:2] == ["run"] else 2 if names[1:3] == ["container", "run"] else 0
    return bool(at) and names[0] in _PROGRAMS


def container(words: Sequence[Word], file: str) -> Iterator[Fact]:
    """The store that these words start; nothing where the image is none of one."""
    at = next(number for number, word in enumerate(words) if word.text == "run") + 1
    volumes: list[Word] = []
    environment: dict[str, Word] = {}
    entry: Word | None = None
    while at < len(words) and words[at].text.startswith("-"):
        option, equals, value = words[at].text.partition("=")
        place = words[at].place
        if not equals and option not in _ALONE:
            at += 1
            value = words[at].text if at < len(words) else ""
        if option in ("-v", "--volume", "--mount", "--tmpfs"):
            volumes.append(Word(f"tmpfs:{value}" if option == "--tmpfs" else value, place))
        elif option in ("-e", "--env"):
            name, _, text = value.partition("=")
            environment[name] = Word(text, place)
        elif option == "--entrypoint":
            entry = Word(value, place)
        at += 1
    if at < len(words):
        yield from started(words[at], [*([entry] if entry else []), *words[at + 1 :]], volumes, environment, file)


def started(image: Word, words: Sequence[Word], volumes: Sequence[Word], environment: Mapping[str, Word], file: str) -> Iterator[Fact]:
    """The facts of one container."""
    maker = maker_of(image.text)
    if maker is None:
        return
    mounts: list[StoreMount] = []
    files: dict[str, str] = {}
    for volume in volumes:
        mount = _mount(volume)
        mounts.append(mount)
        if mount.name.startswith(".") or mount.name.endswith(".conf"):
            files[mount.target] = mount.name
    ran = list(words) if maker == "bitnami" else server_words(words)
    yield StoreService(
        place=image.place,
        file=file,
        platform="compose",
        image=shown(image.text),
        controller="",
        mounts=tuple(mounts),
        is_whole=ran is not None and maker != "other",
    )
    if maker == "bitnami":
        yield from bitnami(image.text, environment, words, image.place, file, files)
    else:
        yield from directives(ran or [], file, image.text, files)
    yield from behind_shell(words, file, image.text)


def _mount(volume: Word) -> StoreMount:
    place: Place = volume.place
    if volume.text.startswith("tmpfs:"):
        return StoreMount(place=place, target=volume.text[6:].partition(":")[0], kind="memory", name="")
    if "=" in volume.text:
        parts = dict(part.partition("=")[::2] for part in volume.text.split(","))
        target = next((parts[key] for key in ("target", "dst", "destination") if key in parts), "")
        origin = parts.get("source") or parts.get("src") or ""
        return StoreMount(place=place, target=target, kind="memory" if parts.get("type") == "tmpfs" else "volume", name=origin)
    origin, colon, rest = volume.text.partition(":")
    return StoreMount(place=place, target=rest.partition(":")[0] if colon else origin, kind="volume", name=origin if colon else "")
