"""Django: measured on 5.2, upgrades from 3.0 to 6.0.

How the four engines differ decides most rows. The auth hash in a session is signed by SECRET_KEY: `db` and `file` hold the whole session
signed and refuse it without touching it, `cache` and `cached_db` load it, see the wrong hash and flush it, `signed_cookies` is overwritten.
"""

from __future__ import annotations

from safelint.frameworks import Framework, Row, Upgrade
from safelint.values import Known, Listing, Value

_ENGINE = "SESSION_ENGINE"
_DB = "*.db|*.file"
_CACHED = "*.cache|*.cached_db"
_DB_BACKEND = "django.contrib.sessions.backends.db"
_ALL_OUT = "every user is logged out"
_DELETED = "every user is logged out, and the visit itself deletes the session and its cookie, so that going back does not bring it back"
_CACHE = (("SESSION_ENGINE", "*.cache"),)
_NULL = Known(None)
_HASHERS = Listing(tuple(Known(f"django.contrib.auth.hashers.{name}PasswordHasher") for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "Scrypt")))
_MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def _cache_row(setting: str, says: str, default: Value | None = _NULL) -> tuple[Row, ...]:
    """A row for one cache setting: it matters only for the alias that holds sessions, and only under the pure cache engine."""
    return (
        Row(
            setting=f"CACHES.*.{setting}", about="place", cause="store", effect="destroyed", alias="SESSION_CACHE_ALIAS", when=_CACHE, rollback="does-not-heal",
            says=f"{says}: {_DELETED}", default=default,
        ),
        Row(setting=f"CACHES.*.{setting}", cause="store", effect="none", says="cached_db falls through to the table, other engines use no cache"),
    )  # fmt: skip


