"""Who may run what: the access lists of Redis and Valkey, evaluated as the server evaluates them.

Rules are words, applied from left to right to a user; a password is a word like any other here, so callers that must
not hold one pass a stand-in. Measured on Redis 6.2 to 8.2 and Valkey 9.1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from safelint.records import dataclass, field
from safelint.redis.lines import Unbalanced, split
from safelint.redis.servers import Server, categories, commands, subcommands

SYNTAX = "Syntax error"
UNKNOWN = "Unknown command or category name in ACL"
HASH = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
ABSENT_PASSWORD = "The password you are trying to remove from the user does not exist"  # noqa: S105 - a message
AFTER_ALL_KEYS = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. "
    "Try 'resetkeys' to start with an empty list of patterns"
)
AFTER_ALL_CHANNELS = (
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. "
    "Try 'resetchannels' to start with an empty list of channels"
)
FIRST_ARGUMENT = "Allowing first-arg of a subcommand is not supported"
DUPLICATE = "Duplicate user found. A user can only be defined once in config files"
UNMATCHED = "Unmatched parenthesis in acl selector starting at"

Verdict = Literal["runs", "denied", "absent", "noauth"]


class RuleRefused(Exception):
    """A rule that the server refuses; `why` is its own message."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(why)
        self.rule = rule
        self.why = why


@dataclass(slots=True)
class Selector:
    """What one set of rules allows. `first_arguments` are the exceptions of `+select|0`."""

    everything: bool = False
    allowed: set[str] = field(default_factory=set)
    first_arguments: dict[str, set[str]] = field(default_factory=dict)
    all_keys: bool = False
    patterns: set[tuple[str, str]] = field(default_factory=set)  # (r, w or rw; pattern)
    all_channels: bool = False
    databases: frozenset[int] | None = None
    """The databases it may use (Valkey 9.1); None for all."""

    def permits(self, server: Server, command: str, first: str = "", key: str | None = None, access: str = "rw", database: int | None = None) -> bool:
        """Whether a command may run here. `database` is the one it is run in, or None for one that spans all of them."""
        known = commands(server)[command]
        if not self.everything and not known.is_free and command not in self.allowed and first.lower() not in self.first_arguments.get(command, ()):
            return False
        if self.databases is not None and database not in self.databases and known.categories & {"keyspace", "read", "write"}:
            return False
        return key is None or self.may_touch(key, access)

    def may_touch(self, key: str, access: str) -> bool:
        """Whether a key may be read (`r`), written (`w`) or both."""
        if self.all_keys:
            return True
        return all(any(each in given and matches(pattern, key) for given, pattern in self.patterns) for each in access)


@dataclass(slots=True)
class User:
    """One user. `passwords` are SHA-256 digests in hexadecimal."""

    name: str
    on: bool = False
    no_password: bool = False
    passwords: set[str] = field(default_factory=set)
    root: Selector = field(default_factory=Selector)
    selectors: list[Selector] = field(default_factory=list)

    @property
    def is_usable(self) -> bool:
        """Whether anybody can log in as this user."""
        return self.on and (self.no_password or bool(self.passwords))

    @property
    def is_open(self) -> bool:
        """Whether a connection that gives no password may act as this user; it matters for `default`."""
        return self.on and self.no_password

    def may(self, server: Server, command: str, first: str = "", key: str | None = None, access: str = "rw", database: int | None = 0) -> bool:
        """Whether this user may run a command (`flushall`, `config|set`), with a first argument and a key where these count."""
        return any(selector.permits(server, command, first, key, access, database) for selector in (self.root, *self.selectors))


def built_in_default() -> User:
    """The user `default` as the server makes it: everybody, without a password, everything."""
    return User("default", on=True, no_password=True, root=Selector(everything=True, allowed=set(), all_keys=True, all_channels=True))


def new_user(server: Server, name: str) -> User:
    """A user with no rule yet: off and without rights, on Redis 6.2 with every channel."""
    return User(name, root=Selector(all_channels=server.is_old))


def matches(pattern: str, text: str) -> bool:
    """Redis's own glob: `*`, `?`, `[a-z]`, `[^x]` and a backslash."""
    expression, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        at += 1
        if letter == "*":
            expression.append(".*")
        elif letter == "?":
            expression.append(".")
        elif letter == "\\" and at < len(pattern):
            expression.append(re.escape(pattern[at]))
            at += 1
        elif letter == "[" and (end := pattern.find("]", at)) > at:
            inner = pattern[at:end].replace("\\", "\\\\").replace("[", "\\[")
            expression.append(f"[{inner}]")
            at = end + 1
        else:
            expression.append(re.escape(letter))
    try:
        return re.fullmatch("".join(expression), text, re.DOTALL) is not None
    except re.error:
        return False


