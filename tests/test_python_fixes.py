"""What --fix makes of Alembic revisions and Django migrations; that the result runs is shown on PostgreSQL by the proofs."""

from __future__ import annotations

import pytest

from safelint import mending
from safelint.gate import Outcome, Wishes, judge
from tests.judging import sides

HEAD = "from alembic import op\nimport sqlalchemy as sa\n\nrevision, down_revision = 'b', 'a'\n\n\n"
PLAIN = HEAD.replace("import sqlalchemy as sa\n", "import sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n")
WISHES = Wishes(min_confidence="low")
REVISION = "migrations/versions/b.py"
DJANGO = "shop/migrations/0002_x.py"


def mended(text: str, path: str = REVISION) -> str:
    base, head, changed = sides({}, {path: text})
    return mending.mend(base, head, changed, WISHES, judge(base, head, changed, WISHES)).after.get(path, text.encode()).decode()


def judged(text: str, path: str = REVISION) -> Outcome:
    return judge(*sides({}, {path: text}), WISHES)


INDEX = (
    PLAIN + 'def upgrade():\n    # ### by hand ###\n    op.create_index(op.f("ix"), "sessions", ["expires"], unique=False)  # why\n',
    PLAIN
    + "def upgrade():\n    # ### by hand ###\n    with op.get_context().autocommit_block():\n"
    + '        op.create_index(op.f("ix"), "sessions", ["expires"], unique=False, postgresql_concurrently=True)  # why\n',
)
LONG = (
    HEAD
    + """def upgrade():
    op.create_index(
        "ix",
        "sessions",  # the table
        ["expires"],  # and the column
    )


def downgrade():
    op.drop_index("ix", table_name="sessions")
""",
    HEAD
    + """def upgrade():
    with op.get_context().autocommit_block():
        op.create_index(
            "ix",
            "sessions",  # the table
            ["expires"],  # and the column
            postgresql_concurrently=True,
        )


def downgrade():
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET lock_timeout = '5s'")
    op.drop_index("ix", table_name="sessions")
""",
)
FOREIGN_KEY = (
    PLAIN + 'def upgrade():\n    """Owners."""\n    op.create_foreign_key("fk", "sessions", "users", ["user_id"], ["id"])\n    op.get_bind()\n',
    PLAIN
    + 'def upgrade():\n    """Owners."""\n    op.execute("SET lock_timeout = \'5s\'")\n'
    + '    op.create_foreign_key("fk", "sessions", "users", ["user_id"], ["id"], postgresql_not_valid=True)\n'
    + '    with op.get_context().autocommit_block():\n        op.execute(\'ALTER TABLE "sessions" VALIDATE CONSTRAINT "fk"\')\n    op.get_bind()\n',
)
CHECK = (
    HEAD + 'def upgrade():\n    op.create_check_constraint("ck_positive", "sessions", "user_id > 0", schema="auth")\n',
    HEAD
    + 'def upgrade():\n    if op.get_context().dialect.name == "postgresql":\n        op.execute("SET lock_timeout = \'5s\'")\n'
    + '    op.create_check_constraint("ck_positive", "sessions", "user_id > 0", schema="auth", postgresql_not_valid=True)\n'
    + '    if op.get_context().dialect.name == "postgresql":\n        with op.get_context().autocommit_block():\n'
    + '            op.execute(\'ALTER TABLE "auth"."sessions" VALIDATE CONSTRAINT "ck_positive"\')\n',
)
BOUNDED = (
    PLAIN
    + 'def upgrade():\n\t# two\n\twith op.batch_alter_table("sessions") as batch:\n'
    + '\t\tbatch.add_column(sa.Column("a", sa.Integer()))\n\t\tbatch.drop_constraint("b")\n',
    PLAIN
    + "def upgrade():\n\t# two\n\top.execute(\"SET lock_timeout = '5s'\")\n"
    + '\twith op.batch_alter_table("sessions") as batch:\n\t\tbatch.add_column(sa.Column("a", sa.Integer()))\n\t\tbatch.drop_constraint("b")\n',
)
STATEMENT = (
    PLAIN + 'def upgrade():\n    op.execute("ALTER TABLE sessions ADD COLUMN a int")\n',
    PLAIN + 'def upgrade():\n    op.execute("SET lock_timeout = \'5s\'")\n    op.execute("ALTER TABLE sessions ADD COLUMN a int")\n',
)


@pytest.mark.parametrize(("before", "after"), [INDEX, LONG, FOREIGN_KEY, CHECK, BOUNDED, STATEMENT], ids=["i", "long", "fk", "check", "batch", "sql"])
def test_what_is_mechanical_is_done(before: str, after: str) -> None:
    assert mended(before) == after
    assert mended(after) == after
    assert not judged(after).findings


UNSURE = [
    # What came before would be committed, and a second try would stumble over it.
    HEAD + 'def upgrade():\n    op.execute("UPDATE x SET y = 1")\n    op.create_index("ix", "sessions", ["a"])\n',
    HEAD + 'def upgrade():\n    with op.batch_alter_table("sessions") as batch:\n        batch.create_index("ix", ["a"])\n',
    HEAD + 'def upgrade():\n    op.create_index("ix", "sessions", ["a"], **options)\n',
    HEAD + 'def upgrade():\n    if op.get_bind().dialect.name == "mysql":\n        op.create_check_constraint("ck_a", "sessions", "a > 0")\n',
    # A naming convention may make another name of it.
    PLAIN + "def upgrade():\n    op.execute(\"SET lock_timeout = '5s'\")\n    op.create_check_constraint('positive', 'sessions', 'a > 0')\n",
    PLAIN + "def upgrade():\n    op.execute(\"SET lock_timeout = '5s'\")\n    op.create_foreign_key(None, 'sessions', 'users', ['a'], ['id'])\n",
]


@pytest.mark.parametrize("text", UNSURE)
def test_what_is_not_sure_is_left(text: str) -> None:
    assert mended(text) == text


CONCURRENTLY = (
    """from django.contrib.postgres.indexes import HashIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        # for the look-up
        migrations.AddIndex(model_name="usersession", index=HashIndex(fields=["key"], name="by_key")),
        migrations.AddIndex(
            model_name="usersession",
            index=HashIndex(fields=["owner"], name="by_owner"),
        ),
    ]
""",
    """from django.contrib.postgres.indexes import HashIndex
from django.db import migrations
from django.contrib.postgres.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]

    operations = [
        # for the look-up
        AddIndexConcurrently(model_name="usersession", index=HashIndex(fields=["key"], name="by_key")),
        AddIndexConcurrently(
            model_name="usersession",
            index=HashIndex(fields=["owner"], name="by_owner"),
        ),
    ]
""",
)


def test_a_django_index_is_built_beside_the_running_work() -> None:
    before, after = CONCURRENTLY
    assert mended(before, DJANGO) == after
    assert not judged(after, DJANGO).findings


def test_a_django_migration_that_is_not_surely_for_postgresql_or_does_more_is_left() -> None:
    before, _ = CONCURRENTLY
    for text in (
        before.replace("from django.contrib.postgres.indexes import HashIndex", "from django.db.models import Index as HashIndex"),
        before.replace("operations = [", 'operations = [\n        migrations.RunSQL("SELECT 1"),'),
    ):
        assert mended(text, DJANGO) == text
