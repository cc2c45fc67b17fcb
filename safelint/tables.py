"""Which tables hold sessions, tokens and users: what the configuration says, then the code, then names and columns."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from safelint.config import PATHS
from safelint.facts.migrations import TableCreated
from safelint.facts.project import TableRole
from safelint.facts.tables import ModelColumn, TableConfigured, TableDeclared, TableNamed
from safelint.mentions import mentions
from safelint.paths import in_production
from safelint.places import Place, Related
from safelint.queries import Query, queries
from safelint.records import dataclass, field
from safelint.sources import Side
from safelint.table_names import Role, Standing, by_columns, by_name, split_name

__all__ = ["Role", "Standing", "Tables"]

# Classes of libraries whose subclasses are a login's tables, by the last part of their names.
_BASES: dict[str, Role] = {
    "AbstractBaseSession": "session",
    "SessionMixin": "session",
    "AbstractAccessToken": "token",
    "AbstractRefreshToken": "token",
    "AbstractIDToken": "token",
    "AbstractAuthToken": "token",
    "OAuth2TokenMixin": "token",
    "OAuthConsumerMixin": "token",
    "SQLAlchemyBaseAccessTokenTable": "token",
    "SQLAlchemyBaseAccessTokenTableUUID": "token",
    "AbstractUser": "user",
    "AbstractBaseUser": "user",
    "SQLAlchemyBaseUserTable": "user",
    "SQLAlchemyBaseUserTableUUID": "user",
    "UserMixin": "user",
}
_WHOLE_NAMES: dict[str, Role] = {
    "rest_framework.authtoken.models.Token": "token",
    "django.contrib.sessions.models.Session": "session",
    "django.contrib.auth.models.User": "user",
}
_MODELS_OF: dict[str, str] = {"alembic": "sqlalchemy", "django": "django"}
_FEW = 2  # names for which a tree is looked through: for more of them, reading its models once (or in the cache) is quicker
_MANY = 50  # tables that are looked for in code
_MOST = 3  # places of one kind beside a finding
_PLAIN = {"Model", "Base", "DeclarativeBase", "SQLModel", "object", "TextChoices", "Enum", "Generic", "ABC", "Manager", "QuerySet", "Migration"}
_DEEPEST = 10  # classes over classes


@dataclass(slots=True)
class Tables:
    """The tables of one side. What it is asked for is looked up in the whole tree, and only once it is asked."""

    side: Side
    _known: dict[str, Standing | None] = field(default_factory=dict)
    _looked_for: int = 0

    def standing(self, name: str) -> Standing | None:
        """What a table (by its name, its default Django name, or its model's class) is to the people who are logged in."""
        if name not in self._known:
            self._known[name] = self._standing(name)
        return self._known[name]

    def _standing(self, name: str) -> Standing | None:
        declared_role = self._configured(name)
        if declared_role is not None:
            return declared_role if declared_role.why else None
        guess = by_name(name)
        if guess is not None and guess.library:
            return guess
        if guess is None and not self._could_be_declared(name):
            return None
        models = self.declared(name)
        for model in models:
            if found := self._by_base(model):
                return found
        for setting in self.side.everywhere(TableConfigured):
            if setting.table.lower() in {name.lower(), *(model.default_name for model in models)}:
                return Standing(setting.role, "high", f"{setting.setting} names it", place=setting.place)
        for model in models:
            guess = guess or by_name(model.name) or by_name(model.model.rsplit(".", 1)[-1])
        if guess is None:
            return None
        return self._by_columns(name, guess, models)

    def _configured(self, name: str) -> Standing | None:
        """What the configuration says; a Standing without a reason where it says that the table is no login's."""
        rows = self.side.within(TableRole, PATHS)
        if not rows:
            return None
        real = self.real_name(name)
        names = {each.lower() for whole in (name, real) for each in (whole, split_name(whole)[1], whole.rsplit(".", 1)[-1])}
        for row in rows:
            if any(fnmatch.fnmatchcase(each, row.name.lower()) for each in names):
                return Standing(
                    "session" if row.role == "none" else row.role, "high", "" if row.role == "none" else "the configuration says so", place=row.place
                )
        return None

    def _could_be_declared(self, name: str) -> bool:
        """Whether a table whose name says nothing may yet hold logins: the code has a model of it that derives from a login's, or a setting names it.

        Only the files that could say so are read, each class that its model derives from after the other, and not the tree.
        """
        self._looked_for += 1
        if self._looked_for > _FEW:
            return True
        pattern = re.compile(_naming(name), re.IGNORECASE)
        seen: set[str] = set()
        for _ in range(_DEEPEST):
            paths = [path for path, data in self.side.files.read(self._python()) if pattern.search(data)]
            if self.side.within(TableConfigured, paths):
                return True
            bases: set[str] = set()
            for model in self.side.within(TableDeclared, paths):
                shorts = {base.rsplit(".", 1)[-1] for base in model.bases}
                if shorts & _BASES.keys() or (not seen and model.model and by_name(model.model.rsplit(".", 1)[-1]) is not None):
                    return True
                bases |= shorts
            bases -= seen | _PLAIN
            if not bases:
                return False
            seen |= bases
            pattern = re.compile(rb"\bclass\s+(?:" + b"|".join(re.escape(base.encode()) for base in sorted(bases)) + rb")\b")
        return True

    def _python(self) -> list[str]:
        return [path for path in self.side.files.paths() if path.endswith(".py") and in_production(path)]

    def _by_base(self, model: TableDeclared) -> Standing | None:
        for base in self.bases_of(model):
            role = _WHOLE_NAMES.get(base) or _BASES.get(base.rsplit(".", 1)[-1])
            if role:
                return Standing(role, "high", f"{model.model.rsplit('.', 1)[-1]} derives from {base.rsplit('.', 1)[-1]}", place=model.place)
        return None

    def _by_columns(self, name: str, guess: Standing, models: tuple[TableDeclared, ...]) -> Standing | None:
        for model in models:
            verdict = by_columns(guess.role, (column.name for column in self.columns_of(model)))
            if verdict == "denied":
                return None
            if verdict == "confirmed":
                return Standing(guess.role, "high", f"{guess.why}, and so do its columns", place=model.place)
        if models or guess.confidence == "high":
            return guess
        for created in self.side.everywhere(TableCreated):
            if created.table.lower() == name.lower() and created.direction == "upgrade" and created.columns:
                verdict = by_columns(guess.role, (column.name for column in created.columns))
                if verdict == "denied":
                    return None
                if verdict == "confirmed":
                    return Standing(guess.role, "high", f"{guess.why}, and so do its columns", place=created.place)
        return guess

    # ---- what the code declares

    def real_name(self, name: str) -> str:
        """The name that the database knows: a Django model's own table name where migrations call it `app_model`."""
        for model in self.side.everywhere(TableDeclared):
            if model.name and name in (model.default_name, model.model.rsplit(".", 1)[-1]) and model.default_name != model.name:
                return model.name
        # The last migration that names it counts; the numbers in their names put them in order.
        names = [named.name for named in self.side.everywhere(TableNamed) if named.default_name == name and named.name]
        return names[-1] if names else name

    def has_no_table(self, name: str) -> bool:
        """Whether a migration of Django makes the model of this default name without a table of its own: a proxy, one that is not managed."""
        return any(named.default_name == name and not named.name for named in self.side.everywhere(TableNamed))

    def declared(self, name: str) -> tuple[TableDeclared, ...]:
        """The models of a table, by its name in the database, its default name, or the class's."""
        wanted = {name.lower(), self.real_name(name).lower()}
        return tuple(
            model
            for model in self.side.everywhere(TableDeclared)
            if not model.abstract and (model.name.lower() in wanted or model.default_name in wanted or model.model.rsplit(".", 1)[-1] == name)
        )

    def columns_of(self, model: TableDeclared) -> tuple[ModelColumn, ...]:
        """The columns of a model with those that it inherits."""
        columns = {column.name: column for above in reversed(list(self._ancestors(model))) for column in above.columns}
        return tuple(columns.values())

    def reads(self, name: str, column: str) -> tuple[Related, ...]:
        """Where the code still asks for a column of a table: an ORM names every declared column in each of its SELECTs, and so does SQL."""
        declared = tuple(
            Related(each.place, f"{model.model or model.name} still reads {column} here", self.side.name)
            for model in self.declared(name)
            for each in self.columns_of(model)
            if column.lower() in (each.name.lower(), each.attribute.lower())
        )
        named = [place for query in self._queries(name) if (place := query.place_of(column)) is not None]
        return (*declared, *(Related(place, f"SQL still asks for {column} here", self.side.name) for place in named[:_MOST]))

    def readers(self, name: str) -> tuple[Related, ...]:
        """Where the code works with a table: its models, and SQL that names it."""
        declared = tuple(Related(model.place, f"{model.model or model.name} is this table", self.side.name) for model in self.declared(name))
        places = [Place(query.path, query.line, 1, query.line, 1) for query in self._queries(name)]
        return (*declared, *(Related(place, "SQL names the table here", self.side.name) for place in places[:_MOST]))

    def are_columns_known(self, name: str) -> bool:
        """Whether the code says which columns of a table it reads: by a model, or by SQL that names them and never `*`."""
        return bool(self.declared(name)) or (bool(self._queries(name)) and not any(query.takes_everything for query in self._queries(name)))

    def _queries(self, name: str) -> tuple[Query, ...]:
        real = self.real_name(name)
        if ("queries", real) not in self.side.worked_out:
            self.side.worked_out["queries", real] = tuple(queries(self.side, real))
        found: tuple[Query, ...] = self.side.worked_out["queries", real]
        return found

    def is_abandoned(self, name: str) -> bool:
        """Whether the code of this side knows nothing any more of a table that its own migrations made: nobody will miss it.

        That takes models of the framework whose migrations made the table, and no other word of it anywhere: of what an
        application reads by SQL of its own, or through a library, nothing can be said.
        """
        guess = by_name(name)
        if (guess is not None and guess.library) or self.declared(name):
            return False
        made_by = {created.origin for created in self.side.everywhere(TableCreated) if created.table.lower() == name.lower()}
        with_models = {model.framework for model in self.side.everywhere(TableDeclared)}
        # Who keeps no models, and migrates with SQL, speaks of tables in SQL, too: of this one as of the others.
        known = any(_MODELS_OF.get(origin) in with_models for origin in made_by) or ("sql" in made_by and self._speaks_sql(name))
        return known and next(mentions(self.side, name), None) is None

    def _speaks_sql(self, name: str) -> bool:
        """Whether the code names tables of its own migrations in SQL, at least one other than this."""
        others = {created.table for created in self.side.everywhere(TableCreated) if created.origin == "sql" and created.table.lower() != name.lower()}
        return any(queries(self.side, *sorted(others)[:_MANY]))

    def bases_of(self, model: TableDeclared) -> Iterator[str]:
        """The classes that a model derives from, near and far, as the code names them."""
        for above in self._ancestors(model):
            yield from above.bases

    def _ancestors(self, model: TableDeclared) -> Iterator[TableDeclared]:
        """The model, then the abstract ones that it derives from, nearest first."""
        by_class: dict[str, TableDeclared] = {each.model: each for each in self.side.everywhere(TableDeclared) if each.model}
        by_short = {each.model.rsplit(".", 1)[-1]: each for each in by_class.values()}
        queue, seen = [model], {model.model}
        while queue and len(seen) < _DEEPEST * 4:
            current = queue.pop(0)
            yield current
            for base in current.bases:
                # A package re-exports its models: the class's name has to do where the module is another.
                short = base.rsplit(".", 1)[-1]
                found = by_class.get(base) or by_short.get(short)
                if found is not None and found.model not in seen and short not in _BASES:
                    seen.add(found.model)
                    queue.append(found)


def _naming(table: str) -> bytes:
    """What a file says that declares a table, or names it in a setting: its name, `app.Model`, or a class that frameworks call so."""
    plain = table.rsplit(".", 1)[-1].lower()
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word]
    classes = {"".join(words[start:]) for start in range(len(words))}
    classes |= {each[:-1] for each in classes if each.endswith("s")}
    names = "|".join(sorted(re.escape(each) for each in classes if each))
    spelt = r"[._]".join(re.escape(word) for word in words)
    return rf"\b{spelt}\b|\bclass\s+(?:{names})\b".encode() if names else rb"(?!)"