def merged(server: Server, words: Sequence[str]) -> list[str]:
    """Words with each selector `( ... )` put together to one. Raises RuleRefused for one that is not closed."""
    if server.is_old:
        return list(words)
    found: list[str] = []
    opened: list[str] = []
    for word in words:
        if opened:
            opened.append(word)
            if word.endswith(")"):
                found.append(" ".join(opened))
                opened = []
        elif word.startswith("(") and not word.endswith(")"):
            opened = [word]
        else:
            found.append(word)
    if opened:
        raise RuleRefused(opened[0], f"{UNMATCHED} '{opened[0]}'")
    return found


def apply(server: Server, user: User, rule: str) -> None:
    """Change a user by one rule. Raises RuleRefused."""
    lowered = rule.lower()
    match lowered:
        case "":
            return
        case "on" | "off":
            user.on = lowered == "on"
        case "nopass":
            user.no_password = True
            user.passwords.clear()
        case "resetpass":
            user.no_password = False
            user.passwords.clear()
        case "reset":
            user.on = user.no_password = False
            user.passwords.clear()
            user.root = Selector(all_channels=server.is_old)
            user.selectors.clear()
        case "sanitize-payload" | "skip-sanitize-payload":
            return
        case "clearselectors" if not server.is_old:
            user.selectors.clear()
        case _ if rule[0] in "><":
            _password(user, rule, digest(rule[1:]))
        case _ if rule[0] in "#!":
            if not re.fullmatch(r"[0-9a-f]{64}", rule[1:]):
                raise RuleRefused(rule, HASH)
            _password(user, rule, rule[1:])
        case _ if rule[0] == "(" and rule[-1] == ")" and not server.is_old:
            selector = Selector(all_channels=False)
            try:
                words = split(rule[1:-1], server.is_valkey)
            except Unbalanced:
                raise RuleRefused(rule, SYNTAX) from None
            for word in words:
                _select(server, selector, word)
            user.selectors.append(selector)
        case _:
            _select(server, user.root, rule)


def digest(password: str) -> str:
    """A password as a user holds it."""
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()


def _password(user: User, rule: str, digest: str) -> None:
    if rule[0] in ">#":
        user.passwords.add(digest)
        user.no_password = False
    elif digest in user.passwords:
        user.passwords.discard(digest)
    else:
        raise RuleRefused(rule, ABSENT_PASSWORD)


def _select(server: Server, selector: Selector, rule: str) -> None:
    lowered = rule.lower()
    match lowered:
        case "":
            return
        case "allcommands" | "+@all":
            selector.everything = True
            selector.allowed = set(commands(server))
            selector.first_arguments.clear()
        case "nocommands" | "-@all":
            selector.everything = False
            selector.allowed.clear()
            selector.first_arguments.clear()
        case "allkeys" | "~*":
            selector.all_keys = True
            selector.patterns.clear()
        case "resetkeys":
            selector.all_keys = False
            selector.patterns.clear()
        case "allchannels" | "&*":
            selector.all_channels = True
        case "resetchannels":
            selector.all_channels = False
        case "alldbs" if server.is_valkey:
            selector.databases = None
        case "resetdbs" if server.is_valkey:
            selector.databases = frozenset()
        case _ if lowered.startswith("db=") and server.is_valkey:
            numbers = rule[3:].split(",")
            if not all(re.fullmatch(r"[0-9]{1,9}", each) for each in numbers):
                raise RuleRefused(rule, SYNTAX)
            selector.databases = (selector.databases or frozenset()) | {int(each) for each in numbers}
        case _ if rule[0] == "~" or (rule[0] == "%" and not server.is_old):
            _key_pattern(selector, rule)
        case _ if rule[0] == "&":
            if selector.all_channels:
                raise RuleRefused(rule, AFTER_ALL_CHANNELS)
        case _ if rule[:2] in ("+@", "-@"):
            category = lowered[2:]
            if category not in categories():
                raise RuleRefused(rule, UNKNOWN)
            for name, command in commands(server).items():
                if category in command.categories:
                    _set(server, selector, name, rule[0] == "+")
        case _ if rule[0] == "+" and "|" in rule:
            _allow_part(server, selector, rule)
        case _ if rule[0] in "+-":
            if lowered[1:] not in commands(server):
                raise RuleRefused(rule, UNKNOWN)
            _set(server, selector, lowered[1:], rule[0] == "+")
        case _:
            raise RuleRefused(rule, SYNTAX)


def _set(server: Server, selector: Selector, name: str, allow: bool) -> None:
    names = {name, *subcommands(server).get(name, ())}
    if allow:
        selector.allowed |= names
    else:
        selector.everything = False
        selector.allowed -= names
    selector.first_arguments.pop(name, None)


def _allow_part(server: Server, selector: Selector, rule: str) -> None:
    """`+config|get` is a subcommand where the command has some, else an exception for one first argument."""
    name, _, part = rule[1:].lower().partition("|") if server.is_old else rule[1:].lower().rpartition("|")
    if name not in commands(server):
        raise RuleRefused(rule, UNKNOWN)
    if "|" in name:
        raise RuleRefused(rule, FIRST_ARGUMENT)
    if not part:
        raise RuleRefused(rule, SYNTAX)
    if name in subcommands(server):
        if f"{name}|{part}" not in commands(server):
            raise RuleRefused(rule, UNKNOWN)
        _set(server, selector, f"{name}|{part}", allow=True)
    else:
        selector.first_arguments.setdefault(name, set()).add(part)


