"""A command that cleans up, run by Django itself over one live and one expired session."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need

RUN = """
import datetime, sys
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.sessions", "shop"], USE_TZ=True, SECRET_KEY="x" * 50,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

call_command("migrate", verbosity=0)
live, expired = SessionStore(), SessionStore()
live.create(), expired.create()
Session.objects.filter(pk=expired.session_key).update(expire_date=timezone.now() - datetime.timedelta(days=1))
call_command("cleanup")
print(SessionStore().exists(live.session_key), SessionStore().exists(expired.session_key))
"""


@pytest.mark.parametrize(("kind", "title", "left"), [("Bad", "a command", "False False"), ("Good", "only what", "True False")])
def test_what_the_command_leaves(tmp_path: Path, kind: str, title: str, left: str) -> None:
    need("django")
    for path, text in example("sessions-deleted-by-code", kind, title).head.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True)
        target.write_text(text)
    for folder in ("shop", "shop/management", "shop/management/commands"):
        (tmp_path / folder / "__init__.py").touch()
    ran = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == left
