"""Migrations: what each statement does to a table, in the order in which it runs. Whoever reads SQL, Alembic or Django gives these.

Names are normalised (`safelint.readers._sql_names.table_name`): unquoted names in lower case, quotes taken off, the schema kept
before a dot unless it is the default one (`public`, `dbo`, `main`); a part that a template fills in is `{}`.
"""

from __future__ import annotations

from typing import Literal

from safelint.facts import Fact
from safelint.records import dataclass, field

Direction = Literal["upgrade", "downgrade"]
Dialect = Literal["postgresql", "cockroachdb", "mysql", "sqlite", "mssql", "oracle"]
Origin = Literal["sql", "alembic", "django", "python"]

Rows = Literal["all", "live", "expired", "some", "unknown"]
"""Which rows a condition leaves a statement to act on.

`all`: there is none, or it is true for every row (`1 = 1`, `id IS NOT NULL`, `created_at < now()`); `live`: those that have not
expired; `expired`: those that have; `some`: a choice that text can't measure; `unknown`: the condition itself is not known here.
"""

Default = Literal["", "constant", "stable", "volatile", "generated", "null"]
"""A column's default: none; a literal; one value for the whole statement (`now()`); one for each row (`random()`, a sequence,
an identity); a generated column that is stored; or the literal NULL, which is as good as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """The far end of a foreign key. `on_delete` is in lower case, "" for the default (no action)."""

    table: str
    columns: tuple[str, ...] = ()
    on_delete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as a statement declares it. `type` is in lower case with single blanks, "" where it is not known."""

    name: str
    type: str = ""
    nullable: bool = True
    default: Default = ""
    primary_key: bool = False
    unique: bool = False
    checked: bool = False
    references: ForeignKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One `column = value` of an UPDATE. `value` is its text; `constant` says that it names no column of the row."""

    column: str
    value: str
    constant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Fact):
    """One statement of a migration.

    `table`: what it acts on, "" where it is not about one table. `statement`: a few words of it for a message.
    `position`: its rank among the statements of the same file and direction. `conditional`: it runs only sometimes (inside an
    `IF` of a body, an `if` of Python).
    `transactional`: whether it runs in a transaction with its neighbours; None where the file does not say.
    `dialect`: None where it is not known.
    """

    table: str = ""
    statement: str
    direction: Direction = "upgrade"
    origin: Origin = "sql"
    dialect: Dialect | None = None
    conditional: bool = False
    position: int = field(default=0, compare=False)
    transactional: bool | None = field(default=None, compare=False)


# ---- tables


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCreated(Statement):
    """CREATE TABLE. `like`: a table whose form it takes over; `filled_from`: the tables whose rows it takes over (AS SELECT)."""

    columns: tuple[Column, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    like: str = ""
    filled_from: tuple[str, ...] = ()
    partition_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDropped(Statement):
    """DROP TABLE, one fact for each table that it names."""

    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTruncated(Statement):
    """TRUNCATE, one fact for each table that it names."""

    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRenamed(Statement):
    """A table that has another name afterwards, or is in another schema (`to` has it)."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStorageChanged(Statement):
    """How a table is stored: `unlogged`, `logged`, `cluster`, `vacuum full`, `tablespace`, `access method`, `engine`, `charset`, `rebuild`."""

    how: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLocked(Statement):
    """LOCK TABLE. `mode` in lower case, as PostgreSQL names it (`access exclusive`)."""

    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionChanged(Statement):
    """A partition attached to `table`, detached from it, or (MySQL) dropped, truncated, reorganised."""

    partition: str
    how: Literal["attach", "detach", "drop", "truncate", "reorganize", "add"]
    concurrently: bool = False


