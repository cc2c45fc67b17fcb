"""The session contract, row by row: what each change of a setting does to the people who are logged in, and what a rollback does then.

The outcomes were measured on the real libraries. `NO_STATIC_FORM` says of which measured rows no text tells, and why.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.judging import RULES, judge

OLD, NEW = "the first key, fifty letters long or thereabouts, no less", "the second key, just as long as the first one ever was"
APPS = 'INSTALLED_APPS = ["django.contrib.auth", "django.contrib.sessions"]\nUSE_TZ = True\n'
ENGINES = {name: f"django.contrib.sessions.backends.{name}" for name in ("db", "file", "cache", "cached_db", "signed_cookies")}
JUDGED = tuple(rule for rule in RULES if rule.cause in ("keys", "store", "cookies", "upgrades"))


@dataclass(frozen=True)
class Row:
    """A change and what is found: "rule impact rollback", nothing where nobody notices. `path` holds both texts."""

    name: str
    base: str
    head: str
    finds: str = ""
    path: str = "shop/settings.py"
    beside: tuple[tuple[str, str], ...] = ()


SESSIONS, AUTH = "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"
ADD_SESSIONS = "from shop.config import KEY, STORE\nfrom {} import SessionMiddleware\n\n\ndef setup(app):\n    app.add_middleware(SessionMiddleware, {})\n"
SET_POLICY = (
    "from pyramid.authentication import AuthTktAuthenticationPolicy, SessionAuthenticationPolicy\nfrom shop.config import KEY\nfrom shop.own import Own\n\n\n"
    "def includeme(config):\n    config.set_authentication_policy({})\n"
)


def django(name: str, base: str, head: str, finds: str = "", engine: str = "", **beside: str) -> Row:
    """A change of a Django settings module, with the engine where it matters."""
    common = APPS + (f'SESSION_ENGINE = "{ENGINES[engine]}"\n' if engine else "")
    return Row(f"django {name}" + (f" ({engine})" if engine else ""), common + base, common + head, finds)


def flask(name: str, base: str, head: str, finds: str = "", version: str = "3.1.3", common: str = "") -> Row:
    """A change of a Flask application's configuration: lines of NAME = value."""

    def text(lines: str) -> str:
        settings = [line.split(" = ", 1) for line in (common + lines).split("\n") if line]
        body = "".join(f'app.config["{setting}"] = {value}\n' for setting, value in settings)
        extension = "from flask_session import Session\n\nSession()\n" if "SESSION_TYPE" in common + base + head else ""
        return f"import os\n\nfrom flask import Flask\n{extension}\napp = Flask(__name__)\n{body}"

    return Row(f"flask {name}", text(base), text(head), finds, "shop/app.py", (("requirements.txt", f"flask=={version}\n"),))


def starlette(name: str, base: str, head: str, finds: str = "") -> Row:
    """A change of SessionMiddleware's arguments."""
    start = "import os\n\nfrom starlette.applications import Starlette\nfrom starlette.middleware.sessions import SessionMiddleware\n\napp = Starlette()\n"

    def text(arguments: str) -> str:
        return start + f"app.add_middleware(SessionMiddleware, {arguments})\n"

    return Row(f"starlette {name}", text(base), text(head), finds, "shop/app.py")


def users(name: str, base: str, head: str, finds: str = "", component: str = "JWTStrategy") -> Row:
    """A change of the arguments of fastapi-users' strategies and transports."""
    module = "strategy.db" if component == "DatabaseStrategy" else ""
    start = f"from fastapi_users.authentication{'.' if module else ''}{module} import {component}\n\nfrom shop.config import KEY, store\n\n\ndef make():\n"
    return Row(f"fastapi-users {name}", start + f"    return {component}({base})\n", start + f"    return {component}({head})\n", finds, "shop/auth.py")


def signed(name: str, base: str, head: str, finds: str = "") -> Row:
    """A change of how itsdangerous signs."""
    start = "import hashlib\n\nfrom itsdangerous import Serializer, Signer, URLSafeSerializer, URLSafeTimedSerializer\n\nfrom shop.config import KEY\n\n"
    return Row(f"itsdangerous {name}", start + base + "\n", start + head + "\n", finds, "shop/links.py")


IMPORTS = {"PyJWT": "import jwt", "python-jose": "from jose import jwt", "Authlib": "from authlib.jose import jwt", "joserfc": "from joserfc import jwt"}


def token(library: str, name: str, base: str, head: str, finds: str = "") -> Row:
    """A change of a verification, given as the arguments of `decode` (PyJWT, python-jose) or the rules of claims (Authlib, joserfc)."""

    def text(given: str) -> str:
        start = f"{IMPORTS[library]}\n\nfrom shop.config import KEY\n\n\ndef verify(token):\n"
        if library in ("PyJWT", "python-jose"):
            return start + f"    return jwt.decode(token, KEY, {given})\n"
        if library == "Authlib":
            return start + f"    claims = jwt.decode(token, KEY, claims_options={given})\n    claims.validate(leeway=60)\n    return claims\n"
        return f"{IMPORTS[library]}\n\nRULES = jwt.JWTClaimsRegistry(leeway=60, **{given})\n"

    return Row(f"{library} {name}", text(base), text(head), finds, "shop/tokens.py")


def pinned(name: str, base: str, head: str, finds: str, **files: str) -> Row:
    """A change of requirements.txt, beside the files that use the library."""
    return Row(
        f"upgrade {name}", f"{base}\n", f"{head}\n", finds, "requirements.txt", tuple((path.replace("__", "/") + ".py", text) for path, text in files.items())
    )


def cache(**settings: str) -> str:
    """CACHES with one alias, of these settings."""
    given = {"BACKEND": '"django_redis.cache.RedisCache"', "LOCATION": '"redis://cache:6379/1"', **settings}
    return "CACHES = {'default': {" + ", ".join(f"'{key}': {value}" for key, value in given.items() if not key.startswith("_")) + "}}\n"


def database(**settings: str) -> str:
    """DATABASES with one alias, of these settings."""
    given = {"ENGINE": '"django.db.backends.postgresql"', "NAME": '"shop"', "HOST": '"db"', **settings}
    return "DATABASES = {'default': {" + ", ".join(f"'{key}': {value}" for key, value in given.items()) + "}}\n"


def stored(name: str, base: str, head: str, was: str, now: str, finds: str = "", engine: str = "db") -> Row:
    """A session engine of the application's own, whose class was called one thing and is called another."""

    def text(cls: str) -> str:
        offered = "" if cls == "SessionStore" else f"\n\nSessionStore = {cls}\n"
        return f"from django.contrib.sessions.backends import {engine}\n\n\nclass {cls}({engine}.SessionStore):\n    pass\n{offered}"

    chosen = 'SESSION_ENGINE = "shop.sessions"\n'
    before, after = (APPS + (each if "SESSION_ENGINE" in each else chosen + each) for each in (base, head))
    if was != now:
        return Row(f"django a store of one's own: {name}", text(was), text(now), finds, "shop/sessions.py", (("shop/settings.py", before),))
    return Row(f"django a store of one's own: {name}", before, after, finds, beside=(("shop/sessions.py", text(was)),))


IMPORTED = {
    "SignedCookieSessionFactory": "pyramid.session", "AuthTktCookieHelper": "pyramid.authentication", "AuthTktAuthenticationPolicy": "pyramid.authentication",
    "EncryptedCookieStorage": "aiohttp_session.cookie_storage", "Application": "tornado.web",
}  # fmt: skip
READS = (
    "from tornado.web import RequestHandler\n\n\nclass Base(RequestHandler):\n    def get_current_user(self):\n"
    '        return self.get_signed_cookie("user"{})\n'
)


def called(name: str, component: str, base: str, head: str, finds: str = "") -> Row:
    """A change of the arguments of a class or function that makes sessions."""
    start = f"from {IMPORTED[component]} import {component}\n\nfrom shop.config import KEY, compact\n\nmade = {component}("
    return Row(name, f"{start}{base})\n", f"{start}{head})\n", finds, "shop/app.py")


KEY_OUT = "key-replaced-without-grace everyone heals"
KEY_LOST = "key-replaced-without-grace everyone does-not-heal"
MOVED = "session-store-moved everyone does-not-heal"
SWITCHED = "session-engine-switched everyone does-not-heal"
TOKENS = "token-contract-changed everyone heals"
NARROWED = "token-verification-narrowed everyone heals"
LOOKUP = "login-lookup-changed some-users heals"
SQLITE = "django.db.backends.sqlite3"
BACKEND = "django.contrib.auth.backends.ModelBackend"
HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("PBKDF2", "Scrypt")]
LEGACY = {"SESSION_SERIALIZER": "django.contrib.sessions.serializers.PickleSerializer"}

