"""Reading SQL statements: what they say, whatever they look like."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import Fact, NotUnderstood, decode, encode
from safelint.facts.migrations import ColumnAdded, RowsDeleted, TableCreated, TableTruncated
from safelint.places import Place
from safelint.readers._sql import HOLE, read_sql
from safelint.records import fields


def read(text: str, **options: Any) -> list[Fact]:
    def place_of(start: int, end: int) -> Place:
        assert 0 <= start < end <= len(text)
        return Place("m.sql", text.count("\n", 0, start) + 1, 1, text.count("\n", 0, end) + 1, 1)

    return list(read_sql(text, place_of, **options))


def said(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and fields that are not their defaults, without what is about the text's form."""
    skipped = {"place", "statement", "direction", "origin", "position", "transactional", "dialect", "where"}
    return [
        (
            type(fact).__name__,
            {each.name: value for each in fields(fact) if each.name not in skipped and (value := getattr(fact, each.name)) not in ("", False, None, ())},
        )
        for fact in read(text)
    ]


_TEXT = """drop table sessions if exists cascade delete from where true truncate alter add column not null default now() ( ) , ; ' " ` $$ $x$ -- /* */ [ ] .
create unlogged index concurrently on using update set expires with as select merge into when matched then rename to begin end case do execute revoke all in
:: = 1 schema owned by rule instead nothing policy trigger for each row lock copy stdin \\. \\gexec delimiter // # \\ values union exists interval is or and
like %"""
_WORDS = st.sampled_from([*_TEXT.split(), "\ngo\n", "\n"])


@given(st.one_of(st.text(), st.lists(_WORDS, max_size=40).map(" ".join), st.lists(st.sampled_from([*"abc'\"`$-/*;()\\\n[]#:", HOLE])).map("".join)))
@settings(max_examples=1500, deadline=None)
def test_any_text_gives_facts_that_survive_the_cache(text: str) -> None:
    for fact in read(text):
        assert decode(encode(fact)) == fact
        assert isinstance(fact, NotUnderstood) or getattr(fact, "table", None) is not None


def rows(condition: str, table: str = "sessions") -> str:
    fact, *_ = read(f"DELETE FROM {table} WHERE {condition}")
    assert isinstance(fact, RowsDeleted), fact
    return fact.rows


@pytest.mark.parametrize(
    "condition",
    [
        "true", "1", "1 = 1", "'a' = 'a'", "1 < 2", "NOT false", "(1=1)", "TRUE OR user_id = 3", "id = id", "id IS NOT NULL", "sessions.id IS NOT NULL",
        "user_id > 0", "id <> ''", "user_id != 1", "user_id NOT IN (1, 2)", "session_key LIKE '%'", "created_at < now()", "created_at <= CURRENT_TIMESTAMP",
        "id IN (SELECT id FROM sessions)", "user_id IN (SELECT id FROM users)", "EXISTS (SELECT 1)",
        "EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id)",
        "expires < now() OR expires >= now()", "user_id IS NULL OR user_id IS NOT NULL", "a = 1 OR NOT a = 1", "expires < now() OR NOT (expires < now())",
        "id IS NOT NULL AND 1 = 1", "length(id) > 0", "created_at > '1970-01-01'", "user_id BETWEEN 1 AND 2 OR 1 = 1",
    ],
)  # fmt: skip
def test_conditions_that_every_row_meets(condition: str) -> None:
    assert rows(condition) == "all"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("expires < now()", "expired"),
        ("expire_date < CURRENT_TIMESTAMP", "expired"),
        ("now() > expires", "expired"),
        ("expires_at < now() - interval '30 days'", "expired"),
        ("expires < UTC_TIMESTAMP()", "expired"),
        ("expires < datetime('now')", "expired"),
        ("expires < DATE_SUB(NOW(), INTERVAL 5 DAY)", "expired"),
        ("expires < now() AND user_id IS NOT NULL", "expired"),
        ("id IN (SELECT id FROM sessions WHERE expires < now())", "expired"),
        ("NOT (expires > now())", "expired"),
        ("expires > now()", "live"),
        ("revoked = false", "live"),
        ("NOT revoked", "live"),
        ("revoked_at IS NULL", "live"),
        ("is_active", "live"),
        ("user_id = 42", "some"),
        ("user_id = 42 AND 1 = 1", "some"),
        ("user_id IN (1, 2)", "some"),
        ("status <> 'active'", "some"),
        ("revoked", "some"),
        ("created_at < now() - interval '90 days'", "some"),
        ("created_at BETWEEN '2020-01-01' AND '2021-01-01'", "some"),
        ("user_id IS NULL", "some"),
        ("user_id NOT IN (SELECT id FROM users)", "some"),
        ("user_id IN (SELECT id FROM users WHERE banned)", "some"),
        ("NOT EXISTS (SELECT 1 FROM users u WHERE u.id = sessions.user_id)", "some"),
        ("1 = 0", "some"),
        ("data->>'kind' = 'x'", "some"),
        ("user_id = $1", "some"),
        (HOLE, "unknown"),
        (f"{HOLE} = 1", "unknown"),
    ],
)
def test_what_a_condition_leaves(condition: str, expected: str) -> None:
    assert rows(condition) == expected


