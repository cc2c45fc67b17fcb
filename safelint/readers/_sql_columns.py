"""Columns, types, defaults and constraints, as CREATE TABLE and ALTER TABLE write them."""

from __future__ import annotations

from safelint.facts.migrations import Column, Default, ForeignKey
from safelint.readers._sql_cursor import Cursor, split, written
from safelint.readers._sql_names import UNKNOWN_TYPE, identifier
from safelint.readers._sql_tokens import Token
from safelint.records import dataclass

# Where the type of a column ends.
_AFTER_TYPE = ("not", "null", "default", "primary", "unique", "references", "check", "constraint", "generated", "collate", "comment",
               "auto_increment", "autoincrement", "identity", "on", "first", "after", "as", "using", "storage", "compression", "key",
               "visible", "invisible", "character_set", "charset", "deferrable", "initially", "sparse", "rowguidcol", "encode", "stored",
               "virtual", "with", "enable", "disable", "rename")  # fmt: skip
_SERIALS = {"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"}
_STABLE = {"now", "current_timestamp", "current_date", "current_time", "localtimestamp", "localtime", "current_user", "session_user",
           "current_role", "user", "transaction_timestamp", "statement_timestamp", "current_setting", "timezone", "txid_current",
           "pg_backend_pid", "to_timestamp", "date_trunc", "date_part", "extract", "epoch", "age", "getdate", "sysdate", "systimestamp",
           "utc_timestamp", "getutcdate", "sysutcdatetime", "sysdatetime", "unix_timestamp", "curdate", "unixepoch", "strftime", "datetime",
           "julianday"}  # fmt: skip
_CONSTANT = {"md5", "lower", "upper", "decode", "encode", "array", "cast", "coalesce", "json_build_object", "jsonb_build_object",
             "json_build_array", "jsonb_build_array", "row", "make_interval", "uuid_nil", "to_jsonb", "to_json", "concat", "repeat", "abs",
             "json_object", "json_array", "convert", "hstore", "st_geomfromtext", "empty_blob", "empty_clob", "varchar", "char", "numeric",
             "decimal", "interval", "to_tsvector", "substr", "point", "date", "timestamp", "time", "regclass", "bit", "greatest", "least",
             "replace", "left", "right", "length", "x"}  # fmt: skip
_RULES_OF_DELETE = ("cascade", "restrict", "no", "set")


def default_of(tokens: list[Token], type_text: str = "") -> Default:
    """What kind of default an expression is. A function that is not known is taken to give a value of its own for each row, as PostgreSQL does."""
    if not tokens:
        return ""
    words = [token.word for token in tokens]
    if [word for word in words if word not in ("(", ")")] == ["null"] or words[:1] == ["null"]:
        return "null"
    stable = any(word in ("current_timestamp", "current_date", "localtimestamp", "sysdate", "current_user") for word in words)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if after is not None and after.word == "(" and token.kind in ("word", "name"):
            name = identifier(token.text)
            if name in _STABLE:
                stable = True
            elif name not in _CONSTANT and not name.endswith(("char", "text", "int")):
                return "volatile"
    if words[:2] == ["next", "value"] or "nextval" in words:
        return "volatile"
    return "stable" if stable else "constant"


def type_of(tokens: list[Token]) -> str:
    """A type in one form: `varchar(40)`, `timestamp with time zone`; "" for one that is not known."""
    found = written(tokens).lower().replace(", ", ",").replace(" (", "(")
    return "" if found == UNKNOWN_TYPE else found


def column_of(cursor: Cursor) -> Column:
    """A column's definition; what comes after it (FIRST, AFTER, a comma) is left. Raises Lost."""
    name = cursor.name()
    kind: list[Token] = []
    while not cursor.done and (cursor.word not in _AFTER_TYPE or _has_zone(cursor)) and cursor.word != ",":
        if cursor.at("character", "set"):
            break
        start = cursor.index
        cursor.skip()
        kind.extend(cursor.tokens[start : cursor.index])
    return options_of(cursor, name, type_of(kind))


def _has_zone(cursor: Cursor) -> bool:
    return cursor.at("with", "time", "zone") or cursor.at("with", "local", "time", "zone")


def options_of(cursor: Cursor, name: str, kind: str) -> Column:
    """What follows the type of a column: NOT NULL, DEFAULT, REFERENCES ..."""
    nullable, primary, unique, checked = True, False, False, False
    default: Default = "volatile" if kind.split("(")[0] in _SERIALS else ""
    references: ForeignKey | None = None
    if default:
        nullable = False
    while not cursor.done and cursor.word not in (",", "first", "after"):
        if cursor.take("not", "null"):
            nullable = False
        elif cursor.take("null"):
            nullable = True
        elif cursor.take("primary", "key"):
            primary, nullable = True, False
        elif cursor.take("unique"):
            unique = True
            cursor.take("key")
        elif cursor.take("default"):
            default = default_of(_expression(cursor))
        elif cursor.take("references"):
            references = far_end_of(cursor)
        elif cursor.take("check"):
            checked = True
            cursor.skip()
        elif cursor.take("on", "update"):
            _expression(cursor)
        elif cursor.take("generated") or cursor.at("as", "("):
            cursor.take("always")
            cursor.take("by", "default")
            cursor.take("on", "null")
            cursor.need("as")
            if cursor.take("identity"):
                default, nullable = "volatile", False
                if cursor.word == "(":
                    cursor.skip()
            else:
                cursor.skip()
                default = "" if cursor.word == "virtual" else "generated"
                if cursor.take_any("virtual") or not cursor.take_any("stored", "persisted"):
                    default = "constant"
        elif cursor.take_any("auto_increment", "autoincrement", "identity"):
            default = "volatile"
            if cursor.word == "(":
                cursor.skip()
        elif cursor.take("constraint"):
            cursor.name()
        elif cursor.take_any("comment", "collate", "storage", "compression", "charset"):
            cursor.skip()
        else:
            cursor.skip()
    return Column(
        name=name, type=kind, nullable=nullable and not primary, default=default, primary_key=primary, unique=unique, checked=checked, references=references
    )


