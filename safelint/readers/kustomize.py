"""kustomization.yaml: configurations made from files and literals, other images, patches written into it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreMount, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._images import maker_of, shown
from safelint.readers._redis import directives
from safelint.readers._service import Word, filled, items, server_words
from safelint.readers._service import directives as options
from safelint.readers._yaml import Node, documents
from safelint.readers.kubernetes import WORKLOADS, is_configuration, of_document
from safelint.records import replace
from safelint.values import Known

YIELDS: tuple[type[Fact], ...] = (StoreService, StoreDirective)
NAMES = rf"(?i:^{NOT_FOR_DEVELOPERS}(?:.*/)?kustomization\.ya?ml$)"
TRIGGERS = (b"redis", b"valkey")


def read(source: Source) -> Iterator[Fact]:
    """What the kustomization adds to what it is made of."""
    for root in documents(source):
        for generator in items(root, "configMapGenerator"):
            yield from _generated(source, generator)
        yield from _images(source, root)
        for patch in [*items(root, "patches"), *items(root, "patchesStrategicMerge")]:
            text = patch.get("patch") if patch.kind == "mapping" else patch
            if text is not None and text.block:
                yield from _patch(source, patch, text)


def _generated(source: Source, generator: Node) -> Iterator[Fact]:
    name = generator.get("name")
    if name is None:
        return
    folder = posixpath.dirname(source.path)
    for item in items(generator, "files"):
        key, equals, path = item.text.partition("=")
        key, path = (key, path) if equals else (posixpath.basename(key), key)
        if is_configuration(key):
            target = Known(f"tree:{posixpath.normpath(posixpath.join(folder, path))}")
            yield StoreDirective(place=item.place, file=f"{source.path}#{name.text}/{key}", kind="redis", name="include", arguments=(target,))
    for item in items(generator, "literals"):
        key, _, text = item.text.partition("=")
        if is_configuration(key):

            def locate(number: int, width: int, item: Node = item) -> Place:
                line = item.place.line + number - 1 + item.block
                return Place(source.path, line, item.place.column, line, item.place.column + max(width, 1))

            yield from directives(text.strip("\"'"), f"{source.path}#{name.text}/{key}", "redis", locate)


def _images(source: Source, root: Node) -> Iterator[Fact]:
    """A store's image under another tag or name: a layer on the manifest that names it."""
    folder = posixpath.dirname(source.path)
    under = [posixpath.normpath(posixpath.join(folder, each.text)) for key in ("resources", "bases") for each in items(root, key) if "://" not in each.text]
    for image in items(root, "images"):
        name, tag, other = (image.get(key) for key in ("name", "newTag", "newName"))
        if name is not None and (tag is not None or other is not None) and maker_of(name.text) == "official":
            yield StoreService(
                place=(tag or other or name).place,
                file=f"{source.path}#image/{name.text}",
                platform="kubernetes",
                image=f"{other.text if other else name.text}{f':{tag.text}' if tag else ''}",
                controller="",
                mounts=(),
                parent=f"image:{name.text}:{','.join(under)}",
                has_command=False,
            )


def _patch(source: Source, patch: Node, text: Node) -> Iterator[Fact]:
    """A patch written as a block: its lines are lines of the file."""
    shift = text.place.line

    def moved(place: Place) -> Place:
        return Place(source.path, place.line + shift, place.column, place.end_line + shift, place.end_column)

    try:
        roots = documents(Source(source.path, text.text))
    except Unreadable:
        return  # a patch of another form; kustomize refuses what is none
    for root in roots:
        if root.kind == "sequence":
            yield from _operations(source, patch, root, shift)
        for fact in of_document(Source(source.path, text.text), root):
            if isinstance(fact, StoreService):
                mounts: tuple[StoreMount, ...] = tuple(replace(mount, place=moved(mount.place)) for mount in fact.mounts)
                fact = replace(fact, mounts=mounts)
            yield replace(fact, place=moved(fact.place))


def _operations(source: Source, patch: Node, root: Node, shift: int) -> Iterator[Fact]:
    """The operations on the first container of a workload that give it another image or other arguments."""
    name, kind = patch.get("target", "name"), patch.get("target", "kind")
    if name is None or (kind is not None and kind.text not in WORKLOADS):
        return
    found: dict[str, Node] = {}
    for operation in root.items:
        path, value, what = operation.get("path"), operation.get("value"), operation.get("op")
        if path is not None and value is not None and what is not None and what.text in ("add", "replace"):
            found[path.text.removeprefix(_CONTAINER)] = value
    words = [item for key in ("command", "args") if key in found for item in found[key].items]
    image = found.get("image")
    if (image is None or maker_of(image.text) is None) and not words:
        return
    first = (image or words[0]).place
    place = Place(source.path, first.line + shift, first.column, first.end_line + shift, first.end_column)
    file = f"{source.path}#patch/{name.text}"
    yield StoreService(
        place=place,
        file=file,
        platform="kubernetes",
        image=shown(image.text) if image is not None and maker_of(image.text) is not None else "",
        controller="",
        mounts=(),
        parent=f"patch:workload/{name.text}/",
        has_command=bool(words),
    )
    moved = [
        Word(filled(item.text), Place(source.path, item.place.line + shift, item.place.column, item.place.end_line + shift, item.place.end_column))
        for item in words
    ]
    yield from options(server_words(moved) or [], file, image.text if image is not None else "", {})


_CONTAINER = "/spec/template/spec/containers/0/"
