"""A whole configuration: does the server start with it, what is then in force, who may run what.

Measured on Redis 6.2.14, 7.0.15, 7.4.1, 8.2.3 and Valkey 9.1.2. What depends on the host (whether a folder exists,
a port is free, a name resolves) is left out: a file can't tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from safelint.records import dataclass, field
from safelint.redis import acl
from safelint.redis.lines import UNBALANCED, lines
from safelint.redis.servers import Server, canonical, commands, directives, is_retired
from safelint.redis.values import BAD, MULTIPLE, WRONG_COUNT, memory, refusal, save_points, save_points_of_old

NOT_TOLD = "\0"
"""Stands for a password that a template fills in: there is one, and which one the text does not tell."""

DEFAULT_SAVE = ((3600, 1), (300, 100), (60, 10000))
NOT_SENTINEL = "sentinel directive while not in sentinel mode"
UNRESOLVED = "Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting"
NO_ADDRESS = "Failed listening on port"
IN_CLUSTER = "replicaof directive not allowed in cluster mode"
BOTH_USERS = "Configuring {0} with users defined in {0_}.conf and at the same setting an ACL file path is invalid."


@dataclass(frozen=True, slots=True)
class Written:
    """One line of a configuration. An argument is None where the text does not tell it (a template's hole).

    `words_match` is False for a line whose quotes do not match. `place` is whatever the caller wants to find again.
    """

    name: str
    arguments: tuple[str | None, ...]
    words_match: bool = True
    place: Any = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the server does not start, in its own words. `line` is None where the message comes after the file was read."""

    message: str
    line: Written | None


@dataclass(frozen=True, slots=True)
class Missing:
    """An included file that is surely not there; `pattern` as it was written."""

    pattern: str


# What a Sentinel can be asked: it has no command for data.
_OF_SENTINEL = {
    "ping",
    "sentinel",
    "subscribe",
    "unsubscribe",
    "psubscribe",
    "punsubscribe",
    "publish",
    "info",
    "role",
    "client",
    "shutdown",
    "auth",
    "hello",
    "acl",
    "command",
}

Include = Callable[[str, str | None], Sequence[Written] | Missing | None]
"""(what is included, the last `dir` before it) -> its lines; Missing; or None where that can't be told."""


@dataclass(slots=True)
class Configuration:
    """What is in force once the server runs."""

    server: Server
    settings: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    """Canonical name -> the arguments that count (the last ones); what is absent has the server's default."""
    origins: dict[str, Written] = field(default_factory=dict)
    """Canonical name -> the line that set it."""
    save: tuple[tuple[int, int], ...] | None = DEFAULT_SAVE
    """The snapshot points; None where the text does not tell."""
    words: dict[str, str] = field(default_factory=dict)
    renames: list[Written] = field(default_factory=list)
    user_lines: list[Written] = field(default_factory=list)
    sentinel_lines: list[Written] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """What could change the answer and is not in the text: an include that is elsewhere, a template's hole."""

    def get(self, name: str, default: str) -> str | None:
        """The one value of a directive, lower-cased; `default` where it is absent, None where the text does not tell."""
        arguments = self.settings.get(name)
        if arguments is None:
            return default
        value = arguments[0] if arguments else ""
        return value.lower() if value is not None else None

    @property
    def keeps_log(self) -> bool | None:
        """Whether it keeps an append-only file; None where the text does not tell."""
        value = self.get("appendonly", "no")
        return None if value is None else value == "yes"

    @property
    def max_memory(self) -> int | None:
        """Bytes, 0 for no limit; None where the text does not tell."""
        value = self.get("maxmemory", "0")
        return memory(self.server, value) if value is not None else None

    def left_after(self, ending: str) -> str:
        """What is left of the sessions after a restart: `all`, `snapshot` (what the last one held), `nothing` or `unknown`.

        `ending` is how the server ended: `kill` (kill -9, out of memory, power), `sigterm`, `shutdown`, `shutdown nosave`.
        """
        if self.keeps_log is None or (self.save is None and not self.keeps_log):
            return "unknown"
        if self.keeps_log:
            return "all"
        saves = bool(self.save)
        if ending == "sigterm":
            how = {each.lower() for each in self.settings.get("shutdown-on-sigterm", ()) if each}
            saves = "save" in how or (saves and "nosave" not in how)
        if ending == "shutdown nosave" or not saves:
            # The last snapshot is all there is, if there ever was one.
            return "snapshot" if self.save else "nothing"
        return "snapshot" if ending == "kill" else "all"


def read(server: Server, text: str) -> list[Written]:
    """The lines of a file."""
    found = []
    for line in lines(text, glued=server.is_valkey):
        if line.words is None:
            found.append(Written(line.text.split()[0].lower(), (), words_match=False, place=line.number))
        else:
            found.append(Written(line.words[0].lower(), line.words[1:], place=line.number))
    return found


def command_line(server: Server, arguments: Sequence[str]) -> tuple[str | None, str]:
    """(the configuration file or None, the text that the options are worth) of the words after `redis-server`."""
    file, words = None, list(arguments)
    if words and not words[0].startswith("-"):
        file, words = words[0], words[1:]
    text = ""
    takes_option = True
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else None
        if word == "-" and following is None:
            continue
        if takes_option and word.startswith("--"):
            text += ("\n" if text else "") + word[2:] + " "
            if not server.is_old and len(word.split()) == 1:
                # From 7.0 on an option with no value takes the next word, even one that looks like an option.
                takes_option = False
                another = following is not None and following.startswith("--")
                if word.lower() == "--save" and (another or following is None):
                    text += '""'
                    takes_option = another
                elif word.lower() == "--sentinel" and another:
                    takes_option = True
        else:
            text += _quoted(word) + " "
            takes_option = True
    return file, text


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'


def evaluate(server: Server, written: Sequence[Written], include: Include | None = None, sentinel: bool = False) -> Configuration:
    """What a server makes of these lines. Goes on after a refusal, so that every reason is told; the server stops at the first."""
    configuration = Configuration(server, words={name: name for name in commands(server) if "|" not in name})
    state = _State(configuration, include, sentinel)
    state.run(written, depth=0)
    state.finish()
    return configuration


class _State:
    def __init__(self, configuration: Configuration, include: Include | None, sentinel: bool) -> None:
        self.found = configuration
        self.server = configuration.server
        self.include = include
        self.sentinel = sentinel
        self.late: list[Refusal] = []
        self.loads_modules = False
        self.saved = False

    def run(self, written: Sequence[Written], depth: int) -> None:
        for line in written:
            message = UNBALANCED if not line.words_match else self.line(line, depth)
            if message:
                self.found.refusals.append(Refusal(message, line))

    def line(self, line: Written, depth: int) -> str | None:
        known = directives(self.server).get(line.name)
        if known is not None:
            return self.directive(line, canonical(self.server, line.name))
        if line.name == "sentinel":
            self.found.sentinel_lines.append(line)
        if None in line.arguments:
            self.found.unknown.append(line.name)
            return None
        arguments = tuple(each for each in line.arguments if each is not None)
        if is_retired(self.server, line.name) and len(arguments) == 1:
            return None
        match line.name, arguments:
            case "include", (pattern,):
                return self.included(line, pattern, depth)
            case "rename-command", (old, new):
                return self.renamed(line, old.lower(), new.lower())
            case "user", (name, *rules):
                self.found.user_lines.append(line)
                if name in {each.arguments[0] for each in self.found.user_lines[:-1]} and not self.server.is_old:
                    return f"Error in user declaration '{name}': {acl.DUPLICATE}"
                return self.user(name, tuple(rules))
            case "loadmodule", (_, *_):
                self.loads_modules = True
                return None
            case "sentinel", (_, *_):
                return None if self.sentinel else NOT_SENTINEL
        return self.not_known(line)

    def directive(self, line: Written, name: str) -> str | None:
        found = self.found
        if None in line.arguments:
            found.settings[name] = (None,)
            found.origins[name] = line
            found.unknown.append(line.name)
            if name == "save":
                found.save = None
            return None
        arguments = tuple(each for each in line.arguments if each is not None)
        message = refusal(self.server, directives(self.server)[line.name], arguments)
        if message:
            return message
        if name == "save":
            self.snapshot(arguments)
        elif name == "replicaof" and [each.lower() for each in arguments] == ["no", "one"]:
            arguments = ()
        elif name in MULTIPLE and len(arguments) == 1:
            arguments = tuple(arguments[0].split())
        found.settings[name] = arguments
        found.origins[name] = line
        # The reader takes a comment behind `bind` for addresses, and the server then can't listen on one that is called `#`.
        return NO_ADDRESS if name == "bind" and any(each.startswith("#") for each in arguments) else None

    def snapshot(self, arguments: tuple[str, ...]) -> None:
        if len(arguments) == 1 and arguments[0].strip() and not self.server.is_old:
            arguments = tuple(arguments[0].split())
        elif len(arguments) == 1 and arguments[0] and not self.server.is_old:
            arguments = ()
        points = save_points_of_old(arguments) if self.server.is_old else save_points(arguments)
        if arguments == ("",) or not self.saved or self.found.save is None:
            self.found.save = ()
        self.saved = True
        self.found.save = (self.found.save or ()) + (points or ())

    def included(self, line: Written, pattern: str, depth: int) -> str | None:
        folder = self.found.settings.get("dir", (None,))[0]
        got = self.include(pattern, folder) if self.include and depth < 20 else None
        if isinstance(got, Missing):
            return f"Fatal error, can't open config file '{pattern}': No such file or directory"
        if got is None:
            self.found.unknown.append(f"include {pattern}")
        else:
            self.run(got, depth + 1)
        return None

    def renamed(self, line: Written, old: str, new: str) -> str | None:
        words = self.found.words
        if self.sentinel and old not in _OF_SENTINEL:
            return "No such command in rename-command"
        if "|" in old and old in commands(self.server):
            return "=== ASSERTION FAILED ==="
        if old not in words:
            return "No such command in rename-command"
        runs = words.pop(old)
        if new:
            if new in words:
                words[old] = runs
                return "Target command name already exists"
            words[new] = runs
        self.found.renames.append(line)
        return None

    def user(self, name: str, rules: tuple[str, ...]) -> str | None:
        try:
            acl.checked(self.server, acl.UserLine(name, rules))
        except acl.RuleRefused as error:
            return f"Error in user declaration '{shown_rule(error.rule)}': {error.why}"
        return None

    def not_known(self, line: Written) -> str | None:
        is_late = bool(line.arguments) and (("." in line.name and not self.server.is_old) or self.server.name == "redis 8.2")
        if is_late:
            self.late.append(Refusal(UNRESOLVED, line))
            return None
        return WRONG_COUNT if line.name in directives(self.server) else BAD

    def finish(self) -> None:
        found = self.found
        if not self.loads_modules:
            found.refusals += self.late
        elif self.late:
            found.unknown += [f"{each.line.name} (of a module)" for each in self.late if each.line]
        if found.get("cluster-enabled", "no") == "yes" and found.settings.get("replicaof"):
            found.refusals.append(Refusal(IN_CLUSTER, found.origins["replicaof"]))
        if self.has_aclfile and found.user_lines:
            family = "Valkey" if self.server.is_valkey else "Redis"
            message = f"Configuring {family} with users defined in {family.lower()}.conf and at the same setting an ACL file path is invalid."
            found.refusals.append(Refusal(message, found.origins["aclfile"]))
        elif not self.has_aclfile:
            self.unknown_commands()

    @property
    def has_aclfile(self) -> bool:
        return bool(self.found.settings.get("aclfile", ("",))[0])

    def unknown_commands(self) -> None:
        for line in self.found.user_lines:
            if any(each.line is line for each in self.found.refusals):
                continue
            name, *rules = (each or "" for each in line.arguments)
            user = acl.new_user(self.server, name)
            for rule in acl.merged(self.server, rules):
                try:
                    acl.apply(self.server, user, rule)
                except acl.RuleRefused as error:
                    message = f"Error loading ACL rule '{shown_rule(error.rule)}' for the user named '{name}': {error.why}"
                    self.found.refusals.append(Refusal(message, line))
                    break


def shown_rule(rule: str) -> str:
    """A rule as a message may show it: never a password."""
    return f"{rule[0]}***" if rule[:1] in ("<", ">", "#", "!") and len(rule) > 1 else rule


def access(configuration: Configuration, users_file: str | None = None) -> acl.Access:
    """Who may run what. `users_file` is the text of the aclfile. Raises RuleRefused for an aclfile that the server refuses."""
    server = configuration.server
    if users_file is not None:
        users = acl.users_of_file(server, users_file)
    else:
        written = [acl.UserLine(str(line.arguments[0]), tuple(each or "" for each in line.arguments[1:])) for line in configuration.user_lines]
        (password, *_) = configuration.settings.get("requirepass") or ("",)
        users = acl.users_of_lines(server, written, NOT_TOLD if password is None else password)
    return acl.Access(
        server,
        users,
        configuration.words,
        allows_debug=server.is_old or configuration.get("enable-debug-command", "no") != "no",
        allows_modules=server.is_old or configuration.get("enable-module-command", "no") != "no",
    )
