"""Django's model fields as columns."""

from __future__ import annotations

from collections.abc import Callable

from safelint.readers._sql_names import HOLE, UNKNOWN_TYPE
from safelint.readers.python._statements import literal, quoted
from safelint.readers.python._walk import Call, Walk, flag, text
from safelint.records import dataclass
from safelint.values import Called, Known, Listing, Mapping, Reference, Unknown, Value

_TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint", "CharField": "varchar", "SlugField": "varchar", "EmailField": "varchar",
    "URLField": "varchar", "FileField": "varchar", "ImageField": "varchar", "FilePathField": "varchar", "TextField": "text", "BooleanField": "boolean",
    "NullBooleanField": "boolean", "DateTimeField": "timestamp with time zone", "DateField": "date", "TimeField": "time", "IntegerField": "integer",
    "PositiveIntegerField": "integer", "PositiveSmallIntegerField": "smallint", "SmallIntegerField": "smallint", "BigIntegerField": "bigint",
    "PositiveBigIntegerField": "bigint", "UUIDField": "uuid", "JSONField": "jsonb", "GenericIPAddressField": "inet", "IPAddressField": "inet",
    "BinaryField": "bytea", "FloatField": "double precision", "DecimalField": "numeric", "DurationField": "interval", "CICharField": "citext",
    "CIEmailField": "citext", "ForeignKey": "bigint", "OneToOneField": "bigint",
}  # fmt: skip
_LENGTHS = {"SlugField": 50, "EmailField": 254, "URLField": 200, "FileField": 100, "ImageField": 100, "FilePathField": 100}
_TEXTS = {"CharField", "SlugField", "EmailField", "URLField", "FileField", "ImageField", "FilePathField", "TextField", "CICharField", "CIEmailField"}
_LINKS = {"ForeignKey", "OneToOneField"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a migration writes it."""

    kind: str
    call: Call

    def column(self, name: str) -> str:
        """The column's name."""
        return text(self.call.argument("db_column")) or (f"{name}_id" if self.kind in _LINKS else name)

    @property
    def has_column(self) -> bool:
        """A relation over a table of its own has none."""
        return self.kind not in ("ManyToManyField", "GenericForeignKey", "GenericRelation")

    @property
    def nullable(self) -> bool:
        """Whether the column may be NULL."""
        return flag(self.call.argument("null")) or self.kind == "NullBooleanField"

    @property
    def default(self) -> str | None:
        """What rows that are there already get, as SQL; None for nothing."""
        if (stays := self.call.argument("db_default")) is not None:
            return literal(stays) if isinstance(stays, Known) else "now()" if isinstance(stays, Called) and "Now" in stays.function else f"{HOLE}()"
        given = self.call.argument("default")
        if given is not None and not (isinstance(given, Known) and given.value is None):
            return literal(given) if isinstance(given, Known) and isinstance(given.value, int | float | bool) else "'default'"
        if not self.nullable and flag(self.call.argument("blank")) and self.kind in _TEXTS:
            return "''"
        if flag(self.call.argument("auto_now")) or flag(self.call.argument("auto_now_add")):
            return "'default'"
        return None

    @property
    def default_is_dropped(self) -> bool:
        """Django gives the default to the rows that are there and takes it off the column again."""
        return self.default is not None and self.call.argument("db_default") is None

    @property
    def unique(self) -> bool:
        """Whether it makes a unique index."""
        return flag(self.call.argument("unique")) or flag(self.call.argument("primary_key")) or self.kind == "OneToOneField"

    @property
    def indexed(self) -> bool:
        """Whether it makes a plain index."""
        asked = self.call.argument("db_index")
        if asked is not None:
            return flag(asked) and not self.unique
        return self.kind in ("ForeignKey", "SlugField") and not self.unique

    @property
    def is_typed(self) -> bool:
        """Whether its type is known; that of a relation depends on the model at its other end."""
        return self.kind in _TYPES and self.kind not in _LINKS

    @property
    def type(self) -> str:
        """The column's type."""
        kind = _TYPES.get(self.kind, UNKNOWN_TYPE)
        if kind == "varchar":
            length = self.call.argument("max_length")
            known = length.value if isinstance(length, Known) and type(length.value) is int else _LENGTHS.get(self.kind)
            return f"varchar({known})" if known else "varchar"
        return kind


def field_of(walk: Walk, call: Call) -> Field | Value | None:
    """The field, index or constraint that a call makes; None for any other call."""
    kind = (call.name or "").rsplit(".", 1)[-1]
    if kind in ("UniqueConstraint", "CheckConstraint", "ExclusionConstraint") or (kind.endswith("Index") and kind != "Index.index"):
        items: list[tuple[Value, Value]] = [(Known("kind"), Known(kind))]
        for name in ("fields", "condition"):
            given = call.argument(name)
            if isinstance(given, Listing):
                items.append((Known(name), given))
            elif given is not None:
                items.append((Known(name), Unknown("an expression")))
        return Mapping(tuple(items))
    is_field = kind in _TYPES or kind in ("ManyToManyField", "ForeignKey", "OneToOneField") or (kind.endswith("Field") and kind[:1].isupper())
    return Field(kind, call) if is_field else None


def column_sql(name: str, made: Field, table_of: Callable[[str, str], str]) -> str | None:
    """A field as a column's definition; None where it has no column."""
    if not made.has_column:
        return None
    parts = [quoted(made.column(name)), made.type]
    if made.default is not None:
        parts.append(f"DEFAULT {made.default}")
    if flag(made.call.argument("primary_key")):
        parts.append("PRIMARY KEY")
    else:
        parts.append("NULL" if made.nullable else "NOT NULL")
        if made.unique:
            parts.append("UNIQUE")
    if made.kind in _LINKS and (target := _target(made.call.argument("to", 0))):
        # Django itself deletes what hangs on a row; its foreign keys do nothing on their own.
        parts.append(f"REFERENCES {quoted(table_of(*target))}")
    return " ".join(parts)


def _target(to: object) -> tuple[str, str] | None:
    """Model and app that a foreign key leads to."""
    name = text(to) or (to.name if isinstance(to, Reference) else None)
    if name is None or name.endswith("AUTH_USER_MODEL"):
        return ("user", "auth") if name else None
    parts = name.split(".")
    return (parts[-1], parts[-2]) if len(parts) > 1 else (name, "")
