"""kustomization.yaml: configurations made from files and literals, other images, patches written into it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.store import StoreDirective, StoreMount, StoreService
from safelint.paths import NOT_FOR_DEVELOPERS
from safelint.places import Place
from safelint.readers import Source, Unreadable
from safelint.readers._images import maker_of
from safelint.readers._redis import directives
from safelint.readers._service import items
from safelint.readers._yaml import Node, documents
from safelint.readers.kubernetes import is_configuration, of_document
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
                yield from _patch(source, text)


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


def _patch(source: Source, text: Node) -> Iterator[Fact]:
    """A patch written as a block: its lines are lines of the file."""
    shift = text.place.line

    def moved(place: Place) -> Place:
        return Place(source.path, place.line + shift, place.column, place.end_line + shift, place.end_column)

    try:
        roots = documents(Source(source.path, text.text))
    except Unreadable:
        return  # a patch of another form; kustomize refuses what is none
    for root in roots:
        for fact in of_document(Source(source.path, text.text), root):
            if isinstance(fact, StoreService):
                mounts: tuple[StoreMount, ...] = tuple(replace(mount, place=moved(mount.place)) for mount in fact.mounts)
                fact = replace(fact, mounts=mounts)
            yield replace(fact, place=moved(fact.place))
