"""Settings and keys are read from whatever text there is: facts, or a word about what was not understood, and never another exception."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from safelint.facts import Fact, NotUnderstood, decode, encode
from safelint.facts.settings import SettingAssigned, SettingsInherited, VariableSet
from safelint.facts.upgrades import PackagePinned
from safelint.readers import Source, Unreadable, dotenv, requirements
from safelint.readers.python import keys, settings
from safelint.values import Environment, Known, Sealed, Value

WORDS = st.sampled_from(
    [
        "SECRET_KEY", "=", '"a key"', "os.environ", ".get(", "(", ")", "{", "}", "[", "]", ":", ",", "\n", "    ", "if DEBUG:", "else:", "class Config:",
        "def f(x):",
        "return", "app.config", "SIMPLE_JWT", "jwt", ".encode(", "import jwt", "from .base import *", "**", "*", "lambda:", "or", "kid", "timedelta(days=7)",
        "'kid'", "f'{x}'",
        "CACHES", "BaseSettings", "update(", "None", "1", "not", "self.", "secrets", "Field(", "default_factory=", "SessionMiddleware", "requirements", "==",
        "flask", "3.1.0",
        "export ", "#", "${A:-b}", "\\", "'", '"', "\t", "\r", "\u2028", "é",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(WORDS).map("".join), st.lists(WORDS).map(" ".join))


@pytest.mark.parametrize(
    ("reader", "path"),
    [
        (settings, "shop/settings.py"), (settings, "shop/app.py"), (keys, "shop/tokens.py"), (dotenv, ".env"), (requirements, "requirements.txt"),
        (requirements, "pyproject.toml"),
        (requirements, "uv.lock"), (requirements, "Pipfile.lock"), (requirements, "environment.yml"),
    ],
)  # fmt: skip
@limits(deadline=None)
@given(text=TEXTS)
def test_any_text(reader: object, path: str, text: str) -> None:
    try:
        facts = tuple(reader.read(Source(path, text)))  # type: ignore[attr-defined]
    except Unreadable:
        return
    lines = text.replace("\ufeff", "").count("\n") + 1
    for fact in facts:
        assert isinstance(fact, Fact)
        assert decode(encode(fact)) == fact
        assert 1 <= fact.place.line <= fact.place.end_line <= max(lines, fact.place.line if path.endswith(".py") else lines)


def variables(text: str) -> dict[str, Value]:
    return {fact.name: fact.value for fact in dotenv.read(Source(".env", text)) if isinstance(fact, VariableSet)}


@limits(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "export "]),
            st.sampled_from(["A", "HOST", "PLACE_1"]),
            st.sampled_from(["=", " = ", "= "]),
            st.sampled_from(["", "'", '"']),
            st.text(st.sampled_from("ab #\\n$=:/-.,@\"'"), max_size=12),
            st.sampled_from(["", " # a comment", "  "]),
        ),
        max_size=5,
    )
)
def test_env_files_are_read_as_python_dotenv_reads_them(lines: list[tuple[str, ...]]) -> None:
    dotenv_values = pytest.importorskip("dotenv").dotenv_values
    text = "\n".join(f"{export}{name}{equals}{quote}{value}{quote}{rest}" for export, name, equals, quote, value, rest in lines) + "\n"
    if any(isinstance(fact, NotUnderstood) for fact in dotenv.read(Source(".env", text))) or "$" in text:
        return
    theirs = {name: value for name, value in dotenv_values(stream=io.StringIO(text), interpolate=False).items() if value is not None}
    assert {name: value.value for name, value in variables(text).items() if isinstance(value, Known)} == theirs


def test_env_files() -> None:
    found = variables(
        "# a comment\nexport HOST=shop.test # the site\nNAME='it is'\nTEXT=\"a\nb\"\nURL=${HOST:-x}\nEMPTY=\nHOST=other.test\nSECRET_KEY='s3'\nNONE\n"
    )
    assert found["HOST"] == Known("other.test")
    assert found["NAME"] == Known("it is")
    assert found["TEXT"] == Known("a\nb")
    assert found["URL"] == Environment("HOST", Known("x"))
    assert found["EMPTY"] == Known("")
    assert isinstance(found["SECRET_KEY"], Sealed)
    assert "NONE" not in found


def named(text: str, path: str = "shop/settings.py") -> dict[str, SettingAssigned]:
    return {fact.name: fact for fact in settings.read(Source(path, text)) if isinstance(fact, SettingAssigned)}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("A = B = 3\n", "B", Known(3)),
        ("NAME, AGE = 'a', 5\n", "AGE", Known(5)),
        ("SIMPLE_JWT = {'LEEWAY': 3}\n", "SIMPLE_JWT.LEEWAY", Known(3)),
        ("SIMPLE_JWT['LEEWAY'] = 3\n", "SIMPLE_JWT.LEEWAY", Known(3)),
        ("SIMPLE_JWT.update(LEEWAY=3)\n", "SIMPLE_JWT.LEEWAY", Known(3)),
        ("CACHES = {'default': {'OPTIONS': {'db': 2}}}\n", "CACHES.default.OPTIONS.db", Known(2)),
        ("app.config['MAX'] = 3\n", "MAX", Known(3)),
        ("app.config.update(MAX=3)\n", "MAX", Known(3)),
        ("app.config.update({'MAX': 3})\n", "MAX", Known(3)),
        ("app.config.from_mapping(MAX=3)\n", "MAX", Known(3)),
        ("app.config.setdefault('MAX', 3)\n", "MAX", Known(3)),
        ("app.permanent_session_lifetime = 3\n", "PERMANENT_SESSION_LIFETIME", Known(3)),
        ("class ProductionConfig:\n    MAX = 3\n", "MAX", Known(3)),
        ("class Config:\n    @property\n    def MAX(self):\n        return 3\n", "MAX", Known(3)),
        (
            "from configurations import Configuration, values\nclass Prod(Configuration):\n    X = values.BooleanValue(True)\n",
            "X",
            Environment("DJANGO_X", Known(True)),
        ),
        ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    age: int = 3\n", "age", Environment("AGE", Known(3))),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    age: int\n    model_config = {'env_prefix': 'shop_'}\n",
            "age",
            Environment("SHOP_AGE"),
        ),
        ("from pydantic import BaseSettings, Field\nclass S(BaseSettings):\n    age: int = Field(3, env='YEARS')\n", "age", Environment("YEARS", Known(3))),
        ("import environ\nenv = environ.Env()\nNAME = env('NAME', default='x')\n", "NAME", Environment("NAME", Known("x"))),
        ("from decouple import config\nNAME = config('NAME', default='x')\n", "NAME", Environment("NAME", Known("x"))),
        ("def envint(name, default):\n    return int(os.getenv(name, default))\n\nAGE = envint('AGE', 3)\n", "AGE", Environment("AGE", Known(3))),
        ("DEFAULTS = {'SESSION_LIFETIME': 3}\n", "SESSION_LIFETIME", Known(3)),
    ],
)
def test_settings(text: str, name: str, value: Value) -> None:
    path = "shop/web.py" if "DEFAULTS" in text else "shop/settings.py"
    if "DEFAULTS" in text:
        assert name in named(text, path)
    else:
        assert named(text, path)[name].value == value


def test_a_condition_stands_with_what_it_decides() -> None:
    facts = [
        fact
        for fact in settings.read(Source("shop/settings.py", "if DEBUG:\n    X = 1\nelse:\n    X = 2\nX = 3 if CI else 4\n"))
        if isinstance(fact, SettingAssigned)
    ]
    assert [(fact.value, fact.condition) for fact in facts] == [(Known(1), "DEBUG"), (Known(2), "not (DEBUG)"), (Known(4), ""), (Known(3), "CI")]


def test_inheritance_is_a_fact() -> None:
    facts = settings.read(
        Source("shop/settings/prod.py", "from .base import *\nclass ProductionConfig(Config):\n    X = 1\napp.config.from_object('shop.config.Prod')\n")
    )
    assert {(fact.source, fact.form) for fact in facts if isinstance(fact, SettingsInherited)} == {
        ("shop.settings.base", "module"), ("Config", "class"), ("shop.config.Prod", "config"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", "Django==5.2.1  # the site\n-r base.txt\nflask[async]>=3.0,<4\n", {("django", "5.2.1", "5.2.1"), ("flask", "", "3.0")}),
        ("requirements/base.in", "PyJWT~=2.9\n", {("pyjwt", "", "2.9")}),
        ("constraints.txt", "starlette==1.0.0 \\\n    --hash=sha256:aa\n", {("starlette", "1.0.0", "1.0.0")}),
        ("pyproject.toml", '[project]\ndependencies = ["flask>=3.1", "PyJWT[crypto]==2.10.1"]\n', {("flask", "", "3.1"), ("pyjwt", "2.10.1", "2.10.1")}),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\nDjango = "^4.2"\npyjwt = {version = "2.9.0", extras = ["crypto"]}\n',
         {("django", "", "4.2"), ("pyjwt", "2.9.0", "2.9.0")}),
        ("uv.lock", '[[package]]\nname = "flask"\nversion = "3.1.0"\ndependencies = [\n    { name = "werkzeug" },\n]\n', {("flask", "3.1.0", "3.1.0")}),
        ("poetry.lock", '[[package]]\nname = "pyjwt"\nversion = "2.9.0"\n', {("pyjwt", "2.9.0", "2.9.0")}),
        ("Pipfile.lock", '{\n  "default": {\n    "flask": {\n      "version": "==3.0.3"\n    }\n  }\n}\n', {("flask", "3.0.3", "3.0.3")}),
        ("environment.yml", "dependencies:\n  - flask=3.0.3\n  - pip:\n    - pyjwt==2.9.0\n", {("flask", "3.0.3", "3.0.3"), ("pyjwt", "2.9.0", "2.9.0")}),
    ],
)  # fmt: skip
def test_versions(path: str, text: str, expected: set[tuple[str, str, str]]) -> None:
    found = [fact for fact in requirements.read(Source(path, text)) if isinstance(fact, PackagePinned)]
    assert {(fact.name, fact.version, fact.minimum) for fact in found} == expected
    lines = text.split("\n")
    assert all(fact.name.lower() in lines[fact.place.line - 1].lower() or fact.version in lines[fact.place.line - 1] for fact in found)
