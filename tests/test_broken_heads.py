"""A head that can not be read has not lost what it does not name any more."""

from __future__ import annotations

from tests.judging import judge

_BASE = {"shop/settings.py": 'INSTALLED_APPS = ["django.contrib.sessions"]\nSESSION_COOKIE_NAME = "sid"\n'}


def test_a_broken_file_without_a_word_that_leads_to_a_reader() -> None:
    judged = judge(_BASE, {"shop/settings.py": "X = (\nfoo bar\n"})
    assert [each.rule for each in judged.findings] == []
    assert [each.place.path for each in judged.not_understood] == ["shop/settings.py"]


def test_a_file_that_lost_it_all() -> None:
    assert [each.rule for each in judge(_BASE, {"shop/settings.py": "X = 1\n"}).findings] == ["session-cookie-renamed"]
