"""Nothing of a secret is shown: no value, no prefix of it, no length."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from safelint.excerpts import Page, excerpt
from safelint.frameworks import frameworks
from safelint.masks import TELLS_NOTHING, is_suspect, masked, masked_code
from safelint.plain import printable

# {S} stands for the secret. What surrounds it is what people write.
PYTHON = [
    'SECRET_KEY = "{S}"',
    "SECRET_KEY = b'{S}'  # the old one was {S}",
    '# SECRET_KEY = "{S}"',
    'app.config["SECRET_KEY"] = "{S}"',
    'app.config.update(\n    DEBUG=False,\n    SECRET_KEY="{S}",\n)',
    'SECRET_KEY = (\n    "{S}"\n    "{S}"\n)',
    'SECRET_KEY = ("{S}"\n              "{S}")',
    'SECRET_KEYS = [\n    "{S}",\n    "{S}",\n]',
    'SECRETS = {\n    "v2": "{S}",\n    "v1": ("{S}", 3),\n}',
    'token = jwt.encode(payload, "{S}", algorithm="HS256")',
    'token = jwt.encode(\n    payload,\n    "{S}",\n)',
    'client = redis.from_url("redis://:{S}@cache:6379/0")',
    'client = Redis(host="cache", password="{S}")',
    'PRIVATE_KEY = """\n{S}\n{S}\n"""',
    'KEY = """-----BEGIN PRIVATE KEY-----\n{S}\n-----END PRIVATE KEY-----"""',
    'engine = create_engine("postgresql://app:{S}@db/app")',
    'Fernet("{S}").encrypt(x)',
    's = URLSafeTimedSerializer("{S}")',
    'hmac.new(b"{S}", message, "sha256")',
    'headers = {"Authorization": "Bearer {S}"}',
    'SECRET_KEY: Final[str] = "{S}"',
]
PLAIN = [
    "SECRET_KEY={S}",
    "export SECRET_KEY={S}",
    'DATABASE_URL="postgres://app:{S}@db/app"',
    'PRIVATE_KEY="-----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----"',
    'JWT_SECRET="{S}\n{S}"',
    "requirepass {S}",
    'requirepass "{S}"  # was {S}',
    "masterauth {S}",
    "sentinel auth-pass mymaster {S}",
    "user default on >{S} ~* +@all",
    "user app on #{S} ~session:* -@all +get",
    "redis-cli -a {S} FLUSHALL",
    "redis-cli -a '{S}' FLUSHALL",
    'command: ["redis-server", "--requirepass", "{S}"]',
    'command: ["redis-cli", "-a", "{S}", "flushall"]',
    "command:\n  - redis-cli\n  - -a\n  - {S}\n  - FLUSHALL",
    "redis:\n  password: {S}",
    "password: >-\n  {S}",
    "secrets:\n  web:\n    first: {S}",
    "env:\n  - name: SECRET_KEY\n    value: {S}",
    "env:\n  - value: {S}\n    name: SECRET_KEY",
    "kind: Secret\nmetadata:\n  name: web\nstringData:\n  first: {S}",
    "ENV SECRET_KEY {S}",
    "PGPASSWORD={S} psql -c 'TRUNCATE sessions'",
    "mysql -p{S} app",
    "curl -u admin:{S} https://example.org",
    '"jwtSecret": "{S}",',
    "-----BEGIN PRIVATE KEY-----\n{S}\n{S}\n-----END PRIVATE KEY-----",
]
SQL = [
    "ALTER ROLE app PASSWORD '{S}';",
    "CREATE USER app IDENTIFIED BY '{S}';",
    "ALTER ROLE app\n  WITH PASSWORD '{S}';",
    "SELECT dblink('host=db password={S}');",
]
TEMPLATES = [("app/settings.py", each) for each in PYTHON] + [(".env", each) for each in PLAIN] + [("migrations/1.sql", each) for each in SQL]
# Letters that close or escape nothing in any of these places, and then some that look like the texts around a secret.
SECRETS = st.text(alphabet="abcdefghijkmnpqrstuvwxyzABCDEFGHKLMNPQRSTVWXYZ0123456789_-+/=.!%^*", min_size=6, max_size=40).filter(
    lambda text: text[0] not in "-=*#" and len(set(text)) > 3 and not is_suspect(text) and not TELLS_NOTHING.fullmatch(text)
)


def told(shown: str, secret: str, template: str) -> set[str]:
    """The pieces of a secret, of four characters and more, that are shown although the text around it does not have them."""
    around = template.replace("{S}", "\0")
    pieces = {secret[at : at + 4] for at in range(len(secret) - 3)}
    return {piece for piece in pieces if piece in shown and piece not in around}


@pytest.mark.parametrize(("path", "template"), TEMPLATES, ids=[template for _, template in TEMPLATES])
@settings(max_examples=60)
@given(SECRETS)
@example("super-secret-key-v1")
@example("hunter2hunter2")
def test_no_line_shows_a_secret_or_its_length(path: str, template: str, secret: str) -> None:
    text = template.replace("{S}", secret)
    lines = text.split("\n")
    for number in range(1, len(lines) + 1):
        shown = excerpt(Page(path, text), number, (0, len(lines[number - 1])), 10_000).text
        assert not told(shown, secret, template), shown
        other = template.replace("{S}", secret + "aQ3-" * 3)
        assert excerpt(Page(path, other), number, (0, 9_999), 10_000).text == shown, "the length of the secret shows"


@pytest.mark.parametrize("template", [each for each in PYTHON + PLAIN + SQL if "\n" not in each])
@given(SECRETS)
def test_a_line_alone_shows_no_secret(template: str, secret: str) -> None:
    assert not told(masked(template.replace("{S}", secret)), secret, template)


@pytest.mark.parametrize(
    "code", ['jwt.encode(payload, "{S}")', 'redis.from_url("redis://:{S}@h").flushall()', "ALTER ROLE app PASSWORD '{S}'", 'f(SECRET_KEY="{S}")']
)
@given(SECRETS)
def test_code_in_a_message_shows_no_secret(code: str, secret: str) -> None:
    assert not told(masked_code(code.replace("{S}", secret)), secret, code)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("m.sql", "TRUNCATE TABLE sessions;"),
        ("m.sql", "DELETE FROM django_session WHERE expire_date < '2020-01-01';"),
        ("a.py", 'op.drop_column("sessions", "session_key")'),
        ("a.py", 'SESSION_COOKIE_DOMAIN = "www.example.com"'),
        ("a.py", 'response.set_cookie("session_id", session_id, domain="www.example.com", path="/app")'),
        ("a.py", "SECRET_KEY = secrets.token_hex(32)"),
        ("a.py", 'payload = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})'),
        ("a.py", 'AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]'),
        ("redis.conf", "appendonly yes  # keep what was written"),
        ("redis.conf", 'rename-command FLUSHALL ""'),
        ("deploy.sh", "redis-cli FLUSHALL"),
        ("a.py", "x = 1  # safelint: ignore[signing-key-replaced] both keys are read for a week"),
        ("pyproject.toml", 'ignore = ["session-table-emptied"]'),
    ],
)
def test_what_tells_nothing_is_shown_whole(path: str, line: str) -> None:
    assert excerpt(Page(path, line), 1, (0, len(line)), 200).text == line


def test_what_a_body_of_code_holds_is_shown() -> None:
    lines = ["def set_password(user, password: str) -> None:", "    Session.objects.all().delete()"]
    assert excerpt(Page("a.py", "\n".join(lines)), 2, (4, 34), 100).text == lines[1]


@given(st.text())
def test_what_is_printed_obeys_nobody(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not re.search(r"##\w*\[", shown)


@given(st.text(), st.integers(0, 300), st.integers(0, 300), st.integers(20, 200))
def test_an_excerpt_fits_and_its_mark_is_in_it(line: str, start: int, length: int, width: int) -> None:
    line = line.replace("\n", "")
    found = excerpt(Page("a.txt", line), 1, (start, start + length), width)
    assert found.text.isprintable()
    assert 0 <= found.mark[0] <= found.mark[1]


def test_a_long_line_is_cut_around_its_mark() -> None:
    line = "a" * 300 + "TRUNCATE" + "b" * 300
    found = excerpt(Page("a.txt", line), 1, (300, 308), 60)
    assert len(found.text) <= 60
    assert found.text[slice(*found.mark)] == "TRUNCATE"


def test_an_apostrophe_opens_no_literal() -> None:
    assert (
        masked_code("a user's next login by password logs out the user's other devices") == "a user's next login by password logs out the user's other devices"
    )


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("op.alter_column('user', 'password_updated', nullable=False)", "op.alter_column('user', 'password_updated', nullable=False)"),
        ("batch_op.create_index(op.f('ix_login_key'), ['a'])", "batch_op.create_index(op.f('ix_login_key'), ['***'])"),
        ("op.alter_column('user', 'password', server_default='hunter2')", "op.alter_column('user', 'password', server_default='***')"),
        ("migrations.AddField(model_name='user', name='password', field=F(default='hunter2'))",
         "migrations.AddField(model_name='user', name='password', field=F(default='***'))"),
        ("op.execute('UPDATE users SET password = 1')", "op.execute('***')"),
        ("op.login('user', 'hunter2')", "op.login('***', '***')"),
        ("migrations.RunSQL('hunter2', password='x')", "migrations.RunSQL('***', password='***')"),
    ],
)  # fmt: skip
def test_names_of_tables_and_columns_are_shown_and_values_are_not(code: str, shown: str) -> None:
    assert masked_code(code) == shown


@pytest.mark.parametrize("says", sorted({row.says for framework in frameworks() for row in framework.rows if row.says}))
def test_what_we_say_of_a_setting_is_shown(says: str) -> None:
    assert masked_code(f"everything is refused: {says}; the rest stays") == f"everything is refused: {says}; the rest stays"