# What general SQL parsers give back as an opaque command, or reject: each has to say what it does all the same.
CORPUS = [
    ("ALTER TABLE sessions SET SCHEMA auth", "TableRenamed"),
    ("ALTER TABLE sessions SET UNLOGGED", "TableStorageChanged"),
    ("ALTER TABLE sessions ENABLE ROW LEVEL SECURITY", "RowSecurityChanged"),
    ("ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY", "RowSecurityChanged"),
    ("ALTER TABLE sessions OWNER TO app", "PrivilegesChanged"),
    ("ALTER TABLE sessions VALIDATE CONSTRAINT c", "ConstraintValidated"),
    ("ALTER TABLE sessions DISABLE TRIGGER ALL", "TriggersSwitched"),
    ("ALTER TABLE sessions CLUSTER ON i; CLUSTER sessions", "TableStorageChanged"),
    ("ALTER TABLE sessions DETACH PARTITION sessions_2020 CONCURRENTLY", "PartitionChanged"),
    ("ALTER SCHEMA auth RENAME TO old", "SchemaRenamed"),
    ("REINDEX TABLE sessions", "IndexRebuilt"),
    ("REVOKE ALL ON TABLE sessions FROM app", "PrivilegesChanged"),
    ("REVOKE ALL ON ALL TABLES IN SCHEMA auth FROM app CASCADE", "PrivilegesChanged"),
    ("CREATE RULE r AS ON DELETE TO sessions DO INSTEAD NOTHING", "RuleCreated"),
    ("CREATE POLICY p ON sessions FOR SELECT TO app USING (user_id = current_user_id())", "PolicyCreated"),
    ("DROP POLICY IF EXISTS p ON sessions", "PolicyDropped"),
    ("CREATE CONSTRAINT TRIGGER t AFTER INSERT ON sessions DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()", "TriggerCreated"),
    ("DROP OWNED BY app CASCADE", "SchemaDropped"),
    ("DROP DATABASE shop WITH (FORCE)", "SchemaDropped"),
    ("LOCK TABLE ONLY sessions IN SHARE ROW EXCLUSIVE MODE NOWAIT", "TableLocked"),
    ("LOCK TABLES sessions WRITE, users READ", "TableLocked"),
    ("VACUUM (FULL, ANALYZE) sessions", "TableStorageChanged"),
    ("OPTIMIZE TABLE sessions", "TableStorageChanged"),
    ("RENAME TABLE sessions TO old_sessions, new_sessions TO sessions", "TableRenamed"),
    ("EXEC sp_rename 'dbo.sessions', 'old_sessions'", "TableRenamed"),
    ("EXEC sp_rename 'dbo.sessions.data', 'payload', 'COLUMN'", "ColumnRenamed"),
    ("ALTER TABLE sessions CHANGE data payload text", "ColumnRenamed"),
    ("ALTER TABLE sessions MODIFY data varchar(20) NOT NULL", "ColumnRetyped"),
    ("ALTER TABLE [dbo].[sessions] ALTER COLUMN [data] nvarchar(20) NOT NULL", "ColumnRetyped"),
    ("ALTER TABLE sessions MODIFY (data varchar2(20))", "ColumnRetyped"),
    ("ALTER TABLE sessions EXCHANGE PARTITION p WITH TABLE old", "TableRenamed"),
    ("ALTER TABLE sessions TRUNCATE PARTITION ALL", "PartitionChanged"),
    ("ALTER TABLE sessions ENGINE = MEMORY", "TableStorageChanged"),
    ("DELETE s FROM sessions AS s INNER JOIN users u ON u.id = s.user_id", "RowsDeleted"),
    ("DELETE FROM s USING sessions s JOIN users u ON u.id = s.user_id", "RowsDeleted"),
    ("DELETE TOP (10) FROM sessions", "RowsDeleted"),
    ("UPDATE sessions s JOIN users u ON u.id = s.user_id SET s.expires = 0", "RowsUpdated"),
    ("MERGE INTO sessions s USING users u ON s.user_id = u.id WHEN MATCHED THEN DELETE", "RowsDeleted"),
    ("WITH gone AS MATERIALIZED (DELETE FROM sessions RETURNING *) SELECT count(*) FROM gone", "RowsDeleted"),
    ("DO $$ BEGIN DELETE FROM sessions; END $$", "RowsDeleted"),
    ("DO LANGUAGE plpgsql $x$ BEGIN IF true THEN EXECUTE 'DROP TABLE sessions'; END IF; END $x$", "TableDropped"),
    ("DO $$ BEGIN EXECUTE format('DROP TABLE %I CASCADE', 'sessions'); END $$", "TableDropped"),
    ("BEGIN EXECUTE IMMEDIATE 'DROP TABLE sessions'; END;\n/", "TableDropped"),
    ("IF EXISTS (SELECT 1 FROM sys.tables) DROP TABLE [sessions]\nGO", "TableDropped"),
    ("CREATE FUNCTION f() RETURNS void AS $$ TRUNCATE sessions $$ LANGUAGE sql; SELECT f();", "TableTruncated"),
    ("DELIMITER //\nCREATE PROCEDURE p() BEGIN DELETE FROM sessions; END //\nDELIMITER ;\nCALL p();", "RowsDeleted"),
    ("SET @sql = 'DROP TABLE sessions';\nPREPARE st FROM @sql;\nEXECUTE st;", "TableDropped"),
    ("/*!40000 DROP TABLE sessions */;", "TableDropped"),
    ("SELECT * INTO UNLOGGED s2 FROM sessions", "TableCreated"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), CORPUS, ids=[text[:60] for text, _ in CORPUS])
