"""A query that asks for a column which the rows from before do not have."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from safelint.rules import Example
from tests.judging import example
from tests.proofs.conftest import need

RULE = "session-rows-without-new-expiry"


def models(one: Example, folder: Path) -> ModuleType:
    path = folder / "models.py"
    path.write_text(one.head["shop/models.py"])
    spec = importlib.util.spec_from_file_location("proved_models", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("kind", "title", "stays"),
    [("Bad", "SQLAlchemy", False), ("Good", "NULL counts", True), ("Good", "the rows have", True)],
)
def test_a_session_from_before_the_migration(kind: str, title: str, stays: bool, tmp_path: Path) -> None:
    need("sqlalchemy")
    import sqlalchemy
    from sqlalchemy.orm import Session

    one = example(RULE, kind, title)
    module = models(one, tmp_path)
    engine = sqlalchemy.create_engine("sqlite://")
    with Session(engine) as database:
        database.execute(sqlalchemy.text("CREATE TABLE sessions (id text PRIMARY KEY, user_id text)"))
        database.execute(sqlalchemy.text("INSERT INTO sessions VALUES ('from-before', '1')"))
        # SQLite waits for no lock, and knows no word for it.
        migration = re.sub(r"SET lock_timeout.*?;", "", one.head["migrations/0044_expiry.sql"])
        database.execute(sqlalchemy.text(migration))
        assert (module.Session.active(database, "from-before") is not None) == stays
