"""SQL as people write it when nobody looks: what takes sessions away is seen, what only looks so is left alone."""

from __future__ import annotations

import pytest

from tests.judging import judge

SCHEMA = {
    "migrations/0001.sql": "CREATE TABLE users (id int PRIMARY KEY, email text, token_version int DEFAULT 0 NOT NULL);\n"
    "CREATE TABLE sessions (id text PRIMARY KEY, user_id int REFERENCES users, data text, expires timestamp);\n"
    "CREATE TABLE refresh_tokens (id text PRIMARY KEY, user_id int, revoked boolean, expires timestamp);\n",
}
EMPTIED, ENDED, LATER, HIDDEN = "session-table-emptied", "sessions-ended-by-update", "sessions-deleted-later", "session-table-hidden"
FUNCTION = "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN {} END $$ LANGUAGE plpgsql;\n"


def found(text: str) -> tuple[set[str], list[str]]:
    judged = judge(SCHEMA, SCHEMA | {"migrations/0002.sql": text})
    waits = {"session-rows-updated-at-once"}
    return {each.rule for each in judged.findings if each.confidence != "low"} - waits, [each.why for each in judged.not_understood]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("DELETE FROM sessions WHERE expires < now() + interval '10 years';", {EMPTIED}),
        ("DELETE FROM sessions WHERE expires BETWEEN '1970-01-01' AND '2999-01-01';", {EMPTIED}),
        ("DELETE FROM sessions WHERE id SIMILAR TO '%';", {EMPTIED}),
        ("DELETE FROM sessions WHERE id ~ '.*';", {EMPTIED}),
        ("DELETE FROM sessions WHERE id REGEXP '.';", {EMPTIED}),
        ("DELETE FROM sessions WHERE id !~ '^a';", set()),
        ("DELETE s FROM sessions s JOIN users u ON u.id = s.user_id;", {EMPTIED}),
        ("DELETE s FROM sessions s JOIN banned b ON b.user_id = s.user_id;", set()),
        ("DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM banned);", set()),
        ("DELETE FROM sessions USING banned WHERE banned.user_id = sessions.user_id;", set()),
        ("UPDATE refresh_tokens SET revoked = true FROM bans WHERE bans.user_id = refresh_tokens.user_id;", set()),
        ("MERGE INTO sessions s USING bans b ON s.user_id = b.user_id WHEN MATCHED THEN DELETE;", set()),
        ("EXPLAIN ANALYZE DELETE FROM sessions;", {EMPTIED}),
        ("EXPLAIN DELETE FROM sessions;", set()),
        ("PREPARE x AS DELETE FROM sessions; EXECUTE x;", {EMPTIED}),
        ("PREPARE x AS DELETE FROM sessions;", set()),
        ("COPY (DELETE FROM sessions RETURNING *) TO STDOUT;", {EMPTIED}),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM sessions $$; SELECT * FROM f();", {EMPTIED}),
        ("DELIMITER $$\nDELETE FROM sessions$$", {EMPTIED}),
        ("BEGIN TRY DELETE FROM sessions END TRY BEGIN CATCH THROW END CATCH", {EMPTIED}),
        ("DECLARE @s nvarchar(max) = N'TRUNCATE TABLE sessions'; EXEC(@s);", {EMPTIED}),
        ("UPDATE sessions SET expires = expires - interval '1 year';", {ENDED}),
        ("UPDATE sessions SET expires = expires + interval '1 year';", set()),
        ("UPDATE sessions SET expires = NULL;", {ENDED}),
        ("UPDATE sessions SET user_id = NULL;", {ENDED}),
        ("UPDATE refresh_tokens SET revoked = NOT revoked;", {ENDED}),
        ("ALTER TABLE sessions TRUNCATE PARTITION ALL;", {EMPTIED}),
        ("ALTER TABLE sessions DETACH PARTITION sessions_2001;", set()),
        ("CREATE UNLOGGED TABLE user_sessions (id text, user_id int, expires timestamp);", {"session-table-unlogged"}),
        ("ALTER TABLE sessions ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON sessions FOR SELECT USING (true);", {HIDDEN}),
        ("ALTER TABLE sessions ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON sessions USING (true);", set()),
        ("CREATE POLICY p ON sessions AS RESTRICTIVE USING (false);", {HIDDEN}),
        ("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app;", {HIDDEN}),
        ("REVOKE USAGE ON SCHEMA public FROM app;", {HIDDEN}),
        ("REVOKE CREATE ON SCHEMA public FROM app;", set()),
        ("REVOKE ALL ON SCHEMA public FROM PUBLIC;", set()),
        ("REVOKE ALL ON ALL TABLES IN SCHEMA reports FROM app;", set()),
        ("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app; GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;", set()),
        ("CREATE RULE r AS ON INSERT TO users DO ALSO DELETE FROM sessions;", {LATER}),
        ("CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW DELETE FROM sessions;", {LATER}),
        ("CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW DELETE FROM sessions WHERE user_id = NEW.id;", set()),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM sessions;", {LATER}),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM sessions WHERE expires < now();", set()),
        ("SELECT cron.schedule('x', '0 3 * * *', 'DELETE FROM sessions');", {LATER}),
        ("SELECT cron.schedule('x', '0 3 * * *', $$DELETE FROM sessions WHERE expires < now()$$);", set()),
        (FUNCTION.format("RETURN NULL;") + "CREATE TRIGGER t BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION f();", {"session-writes-discarded"}),
        (FUNCTION.format("RETURN NEW;") + "CREATE TRIGGER t BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION f();", set()),
        (FUNCTION.format("DELETE FROM sessions; RETURN NEW;") + "CREATE TRIGGER t AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();", {LATER}),
        (FUNCTION.format("DELETE FROM sessions; RETURN NEW;"), set()),
    ],
)
def test_verdict(text: str, rules: set[str]) -> None:
    assert found(text) == (rules, [])