def test_statements_that_a_general_parser_leaves_alone(text: str, kind: str) -> None:
    facts = read(text)
    assert kind in {type(fact).__name__ for fact in facts}
    assert not any(isinstance(fact, NotUnderstood) for fact in facts)


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE sessions FROBNICATE data",
        "ALTER TABLE user_sessions",
        "DROP TABLE sessions TO mars",
        f"DROP TABLE {HOLE} {HOLE}",
        "DELETE sessions FROM WHERE",
        "DELETE FROM sessions WHERE data = 'no end",
        f"DELETE FROM sessions WHERE {HOLE}",
        f"UPDATE sessions SET expires = now() {HOLE}",
        HOLE,
    ],
)
def test_what_could_matter_and_was_not_understood_is_said(text: str) -> None:
    assert any(isinstance(fact, NotUnderstood) for fact in read(text))


def test_a_statement_about_something_else_is_nobodys_concern() -> None:
    assert not read("ALTER TABLE invoices FROBNICATE data; ALTER ROLE x; VACUUM; SELECT 'DROP TABLE sessions';")


def test_a_function_that_is_only_defined_runs_nothing() -> None:
    assert not read("CREATE FUNCTION f() RETURNS void AS $$ BEGIN TRUNCATE sessions; END $$ LANGUAGE plpgsql;")