def _expression(cursor: Cursor) -> list[Token]:
    """A default: one value with its casts, operators and calls."""
    start = cursor.index
    cursor.skip()
    while not cursor.done:
        word = cursor.word
        if word in ("(", "::", ".", "+", "-", "||", "*", "/", "at", "time", "zone", "->", "->>", "["):
            if word in ("at", "time", "zone", "::", ".", "+", "-", "||", "*", "/"):
                cursor.skip()
            cursor.skip()
        elif word in ("with", "without") and cursor.at(word, "time", "zone"):
            cursor.index += 3
        elif word == "varying" or (
            cursor.token is not None and cursor.token.kind == "string" and cursor.tokens[cursor.index - 1].word in ("interval", "date", "timestamp", "next")
        ):
            cursor.skip()
        elif cursor.tokens[cursor.index - 1].word == "next" and word == "value":
            cursor.index += 2
            cursor.parts()
        else:
            break
    return cursor.tokens[start : cursor.index]


def far_end_of(cursor: Cursor) -> ForeignKey:
    """What stands after REFERENCES. Raises Lost."""
    table = cursor.table()
    columns = names_of(cursor.group()) if cursor.word == "(" else ()
    on_delete = ""
    while not cursor.done:
        if cursor.take("on", "delete"):
            on_delete = _action(cursor)
        elif cursor.take("on", "update"):
            _action(cursor)
        elif cursor.take("match"):
            cursor.skip()
        else:
            break
    return ForeignKey(table=table, columns=columns, on_delete=on_delete)


def _action(cursor: Cursor) -> str:
    if cursor.take("no", "action"):
        return "no action"
    if cursor.take("set"):
        action = f"set {cursor.word}"
        cursor.skip()
        if cursor.word == "(":
            cursor.skip()
        return action
    return cursor.take_any("cascade", "restrict")


def names_of(tokens: list[Token]) -> tuple[str, ...]:
    """The names (or expressions) between commas, without ASC, lengths and operator classes."""
    found = []
    for part in split(tokens):
        if part[0].kind in ("word", "name") and not (len(part) > 1 and part[1].word in ("(", "::", "->", "->>") and not _is_length(part)):
            found.append(identifier(part[0].text))
        else:
            found.append(written(part))
    return tuple(found)


def _is_length(part: list[Token]) -> bool:
    return len(part) >= 4 and part[1].word == "(" and part[2].kind == "number" and part[3].word == ")"


@dataclass(slots=True)
class Constraint:
    """A constraint of a table, read."""

    kind: str
    name: str = ""
    columns: tuple[str, ...] = ()
    references: ForeignKey | None = None
    using_index: str = ""
    valid: bool = True


def constraint_of(cursor: Cursor) -> Constraint | None:
    """A table's constraint, or None where something else stands here. Raises Lost."""
    name = ""
    start = cursor.index
    if cursor.take("constraint"):
        cursor.if_not_exists()
        name = "" if cursor.word in ("check", "unique", "primary", "foreign") and cursor.tokens[cursor.index].kind == "word" else cursor.name()
    found: Constraint | None = None
    if cursor.take("check"):
        cursor.skip()
        found = Constraint("check", name)
    elif cursor.take("unique"):
        if not cursor.take_any("key", "index"):
            cursor.take("nulls")
            cursor.take("not")
            cursor.take("distinct")
        found = _indexed(cursor, Constraint("unique", name))
    elif cursor.take("primary", "key"):
        found = _indexed(cursor, Constraint("primary key", name))
    elif cursor.take("foreign", "key"):
        cursor.if_not_exists()
        if cursor.word != "(":
            name = name or cursor.name()
        columns = names_of(cursor.group())
        cursor.need("references")
        found = Constraint("foreign key", name, columns, far_end_of(cursor))
    elif cursor.take("exclude"):
        if cursor.take("using"):
            cursor.skip()
        cursor.skip()
        found = Constraint("exclude", name)
    elif cursor.take("not", "null"):
        found = Constraint("not null", name, (cursor.name(),))
    if found is None:
        cursor.index = start
        return None
    while not cursor.done and cursor.word != ",":
        if cursor.take("not", "valid") or cursor.take("novalidate"):
            found.valid = False
        else:
            cursor.skip()
    return found


def _indexed(cursor: Cursor, found: Constraint) -> Constraint:
    cursor.take_any("clustered", "nonclustered")
    if cursor.take("using", "index"):
        found.using_index = cursor.name() if not cursor.at("tablespace") else ""
        return found
    if cursor.word not in ("(", "using") and not cursor.done:
        found.name = found.name or cursor.name()
    if cursor.take("using"):
        cursor.skip()
    if cursor.word == "(":
        found.columns = names_of(cursor.group())
    return found
