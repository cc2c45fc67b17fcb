"""What was done with care is recognised, and said by `-v` only."""

from __future__ import annotations

import pytest

from safelint.hazards import SafeStep
from safelint.places import Place
from safelint.reports import Look, Result, render
from tests.judging import judge

DJANGO = 'INSTALLED_APPS = ["django.contrib.sessions"]\nSECRET_KEY = "{key}"\nSECRET_KEY_FALLBACKS = [{others}]\n'
OLD, NEW = "the-first-key-fifty-letters-long-or-thereabouts-no-less", "the-second-key-fifty-letters-long-or-thereabouts-no-less"
STARLETTE = """from starlette.responses import Response


def login(request):
    {read}
    response = Response()
    response.set_cookie("{name}", "token", httponly=True)
    return response
"""


def steps(base: dict[str, str], head: dict[str, str]) -> list[SafeStep]:
    judged = judge(base, head)
    assert not [each for each in judged.findings if each.severity == "error"]
    return list(judged.safe_steps)


def test_a_key_that_was_accepted_before_it_signs() -> None:
    base = {"shop/settings.py": DJANGO.format(key=OLD, others=f'"{NEW}"')}
    head = {"shop/settings.py": DJANGO.format(key=NEW, others=f'"{OLD}"')}
    (step,) = steps(base, head)
    assert "still accepted" in step.what
    assert OLD not in step.what
    assert NEW not in step.what
    assert (step.place.path, step.place.line) == ("shop/settings.py", 2)


def test_a_cookie_whose_old_name_is_still_read() -> None:
    base = {"shop/web.py": STARLETTE.format(name="session", read="pass")}
    head = {"shop/web.py": STARLETTE.format(name="shop_session", read='old = request.cookies.get("session")')}
    (step,) = steps(base, head)
    assert "old one is still read" in step.what


def test_nothing_is_praised_where_nothing_changes() -> None:
    base = {"shop/settings.py": DJANGO.format(key=OLD, others="")}
    assert not steps(base, {"shop/settings.py": "# moved\n" + base["shop/settings.py"]})


@pytest.mark.parametrize("verbose", [True, False])
def test_it_is_said_by_v_only(verbose: bool) -> None:
    result = Result(safe_steps=((Place("a.py", 3), "the old one is still read"),))
    assert ("a.py:3:1: the old one is still read" in render("full", result, Look(verbose=verbose))) is verbose
