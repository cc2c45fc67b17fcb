"""Alembic and sqlalchemy-migrate revisions, read and never run."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import Fact
from safelint.facts.migrations import ColumnRetyped, Revision, RowsDeleted, Statement
from safelint.readers import Source, Unreadable
from safelint.readers.python import alembic
from tests.statements import downgrade, facts_of, upgrade

HEAD = """
import datetime, os, pathlib
import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.orm import Session
from shop.models import UserSession
from shop.helpers import drop_safely
revision, down_revision = "b", "a"
"""


def steps(body: str, before: str = "") -> list[str]:
    return upgrade(HEAD + textwrap.dedent(before) + "\ndef upgrade():\n" + textwrap.indent(textwrap.dedent(body), "    "))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('op.drop_table("sessions")', ["TableDropped sessions"]),
        ('op.drop_table("sessions", schema="auth", if_exists=True)', ["TableDropped auth.sessions"]),
        ('op.drop_table("sessions", schema="public")', ["TableDropped sessions"]),
        ('op.drop_table(table_name="sessions")', ["TableDropped sessions"]),
        ('op.rename_table("sessions", "old_sessions")', ["TableRenamed sessions old_sessions"]),
        ('op.add_column("sessions", sa.Column("kind", sa.String(3)))', ["ColumnAdded sessions kind null"]),
        ('op.add_column("s", sa.Column("k", sa.Integer(), nullable=False, server_default="0"))', ["ColumnAdded s k required constant"]),
        ('op.add_column("s", sa.Column("k", sa.DateTime, server_default=sa.func.now()))', ["ColumnAdded s k null stable"]),
        ('op.add_column("s", sa.Column("k", sa.UUID(), server_default=sa.text("gen_random_uuid()")))', ["ColumnAdded s k null volatile"]),
        ('op.add_column("s", sa.Column("k", sa.Integer(), index=True))', ["ColumnAdded s k null", "IndexCreated s k"]),
        ('op.drop_column("sessions", "token")', ["ColumnDropped sessions token"]),
        ('op.alter_column("s", "a", new_column_name="b")', ["ColumnRenamed s a b"]),
        ('op.alter_column("s", "a", nullable=False)', ["ColumnNullabilityChanged s"]),
        ('op.alter_column("s", "a", server_default=None)', ["ColumnDefaultChanged s"]),
        ('op.alter_column("s", "a", existing_type=sa.Text(), comment="x")', []),
        ('op.create_index("ix", "s", ["a", sa.text("lower(b)")], unique=True)', ["IndexCreated s a (lower(b))"]),
        ('op.create_index("ix", "s", ["a"], postgresql_concurrently=True)', ["IndexCreated s a concurrently postgresql"]),
        ('op.drop_index(op.f("ix_s_a"), table_name="s")', ["IndexDropped s"]),
        ('op.create_unique_constraint("uq", "s", ["a"])', ["ConstraintAdded s unique a"]),
        ('op.create_primary_key("pk", "s", ["a"])', ["ConstraintAdded s primary key a"]),
        ('op.create_foreign_key(None, "s", "users", ["user_id"], ["id"], ondelete="CASCADE")', ["ConstraintAdded s foreign key user_id"]),
        ('op.create_foreign_key("fk", "s", "users", ["u"], ["id"], postgresql_not_valid=True)', ["ConstraintAdded s foreign key u not valid"]),
        ('op.create_check_constraint("ck", "s", "a > 0")', ["ConstraintAdded s check"]),
        ('op.create_check_constraint("ck", "s", sa.column("a") > 0)', ["ConstraintAdded s check"]),
        ('op.drop_constraint("uq", "s", type_="unique")', ["ConstraintDropped s"]),
        ('op.create_table("s", sa.Column("id", sa.Integer, primary_key=True), sa.UniqueConstraint("id"))', ["TableCreated s id"]),
        ('op.bulk_insert(sa.table("sessions"), [{"id": 1}])', []),
        ('op.get_bind()\nop.create_table_comment("sessions", "x")', []),
    ],
)
def test_operations(body: str, expected: list[str]) -> None:
    assert steps(body) == expected


def test_every_operation_of_alembic_has_an_answer() -> None:
    from alembic.operations import BatchOperations, Operations

    theirs = {name for kind in (Operations, BatchOperations) for name in dir(kind) if not name.startswith("_")}
    ours = alembic.KNOWN | alembic.HARMLESS | alembic.UNCLEAR
    assert (
        theirs - ours - {"batch", "impl", "migration_context", "schema_obj", "invoke_for_target", "invoke_for_target_and_schema", "create_module_class_proxy"}
        == set()
    )
    for name in alembic.KNOWN - {"batch_alter_table", "execute"}:
        assert hasattr(alembic.AlembicWalk, f"_op_{name}"), name


def test_batch() -> None:
    body = """
        with op.batch_alter_table("sessions", schema="auth") as batch_op:
            batch_op.add_column(sa.Column("a", sa.Integer()))
            batch_op.drop_column("b")
            batch_op.alter_column("c", new_column_name="d")
            batch_op.create_index("ix", ["a"])
            batch_op.create_foreign_key("fk", "users", ["u"], ["id"])
            batch_op.create_unique_constraint("uq", ["a"])
            batch_op.drop_constraint("x", type_="unique")
            batch_op.drop_index(batch_op.f("ix"))
    """
    assert steps(body) == [
        "ColumnAdded auth.sessions a null",
        "ColumnDropped auth.sessions b",
        "ColumnRenamed auth.sessions c d",
        "IndexCreated auth.sessions a",
        "ConstraintAdded auth.sessions foreign key u",
        "ConstraintAdded auth.sessions unique a",
        "ConstraintDropped auth.sessions",
        "IndexDropped auth.sessions",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('op.execute("TRUNCATE sessions")', ["TableTruncated sessions"]),
        ('op.execute(sa.text("TRUNCATE sessions"))', ["TableTruncated sessions"]),
        ('op.execute(f"DELETE FROM {T}")', ["RowsDeleted sessions all"]),
        ('op.execute("DELETE FROM %s" % T)', ["RowsDeleted sessions all"]),
        ('op.execute("DELETE FROM {} WHERE {x}".format(T, x="1=1"))', ["RowsDeleted sessions all"]),
        ('op.execute("DELETE FROM " + T)', ["RowsDeleted sessions all"]),
        ("op.execute(SQL)", ["RowsDeleted sessions expired", "TableTruncated user_sessions"]),
        ('for name in ("sessions", "tokens"):\n    op.execute(f"DELETE FROM {name}")', ["RowsDeleted sessions all", "RowsDeleted tokens all"]),
        ('[op.drop_table(n) for n in ["a", "b"]]', ["TableDropped a", "TableDropped b"]),
        ('for t, c in {"sessions": "a"}.items():\n    op.drop_column(t, c)', ["ColumnDropped sessions a"]),
        ('for i, t in enumerate(["a"]):\n    op.drop_table("sessions")', ["TableDropped sessions sometimes"]),
        ('wipe("sessions")', ["RowsDeleted sessions all"]),
        ('wipe(table="sessions")', ["RowsDeleted sessions all"]),
        ("wipe_default()", ["RowsDeleted tokens all"]),
        ('sql = "TRUNCATE a"\nop.execute(sql)\nsql = "TRUNCATE b"\nop.execute(sql)', ["TableTruncated a", "TableTruncated b"]),
        ('op.get_bind().execute(sa.text("DELETE FROM sessions")).rowcount', ["RowsDeleted sessions all"]),
        ('op.get_bind().exec_driver_sql("DELETE FROM sessions")', ["RowsDeleted sessions all"]),
        ('bind = op.get_bind()\nif bind.execute(sa.text("SELECT 1")).scalar():\n    op.drop_table("sessions")', ["TableDropped sessions sometimes"]),
        ('with op.get_context().autocommit_block():\n    op.drop_table("sessions")', ["TableDropped sessions"]),
        ('if context.get_x_argument(as_dictionary=True).get("wipe"):\n    op.drop_table("sessions")', ["TableDropped sessions sometimes"]),
        ('if op.get_bind().dialect.name == "postgresql":\n    op.drop_table("sessions")', ["TableDropped sessions postgresql"]),
        ('if op.get_bind().dialect.name != "sqlite":\n    op.drop_table("sessions")', ["TableDropped sessions"]),
        ('if False:\n    op.drop_table("sessions")', []),
        ('return\nop.drop_table("sessions")', []),
        ('raise NotImplementedError\nop.drop_table("sessions")', []),
        ('if x:\n    raise Exception\nop.drop_table("sessions")', ["TableDropped sessions"]),
        ('if x:\n    return\nop.drop_table("sessions")', ["TableDropped sessions"]),
        ('try:\n    op.drop_table("sessions")\nexcept Exception:\n    pass', ["TableDropped sessions"]),
        ('while op.get_bind().execute(sa.text("DELETE FROM sessions")).rowcount:\n    pass', ["RowsDeleted sessions all"]),
        ("def inner():\n    op.drop_table(T)\ninner()", ["TableDropped sessions"]),
        ("upgrade()", []),
        ('drop = op.drop_table\ndrop("sessions")', ["TableDropped sessions"]),
        ('getattr(op, "drop_" + "table")("sessions")', ["TableDropped sessions"]),
        ('list(map(op.drop_table, ["a", "b"]))', ["TableDropped a", "TableDropped b"]),
        ('from alembic.op import drop_table as d\nd("a")', ["TableDropped a"]),
        ('op.execute(sa.DDL("DROP TABLE a"))', ["TableDropped a"]),
        ('async def f(c):\n    await c.execute(sa.text("TRUNCATE a"))\nop.run_async(f)', ["TableTruncated a"]),
        ('meta = sa.MetaData()\nmeta.reflect(op.get_bind())\nmeta.tables["sessions"].drop(op.get_bind())', ["TableDropped sessions"]),
        ("for s in Session(op.get_bind()).query(UserSession).all():\n    s.revoked = True", ["RowsUpdated UserSession all revoked"]),
        ("db = Session(op.get_bind())\nfor s in db.query(UserSession):\n    db.delete(s)", ["RowsDeleted UserSession all"]),
        ("db = Session(op.get_bind())\nfor s in db.query(UserSession):\n    if s.old:\n        db.delete(s)", ["RowsDeleted UserSession unknown"]),
        ('op.execute("TRUNCATE a" if late() else "TRUNCATE b")', ["TableTruncated a sometimes", "TableTruncated b sometimes"]),
        ('op.execute("TRUNCATE a" if 1 else "TRUNCATE b")', ["TableTruncated a"]),
        ('while more():\n    op.execute("DELETE FROM a LIMIT 100")', ["RowsDeleted a all sometimes"]),
        ('while more():\n    op.execute("DELETE FROM a WHERE id IN (SELECT id FROM a LIMIT 9)")', ["RowsDeleted a all sometimes"]),
        ('while more():\n    op.execute("DELETE FROM a WHERE id IN (SELECT id FROM a WHERE expires < now() LIMIT 9)")', ["RowsDeleted a expired sometimes"]),
        ('op.execute("DELETE FROM a" + condition)', ["RowsDeleted a unknown"]),
    ],
)
def test_code(body: str, expected: list[str]) -> None:
    before = '''
        T = "sessions"
        SQL = """
        DELETE FROM sessions WHERE expires_at < now();
        TRUNCATE user_sessions
        """
        def wipe(table):
            op.execute(f"DELETE FROM {table}")
        def wipe_default(table="tokens"):
            wipe(table)
    '''
    assert steps(body, before) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.execute(t.delete())", ["RowsDeleted sessions all"]),
        ("t.delete()", []),
        ("x = t.delete()\nop.get_bind().execute(x)", ["RowsDeleted sessions all"]),
        ("op.execute(sa.delete(t))", ["RowsDeleted sessions all"]),
        ("op.execute(t.delete().where(t.c.id != None))", ["RowsDeleted sessions all"]),
        ("op.execute(t.delete().where(t.c.expires_at < sa.func.now()))", ["RowsDeleted sessions expired"]),
        ("op.execute(t.delete().where(t.c.expires_at < datetime.datetime.utcnow() - datetime.timedelta(days=1)))", ["RowsDeleted sessions expired"]),
        ("op.execute(t.delete().where(t.c.expires_at > sa.func.now()))", ["RowsDeleted sessions live"]),
        ("op.execute(t.delete().where(t.c.kind == 'x'))", ["RowsDeleted sessions some"]),
        ("op.execute(t.delete().where(sa.or_(t.c.id.is_(None), t.c.id.isnot(None))))", ["RowsDeleted sessions all"]),
        ("op.execute(t.update().values(expires_at=None))", ["RowsUpdated sessions all expires_at"]),
        ("op.execute(t.update().where(t.c.a == 1).values({t.c.token: 'x'}))", ["RowsUpdated sessions some token"]),
        ("op.execute(sa.update(t).values({'token': None}))", ["RowsUpdated sessions all token"]),
        ("Session(bind=op.get_bind()).query(Own).delete()", ["RowsDeleted own_sessions all"]),
        ("s = Session(op.get_bind())\ns.query(Own).filter(Own.expires_at < sa.func.now()).delete()", ["RowsDeleted own_sessions expired"]),
        ("s = Session(op.get_bind())\ns.query(Own).filter_by(kind='x').delete(synchronize_session=False)", ["RowsDeleted own_sessions some"]),
        ("Session(op.get_bind()).query(UserSession).delete()", ["RowsDeleted UserSession all"]),
        ("op.get_bind().execute(sa.delete(Own))", ["RowsDeleted own_sessions all"]),
        ("op.get_bind().execute(Own.__table__.delete())", ["RowsDeleted own_sessions all"]),
        ("new = op.create_table('n', sa.Column('id', sa.Integer))\nop.execute(new.delete())", ["TableCreated n id", "RowsDeleted n all"]),
        ("op.execute(sa.delete(t).where(t.c.id.in_(sa.select(t.c.id).where(t.c.kind == 'x').subquery())))", ["RowsDeleted sessions some"]),
        ("op.execute(sa.delete(t).where(t.c.id.in_(sa.select(sa.select(t.c.id).join(n).limit(9).cte()))))", ["RowsDeleted sessions some"]),
        ("op.execute(sa.delete(t).where(t.c.id.in_(elsewhere())))", ["RowsDeleted sessions some"]),
        ("op.execute(sa.schema.DropTable(t))", ["TableDropped sessions"]),
        ("op.execute(sa.schema.CreateSchema('x'))", []),
        ("op.execute(n.select())", []),
        ("op.execute(n.insert().from_select(['id'], sa.select(t)))", ["RowsCopied n"]),
    ],
)
def test_sqlalchemy(body: str, expected: list[str]) -> None:
    before = """
        t = sa.table("sessions", sa.column("id"), sa.column("expires_at"))
        n = sa.Table("n", sa.MetaData(), sa.Column("id", sa.Integer))
        class Own(Base):
            __tablename__ = "own_sessions"
            expires_at = sa.Column(sa.DateTime)
    """
    assert steps(body, before) == expected


def test_not_understood_only_where_it_could_matter() -> None:
    assert steps("op.execute(compute())") == ["? op.execute(compute())"]
    assert steps('op.execute(open("wipe.txt").read())') == ["? op.execute(open('wipe.txt').read())"]
    assert steps('drop_safely("sessions")') == ["? drop_safely('sessions')"]
    assert steps('drop_safely("invoices")') == []
    assert steps("Runner().execute(task)") == []


def test_downgrade_is_told_apart() -> None:
    text = HEAD + 'def upgrade():\n    pass\ndef downgrade():\n    op.drop_table("sessions")\n    op.execute(compute())\n'
    assert upgrade(text) == []
    assert downgrade(text) == ["TableDropped sessions", "? op.execute(compute())"]


def test_several_databases() -> None:
    text = HEAD + 'def upgrade(name):\n    globals()[f"upgrade_{name}"]()\ndef upgrade_main():\n    op.drop_table("sessions")\n'
    assert upgrade(text) == ["TableDropped sessions"]


def test_sqlalchemy_migrate() -> None:
    text = """
