"""Which tables hold what people log in with: sessions, tokens, the users themselves - as far as a name and columns tell.

Names alone decide only where they are beyond doubt (`django_session`, `auth.refresh_tokens`); `sessions` is also what a
gym, a conference and a game call theirs, so the columns have a say wherever they are known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Literal

from safelint.findings import Confidence
from safelint.places import Place
from safelint.records import dataclass

Role = Literal["session", "token", "user", "other"]
"""`other` is what no name and no code gives: a table that holds no logins, judged because somebody asks for every table."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a table is to the people who are logged in.

    `why` completes "this is a table of logins because"; `library`: the name belongs to a library and needs no second look;
    `place` is where the code or the configuration says so.
    """

    role: Role
    confidence: Confidence
    why: str
    library: bool = False
    place: Place | None = None


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Tables of frameworks and libraries. The name is theirs alone, so it needs no second look.
_SESSIONS = {
    "django_session": "Django",
    "user_sessions_session": "django-user-sessions",
    "qsessions_session": "django-qsessions",
    "usersessions_usersession": "django-allauth",
    "django_cas_ng_sessionticket": "django-cas-ng",
    "flask_sessions": "Flask-Session",
    "beaker_session": "Beaker",
    "beaker_cache": "Beaker",
    "galaxy_session": "Galaxy",
    "active_record_sessions": "Rails",
    "session_activations": "Mastodon",
    "ci_sessions": "CodeIgniter",
    "spring_session": "Spring Session",
    "spring_session_attributes": "Spring Session",
    "aspstatetempsessions": "ASP.NET",
    "server_side_sessions": "Duende IdentityServer",
    "phpbb_sessions": "phpBB",
    "mdl_sessions": "Moodle",
    "core_session": "Magento",
    "user_session": "Keycloak, Lucia and others",
    "offline_user_session": "Keycloak",
    "offline_client_session": "Keycloak",
    "client_session": "Keycloak",
    "authentik_core_authenticatedsession": "authentik",
    "authentik_core_session": "authentik",
    "hydra_oauth2_authentication_session": "Ory Hydra",
    "offline_session": "dex",
    "authticket": "h",
    "auth_tickets": "web frameworks with ticket sessions",
    "express_sessions": "Express",
    "next_auth_sessions": "Auth.js",
    "nextauth_sessions": "Auth.js",
    "http_sessions": "web frameworks",
    "web_sessions": "web frameworks",
}
_TOKENS = {
    "authtoken_token": "Django REST framework",
    "knox_authtoken": "django-rest-knox",
    "token_blacklist_outstandingtoken": "Simple JWT",
    "token_blacklist_blacklistedtoken": "Simple JWT",
    "oauth2_provider_accesstoken": "Django OAuth Toolkit",
    "oauth2_provider_refreshtoken": "Django OAuth Toolkit",
    "oauth2_provider_idtoken": "Django OAuth Toolkit",
    "oauth_access_tokens": "Doorkeeper and Passport",
    "oauth_refresh_tokens": "Passport",
    "personal_access_tokens": "Laravel Sanctum",
    "persistent_logins": "Spring Security",
    "rememberme_token": "Symfony",
    "oauth2_authorization": "Spring Authorization Server",
    "oauth2_authorized_client": "Spring Security",
    "persisted_grants": "IdentityServer",
    "open_iddict_tokens": "OpenIddict",
    "open_iddict_authorizations": "OpenIddict",
    "asp_net_user_tokens": "ASP.NET Identity",
    "guardian_tokens": "Guardian",
    "users_tokens": "Phoenix",
    "user_auth_token": "Grafana",
    "user_auth_tokens": "Discourse",
    "oc_authtoken": "Nextcloud",
    "macaroons": "the application's API tokens",
    "hydra_oauth2_access": "Ory Hydra",
    "hydra_oauth2_refresh": "Ory Hydra",
    "oauth2_access_token_session": "Authelia",
    "oauth2_refresh_token_session": "Authelia",
    "long_live_tokens": "the application's API tokens",
    "flask_dance_oauth": "Flask-Dance",
    "access_token": "fastapi-users and others",
    "accesstoken": "fastapi-users",
}
_USERS = {
    "auth_user": "Django",
    "account_emailaddress": "django-allauth",
    "socialaccount_socialaccount": "django-allauth",
    "social_auth_usersocialauth": "Python Social Auth",
    "asp_net_users": "ASP.NET Identity",
    "asp_net_user_logins": "ASP.NET Identity",
    "otp_totp_totpdevice": "django-otp",
    "otp_static_staticdevice": "django-otp",
    "user_entity": "Keycloak",
    "oauth_clients": "Passport",
    "oauth_applications": "Doorkeeper",
    "oauth2_provider_application": "Django OAuth Toolkit",
    "user_credentials": "the application",
    "identity_credentials": "Ory Kratos",
    "hydra_client": "Ory Hydra",
    "webauthn_credentials": "the application's passkeys",
    "webauthn_devices": "Authelia",
    "auth_identities": "the application",
}
# Schemas in which a plain name is meant for logins (Supabase, Better Auth, Hasura, NextAuth).
_LOGIN_SCHEMAS = {
    "auth",
    "authn",
    "authentication",
    "login",
    "identity",
    "iam",
    "sso",
    "oauth",
    "next_auth",
    "better_auth",
    "kratos",
    "hydra",
    "keycloak",
    "accounts",
}

# What stands before "session" when it is a login's: for certain, or as far as one can tell.
_CERTAIN_LOGIN_WORDS = _listed(
    """user users login logins auth authn authenticated authentication django flask rails laravel php express koa admin admins
    administrator account accounts sso oidc openid saml oauth oauth2 identity security persistent remember cookie jwt refresh access
    http https web lucia"""
)
_LOGIN_WORDS = _CERTAIN_LOGIN_WORDS | _listed(
    """www fastapi app apps application browser active member members customer customers client api site staff employee person people
    owner portal frontend backend server sessions mobile device persisted stored db database core base common main my custom tbl t
    better next"""
)
# What stands before "session" when it is anything else. One such word anywhere in the name, or in its schema, is enough.
_OTHER_WORDS = _listed(
    """training trainer trainers workout exercise gym fitness game games gaming play player match poker chess chat chats conversation
    conversations messaging message bot llm ai agent assistant copilot model inference analytics tracking visit visits visitor page
    pageview therapy counseling counselling coaching tutoring tutor lesson lessons study class classes course courses learning quiz
    quizzes exam exams test tests testing survey surveys upload uploads download downloads import imports export exports sync batch etl
    job jobs work worker recording replay video audio call calls meeting meetings webinar conference event events talk talks track
    speaker speakers schedule scheduled parking charging charger trading market checkout cart payment payments stripe pos cash till
    edit editing collab collaboration review reviews debug terminal ssh shell rdp vnc proxy vpn tunnel print scan legislative
    parliament court poll vote voting photo shoot live stream streaming radio dj dive ride driving sleep meditation reading listening
    focus pomodoro timer time inventory count sale sales support interview interviews recruit mentor mentoring care treatment medical
    dental patient patients wash race season practice jam lab labs notebook jupyter spark query snowflake sql connection transfer ftp
    mail smtp imap radius dhcp wifi hotspot modem cdr annotation labeling experiment simulation drawing whiteboard dance swim climb
    brew planning retro voice phone whatsapp telegram slack discord crawl crawler scraper scraping backup restore archive archived
    old bak tmp temp deleted history log logs audit stats statistics summary report reports metric metrics type types status
    collection booking bookings appointment appointments program programme teaching school academic
    breakout plenary poster abstract workshop podcast karaoke obfuscated"""
)
_TOKEN_WORDS = _listed(
    """refresh access auth authn authentication oauth oauth2 api bearer personal pat remember rememberme rememberable jwt login logins
    session sessions persistent user users outstanding blacklisted blacklist blocklisted blocklist revoked denylist denylisted id
    longlived identity security service app application client authtoken account accounts admin member provider core base main db
    offline"""
)
_OTHER_TOKEN_WORDS = _listed(
    """reset password verification verify verified confirm confirmation activation activate invite invites invitation invitations push
    device devices fcm apns notification csrf xsrf nft erc erc20 coin crypto ledger balance price unsubscribe email mail share sharing
    shared download upload design vocabulary lexer embedding embeddings usage registration signup magic setup payment card stripe
    calendar feed preview join guest telegram slack discord webhook recovery otp one vault test tests tmp temp old backup
    history log logs stats usages count counts type types balances prices transfers holders"""
)
_USER_TABLES = re.compile(
    r"(?:(?:auth|account|accounts|authentication|users|user|core|custom|app|base|main|identity|members|authapp|userapp)_?)?(?:custom_?|my_?|app_?|auth_?|base_?|site_?|local_?)?users?|identities"
)
_SESSION_NAME = re.compile(r"(?P<before>.*?)_?sess(?:ion)?s?(?:_?(?:store|storage|data|records?|entries|entry|cookies?|ids?))?")
_TOKEN_NAME = re.compile(r"(?P<before>.*?)_?(?:auth)?tokens?(?:_?(?:store|storage|data|records?|entries|entry))?")
_API_KEYS = re.compile(r"(?:(?:user|users|account|accounts|personal|member|members|auth|access|service|core|app|rest_framework_api_key)_)?api_?keys?")
_REVOKED = re.compile(
    r"(?:.*_)?(?:(?:jwt|token|tokens|jti|auth)_?(?:black|block|deny)_?lists?|(?:revoked|blacklisted|blocklisted|denylisted)_?(?:jwt|token|jti|session)s?)"
)
# 2024_01, p3, y2024m01, default: what a partition's name has after its table's.
_PARTITION = re.compile(r"_(?:p|part|y)?\d[\dmwdq_]*$|_(?:default|other|p_?max|p_?default)$")
_COPY = re.compile(
    r"^_?(?:alembic_)?(?:tmp|temp|new|old|bak|backup|copy|staging|stage|stg)_|_(?:tmp|temp|new|old|bak|backup|copy|staging|archive|archived|history|log|logs|audit|v?\d*_?old|orig)(?:_?\d*)$|__(?:new|old)$"
)

# Columns that a login's table has, and columns that say what else it is about.
_SESSION_COLUMNS = re.compile(
    r"(?:django_)?session_?(?:key|data|token|hash|secret|value|state|cookie)|sess|sid|s?_?expires?(?:_?(?:at|on|in|date|time))?|expiry(?:_?(?:at|date|time))?|expiration(?:_?(?:at|date|time))?|expired(?:_at)?|valid_(?:until|to|till)"
    r"|(?:access|refresh|auth|csrf|id|hashed)_?token(?:_?hash)?|token(?:_?(?:hash|digest|key))?|jti|user_?agent|ip(?:_?addr(?:ess)?)?|remote_(?:addr|ip)|last_(?:ip|activity|seen(?:_at)?|active(?:_at)?|access(?:ed)?(?:_at|_time)?)"
    r"|payload|revoked(?:_at|_on)?|remember(?:_me)?|impersonat\w*|mfa\w*|aal|cookie|device(?:_?(?:id|name|type))?|not_after|modified|max_inactive_interval|primary_id"
)
_CERTAIN_COLUMNS = re.compile(
    r"(?:django_)?session_?(?:key|data|token|hash|secret|cookie)|sid|sess|(?:access|refresh|auth|csrf)_?token(?:_?hash)?|token(?:_?(?:hash|digest|key))?|jti|user_?agent|remote_addr|ip_?address|aal|mfa\w*"
)
_OTHER_COLUMNS = re.compile(
    r"trainer\w*|coach\w*|room\w*|score\w*|speaker\w*|title|topic\w*|capacity|seats?|max_participants|participants?\w*|attendees?\w*|instructor\w*|teacher\w*|student\w*|course\w*|lesson\w*|game\w*|level|duration\w*"
    r"|starts?_(?:at|time|date)|start|end|ends?_(?:at|time|date)|location\w*|messages?|prompt\w*|model(?:_name)?|conversation\w*|chat\w*|system_prompt|patient\w*|therapist\w*|notes?|distance|calories|reps|sets|weight|price|cost|event_id|contribution\w*"
    r"|upload\w*|filename|file_?(?:name|path|size)|bytes\w*|offset|quiz\w*|exam\w*|question\w*|answers?\w*|page_?views?|referrer|referer|utm_\w*|landing_page|bounce\w*|screen_\w+|description|color|colour|temperature|token_(?:count|usage)|total_tokens|charger\w*|energy\w*|kwh"
)
_TOKEN_COLUMNS = re.compile(
    r"(?:access|refresh|auth|id|hashed|api)?_?token(?:_?(?:hash|digest|key|value|type|prefix))?|token_\w*|hash(?:ed_?\w+)?|digest|key|secret|jti|selector|validator|series|expir\w*|valid_until|user(?:_?id)?|scopes?|revoked\w*|client(?:_?id)?|last_used\w*|family\w*|username|value"
)
_OTHER_TOKEN_COLUMNS = re.compile(
    r"contract\w*|decimals|symbol|supply|chain\w*|balance\w*|price\w*|wallet\w*|lemma|pos|start_offset|word|embedding|platform|fcm\w*|invited_\w+|inviter\w*|prompt\w*|completion\w*"
)


def split_name(name: str) -> tuple[str, str]:
    """Schema ("" where there is none) and plain name, in lower-case words: `"Auth"."UserSessions"` -> `auth`, `user_sessions`."""
    # What a template puts before a name is its prefix or its schema, and says nothing about it.
    name = re.sub(r"\{\{.*?\}\}|\{[^{}]*\}|\$\{?\w+\}?|%\(\w+\)s|<[^<>]*>|#__|^%s", "", name)
    parts = [part.strip('"`[] ') for part in re.split(r"\.(?![^\[\"`]*[\]\"`](?:$|\.))", name.strip())] or [""]
    plain = parts[-1].strip("_. -")
    schema = re.sub(r"[^\w]", "", parts[-2]) if len(parts) > 1 else ""
    return snake(schema), snake(plain)


def snake(name: str) -> str:
    """CamelCase, dashes and blanks as lower-case words with underscores."""
    if not name.isupper():
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return name.replace("-", "_").replace(" ", "_").lower()


@functools.lru_cache(maxsize=4096)
def by_name(name: str) -> Standing | None:
    """What a table's name alone says; None where that is nothing, or nothing about logins."""
    schema, plain = split_name(name)
    if not plain or _COPY.search(plain):
        return None
    return _library(plain) or _by_words(schema, plain) or _partition(schema, plain)


