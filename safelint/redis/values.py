"""What the server accepts as the value of a directive. Every message is the server's own."""

from __future__ import annotations

import re

from safelint.redis.lines import Unbalanced, split
from safelint.redis.servers import Directive, Server

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_MEMORY = re.compile(r"(-?)([0-9]*)(b|k|kb|m|mb|g|gb|)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3, "gb": 1024**3}
_FILE_NAMES = {"dbfilename", "appendfilename", "appenddirname"}
# Since Redis 7.0; Valkey says so of the snapshot's name too.
_NEVER_EMPTY = {False: {"appendfilename", "appenddirname"}, True: _FILE_NAMES}
_CLIENTS = {"normal", "slave", "replica", "pubsub"}
_LARGEST = 2**63
WRONG_COUNT = "wrong number of arguments"
BAD = "Bad directive or wrong number of arguments"
MULTIPLE = {
    "save", "bind", "replicaof", "client-output-buffer-limit", "oom-score-adj-values", "latency-tracking-info-percentiles",
    "shutdown-on-sigint", "shutdown-on-sigterm",
}  # fmt: skip


def memory(server: Server, text: str) -> int | None:
    """Bytes of a memory value (`1gb` = 1024^3, `1g` = 1000^3) as the server counts them, or None where it is none.

    Too many digits end at the largest number (a signed one in Redis 6.2), Valkey refuses them; a unit can carry the product over it.
    """
    found = _MEMORY.fullmatch(text)
    if not found:
        return None
    digits, unit = int((found[2].lstrip("0") or "0")[:21]), _UNITS[found[3].lower()]
    if server.is_valkey and digits >= 2 * _LARGEST:
        return None
    if server.is_old:
        number = (min(digits, _LARGEST - 1) * unit + _LARGEST) % (2 * _LARGEST) - _LARGEST
    else:
        number = min(digits, 2 * _LARGEST - 1) * unit % (2 * _LARGEST)
    return -number if found[1] else number


def refusal(server: Server, directive: Directive, arguments: tuple[str, ...]) -> str | None:
    """Why the server refuses these arguments, in its own words, or None where it takes them."""
    name = directive.name
    if server.is_old and name in ("bind", "replicaof", "client-output-buffer-limit", "oom-score-adj-values", "unixsocketperm", "save"):
        return _refusal_of_old(name, arguments)
    if name in MULTIPLE:
        if len(arguments) == 1 and arguments[0]:
            try:
                arguments = split(arguments[0], server.is_valkey)
            except Unbalanced:
                return "Unbalanced quotes in configuration line"
        return _refusal_of_many(server, directive, arguments)
    if len(arguments) != 1:
        return WRONG_COUNT
    return _refusal_of_one(server, directive, arguments[0])


def _refusal_of_one(server: Server, directive: Directive, value: str) -> str | None:
    match directive.kind:
        case "bool":
            return None if value.lower() in ("yes", "no") else "argument must be 'yes' or 'no'"
        case "enum":
            if value.lower() in {each.lower() for each in directive.values}:
                return None
            return f"{'argument' if server.is_old else 'argument(s)'} must be one of the following: {', '.join(directive.values)}"
        case "int" | "octal":
            if directive.kind == "octal":
                number = int(value, 8) if re.fullmatch(r"[0-7]{1,9}", value) else None
                message = "argument couldn't be parsed as an octal number"
            else:
                number = int(value) if _INTEGER.fullmatch(value) and len(value) < 21 and abs(int(value)) < _LARGEST else None
                message = "argument couldn't be parsed into an integer"
            return message if number is None else _out_of_range(directive, number)
        case "percent" if value.endswith("%"):
            return None if re.fullmatch(r"[0-9]{1,9}%", value) else "argument must be a memory or percent value"
        case "memory" | "percent":
            bytes_ = memory(server, value)
            if bytes_ is None or (bytes_ < 0 and not (directive.least or 0) < 0):
                return "argument must be a memory or percent value" if directive.kind == "percent" else "argument must be a memory value"
            return _out_of_range(directive, bytes_)
        case "text":
            if directive.name in _FILE_NAMES and "/" in value:
                return f"{directive.name} can't be a path, just a filename"
            if not value and directive.name in _NEVER_EMPTY[server.is_valkey] and not server.is_old:
                return f"{directive.name} can't be empty"
            return None
    if directive.name == "notify-keyspace-events" and (wrong := set(value) - set("Ag$lshzxeKEtmdn")):
        return f"Invalid event class character. Use 'Ag$lshzxeKEtmdn'. ({''.join(sorted(wrong))})"
    return None


def _out_of_range(directive: Directive, number: int) -> str | None:
    if (directive.least is not None and number < directive.least) or (directive.most is not None and number > directive.most):
        if directive.most is None:
            return f"argument must be greater or equal to {directive.least}"
        return f"argument must be between {directive.least} and {directive.most} inclusive"
    return None


def _refusal_of_many(server: Server, directive: Directive, arguments: tuple[str, ...]) -> str | None:
    match directive.name:
        case "save":
            return None if save_points(arguments) is not None else "Invalid save parameters"
        case "replicaof":
            if len(arguments) != 2:
                return WRONG_COUNT
            is_port = arguments[1].isdecimal() and 1 <= int(arguments[1]) <= 65535
            return None if is_port or [each.lower() for each in arguments] == ["no", "one"] else "Invalid master port"
        case "client-output-buffer-limit":
            if len(arguments) % 4:
                return "Wrong number of arguments in buffer limit configuration."
            for client, hard, soft, seconds in zip(*[iter(arguments)] * 4, strict=True):
                if client.lower() not in _CLIENTS:
                    return "Invalid client class specified in buffer limit configuration."
                limits = (memory(server, hard), memory(server, soft))
                if None in limits or any(each is not None and each < 0 for each in limits) or not _INTEGER.fullmatch(seconds) or int(seconds) < 0:
                    return "Error in hard, soft or soft_seconds setting in buffer limit configuration."
            return None
        case "oom-score-adj-values":
            return None if len(arguments) == 3 else WRONG_COUNT
        case "shutdown-on-sigint" | "shutdown-on-sigterm":
            known = {each.lower() for each in directive.values}
            if arguments and all(each.lower() in known for each in arguments):
                return None
            return f"argument(s) must be one of the following: {', '.join(directive.values)}"
    return None


def _refusal_of_old(name: str, arguments: tuple[str, ...]) -> str | None:
    """Redis 6.2 takes these by their count alone, and falls through to its last message for any other."""
    match name:
        case "save":
            if len(arguments) != 2:
                return None
            first, second = (_atoi(each) for each in arguments)
            return "Invalid save parameters" if first < 1 or second < 0 else None
        case "bind":
            return None if arguments else BAD
        case "replicaof":
            return None if len(arguments) == 2 else BAD
        case "oom-score-adj-values":
            return None if len(arguments) == 3 else BAD
        case "unixsocketperm":
            return None if len(arguments) == 1 else BAD
    if len(arguments) != 4:
        return BAD
    if arguments[0].lower() not in _CLIENTS:
        return "Unrecognized client limit class: the user specified an invalid one, or 'master' which has no buffer limits."
    return "Negative number of seconds in soft limit is invalid" if _atoi(arguments[3]) < 0 else None


def save_points(arguments: tuple[str, ...]) -> tuple[tuple[int, int], ...] | None:
    """The (seconds, changes) of a `save` line, empty for `save ""`; None where the server refuses it. Not for Redis 6.2."""
    if arguments == ("",):
        return ()
    numbers = [int(each) for each in arguments if re.fullmatch(r"[+]?[0-9]{1,18}", each)]
    pairs = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    if len(numbers) != len(arguments) or len(arguments) % 2 or any(seconds < 1 for seconds, _ in pairs):
        return None
    return pairs


def save_points_of_old(arguments: tuple[str, ...]) -> tuple[tuple[int, int], ...] | None:
    """The same for Redis 6.2, where any other count than two is no point and no error."""
    return ((_atoi(arguments[0]), _atoi(arguments[1])),) if len(arguments) == 2 else ()


def _atoi(text: str) -> int:
    found = re.match(r"\s*([+-]?[0-9]{1,18})", text)
    return int(found[1]) if found else 0