def _key_pattern(selector: Selector, rule: str) -> None:
    access, pattern = "rw", rule[1:]
    if rule[0] == "%":
        found = re.fullmatch(r"([rw]{1,2})~(.*)", pattern, re.IGNORECASE | re.DOTALL)
        if not found:
            raise RuleRefused(rule, SYNTAX)
        access, pattern = "".join(sorted(set(found[1].lower()))), found[2]
        if access == "rw" and pattern == "*":
            selector.all_keys = True
            selector.patterns.clear()
            return
    if selector.all_keys:
        raise RuleRefused(rule, AFTER_ALL_KEYS)
    if any(letter.isspace() or letter == "\0" for letter in pattern):
        raise RuleRefused(rule, SYNTAX)
    selector.patterns.add((access, pattern))


@dataclass(slots=True)
class UserLine:
    """One `user` line: the name and its rules, as words."""

    name: str
    rules: tuple[str, ...]


@dataclass(slots=True)
class Access:
    """Everybody who may connect to a server, and the names of its commands there."""

    server: Server
    users: dict[str, User]
    words: dict[str, str]
    """What a client types -> the command that runs, in lower case; a deleted command has no word."""
    allows_debug: bool = False
    allows_modules: bool = False

    @property
    def default(self) -> User:
        """The user of a connection that has not logged in as another."""
        return self.users["default"]

    def word_of(self, command: str) -> str | None:
        """What a client must type for a command, or None where it was taken away."""
        parent = command.partition("|")[0]
        return next((word for word, runs in self.words.items() if runs == parent), None)

    def verdict(self, user: User | None, command: str, first: str = "", key: str | None = None, access: str = "rw", database: int | None = 0) -> Verdict:
        """What happens to a command of a user; None is a connection that could not log in, and is nobody."""
        parent = command.partition("|")[0]
        known = commands(self.server)
        if command not in known:
            # Redis 6.2 has no subcommands of its own: the word after the command is its first argument.
            if parent not in known or not self.server.is_old:
                return "absent"
            command, first = parent, first or command.partition("|")[2]
        if self.word_of(parent) is None:
            return "absent"
        if user is None:
            return "noauth"
        return "runs" if user.may(self.server, command, first, key, access, database) else "denied"


def users_of_lines(server: Server, written: Iterable[UserLine], password: str) -> dict[str, User]:
    """The users after the `user` lines of a redis.conf; `password` is that of requirepass, empty for none. Raises RuleRefused."""
    users = {"default": built_in_default()}
    if password:
        apply(server, users["default"], f">{password}")
    fresh: set[str] = set()
    for line in written:
        # On Redis 6.2 a name may come twice: the later line goes on from where the earlier one ended.
        if line.name == "default" and "default" not in fresh:
            apply(server, users["default"], "reset")
        fresh.add(line.name)
        user = users.setdefault(line.name, new_user(server, line.name))
        for rule in merged(server, line.rules):
            apply(server, user, rule)
    return users


def checked(server: Server, line: UserLine) -> None:
    """What the server checks when it reads a `user` line: everything but the names of commands. Raises RuleRefused.

    From 7.0 on its message names the word two places before the one that is wrong, and so does the exception.
    """
    user = new_user(server, line.name)
    for at, rule in enumerate(merged(server, line.rules)):
        try:
            apply(server, user, rule)
        except RuleRefused as error:
            if error.why != UNKNOWN:
                raise RuleRefused(error.rule if server.is_old else ("user", line.name, *line.rules)[at], error.why) from None


def users_of_file(server: Server, text: str, name: str = "users.acl") -> dict[str, User]:
    """The users of an aclfile, which makes requirepass void. Raises RuleRefused with the server's message."""
    users: dict[str, User] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        stripped = raw.strip(" \t\r\n")
        if not stripped:
            continue
        words = stripped.split(" ")
        if words[0] != "user" or len(words) < 2:
            raise RuleRefused(words[0], f"{name}:{number} should start with user keyword followed by the username. ")
        if any(each.isspace() for each in words[1]):
            raise RuleRefused(words[1], f"'{name}:{number}: username '{words[1]}' contains invalid characters. ")
        if words[1] in users and not server.is_old:
            raise RuleRefused(words[1], f"WARNING: Duplicate user '{words[1]}' found on line {number}. ")
        user = users[words[1]] = new_user(server, words[1])
        try:
            rules = merged(server, words[2:])
        except RuleRefused as error:
            raise RuleRefused(error.rule, f"{name}:{number}: Unmatched parenthesis in selector definition.") from None
        for rule in rules:
            try:
                apply(server, user, rule.strip("\t\r\n"))
            except RuleRefused as error:
                raise RuleRefused(error.rule, f"{name}:{number}: {error.why}. ") from None
    users.setdefault("default", built_in_default())
    return users
