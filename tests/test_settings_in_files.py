"""Settings in configuration files, judged by what the framework that reads them makes of them, and by their names where nobody is known to."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.judging import RULES, judge

OLD, NEW = "the first key and fifty letters long or thereabouts and no less", "the second key and just as long as the first one ever was"
JUDGED = tuple(rule for rule in RULES if rule.cause in ("keys", "store", "cookies"))


@dataclass(frozen=True)
class Case:
    """A change of one file and what is found: "rule confidence", nothing where nobody notices. `beside` is in both sides."""

    name: str
    path: str
    base: str
    head: str
    finds: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def flask(call: str, after: str = "") -> tuple[tuple[str, str], ...]:
    """A Flask application that reads a file."""
    return (("shop/app.py", f"import json\nimport tomllib\n\nfrom flask import Flask\n\napp = Flask(__name__)\napp.config.{call}\n{after}"),)


TOML = flask('from_file("config.toml", load=tomllib.load, text=False)')
KEY_OUT = ("key-replaced-without-grace high",)
RENAMED = ("session-cookie-renamed high",)

CASES = (
    Case("flask, a key in TOML", "shop/config.toml", f'SECRET_KEY = "{OLD}"\n', f'SECRET_KEY = "{NEW}"\n', KEY_OUT, TOML),
    Case(
        "flask, a key with the old one beside",
        "shop/config.toml",
        f'SECRET_KEY = "{OLD}"\nSECRET_KEY_FALLBACKS = ["{NEW}"]\n',
        f'SECRET_KEY = "{NEW}"\nSECRET_KEY_FALLBACKS = ["{OLD}"]\n',
        (),
        TOML,
    ),
    Case("flask, the default is written out", "shop/config.toml", "DEBUG = false\nSESSION_COOKIE_SECURE = false\n",
         'SESSION_COOKIE_SECURE = false\nSESSION_COOKIE_NAME = "session"\n', (), TOML),
    Case("flask, a name is removed", "shop/config.toml", 'SESSION_COOKIE_NAME = "shop"\nSESSION_COOKIE_SECURE = true\n',
         "SESSION_COOKIE_SECURE = true\n", RENAMED, TOML),
    Case("flask, JSON in the instance folder", "instance/config.json", '{"SESSION_COOKIE_NAME": "session"}\n', '{"SESSION_COOKIE_NAME": "shop"}\n',
         RENAMED, flask('from_file("config.json", load=json.load)')),
    Case("flask, the method that is no more", "shop/config.json", f'{{"SECRET_KEY": "{OLD}"}}\n', f'{{"SECRET_KEY": "{NEW}"}}\n',
         KEY_OUT, flask('from_json("config.json")')),
    Case("flask, Python by another ending", "shop/settings.cfg", f'SECRET_KEY = "{OLD}"\n', f'SECRET_KEY = "{NEW}"\n',
         KEY_OUT, flask('from_pyfile("settings.cfg")')),
    Case("flask, Python by another ending, from the environment", "shop/settings.cfg", f'SECRET_KEY = "{OLD}"\n',
         'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n', ("key-source-moved medium",), flask('from_pyfile("settings.cfg")')),
    Case("flask, code lays another value over it", "shop/config.toml", 'SESSION_COOKIE_NAME = "shop"\n', 'SESSION_COOKIE_NAME = "sid"\n',
         (), flask('from_file("config.toml", load=tomllib.load, text=False)', 'app.config["SESSION_COOKIE_NAME"] = "web"\n')),
    Case("flask, names of a section are none of its own", "shop/config.toml", '[shop]\nSESSION_COOKIE_PATH = "/"\n', '[shop]\nSESSION_COOKIE_PATH = "/shop"\n',
         ("session-cookie-rescoped medium",), TOML),
    Case("flask, a file that nobody loads", "shop/config.toml", f'SECRET_KEY = "{OLD}"\n', f'SECRET_KEY = "{NEW}"\n',
         ("key-replaced-without-grace medium",)),
    Case("flask, in YAML a name and an age", "shop/config.yaml", "SESSION_COOKIE_NAME: shop\nSESSION_COOKIE_SECURE: true\n",
         "SESSION_COOKIE_NAME: 'shop'\nSESSION_COOKIE_SECURE: yes\n", (), flask('from_file("config.yaml", load=yaml.safe_load)')),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_change(case: Case) -> None:
    beside = dict(case.beside)
    judged = judge({**beside, case.path: case.base}, {**beside, case.path: case.head}, JUDGED)
    assert sorted(f"{each.rule} {each.confidence}" for each in judged.findings) == sorted(case.finds)
    assert not judged.not_understood


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_that_only_moved_within_is_silent(case: Case) -> None:
    beside = dict(case.beside)
    assert not judge({**beside, case.path: case.base}, {**beside, case.path: case.base + "\n"}, JUDGED).findings


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
