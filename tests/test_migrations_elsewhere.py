"""Migrations that are read whole only beside other files: helpers, constants, statements in files of SQL."""

from __future__ import annotations

import pytest

from tests.judging import judge

REVISION = "shop/migrations/versions/b.py"
HEAD = "import os\nfrom pathlib import Path\nfrom alembic import op\n{}\nrevision, down_revision = 'b', 'a'\n\n\ndef upgrade():\n{}"
HELPERS = '''
import sqlalchemy as sa
from alembic import op
from shop.names import SESSIONS
from . import deeper

sessions = sa.table("sessions")


def drop_sessions():
    """Everything."""
    op.drop_table("sessions")


def drop(*names):
    for name in names:
        op.drop_table(name)


def wipe(table, only_expired=False):
    op.execute(f"DELETE FROM {table}" + (" WHERE expires < now()" if only_expired else ""))


def wipe_constant():
    op.execute("DELETE FROM " + SESSIONS)


def further():
    deeper.go("sessions")


def statement():
    return "TRUNCATE sessions"


def run_file(name):
    op.execute((Path(__file__).parent / "sql" / name).read_text())


def exists(name):
    return name in sa.inspect(op.get_bind()).get_table_names()
'''
TREE = {
    "shop/migrations/helpers.py": HELPERS.replace("import sqlalchemy", "from pathlib import Path\nimport sqlalchemy"),
    "shop/migrations/deeper.py": "from alembic import op\n\ndef go(table):\n    op.drop_table(table)\n",
    "shop/migrations/tools/__init__.py": "from ..helpers import drop_sessions as away\n",
    "shop/names.py": 'SESSIONS = "sessions"\nINVOICES = "invoices"\nPARTS = [SESSIONS, "tokens"]\n',
    "shop/migrations/sql/wipe.sql": "CREATE TABLE x (id int);\nTRUNCATE sessions;\n",
    "shop/migrations/sql/add.sql": "CREATE TABLE x (id int);\n",
    "other/names.py": 'SESSIONS = "training_sessions"\n',
}
DROPPED, EMPTIED = "session-table-dropped", "session-table-emptied"


def found(head: dict[str, str], base: dict[str, str] | None = None) -> tuple[set[str], list[str]]:
    base = TREE if base is None else base
    judged = judge(base, {**base, **head})
    assert all(finding.place.path in head for finding in judged.findings)
    return {finding.rule for finding in judged.findings}, [fact.why for fact in judged.not_understood]


def of(imports: str, *lines: str) -> tuple[set[str], list[str]]:
    return found({REVISION: HEAD.format(imports, "".join(f"    {line}\n" for line in lines))})


@pytest.mark.parametrize(
    ("imports", "lines", "rule"),
    [
        ("from shop.migrations.helpers import drop_sessions", ["drop_sessions()"], DROPPED),
        ("from ..helpers import drop_sessions as x", ["x()"], DROPPED),
        ("from shop.migrations import helpers", ["helpers.drop_sessions()"], DROPPED),
        ("import shop.migrations.helpers", ["shop.migrations.helpers.drop_sessions()"], DROPPED),
        ("from shop.migrations.tools import away", ["away()"], DROPPED),
        ("from shop.migrations.helpers import drop", ['drop("invoices", "sessions")'], DROPPED),
        ("from shop.migrations.helpers import wipe", ['wipe("sessions")'], EMPTIED),
        ("from shop.migrations.helpers import wipe", ['wipe(table="sessions")'], EMPTIED),
        ("from shop.migrations.helpers import wipe", ['wipe("sessions", only_expired=True)'], None),
        ("from shop.migrations.helpers import wipe", ['wipe("invoices")'], None),
        ("from shop.migrations.helpers import wipe_constant", ["wipe_constant()"], EMPTIED),
        ("from shop.migrations.helpers import further", ["further()"], DROPPED),
        ("from shop.migrations.helpers import statement", ["op.execute(statement())"], EMPTIED),
        ("from shop.migrations.helpers import sessions", ["op.execute(sessions.delete())"], EMPTIED),
        ("from shop.migrations.helpers import run_file", ['run_file("wipe.sql")'], EMPTIED),
        ("from shop.migrations.helpers import run_file", ['run_file("add.sql")'], None),
        ("from shop.migrations.helpers import exists", ['if exists("sessions"):', '    op.drop_table("sessions")'], DROPPED),
        ("from shop.names import SESSIONS", ["op.drop_table(SESSIONS)"], DROPPED),
        ("from shop import names", ["op.drop_table(names.SESSIONS)"], DROPPED),
        ("from shop.names import PARTS", ["for name in PARTS:", '    op.execute(f"TRUNCATE {name}")'], EMPTIED),
        ("from shop.names import INVOICES", ["op.drop_table(INVOICES)"], None),
        ("from other.names import SESSIONS", ["op.drop_table(SESSIONS)"], None),
        ("", ['op.execute(open("shop/migrations/sql/wipe.sql").read())'], EMPTIED),
        ("", ['op.execute(Path("shop/migrations/sql/wipe.sql").read_text(encoding="utf-8"))'], EMPTIED),
        ("", ['op.execute((Path(__file__).parent.parent / "sql" / "wipe.sql").read_text())'], EMPTIED),
        ("", ['with open(os.path.join(os.path.dirname(__file__), "..", "sql", "wipe.sql")) as file:', "    op.execute(file.read())"], EMPTIED),
        ("", ['path = Path(__file__).with_name("wipe.sql")', "sql = path.read_text()", 'for part in sql.split(";"):', "    op.execute(part)"], EMPTIED),
        ("", ['for name in ("add", "wipe"):', '    op.execute(open(f"sql/{name}.sql").read())'], EMPTIED),
        ("", ['op.execute(open("sql/add.sql").read())'], None),
        ("from importlib.resources import files", ['op.execute(files("shop.migrations.sql").joinpath("wipe.sql").read_text())'], EMPTIED),
    ],
)  # fmt: skip
def test_what_stands_elsewhere_is_found(imports: str, lines: list[str], rule: str | None) -> None:
    assert of(imports, *lines) == ({rule} if rule else set(), [])


