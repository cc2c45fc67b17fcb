"""A password that the server asks for and its clients do not send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safelint.rules import Example
from tests.judging import RULES, example
from tests.proofs.conftest import need
from tests.proofs.servers import EVERY, running, start


@EVERY
@pytest.mark.parametrize("title", ["a password", "the same"])
def test_clients_without_the_password_are_refused_and_the_sessions_are_still_there(server: str, title: str, tmp_path: Path) -> None:
    one = example("store-asks-for-password", "Bad", title)
    up = start(server, one.base["deploy/redis.conf"], tmp_path)
    up.log_in()
    up.end()
    with running(server, one.head["deploy/redis.conf"], tmp_path) as restarted, pytest.raises(_errors().AuthenticationError):
        restarted.client.get("session:1")
    with running(server, one.base["deploy/redis.conf"], tmp_path) as back:
        assert back.sessions() == 200


@EVERY
def test_who_sends_a_name_too_is_let_in_before_and_after(server: str, tmp_path: Path) -> None:
    one = example("store-asks-for-password", "Bad", "a password")
    sent: dict[str, Any] = {"username": "default", "password": "a-long-password-of-the-store"}
    up = start(server, one.base["deploy/redis.conf"], tmp_path, **sent)
    up.log_in()
    up.end()
    with running(server, one.head["deploy/redis.conf"], tmp_path, **sent) as restarted:
        assert restarted.client.get("session:1")


@EVERY
def test_a_password_alone_is_refused_by_a_server_that_has_none(server: str, tmp_path: Path) -> None:
    one = example("store-asks-for-password", "Bad", "a password")
    with running(server, one.base["deploy/redis.conf"], tmp_path, password="a-long-password-of-the-store") as up, pytest.raises(_errors().AuthenticationError):
        up.client.get("session:1")


@EVERY
def test_the_password_that_clients_send_stays_good_beside_the_next(server: str, tmp_path: Path) -> None:
    one = example("store-asks-for-password", "Good")
    for side in (one.base, one.head):
        with running(server, side["deploy/redis.conf"], tmp_path, password="a-long-password-of-the-store") as up:
            up.log_in()
            assert up.client.get("session:1")


def _errors() -> Any:
    need("redis")
    import redis

    return redis.exceptions


def _get(server: str, text: str, folder: Path, **sent: str) -> str:
    """What a client that sends this is told when it reads a session."""
    with running(server, text, folder, **sent) as up:
        try:
            up.client.get("session:1")
        except _errors().RedisError as error:
            return str(error)
        return "OK"


@EVERY
@pytest.mark.parametrize(
    ("title", "sent"),
    [
        ("another password", {"password": "s3cret-of-the-store"}),
        ("another password of", {"username": "shop", "password": "s3cret-of-the-shop"}),
        ("the user is called", {"username": "shop", "password": "s3cret-of-the-shop"}),
        ("no password any more", {"password": "s3cret-of-the-store"}),
    ],
)
def test_clients_that_are_turned_away_and_let_in_again_by_the_old_file(server: str, title: str, sent: dict[str, str], tmp_path: Path) -> None:
    found = [each for each in _examples("store-turns-clients-away") if each.kind == "Bad" and each.title.startswith(title)]
    one = min(found, key=lambda each: len(each.title))
    before, after = one.base["deploy/redis.conf"], one.head["deploy/redis.conf"]
    assert [_get(server, text, tmp_path, **sent) == "OK" for text in (before, after, before)] == [True, False, True]


@EVERY
@pytest.mark.parametrize("title", ["the next one", "the same password", "the operator"])
def test_clients_that_are_still_let_in(server: str, title: str, tmp_path: Path) -> None:
    one = example("store-turns-clients-away", "Good", title)
    named = "user shop" in one.base["deploy/redis.conf"]
    sent = {"username": "shop", "password": "s3cret-of-the-shop"} if named else {"password": "s3cret-of-the-store"}
    for side in (one.base, one.head):
        assert _get(server, side["deploy/redis.conf"], tmp_path, **sent) == "OK"


@EVERY
def test_rights_that_are_taken_away(server: str, tmp_path: Path) -> None:
    sent = {"username": "shop", "password": "s3cret-of-the-shop"}
    for number, one in enumerate(_examples("store-takes-rights-from-clients")):
        said = []
        for side in (one.base, one.head):
            with running(server, side["deploy/redis.conf"], tmp_path / str(number), **sent) as up:
                answers = []
                for words in (("SET", "session:1", "u", "EX", "60"), ("GET", "session:1")):
                    try:
                        up.client.execute_command(*words)
                        answers.append(True)
                    except _errors().NoPermissionError:
                        answers.append(False)
                said.append(all(answers))
        assert said == [True, one.kind == "Good"], one.title


def _examples(rule: str) -> list[Example]:
    return [one for each in RULES if each.name == rule for one in each.examples]