from sqlalchemy import Column, MetaData, Table, Unicode
def upgrade(migrate_engine):
    meta = MetaData(bind=migrate_engine)
    migrate_engine.execute("DELETE FROM sessions")
    table = Table("session", meta, autoload=True)
    table.c.token.drop()
    table.c.key.alter(name="session_key")
    Column("kind", Unicode(10)).create(table)
    table.rename("user_session")
    table.drop()
"""
    assert upgrade(text) == [
        "RowsDeleted sessions all",
        "ColumnDropped session token",
        "ColumnRenamed session key session_key",
        "ColumnAdded session kind null",
        "TableRenamed session user_session",
        "TableDropped session",
    ]


def test_everything_imported_without_a_name() -> None:
    text = """
from sqlalchemy import *
from migrate import *
metadata = MetaData()
def upgrade(migrate_engine):
    for name in ["session", "token"]:
        table = Table(name, metadata, autoload=True)
        migrate_engine.execute(table.update(values={table.c.token: None}))
        migrate_engine.execute(table.insert(values={"a": 1}))
        migrate_engine.execute(table.delete())
"""
    assert upgrade(text) == ["RowsUpdated session all token", "RowsDeleted session all", "RowsUpdated token all token", "RowsDeleted token all"]


def test_types_before_and_after() -> None:
    text = HEAD + 'def upgrade():\n    op.alter_column("s", "a", existing_type=sa.String(40), type_=sa.String(length=20))\n'
    (fact,) = [fact for fact in facts_of(text, "versions/a.py") if isinstance(fact, ColumnRetyped)]
    assert (fact.was, fact.type) == ("varchar(40)", "varchar(20)")


def test_time_zones_are_part_of_a_type() -> None:
    text = HEAD + 'def upgrade():\n    op.alter_column("s", "a", existing_type=sa.DateTime(), type_=sa.DateTime(timezone=True))\n'
    (fact,) = [fact for fact in facts_of(text, "versions/a.py") if isinstance(fact, ColumnRetyped)]
    assert fact.was != fact.type


def test_places() -> None:
    text = HEAD + 'SQL = """\nSELECT 1;\n  DELETE FROM sessions;\n"""\ndef upgrade():\n    op.execute(SQL)\n    op.execute("x; TRUNCATE tokens")\n'
    found = [fact for fact in facts_of(text, "versions/a.py") if isinstance(fact, Statement)]
    assert [(fact.place.line, fact.place.column) for fact in found] == [(HEAD.count("\n") + 3, 3), (HEAD.count("\n") + 7, 20)]
    assert text.split("\n")[found[1].place.line - 1][found[1].place.column - 1 :].startswith("TRUNCATE")


def test_order_and_transactions() -> None:
    text = HEAD + 'def upgrade():\n    op.drop_table("a")\n    with op.get_context().autocommit_block():\n        op.drop_table("b")\n    op.drop_table("c")\n'
    found = [fact for fact in facts_of(text, "versions/a.py") if isinstance(fact, Statement)]
    assert [(fact.table, fact.position, fact.transactional) for fact in found] == [("a", 0, True), ("b", 1, False), ("c", 2, True)]


def test_revision() -> None:
    (found,) = facts_of('from alembic import op\nrevision = "c"\ndown_revision = ("a", "b")\ndef upgrade(): pass', "versions/c.py")
    assert isinstance(found, Revision)
    assert (found.name, found.after) == ("c", ("a", "b"))


def test_a_loop_without_end_is_not_followed() -> None:
    body = "for a in range(9):\n    pass\n" + "for a in " + str(list(range(400))) + ":\n    for b in " + str(list(range(400))) + ":\n        op.f(b)\n"
    assert steps(body) == ["? upgrade()"]


PIECES = st.sampled_from(
    ["op", "sa", "t", ".", "(", ")", "execute", "'sessions'", "[", "]", "for x in ", ":\n        ", "if ", "\n    ", "delete", "=", ",", "f'{x}'", "with ",
     "return ", "lambda: ", "*", "**", "text", "table", "None", "not ", "while ", "batch_alter_table", "drop_table", "where", "c", "x", "def f():"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_any_code(pieces: list[str]) -> None:
    source = Source("versions/a.py", HEAD + "def upgrade():\n    " + "".join(pieces) + "\n")
    try:
        found: list[Fact] = list(alembic.read(source))
    except Unreadable:
        return
    assert all(isinstance(fact, Fact) for fact in found)


NAMES = st.sampled_from(["sessions", "user_sessions", "auth_user"])


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["drop", "empty"]), NAMES), max_size=5), st.booleans(), st.booleans())
def test_the_same_written_differently(plan: list[tuple[str, str]], constant: bool, helper: bool) -> None:
    """A constant or a helper in between changes no fact."""
    before = "".join(f"N{index} = {name!r}\n" for index, (_, name) in enumerate(plan))
    before += "def drop(name):\n    op.drop_table(name)\ndef empty(name):\n    op.execute(f'DELETE FROM {name}')\n"
    lines = []
    for index, (verb, name) in enumerate(plan):
        written = f"N{index}" if constant else repr(name)
        lines.append(f"{verb}({written})" if helper else f"op.drop_table({written})" if verb == "drop" else f"op.execute('DELETE FROM ' + {written})")
    expected = [f"TableDropped {name}" if verb == "drop" else f"RowsDeleted {name} all" for verb, name in plan]
    assert steps("\n".join(lines) or "pass", before) == expected
    assert all(fact.rows == "all" for fact in facts_of("", "versions/x.py") if isinstance(fact, RowsDeleted))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("op.alter_column('users', 'shoe_size', existing_type=sa.Integer(), nullable=False, server_default=sa.text('38'))",
         "op.alter_column('users', 'shoe_size', ...)"),
        ("op.add_column('users', sa.Column('shoe_size', sa.Integer(), nullable=False, server_default=sa.text('38')))",
         "op.add_column('users', sa.Column('shoe_size', ...), ...)"),
        ("op.create_index(op.f('ix_users_shoe_size'), 'users', ['shoe_size'], postgresql_where=sa.text('shoe_size > 38'))",
         "op.create_index(op.f('ix_users_shoe_size'), 'users', ['shoe_size'], ...)"),
        ("op.create_index(f'ix_users_{NAME}', 'users', ['shoe_size'], unique=True, postgresql_where=sa.text('shoe_size > 38'))",
         "op.create_index(f'ix_users_{NAME}', ...)"),
    ],
)  # fmt: skip
def test_a_message_says_what_an_operation_is_about(code: str, said: str) -> None:
    facts = facts_of(HEAD + "NAME = 'x'\n\ndef upgrade():\n    " + code + "\n", "alembic/versions/1_x.py")
    assert {fact.statement for fact in facts if isinstance(fact, Statement)} == {said}
