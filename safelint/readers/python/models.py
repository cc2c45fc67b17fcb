"""Tables that Python code declares: Django, SQLAlchemy, SQLModel, Flask-SQLAlchemy, Peewee and Tortoise models, and `Table(...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.tables import Framework, ModelColumn, TableConfigured, TableDeclared
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, parse
from safelint.readers.python._tables import default_table, model_table, table_name
from safelint.table_names import snake
from safelint.values import Known, Mapping, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (TableDeclared, TableConfigured)
TRIGGERS = (
    b"__tablename__", b"models.", b"db.model", b"sqlmodel", b"declarative", b"mapped_column", b"table(", b"abstractbasesession", b"abstractuser",
    b"abstractbaseuser", b"abstractaccesstoken", b"abstractrefreshtoken", b"abstractauthtoken", b"peewee", b"tortoise",
    b"session_sqlalchemy_table", b"auth_user_model", b"oauth2_provider_", b"token_model",
)  # fmt: skip

# Bases whose subclasses are Django models although their file may never say `models`.
_DJANGO_BASES = ("AbstractBaseSession", "AbstractUser", "AbstractBaseUser", "AbstractAccessToken", "AbstractRefreshToken", "AbstractIDToken",
                 "AbstractGrant", "AbstractApplication", "AbstractAuthToken")  # fmt: skip
_SQLALCHEMY_COLUMNS = {"Column", "mapped_column", "deferred"}
# Mixins of libraries that bring a table's name along.
_LIBRARY_TABLES = {"SQLAlchemyBaseAccessTokenTable": "accesstoken", "SQLAlchemyBaseUserTable": "user"}
_SETTINGS: dict[str, tuple[str, str]] = {
    "SESSION_SQLALCHEMY_TABLE": ("session", "table"),
    "AUTH_USER_MODEL": ("user", "model"),
    "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL": ("token", "model"),
    "OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL": ("token", "model"),
    "OAUTH2_PROVIDER_ID_TOKEN_MODEL": ("token", "model"),
    "KNOX_TOKEN_MODEL": ("token", "model"),
}


def read(source: Source) -> Iterator[Fact]:
    """The tables that a file declares."""
    module = parse(source)
    yield from _settings(module)
    if module.imports("alembic") or module.imports("django.db.migrations"):
        return  # what a migration calls a table is how it was then
    for cls in module.nodes(ast.ClassDef):
        if (declared := _model(module, cls)) is not None:
            yield declared
    for call in module.nodes(ast.Call):
        if (declared := _core_table(module, call)) is not None:
            yield declared


def _settings(module: PythonModule) -> Iterator[TableConfigured]:
    for name, (role, kind) in _SETTINGS.items():
        for value in module.assignments(module.tree, name):
            text = text_of(module.value(value)) if value is not None else None
            if value is not None and text:
                table = text if kind == "table" else default_table(*text.rsplit(".", 1)) if "." in text else ""
                if table:
                    yield TableConfigured(place=module.place(value), setting=name, role=role, table=table)  # type: ignore[arg-type]


def _model(module: PythonModule, cls: ast.ClassDef) -> TableDeclared | None:
    bases = tuple(name for base in cls.bases if (name := module.qualified(base.value if isinstance(base, ast.Subscript) else base)))
    if _is_django(module, cls, bases):
        return _django(module, cls, bases)
    if module.imports("peewee") and any(_made_by(module, value, "peewee.") for _, value in _fields(cls)):
        return _small(module, cls, bases, "peewee", ("table_name", "db_table"))
    if module.imports("tortoise") and any(_made_by(module, value, "tortoise.fields.") for _, value in _fields(cls)):
        return _small(module, cls, bases, "tortoise", ("table",))
    return _sqlalchemy(module, cls, bases)


def _fields(cls: ast.ClassDef) -> Iterator[tuple[str, ast.Call]]:
    """The attributes of a class that are set to a call."""
    for statement in cls.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call):
                yield name, call


def _made_by(module: PythonModule, call: ast.Call, package: str) -> bool:
    return (module.qualified(call.func) or "").startswith(package)


# ---- Django


def _is_django(module: PythonModule, cls: ast.ClassDef, bases: tuple[str, ...]) -> bool:
    if any(base.rsplit(".", 1)[-1] in _DJANGO_BASES or base in ("django.db.models.Model", "django.contrib.gis.db.models.Model") for base in bases):
        return True
    return any((module.qualified(call.func) or "").startswith(("django.db.models.", "django.contrib.gis.db.models.")) for _, call in _fields(cls))


def _django(module: PythonModule, cls: ast.ClassDef, bases: tuple[str, ...]) -> TableDeclared | None:
    meta = next((each for each in cls.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)

    def option(name: str) -> object:
        assigned = module.assignments(meta, name) if meta else []
        value = module.value(assigned[-1]) if assigned and assigned[-1] is not None else None
        return value.value if isinstance(value, Known) else None

    if option("proxy") is True:
        return None
    label = option("app_label")
    default = model_table(f"{module.dotted}.{cls.name}", label if isinstance(label, str) else None)
    named = option("db_table")
    abstract = option("abstract") is True
    columns = []
    for name, call in _fields(cls):
        kind = (module.qualified(call.func) or "").rsplit(".", 1)[-1]
        if (kind.endswith("Field") and kind != "ManyToManyField") or kind in ("ForeignKey", "OneToOneField", "ParentalKey"):
            columns.append(_django_column(module, name, call, kind))
    return TableDeclared(
        place=module.place(cls),
        name="" if abstract else table_name(named) if isinstance(named, str) else default,
        framework="django",
        model=f"{module.dotted}.{cls.name}",
        default_name=default,
        bases=bases,
        columns=tuple(columns),
        abstract=abstract,
    )


def _django_column(module: PythonModule, name: str, call: ast.Call, kind: str) -> ModelColumn:
    column = text_of(module.value(module.argument(call, "db_column")))
    target = delete = ""
    if kind in ("ForeignKey", "OneToOneField", "ParentalKey"):
        column = column or f"{name}_id"
        to = module.argument(call, "to", 0)
        target = (text_of(module.value(to)) or module.qualified(to) or "") if to is not None else ""
        on_delete = module.argument(call, "on_delete", 1)
        delete = (module.qualified(on_delete) or "").rsplit(".", 1)[-1].lower().replace("_", " ") if on_delete is not None else ""
    # Django deletes the rows that point here itself, before it deletes this one; the database knows nothing of it.
    return ModelColumn(name=column or name, attribute=name, references=target, on_delete=delete, by_database=False, place=module.place(call))


# ---- SQLAlchemy


def _sqlalchemy(module: PythonModule, cls: ast.ClassDef, bases: tuple[str, ...]) -> TableDeclared | None:
    name = _tablename(module, cls)
    flask = any(base.endswith("db.Model") or base.startswith("flask_sqlalchemy.") for base in bases)
    is_sqlmodel = any(keyword.arg == "table" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True for keyword in cls.keywords)
    columns = _sqlalchemy_columns(module, cls, is_sqlmodel)
    if name is None:
        known_base = any(base.startswith(("fastapi_users", "sqlalchemy_", "authlib.")) for base in bases)
        inherited = next((_LIBRARY_TABLES[short] for base in bases if (short := base.rsplit(".", 1)[-1].removesuffix("UUID")) in _LIBRARY_TABLES), None)
        if inherited is not None:
            name = inherited
        elif flask and columns:
            name = snake(cls.name)
        elif is_sqlmodel:
            name = cls.name.lower()
        elif not columns and not known_base:
            return None
    abstract = name is None or any(isinstance(each, ast.Constant) and each.value is True for each in module.assignments(cls, "__abstract__"))
    schema = _schema(module, cls)
    return TableDeclared(
        place=module.place(cls),
        name="" if abstract or name is None else table_name(name, schema),
        framework="sqlalchemy",
        model=f"{module.dotted}.{cls.name}",
        bases=bases,
        columns=columns,
        abstract=abstract,
    )


def _tablename(module: PythonModule, cls: ast.ClassDef) -> str | None:
    for assigned in module.assignments(cls, "__tablename__"):
        text = text_of(module.value(assigned)) if assigned is not None else None
        return text or "{}"
    for statement in cls.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__tablename__":
            for each in ast.walk(statement):
                if isinstance(each, ast.Return):
                    return text_of(module.value(each.value)) or "{}"
    return None


def _schema(module: PythonModule, cls: ast.ClassDef) -> str:
    for statement in cls.body:
        named = (isinstance(statement, ast.Assign) and any(isinstance(each, ast.Name) and each.id == "__table_args__" for each in statement.targets)) or (
            isinstance(statement, ast.FunctionDef) and statement.name in ("__table_args__", "_table_args_", "__auto_table_args")
        )
        if not named:
            continue
        for each in ast.walk(statement):
            if isinstance(each, ast.keyword) and each.arg == "schema":
                return text_of(module.value(each.value)) or ""
            if isinstance(each, ast.Dict):
                found = module.value(each)
                if isinstance(found, Mapping) and (text := text_of(found.get("schema"))):
                    return text
    return ""


def _sqlalchemy_columns(module: PythonModule, cls: ast.ClassDef, is_sqlmodel: bool) -> tuple[ModelColumn, ...]:
    found = []
    for statement in cls.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if column := _column_call(module, call):
                found.append(_sqlalchemy_column(module, name, column))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value) if not name.startswith("__"):
                column = _column_call(module, value) if isinstance(value, ast.Call) else None
                mapped = isinstance(annotation, ast.Subscript) and (module.qualified(annotation.value) or "").rsplit(".", 1)[-1] == "Mapped"
                called = (module.qualified(value.func) or "").rsplit(".", 1)[-1] if isinstance(value, ast.Call) else ""
                if column is not None:
                    found.append(_sqlalchemy_column(module, name, column))
                elif (mapped and value is None) or (is_sqlmodel and called.lower() != "relationship"):
                    found.append(ModelColumn(name=name, attribute=name, place=module.place(statement)))
    return tuple(found)


def _column_call(module: PythonModule, call: ast.Call) -> ast.Call | None:
    """The `Column(...)` of an attribute, also inside `deferred(...)` or `Field(sa_column=...)`."""
    name = (module.qualified(call.func) or "").rsplit(".", 1)[-1]
    if name == "deferred" and call.args and isinstance(call.args[0], ast.Call):
        return call.args[0]
    return call if name in _SQLALCHEMY_COLUMNS else None


def _sqlalchemy_column(module: PythonModule, attribute: str, call: ast.Call) -> ModelColumn:
    name = text_of(module.value(call.args[0])) if call.args and isinstance(call.args[0], ast.Constant) else None
    target = delete = ""
    for each in call.args:
        if isinstance(each, ast.Call) and (module.qualified(each.func) or "").rsplit(".", 1)[-1] == "ForeignKey" and each.args:
            target = (text_of(module.value(each.args[0])) or module.text(each.args[0])).rsplit(".", 1)[0]
            delete = (text_of(module.value(module.argument(each, "ondelete"))) or "").lower()
    return ModelColumn(name=name or attribute, attribute=attribute, references=target, on_delete=delete, place=module.place(call))


def _core_table(module: PythonModule, call: ast.Call) -> TableDeclared | None:
    """`Table("sessions", metadata, Column(...))`."""
    name = module.qualified(call.func) or ""
    if name.rsplit(".", 1)[-1] != "Table" or not (module.imports("sqlalchemy") or name == "db.Table") or len(call.args) < 2:
        return None
    table = text_of(module.value(call.args[0]))
    if not table:
        return None
    schema = text_of(module.value(module.argument(call, "schema")))
    columns = tuple(
        _sqlalchemy_column(module, text_of(module.value(each.args[0])) or "", each)
        for each in call.args[2:]
        if isinstance(each, ast.Call) and (module.qualified(each.func) or "").rsplit(".", 1)[-1] == "Column" and each.args
    )
    return TableDeclared(place=module.place(call), name=table_name(table, schema), framework="sqlalchemy", columns=columns)


# ---- Peewee, Tortoise


def _small(module: PythonModule, cls: ast.ClassDef, bases: tuple[str, ...], framework: Framework, options: tuple[str, ...]) -> TableDeclared:
    meta = next((each for each in cls.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)
    names = [text_of(module.value(value)) for option in options for value in (module.assignments(meta, option) if meta else []) if value is not None]
    columns = []
    for name, call in _fields(cls):
        kind = (module.qualified(call.func) or "").rsplit(".", 1)[-1]
        linked = kind in ("ForeignKeyField", "OneToOneField")
        column = text_of(module.value(module.argument(call, "column_name" if framework == "peewee" else "source_field")))
        target = module.argument(call, "model" if framework == "peewee" else "model_name", 0) if linked else None
        columns.append(
            ModelColumn(
                name=column or (f"{name}_id" if linked else name),
                attribute=name,
                references=(text_of(module.value(target)) or module.qualified(target) or "") if target is not None else "",
                on_delete=(text_of(module.value(module.argument(call, "on_delete"))) or "").lower(),
                place=module.place(call),
            )
        )
    return TableDeclared(
        place=module.place(cls),
        name=table_name(next((name for name in names if name), cls.name.lower())),
        framework=framework,
        model=f"{module.dotted}.{cls.name}",
        bases=bases,
        columns=tuple(columns),
    )
