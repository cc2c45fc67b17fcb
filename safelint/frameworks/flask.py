"""Flask: measured on 3.1.3, 3.1.0, 3.0.3 and 2.2.5. The session is a signed cookie: what signs it decides everything."""

from __future__ import annotations

from safelint.frameworks import Component, Framework, Row, Upgrade
from safelint.values import Known, Listing

_ALL_OUT = "every user is logged out"

FRAMEWORK = Framework(
    name="Flask",
    distributions=("flask",),
    packages=("flask",),
    forms=("config", "class", "mapping", "module"),
    components=(
        Component(name="SecureCookieSessionInterface", bases=("flask.sessions.SecureCookieSessionInterface", "quart.sessions.SecureCookieSessionInterface")),
    ),
    marks=("PERMANENT_SESSION_LIFETIME", "SESSION_REFRESH_EACH_REQUEST", "APPLICATION_ROOT", "SQLALCHEMY_*", "WTF_*", "SESSION_TYPE",
        "MAX_CONTENT_LENGTH", "session_interface",
           "JWT_SECRET_KEY", "JWT_TOKEN_LOCATION", "REMEMBER_COOKIE_*"),
    rows=(
        # Flask-Session keeps sessions on a server: the cookie is a random name, and signed only on demand - with no fallbacks then.
        Row(setting="SECRET_KEY", cause="keys", effect="none", when=(("SESSION_TYPE", "!None|null|cookie"), ("SESSION_USE_SIGNER", "!True"))),
        Row(setting="SECRET_KEY", role="key", cause="keys", effect="out", when=(("SESSION_TYPE", "!None|null|cookie"),),
            says=f"{_ALL_OUT}; the signer of Flask-Session knows no fallbacks"),
        Row(setting="SECRET_KEY", role="key", grace="SECRET_KEY_FALLBACKS", grace_since="3.1", grace_spoils=("3.1.0",), cause="keys", effect="out",
            says=f"{_ALL_OUT}; going back heals it, except for those whose session was written to meanwhile (a flash message, a CSRF token)"),
        Row(setting="SECRET_KEY_FALLBACKS", role="fallbacks", about="grace", cause="keys", effect="gradual", kind="removed", impact="some-users",
            default=Listing(()),
            says="whoever holds a session that was only read since the key was replaced is logged out: reading does not sign it anew"),
        Row(setting="SECRET_KEY_FALLBACKS", role="fallbacks", about="grace", cause="keys", effect="none", default=Listing(())),
        Row(setting="session_interface", about="engine", cause="store", effect="out", says=f"{_ALL_OUT}: sessions are kept somewhere else"),
        Row(setting="session_interface.storage", about="place", cause="store", effect="out", says=f"{_ALL_OUT}: sessions are looked for somewhere else"),
        Row(setting="session_interface.serializer", about="format", cause="store", effect="out", says=f"{_ALL_OUT}: no stored session can be read"),
        *(
            Row(setting=f"{holder}.{name}", about="signature", cause="keys", effect="out", default=Known(default),
                says=f"{_ALL_OUT}: no signature fits any more")
            for holder in ("session_interface", "SecureCookieSessionInterface")
            for name, default in (("salt", "cookie-session"), ("digest_method", "hashlib.sha1"), ("key_derivation", "hmac"))
        ),
        Row(setting="SESSION_COOKIE_NAME", cause="cookies", effect="out", default=Known("session"), says=f"{_ALL_OUT}: browsers still send the old name"),
        Row(setting="SESSION_COOKIE_DOMAIN", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal",
            says="browsers keep the old cookie beside the new one, Flask reads the old one, and logging out does not log out"),
        # Up to Flask 2.2 the cookie's domain is the server's name where no other is given.
        Row(setting="SERVER_NAME", cause="cookies", effect="duplicates", until="2.3", when=(("SESSION_COOKIE_DOMAIN", "None"),), impact="some-users",
            rollback="does-not-heal", says="browsers keep the old cookie beside the new one"),
        Row(setting="SERVER_NAME", cause="cookies", effect="none"),
        Row(setting="SESSION_COOKIE_PATH", cause="cookies", effect="duplicates", default_from="APPLICATION_ROOT", default=Known("/"), impact="some-users",
            rollback="does-not-heal", says="browsers keep the old cookie beside the new one"),
        Row(setting="APPLICATION_ROOT", cause="cookies", effect="none", default=Known("/"), says="the path of the session cookie follows it, and says so"),
        Row(setting="SESSION_COOKIE_SECURE", cause="cookies", effect="no-new-logins", after=("True",), impact="new-logins", default=Known(False),
            says="over http browsers refuse the cookie: nobody can log in there"),
        Row(setting="SESSION_COOKIE_SECURE", cause="cookies", effect="none", default=Known(False)),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Nn]one",), before=("[LlSs]*",),
            when=(("SESSION_COOKIE_SECURE", "!True"),),
            impact="new-logins", says="browsers refuse SameSite=None without Secure: nobody can log in"),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="no-new-logins", after=("[Ss]trict",), impact="some-users",
            says="the way back from an identity provider arrives without the session: such logins fail, and links from elsewhere look logged out"),
        Row(setting="SESSION_COOKIE_SAMESITE", cause="cookies", effect="none"),
        Row(setting="SESSION_COOKIE_PARTITIONED", cause="cookies", effect="duplicates", impact="some-users", rollback="does-not-heal", default=Known(False),
            says="browsers keep the old cookie beside the new one"),
        Row(setting="SESSION_COOKIE_HTTPONLY", cause="cookies", effect="none", default=Known(True)),
        Row(setting="PERMANENT_SESSION_LIFETIME", cause="cookies", effect="none", when=(("SESSION_TYPE", "!None|null|cookie"),), default=Known(2678400.0),
            says="Flask-Session gives each session its end when it is written"),
        Row(setting="PERMANENT_SESSION_LIFETIME", cause="cookies", effect="older-out", kind="shorter", impact="some-users", default=Known(2678400.0),
            says="everybody whose cookie is older than the new lifetime is logged out at once, sessions that are not permanent too"),
        Row(setting="PERMANENT_SESSION_LIFETIME", cause="cookies", effect="none", default=Known(2678400.0)),
    ),
    upgrades=(
        Upgrade(to="2.3", where=(("SERVER_NAME", "!None"),), unless=(("SESSION_COOKIE_DOMAIN", "!None"),), effect="duplicates", impact="some-users",
                rollback="does-not-heal",
                says="the session cookie no longer takes its domain from SERVER_NAME: browsers keep the old cookie beside the new one"),
        Upgrade(to="3.1", back=True, where=(("SECRET_KEY_FALLBACKS", "!None"),), effect="out", impact="some-users", severity="error",
                says="SECRET_KEY_FALLBACKS is ignored: whoever still holds a session that an old key signed is logged out"),
        Upgrade(to="3.1.0", until="3.1.1", downwards=True, where=(("SECRET_KEY_FALLBACKS", "!None"),), effect="gradual", impact="next-incident",
                rollback="does-not-heal", severity="error",
                says="with SECRET_KEY_FALLBACKS every new session is signed by the oldest key: to end the grace period logs everybody out (3.1.1 mends it)"),
    ),
)  # fmt: skip
