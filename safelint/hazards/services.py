"""Services whose code is not here: what their configuration files and environment say about keys and cookies, by what such settings are called anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from safelint.facts.settings import SettingAssigned
from safelint.frameworks import Framework, rows_of
from safelint.hazards import Hazard
from safelint.hazards._changes import changes, pairs
from safelint.hazards._environments import differing, resolved
from safelint.hazards._frameworks import in_use
from safelint.hazards._key_names import is_deployed_key_name, plain_name
from safelint.hazards.cookies import CookieRenamed, CookieScopeChanged, LoginLivesShorter
from safelint.hazards.keys import KeySourceMoved, generic, holds, is_kept, moved_how
from safelint.hazards.keys_deployed import KeyReencrypted, encrypted_anew, says_nothing
from safelint.places import Place, Related
from safelint.sources import Change
from safelint.values import Known, Listing, Sealed, Value, describe, text_of

Role = Literal["name", "domain", "path", "age", ""]

_WHOSE = r"(?:^|_)(?:sessions?|cookies?|login|remember(?:_me)?)(?:_|$)"
_NOT_A_LOGIN = re.compile(
    r"(?:^|_)(?:csrf|xsrf|locale|lang|language|theme|consent|banner|analytics?|tracking|flash|state|nonce|oauth\d?|oidc|saml|captcha|affinity|sticky"
    r"|load_?balanc\w*|ingress|alb|elb|nginx|replay|sentry|telemetry|recording|terminal|ssh|kafka|zookeeper|pool|idle|inactiv\w*|refresh|database|redis"
    r"|memcached|driver|store_path|save_path|logs?|logging|dev|preview)(?:_|$)"
)
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("name", re.compile(r"(?:cookies?|sessions?)(?:_\d+)?_name$|(?:^|_)session_cookie$|(?:^|_)cookie_key$")),
    ("domain", re.compile(r"(?:cookies?|sessions?)_(?:\d+_)?(?:cookies?_)?(?:\d+_)?domain$")),
    ("path", re.compile(r"cookies?_(?:\d+_)?path$")),
    ("age", re.compile(r"(?:expirations?|expiry|expires?|expires_in|lifetime|lifespan|max_age|ttl|duration|expire_time|age)$")),
)
_UNITS = {
    "": 1.0, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600, "d": 86400, "day": 86400,
    "w": 604800, "week": 604800, "month": 2592000, "y": 31536000, "year": 31536000, "ms": 0.001,
}  # fmt: skip
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*?)s?(?=\d|\s|$)")
_FOR_DEVELOPERS = re.compile(r"^(?:dev|develop|development|local|tests?|testing|ci)\.", re.IGNORECASE)  # an environment of Dynaconf and its like
_LAYER = re.compile(r"^(?:default|global|prod\w*|stag\w*|qa|uat)\.", re.IGNORECASE)  # a section that holds an environment's settings
_KEPT_BOTH = "browsers keep both cookies, and which one counts depends on the service: people may be logged out, or stay in after they log out"


def of_change(change: Change) -> Iterator[Hazard]:
    """What differs in settings that say by their names what they are."""
    known = {found.place for found in changes(change)}
    judged = _read_by(change) if any(each.base and each.head and not each.head.endswith(".py") for each in change.changed) else {}
    for each in change.changed:
        if each.base is None or each.head is None:
            continue
        before, after = (
            {fact.name: fact for fact in side.within(SettingAssigned, [path]) if fact.form == "file"}
            for side, path in ((change.base, each.base), (change.head, each.head))
        )
        for name, fact in after.items():
            if (
                name in before
                and before[name].value != fact.value
                and fact.place not in known
                and not any(rows_of(framework.name, one) for framework in judged.get(each.head, ()) for one in (name, _LAYER.sub("", name).upper()))
                and not _FOR_DEVELOPERS.search(name)
            ):
                others = [other.value for other in after.values()]
                yield from _key(name, each.head, before[name], fact, others, kept=_one_encrypted_kept(before, after))
                yield from _cookie(name, before[name].place, fact.place, before[name].value, fact.value)
    seen: set[tuple[str, str]] = set()
    for environment in differing(change):
        for name in sorted(environment.names):
            old, new = environment.before.get(name), environment.after.get(name)
            if old is not None and new is not None and new.place not in known and (environment.path, name) not in seen:
                for hazard in _cookie(name, old.place, new.place, resolved(change.base, old), resolved(change.head, new)):
                    seen.add((environment.path, name))
                    yield hazard


def _read_by(change: Change) -> dict[str, list[Framework]]:
    """The frameworks that are known to read each configuration file: their rows tell what a change in it does."""
    found: dict[str, list[Framework]] = {}
    for _, head in pairs(change):
        for path in head.paths:
            if not path.endswith(".py"):
                found.setdefault(path, []).extend(in_use(head))
    return found


def _one_encrypted_kept(before: dict[str, SettingAssigned], after: dict[str, SettingAssigned]) -> bool:
    return any(encrypted_anew(fact.value, fact.value) and name in before and before[name].value == fact.value for name, fact in after.items())


def _key(name: str, path: str, old: SettingAssigned, new: SettingAssigned, others: list[Value], *, kept: bool) -> Iterator[Hazard]:
    if not _is_key(name, path) or says_nothing(old.value) or says_nothing(new.value):
        return
    before, after = old.value, new.value
    if isinstance(before, Listing) and isinstance(after, Listing):
        signed = [item for item in before.items if isinstance(item, Sealed)]
        if signed and not any(says_nothing(item) for item in (*before.items, *after.items)) and not any(holds(after, item) for item in signed):
            yield generic(name, new.place, old.place)
    elif isinstance(before, Sealed) and isinstance(after, Sealed):
        if not is_kept(after, before) and not any(holds(each, before) for each in others):
            yield generic(name, new.place, old.place)
    elif tool := encrypted_anew(before, after):
        if tool == "SOPS" and kept:
            yield generic(name, new.place, old.place)
        else:
            yield KeyReencrypted(place=new.place, related=(Related(old.place, "the key before", "base"),), setting=name, tool=tool)
    elif how := moved_how(before, after):
        related = (Related(old.place, "the key before", "base"),)
        yield KeySourceMoved(place=new.place, related=related, setting=name, how=how, before=before, after=after)


def _is_key(name: str, path: str) -> bool:
    parts = re.sub(r"\.\d+(?=\.|$)", "", name).split(".")
    whole = plain_name("_".join(parts))
    if re.search(r"(?:^|_)(?:reset_password|password_reset|client|provider|providers|storage|oidc|oauth\w*|smtp|webhook|s3|telemetry)(?:_|$)", whole):
        return False
    if re.search(r"(?:^|_)secrets?_(?:cookies?|sessions?|default|system)$", whole):
        return True
    return any(is_deployed_key_name("_".join(parts[-count:]), path) for count in (1, 2, 3) if count <= len(parts))


def _cookie(name: str, old: Place, new: Place, before: Value, after: Value) -> Iterator[Hazard]:
    role = role_of(name)
    if not role or not _says(before) or not _says(after):
        return
    related = (Related(old, f"it was {describe(before)}", "base"),)
    if role == "name":
        yield CookieRenamed(place=new, related=related, cookie=name, before=before, after=after, confidence="medium")
    elif role in ("domain", "path"):
        if _plain(role, before) != _plain(role, after):
            yield CookieScopeChanged(
                place=new, related=related, cookie=name, attribute=role, before=before, after=after, says=_KEPT_BOTH, impact="some-users",
                rollback="does-not-heal", confidence="medium",
            )  # fmt: skip
    else:
        first, second = seconds(before), seconds(after)
        if first is not None and second is not None and second < first:
            yield LoginLivesShorter(
                place=new, related=related, cookie=name, before=before, after=after, impact="some-users", rollback="heals", confidence="low",
                says="where the age is counted from the login, whoever logged in longer ago is logged out at once",
            )  # fmt: skip


def role_of(name: str) -> Role:
    """What a setting says of the cookie that keeps people logged in; nothing for all others."""
    plain = plain_name(name)
    if not re.search(_WHOSE, plain) or _NOT_A_LOGIN.search(plain):
        return ""
    return next((role for role, pattern in _ROLES if pattern.search(plain)), "")


def _says(value: Value) -> bool:
    """Whether a value is written down, and is no placeholder."""
    text = text_of(value)
    if text is not None:
        return bool(text) and not re.search(r"example\.(?:com|org|net)|<.*>|your|change|\{\{", text, re.IGNORECASE)
    return isinstance(value, Known) and value.value is not None and not isinstance(value.value, bool)


def _plain(role: Role, value: Value) -> str:
    text = (text_of(value) or "").lower()
    return text.lstrip(".") if role == "domain" else text


def seconds(value: Value) -> float | None:
    """The seconds of a number or of a text such as `1h30m`, `14 days`."""
    if isinstance(value, Known) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return float(value.value)
    text = (text_of(value) or "").strip().lower()
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text).strip() or any(unit not in _UNITS for _, unit in parts):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