FRAMEWORK = Framework(
    name="Django",
    distributions=("django",),
    packages=("django",),
    forms=("module", "class"),
    marks=("INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "MIDDLEWARE_CLASSES", "WSGI_APPLICATION", "SESSION_ENGINE", "AUTH_USER_MODEL", "SESSION_COOKIE_AGE",
           "CACHES", "DATABASES", "CSRF_COOKIE_*", "SESSION_SERIALIZER", "SESSION_CACHE_ALIAS", "AUTHENTICATION_BACKENDS", "PASSWORD_HASHERS",
           "SIMPLE_JWT", "REST_FRAMEWORK", "ALLOWED_HOSTS", "USE_TZ", "LANGUAGE_CODE", "STATIC_URL"),
    rows=(
        # ---- keys
        Row(setting="SECRET_KEY", role="key", grace="SECRET_KEY_FALLBACKS", cause="keys", effect="destroyed", when=((_ENGINE, _CACHED),),
            rollback="does-not-heal", default=None, says=_DELETED),
        Row(setting="SECRET_KEY", role="key", grace="SECRET_KEY_FALLBACKS", cause="keys", effect="destroyed", when=((_ENGINE, "*.signed_cookies"),),
            rollback="does-not-heal", default=None,
            says="every user is logged out, and every visit overwrites the session cookie with an empty one, so that going back does not bring it back"),
        Row(setting="SECRET_KEY", role="key", grace="SECRET_KEY_FALLBACKS", cause="keys", effect="out", default=None,
            says=f"{_ALL_OUT}; the rows stay, and going back heals it"),
        Row(setting="SECRET_KEY_FALLBACKS", role="fallbacks", about="grace", cause="keys", effect="gradual", kind="removed", impact="some-users",
            default=Listing(()),
            says="whoever has not come by since the key was replaced is logged out"),
        Row(setting="SECRET_KEY_FALLBACKS", role="fallbacks", about="grace", cause="keys", effect="none", default=Listing(())),
        Row(setting="SIGNING_BACKEND", cause="keys", effect="none", default=Known("django.core.signing.TimestampSigner"), says="sessions do not use it"),
        # ---- the store
        Row(setting=_ENGINE, about="engine", cause="store", effect="none", before=("*.db",), after=("*.cached_db",), default=Known(_DB_BACKEND),
            says="both read the same table"),
        Row(setting=_ENGINE, about="engine", cause="store", effect="none", before=("*.cached_db",), after=("*.db",), default=Known(_DB_BACKEND),
            says="both read the same table"),
        Row(setting=_ENGINE, about="engine", cause="store", effect="destroyed", rollback="does-not-heal", default=Known(_DB_BACKEND),
            says="every user is logged out, and the first visit deletes or overwrites the session cookie, so that going back does not bring it back"),
        Row(setting="SESSION_SERIALIZER", about="format", cause="store", effect="fails", since="5.0",
            after=("django.contrib.sessions.serializers.PickleSerializer",),
            default=Known("django.contrib.sessions.serializers.JSONSerializer"), says="every request with a session fails: Django 5.0 removed this serializer"),
        Row(setting="SESSION_SERIALIZER", about="format", cause="store", effect="none", when=((_ENGINE, "*.cache"),),
            default=Known("django.contrib.sessions.serializers.JSONSerializer"), says="the cache has a serializer of its own"),
        Row(setting="SESSION_SERIALIZER", about="format", cause="store", effect="destroyed", when=((_ENGINE, "*.signed_cookies"),), rollback="does-not-heal",
            default=Known("django.contrib.sessions.serializers.JSONSerializer"), says="no stored session can be read: every user is logged out for good"),
        Row(setting="SESSION_SERIALIZER", about="format", cause="store", effect="out", default=Known("django.contrib.sessions.serializers.JSONSerializer"),
            says="no stored session can be read: every user is logged out"),
        Row(setting="SESSION_CACHE_ALIAS", about="place", cause="store", effect="destroyed", when=_CACHE, rollback="does-not-heal", default=Known("default"),
            says=f"sessions are looked for in another cache: {_DELETED}"),
        Row(setting="SESSION_CACHE_ALIAS", about="place", cause="store", effect="none", default=Known("default")),
        *_cache_row("KEY_PREFIX", "sessions are looked for under other keys", default=Known("")),
        *_cache_row("VERSION", "sessions are looked for under other keys", default=Known(1)),
        *_cache_row("KEY_FUNCTION", "sessions are looked for under other keys"),
        # Django's own client for Redis and django-redis store alike, by their defaults.
        Row(setting="CACHES.*.BACKEND", about="place", cause="store", effect="none", before=("django.core.cache.backends.redis.RedisCache",
            "django_redis.cache.RedisCache"),
            after=("django.core.cache.backends.redis.RedisCache", "django_redis.cache.RedisCache"), default=None,
            says="both use the same keys and the same pickles"),
        *_cache_row("BACKEND", "sessions are looked for in another kind of cache", default=None),
        *_cache_row("LOCATION", "sessions are looked for in another place", default=Known("")),
        *_cache_row("OPTIONS.db", "sessions are looked for in another database of the server"),
        Row(setting="CACHES.*.OPTIONS.SERIALIZER", about="format", cause="store", effect="destroyed", alias="SESSION_CACHE_ALIAS", when=_CACHE,
            rollback="does-not-heal",
            default=Known("django_redis.serializers.pickle.PickleSerializer"), says=f"no stored session can be read: {_DELETED}"),
        Row(setting="CACHES.*.OPTIONS.COMPRESSOR", about="format", cause="store", effect="none", before=("*.IdentityCompressor",),
            default=Known("django_redis.compressors.identity.IdentityCompressor"), says="what is not compressed is still read"),
        Row(setting="CACHES.*.OPTIONS.COMPRESSOR", about="format", cause="store", effect="destroyed", alias="SESSION_CACHE_ALIAS", when=_CACHE,
            rollback="does-not-heal",
            default=Known("django_redis.compressors.identity.IdentityCompressor"), says=f"no stored session can be read: {_DELETED}"),
        Row(setting="CACHES.*.TIMEOUT", cause="store", effect="none", default=Known(300), says="sessions bring their own"),
        # The same server, by an engine of another name.
        *(
            Row(setting="DATABASES.default.ENGINE", about="place", cause="store", effect="none", before=(kind,), after=(kind,), default=None)
            for kind in ("*postg*", "*psql*", "*mysql*", "*sqlite*", "*spatialite*", "*oracle*")
        ),
        *(
            Row(setting=f"DATABASES.default.{name}", about="place", cause="store", effect="destroyed", likely=True, when=((_ENGINE, "*.db|*.cached_db"),),
                rollback="does-not-heal", default=default, says=f"unless the sessions are moved along, {_DELETED}")
            for name, default in (("ENGINE", None), ("NAME", Known("")))
        ),
        Row(setting="DATABASES.default.ENGINE", cause="store", effect="none", default=None),
        Row(setting="DATABASES.default.NAME", cause="store", effect="none", default=Known("")),
        Row(setting="TIME_ZONE", about="zone", cause="store", effect="destroyed", impact="some-users", rollback="does-not-heal",
            default=Known("America/Chicago"),
            when=(("USE_TZ", "False"), (_ENGINE, "*.db|*.cached_db")),
            says="expiry dates without a zone are read in the new one: sessions end hours early, or late"),
        Row(setting="TIME_ZONE", about="zone", cause="store", effect="none", default=Known("America/Chicago")),
        Row(setting="USE_TZ", about="zone", cause="store", effect="destroyed", impact="some-users", rollback="does-not-heal", default=None, before=("True",),
            after=("False",),
            when=((_ENGINE, "*.db|*.cached_db"), ("TIME_ZONE", "!UTC|Etc/UTC")),
            says="expiry dates are read without their zone: sessions end hours early, or late"),
        Row(setting="USE_TZ", about="zone", cause="store", effect="none", default=None),
        # ---- who may be logged in
        Row(setting="AUTHENTICATION_BACKENDS", about="users", cause="keys", effect="out", kind="removed", impact="some-users",
            default=Listing((Known(_MODEL_BACKEND),)),
            says="everybody who logged in through a backend that is gone is logged out: sessions keep its dotted path"),
        Row(setting="AUTHENTICATION_BACKENDS", about="users", cause="keys", effect="none", default=Listing((Known(_MODEL_BACKEND),))),
        Row(setting="AUTH_USER_MODEL", about="users", cause="store", effect="out", default=Known("auth.User"), rollback="does-not-heal",
            says="sessions are looked up in another table of users: whoever has no row of the same id and password hash there is logged out"),
        Row(setting="PASSWORD_HASHERS", about="users", cause="store", effect="no-new-logins", kind="first-removed", impact="new-logins", default=_HASHERS,
            says="nobody whose password was hashed by a hasher that is gone can log in again"),
        Row(setting="PASSWORD_HASHERS", about="users", cause="store", effect="gradual", kind="first", impact="some-users", rollback="does-not-heal",
            default=_HASHERS,
            says="the next login of a user hashes the password anew, and that logs out all other devices of that user"),
        Row(setting="PASSWORD_HASHERS", about="users", cause="store", effect="none", default=_HASHERS),
        Row(setting="MIDDLEWARE", about="users", cause="store", effect="fails", before=("*SessionMiddleware*AuthenticationMiddleware*",),
            after=("*AuthenticationMiddleware*SessionMiddleware*",), default=None,
            says="every request fails: who the user is is asked for before there is a session"),
        Row(setting="MIDDLEWARE", about="users", cause="store", effect="out", before=("*django.contrib.auth.middleware.AuthenticationMiddleware*",),
            after=("!*Auth*",), kind="removed", default=None, says=f"{_ALL_OUT}: nothing reads the session any more"),
        Row(setting="MIDDLEWARE", about="users", cause="store", effect="fails", kind="removed", default=None,
            before=("*django.contrib.sessions.middleware.SessionMiddleware*",), after=("!*Session*",),
            says=f"{_ALL_OUT}, or gets errors: there is no session to ask for who the user is"),
        Row(setting="MIDDLEWARE", about="users", cause="store", effect="out", kind="removed", default=None,
            before=("*django.contrib.sessions.middleware.SessionMiddleware*",), after=("*user_sessions.middleware.SessionMiddleware*",),
            rollback="does-not-heal", says=f"{_ALL_OUT}: django-user-sessions keeps sessions in its own table, and gives whoever comes an empty one"),
        Row(setting="MIDDLEWARE", about="users", cause="store", effect="none", default=None),
        # ---- cookies
        Row(setting="SESSION_COOKIE_NAME", cause="cookies", effect="out", default=Known("sessionid"), says=f"{_ALL_OUT}: browsers still send the old name"),
        Row(setting="SESSION_COOKIE_DOMAIN", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal",
            says="browsers keep the old cookie beside the new one"),
        Row(setting="SESSION_COOKIE_PATH", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal", default=Known("/"),
            when=(("SESSION_ENGINE", "*.signed_cookies"),), says="browsers keep the old cookie beside the new one"),
        Row(setting="SESSION_COOKIE_PATH", cause="cookies", effect="duplicates", impact="some-users", rollback="login-loop", default=Known("/"),
            says="browsers keep the old cookie beside the new one, and nobody whose old session ends can log in again"),
        Row(setting="SESSION_COOKIE_SECURE", cause="cookies", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
            says="over http browsers refuse the cookie: nobody can log in there"),
        Row(setting="SESSION_COOKIE_SECURE", cause="cookies", effect="none", default=Known(False)),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Nn]one",), when=(("SESSION_COOKIE_SECURE",
            "!True"),), impact="new-logins",
            default=Known("Lax"), says="browsers refuse SameSite=None without Secure: nobody can log in"),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Ss]trict",), impact="some-users", default=Known("Lax"),
            says="the way back from an identity provider arrives without the session: such logins fail, and links from elsewhere look logged out"),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="none", default=Known("Lax")),
        Row(setting="SESSION_COOKIE_HTTPONLY", cause="cookies", effect="none", default=Known(True)),
        Row(setting="SESSION_COOKIE_AGE", cause="cookies", effect="no-new-logins", after=("0", "0.0"), when=(("SESSION_EXPIRE_AT_BROWSER_CLOSE", "!True"),),
            impact="new-logins", default=Known(1209600), says="a cookie that is 0 seconds good is thrown away by browsers at once: nobody can log in"),
        Row(setting="SESSION_COOKIE_AGE", cause="cookies", effect="older-out", kind="shorter", when=((_ENGINE, "*.signed_cookies|*.file"),),
            impact="some-users",
            rollback="does-not-heal", default=Known(1209600), says="everybody who logged in longer ago than the new age is logged out at once"),
        Row(setting="SESSION_COOKIE_AGE", cause="cookies", effect="none", default=Known(1209600), says="sessions that exist keep their end"),
        Row(setting="CSRF_COOKIE_NAME", cause="cookies", effect="forms-fail", impact="some-users", default=Known("csrftoken"),
            says="every form that is open answers 403, the login form too"),
        Row(setting="CSRF_USE_SESSIONS", cause="cookies", effect="forms-fail", impact="some-users", default=Known(False),
            says="every form that is open answers 403, the login form too"),
    ),
    upgrades=(
        Upgrade(to="3.1", back=True, effect="out", severity="error",
                says="sessions that Django 3.1 and newer signed by SHA-256 are refused: every user is logged out, or gets an error"),
        Upgrade(to="5.0", where=(("SESSION_SERIALIZER", "*.serializers.PickleSerializer"),),
                unless=(("SESSION_SERIALIZER", "!*.PickleSerializer"),), effect="fails", severity="error",
                says="Django has no PickleSerializer any more: whoever has a session gets an error on every page"),
        # Origins of forms on another host: from 4.0 on they need their scheme, and say so only to manage.py.
        Upgrade(to="4.0", where=(("CSRF_TRUSTED_ORIGINS", "[!hN?]*[a-z0-9]"),), effect="forms-fail", impact="new-logins", severity="error",
                says="an entry of CSRF_TRUSTED_ORIGINS that begins with no scheme counts no more: forms that come from there are refused, the login form too"),
        *(
            Upgrade(to=version, where=tuple(("PASSWORD_HASHERS", f"*.hashers.{hasher}*") for hasher in gone), effect="no-new-logins", impact="new-logins",
                    severity="error", says="Django has no such hasher of PASSWORD_HASHERS any more: to check any password is an error, nobody can log in")
            for version, gone in (("5.0", ("CryptPasswordHasher",)), ("5.1", ("SHA1PasswordHasher", "UnsaltedSHA1PasswordHasher", "UnsaltedMD5PasswordHasher")))
        ),
        Upgrade(to="4.0", below="3.1", effect="out", severity="error",
                says="sessions that Django 3.0 and older signed by SHA-1 are refused: every user is logged out (go by 3.2, for as long as a session lives)"),
        Upgrade(to="4.0", lowest="3.1", where=(("DEFAULT_HASHING_ALGORITHM", "sha1"),), effect="out", severity="error",
                says="sessions signed by SHA-1, as DEFAULT_HASHING_ALGORITHM says, are refused: every user is logged out"),
        *(
            Upgrade(to=version, until="4.0", needs="default-hashers", effect="gradual", impact="some-users", rollback="does-not-heal", severity="info",
                    says="passwords get more rounds: the next login of a user hashes the password anew, and that logs out all other devices of that user")
            for version in ("2.2", "3.0", "3.1", "3.2")
        ),
        *(
            Upgrade(to=version, lowest="3.1", needs="default-hashers", effect="gradual", impact="some-users", rollback="does-not-heal", severity="info",
                    says="passwords get more rounds: the next login of a user hashes the password anew, and that logs out all other devices of that user")
            for version in ("4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0")
        ),
        *(
            Upgrade(to=version, back=True, needs="default-hashers", effect="gradual", impact="some-users", rollback="does-not-heal", severity="info",
                    says="passwords get fewer rounds: the next login of a user hashes the password anew, and that logs out all other devices of that user")
            for version in ("6.0", "5.2", "5.1", "5.0", "4.2", "4.1", "4.0", "3.2", "3.1")
        ),
    ),
)  # fmt: skip
