"""The way back of a migration: a note by default, and as bad as the way forth for whoever asks."""

from __future__ import annotations

import pytest

from safelint.findings import Finding
from safelint.gate import Outcome, Wishes, judge
from tests.judging import sides

HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision, down_revision = 'b', 'a'\n"
MODEL = 'class S(Base):\n    __tablename__ = "sessions"\n    token = Column(String, primary_key=True)\n{}'
CREATED = 'op.create_table("sessions", sa.Column("token", sa.String()), sa.Column("expires_at", sa.DateTime()))'


def alembic(upgrade: str, downgrade: str) -> dict[str, str]:
    return {"migrations/versions/b.py": f"{HEAD}\ndef upgrade():\n    {upgrade}\n\ndef downgrade():\n    {downgrade}\n"}


def judged(head: dict[str, str], base: dict[str, str] | None = None, **wishes: object) -> Outcome:
    return judge(*sides(base or {}, {**(base or {}), **head}), Wishes(**wishes))  # type: ignore[arg-type]


def found(head: dict[str, str], base: dict[str, str] | None = None) -> set[tuple[str, str]]:
    outcome = judged(head, base, check_downgrade=True)
    return {(each.rule, each.severity) for each in outcome.findings}


GOOSE = {"migrations/3.sql": "-- +goose Up\nCREATE TABLE x (id int);\n-- +goose Down\nTRUNCATE sessions;\n"}
DJANGO = {
    "shop/migrations/0002_x.py": "from django.db import migrations\n\nclass Migration(migrations.Migration):\n    operations = [\n"
    '        migrations.RunSQL("SELECT 1", reverse_sql="DELETE FROM django_session"),\n    ]\n'
}


@pytest.mark.parametrize(
    "head",
    [alembic("pass", 'op.execute("TRUNCATE sessions")'), {"migrations/2.down.sql": "TRUNCATE sessions;"}, GOOSE, DJANGO],
    ids=["alembic", "file", "section", "django"],
)
def test_a_note_unless_somebody_asks(head: dict[str, str]) -> None:
    quiet, loud = judged(head), judged(head, check_downgrade=True)
    assert [(each.rule, each.severity) for each in quiet.findings] == [("session-table-emptied", "info")]
    assert [(each.rule, each.severity) for each in loud.findings] == [("session-table-emptied", "error")]
    assert (quiet.failed, loud.failed) == (False, True)
    assert all(each.message.startswith("downgrade: ") for each in loud.findings)
    configured = {"safelint.toml": "check-downgrade = true\n"}
    assert judged(head, configured).failed


def test_what_is_not_understood_there_matters_to_whoever_asks() -> None:
    head = alembic("pass", "op.execute(sessions_sql())")
    assert not judged(head, strict=True).failed
    assert judged(head, strict=True, check_downgrade=True).failed


def test_switching_it_off_is_told_with_what_it_lets_through() -> None:
    outcome = judged({**GOOSE, "safelint.toml": ""}, {"safelint.toml": "check-downgrade = true\n"})
    (weakened,) = [each for each in outcome.findings if each.rule == "gate-weakened"]
    assert weakened.severity == "error"
    assert "lets 1 finding of this very change through" in weakened.message


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "rules"),
    [
        ('op.add_column("sessions", sa.Column("mobile", sa.Boolean()))', 'op.drop_column("sessions", "mobile")', set()),
        ('op.rename_table("sessions", "logins")', 'op.rename_table("logins", "sessions")', set()),
        ('op.alter_column("sessions", "a", new_column_name="b")', 'op.alter_column("sessions", "b", new_column_name="a")', set()),
        (CREATED, 'op.drop_table("sessions")', set()),
        ("pass", 'op.drop_table("sessions")', {("session-table-dropped", "error")}),
        (f'{CREATED}\n    op.execute("INSERT INTO sessions SELECT * FROM user_sessions")', 'op.drop_table("sessions")', {("session-table-dropped", "error")}),
        ("pass", 'op.rename_table("sessions", "logins")', {("session-table-moved", "error")}),
        ("pass", 'op.create_index("i", "sessions", ["a"])', {("session-index-built-under-a-lock", "warning")}),
    ],
)
def test_taking_back_what_the_way_forth_brought_is_no_loss(upgrade: str, downgrade: str, rules: set[tuple[str, str]]) -> None:
    text = alembic("pass", downgrade) if upgrade == "pass" else alembic(upgrade, downgrade)
    only_back: list[Finding] = [each for each in judged(text, check_downgrade=True).findings if each.direction == "downgrade"]
    assert {(each.rule, each.severity) for each in only_back} == rules


def test_the_code_to_go_back_to_is_asked_for_the_columns() -> None:
    before, after = MODEL.format("    kind = Column(String)\n"), MODEL.format("")
    drop = alembic("pass", 'op.drop_column("sessions", "kind")')
    assert found({**drop, "shop/models.py": after}, {"shop/models.py": before}) == {("session-column-removed", "error")}
    assert found({**drop, "shop/models.py": before}, {"shop/models.py": after}) == set()
