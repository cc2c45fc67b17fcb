"""One visit to a Django site whose settings are those of an example. A process of its own, because a process has one configuration.

    python django_site.py FOLDER login|visit      cookies and tokens come in and go out as JSON

FOLDER holds `shop/settings.py` and, after the first visit, the database and the cache.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def configured(folder: Path, given: dict[str, Any]) -> None:
    """Settings as a module, which is how a site has them: only then is the clock put into their zone."""
    defaults: dict[str, Any] = {
        "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}},
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(folder / "cache")}},
        "SESSION_FILE_PATH": str(folder),
        "ROOT_URLCONF": __name__,
        "ALLOWED_HOSTS": ["*"],
        "DEBUG": False,
        "USE_TZ": True,
        "SECRET_KEY": "what an example does not name is the same on both sides",
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
    }
    module = ModuleType("site_settings")
    vars(module).update({**defaults, **given})
    sys.modules["site_settings"] = module
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"


def me(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse(request.user.get_username() or "nobody")


def main(folder: Path, action: str, held: dict[str, str]) -> dict[str, Any]:
    sys.path.insert(0, str(folder))
    import importlib

    given = {name: value for name, value in vars(importlib.import_module("shop.settings")).items() if name.isupper()}
    configured(folder, given)
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.http import HttpRequest
    from django.test import Client

    if not (folder / "db.sqlite3").exists():
        call_command("migrate", verbosity=0, run_syncdb=True)
        get_user_model().objects.create_user("ada", password="engine")
    user = get_user_model().objects.get()
    if "SIMPLE_JWT" in given:
        from rest_framework_simplejwt.authentication import JWTAuthentication
        from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
        from rest_framework_simplejwt.tokens import RefreshToken

        if action == "login":
            return {"in": True, "held": {"token": str(RefreshToken.for_user(user).access_token)}}
        request = HttpRequest()
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {held['token']}"
        try:
            return {"in": JWTAuthentication().authenticate(request) is not None, "held": held}
        except (InvalidToken, TokenError):
            return {"in": False, "held": held}
    client = Client()
    for name, value in held.items():
        client.cookies[name] = value
    if action == "login":
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    client.raise_request_exception = False
    answer = client.get("/me")
    # What Django deletes stays in the jar as an empty morsel; a browser would drop it.
    return {
        "in": answer.content == b"ada",
        "failed": answer.status_code >= 500,
        "held": {name: morsel.value for name, morsel in client.cookies.items() if morsel.value},
    }


if __name__ == "django_site":
    from django.urls import path

    urlpatterns = [path("me", me)]
elif __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import importlib

    # Imported by its name, so that Django finds its routes there.
    site = importlib.import_module("django_site")
    print(json.dumps(site.main(Path(sys.argv[1]), sys.argv[2], json.load(sys.stdin))))  # noqa: T201
