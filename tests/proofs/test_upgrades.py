"""Upgrades, as far as the versions that are installed can show them: what the newer side does to what the older one gave out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.judging import example
from tests.proofs.conftest import need
from tests.proofs.loading import load_module

KEY = "the first key, fifty letters long or thereabouts, no less"


@pytest.mark.parametrize(("kind", "title"), [("Bad", "subjects that are numbers"), ("Good", "subjects that are texts")])
def test_pyjwt_from_2_10_on_refuses_a_number_as_subject(kind: str, title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("jwt")
    from types import SimpleNamespace

    import jwt

    files = {path: text for path, text in example("upgrade-logs-out", kind, title).head.items() if path.endswith(".py")}
    module = load_module(monkeypatch, tmp_path, files, "shop/tokens.py", {"shop/config.py": f"SECRET_KEY = {KEY!r}\n"})

    def verified() -> bool:
        try:
            return bool(jwt.decode(module.create_token(SimpleNamespace(id=7)), KEY, algorithms=["HS256"]))
        except (jwt.InvalidTokenError, TypeError):
            return False

    assert verified() == (kind == "Good")


def test_starlette_from_1_0_on_sends_no_cookie_after_a_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("starlette", "httpx")
    from starlette.testclient import TestClient

    from tests.proofs.sites import _starlette_login, _starlette_me

    monkeypatch.setenv("SECRET_KEY", KEY)
    files = {path: text for path, text in example("upgrade-logs-out", "Bad", "sliding").head.items() if path.endswith(".py")}
    app = load_module(monkeypatch, tmp_path, files, "shop/app.py").app
    app.add_route("/login", _starlette_login)
    app.add_route("/me", _starlette_me)
    client = TestClient(app, base_url="https://shop.test")
    assert "set-cookie" in client.get("/login").headers
    answer = client.get("/me")
    assert answer.text == "ada"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("rounds", [2000, 500], ids=["more", "fewer"])
def test_other_rounds_for_passwords_log_out_the_other_devices(rounds: int, tmp_path: Path) -> None:
    need("django")
    code = """
import sys
from django.conf import settings
settings.configure(
    SECRET_KEY="k" * 50,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    ROOT_URLCONF="__main__",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
)
import django
django.setup()
from django.contrib.auth import authenticate, get_user_model, hashers
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
urlpatterns = [path("me", lambda request: HttpResponse(request.user.get_username() or "nobody"))]
call_command("migrate", verbosity=0)
rounds = hashers.PBKDF2PasswordHasher.iterations
hashers.PBKDF2PasswordHasher.iterations = 1000
user = get_user_model().objects.create_user("ada", password="engine")
phone = Client()
phone.force_login(user)
print(phone.get("/me").content.decode())
hashers.PBKDF2PasswordHasher.iterations = int(sys.argv[1])  # what an upgrade does, or the way back
print(phone.get("/me").content.decode())
authenticate(username="ada", password="engine")  # a login on another device
print(phone.get("/me").content.decode())
print("sessionid" in {name for name, morsel in phone.cookies.items() if morsel.value})
"""
    done = subprocess.run([sys.executable, "-B", "-c", code, str(rounds)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.split() == ["ada", "ada", "nobody", "False"], done.stderr
