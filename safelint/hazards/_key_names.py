"""Which names are those of keys that sign sessions or tokens, in code and in the files that deploy it."""

from __future__ import annotations

import re

_KEY_NAME = re.compile(
    r"(?:(?:django|flask|app|application|fastapi|web|auth|server|prod|production)_)?"
    r"(?:secret_?key|(?:jwt|session|sessions|cookie|token|auth|access_token|refresh_token|signing|login)_?(?:secret_key|secret|signing_key|signing_secret)"
    r"|jwt_(?:private_)?key|signing_(?:key|secret)|secret)",
    re.IGNORECASE,
)

# In a deploy every product has its own prefix, and the keys of everybody else's services stand beside its own.
_OF_SESSIONS = re.compile(
    r"(?:^|_)(?:(?:jwt|sessions?|cookies?|login|access_token|refresh_token)_(?:[a-z0-9]+_)?(?:secrets?|secret_keys?|signing_keys?|private_keys?|hash_keys?|keys?)"
    r"|(?:nextauth|next_auth|better_auth|authjs)_secret|secret_key_base|beaker_session_secret)$"
)
_OF_AN_APPLICATION = re.compile(r"(?:(?P<prefix>[a-z0-9_]+)_)?(?:secret_?key|signing_key|signing_secret|auth_secret|token_secret|app_secret)|app_key")
_OF_ANYBODY = {
    "django",
    "flask",
    "app",
    "application",
    "fastapi",
    "web",
    "auth",
    "server",
    "prod",
    "production",
    "site",
    "api",
    "backend",
    "config",
    "dynaconf",
}
# Services of others, by words in the names of the keys to them.
_OTHERS = re.compile(
    r"(?:^|_)(?:aws|s3|minio|storage|bucket|blob|azure|google|gcp|gcs|oss|cos|r2|b2|wasabi|backblaze|spaces|qiniu|cloudinary|stripe|paypal|razorpay|payments?"
    r"|plaid|billing|recaptcha|hcaptcha|captcha|turnstile|access|oauth\d?|oidc|saml|ldap|client|github|gitlab|facebook|twitter|apple|discord|slack|telegram|twitch|linkedin"
    r"|microsoft|twilio|sendgrid|mailgun|mail|smtp|email|ses|sns|sqs|sms|vapid|push|pusher|webhooks?|algolia|elastic|elasticsearch|meili|redis|db|database|postgres"
    r"|mysql|mongo|rabbitmq|amqp|celery|flower|sentry|datadog|grafana|openai|anthropic|livekit|agora|zoom|imgproxy|thumbor|camo|license|encryption|crypto|backup|test"
    r"|restic|vault|consul|etcd|turn|coturn|jitsi|onlyoffice|collabora|unsplash|deepl|tencent|aliyun|alipay|wechat|baidu|helpscout|zendesk|intercom|yubico|duo|hash|invite|rpc|metrics)(?:_|$)"
)


def is_key_name(name: str) -> bool:
    """Whether a setting or variable of this name signs sessions or tokens."""
    owner, _, last = name.rpartition(".")
    return _KEY_NAME.fullmatch(last) is not None and _OTHERS.search(plain_name(owner)) is None


def plain_name(name: str) -> str:
    """A name as words with underscores between them, in small letters: `sessionSecret`, `session-secret`, `SESSION__SECRET`."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")


def is_deployed_key_name(name: str, owner: str = "") -> bool:
    """Whether a variable of a deploy signs sessions or tokens, by its name. `owner` names whose it is: a product's prefix has to be in there."""
    plain = plain_name(name).removesuffix("_file")
    if _OTHERS.search(plain):
        return False
    if _OF_SESSIONS.search(plain) or is_key_name(plain):
        return True
    found = _OF_AN_APPLICATION.fullmatch(plain)
    if found is None:
        return False
    prefix = found["prefix"] or ""
    return not prefix or prefix in _OF_ANYBODY or re.sub(r"[^a-z0-9]", "", prefix) in re.sub(r"[^a-z0-9]", "", owner.lower())
