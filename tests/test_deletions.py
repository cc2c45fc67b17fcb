"""Code outside of migrations that empties a table."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import Fact
from safelint.facts.tables import TableEmptiedByCode
from safelint.readers import Source, Unreadable
from safelint.readers.python import deletions

DJANGO = (
    "from django.contrib.sessions.models import Session\nfrom django.db import connection\nfrom django.utils import timezone\nfrom .models import APIToken\n"
)
ALCHEMY = "from shop.models import UserSession, Game\nfrom shop import db\nfrom sqlalchemy import delete, text\n"


def emptied(text: str, path: str = "shop/accounts/sessions.py") -> list[str]:
    return [fact.table for fact in deletions.read(Source(path, text)) if isinstance(fact, TableEmptiedByCode)]


@pytest.mark.parametrize(
    ("head", "body", "tables"),
    [
        (DJANGO, "Session.objects.all().delete()", ["django_session"]),
        (DJANGO, "APIToken.objects.all().delete()", ["accounts_apitoken"]),
        (DJANGO, "for each in Session.objects.all():\n    each.delete()", ["django_session"]),
        (DJANGO, "Session.objects.filter(expire_date__lt=timezone.now()).delete()", []),
        (DJANGO, "Session.objects.filter(user=user).delete()", []),
        (DJANGO, "for each in Session.objects.all():\n    if each.user == user:\n        each.delete()", []),
        (DJANGO, "with connection.cursor() as cursor:\n    cursor.execute('TRUNCATE django_session')", ["django_session"]),
        (ALCHEMY, "db.session.query(UserSession).delete()", ["UserSession"]),
        (ALCHEMY, "UserSession.query.delete()", ["UserSession"]),
        (ALCHEMY, "db.session.execute(delete(UserSession))", ["UserSession"]),
        (ALCHEMY, "delete(UserSession)", []),
        (ALCHEMY, "db.session.query(UserSession).filter_by(user_id=1).delete()", []),
        (ALCHEMY, "db.session.query(UserSession).filter(UserSession.id == x).delete()", []),
        (ALCHEMY, "db.session.query(Game).delete()", []),
        (ALCHEMY, "db.session.execute(text('DELETE FROM user_sessions'))", ["user_sessions"]),
        (ALCHEMY, "db.session.delete(user_session)", []),
        (ALCHEMY, "requests.delete('https://shop.example/sessions')", []),
    ],
)
def test_code(head: str, body: str, tables: list[str]) -> None:
    assert emptied(head + "def run(user, x):\n" + textwrap.indent(body, "    ")) == tables
    assert emptied(head + body) == tables


@pytest.mark.parametrize(
    ("path", "one_off"),
    [
        ("shop/management/commands/tidy.py", True),
        ("scripts/tidy.py", True),
        ("deploy.py", True),
        ("shop/views.py", False),
        ("shop/sessions/store.py", False),
    ],
)
def test_what_runs_once(path: str, one_off: bool) -> None:
    (fact,) = deletions.read(Source(path, DJANGO + "def run():\n    Session.objects.all().delete()\n"))
    assert isinstance(fact, TableEmptiedByCode)
    assert fact.one_off is one_off


def test_migrations_have_a_reader_of_their_own() -> None:
    assert emptied("from alembic import op\ndef upgrade():\n    op.execute('DELETE FROM sessions')") == []
    assert emptied("from django.db import migrations\ndef forwards(apps, _):\n    apps.get_model('a', 'Session').objects.all().delete()") == []


def test_said_once() -> None:
    text = DJANGO + "def wipe():\n    Session.objects.all().delete()\ndef run():\n    wipe()  # .delete()\n"
    assert emptied(text) == ["django_session"]


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Session", ".objects", ".all()", ".delete()", "for x in ", ":\n    ", "x", "=", "(", ")", "[", "]", "\n", "execute", "'DELETE FROM s'"]
        ),
        max_size=20,
    )
)
def test_any_code(pieces: list[str]) -> None:
    try:
        assert all(isinstance(fact, Fact) for fact in deletions.read(Source("a.py", DJANGO + "".join(pieces))))
    except Unreadable:
        return
