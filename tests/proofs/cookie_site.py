"""A site that keeps logins in the session cookie of its framework, in the configuration of an example.

    python cookie_site.py django|flask SETTINGS DATABASE      prints its port, and serves until it is ended

At any path that ends with it: `login`, `logout`, `who` (says who is logged in). Sites that share a database share sessions.
"""

from __future__ import annotations

import runpy
import sys
import time
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

KEY = "what an example does not name is the same on both sides"


def django_application(given: dict[str, Any], database: str) -> Any:
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    defaults: dict[str, Any] = {
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": __name__,
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    }
    fixed = {"INSTALLED_APPS": ["django.contrib.sessions"], "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"], "ALLOWED_HOSTS": ["*"]}
    settings.configure(**{**defaults, **given, **fixed})
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return get_wsgi_application()


def django_view(request: Any, action: str) -> Any:
    from django.http import HttpResponse

    if action == "login":
        request.session.cycle_key()
        request.session["user"] = "ada"
    elif action == "logout":
        request.session.flush()
    return HttpResponse(request.session.get("user", "nobody"))


def flask_application(given: dict[str, Any]) -> Any:
    from flask import Flask, session

    app = Flask("proved_shop")
    app.config.from_mapping(SECRET_KEY=KEY)
    app.config.from_mapping(given)

    def view(prefix: str = "", action: str = "who") -> str:
        if action == "login":
            session.update(user="ada", at=time.time())  # no login is like another: a browser keeps the place of a cookie that stays the same
        elif action == "logout":
            session.clear()
        return str(session.get("user", "nobody"))

    app.add_url_rule("/<action>", view_func=view, endpoint="root")
    app.add_url_rule("/<path:prefix>/<action>", view_func=view, endpoint="below")
    return app


def tokens_application(given: dict[str, Any]) -> Any:
    """The same of Flask-JWT-Extended: the cookie holds a token, which ends by itself."""
    import flask_jwt_extended as extended
    from flask import Flask, make_response

    app = Flask("proved_shop")
    app.config.from_mapping(given)
    extended.JWTManager(app)

    def view(prefix: str = "", action: str = "who") -> Any:
        if action == "login":
            answer = make_response("ada")
            extended.set_access_cookies(answer, extended.create_access_token(identity="ada"))
            return answer
        extended.verify_jwt_in_request()
        return str(extended.get_jwt_identity())

    app.add_url_rule("/<action>", view_func=view, endpoint="root")
    app.add_url_rule("/<path:prefix>/<action>", view_func=view, endpoint="below")
    return app


APPLICATIONS = {"flask": flask_application, "flask_jwt_extended": tokens_application}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return None


def main(framework: str, settings: str, database: str) -> None:
    given = {name: value for name, value in runpy.run_path(settings).items() if name.isupper()}
    application = django_application(given, database) if framework == "django" else APPLICATIONS[framework](given)
    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        print(server.server_port, flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    sys.modules["cookie_site"] = sys.modules["__main__"]
    if sys.argv[1] == "django":
        from django.urls import re_path

        urlpatterns = [re_path(r"^(?:.*/)?(?P<action>login|logout|who)$", django_view)]
    main(*sys.argv[1:])