def _partition(schema: str, plain: str) -> Standing | None:
    whole = _PARTITION.sub("", plain)
    if whole == plain or not whole:
        return None
    found = _library(whole) or _by_words(schema, whole)
    return found and Standing(found.role, found.confidence, f"it is a partition of {whole}")


def _library(plain: str) -> Standing | None:
    for role, known in (("session", _SESSIONS), ("token", _TOKENS), ("user", _USERS)):
        if plain in known:
            what: Role = role  # type: ignore[assignment]
            return Standing(what, "high", f"a table of this name holds the {_PLURAL[what]} of {known[plain]}", library=True)
    return None


_PLURAL: dict[Role, str] = {"session": "sessions", "token": "tokens", "user": "users"}


def _by_words(schema: str, plain: str) -> Standing | None:
    if schema in _OTHER_WORDS:
        return None
    in_login_schema = schema in _LOGIN_SCHEMAS
    if _REVOKED.fullmatch(plain):
        return Standing("token", "medium", "its name says that it lists revoked tokens")
    if found := _SESSION_NAME.fullmatch(plain):
        kind = _words(found["before"], _LOGIN_WORDS, _OTHER_WORDS)
        if kind == "plain":
            return Standing("session", "high" if in_login_schema else "medium", "its name is what most frameworks call theirs")
        if kind == "login":
            certain = _unglued(found["before"].split("_")[-1], _CERTAIN_LOGIN_WORDS, frozenset())
            return Standing("session", "high" if certain or in_login_schema else "medium", "its name says that it holds logins' sessions")
    if found := _TOKEN_NAME.fullmatch(plain):
        before = found["before"] + ("_auth" if "authtoken" in plain else "")
        kind = _words(before, _TOKEN_WORDS, _OTHER_TOKEN_WORDS)
        if kind == "plain":
            return Standing("token", "high" if in_login_schema else "medium", "its name says that it holds tokens")
        if kind == "login":
            return Standing("token", "high", "its name says that it holds login tokens")
    if _API_KEYS.fullmatch(plain):
        return Standing("token", "medium", "its name says that it holds the keys of those who use the API")
    if _USER_TABLES.fullmatch(plain):
        return Standing("user", "high" if plain in ("user", "users") else "medium", "its name says that it holds the users")
    return None