DJANGO = [
    *[django("SECRET_KEY", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"', KEY_OUT, engine) for engine in ("db", "file")],
    *[django("SECRET_KEY", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"', KEY_LOST, engine) for engine in ("cache", "cached_db", "signed_cookies")],
    django("SECRET_KEY, old as a fallback", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
           "key-signs-before-accepted some-users does-not-heal"),
    django("SECRET_KEY, in two phases", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]'),
    django("a fallback removed", f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]', f'SECRET_KEY = "{NEW}"', "old-key-removed some-users heals"),
    django("fallbacks that are a text", f'SECRET_KEY = "{NEW}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = "{OLD}"',
        "old-key-not-accepted everyone heals"),
    *[
        django(f"fallbacks with {entry}", f'SECRET_KEY = "{NEW}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = [{entry}]',
            "old-key-not-accepted everyone heals")
        for entry in ("None", '""')
    ],
    *[
        Row(f"django {old} -> {new}", f'{APPS}SESSION_ENGINE = "{ENGINES[old]}"', f'{APPS}SESSION_ENGINE = "{ENGINES[new]}"',
            "" if {old, new} == {"db", "cached_db"} else SWITCHED)
        for old in ("db", "cache", "cached_db", "signed_cookies") for new in ("db", "cache", "cached_db", "signed_cookies") if old != new
    ],
    django("SESSION_COOKIE_NAME", "", 'SESSION_COOKIE_NAME = "sid"', "session-cookie-renamed everyone heals"),
    django("SESSION_COOKIE_NAME, as it is by default", "", 'SESSION_COOKIE_NAME = "sessionid"'),
    django("SESSION_COOKIE_DOMAIN", "", 'SESSION_COOKIE_DOMAIN = "shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    django("SESSION_COOKIE_DOMAIN, a dot", 'SESSION_COOKIE_DOMAIN = "shop.test"', 'SESSION_COOKIE_DOMAIN = ".shop.test"'),
    django("SESSION_COOKIE_PATH", "", 'SESSION_COOKIE_PATH = "/app"', "session-cookie-rescoped some-users does-not-heal"),
    django("SESSION_COOKIE_PATH, up", 'SESSION_COOKIE_PATH = "/app"', "", "session-cookie-rescoped some-users login-loop"),
    django("SESSION_COOKIE_SECURE over http", 'SITE_URL = "http://shop.test"\nCSRF_TRUSTED_ORIGINS = ["http://shop.test"]',
           'SITE_URL = "http://shop.test"\nCSRF_TRUSTED_ORIGINS = ["http://shop.test"]\nSESSION_COOKIE_SECURE = True',
           "session-cookie-https-only new-logins heals"),
    django("SESSION_COOKIE_SAMESITE None without Secure", "", 'SESSION_COOKIE_SAMESITE = "None"', "session-cookie-refused new-logins heals"),
    django("SESSION_COOKIE_SAMESITE Strict", "", 'SESSION_COOKIE_SAMESITE = "Strict"', "session-cookie-kept-from-provider new-logins heals"),
    django("SESSION_COOKIE_HTTPONLY", "", "SESSION_COOKIE_HTTPONLY = False"),
    *[django("SESSION_COOKIE_AGE", "", "SESSION_COOKIE_AGE = 3600", "login-lives-shorter some-users does-not-heal", engine) for engine in ("signed_cookies",
        "file")],
    django("SESSION_COOKIE_AGE 0", "", "SESSION_COOKIE_AGE = 0", "login-lives-shorter new-logins heals"),
    django("SESSION_COOKIE_AGE 0 until the browser is closed", "SESSION_EXPIRE_AT_BROWSER_CLOSE = True",
           "SESSION_EXPIRE_AT_BROWSER_CLOSE = True\nSESSION_COOKIE_AGE = 0"),
    *[django("SESSION_COOKIE_AGE", "", "SESSION_COOKIE_AGE = 3600", "", engine) for engine in ("db", "cache", "cached_db")],
    django("SESSION_SERIALIZER", "", 'SESSION_SERIALIZER = "shop.sessions.Compact"', "session-format-changed everyone heals", "db"),
    django("SESSION_SERIALIZER", "", 'SESSION_SERIALIZER = "shop.sessions.Compact"', "session-format-changed everyone does-not-heal", "signed_cookies"),
    django("SESSION_SERIALIZER", "", 'SESSION_SERIALIZER = "shop.sessions.Compact"', "", "cache"),
    django("SESSION_SERIALIZER, one that is gone", "", f'SESSION_SERIALIZER = "{LEGACY["SESSION_SERIALIZER"]}"', "session-format-changed everyone heals", "db"),
    django("SESSION_CACHE_ALIAS", cache(), cache() + 'SESSION_CACHE_ALIAS = "sessions"', MOVED, "cache"),
    *[
        django(f"CACHES {name}", cache(), cache(**{name: value}), MOVED, "cache")
        for name, value in (
            ("KEY_PREFIX", '"shop"'), ("VERSION", "2"), ("LOCATION", '"redis://cache:6379/2"'), ("KEY_FUNCTION", '"shop.cache.key"'),
            ("BACKEND", '"django.core.cache.backends.locmem.LocMemCache"'), ("OPTIONS", "{'db': 3}"),
        )
    ],
    *[django(f"CACHES {name}", cache(), cache(**{name: value}), "", "cached_db") for name, value in (("KEY_PREFIX", '"shop"'), ("VERSION", "2"))],
    *[
        django(f"CACHES {name}", cache(), cache(**{name: value}), "", "cached_db")
        for name, value in (("LOCATION", '"redis://cache:6379/2"'), ("BACKEND", '"django.core.cache.backends.dummy.DummyCache"'))
    ],
    django("CACHES LOCATION, another name of a server", cache(), cache(LOCATION='"redis://store:6379/1"'), MOVED, "cache"),
    django("CACHES BACKEND, django-redis for Django's client", cache(BACKEND='"django.core.cache.backends.redis.RedisCache"'), cache(), "", "cache"),
    django("CACHES TIMEOUT", cache(), cache(TIMEOUT="60"), "", "cache"),
    django("CACHES BACKEND, Django's client for django-redis", cache(), cache(BACKEND='"django.core.cache.backends.redis.RedisCache"'), "", "cache"),
    django("CACHES SERIALIZER of django-redis", cache(), cache(OPTIONS="{'SERIALIZER': 'django_redis.serializers.json.JSONSerializer'}"),
           "session-format-changed everyone does-not-heal", "cache"),
    django("CACHES COMPRESSOR of django-redis taken away", cache(OPTIONS="{'COMPRESSOR': 'django_redis.compressors.zlib.ZlibCompressor'}"), cache(),
           "session-format-changed everyone does-not-heal", "cache"),
    django("CACHES COMPRESSOR of django-redis added", cache(), cache(OPTIONS="{'COMPRESSOR': 'django_redis.compressors.zlib.ZlibCompressor'}"), "", "cache"),
    Row("django sessions in a cache that may fail", APPS + f'SESSION_ENGINE = "{ENGINES["db"]}"\n', APPS + f'SESSION_ENGINE = "{ENGINES["cache"]}"\n',
        SWITCHED),
    django("AUTHENTICATION_BACKENDS, one moved", f'AUTHENTICATION_BACKENDS = ["{BACKEND}", "shop.a.Email"]',
        f'AUTHENTICATION_BACKENDS = ["{BACKEND}", "shop.b.Email"]', LOOKUP),
    django("AUTHENTICATION_BACKENDS, one more", f'AUTHENTICATION_BACKENDS = ["{BACKEND}"]', f'AUTHENTICATION_BACKENDS = ["shop.b.Email", "{BACKEND}"]'),
    django("AUTHENTICATION_BACKENDS, in another order", f'AUTHENTICATION_BACKENDS = ["shop.b.Email", "{BACKEND}"]',
        f'AUTHENTICATION_BACKENDS = ["{BACKEND}", "shop.b.Email"]'),
    django("allauth's backend removed", f'AUTHENTICATION_BACKENDS = ["{BACKEND}", "allauth.account.auth_backends.AuthenticationBackend"]',
           f'AUTHENTICATION_BACKENDS = ["{BACKEND}"]', LOOKUP),
    django("AUTH_USER_MODEL", "", 'AUTH_USER_MODEL = "accounts.User"', "login-lookup-changed everyone does-not-heal"),
    django("PASSWORD_HASHERS, another in front", f"PASSWORD_HASHERS = {HASHERS}", f"PASSWORD_HASHERS = {HASHERS[::-1]}",
        "login-lookup-changed some-users does-not-heal"),
    django("PASSWORD_HASHERS, the old one dropped", f"PASSWORD_HASHERS = {HASHERS}", f"PASSWORD_HASHERS = {HASHERS[1:]}",
        "login-lookup-changed new-logins heals"),
    *[django(f"DATABASES {name}", database(), database(**{name: value}), MOVED, "db") for name, value in (("NAME", '"shop2"'), ("ENGINE", f'"{SQLITE}"'))],
    django("DATABASES, the same kind of server", database(), database(ENGINE='"django_prometheus.db.backends.postgresql"'), "", "db"),
    django("DATABASES NAME", database(), database(NAME='"shop2"'), "", "cache"),
    stored("renamed class", "", "", "SessionStore", "Store", "token-contract-changed everyone heals"),
    stored("renamed class over the cache", "", "", "SessionStore", "Store", "", "cache"),
    stored("the same class", 'SESSION_ENGINE = "django.contrib.sessions.backends.db"', 'SESSION_ENGINE = "shop.sessions"', "SessionStore", "SessionStore"),
    stored("another class", 'SESSION_ENGINE = "django.contrib.sessions.backends.db"', 'SESSION_ENGINE = "shop.sessions"', "Store", "Store", SWITCHED),
    stored("SECRET_KEY, cached", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"', "SessionStore", "SessionStore", KEY_LOST, "cached_db"),
    django("SIGNING_BACKEND", "", 'SIGNING_BACKEND = "shop.signing.Signer"'),
    Row("django TIME_ZONE without time zones", 'INSTALLED_APPS = []\nUSE_TZ = False\nTIME_ZONE = "America/Los_Angeles"',
        'INSTALLED_APPS = []\nUSE_TZ = False\nTIME_ZONE = "Pacific/Auckland"',
        "session-ends-in-another-zone some-users does-not-heal"),
    django("TIME_ZONE with time zones", 'TIME_ZONE = "America/Los_Angeles"', 'TIME_ZONE = "Pacific/Auckland"'),
    Row("django USE_TZ off", 'INSTALLED_APPS = []\nUSE_TZ = True\nTIME_ZONE = "Pacific/Auckland"',
        'INSTALLED_APPS = []\nUSE_TZ = False\nTIME_ZONE = "Pacific/Auckland"',
        "session-ends-in-another-zone some-users does-not-heal"),
    django("MIDDLEWARE, authentication removed",
           'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]',
           'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]', "login-lookup-changed everyone heals"),
    django("MIDDLEWARE, another one exchanged, with more of it for developers",
           'MIDDLEWARE = ("a.One", "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware")\n'
           'if SILK:\n    MIDDLEWARE = ("silk.middleware.SilkyMiddleware", *MIDDLEWARE)',
           'MIDDLEWARE = ("a.Two", "django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware")\n'
           'if SILK:\n    MIDDLEWARE = ("silk.middleware.SilkyMiddleware", *MIDDLEWARE)'),
    django("MIDDLEWARE, in the wrong order",
           'MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]',
           'MIDDLEWARE = ["django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.sessions.middleware.SessionMiddleware"]',
           "login-lookup-changed everyone heals"),
    django("CSRF_COOKIE_NAME", "", 'CSRF_COOKIE_NAME = "xsrf"', "open-forms-refused some-users heals"),
    django("CSRF tokens and SECRET_KEY", f'CSRF_USE_SESSIONS = True\nSECRET_KEY = "{OLD}"', f'CSRF_USE_SESSIONS = True\nSECRET_KEY = "{NEW}"', KEY_OUT),
    django("CSRF_USE_SESSIONS off", "CSRF_USE_SESSIONS = True", "", "open-forms-refused some-users heals"),
    django("CSRF_USE_SESSIONS", "", "CSRF_USE_SESSIONS = True", "open-forms-refused some-users heals"),
    pinned("django 5.2 -> 4.2", "Django==5.2.1", "Django==4.2.16", "upgrade-logs-out some-users does-not-heal"),
    pinned("django 3.2 -> 3.0", "Django==3.2.25", "Django==3.0.14", "upgrade-logs-out everyone heals\nupgrade-logs-out some-users does-not-heal"),
    *[
        pinned(f"django 3.2 -> 4.2 and origins of {says}", "Django==3.2.25", "Django==4.2.16", finds,
               shop__settings=f"{APPS}PASSWORD_HASHERS = {HASHERS[1:]}\nCSRF_TRUSTED_ORIGINS = {value}\n")
        for says, value, finds in (
            ("no scheme", '["login.shop.test"]', "upgrade-logs-out new-logins heals"), ("a scheme", '["https://login.shop.test"]', ""), ("nothing", "[]", ""),
            ("the environment", 'os.environ.get("ORIGINS", "").split(",")', ""),
        )
    ],
    pinned("django 4.2 -> 5.2", "Django==4.2.16", "Django==5.2.1", "upgrade-logs-out some-users does-not-heal"),
    pinned("django 5.2 -> 6.0", "Django==5.2.1", "Django==6.0", "upgrade-logs-out some-users does-not-heal"),
    pinned("django 4.2 -> 5.2 with hashers of one's own", "Django==4.2.16", "Django==5.2.1", "", shop__settings=f"{APPS}PASSWORD_HASHERS = {HASHERS[1:]}\n"),
    pinned("django 3.0 -> 4.2", "Django==3.0.14", "Django==4.2.16", "upgrade-logs-out everyone heals"),
    pinned("django 3.2 -> 4.2", "Django==3.2.25", "Django==4.2.16", "upgrade-logs-out some-users does-not-heal"),
    pinned("django 3.0 -> 3.2", "Django==3.0.14", "Django==3.2.25", "upgrade-logs-out some-users does-not-heal"),
    pinned("django 3.2 -> 4.2 with sha1", "Django==3.2.25", "Django==4.2.16", "upgrade-logs-out everyone heals\nupgrade-logs-out some-users does-not-heal",
           shop__settings=APPS + 'DEFAULT_HASHING_ALGORITHM = "sha1"\n'),
]  # fmt: skip

INTERFACE = "import hashlib\n\nfrom flask.sessions import SecureCookieSessionInterface\n\n\nclass Signed(SecureCookieSessionInterface):\n    pass\n"
LOGIN = "from flask_login import LoginManager, UserMixin\n\nlogin_manager = LoginManager()\n\n\n"
LOADER = "@login_manager.user_loader\ndef load(user_id):\n    return {}\n"

FLASK = [
    flask("SECRET_KEY", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"', KEY_OUT),
    flask("SECRET_KEY, in two phases", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]'),
    flask("SECRET_KEY, fallbacks not read", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]', KEY_OUT, "3.0.3"),
    flask("SECRET_KEY, fallbacks that sign", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
          "grace-signs-with-oldest-key next-incident does-not-heal", "3.1.0"),
    flask("a fallback dropped", f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]', f'SECRET_KEY = "{NEW}"', "old-key-removed some-users heals"),
    *[
        flask(f"fallbacks of {shown}", f'SECRET_KEY = "{NEW}"', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = {value}', "old-key-not-accepted everyone heals")
        for shown, value in (("a text", f'"{OLD}"'), ("None", "[None]"), ("nothing", '[""]'), ("a line end", f'["{OLD}\\n"]'))
    ],
    flask("SESSION_COOKIE_NAME", "", 'SESSION_COOKIE_NAME = "sid"', "session-cookie-renamed everyone heals"),
    flask("SESSION_COOKIE_NAME, as it is by default", "", 'SESSION_COOKIE_NAME = "session"'),
    flask("SESSION_COOKIE_DOMAIN", "", 'SESSION_COOKIE_DOMAIN = "shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    flask("SESSION_COOKIE_PATH", "", 'SESSION_COOKIE_PATH = "/app"', "session-cookie-rescoped some-users does-not-heal"),
    flask("APPLICATION_ROOT", "", 'APPLICATION_ROOT = "/app"', "session-cookie-rescoped some-users does-not-heal"),
    flask("domain and key together", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"\nSESSION_COOKIE_DOMAIN = "shop.test"',
          "key-replaced-without-grace everyone heals\nsession-cookie-rescoped everyone login-loop"),
    flask("PERMANENT_SESSION_LIFETIME", "", "PERMANENT_SESSION_LIFETIME = 3600", "login-lives-shorter some-users heals"),
    *[
        Row(f"flask {name}", f"from flask import Flask\n\napp = Flask(__name__)\napp.session_interface.{name} = {old}\n",
            f"from flask import Flask\n\napp = Flask(__name__)\napp.session_interface.{name} = {new}\n", TOKENS, "shop/app.py")
        for name, old, new in (("salt", '"cookie-session"', '"shop"'), ("digest_method", "hashlib.sha1", "hashlib.sha512"), ("key_derivation", '"hmac"',
        '"concat"'))
    ],
    Row("flask session_interface", "from flask import Flask\n\napp = Flask(__name__)\n",
        "from flask import Flask\nfrom shop.sessions import Stored\n\napp = Flask(__name__)\napp.session_interface = Stored()\n",
        "session-engine-switched everyone heals", "shop/app.py"),
    *[
        Row(f"flask session_interface: {name}", "from flask import Flask\n\napp = Flask(__name__)\n",
            f"from flask import Flask\nfrom flask.sessions import SecureCookieSessionInterface\n\nclass Own(SecureCookieSessionInterface):\n{body}\n\n"
            "app = Flask(__name__)\napp.session_interface = Own()\n", expected, "shop/app.py")
        for name, body, expected in (
            ("the one that is there anyway", "    pass", ""),
            ("opened by what is above", "    def open_session(self, app, request):\n        return super().open_session(app, request)", ""),
            ("opened in a way of its own", "    def open_session(self, app, request):\n        return app.stored(request)",
             "session-engine-switched everyone heals"),
            ("with another salt", "    salt = 'shop'", "session-engine-switched everyone heals"),
        )
    ],
    *[
        Row(f"flask session_interface that is given {name}", f"from flask import Flask\n\napp = Flask(__name__)\napp.session_interface = made(app{old})\n",
            f"from flask import Flask\n\napp = Flask(__name__)\napp.session_interface = made(app{new})\n", "", "shop/app.py")
        for name, old, new in (("more", "", ", settings"), ("something else", ", before", ", after"))
    ],
    Row("flask session_interface of another prefix",
        "from flask import Flask\nfrom shop.sessions import Stored\n\napp = Flask(__name__)\napp.session_interface = Stored('a:')\n",
        "from flask import Flask\nfrom shop.sessions import Stored\n\napp = Flask(__name__)\napp.session_interface = Stored('b:')\n",
        "session-engine-switched everyone heals", "shop/app.py"),
    *[
        Row(f"flask {name} of an interface of one's own", INTERFACE, INTERFACE.replace("pass", f"{name} = {new}"), TOKENS, "shop/app.py")
        for name, new in (("salt", '"shop"'), ("digest_method", "staticmethod(hashlib.sha512)"), ("key_derivation", '"concat"'))
    ],
    Row("flask an interface of one's own with the defaults written out", INTERFACE, INTERFACE.replace("pass", 'key_derivation = "hmac"'), "", "shop/app.py"),
    *[
        flask(f"a key of each process, {call}", 'SECRET_KEY = os.environ["SECRET_KEY"]', f"SECRET_KEY = {call}",
        "key-random-per-process everyone does-not-heal")
        for call in ("secrets.token_hex(32)", "uuid.uuid4().hex", "get_random_secret_key()")
    ],
    flask("a key of each process", 'SECRET_KEY = os.environ["SECRET_KEY"]', "SECRET_KEY = os.urandom(24)", "key-random-per-process everyone does-not-heal"),
    django("MIDDLEWARE: sessions of another package", f'MIDDLEWARE = ["{SESSIONS}", "{AUTH}"]\n',
        f'MIDDLEWARE = ["user_sessions.middleware.SessionMiddleware", "{AUTH}"]\n', "login-lookup-changed everyone does-not-heal"),
    django("MIDDLEWARE: a session middleware of one's own", f'MIDDLEWARE = ["{SESSIONS}", "{AUTH}"]\n',
        f'MIDDLEWARE = ["shop.middleware.SessionMiddleware", "{AUTH}"]\n'),
    Row("starlette SessionMiddleware of another package", ADD_SESSIONS.format("starlette.middleware.sessions", "secret_key=KEY"),
        ADD_SESSIONS.format("starsessions", "store=STORE"), TOKENS, "shop/app.py"),
    Row("pyramid authentication policy", SET_POLICY.format("AuthTktAuthenticationPolicy(KEY)"), SET_POLICY.format("SessionAuthenticationPolicy()"),
        "login-lookup-changed everyone heals", "shop/app.py"),
    Row("pyramid authentication policy of one's own", SET_POLICY.format("AuthTktAuthenticationPolicy(KEY)"), SET_POLICY.format("Own()"), "", "shop/app.py"),
    Row("pyramid authentication policy, other arguments", SET_POLICY.format("AuthTktAuthenticationPolicy(KEY)"),
        SET_POLICY.format("AuthTktAuthenticationPolicy(KEY, debug=True)"), "", "shop/app.py"),
    flask("Flask-Session added", "", 'SESSION_TYPE = "redis"', "session-engine-switched everyone heals"),
    flask("Flask-Session removed", 'SESSION_TYPE = "redis"', "", "session-engine-switched everyone heals"),
    pinned("flask-session 0.5 -> 0.8", "Flask-Session==0.5.0", "Flask-Session==0.8.0", "upgrade-logs-out next-incident does-not-heal",
           shop__config='SESSION_TYPE = "redis"\nSECRET_KEY = KEY\n'),
    pinned("flask-session 0.8 -> 0.6", "Flask-Session==0.8.0", "Flask-Session==0.6.0", "upgrade-logs-out everyone heals",
           shop__config='SESSION_TYPE = "redis"\nSECRET_KEY = KEY\n'),
    pinned("flask-session 0.8 -> 0.6 over files", "Flask-Session==0.8.0", "Flask-Session==0.6.0", "",
           shop__config='SESSION_TYPE = "filesystem"\nSECRET_KEY = KEY\n'),
    *[
        pinned(f"cachelib {was} -> {now} under {kind}", f"cachelib=={was}", f"cachelib=={now}", finds,
               shop__config=f'SESSION_TYPE = "{kind}"\nSECRET_KEY = KEY\n')
        for was, now, kind, finds in (
            ("0.6.0", "0.9.0", "filesystem", "upgrade-logs-out everyone heals"), ("0.15.4", "0.16.0", "filesystem", "upgrade-logs-out everyone heals"),
            ("0.16.0", "0.15.4", "filesystem", "upgrade-logs-out everyone heals"), ("0.9.0", "0.15.4", "filesystem", ""), ("0.6.0", "0.16.0", "redis", ""),
        )
    ],
    *[
        pinned(f"werkzeug {was} -> {now} with {method or 'the default'}", f"werkzeug=={was}", f"werkzeug=={now}", finds,
               shop__users=f"from werkzeug.security import generate_password_hash\n\n\ndef made(text):\n    return generate_password_hash(text{method})\n")
        for was, now, method, finds in (
            ("2.3.8", "3.0.0", ", method='sha256'", "upgrade-logs-out new-logins heals"), ("2.3.8", "3.0.0", ", 'md5'", "upgrade-logs-out new-logins heals"),
            ("2.3.8", "3.0.0", ", 'pbkdf2:sha256'", ""), ("2.3.8", "3.0.0", ", method", ""), ("2.3.8", "3.0.0", "", ""),
            ("3.0.0", "2.2.3", "", "upgrade-logs-out some-users heals"), ("3.0.0", "2.3.8", "", ""), ("2.3.8", "2.2.3", "", ""),
            ("2.3.8", "2.2.3", ", 'scrypt'", "upgrade-logs-out some-users heals"),
        )
    ],
    pinned("flask 3.1 -> 3.0 with fallbacks", "flask==3.1.3", "flask==3.0.3", "upgrade-logs-out some-users heals",
           shop__app='app.config["SECRET_KEY_FALLBACKS"] = KEYS\n'),
    pinned("flask-login 0.6 -> 0.4", "Flask-Login==0.6.3", "Flask-Login==0.4.1", "upgrade-logs-out everyone heals"),
    pinned("bcrypt 4 -> 5 under passlib", "bcrypt==4.3.0", "bcrypt==5.0.0", "upgrade-logs-out new-logins heals",
           shop__users="from passlib.context import CryptContext\n\npasswords = CryptContext(['argon2', 'bcrypt'])\n"),
    pinned("bcrypt 4 -> 5 under passlib's own class", "bcrypt==4.3.0", "bcrypt==5.0.0", "upgrade-logs-out new-logins heals",
           shop__users="from passlib.hash import bcrypt\n\n\ndef right(text, stored):\n    return bcrypt.verify(text, stored)\n"),
    pinned("bcrypt 4 -> 5 beside other hashes of passlib", "bcrypt==4.3.0", "bcrypt==5.0.0", "",
           shop__users="from passlib.context import CryptContext\n\npasswords = CryptContext(['argon2'])\n"),
    flask("SESSION_TYPE", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "filesystem"', "session-engine-switched everyone heals"),
    flask("SESSION_KEY_PREFIX", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "redis"\nSESSION_KEY_PREFIX = "shop:"', "session-store-moved everyone heals"),
    flask("SESSION_REDIS", 'SESSION_TYPE = "redis"\nSESSION_REDIS = "redis://store/1"', 'SESSION_TYPE = "redis"\nSESSION_REDIS = "redis://store/2"',
          "session-store-moved everyone heals"),
    flask("SESSION_USE_SIGNER", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "redis"\nSESSION_USE_SIGNER = True', TOKENS),
    flask("SECRET_KEY beside Flask-Session", f'SECRET_KEY = "{OLD}"', f'SECRET_KEY = "{NEW}"', "", common='SESSION_TYPE = "redis"\n'),
    flask("SECRET_KEY beside Flask-Session that signs", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]',
        f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
          KEY_OUT, common='SESSION_TYPE = "redis"\nSESSION_USE_SIGNER = True\n'),
    flask("SESSION_SERIALIZATION_FORMAT", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "redis"\nSESSION_SERIALIZATION_FORMAT = "json"'),
    flask("PERMANENT_SESSION_LIFETIME of Flask-Session", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "redis"\nPERMANENT_SESSION_LIFETIME = 3600'),
    *[
        flask(f"SESSION_REDIS, {name}", f'SESSION_TYPE = "redis"\nSESSION_REDIS = {old}', f'SESSION_TYPE = "redis"\nSESSION_REDIS = {new}', finds)
        for name, old, new, finds in (
            ("another database", 'Redis(host="store")', 'Redis(host="store", db=1)', "session-store-moved everyone heals"),
            ("another address", 'Redis.from_url("redis://store/0")', 'Redis.from_url("redis://store/1")', "session-store-moved everyone heals"),
            ("other words", 'Redis(host="store", port=6379)', 'Redis("store", socket_timeout=3)', ""),
            ("a password in the address", 'Redis.from_url("redis://store/1")', 'Redis.from_url("redis://:a@store/1")', ""),
        )
    ],
    flask("SESSION_PERMANENT", 'SESSION_TYPE = "redis"', 'SESSION_TYPE = "redis"\nSESSION_PERMANENT = False\nSESSION_ID_LENGTH = 64'),
    flask("the remember cookie and SECRET_KEY", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]',
        f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
          "key-replaced-without-grace some-users heals", common="REMEMBER_COOKIE_SECURE = True\n"),
    flask("REMEMBER_COOKIE_NAME", "", 'REMEMBER_COOKIE_NAME = "keep"', "session-cookie-renamed some-users heals"),
    flask("REMEMBER_COOKIE_DOMAIN", "", 'REMEMBER_COOKIE_DOMAIN = "shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    Row("flask-login session_protection", "from shop.web import login_manager\n\nlogin_manager.login_view = 'login'\n",
        "from shop.web import login_manager\n\nlogin_manager.login_view = 'login'\nlogin_manager.session_protection = 'strong'\n",
        "login-lookup-changed some-users does-not-heal", "shop/app.py"),
    *[
        Row(f"flask-login {name}", LOGIN + before, LOGIN + after, finds, "shop/users.py")
        for name, before, after, finds in (
            ("get_id", "class User(UserMixin):\n    pass\n", "class User(UserMixin):\n    def get_id(self):\n        return str(self.token)\n",
             "login-lookup-changed everyone heals"),
            ("get_id in other words", "class User(UserMixin):\n    pass\n", "class User(UserMixin):\n    def get_id(self):\n        return f'{self.id}'\n", ""),
            ("user_loader", LOADER.format("User.query.get(int(user_id))"), LOADER.format("User.query.filter_by(token=user_id).first()"),
             "login-lookup-changed everyone heals"),
            ("user_loader in other words", LOADER.format("User.query.get(int(user_id))"), LOADER.format("session.get(User, user_id)"), ""),
        )
    ],
    flask("CSRF tokens of Flask-WTF", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
          "key-replaced-without-grace some-users heals", common="WTF_CSRF_TIME_LIMIT = 60\n"),
    flask("CSRF tokens of Flask-WTF, pinned", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]',
        f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]',
          common=f'WTF_CSRF_SECRET_KEY = "{OLD}"\n'),
    pinned("flask 2.2 -> 2.3 with SERVER_NAME", "flask==2.2.5", "flask==2.3.0", "upgrade-logs-out some-users does-not-heal",
           shop__app='app.config["SERVER_NAME"] = "shop.test"\napp.config["SESSION_COOKIE_SECURE"] = True\n'),
    *[
        flask(f"SERVER_NAME, {version}", 'SERVER_NAME = "a.shop.test"', 'SERVER_NAME = "shop.test"', finds, version)
        for version, finds in (("2.2.5", "session-cookie-rescoped some-users does-not-heal"), ("2.3.0", ""))
    ],
    pinned("flask 2.2 -> 2.3 without SERVER_NAME", "flask==2.2.5", "flask==2.3.0", "", shop__app='app.config["SESSION_COOKIE_SECURE"] = True\n'),
    pinned("flask-login 0.4 -> 0.6", "Flask-Login==0.4.1", "Flask-Login==0.6.3", "upgrade-logs-out everyone heals"),
    pinned("flask-login 0.5 -> 0.6", "Flask-Login==0.5.0", "Flask-Login==0.6.3", ""),
    pinned("itsdangerous 0.24 -> 1.1 beside Flask", "flask==1.0.4\nitsdangerous==0.24", "flask==1.0.4\nitsdangerous==1.1.0", "upgrade-logs-out everyone heals"),
    pinned("itsdangerous 0.24 -> 1.1 without times", "itsdangerous==0.24", "itsdangerous==1.1.0", "",
           shop__app="from itsdangerous import URLSafeSerializer\n\nsigner = URLSafeSerializer(KEY)\n"),
    pinned("itsdangerous 1.1 -> 2.2 beside Flask", "flask==1.1.4\nitsdangerous==1.1.0", "flask==1.1.4\nitsdangerous==2.2.0", ""),
    pinned("flask-jwt-extended 3 -> 4", "Flask-JWT-Extended==3.25.1", "Flask-JWT-Extended==4.7.4", "upgrade-logs-out everyone heals"),
    pinned("flask-jwt-extended 3 -> 4 with the claim written out", "Flask-JWT-Extended==3.25.1", "Flask-JWT-Extended==4.7.4", "",
           shop__config='JWT_IDENTITY_CLAIM = "identity"\nJWT_SECRET_KEY = KEY\n'),
    pinned("PyJWT 1 -> 2 without algorithms", "pyjwt==1.7.1", "pyjwt==2.9.0", "upgrade-logs-out everyone heals\nupgrade-logs-out some-users heals",
           shop__tokens="import jwt\n\n\ndef claims(token, key):\n    return jwt.decode(token, key)\n"),
    pinned("PyJWT 1 -> 2 where the signature is not checked", "pyjwt==1.7.1", "pyjwt==2.9.0", "",
           shop__tokens='import jwt\n\n\ndef claims(token):\n    return jwt.decode(token, options={"verify_signature": False})\n'),
    pinned("PyJWT 1 -> 2 with arguments that are not to be seen", "pyjwt==1.7.1", "pyjwt==2.9.0", "",
           shop__tokens="import jwt\n\n\ndef claims(token, **given):\n    return jwt.decode(token, **given)\n"),
    pinned("flask -> 3.1.0 with fallbacks", "flask==3.0.3", "flask==3.1.0", "upgrade-logs-out next-incident does-not-heal",
           shop__app='app.config["SECRET_KEY_FALLBACKS"] = KEYS\n'),
]  # fmt: skip

STARLETTE = [
    starlette("secret_key", f'secret_key="{OLD}"', f'secret_key="{NEW}"', KEY_OUT),
    starlette("a list of keys", f'secret_key="{OLD}"', f'secret_key=["{OLD}", "{NEW}"]', "old-key-not-accepted everyone heals"),
    starlette("session_cookie", "secret_key=KEY", 'secret_key=KEY, session_cookie="sid"', "session-cookie-renamed everyone heals"),
    starlette("max_age", "secret_key=KEY", "secret_key=KEY, max_age=3600", "login-lives-shorter some-users heals"),
    starlette("domain", "secret_key=KEY", 'secret_key=KEY, domain="shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    starlette("path", "secret_key=KEY", 'secret_key=KEY, path="/app"', "session-cookie-rescoped some-users does-not-heal"),
    starlette("same_site", "secret_key=KEY", 'secret_key=KEY, same_site="strict"', "session-cookie-kept-from-provider new-logins heals"),
    starlette("https_only on https", "secret_key=KEY", "secret_key=KEY, https_only=True"),
    starlette("defaults written out", "secret_key=KEY",
    'secret_key=KEY, session_cookie="session", max_age=14 * 24 * 60 * 60, path="/", same_site="lax", https_only=False'),
    pinned("starlette 0.52 -> 1.0", "starlette==0.52.1", "starlette==1.0.0", "upgrade-logs-out some-users heals",
           shop__app="from starlette.middleware.sessions import SessionMiddleware\n\napp.add_middleware(SessionMiddleware, secret_key=KEY)\n"),
    pinned("starlette 0.52 -> 1.0 without sessions", "starlette==0.52.1", "starlette==1.0.0", "", shop__app="from starlette.applications import Starlette\n"),
]  # fmt: skip

USERS = "from fastapi_users import BaseUserManager, IntegerIDMixin, UUIDIDMixin\n\n\nclass Manager({}, BaseUserManager[User, int]):\n    pass\n"

FASTAPI_USERS = [
    users("secret", f'secret="{OLD}", lifetime_seconds=60', f'secret="{NEW}", lifetime_seconds=60', KEY_OUT),
    users("audience", "secret=KEY, lifetime_seconds=60", 'secret=KEY, lifetime_seconds=60, token_audience=["shop"]', TOKENS),
    users("algorithm", "secret=KEY, lifetime_seconds=60", 'secret=KEY, lifetime_seconds=60, algorithm="HS512"', TOKENS),
    users("lifetime of a token", "secret=KEY, lifetime_seconds=3600", "secret=KEY, lifetime_seconds=60"),
    users("lifetime of a row", "store, lifetime_seconds=3600", "store, lifetime_seconds=60", "login-lives-shorter some-users heals", "DatabaseStrategy"),
    users("prefix", "store, lifetime_seconds=3600", 'store, lifetime_seconds=3600, key_prefix="shop:"', "session-store-moved everyone heals", "RedisStrategy"),
    users("public_key", 'secret=KEY, lifetime_seconds=60, public_key="one"', 'secret=KEY, lifetime_seconds=60, public_key="two"', TOKENS),
    users(
        "database",
        'Redis.from_url("redis://store/0"), lifetime_seconds=60',
        'Redis.from_url("redis://store/1"), lifetime_seconds=60',
        "session-store-moved everyone heals",
        "RedisStrategy",
    ),
    *[
        Row(f"fastapi-users identifiers, {old} -> {new}", USERS.format(old), USERS.format(new), "login-lookup-changed everyone heals", "shop/users.py")
        for old, new in (("UUIDIDMixin", "IntegerIDMixin"), ("IntegerIDMixin", "UUIDIDMixin"))
    ],
    users("cookie_path", "cookie_max_age=60", 'cookie_max_age=60, cookie_path="/app"', "session-cookie-rescoped some-users does-not-heal", "CookieTransport"),
    users("cookie_secure", "cookie_secure=False", "", "", "CookieTransport"),
    users("cookie_name", "cookie_max_age=60", 'cookie_max_age=60, cookie_name="sid"', "session-cookie-renamed everyone heals", "CookieTransport"),
    users(
        "cookie_domain",
        "cookie_max_age=60",
        'cookie_max_age=60, cookie_domain="shop.test"',
        "session-cookie-rescoped some-users does-not-heal",
        "CookieTransport",
    ),
    users(
        "cookie_samesite",
        "cookie_max_age=60",
        'cookie_max_age=60, cookie_samesite="strict"',
        "session-cookie-kept-from-provider new-logins heals",
        "CookieTransport",
    ),
    users(
        "defaults written out",
        "",
        'cookie_name="fastapiusersauth", cookie_path="/", cookie_domain=None, cookie_secure=True, cookie_samesite="lax"',
        "",
        "CookieTransport",
    ),
]

ITSDANGEROUS = [
    signed("secret", f's = URLSafeTimedSerializer("{OLD}", salt="a")', f's = URLSafeTimedSerializer("{NEW}", salt="a")', KEY_OUT),
    signed("salt", 's = URLSafeTimedSerializer(KEY, salt="a")', 's = URLSafeTimedSerializer(KEY, salt="b")', TOKENS),
    signed("salt taken away", 's = URLSafeTimedSerializer(KEY, salt="a")', "s = URLSafeTimedSerializer(KEY)", TOKENS),
    signed("salt None", 's = URLSafeTimedSerializer(KEY, salt="a")', "s = URLSafeTimedSerializer(KEY, salt=None)", TOKENS),
    signed("digest", "s = Signer(KEY)", "s = Signer(KEY, digest_method=hashlib.sha512)", TOKENS),
    signed("digest of a serializer", "s = Serializer(KEY)", 's = Serializer(KEY, signer_kwargs={"digest_method": hashlib.sha512})', TOKENS),
    signed("digest, with the old one still read", "s = Serializer(KEY)",
           's = Serializer(KEY, signer_kwargs={"digest_method": hashlib.sha512}, fallback_signers=[{"digest_method": hashlib.sha1}])'),
    signed("the default digest written out", "s = Signer(KEY)", "s = Signer(KEY, digest_method=hashlib.sha1)"),
    signed("derivation", "s = Signer(KEY)", 's = Signer(KEY, key_derivation="hmac")', TOKENS),
    signed("timed or not", "s = URLSafeTimedSerializer(KEY)", "s = URLSafeSerializer(KEY)", TOKENS),
    signed("oldest first", f's = Signer(["{OLD}", "{NEW}"])', f's = Signer(["{OLD}", "{NEW}", "a third key, which is no shorter than its two predecessors"])',
           "key-signs-before-accepted some-users does-not-heal"),
    signed("newest first: the old one still signs", f's = Signer(["{OLD}"])', f's = Signer(["{NEW}", "{OLD}"])'),
    signed("newest first, then the old one dropped", f's = Signer(["{NEW}", "{OLD}"])', f's = Signer(["{NEW}"])', KEY_OUT),
    signed("max_age", "def read(s, text):\n    return s.loads(text, max_age=3600)", "def read(s, text):\n    return s.loads(text, max_age=60)",
           "login-lives-shorter some-users heals"),
]  # fmt: skip

SETS = {
    "Authlib": "from authlib.jose import JsonWebKey, KeySet, jwt",
    "joserfc": "from joserfc import jwt\nfrom joserfc.jwk import KeySet",
    "python-jose": "from jose import jwt",
}


def in_set(library: str, name: str, base: str, head: str, finds: str = "", kid: str = "", key: str = "FIRST") -> Row:
    """A change of the set of keys by which tokens are verified; `kid` is what the header that is signed has more, `key` what signs."""
    signed = f'jwt.encode({{"alg": "HS256"{kid}}}, claims, {key})' if library != "python-jose" else "jwt.encode(claims, FIRST)"

    def text(keys: str) -> str:
        return (
            f"{SETS[library]}\nfrom shop.keys import FIRST, SECOND\n\nKEYS = {keys}\n\n\n"
            f"def sign(claims):\n    return {signed}\n\n\ndef verify(token):\n    return jwt.decode(token, KEYS, leeway=60)\n"
        )

    return Row(f"{library} {name}", text(base), text(head), finds, "shop/tokens.py")


ONE_JWK, TWO_JWKS = ('{"keys": [' + ", ".join(['{"kty": "oct", "k": K}'] * number) + "]}" for number in (1, 2))
GROWN = "key-set-grown-without-kid everyone heals"
DRAWN = "any-key-of-set-signs next-incident heals"
KEY_SETS = [
    in_set("joserfc", "a token without kid and a set that grows", "KeySet([FIRST])", "KeySet([FIRST, SECOND])", GROWN),
    in_set("Authlib", "a token without kid and a new key in front", "KeySet([FIRST])", "KeySet([SECOND, FIRST])", GROWN),
    in_set("Authlib", "a token without kid and a new key behind", "KeySet([FIRST])", "KeySet([FIRST, SECOND])"),
    in_set("Authlib", "a token without kid and an imported set that grows", f"JsonWebKey.import_key_set({ONE_JWK})",
           f"JsonWebKey.import_key_set({TWO_JWKS})", GROWN),
    in_set("python-jose", "a token without kid: all keys are tried", ONE_JWK, TWO_JWKS),
    in_set("joserfc", "a token with kid and a set that grows", "KeySet([FIRST])", "KeySet([FIRST, SECOND])", kid=', "kid": "1"'),
    *[in_set(library, "a set signs, and draws a key", "KeySet([FIRST])", "KeySet([FIRST, SECOND])", DRAWN, key="KEYS") for library in ("joserfc", "Authlib")],
]  # fmt: skip

BOTH = ("PyJWT", "python-jose")
CLAIMS = ("Authlib", "joserfc")
TOKENS_VERIFIED = [
    *[token(library, "algorithm", 'algorithms=["HS256"], options={}', 'algorithms=["RS256"], options={}', NARROWED) for library in BOTH],
    *[token(library, "one more algorithm", 'algorithms=["HS256"]', 'algorithms=["RS256", "HS256"]') for library in BOTH],
    token("PyJWT", "audience asked for", 'algorithms=["HS256"]', 'algorithms=["HS256"], audience="x"', NARROWED),
    token("python-jose", "audience asked for", 'algorithms=["HS256"]', 'algorithms=["HS256"], audience="x"'),
    *[token(library, "audience asked for", "{}", '{"aud": {"essential": True, "value": "x"}}', NARROWED) for library in CLAIMS],
    *[token(library, "audience asked for, not essential", "{}", '{"aud": {"value": "x"}}') for library in CLAIMS],
    *[token(library, "audience no longer asked for", 'algorithms=["HS256"], audience="x"', 'algorithms=["HS256"]', NARROWED) for library in BOTH],
    *[token(library, "audience no longer asked for", '{"aud": {"value": "x"}}', "{}") for library in CLAIMS],
    *[token(library, "issuer asked for", 'algorithms=["HS256"]', 'algorithms=["HS256"], issuer="https://x"', NARROWED) for library in BOTH],
    *[token(library, "issuer's slash", 'algorithms=["HS256"], issuer="https://x"', 'algorithms=["HS256"], issuer="https://x/"', NARROWED) for library in BOTH],
    *[token(library, "issuer asked for", "{}", '{"iss": {"essential": True, "value": "https://x"}}', NARROWED) for library in CLAIMS],
    *[token(library, "issuer's slash", '{"iss": {"value": "https://x"}}', '{"iss": {"value": "https://x/"}}', NARROWED) for library in CLAIMS],
    token("PyJWT", "a claim required", 'algorithms=["HS256"]', 'algorithms=["HS256"], options={"require": ["jti"]}', NARROWED),
    token("python-jose", "a claim required", 'algorithms=["HS256"]', 'algorithms=["HS256"], options={"require_jti": True}', NARROWED),
    *[token(library, "a claim required", "{}", '{"jti": {"essential": True}}', NARROWED) for library in CLAIMS],
    pinned("PyJWT and a number as subject", "pyjwt==2.9.0", "pyjwt==2.10.0", "upgrade-logs-out everyone heals",
           shop__tokens='import jwt\n\n\ndef create(user, key):\n    return jwt.encode({"sub": user.id}, key)\n'),
    pinned("PyJWT and a number as identity of Flask-JWT-Extended", "pyjwt==2.9.0", "pyjwt==2.10.0", "upgrade-logs-out everyone heals",
           shop__tokens="from flask_jwt_extended import create_access_token\n\n\ndef create(user):\n    return create_access_token(identity=user.id)\n"),
    pinned("PyJWT and a number as identity that is not looked at", "pyjwt==2.9.0", "pyjwt==2.10.0", "",
           shop__tokens="from flask_jwt_extended import create_access_token\n\n\ndef create(user):\n    return create_access_token(identity=user.id)\n",
           shop__config="class Config:\n    JWT_VERIFY_SUB = False\n"),
    pinned("PyJWT back to where the provider's outage wipes keys", "pyjwt==2.13.0", "pyjwt==2.12.1", "upgrade-logs-out next-incident heals",
           shop__tokens="import jwt\n\nCLIENT = jwt.PyJWKClient('https://login.test/jwks')\n"),
    pinned("PyJWT to where fetches wait for each other", "pyjwt==2.13.0", "pyjwt==2.14.0", "upgrade-logs-out next-incident heals",
           shop__tokens="import jwt\n\nCLIENT = jwt.PyJWKClient('https://login.test/jwks')\n"),
]  # fmt: skip

TOKEN_AUTH = "from rest_framework.authentication import TokenAuthentication\n\n\nclass Tokens(TokenAuthentication):\n    pass\n"

SIMPLE = [
    django("simplejwt SECRET_KEY in two phases", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]\nSIMPLE_JWT = {{}}',
           f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]\nSIMPLE_JWT = {{}}', KEY_OUT),
    django("simplejwt SIGNING_KEY pinned", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]\nSIMPLE_JWT = {{}}',
           f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]\nSIMPLE_JWT = {{"SIGNING_KEY": "{OLD}"}}'),
    django("simplejwt SIGNING_KEY", f'SIMPLE_JWT = {{"SIGNING_KEY": "{OLD}"}}', f'SIMPLE_JWT = {{"SIGNING_KEY": "{NEW}"}}', KEY_OUT),
    *[
        django(f"simplejwt {name}", "SIMPLE_JWT = {}", f'SIMPLE_JWT = {{"{name}": {value}}}', TOKENS)
        for name, value in (
            ("ALGORITHM", '"HS512"'), ("AUDIENCE", '"x"'), ("ISSUER", '"x"'), ("USER_ID_CLAIM", '"uid"'), ("USER_ID_FIELD", '"uuid"'), ("TOKEN_TYPE_CLAIM",
            '"typ"'),
            ("JTI_CLAIM", '"id"'), ("AUTH_TOKEN_CLASSES", '("shop.tokens.Access",)'), ("AUTH_HEADER_TYPES", '("JWT",)'), ("AUTH_HEADER_NAME", '"HTTP_X_TOKEN"'),
            ("CHECK_REVOKE_TOKEN", "True"),
        )
    ],
    django("simplejwt REVOKE_TOKEN_CLAIM", 'SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True}', 'SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True, "REVOKE_TOKEN_CLAIM": "h"}',
        TOKENS),
    django("simplejwt AUDIENCE taken away", 'SIMPLE_JWT = {"AUDIENCE": "x", "ISSUER": "y"}', "SIMPLE_JWT = {}"),
    django("simplejwt JWK_URL", 'SIMPLE_JWT = {"ALGORITHM": "RS256"}', 'SIMPLE_JWT = {"ALGORITHM": "RS256", "JWK_URL": "https://login.test/jwks"}', TOKENS),
    django("simplejwt JWK_URL beside a secret", "SIMPLE_JWT = {}", 'SIMPLE_JWT = {"JWK_URL": "https://login.test/jwks"}'),
    django("simplejwt AUDIENCE, another one", 'SIMPLE_JWT = {"AUDIENCE": "x"}', 'SIMPLE_JWT = {"AUDIENCE": "y"}', TOKENS),
    django("dj-rest-auth, another cookie", 'REST_AUTH = {"JWT_AUTH_COOKIE": "a"}', 'REST_AUTH = {"JWT_AUTH_COOKIE": "b"}',
           "session-cookie-renamed everyone heals"),
    django("dj-rest-auth, the domain of its cookie", 'REST_AUTH = {"JWT_AUTH_COOKIE": "a"}',
           'REST_AUTH = {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_COOKIE_DOMAIN": "shop.test"}', "session-cookie-rescoped some-users does-not-heal"),
    django("dj-rest-auth, a cookie for other sites", 'REST_AUTH = {"JWT_AUTH_COOKIE": "a"}',
           'REST_AUTH = {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_SAMESITE": "None"}',
           "session-cookie-refused new-logins heals"),
    pinned("dj-rest-auth 2 -> 3", "dj-rest-auth==2.2.8", "dj-rest-auth==3.0.0", "upgrade-logs-out everyone heals",
           shop__settings=APPS + 'JWT_AUTH_COOKIE = "a"\n'),
    pinned("dj-rest-auth 2 -> 3 without cookies", "dj-rest-auth==2.2.8", "dj-rest-auth==3.0.0", "", shop__settings=APPS + "REST_USE_JWT = True\n"),
    pinned("django-rest-knox 4 -> 5", "django-rest-knox==4.2.0", "django-rest-knox==5.0.2", "upgrade-logs-out everyone heals"),
    pinned("django-rest-knox 5 -> 4", "django-rest-knox==5.0.2", "django-rest-knox==4.2.0", "upgrade-logs-out everyone heals"),
    django("simplejwt lifetimes", "SIMPLE_JWT = {}",
        'SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": timedelta(seconds=60), "REFRESH_TOKEN_LIFETIME": timedelta(hours=1)}'),
    Row("DRF the word before tokens", TOKEN_AUTH, TOKEN_AUTH.replace("pass", 'keyword = "Bearer"'), TOKENS, "shop/auth.py"),
    Row("DRF the word before tokens, as it is by default", TOKEN_AUTH, TOKEN_AUTH.replace("pass", 'keyword = "Token"'), "", "shop/auth.py"),
    django("DRF's token authentication removed", 'REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}',
           'REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["shop.auth.Tokens"]}', LOOKUP),
]  # fmt: skip

EXTENDED = [
    flask("JWT and SECRET_KEY", f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]', f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]', KEY_OUT,
          common='JWT_TOKEN_LOCATION = ["headers"]\n'),
    flask("JWT_SECRET_KEY", f'JWT_SECRET_KEY = "{OLD}"', f'JWT_SECRET_KEY = "{NEW}"', KEY_OUT),
    flask("JWT_ALGORITHM with both accepted", "", 'JWT_ALGORITHM = "HS512"\nJWT_DECODE_ALGORITHMS = ["HS512", "HS256"]'),
    *[
        flask(name, "", f"{name} = {value}", TOKENS)
        for name, value in (
            ("JWT_ALGORITHM", '"HS512"'), ("JWT_DECODE_AUDIENCE", '"x"'), ("JWT_DECODE_ISSUER", '"x"'), ("JWT_IDENTITY_CLAIM", '"uid"'), ("JWT_HEADER_NAME",
            '"X-Token"'),
            ("JWT_HEADER_TYPE", '"JWT"'), ("JWT_TOKEN_LOCATION", '["cookies"]'),
        )
    ],
    flask("JWT_ACCESS_COOKIE_NAME", "", 'JWT_ACCESS_COOKIE_NAME = "at"', "session-cookie-renamed everyone heals"),
    flask("JWT_COOKIE_CSRF_PROTECT", "JWT_COOKIE_CSRF_PROTECT = False", "JWT_COOKIE_CSRF_PROTECT = True", "token-contract-changed some-users heals"),
    flask("JWT_ACCESS_CSRF_HEADER_NAME", "", 'JWT_ACCESS_CSRF_HEADER_NAME = "X-Other"', "token-contract-changed some-users heals"),
    flask("JWT lifetimes", "", "JWT_ACCESS_TOKEN_EXPIRES = 60\nJWT_REFRESH_TOKEN_EXPIRES = 3600"),
]  # fmt: skip

SESSION = "SignedCookieSessionFactory"
PYRAMID = [
    called("Pyramid secret", SESSION, f'"{OLD}"', f'"{NEW}"', KEY_OUT),
    *[called(f"Pyramid {name}", SESSION, "KEY", f'KEY, {name}="{value}"', TOKENS) for name, value in (("hashalg", "sha256"), ("salt", "shop"))],
    called("Pyramid defaults written out", SESSION, "KEY", 'KEY, cookie_name="session", timeout=1200, hashalg="sha512", path="/", samesite="Lax"'),
    called("Pyramid cookie_name", SESSION, "KEY", 'KEY, cookie_name="sid"', "session-cookie-renamed everyone heals"),
    called("Pyramid timeout", SESSION, "KEY", "KEY, timeout=60", "login-lives-shorter some-users does-not-heal"),
    called("Pyramid timeout, longer", SESSION, "KEY", "KEY, timeout=6000"),
    called("Pyramid domain", SESSION, "KEY", 'KEY, domain="shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    called("Pyramid samesite", SESSION, "KEY", 'KEY, samesite="Strict"', "session-cookie-kept-from-provider new-logins heals"),
    *[
        row
        for name in ("AuthTktCookieHelper", "AuthTktAuthenticationPolicy")
        for row in (
            called(f"Pyramid {name} secret", name, f'"{OLD}"', f'"{NEW}"', KEY_OUT),
            called(f"Pyramid {name} hashalg", name, "KEY", 'KEY, hashalg="sha256"', TOKENS),
            called(f"Pyramid {name} hashalg, as it is by default", name, "KEY", 'KEY, hashalg="sha512"'),
            called(f"Pyramid {name} include_ip", name, "KEY", "KEY, include_ip=True", TOKENS),
            called(f"Pyramid {name} cookie_name", name, "KEY", 'KEY, cookie_name="ticket"', "session-cookie-renamed everyone heals"),
            called(f"Pyramid {name} timeout", name, "KEY", "KEY, timeout=60, reissue_time=6", "login-lives-shorter some-users heals"),
        )
    ],
]  # fmt: skip

PYRAMID += [
    pinned("pyramid 1.10 -> 2.0", "pyramid==1.10.8", "pyramid==2.0", "upgrade-logs-out everyone heals",
           shop__app=f"from pyramid.session import {SESSION}\n\nsessions = {SESSION}(KEY)\n"),
    pinned("pyramid 1.10 -> 2.0 with a serializer of one's own", "pyramid==1.10.8", "pyramid==2.0", "",
           shop__app=f"from pyramid.session import {SESSION}\n\nsessions = {SESSION}(KEY, serializer=Both())\n"),
    pinned("pyramid 1.10 -> 2.0 without sessions", "pyramid==1.10.8", "pyramid==2.0", "", shop__app="from pyramid.config import Configurator\n"),
]  # fmt: skip

ENCRYPTED = "EncryptedCookieStorage"
AIOHTTP = [
    called("aiohttp-session secret_key", ENCRYPTED, f'b"{OLD}"', f'b"{NEW}"', KEY_OUT),
    called("aiohttp-session cookie_name", ENCRYPTED, "KEY", 'KEY, cookie_name="sid"', "session-cookie-renamed everyone heals"),
    called("aiohttp-session max_age", ENCRYPTED, "KEY, max_age=3600", "KEY, max_age=60", "login-lives-shorter some-users heals"),
    called("aiohttp-session path", ENCRYPTED, "KEY", 'KEY, path="/app"', "session-cookie-rescoped some-users does-not-heal"),
    called("aiohttp-session domain", ENCRYPTED, "KEY", 'KEY, domain="shop.test"', "session-cookie-rescoped some-users does-not-heal"),
    called("aiohttp-session httponly", ENCRYPTED, "KEY", "KEY, httponly=False"),
    called("aiohttp-session encoder", ENCRYPTED, "KEY", "KEY, encoder=compact"),
    called("aiohttp-session defaults written out", ENCRYPTED, "KEY", 'KEY, cookie_name="AIOHTTP_SESSION", path="/", domain=None'),
]

TORNADO = [
    called("Tornado cookie_secret", "Application", f'[], cookie_secret="{OLD}"', f'[], cookie_secret="{NEW}"', KEY_OUT),
    called("Tornado versions, the new one signs at once", "Application", f'[], cookie_secret="{OLD}"',
           f'[], cookie_secret={{0: "{OLD}", 1: "{NEW}"}}, key_version=1', "key-signs-before-accepted some-users does-not-heal"),
    called("Tornado versions, known first", "Application", f'[], cookie_secret="{OLD}"', f'[], cookie_secret={{0: "{OLD}", 1: "{NEW}"}}, key_version=0'),
    called("Tornado versions, then signing", "Application", f'[], cookie_secret={{0: "{OLD}", 1: "{NEW}"}}, key_version=0',
           f'[], cookie_secret={{0: "{OLD}", 1: "{NEW}"}}, key_version=1'),
    called("Tornado versions, the old one under another number", "Application", f'[], cookie_secret="{OLD}"',
           f'[], cookie_secret={{1: "{OLD}", 2: "{NEW}"}}, key_version=2', KEY_OUT),
    called("Tornado settings of a dictionary", "Application", f'[], **{{"cookie_secret": "{OLD}"}}', f'[], **dict(cookie_secret="{NEW}")', KEY_OUT),
    Row("Tornado max_age_days", READS.format(""), READS.format(", max_age_days=1"), "login-lives-shorter some-users heals", "shop/app.py"),
    Row("Tornado max_age_days, as it is by default", READS.format(""), READS.format(", max_age_days=31"), "", "shop/app.py"),
    Row("Tornado min_version", READS.format(""), READS.format(", min_version=2"), TOKENS, "shop/app.py"),
]  # fmt: skip

ROWS = [*PYRAMID, *AIOHTTP, *TORNADO, *DJANGO, *FLASK, *STARLETTE, *FASTAPI_USERS, *ITSDANGEROUS, *TOKENS_VERIFIED, *KEY_SETS, *SIMPLE, *EXTENDED]

NO_STATIC_FORM = {
    "Django: Redis unreachable for one request under cached_db": "an event, not a change; nobody is logged out",
    "Django: DATABASES points to an empty database": "whether another database is empty is not in the repository; another name or kind is reported, as likely",
    "Django: rows of django_session or auth_user changed by SQL": "migrations; their own tests hold these rows",
    "Django: AUTH_USER_MODEL whose table has the same rows": "data; the finding says for whom it is true",
    "DRF: SECRET_KEY with token authentication alone": "views may name other authentications; the key signs more than tokens",
    "Flask: a line end in a secret that is mounted as a file": "the file is not in the repository; one in an env file is found",
    "Flask-Session, Redis down": "an event, not a change; nobody is logged out",
    "Flask-Login: the address that the application sees, under strong protection": "what proxies stand before it is not in the repository",
    "fastapi-users: decode_responses with UUID ids": "requests fail loudly, and nobody is logged out",
    "JWT: iat or nbf in the future": "a clock; the leeway rules cover it",
    "JWT: python-jose and an unknown kid": "it tries every key, and nobody is logged out",
    "simplejwt: blacklist emptied, hashes rewritten": "data",
    "a name that nobody defines (get_current_key, Unauthorized, logger)": "type checkers and ruff's F821 find it in every file, not only in one about sessions",
    "a leeway of minutes for a clock that is an hour ahead": "which clock is off by how much is not in the repository",
    "Authlib, joserfc: claims that nobody validates": "expired tokens are accepted: nobody is logged out",
    "cookies: traffic moved between hosts, more than 4096 bytes": "what is served where, and what a session holds, exists only at run time",
}


def outcome(row: Row) -> set[str]:
    beside = dict(row.beside)
    judged = judge({row.path: row.base, **beside}, {row.path: row.head, **beside}, JUDGED)
    assert all(each.confidence != "low" for each in judged.findings), "what is hidden by default tells nobody"
    return {f"{each.rule} {each.impact} {each.rollback}" for each in judged.findings}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Row) -> None:
    expected = set(row.finds.split("\n")) - {""}
    found = outcome(row)
    if row.finds and row.finds.split("\n")[0].split(" ")[0] in ("session-engine-switched", "session-store-moved"):  # into the cache, there is more to say
        found -= {
            "sessions-only-in-cache next-incident does-not-heal",
            "sessions-in-process-memory everyone does-not-heal",
            "sessions-in-own-folder everyone does-not-heal",
        }
    assert found == expected


@pytest.mark.parametrize("row", [row for row in ROWS if row.finds], ids=lambda row: row.name)
def test_a_row_that_does_not_change_is_silent(row: Row) -> None:
    moved = Row(row.name, row.head, "# a comment moves everything down\n\n" + row.head, "", row.path, row.beside)
    assert outcome(moved) == set()


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert all(reason for reason in NO_STATIC_FORM.values())


def test_settings_that_move_one_cache_are_one_finding() -> None:
    """The kind of a cache and its address mostly change together: that is one move, and the other setting stands beside it."""
    engine = f'{APPS}SESSION_ENGINE = "{ENGINES["cache"]}"\n'
    base, head = ({"shop/settings.py": engine + text} for text in (cache(), cache(KEY_PREFIX='"shop"', VERSION="2")))
    (finding,) = judge(base, head).findings
    assert finding.rule == "session-store-moved"
    assert any("moves it too" in each.message for each in finding.related)
