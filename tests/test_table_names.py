"""What a table's name and columns say about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.table_names import by_columns, by_name, split_name

SESSIONS = [
    "django_session",
    "sessions",
    "public.sessions",
    "auth.sessions",
    '"Session"',
    "UserSession",
    "user_sessions",
    "users_usersession",
    "{}sessions",
    "{{.Namespace}}sessions",
    "${prefix}sessions",
    "#__session",
    "sessions_2024_01",
    "sessions_p3",
    "sessions_default",
    "core_usersession",
    "galaxy_user_session",
    "my_app_sessions",
    "[dbo].[Sessions]",
    "`sessions`",
    "session_store",
    "SPRING_SESSION",
    "offline_user_session",
    "authentik_core_authenticatedsession",
    "login_sessions",
    "websession",
    "device_sessions",
    "ServerSideSessions",
    "authticket",
    "openid_sessions",
]
TOKENS = [
    "refresh_tokens",
    "accounts_refreshtoken",
    "token",
    "tokens",
    "api_token",
    "long_live_tokens",
    "jwt_blacklist",
    "revoked_tokens",
    "token_blocklist",
    "personal_access_tokens",
    "oauth_token",
    "oauth2_token",
    "knox_authtoken",
    "authtoken_token",
    "token_blacklist_outstandingtoken",
    "authentik_providers_oauth2_refreshtoken",
    "AspNetUserTokens",
    "OpenIddictTokens",
    "user_auth_tokens",
    "auth.refresh_tokens",
    "users.api_keys",
    "apikey",
    "rest_framework_api_key_apikey",
]
USERS = ["users", "user", "auth_user", "public.users", "accounts_user", "AspNetUsers", "users.users", "custom_user", "local_user", "auth.identities"]
OTHERS = [
    "training_sessions",
    "trainingsession",
    "chat_sessions",
    "events.sessions",
    "group_user",
    "password_reset_tokens",
    "sessions_old",
    "alembic_tmp_sessions",
    "game_session",
    "device_tokens",
    "fcm_tokens",
    "auth_session_logs",
    "quiz_session",
    "openai_api_keys",
    "api_key_usage",
    "hydra_oauth2_obfuscated_authentication_session",
    "workshop_sessions",
    "study_sessions",
    "agent_session",
    "shop_session",
    "upload_sessions",
    "ssh_session",
    "chatsession",
    "invitation_tokens",
    "reset_tokens",
    "legacy_sessions",
    "web_push_tokens",
    "nft_tokens",
    "conversation_sessions",
    "analytics_sessions",
    "therapy_session",
    "obsession",
    "possessions",
    "professions",
    "user_groups",
    "tokenizer",
    "session_types",
    "user_session_history",
    "sessions_backup",
    "_new_sessions",
    "user_profiles",
    "permission",
    "mission_sessions",
]


@pytest.mark.parametrize(
    ("role", "names"), [("session", SESSIONS), ("token", TOKENS), ("user", USERS), (None, OTHERS)], ids=["session", "token", "user", "other"]
)
def test_names(role: str | None, names: list[str]) -> None:
    assert {name: found.role if (found := by_name(name)) else None for name in names} == dict.fromkeys(names, role)


@pytest.mark.parametrize("name", ["django_session", "auth.sessions", "user_sessions", "refresh_tokens", "authtoken_token", "login_sessions"])
def test_beyond_doubt(name: str) -> None:
    assert (found := by_name(name)) is not None
    assert found.confidence == "high"


@pytest.mark.parametrize("name", ["sessions", "app_sessions", "tokens", "device_sessions", "client_sessions"])
def test_only_likely(name: str) -> None:
    assert (found := by_name(name)) is not None
    assert found.confidence == "medium"


@pytest.mark.parametrize(
    ("role", "columns", "verdict"),
    [
        ("session", "session_key session_data expire_date", "confirmed"),
        ("session", "id session_id data expiry", "confirmed"),
        ("session", "sid sess expire", "confirmed"),
        ("session", "id user_id token ip_address user_agent created_at", "confirmed"),
        ("session", "id user_id payload last_activity", "confirmed"),
        ("session", "id user_id expires_at data created_at deleted_at", "confirmed"),
        ("session", "id data", "open"),
        ("session", "id trainer room score", "denied"),
        ("session", "id title description duration contribution_id event_id", "denied"),
        ("session", "id user_id model temperature messages created_at", "denied"),
        ("session", "id course_id starts_at ends_at created_at", "denied"),
        ("session", "id user_agent landing_page utm_source referrer page_views duration", "denied"),
        ("token", "key user_id created", "confirmed"),
        ("token", "id token_hash user_id expires_at", "confirmed"),
        ("token", "id contract_address symbol decimals supply", "denied"),
        ("user", "id email password", "confirmed"),
    ],
)
def test_columns(role: str, columns: str, verdict: str) -> None:
    assert by_columns(role, columns.split()) == verdict  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    st.sampled_from([*SESSIONS[:5], *TOKENS[:5], *OTHERS[:8]]),
    st.sampled_from(["", "public.", "dbo.", "app."]),
    st.sampled_from(["{}", '"{}"', "`{}`", "[{}]"]),
)
def test_schema_and_quotes_change_nothing_but_a_login_schema(name: str, schema: str, quotes: str) -> None:
    plain = name.strip('"').rsplit(".", 1)[-1]
    before, after = by_name(plain), by_name(schema + quotes.format(plain))
    assert (before and before.role) == (after and after.role)


@settings(deadline=None)
@given(st.text())
def test_any_name(name: str) -> None:
    by_name(name)
    schema, plain = split_name(name)
    assert schema == schema.lower()
    assert plain == plain.lower()