def _words(before: str, login: frozenset[str], other: frozenset[str]) -> Literal["plain", "login", "other"]:
    """What the words before `session` or `token` make of it. The last one decides, and one foreign word undoes it."""
    words = [word for word in before.split("_") if word]
    if not words:
        return "plain"
    if any(word in other or word.rstrip("s") in other for word in words):
        return "other"
    last = words[-1]
    # Django joins a model's words: authenticatedsession, trainingsession, useraccesstoken.
    glued = _unglued(last, login, other)
    return "login" if glued and not any(piece in other for piece in glued) else "other"


def _unglued(word: str, login: frozenset[str], other: frozenset[str]) -> tuple[str, ...]:
    """The known words that a word is made of, or nothing."""
    if word in login or word in other:
        return (word,)
    for cut in range(len(word) - 2, 1, -1):
        if word[:cut] in login or word[:cut] in other:
            rest = _unglued(word[cut:], login, other)
            if rest:
                return (word[:cut], *rest)
    return ()


def by_columns(role: Role, columns: Iterable[str]) -> Literal["confirmed", "denied", "open"]:
    """Whether a table that could have this role by its name has it by its columns."""
    names = {snake(name) for name in columns}
    if not names or names <= {"id"}:
        return "open"
    if role == "session":
        other = {name for name in names if _OTHER_COLUMNS.fullmatch(name)}
        certain = {name for name in names if _CERTAIN_COLUMNS.fullmatch(name)}
        likely = {name for name in names if _SESSION_COLUMNS.fullmatch(name)}
        if certain and len(other) <= len(likely):
            return "confirmed"
        if len(likely) > len(other):
            return "confirmed"
        # An id with a blob of data beside it is what the plainest session stores have.
        return "open" if not other and names & {"data", "value", "user_id", "user"} and len(names) <= 6 else "denied"
    if role == "token":
        other = {name for name in names if _OTHER_TOKEN_COLUMNS.fullmatch(name)}
        likely = {name for name in names if _TOKEN_COLUMNS.fullmatch(name)}
        return "confirmed" if len(likely) > 2 * len(other) and len(likely) >= 2 else "denied" if other or not likely else "open"
    certain = {name for name in names if re.fullmatch(r"password\w*|passwd|hashed_password|encrypted_password|last_login\w*|email\w*|user_?name|login", name)}
    return "confirmed" if certain else "open"