def test_data_of_copy_is_no_sql() -> None:
    (fact,) = read("COPY sessions FROM stdin;\nDROP TABLE sessions;\tit's\n\\.\nTRUNCATE users;")
    assert isinstance(fact, TableTruncated)
    assert fact.place.line == 4


PIECES = [text for text, _ in CORPUS if not text.startswith(("DELIMITER", "SET @", "IF EXISTS", "BEGIN", "CREATE FUNCTION", "/*"))]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.data())
@settings(max_examples=300, deadline=None)
def test_form_and_order_never_change_what_a_statement_says(pieces: list[str], data: st.DataObject) -> None:
    alone = [each for piece in pieces for each in said(piece)]
    assert said(";\n".join(pieces)) == alone, "splitting loses nothing and invents nothing"
    dressed = []
    for piece in pieces:
        words = re.split(r"( )", piece) if "'" not in piece and "$" not in piece else [piece]
        shaken = [data.draw(st.sampled_from([" ", "\n", "  /* a; ' b */ ", " -- c; '\n"])) if word == " " else word for word in words]
        text = "".join(shaken)
        dressed.append(data.draw(st.sampled_from([text, text.upper(), text.swapcase()])) if not re.search(r"['\"$\[]", text) else text)
    assert sorted(map(str, said("; ".join(dressed)))) == sorted(map(str, alone))


@pytest.mark.parametrize(
    "name", ["sessions", "SESSIONS", '"sessions"', "`sessions`", "[sessions]", "public.sessions", '"public"."sessions"', "shop.public.sessions", "dbo.sessions"]
)
def test_a_name_is_the_same_however_it_is_written(name: str) -> None:
    (fact,) = read(f"TRUNCATE TABLE {name}")
    assert isinstance(fact, TableTruncated)
    assert fact.table == "sessions"


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("UPDATE watch INNER JOIN users ON watch.email = users.email SET users.password = ''", "users"),
        ("UPDATE watch w JOIN users u ON w.email = u.email SET u.password = ''", "users"),
        ("UPDATE users u, watch SET watch.email = NULL WHERE u.id = watch.user_id", "watch"),
        ("UPDATE users JOIN watch USING (id) SET password = ''", "users"),
    ],
)
def test_of_joined_tables_those_are_changed_that_stand_before_the_columns(text: str, table: str) -> None:
    assert [getattr(fact, "table", "") for fact in read(text)] == [table]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("ALTER TABLE users\n  MODIFY login varchar(30) COLLATE utf8_unicode_ci;", "mysql"),
        ("ALTER TABLE `users` ADD `shoe_size` int;", "mysql"),
        ("-- what `users` wear\nALTER TABLE users ADD shoe_size int;", None),
        ("ALTER TABLE users MODIFY (login varchar2(30));", "oracle"),
    ],
)
def test_the_dialect_that_a_text_gives_away(text: str, dialect: str | None) -> None:
    assert {getattr(fact, "dialect", None) for fact in read(text)} == {dialect}


@pytest.mark.parametrize(
    "kind", ["timestamp with time zone", "timestamp(6) with time zone", "timestamp with local time zone", "time without time zone", "double precision"]
)
def test_the_words_of_a_type_belong_together(kind: str) -> None:
    (added,) = read(f"ALTER TABLE sessions ADD COLUMN a {kind} NOT NULL DEFAULT now()")
    (created,) = read(f"CREATE TABLE sessions (a {kind}, b int) WITH (fillfactor = 70)")
    assert isinstance(added, ColumnAdded)
    assert isinstance(created, TableCreated)
    assert (added.column.type, added.column.nullable) == (kind, False)
    assert [column.type for column in created.columns] == [kind, "int"]