# ---- rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDeleted(Statement):
    """DELETE. `where` is the condition's text; `only_null` the column whose being NULL is the whole condition.

    `matched`: a table that every deleted row must have a partner in and nothing else (USING, `IN (SELECT ... )`, EXISTS).
    """

    rows: Rows
    where: str = ""
    only_null: str = ""
    matched: str = ""
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsUpdated(Statement):
    """UPDATE; the fields of the condition as in `RowsDeleted`."""

    assignments: tuple[Assignment, ...]
    rows: Rows
    where: str = ""
    only_null: str = ""
    matched: str = ""
    limited: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that it sets."""
        return tuple(each.column for each in self.assignments)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsCopied(Statement):
    """INSERT INTO `table` of what stands in `sources`. `rows`: which of the first source."""

    sources: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: Rows = "all"


# ---- columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAdded(Statement):
    """ADD COLUMN."""

    column: Column
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDropped(Statement):
    """DROP COLUMN."""

    column: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRenamed(Statement):
    """RENAME COLUMN."""

    column: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRetyped(Statement):
    """A column that gets another type. `was`: the type before, "" where the statement does not say; `using`: an expression converts it.

    `stated`: the statement says what the column is from now on, in all (Django's AlterField): it may well be what it was.
    """

    column: str
    type: str
    was: str = ""
    using: str = ""
    stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNullabilityChanged(Statement):
    """SET NOT NULL, DROP NOT NULL. `stated` as in `ColumnRetyped`."""

    column: str
    nullable: bool
    stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDefaultChanged(Statement):
    """SET DEFAULT, DROP DEFAULT (`default` is "" then), DROP IDENTITY, DROP EXPRESSION."""

    column: str
    default: Default


# ---- indexes and constraints


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCreated(Statement):
    """CREATE INDEX. `columns` are names and, for an expression, its text."""

    name: str = ""
    columns: tuple[str, ...] = ()
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDropped(Statement):
    """DROP INDEX. `table` is "" where the statement does not say it (PostgreSQL, SQLite)."""

    name: str
    concurrently: bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRebuilt(Statement):
    """REINDEX of a table, of an index (`name`), or of more (`scope`: schema, database, system)."""

    name: str = ""
    scope: Literal["table", "index", "schema", "database", "system"] = "table"
    concurrently: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintAdded(Statement):
    """ADD CONSTRAINT. `valid` is False for NOT VALID: old rows are not looked at. `using_index`: an index that is there already. `stated` as in
    `ColumnRetyped`."""

    kind: Literal["check", "unique", "primary key", "foreign key", "exclude", "not null"]
    name: str = ""
    columns: tuple[str, ...] = ()
    valid: bool = True
    using_index: str = ""
    references: ForeignKey | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintValidated(Statement):
    """VALIDATE CONSTRAINT."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintDropped(Statement):
    """DROP CONSTRAINT (`kind` "" where the statement does not say)."""

    name: str
    kind: str = ""
    cascade: bool = False


# ---- who may see and change what


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSecurityChanged(Statement):
    """ENABLE, DISABLE, FORCE, NO FORCE ROW LEVEL SECURITY."""

    action: Literal["enable", "disable", "force", "no force"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCreated(Statement):
    """CREATE POLICY. `restrictive`: it takes away, it does not give. `always` and `never`: its condition is `true`, is `false`."""

    name: str
    command: str = "all"
    restrictive: bool = False
    always: bool = False
    never: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDropped(Statement):
    """DROP POLICY."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivilegesChanged(Statement):
    """GRANT, REVOKE or OWNER TO. `privileges` in lower case (`all`, `select`...); `scope`: table, every table of a schema (named in
    `table`), or the schema itself."""

    action: Literal["grant", "revoke", "owner"]
    privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    scope: Literal["table", "all tables", "schema"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCreated(Statement):
    """CREATE RULE. `event`: select, insert, update, delete; `instead`: in place of it; `nothing`: DO INSTEAD NOTHING."""

    name: str
    event: str
    instead: bool = False
    nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerCreated(Statement):
    """CREATE TRIGGER."""

    name: str
    timing: str
    events: tuple[str, ...] = ()
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsDeletedLater(Statement):
    """A rule, a trigger or a schedule that deletes every row of `table` (or ends them all) each time that it runs. `when` says when that is."""

    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesDiscarded(Statement):
    """A trigger before an `event` that answers nothing but NULL: the row is not written, and nobody is told."""

    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggersSwitched(Statement):
    """ENABLE or DISABLE TRIGGER or RULE; `name` is `all` or `user` for more than one."""

    name: str
    enabled: bool


# ---- more than a table


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDropped(Statement):
    """DROP SCHEMA or DROP DATABASE (`name`); `what` says which, or `owned` for DROP OWNED BY a role (`name`)."""

    name: str
    what: Literal["schema", "database", "owned"]
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRenamed(Statement):
    """ALTER SCHEMA ... RENAME TO."""

    name: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCreated(Statement):
    """CREATE VIEW `table` AS a query over `sources`: after a rename, the old name may still work."""

    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDropped(Statement):
    """DROP VIEW."""

    if_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSet(Statement):
    """SET lock_timeout and the like; `local` lasts to the end of the transaction. `milliseconds` is None for what is no duration."""

    name: str
    value: str
    milliseconds: float | None = None
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionMarked(Statement):
    """BEGIN, COMMIT, ROLLBACK."""

    mark: Literal["begin", "commit", "rollback"]


STATEMENTS: tuple[type[Statement], ...] = tuple(kind for kind in list(globals().values()) if isinstance(kind, type) and issubclass(kind, Statement))
"""Every kind of statement: what a reader of SQL can give."""


# ---- migrations themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(Fact):
    """An Alembic revision: its name, and the revisions that it comes `after`."""

    name: str
    after: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoMigration(Fact):
    """A migration of a Django app; those that it comes `after` and that it `replaces` are written `app.name`.

    `whole` is False where not all of them are written out.
    """

    app: str
    name: str
    after: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    whole: bool = True
