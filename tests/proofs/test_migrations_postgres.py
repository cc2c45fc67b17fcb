"""The examples of the rules about migrations, run on a real PostgreSQL: what is left, what the old code gets, who waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, judge
from tests.proofs.postgres import SCHEMA, SESSIONS, Database, Postgres, statements
from tests.test_migration_fixes import BOUNDED, CONCURRENT, VALIDATED

LOSING = (
    "session-table-dropped",
    "session-table-recreated-empty",
    "session-table-emptied",
    "session-table-emptied-through-another",
    "sessions-ended-by-update",
)
FAILING = ("session-table-moved", "session-column-removed", "session-column-removed-before-its-reader", "session-column-required", "session-column-narrowed")
WAITING = ("session-table-rewritten", "session-table-scanned", "session-index-built-under-a-lock", "session-table-locked",
           "session-table-altered-without-lock-timeout", "session-rows-updated-at-once")  # fmt: skip


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


def examples(*rules: str, kind: str) -> list[Any]:
    """The examples of rules that are SQL, by rule and title."""
    return [
        pytest.param(each, id=f"{rule.name}: {each.title}")
        for rule in RULES
        if rule.name in rules
        for each in rule.examples
        if each.kind == kind and not any("sqlite" in path for path in each.head) and all(path.endswith((".sql", "models.py")) for path in each.head)
    ]


def prepared(postgres: Postgres, example: Example, name: str = "proof") -> Database:
    """A database as it is before the migration of an example."""
    database = postgres.database(name)
    earlier = "".join(text for path, text in example.base.items() if path.endswith(".sql"))
    database.run(earlier or SCHEMA)
    database.fill()
    return database


def migration(example: Example) -> str:
    """The text of the migration that an example adds."""
    return "".join(text for path, text in example.head.items() if path not in example.base and path.endswith(".sql"))


def upgrade(example: Example) -> str:
    return migration(example).split("-- +goose Down")[0]


def sessions_left(database: Database) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for table in ("sessions", "user_sessions", "refresh_tokens", "auth.refresh_tokens", "auth.sessions"):
        condition = "NOT revoked" if table == "refresh_tokens" and database.live(table) is not None else "true"
        columns = {row[0] for row in database.rows(f"SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('{table}')")}
        if "revoked" not in columns:
            condition = "true"
        if not columns or "expires" in columns:
            found[table] = database.live(table, condition) if columns else None
        else:
            found[table] = int(database.rows(f"SELECT count(*) FROM {table}")[0][0])
    if database.rows("SELECT to_regclass('users')")[0][0]:
        found["token versions"] = int(database.rows("SELECT count(*) FROM users WHERE (to_jsonb(users)->>'token_version') IS NOT DISTINCT FROM '0'")[0][0])
        # What the code asks about a token that it gave out an hour ago: is that later than the moment in the row of its user?
        since = "coalesce((to_jsonb(users)->>'tokens_valid_since')::timestamptz, '-infinity')"
        found["tokens of an hour ago"] = int(database.rows(f"SELECT count(*) FROM users WHERE {since} < now() - interval '1 hour'")[0][0])
    return found


@pytest.mark.parametrize("example", examples(*LOSING, kind="Bad"))
def test_bad_loses_the_sessions(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    before = sessions_left(database)
    assert max(count or 0 for count in before.values()) >= SESSIONS
    database.run(upgrade(example))
    after = sessions_left(database)
    assert any(before[table] and not after[table] for table in before), "a table of live sessions has none left"


@pytest.mark.parametrize("example", examples(*LOSING, kind="Good"))
def test_good_keeps_them(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    if "CREATE TABLE sessions (" in upgrade(example) and "RENAME" not in upgrade(example):
        database.run("DROP TABLE sessions")  # the example is the migration that makes it
    before = sessions_left(database)
    database.run(upgrade(example))
    after = sessions_left(database)
    for table, count in before.items():
        # One user's session may go, what has expired may go: everybody else stays logged in.
        assert count is None or (after[table] or 0) >= count - 2, table


def old_code(database: Database, example: Example) -> list[str]:
    """What the code that is running gets for its look-up and its login, as error names; with the columns of before the migration."""
    import psycopg

    columns = {"id": "'new'", "user_id": "7", "data": "'d'", "token": f"'{'k' * 36}'", "expires": "now() + interval '1 day'"}
    own = [name for name in columns if name in example_columns(example)]
    errors = []
    with database.connect() as connection:
        for statement in (
            f"SELECT {', '.join(own)} FROM sessions WHERE id = '1live'",
            f"INSERT INTO sessions ({', '.join(own)}) VALUES ({', '.join(columns[name] for name in own)})",
        ):
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                errors.append(type(error).__name__)
    return errors


def example_columns(example: Example) -> set[str]:
    base = "".join(example.base.values())
    names = {"id", "user_id", "data", "expires"} | ({"token"} if "token" in base else set())
    models = [text for path, text in example.base.items() if path.endswith("models.py")]
    if models:
        names = {name for name in names if f"    {name} = " in models[0]} | {"id"}
    return names if "CREATE TABLE sessions" not in base else {name for name in names if name in base}


@pytest.mark.parametrize("example", examples(*FAILING, kind="Bad"))
def test_bad_breaks_the_code_that_is_running(postgres: Postgres, example: Example) -> None:
    import psycopg

    database = prepared(postgres, example)
    assert old_code(database, example) == []
    with database.connect() as connection:
        connection.execute("DELETE FROM sessions WHERE id = 'new'")
    try:
        database.run(upgrade(example))
    except (psycopg.errors.NotNullViolation, psycopg.errors.StringDataRightTruncation):
        return  # the deploy itself stops
    assert set(old_code(database, example)) <= {"UndefinedTable", "UndefinedColumn", "NotNullViolation", "StringDataRightTruncation"}
    assert old_code(database, example)


@pytest.mark.parametrize("example", examples(*FAILING, kind="Good"))
def test_good_does_not(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    database.run(upgrade(example))
    assert old_code(database, example) == []
    assert database.rows("SELECT count(*) FROM sessions") == [(2 * SESSIONS + 1,)]


@pytest.mark.parametrize("example", examples("session-table-hidden", kind="Bad"))
def test_bad_hides_the_rows_from_the_application(postgres: Postgres, example: Example) -> None:
    assert as_application(prepared(postgres, example), example) in ([0, "InsufficientPrivilege"], ["InsufficientPrivilege", "InsufficientPrivilege"])


@pytest.mark.parametrize("example", examples("session-table-hidden", kind="Good"))
def test_good_shows_them(postgres: Postgres, example: Example) -> None:
    assert as_application(prepared(postgres, example), example) == [SESSIONS, "ok"]


def as_application(database: Database, example: Example) -> list[Any]:
    """How many live sessions the application's role finds after a migration, and how its login goes."""
    import psycopg

    database.run("GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO app")
    database.run(upgrade(example))
    found: list[Any] = []
    with database.connect() as connection:
        connection.execute("SET ROLE app")
        for statement in ("SELECT count(*) FROM sessions WHERE expires > now()", "INSERT INTO sessions (id, user_id) VALUES ('new', 1)"):
            try:
                result = connection.execute(statement)
                found.append(result.fetchone()[0] if result.description else "ok")
            except psycopg.Error as error:
                found.append(type(error).__name__)
    return found