def test_a_file_that_is_not_there_is_not_understood() -> None:
    rules, unclear = of("", 'op.execute(open("sql/sessions.sql").read())')
    assert (rules, unclear) == (set(), ["sql/sessions.sql is not in the tree"])


def test_a_helper_that_is_not_in_the_tree_matters_where_its_name_says_so() -> None:
    assert of("from toolbox import drop_sessions", "drop_sessions()") == (set(), ["toolbox.drop_sessions is in another file"])
    assert of("from toolbox import clear", 'clear("sessions")') == (set(), ["toolbox.clear is in another file"])
    assert of("from toolbox import announce", 'announce("sessions")') == (set(), [])


@pytest.mark.parametrize("text", ["def boom(:\n", "x = " + "(" * 3000 + ")" * 3000 + "\ndef boom(): pass\n"])
def test_a_helper_in_a_file_that_does_not_parse_could_do_anything(text: str) -> None:
    broken = {**TREE, "shop/broken.py": text}
    revision = {REVISION: HEAD.format("from shop.broken import boom", "    boom()\n")}
    assert found(revision, broken) == (set(), ["the file that it is in does not parse"])
    django = {"shop/migrations/0002_x.py": DJANGO.format("from shop.broken import boom", "migrations.RunPython(boom)")}
    assert found(django, broken) == (set(), ["the file that it is in does not parse"])


def test_sql_that_changes_as_well_is_judged_where_it_stands() -> None:
    sql = {"shop/migrations/sql/new.sql": "TRUNCATE sessions;\n"}
    judged = judge(TREE, {**TREE, **sql, REVISION: HEAD.format("", '    op.execute(open("sql/new.sql").read())\n')})
    assert [finding.place.path for finding in judged.findings] == ["shop/migrations/sql/new.sql"]


def test_the_message_says_where_it_stands() -> None:
    head = {REVISION: HEAD.format("from shop.migrations.helpers import drop_sessions", "    drop_sessions()\n")}
    (finding,) = judge(TREE, {**TREE, **head}).findings
    assert "op.drop_table('sessions') (in shop/migrations/helpers.py)" in finding.message
    assert finding.place.line == 9


FORWARD = """
SQL = ["DELETE FROM django_session"]

def clear(apps, editor):
    apps.get_model("sessions", "Session").objects.all().delete()

def tidy(apps, editor):
    apps.get_model("sessions", "Session").objects.filter(expire_date__lt=now()).delete()
"""
DJANGO = "from django.db import migrations\n{}\n\n\nclass Migration(migrations.Migration):\n    operations = [{}]\n"


@pytest.mark.parametrize(
    ("imports", "operation", "rule"),
    [
        ("from shop.forward import clear", "migrations.RunPython(clear)", EMPTIED),
        ("from shop import forward", "migrations.RunPython(forward.clear, migrations.RunPython.noop)", EMPTIED),
        ("from shop.forward import tidy", "migrations.RunPython(tidy)", None),
        ("from shop.forward import SQL", "migrations.RunSQL(SQL)", EMPTIED),
        ("", 'migrations.RunSQL(open("shop/wipe.sql").read())', EMPTIED),
    ],
)
def test_django(imports: str, operation: str, rule: str | None) -> None:
    base = {
        "shop/forward.py": FORWARD,
        "shop/wipe.sql": "TRUNCATE django_session;\n",
    }
    assert found({"shop/migrations/0002_x.py": DJANGO.format(imports, operation)}, base) == ({rule} if rule else set(), [])
