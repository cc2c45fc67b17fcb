"""Cookies that say who somebody is: a login of their own where they are signed."""

from __future__ import annotations

import pytest

from tests.judging import judge

_HANDLER = """import tornado.web


class Login(tornado.web.RequestHandler):
    def post(self):
        self.{call}("{name}", self.get_argument("name"){more})

    def get_current_user(self):
        return self.get_{read}("{name}")
"""


def _rules(call: str, name: str, more: str = "") -> list[str]:
    def text(name: str, more: str = "") -> dict[str, str]:
        return {"shop/app.py": _HANDLER.format(call=call, name=name, more=more, read=call.removeprefix("set_"))}

    return [each.rule for each in judge(text("user"), text(name, more)).findings]


@pytest.mark.parametrize("call", ["set_signed_cookie", "set_secure_cookie"])
def test_a_signed_cookie_that_names_the_user(call: str) -> None:
    assert _rules(call, "shop_user") == ["session-cookie-renamed"]
    assert _rules(call, "user", ', domain="shop.test"') == ["session-cookie-rescoped"]
    assert _rules(call, "user") == []


def test_one_that_anybody_can_write_is_no_login() -> None:
    assert _rules("set_cookie", "shop_user") == []