@pytest.mark.parametrize(("kind", "kept"), [("Bad", 0), ("Good", 1)])
def test_a_rule_discards_logins(postgres: Postgres, kind: str, kept: int) -> None:
    (parameter,) = examples("session-writes-discarded", kind=kind)
    database = prepared(postgres, parameter.values[0])
    database.run(upgrade(parameter.values[0]))
    database.run("INSERT INTO sessions (id) VALUES ('new')")
    assert len(database.rows("SELECT 1 FROM sessions WHERE id = 'new'")) == kept


@pytest.mark.parametrize("example", examples("sessions-deleted-later", kind="Bad"))
def test_the_next_sign_up_logs_everybody_out(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    database.run(upgrade(example))
    assert database.live("sessions") == SESSIONS
    database.run("INSERT INTO users VALUES (1000)")
    assert database.live("sessions") == 0


@pytest.mark.parametrize("example", examples("sessions-deleted-later", kind="Good"))
def test_or_only_one(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    database.run(upgrade(example))
    database.run("INSERT INTO users VALUES (1000)")
    assert database.live("sessions") == SESSIONS


def test_a_second_device_is_refused(postgres: Postgres) -> None:
    import psycopg

    (example,) = [each.values[0] for each in examples("second-session-refused", kind="Bad")]
    database = prepared(postgres, example)
    database.run("INSERT INTO sessions (id, user_id) VALUES ('the first', 5000)")
    database.run(upgrade(example))
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.run("INSERT INTO sessions (id, user_id) VALUES ('the second', 5000)")


def test_a_second_device_is_let_in(postgres: Postgres) -> None:
    (example,) = [each.values[0] for each in examples("second-session-refused", kind="Good")]
    database = prepared(postgres, example)
    database.run("ALTER TABLE sessions ADD COLUMN device text")
    database.run(upgrade(example))
    database.run("INSERT INTO sessions (id, user_id, device) VALUES ('1', 5000, 'a'), ('2', 5000, 'b')")
    assert database.rows("SELECT count(*) FROM sessions WHERE user_id = 5000") == [(2,)]


def test_a_crash_empties_an_unlogged_table() -> None:
    server = Postgres()
    try:
        found = {}
        for kind in ("Bad", "Good"):
            (parameter,) = examples("session-table-unlogged", kind=kind)
            found[kind] = prepared(server, parameter.values[0], kind.lower())
            found[kind].run(upgrade(parameter.values[0]))
        assert {kind: database.live("sessions") for kind, database in found.items()} == {"Bad": SESSIONS, "Good": SESSIONS}
        server.crash()
        server.start()
        assert {kind: database.live("sessions") for kind, database in found.items()} == {"Bad": 0, "Good": SESSIONS}
    finally:
        server.stop()


TRIES = {
    "reads": "SELECT id FROM sessions WHERE id = '1live'",
    "logins": "INSERT INTO sessions (id) VALUES ('new')",
    "refreshes": "UPDATE sessions SET expires = expires WHERE id = '1live'",
}


def waiting(database: Database) -> set[str]:
    """Who does not get through at this moment."""
    import psycopg

    blocked = set()
    with database.connect() as connection:
        connection.execute("SET lock_timeout = '300ms'")
        for who, statement in TRIES.items():
            try:
                connection.execute(statement)
            except psycopg.errors.LockNotAvailable:
                blocked.add(who)
        connection.execute("SET lock_timeout = 0")
    return blocked


@pytest.mark.parametrize("example", examples(*WAITING, kind="Bad"))
def test_who_waits_while_it_works(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    (finding,) = judge(example.base, example.head, tuple(rule for rule in RULES if rule.name == example.rule)).findings
    *before, last = [each for each in statements(upgrade(example)) if each.upper() not in ("BEGIN", "COMMIT")]
    together = "BEGIN" in upgrade(example)
    for statement in before if not together else ():
        database.run(statement)
    with database.connect() as working:
        working.execute("BEGIN")
        for statement in (*(before if together else ()), last):
            working.execute(statement)
        blocked = waiting(database)
        working.execute("ROLLBACK")
    assert blocked == {who for who in TRIES if who in finding.message}


def test_an_index_that_is_built_concurrently_lets_everybody_through(postgres: Postgres) -> None:
    (example,) = [each.values[0] for each in examples("session-index-built-under-a-lock", kind="Good") if "expires" in upgrade(each.values[0])]
    database = prepared(postgres, example)
    with database.connect() as report:
        # The build has to wait for a transaction that is older than itself: so it is surely under way while we try.
        report.execute("BEGIN")
        report.execute("INSERT INTO sessions (id) VALUES ('a long transaction')")
        building = threading.Thread(target=database.run, args=(upgrade(example),))
        building.start()
        while not database.rows("SELECT 1 FROM pg_stat_progress_create_index"):
            assert building.is_alive()
        assert waiting(database) == set()
        report.execute("COMMIT")
        building.join()
    assert database.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'sessions_by_expiry'::regclass") == [(True,)]


def test_the_lock_queue_ends_with_the_lock_timeout(postgres: Postgres) -> None:
    import psycopg

    (example,) = [each.values[0] for each in examples("session-table-altered-without-lock-timeout", kind="Good")]
    database = prepared(postgres, example)
    with database.connect() as report:
        report.execute("BEGIN")
        report.execute("SELECT count(*) FROM sessions")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            database.run(upgrade(example).replace("5s", "200ms"))
        assert waiting(database) == set()
        report.execute("COMMIT")
    database.run(upgrade(example))
    assert database.live("sessions") == SESSIONS


@pytest.mark.parametrize("example", examples("session-table-rewritten", kind="Good"))
def test_good_writes_no_new_copy(postgres: Postgres, example: Example) -> None:
    database = prepared(postgres, example)
    before = database.rows("SELECT relfilenode FROM pg_class WHERE oid = 'sessions'::regclass")
    database.run(upgrade(example))
    assert database.rows("SELECT relfilenode FROM pg_class WHERE oid = 'sessions'::regclass") == before


@pytest.mark.parametrize("after", [BOUNDED[1], CONCURRENT[1], VALIDATED[1]], ids=["lock_timeout", "concurrently", "not valid"])
def test_what_a_fix_makes_runs(postgres: Postgres, after: str) -> None:
    database = postgres.database()
    database.run(SCHEMA)
    database.fill()
    database.run(after)
    assert database.live("sessions") == SESSIONS
    assert database.rows("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [(0,)]
