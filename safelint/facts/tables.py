"""Tables as the code declares them: models, settings that name a table, and what code does to rows of its own accord."""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.places import Place
from safelint.records import dataclass, field

Framework = Literal["django", "sqlalchemy", "peewee", "tortoise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    """One column of a model. `references`: the table, or the model in the code's words, that its foreign key leads to.

    `on_delete` is in lower case ("cascade", "set null"), "" where nothing happens; `by_database` says that the database does it and
    not the application's code: a DELETE in plain SQL then follows it too.
    """

    name: str
    attribute: str
    references: str = ""
    on_delete: str = ""
    by_database: bool = True
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDeclared(Fact):
    """A table that the code works with.

    `name` is normalised as in `safelint.facts.migrations`; "" for an abstract model, which has none. `default_name` is the one that
    Django would give it (`app_model`): what migrations call it by. `model` is its class with its module (`shop.models.Session`), ""
    for a `Table(...)`; `bases` are dotted names.
    """

    name: str
    framework: Framework
    model: str = ""
    default_name: str = ""
    bases: tuple[str, ...] = ()
    columns: tuple[ModelColumn, ...] = ()
    abstract: bool = False

    def column(self, name: str) -> ModelColumn | None:
        """The column of this name in the database."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNamed(Fact):
    """A migration that gives a Django model's table another name than the default one, `app_model`; "" for a model without a table of its own."""

    default_name: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableConfigured(Fact):
    """A setting that says in which table, or in which model's table, logins are: `SESSION_SQLALCHEMY_TABLE`, `AUTH_USER_MODEL`."""

    setting: str
    role: Literal["session", "token", "user"]
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEmptiedByCode(Fact):
    """Code outside of migrations that deletes every row of a table (or every one that has not expired).

    `table` is the table's name or that of the model's class; `one_off`: it stands in a script, a command or a deploy step and not in
    what answers requests.
    """

    table: str
    call: str
    one_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnComparedWithNow(Fact):
    """A query that keeps the rows whose column lies in the future, and so drops those where it is NULL. `model` is the model's class."""

    model: str
    column: str
    code: str
