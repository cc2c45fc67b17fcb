"""What the configuration declares about the project: tables and their roles, servers and their versions."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.config import PATHS, BadConfig, line_of, parse
from safelint.facts import Fact
from safelint.facts.project import Role, ServerVersion, TableRole, TableScope
from safelint.places import Place
from safelint.readers import Source, Unreadable

YIELDS: tuple[type[Fact], ...] = (TableRole, TableScope, ServerVersion)
NAMES = "^({})$".format("|".join(PATHS)).replace(".", "[.]")
TRIGGERS = (b"tables", b"postgres", b"store")


def read(source: Source) -> Iterator[Fact]:
    """The declarations of a configuration. Raises Unreadable for one that can't be used."""
    try:
        config = parse(source.path, source.text)
    except BadConfig as error:
        raise Unreadable(str(error)) from None
    if config is None:
        return

    def place(*words: str) -> Place:
        line = line_of(source.text, *words)
        width = len(source.text.split("\n")[line - 1])
        return Place(source.path, line, 1, line, width + 1)

    tables: tuple[tuple[Role, str, tuple[str, ...]], ...] = (
        ("session", "session-tables", config.session_tables),
        ("token", "token-tables", config.token_tables),
        ("user", "user-tables", config.user_tables),
        ("none", "not-session-tables", config.not_session_tables),
    )
    for role, key, names in tables:
        for name in names:
            yield TableRole(place=place(key, name), name=name, role=role)
    if config.tables:
        yield TableScope(place=place("tables"), tables=config.tables)
    if config.postgres:
        yield ServerVersion(place=place("postgres"), product="postgres", version=config.postgres)
    if config.store:
        product, version = config.store
        yield ServerVersion(place=place("store"), product=product, version=version)
