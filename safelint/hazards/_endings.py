"""When an UPDATE ends sessions: the rows stay, and nobody gets in with them."""

from __future__ import annotations

import re

from safelint.facts.migrations import Assignment, Column, RowsUpdated
from safelint.table_names import Role

_EXPIRY = re.compile(r"expir|valid_?(un)?till?$|not_?after|^exp(_at)?$")
_ENDED = re.compile(r"revok|deleted|invalidat|disabled|blacklist|consumed|terminated|logged_?out|ended_at|closed_at")
_ACTIVE = re.compile(r"^(is_?)?(active|valid|enabled|alive)$")
_OWNER = re.compile(r"(user|account|member|owner|customer)(_?id)?")
_STATE = re.compile(r"^(status|state)$")
_KEY = re.compile(
    r"^((session|access|refresh|auth|api)_?)?(key|id|token|sid|jti|hash|digest)$|token_?(hash|digest)|^session_?(data|key|id|token)$|^(data|payload)$"
)
# A moment before which nothing counts that was given out.
_SINCE = r"(tokens?|sessions?|jwts?|auth)_?valid_?(after|since|from)|validator_time|min_?(token_)?iat"
_VERSION = re.compile(r"(token|session|auth|jwt|credential)s?_?(version|epoch|generation|serial|nonce|salt)|security_?stamp"
                      r"|_not_before$|{_SINCE}"
                      r"|last_?log_?out|sessions?_(revoked|invalidated)|^salt$|session_auth_hash")  # fmt: skip
_PASSWORD = re.compile(r"^(encrypted_|hashed_)?(password|passwd|password_?(hash|digest))$")
_OVER = re.compile(r"'?(0001|1[0-9]{3}|20[01][0-9])-|^'?(0|-1|1)'?$|-infinity|from_unixtime\( ?0|to_timestamp\( ?0|'epoch'")
_OFF = {"0", "'0'", "false", "'f'", "'false'", "b'0'"}
_ON = {"1", "'1'", "true", "'t'", "'true'", "b'1'"}


def ended_by(update: RowsUpdated, role: Role, added: set[str]) -> str:
    """The column whose new value ends every session (or token, or keeps every user out); "" where none does.

    `added` are columns that the migration itself added: filling those in is what a backfill does.
    """
    if update.rows not in ("all", "live") or update.limited:
        return ""
    return next((each.column for each in update.assignments if each.column not in added and _ends(each, role)), "")


def ended_by_new(column: Column) -> bool:
    """Whether a new column says of every row that nothing counts that was given out until now."""
    return column.default == "stable" and re.search(_SINCE, column.name.lower()) is not None


def is_about_sessions(column: str) -> bool:
    """Whether a column of the users' table ends their sessions, and leaves the accounts as they are."""
    return _VERSION.search(column.lower()) is not None


def _ends(assignment: Assignment, role: Role) -> bool:
    name, value = assignment.column.lower(), assignment.value.lower().strip()
    if role == "user":
        if _VERSION.search(name):
            return value not in ("null", "default") and not (assignment.constant and value in _OFF | _ON)
        return (_PASSWORD.search(name) is not None and assignment.constant) or (_ACTIVE.search(name) is not None and value in _OFF)
    if _EXPIRY.search(name):
        return (
            (assignment.constant and _is_over(value))
            or value == "null"
            or re.fullmatch(rf"{re.escape(name)} - (interval .*(day|month|year).*|\d{{5,}})", value) is not None
        )
    if role == "session" and _OWNER.fullmatch(name):
        return value == "null"
    if _ENDED.search(name):
        return value in _ON or value == f"not {name}" or (assignment.constant and _is_moment(value) and "+" not in value)
    if _ACTIVE.search(name):
        return value in _OFF or value == f"not {name}"
    if _STATE.search(name):
        return re.fullmatch(r"'(revoked|expired|inactive|invalid|disabled|ended|closed|deleted|logged_?out)'", value) is not None
    if _VERSION.search(name):
        return value != "null"
    return (
        _KEY.search(name) is not None
        and (assignment.constant or re.search(r"\b(random|gen_random|uuid|md5|digest|sha\d*|encode)", value) is not None)
        and name != "id"
    )


def _is_moment(value: str) -> bool:
    return re.search(r"\b(now|current_timestamp|getdate|utc_timestamp|sysdate|current_date|datetime|unix_timestamp)\b|^'\d{4}-\d\d", value) is not None


def _is_over(value: str) -> bool:
    """Whether a moment has passed by the time that the migration is through."""
    if re.search(r"\b(now|current_timestamp|getdate|utc_timestamp|sysdate|current_date|unix_timestamp|datetime)\b", value):
        return "+" not in value and "date_add" not in value and "dateadd" not in value
    return _OVER.search(value) is not None
