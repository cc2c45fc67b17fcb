"""The chain of migrations, walked by Alembic itself on a real database."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def upgrade(folder: Path, files: dict[str, str]) -> None:
    """`alembic upgrade head` with exactly these files, on SQLite."""
    run_alembic(folder, files, f"sqlite:///{folder / 'shop.db'}")


def run_alembic(folder: Path, files: dict[str, str], url: str) -> None:
    """`alembic upgrade head` with exactly these files."""
    from alembic import command
    from alembic.config import Config

    scripts = folder / "shop" / "migrations"
    for old in scripts.glob("versions/*.py"):
        old.unlink()
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (scripts / "env.py").write_text(ENV)
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")


def test_a_split_chain_stops_the_deploy(tmp_path: Path) -> None:
    need("alembic", "sqlalchemy")
    from alembic.util import CommandError

    bad = example("migration-heads-split", "Bad", "two pull requests")
    upgrade(tmp_path, bad.base)
    with pytest.raises(CommandError, match="Multiple head"):
        upgrade(tmp_path, bad.head)


@pytest.mark.parametrize("title", ["the newer one", "a merge revision"])
def test_a_chain_with_one_end_is_walked(tmp_path: Path, title: str) -> None:
    need("alembic", "sqlalchemy")
    good = example("migration-heads-split", "Good", title)
    upgrade(tmp_path, good.base)
    upgrade(tmp_path, good.head)


@pytest.mark.parametrize(("kind", "title", "found"), [("Bad", "a column", False), ("Good", "a migration of its own", True)])
def test_an_edited_migration_does_not_run_again(tmp_path: Path, kind: str, title: str, found: bool) -> None:
    need("alembic", "sqlalchemy")
    case = example("released-migration-edited", kind, title)
    upgrade(tmp_path, case.base)
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("INSERT INTO user_sessions (token) VALUES ('ada')")
    upgrade(tmp_path, case.head)
    with sqlite3.connect(tmp_path / "shop.db") as database:
        look_up = "SELECT device FROM user_sessions WHERE token = 'ada'"
        if found:
            assert database.execute(look_up).fetchall() == [(None,)]
        else:
            with pytest.raises(sqlite3.OperationalError, match="no such column"):
                database.execute(look_up)


SETTINGS = """
import os, sys
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}}, INSTALLED_APPS=["shop"])
django.setup()
call_command("migrate", verbosity=0)
"""


def migrate(folder: Path, files: dict[str, str]) -> str:
    """`manage.py migrate` with exactly these files; what it says when it fails."""
    for old in folder.glob("shop/migrations/*.py"):
        old.unlink()
    for path, text in {"manage.py": SETTINGS, "shop/__init__.py": "", "shop/migrations/__init__.py": "", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    run = subprocess.run([sys.executable, "-B", "manage.py"], cwd=folder, capture_output=True, text=True, check=False)
    return run.stderr if run.returncode else ""


def test_two_leaves_stop_a_django_deploy(tmp_path: Path) -> None:
    need("django")
    bad = example("migration-heads-split", "Bad", "two migrations of one Django app")
    assert migrate(tmp_path, bad.base) == ""
    assert "Conflicting migrations detected" in migrate(tmp_path, bad.head)
    assert migrate(tmp_path, example("migration-heads-split", "Good", "a migration of Django").head) == ""
