"""A password that the server asks for and its clients do not send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.judging import example
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