AWAY = {"session-table-away-for-a-moment"}
DANCE = "CREATE TABLE s2 LIKE sessions; INSERT INTO s2 SELECT * FROM sessions; "


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("migrations/mysql/2.sql", DANCE + "DROP TABLE sessions; RENAME TABLE s2 TO sessions;", AWAY),
        (
            "migrations/mysql/2.sql",
            "BEGIN; " + DANCE + "RENAME TABLE sessions TO old; RENAME TABLE s2 TO sessions; COMMIT;",
            {"session-table-away-for-a-moment"},
        ),
        ("migrations/mysql/2.sql", DANCE + "RENAME TABLE sessions TO old, s2 TO sessions;", set()),
        (
            "migrations/postgres/2.sql",
            "BEGIN; " + DANCE.replace("LIKE sessions", "(LIKE sessions)") + "DROP TABLE sessions; ALTER TABLE s2 RENAME TO sessions; COMMIT;",
            set(),
        ),
    ],
)
def test_mysql_commits_between_statements(path: str, text: str, rules: set[str]) -> None:
    judged = judge(SCHEMA, SCHEMA | {path: text})
    assert {each.rule for each in judged.findings if each.confidence != "low"} == rules


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM sessions WHERE {{ a }} = {{ b }};",
        "DELETE FROM sessions WHERE user_id IN (SELECT id FROM {{ t }});",
        "DELETE FROM sessions WHERE true AND {{ x }};",
        "\\set t sessions\nTRUNCATE :t;",
        "DROP TABLE ${TABLE};",
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables LOOP EXECUTE 'TRUNCATE ' || t; END LOOP; END $$;",
    ],
)
def test_what_is_filled_in_elsewhere_is_said_once_and_not_guessed(text: str) -> None:
    rules, whys = found(text)
    assert not rules
    assert len(whys) == 1


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose Down\nDROP TABLE sessions;",
        "-- migrate:down\nDROP TABLE sessions;",
        "/* +migrate Down */\nDROP TABLE sessions;",
        "--- +++ DOWN +++\nDROP TABLE sessions;",
        "-- 1 up\nSELECT 1;\n-- 1 down\nDROP TABLE sessions;",
        "-- rambler down\nDROP TABLE sessions;",
        "-- //@UNDO\nDROP TABLE sessions;",
    ],
)
def test_the_way_back_in_the_same_file(text: str) -> None:
    judged = judge(SCHEMA, SCHEMA | {"migrations/0002.sql": text})
    assert {each.direction for each in judged.findings} == {"downgrade"}


DJANGO = "from django.db import models\n"
MODELS = {
    "shop/base.py": "from django.contrib.auth.models import AbstractUser\n\n\nclass Person(AbstractUser):\n    class Meta:\n        abstract = True\n",
    "shop/people.py": DJANGO
    + 'from shop.base import Person\n\n\nclass Member(Person):\n    nick = models.TextField()\n\n    class Meta:\n        db_table = "folk"\n',
    "shop/things.py": DJANGO + 'class Thing(models.Model):\n    name = models.TextField()\n\n    class Meta:\n        db_table = "stuff"\n',
}


@pytest.mark.parametrize(("table", "rules"), [("folk", {"session-table-dropped"}), ("stuff", set()), ("nobody_knows", set())])
def test_a_table_whose_name_tells_nothing_is_what_its_model_derives_from(table: str, rules: set[str]) -> None:
    judged = judge(MODELS, MODELS | {"migrations/0002.sql": f"DROP TABLE {table};"})
    assert {each.rule for each in judged.findings} == rules
