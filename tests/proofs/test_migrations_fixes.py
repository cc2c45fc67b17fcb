"""What --fix makes of Alembic revisions and Django migrations, run by Alembic and by Django on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proofs.conftest import need
from tests.proofs.postgres import SCHEMA, SESSIONS, Postgres
from tests.proofs.test_migrations_chain import run_alembic
from tests.test_python_fixes import CHECK, CONCURRENTLY, FOREIGN_KEY, INDEX, LONG, STATEMENT, mended


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "before", [INDEX[0], LONG[0], FOREIGN_KEY[0], CHECK[0].replace(', schema="auth"', ""), STATEMENT[0]], ids=["i", "long", "fk", "c", "sql"]
)
def test_a_mended_revision_runs(postgres: Postgres, tmp_path: Path, before: str) -> None:
    need("alembic", "sqlalchemy", "psycopg")
    database = postgres.database()
    database.run(SCHEMA)
    database.fill()
    database.run("DELETE FROM sessions WHERE user_id > 1000")
    after = mended(before)
    assert after != before
    run_alembic(
        tmp_path,
        {"shop/migrations/versions/b.py": after.replace("down_revision = 'b', 'a'", "down_revision = 'b', None")},
        database.uri.replace("postgresql://", "postgresql+psycopg://"),
    )
    assert database.live("sessions") == SESSIONS
    assert database.rows("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [(0,)]
    assert database.rows("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


SITE = """
import os, sys
import django
from django.conf import settings
from django.core.management import call_command

host, name = os.environ["PROOF_HOST"], os.environ["PROOF_NAME"]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "NAME": name, "USER": "postgres"}},
    INSTALLED_APPS=["django.contrib.postgres", "shop"], DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
call_command("migrate", verbosity=0)
"""
INITIAL = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [migrations.CreateModel("UserSession", [
        ("id", models.AutoField(primary_key=True)), ("key", models.CharField(max_length=40)), ("owner", models.IntegerField()),
    ])]
"""


def test_a_mended_django_migration_runs(postgres: Postgres, tmp_path: Path) -> None:
    need("django", "psycopg")
    database = postgres.database()
    files = {"manage.py": SITE, "shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": INITIAL}
    for path, text in {**files, "shop/migrations/0002_x.py": mended(CONCURRENTLY[0], "shop/migrations/0002_x.py")}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    where = {"PROOF_HOST": str(postgres.server.pgdata), "PROOF_NAME": "proof"}
    run = subprocess.run([sys.executable, "manage.py"], cwd=tmp_path, env={**os.environ, **where}, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert database.rows("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE relname IN ('by_key', 'by_owner') AND indisvalid") == [
        (2,)
    ]
