"""A migration is read from its first statement to its last: the same statement means different things in different places."""

from __future__ import annotations

import pytest

from tests.judging import judge
from tests.test_sql_statements import CORPUS

SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE sessions (id text PRIMARY KEY, user_id int, data text, expires timestamp, status text DEFAULT 'x' NOT NULL);
"""


def found(*files: str | tuple[str, str]) -> set[str]:
    """The rules that find something in migrations after the first one, without those about brief locks."""
    base = {"migrations/0001.sql": SCHEMA}
    head = dict(file if isinstance(file, tuple) else (f"migrations/{number:04}.sql", file) for number, file in enumerate(files, 2))
    rules = {finding.rule for finding in judge(base, base | head).findings}
    return rules - {"session-table-altered-without-lock-timeout", "session-rows-updated-at-once"}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("ALTER TABLE sessions ADD COLUMN token_key text; DELETE FROM sessions WHERE token_key IS NULL;", {"session-table-emptied"}),
        ("DELETE FROM sessions WHERE token_key IS NULL;", set()),
        ("CREATE TABLE copy AS SELECT * FROM sessions; TRUNCATE sessions;", set()),
        ("TRUNCATE sessions; CREATE TABLE copy AS SELECT * FROM sessions;", {"session-table-emptied"}),
        ("CREATE TABLE IF NOT EXISTS sessions (id text); TRUNCATE sessions;", {"session-table-emptied"}),
        ("CREATE TABLE user_sessions (id text); TRUNCATE user_sessions; CREATE INDEX i ON user_sessions (id);", set()),
        ("CREATE TABLE IF NOT EXISTS user_sessions (id text); CREATE INDEX i ON user_sessions (id);", set()),
        ("DROP TABLE sessions; ALTER TABLE sessions_new RENAME TO sessions;", set()),
        ("CREATE TABLE sessions_new (id text); DROP TABLE sessions; ALTER TABLE sessions_new RENAME TO sessions;", {"session-table-dropped"}),
        ("RENAME TABLE sessions TO sessions_old, sessions_new TO sessions;", set()),
        ("ALTER TABLE sessions RENAME TO s2; DROP TABLE s2;", {"session-table-moved", "session-table-dropped"}),
        ("ALTER TABLE sessions ADD COLUMN a int; ALTER TABLE sessions DROP COLUMN a;", set()),
        ("ALTER TABLE sessions RENAME COLUMN data TO old; ALTER TABLE sessions ADD COLUMN data jsonb; ALTER TABLE sessions DROP COLUMN old;",
         {"session-column-removed"}),
        ("ALTER TABLE sessions RENAME data TO old; ALTER TABLE sessions ADD data jsonb; UPDATE sessions SET data = old::jsonb WHERE true;", set()),
        ("ALTER TABLE sessions ALTER status DROP DEFAULT;", {"session-column-required"}),
        ("ALTER TABLE sessions ALTER status DROP NOT NULL; ALTER TABLE sessions ALTER status DROP DEFAULT;", set()),
        ("ALTER TABLE sessions ALTER data DROP DEFAULT;", set()),
        ("ALTER TABLE users ADD COLUMN shoe_size int NOT NULL;", {"session-column-required"}),
        ("ALTER TABLE sessions ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES tenants ON DELETE CASCADE NOT VALID; DELETE FROM tenants;",
         {"session-table-emptied-through-another"}),
        ("ALTER TABLE sessions ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES tenants ON DELETE CASCADE NOT VALID;"
         "ALTER TABLE sessions DROP CONSTRAINT f; DELETE FROM tenants;", set()),
        ("REVOKE ALL ON sessions FROM PUBLIC;", set()),
    ],
)  # fmt: skip
def test_order_counts(text: str, rules: set[str]) -> None:
    assert found(text) == rules


def test_a_migration_that_was_cut_into_files_is_one_story() -> None:
    texts = [
        'CREATE TABLE "_sessions_tmp" (id text);',
        'INSERT INTO "_sessions_tmp" SELECT id FROM "sessions";',
        'DROP TABLE "sessions";',
        'ALTER TABLE "_sessions_tmp" RENAME TO "sessions";',
    ]
    assert found(*((f"migrations/20210410175418{number:06}_keys.up.sql", text) for number, text in enumerate(texts))) == set()
    assert found(("migrations/20210410175418000002_keys.up.sql", texts[2])) == {"session-table-dropped"}


@pytest.mark.parametrize(
    "path",
    ["migrations/2.down.sql", "migrations/20200101_x/down.sql", "db/undo/U2__x.sql", "migrations/rollback_2.sql"],
)
def test_the_way_back_is_apart(path: str) -> None:
    [finding] = judge({}, {path: "TRUNCATE sessions;"}).findings
    assert (finding.rule, finding.direction) == ("session-table-emptied", "downgrade")
    assert finding.message.startswith("downgrade: ")


@pytest.mark.parametrize("path", ["tests/fixtures/2.sql", "docs/2.sql", "internal/testhelpers/2.sql", "popx/stub/2.sql"])
def test_what_is_not_production_is_left_alone(path: str) -> None:
    assert found((path, "TRUNCATE sessions;")) == set()


def test_queries_and_dumps_are_no_migrations() -> None:
    assert found("-- name: DeleteSessions :exec\nDELETE FROM sessions;\n") == set()
    assert found("--\n-- PostgreSQL database dump\n--\n\nDROP TABLE sessions;\n") == set()


@pytest.mark.parametrize("name", ["{{ .Namespace }}sessions", "${prefix}sessions", "{prefix}sessions", '{{ index .Options "Namespace" }}.sessions'])
def test_a_template_is_read_around_its_holes(name: str) -> None:
    assert found(f"TRUNCATE {name};") == {"session-table-emptied"}


@pytest.mark.parametrize("table", ["sessions", "users", "refresh_tokens"])
def test_every_kind_of_statement_can_be_judged(table: str) -> None:
    """Whatever a statement is about, and whatever kind of table it meets, it comes to findings and to no error."""
    texts = [text.replace("sessions", table) for text, _ in CORPUS]
    texts += [
        f"ALTER TABLE {table} {action};" for action in ("ADD COLUMN c int NOT NULL", "ALTER data SET NOT NULL", "ALTER status DROP DEFAULT", "DROP COLUMN data")
    ]
    assert all(isinstance(found(text), set) for text in texts)


@pytest.mark.parametrize("path", ["dev/db/after.sql", "scripts/anonymize.sql", "db/development/reset.sql", "tools/sanitise_users.sql"])
def test_what_is_run_on_a_copy_of_production_reaches_nobody(path: str) -> None:
    assert found((path, "TRUNCATE sessions;")) == set()
    assert found((f"live/{path.rsplit('/', 1)[-1].replace('anonymize', 'close').replace('sanitise', 'end')}", "TRUNCATE sessions;")) == {
        "session-table-emptied"
    }


def test_the_files_for_other_databases_declare_nothing_for_this_one() -> None:
    made = "CREATE TABLE IF NOT EXISTS user_sessions (id text, nid {});"
    index = "CREATE INDEX i ON user_sessions (id);"
    mysql, postgres = ("migrations/2.mysql.up.sql", made.format("char(36)")), ("migrations/2.postgres.up.sql", made.format("uuid") + index)
    assert found(mysql, postgres) == set()
    retyped = ("migrations/3.postgres.up.sql", "ALTER TABLE user_sessions ALTER nid TYPE uuid;")
    assert found(mysql, postgres, ("migrations/3.mysql.up.sql", "ALTER TABLE user_sessions MODIFY nid char(36);"), retyped) == set()
    other = ("migrations/2.postgres.up.sql", made.format("text") + index)
    assert found(mysql, other, retyped) == {"session-table-rewritten"}


@pytest.mark.parametrize("text", ["CREATE INDEX i ON sessions (data);", "ALTER TABLE sessions ALTER data SET NOT NULL;",
                                  "ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES tenants (id);"])  # fmt: skip
def test_cockroachdb_changes_its_schema_beside_the_running_work(text: str) -> None:
    assert found(("migrations/2.cockroach.up.sql", text)) == set()
    assert found(("migrations/2.postgres.up.sql", text))


def test_columns_of_a_table_that_has_moved_are_not_missed_apart() -> None:
    moved = "ALTER TABLE sessions RENAME TO logins;"
    assert found(moved + "ALTER TABLE logins DROP COLUMN data;") == {"session-table-moved"}
    assert found(moved + "ALTER TABLE logins DROP COLUMN data; CREATE VIEW sessions AS SELECT * FROM logins;") == {"session-column-removed"}


def test_a_column_that_was_added_just_before_is_null_in_every_row() -> None:
    def updated(text: str) -> bool:
        base = {"migrations/0001.sql": SCHEMA}
        findings = judge(base, base | {"migrations/0002.sql": text}).findings
        return any(finding.rule == "session-rows-updated-at-once" for finding in findings)

    assert updated("ALTER TABLE sessions ADD COLUMN aal text; COMMIT; UPDATE sessions SET aal = 'aal1' WHERE aal IS NULL;")
    assert not updated("UPDATE sessions SET aal = 'aal1' WHERE aal IS NULL;")


def test_what_blocks_by_itself_is_no_note_for_what_was_locked_before() -> None:
    def severities(text: str) -> set[tuple[str, str]]:
        base = {"migrations/0001.sql": SCHEMA}
        findings = judge(base, base | {"migrations/0002.sql": text}).findings
        return {(finding.severity, finding.confidence) for finding in findings if finding.rule == "session-index-built-under-a-lock"}

    alone = severities("CREATE INDEX i ON sessions (data);")
    assert alone == severities("ALTER TABLE sessions ADD COLUMN aal text; CREATE INDEX i ON sessions (aal);") == {("warning", "high")}
