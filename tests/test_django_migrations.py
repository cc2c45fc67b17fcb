"""Django migrations, read and never run."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelint.facts import Fact
from safelint.facts.migrations import Statement
from safelint.facts.tables import TableNamed
from safelint.readers import Source, Unreadable
from safelint.readers.python import django_migrations
from tests.judging import judge
from tests.statements import downgrade, facts_of, upgrade

HEAD = """
import datetime, uuid
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.models import F, Q
from django.utils import timezone
from shop.users.models import Device
from shop.cleanup import forget_sessions, tidy
"""
PATH = "shop/users/migrations/0002_change.py"


def migration(operations: str, before: str = "") -> str:
    body = textwrap.indent(textwrap.dedent(operations).strip(), "        ")
    return f"{HEAD}{textwrap.dedent(before)}\nclass Migration(migrations.Migration):\n    operations = [\n{body}\n    ]\n"


def steps(operations: str, before: str = "", path: str = PATH) -> list[str]:
    return upgrade(migration(operations, before), path)


def rows(body: str, before: str = "") -> list[str]:
    """What a function of RunPython does."""
    code = "def forwards(apps, schema_editor):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n"
    return steps("migrations.RunPython(forwards, migrations.RunPython.noop)", textwrap.dedent(before) + code)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ('migrations.DeleteModel("Session")', ["TableDropped users_session"]),
        ('migrations.DeleteModel(name="Session")', ["TableDropped users_session"]),
        ('migrations.RenameModel("Session", "Visit")', ["TableRenamed users_session users_visit"]),
        ('migrations.AlterModelTable("Session", "sess")', ["TableRenamed users_session sess"]),
        ('migrations.AlterModelTable("Session", "users_session")', []),
        ('migrations.RemoveField("Session", "token")', ["ColumnDropped users_session token"]),
        ('migrations.RenameField("Session", "a", "b")', ["ColumnRenamed users_session a b"]),
        ('migrations.AddField("Session", "a", models.CharField(max_length=3, null=True))', ["ColumnAdded users_session a null"]),
        ('migrations.AddField("S", "a", models.IntegerField())', ["ColumnAdded users_s a required"]),
        ('migrations.AddField("S", "a", models.IntegerField(default=0))', ["ColumnAdded users_s a required constant", "ColumnDefaultChanged users_s"]),
        ('migrations.AddField("S", "a", models.UUIDField(default=uuid.uuid4))', ["ColumnAdded users_s a required constant", "ColumnDefaultChanged users_s"]),
        ('migrations.AddField("S", "a", models.IntegerField(db_default=0))', ["ColumnAdded users_s a required constant"]),
        (
            'migrations.AddField("S", "a", models.CharField(blank=True, max_length=3))',
            ["ColumnAdded users_s a required constant", "ColumnDefaultChanged users_s"],
        ),
        ('migrations.AddField("S", "a", models.ManyToManyField(to="users.User"))', []),
        (
            'migrations.AddField("S", "u", models.ForeignKey("users.User", models.CASCADE, null=True))',
            ["ColumnAdded users_s u_id null", "IndexCreated users_s u_id"],
        ),
        ('migrations.AddField("S", "a", models.IntegerField(null=True, db_index=True))', ["ColumnAdded users_s a null", "IndexCreated users_s a"]),
        ('migrations.AddIndex("S", models.Index(fields=["-a", "b"], name="x"))', ["IndexCreated users_s a b"]),
        ('AddIndexConcurrently("S", models.Index(fields=["a"], name="x"))', ["IndexCreated users_s a concurrently postgresql"]),
        ('migrations.AddConstraint("S", models.UniqueConstraint(fields=["a"], name="x"))', ["ConstraintAdded users_s unique a"]),
        ('migrations.AddConstraint("S", models.CheckConstraint(check=Q(a=1), name="x"))', ["ConstraintAdded users_s check"]),
        ('migrations.AlterUniqueTogether("S", {("a", "b")})', ["ConstraintAdded users_s unique a b"]),
        ('migrations.AlterUniqueTogether("S", set())', []),
        ('migrations.AlterField("S", "a", models.CharField(max_length=9))', ["ColumnRetyped users_s", "ColumnNullabilityChanged users_s"]),
        ('migrations.AlterField("S", "a", models.ForeignKey("A", models.CASCADE))', ["ColumnNullabilityChanged users_s"]),
        ('migrations.AlterModelOptions("Session", {"ordering": ["id"]})', []),
        ('migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Session")])', []),
        ('migrations.SeparateDatabaseAndState([migrations.DeleteModel("Session")], [])', ["TableDropped users_session"]),
        ('migrations.CreateModel("P", fields=[], options={"proxy": True})\n, migrations.DeleteModel("P")', []),
        ('migrations.CreateModel("P", fields=[], options={"managed": False})\n, migrations.DeleteModel("P")', []),
        ('migrations.RunSQL("DELETE FROM django_session")', ["RowsDeleted django_session all"]),
        ('migrations.RunSQL(sql="TRUNCATE a", reverse_sql="TRUNCATE b")', ["TableTruncated a"]),
        ('migrations.RunSQL(["TRUNCATE a", ("DELETE FROM b WHERE c = %s", ["x"])])', ["TableTruncated a", "RowsDeleted b some"]),
        ('migrations.RunSQL([("TRUNCATE a", None), "TRUNCATE b; TRUNCATE c"])', ["TableTruncated a", "TableTruncated b", "TableTruncated c"]),
        ("migrations.RunSQL(migrations.RunSQL.noop)", []),
        ("migrations.RunSQL(compute())", ["? migrations.RunSQL(compute())"]),
        ('*[migrations.RunSQL(f"TRUNCATE {t}") for t in ("a", "b")]', ["TableTruncated a", "TableTruncated b"]),
        ("migrations.RunPython(forget_sessions)", ["? migrations.RunPython(forget_sessions)"]),
        ("migrations.RunPython(tidy)", []),
        ('migrations.RunPython(lambda apps, _: apps.get_model("knox", "AuthToken").objects.all().delete())', ["RowsDeleted knox_authtoken all"]),
        ("migrations.RunPython(migrations.RunPython.noop)", []),
    ],
)
def test_operations(operations: str, expected: list[str]) -> None:
    assert steps(operations) == expected


def test_create_model() -> None:
    operations = """
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("owner", models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)),
                ("key", models.CharField(max_length=40, unique=True, db_column="session_key")),
                ("friends", models.ManyToManyField("users.User")),
            ],
            options={"db_table": "sess"},
        ),
        migrations.RemoveField("session", "key"),
        migrations.DeleteModel("Session"),
    """
    assert steps(operations) == ["TableCreated sess id owner_id session_key", "ColumnDropped sess session_key", "TableDropped sess"]
    (named,) = [fact for fact in facts_of(migration(operations), PATH) if isinstance(fact, TableNamed)]
    assert (named.default_name, named.name) == ("users_session", "sess")


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("users/migrations/0001_a.py", "users_session"),
        ("src/shop/users/migrations/0001_a.py", "users_session"),
        ("migrations/0001_a.py", "migrations_session"),
        ("django/contrib/sessions/migrations/0001_a.py", "django_session"),
    ],
)
def test_the_app_is_in_the_path(path: str, table: str) -> None:
    assert steps('migrations.DeleteModel("Session")', path=path) == [f"TableDropped {table}"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("S.objects.all().delete()", ["RowsDeleted django_session all"]),
        ("S.objects.delete()", ["RowsDeleted django_session all"]),
        ("S.objects.using(schema_editor.connection.alias).all().delete()", ["RowsDeleted django_session all"]),
        ('S.objects.order_by("x").select_related()._raw_delete("default")', ["RowsDeleted django_session all"]),
        ("S.objects.filter(expire_date__lt=timezone.now()).delete()", ["RowsDeleted django_session expired"]),
        ("S.objects.filter(expire_date__lt=timezone.now() - datetime.timedelta(days=2)).delete()", ["RowsDeleted django_session expired"]),
        ("S.objects.exclude(expire_date__lt=timezone.now()).delete()", ["RowsDeleted django_session live"]),
        ("S.objects.filter(pk__isnull=False).delete()", ["RowsDeleted django_session all"]),
        ("S.objects.filter(kind='x').delete()", ["RowsDeleted django_session some"]),
        ("S.objects.filter(Q(kind='x') | Q(kind='y')).delete()", ["RowsDeleted django_session some"]),
        ("S.objects.filter(~Q(expire_date__lt=timezone.now())).delete()", ["RowsDeleted django_session live"]),
        ("S.objects.filter(user__is_active=False).delete()", ["RowsDeleted django_session unknown"]),
        ("S.objects.filter(**conditions()).delete()", ["RowsDeleted django_session unknown"]),
        ("S.objects.update(expire_date=timezone.now())", ["RowsUpdated django_session all expire_date"]),
        ("for s in S.objects.iterator():\n    s.delete()", ["RowsDeleted django_session all"]),
        ("for s in S.objects.all():\n    if s.old:\n        s.delete()", ["RowsDeleted django_session unknown"]),
        ("for s in S.objects.all():\n    if not s.old:\n        continue\n    s.delete()", ["RowsDeleted django_session unknown"]),
        ("S.objects.get(pk=1).delete()", ["RowsDeleted django_session some"]),
        ("S.objects.first().delete()", ["RowsDeleted django_session unknown"]),
        ("U = apps.get_model('users.User')\nfor u in U.objects.all():\n    u.set_unusable_password()\n    u.save()", ["RowsUpdated users_user all password"]),
        (
            "U = apps.get_model('users.User')\nfor u in U.objects.all():\n    u.token = ''\n    u.save(update_fields=['token'])",
            ["RowsUpdated users_user all token"],
        ),
        (
            "for name in ('Session', 'Token'):\n    apps.get_model('users', name).objects.all().delete()",
            ["RowsDeleted users_session all", "RowsDeleted users_token all"],
        ),
        ("Device.objects.all().delete()", ["RowsDeleted users_device all"]),
        ("from django.contrib.sessions.models import Session\nSession.objects.all().delete()", ["RowsDeleted django_session all"]),
        ("with connection.cursor() as cursor:\n    cursor.execute('DELETE FROM django_session')", ["RowsDeleted django_session all"]),
        ("schema_editor.execute('TRUNCATE ' + S._meta.db_table)", ["TableTruncated django_session"]),
        ("schema_editor.connection.cursor().execute(f'DELETE FROM {S._meta.db_table}')", ["RowsDeleted django_session all"]),
        ("if schema_editor.connection.vendor == 'postgresql':\n    schema_editor.execute('TRUNCATE a')", ["TableTruncated a postgresql"]),
        ("schema_editor.delete_model(S)", ["TableDropped django_session"]),
        ("schema_editor.alter_db_table(S, 'a', 'b')", ["TableRenamed a b"]),
        ("call_command('clearsessions')", []),
        ("call_command('flush', interactive=False)", ["TableTruncated django_session", "TableTruncated auth_user"]),
        ("helper(apps)", ["RowsDeleted django_session all"]),
        ("S.objects.all()", []),
        ("S.objects.all().count()", []),
        ("return\nS.objects.all().delete()", []),
        ("if not S.objects.exists():\n    return\nS.objects.all().delete()", ["RowsDeleted django_session all"]),
        ("Task().execute(job)", []),
    ],
)
def test_functions(body: str, expected: list[str]) -> None:
    before = """
        def helper(apps):
            apps.get_model("sessions", "Session").objects.all().delete()
    """
    assert rows("S = apps.get_model('sessions', 'Session')\n" + body, before) == expected


def test_backwards_is_told_apart() -> None:
    text = migration(
        """
        migrations.CreateModel("Session", fields=[]),
        migrations.RunSQL("SELECT 1", "TRUNCATE django_session"),
        migrations.RunPython(migrations.RunPython.noop, lambda apps, _: apps.get_model("a", "B").objects.all().delete()),
        migrations.SeparateDatabaseAndState([migrations.RunSQL("SELECT 1", reverse_sql="TRUNCATE c")]),
        """
    )
    assert upgrade(text, PATH) == ["TableCreated users_session"]
    assert downgrade(text, PATH) == ["TableTruncated django_session", "RowsDeleted a_b all", "TableTruncated c"]


def test_atomic() -> None:
    text = migration('migrations.RunSQL("TRUNCATE a")').replace("    operations", "    atomic = False\n    operations")
    assert [fact.transactional for fact in facts_of(text, PATH) if isinstance(fact, Statement)] == [False]
    text = migration('migrations.RunSQL("TRUNCATE a")')
    assert [fact.transactional for fact in facts_of(text, PATH) if isinstance(fact, Statement)] == [True]


def test_places() -> None:
    text = migration('migrations.RunSQL("""\n   SELECT 1;\n   TRUNCATE a;\n""")')
    (fact,) = [fact for fact in facts_of(text, PATH) if isinstance(fact, Statement)]
    line = text.split("\n")[fact.place.line - 1]
    assert line[fact.place.column - 1 : fact.place.end_column - 1].startswith("TRUNCATE a")


def test_only_migrations_are_read() -> None:
    assert facts_of("from django.db import models\nclass A(models.Model):\n    x = migrations.DeleteModel('A')\n", PATH) == []


def test_every_operation_of_django_has_an_answer() -> None:
    from django.contrib.postgres import operations as postgres
    from django.db.migrations import operations

    theirs = {
        name for module in (operations, postgres) for name, value in vars(module).items() if isinstance(value, type) and value.__module__.startswith("django.")
    }
    harmless = {"AlterIndexTogether", "AlterModelManagers", "AlterModelOptions", "AlterModelTableComment", "AlterOrderWithRespectTo",
                "AlterConstraint", "RemoveConstraint", "RemoveIndex", "RenameIndex", "RemoveIndexConcurrently", "ValidateConstraint"}  # fmt: skip
    extensions = {name for name in theirs if name.endswith(("Extension", "Collation"))}
    outside = {
        "AddConcurrentIndex",
        "AddIndex",
        "NotInTransactionMixin",
        "Operation",
        "RemoveIndex",
        "CollationOperation",
        "OperationCategory",
        "CheckConstraint",
        "NotSupportedError",
    }
    assert theirs - django_migrations.OPERATIONS.keys() - harmless - extensions - outside == set()


PIECES = st.sampled_from(
    ["apps", ".get_model(", "'a', 'B'", ")", ".objects", ".all()", ".filter(", "x__lt=1", ".delete()", "for x in ", ":\n        ", "x", ".save()", "if ",
     "\n    ", "schema_editor", ".execute(", "'TRUNCATE a'", "[0]", "[1:2]", "lambda: ", "Q(", "|", "~", "F('x')", "**", "*", "connection.cursor()", "="]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_any_code(pieces: list[str]) -> None:
    code = "def forwards(apps, schema_editor):\n    " + "".join(pieces) + "\n"
    try:
        found: list[Fact] = list(django_migrations.read(Source(PATH, migration("migrations.RunPython(forwards)", code))))
    except Unreadable:
        return
    assert all(isinstance(fact, Fact) for fact in found)


OPERATIONS = st.sampled_from(
    ["migrations.", "DeleteModel", "CreateModel", "AddField", "RunSQL", "(", ")", "'A'", ",", "[", "]", "models.", "CharField", "=", "name", "{", "}", ":"]
)


@settings(deadline=None)
@given(st.lists(OPERATIONS, max_size=20))
def test_any_operations(pieces: list[str]) -> None:
    try:
        found = list(django_migrations.read(Source(PATH, migration("".join(pieces)))))
    except Unreadable:
        return
    assert all(isinstance(fact, Fact) for fact in found)


def test_an_altered_field_counts_where_its_type_differs() -> None:
    def judged(length: int) -> list[str]:
        first = migration('migrations.CreateModel("UserSession", [("token", models.CharField(max_length=64, unique=True))])')
        then = migration(f'migrations.AlterField("UserSession", "token", models.CharField(max_length={length}, help_text="x"))')
        base = {"shop/users/migrations/0001_a.py": first}
        found = judge(base, base | {"shop/users/migrations/0002_b.py": then}).findings
        return sorted({finding.rule for finding in found if finding.severity != "info"} - {"migration-heads-split"})

    assert judged(64) == []
    assert judged(128) == []
    assert "session-column-narrowed" in judged(32)


@pytest.mark.parametrize(("model", "severity"), [("UserSession", "error"), ("User", "info")])
def test_a_sign_up_is_no_login(model: str, severity: str) -> None:
    first = migration(f'migrations.CreateModel("{model}", [("password", models.CharField(max_length=64)), ("token", models.CharField(max_length=64))])')
    then = migration(f'migrations.AddField("{model}", "device", models.CharField(max_length=9, default="x"))')
    base = {"shop/users/migrations/0001_a.py": first}
    found = judge(base, base | {"shop/users/migrations/0002_b.py": then}).findings
    assert [finding.severity for finding in found if finding.rule == "session-column-required"] == [severity]


def test_a_table_is_called_what_the_database_calls_it() -> None:
    model = "from django.contrib.auth.models import AbstractUser\n\nclass User(AbstractUser):\n    nick = models.CharField(max_length=9)\n"
    named = model + "    class Meta:\n        db_table = 'people'\n"
    start = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n    operations = ["
    create = start + "migrations.CreateModel('User', fields=[('id', models.AutoField(primary_key=True)), ('nick', models.CharField(max_length=9))])]\n"
    base = {"shop/db/models.py": model, "shop/db/migrations/0001_a.py": create}
    moved = {"shop/db/models.py": named, "shop/db/migrations/0002_b.py": start + "migrations.AlterModelTable(name='user', table='people')]\n"}
    assert [finding.message.split(": ")[-1] for finding in judge(base, base | moved).findings if finding.rule == "session-table-moved"] == [
        "the code that is running asks for `db_user` and finds nothing, until every process is replaced"
    ]
    required = {"shop/db/migrations/0003_c.py": start + "migrations.AddField('user', 'size', models.IntegerField(default=38))]\n"}
    found = judge(base | moved, base | moved | required).findings
    assert "every new row of `people` is refused" in next(finding.message for finding in found if finding.rule == "session-column-required")


SESSION = 'M = apps.get_model("sessions", "Session")\n    '
USER = "M = apps.get_model(settings.AUTH_USER_MODEL)\n    "


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (SESSION + "M.objects.filter(pk__in=list(M.objects.values_list('pk', flat=True))).delete()", {"session-table-emptied"}),
        (SESSION + "qs = M.objects.all()\n    while qs.exists():\n        M.objects.filter(pk__in=qs[:100]).delete()", {"session-table-emptied"}),
        (SESSION + "M.objects.filter(pk__in=M.objects.all()[:100]).delete()", set()),
        (SESSION + "rows = list(M.objects.all())\n    for r in rows:\n        r.expire_date = now()\n    M.objects.bulk_update(rows, ['expire_date'])",
         {"sessions-ended-by-update"}),
        (SESSION + "rows = list(M.objects.all())\n    for r in rows:\n        r.expire_date = now()\n    M.objects.bulk_update(rows, ['x'])", set()),
        (USER + "M.objects.all().delete()", {"session-table-emptied"}),
        (USER + "M.objects.update(password='!')", {"sessions-ended-by-update"}),
        ("M = apps.get_model(*settings.AUTH_USER_MODEL.split('.'))\n    M.objects.all().delete()", {"session-table-emptied"}),
        ("call_command('logout_everyone')", {"?"}),
        ("call_command('clearsessions')\n    call_command('flushexpiredtokens')", set()),
    ],
)  # fmt: skip
def test_what_functions_do_to_logins(body: str, rules: set[str]) -> None:
    head = "from django.conf import settings\nfrom django.core.management import call_command\nfrom django.utils.timezone import now\n"
    text = head + migration("migrations.RunPython(f)").replace("class ", f"def f(apps, editor):\n    {body}\n\nclass ", 1)
    judged = judge({}, {"shop/migrations/0002_x.py": text})
    assert {each.rule for each in judged.findings if each.severity != "info"} | {"?" for _ in judged.not_understood} == rules


@pytest.mark.parametrize(
    ("before", "operation", "rules"),
    [
        (
            "def wipe(apps, editor): apps.get_model('sessions', 'Session').objects.all().delete()",
            "migrations.RunPython(partial(wipe, x=1))",
            {"session-table-emptied"},
        ),
        (
            "class A:\n    def wipe(apps, editor): apps.get_model('sessions', 'Session').objects.all().delete()",
            "migrations.RunPython(A.wipe)",
            {"session-table-emptied"},
        ),
        ("class Mine(migrations.RunSQL): pass", "Mine('DELETE FROM django_session')", {"session-table-emptied"}),
        ("class Mine(migrations.RunSQL):\n    def __init__(self): super().__init__('DELETE FROM django_session')", "Mine()", {"?"}),
        ("from shop.operations import Mine", "Mine('DELETE FROM django_session')", {"?"}),
        ("from shop.operations import Mine", "Mine('invoices')", set()),
    ],
)
def test_operations_of_ones_own(before: str, operation: str, rules: set[str]) -> None:
    text = "from functools import partial\nfrom django.db import migrations\n" + before + "\n\n" + migration(operation)
    judged = judge({}, {"shop/migrations/0002_x.py": text})
    assert {each.rule for each in judged.findings} | {"?" for _ in judged.not_understood} == rules


def test_a_squashed_migration_is_run_by_new_databases_only() -> None:
    text = migration('migrations.RunSQL("DELETE FROM django_session")')
    assert judge({}, {"shop/migrations/0001_squashed.py": text}).findings
    squashed = text.replace("    operations", '    replaces = [("shop", "0001_a")]\n    operations')
    assert not judge({}, {"shop/migrations/0001_squashed.py": squashed}).findings


AFTER = 'dependencies = [("shop", "0001_a")]'


@pytest.mark.parametrize("options", ['{"managed": False}', '{"proxy": True}'])
def test_a_model_without_a_table_takes_none_away(options: str) -> None:
    def judged(made: str) -> set[str]:
        base = {"shop/migrations/0001_a.py": migration(made)}
        head = {"shop/migrations/0002_b.py": migration('migrations.DeleteModel("UserSession")').replace("    operations", f"    {AFTER}\n    operations")}
        return {finding.rule for finding in judge(base, {**base, **head}).findings}

    fields = '[("token", models.CharField(max_length=40)), ("user_id", models.IntegerField()), ("expires", models.DateTimeField())]'
    assert judged(f'migrations.CreateModel("UserSession", {fields})') == {"session-table-dropped"}
    assert judged(f'migrations.CreateModel("UserSession", {fields}, options={options})') == set()


@pytest.mark.parametrize(
    ("was", "is_now", "rewritten"),
    [
        ("models.DateTimeField(null=True)", "models.DateTimeField(auto_now=True)", False),
        ("VersatileImageField(upload_to='a')", "models.ImageField(upload_to='a')", False),
        ("models.ImageField(upload_to='a')", "VersatileImageField(upload_to='a')", False),
        ("models.DateTimeField(null=True)", "models.IntegerField(null=True)", True),
    ],
)
def test_a_type_that_is_what_it_was_or_is_not_known_is_no_rewrite(was: str, is_now: str, rewritten: bool) -> None:
    start = "from django.db import migrations, models\nfrom versatileimagefield.fields import VersatileImageField\n\n"
    create = f"migrations.CreateModel('UserSession', fields=[('token', models.CharField(max_length=64)), ('used', {was})])"
    base = {"shop/users/migrations/0001_a.py": f"{start}class Migration(migrations.Migration):\n    operations = [{create}]\n"}
    alter = f"{start}class Migration(migrations.Migration):\n    operations = [migrations.AlterField('usersession', 'used', {is_now})]\n"
    found = judge(base, base | {"shop/users/migrations/0002_b.py": alter}).findings
    assert any(finding.rule == "session-table-rewritten" for finding in found) is rewritten


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        ("max_length=64, null=True", "max_length=64", {"session-table-scanned"}),
        ("max_length=64", "max_length=64, help_text='x'", set()),
        ("max_length=64", "max_length=64, null=True", set()),
        ("max_length=64", "max_length=64, unique=True", {"session-index-built-under-a-lock"}),
        ("max_length=64, unique=True", "max_length=64, unique=True, verbose_name='x'", set()),
        ("max_length=64, choices=[]", "max_length=64, choices=[('a', 'b')]", set()),
        ("max_length=64", "max_length=32", {"session-column-narrowed", "session-table-rewritten"}),
        ("max_length=64, default='x'", "max_length=64", set()),
    ],
)
def test_an_altered_field_is_judged_by_what_is_new(before: str, after: str, rules: set[str]) -> None:
    base = {"shop/users/migrations/0001_a.py": migration(f'migrations.CreateModel("UserSession", [("token", models.CharField({before}))])')}
    head = migration(f'migrations.AlterField("UserSession", "token", models.CharField({after}))').replace("    operations", f"    {AFTER}\n    operations")
    found = judge(base, {**base, "shop/users/migrations/0002_b.py": head.replace('"shop"', '"users"')}).findings
    assert {finding.rule for finding in found if finding.severity != "info"} == rules


def test_a_table_that_got_its_default_name_back_has_it() -> None:
    def migration(needs: str, operation: str) -> str:
        return (
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = [{needs}]\n    operations = [{operation}]\n"
        )

    base = {
        "account/migrations/0001_initial.py": migration(
            "", 'migrations.CreateModel("User", fields=[("password", models.CharField(max_length=128))], options={"db_table": "people"})'
        ),
        "account/migrations/0002_named.py": migration('("account", "0001_initial")', 'migrations.AlterModelTable(name="user", table=None)'),
    }
    added = migration('("account", "0002_named")', 'migrations.AddField("user", "nick", models.CharField(max_length=9, null=True))')
    (finding,) = judge(base, base | {"account/migrations/0003_nick.py": added}).findings
    assert "`account_user`" in finding.message
