"""What the files of a deployment give to the variables that a session contract names: by compose, Kubernetes, Helm, Terraform, units, images, env files."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Collection, Iterator

from safelint.facts.settings import VariableSet, VariablesTaken
from safelint.frameworks import frameworks
from safelint.hazards._key_names import is_deployed_key_name, plain_name
from safelint.paths import NOT_FOR_DEVELOPERS, in_production
from safelint.places import Place
from safelint.records import dataclass
from safelint.secrets import is_secret_name, seal
from safelint.sources import Side
from safelint.values import Called, Environment, Listing, Mapping, Reference, Template, Value, text_of

_FOR_EVERYBODY = re.compile(rf"^{NOT_FOR_DEVELOPERS}(?!(?:.*/)?\.env-build$)", re.IGNORECASE)
_PRODUCTION = re.compile(r"(?:^|[/._-])(?:prod|production|live)(?:[/._-]|$)", re.IGNORECASE)
_BEFORE_PRODUCTION = re.compile(r"(?:^|[/._-])(?:stage|staging|preview|review|qa|uat|demo)(?:[/._-]|$)", re.IGNORECASE)
_COMPOSE = re.compile(r"(compose|stack)[\w.-]*\.ya?ml$", re.IGNORECASE)
_VALUES = re.compile(r"values[\w.-]*\.ya?ml$", re.IGNORECASE)
_NO_PASSWORD = re.compile(r"(host|hostname|port|db|database|name|user|scheme|protocol|server|domain)$", re.IGNORECASE)
_LONGEST_WAY = 3  # from a variable to the one that fills it in


@dataclass(frozen=True, slots=True)
class Given:
    """One variable that one file of a deployment sets.

    `owner` says in words whose it is: `service web`, `Secret app`. `held` is where the value stands, where the file names only the key of a Secret,
    or a variable of the `.env` beside it. `readers` are the terms that depend on it by name; none where no code here is known to read it.
    """

    variable: str
    value: Value
    place: Place
    owner: str
    held: Place | None = None
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Where a service or container takes variables from, and which is not in the tree."""

    source: str
    place: Place
    owners: tuple[str, ...]


def given(side: Side, wanted: dict[str, tuple[str, ...]], secret: Collection[str]) -> Iterator[Given]:
    """The variables among `wanted` (with the terms that read each) and those that are keys of sessions by their names, production's first.

    What is in `secret` is sealed whatever it is called.
    """
    held = _Held(side)
    found = list[Given]()
    for fact in held.everything:
        if fact.name in wanted or names_a_session(fact):
            found.append(_given(fact, held, fact.name, fact.place, wanted, secret))
    for taken in side.everywhere(VariablesTaken):
        # Without a prefix they have the names that they have where they stand.
        if taken.prefix and is_deployed(taken.place.path):
            for fact in held.of(taken):
                if (name := taken.prefix + fact.name) in wanted:
                    found.append(_given(fact, held, name, taken.place, wanted, secret, owner=owner_of(taken.place.path, taken.scope)))
    yield from sorted(found, key=lambda each: (each.variable, _likeliness(each.place.path), each.place))


def with_what_fills_in(side: Side, wanted: dict[str, tuple[str, ...]], secret: Collection[str]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """The wanted variables and the secret ones, with those that a deployment fills them in from: `SECRET_KEY: ${SHOP_SECRET}`."""
    facts = _Held(side).everything
    found, hidden = dict(wanted), set(secret)
    for _ in range(_LONGEST_WAY):
        more = {fact.value.name: fact.name for fact in facts if fact.name in found and isinstance(fact.value, Environment) and fact.value.name not in found}
        if not more:
            break
        found |= {name: found[of] for name, of in more.items()}
        hidden |= {name for name, of in more.items() if of in hidden or is_secret_name(of)}
    return found, hidden


def missing(side: Side) -> Iterator[Missing]:
    """Env files, Secrets and ConfigMaps that a deployment takes whole, and that the tree does not hold, each once."""
    held = _Held(side)
    found: dict[str, list[VariablesTaken]] = {}
    for taken in side.everywhere(VariablesTaken):
        if is_deployed(taken.place.path) and not held.has(taken):
            found.setdefault(taken.source, []).append(taken)
    for source, takers in found.items():
        yield Missing(source, takers[0].place, tuple(dict.fromkeys(owner_of(each.place.path, each.scope) for each in takers)))


def variables_in(value: Value | None) -> Iterator[str]:
    """The variables of the environment that a value is made of."""
    match value:
        case Environment(name, default):
            yield name
            yield from variables_in(default)
        case Listing(items) | Called(_, items) | Template(items):
            for item in items:
                yield from variables_in(item)
        case Mapping(items):
            for _, item in items:
                yield from variables_in(item)


def parts_of_addresses(value: Value | None) -> Iterator[str]:
    """The variables that are put into an address, and of which one may be the password in it: all but what is called otherwise."""
    match value:
        case Template(parts) if any("@" in text or "://" in text for part in parts if (text := text_of(part))):
            yield from (name for name in variables_in(value) if not _NO_PASSWORD.search(name))
        case Listing(items) | Called(_, items):
            for item in items:
                yield from parts_of_addresses(item)
        case Mapping(items):
            for _, item in items:
                yield from parts_of_addresses(item)


def is_deployed(path: str) -> bool:
    """Whether a file at `path` is there to deploy, and not for a developer's machine, a test or an example."""
    return in_production(path) and _FOR_EVERYBODY.match(path) is not None


def owner_of(path: str, scope: str) -> str:
    """Whose the variables of a scope are, in words."""
    kind, _, rest = scope.partition("/")
    if kind in ("Secret", "ConfigMap"):
        return f"{kind} {rest}"
    if rest:
        workload, _, container = rest.partition("/")
        return f"{kind} {workload}" if container in ("", workload) else f"{kind} {workload}, container {container}"
    if not scope:
        return ""
    if _COMPOSE.search(path):
        return f"service {scope}"
    if _VALUES.search(path):
        return f"values of {scope}"
    if "/workflows/" in path or ".gitlab" in path:
        return f"job {scope}"
    return scope


def names_a_session(fact: VariableSet) -> bool:
    """Whether a variable has the name of a key, or of a framework's setting of sessions, whoever reads it."""
    if is_deployed_key_name(fact.name, f"{fact.place.path} {fact.scope}"):
        return True
    return _names_of_settings().search(plain_name(fact.name)) is not None


@functools.cache
def _names_of_settings() -> re.Pattern[str]:
    """The settings of sessions and their cookies, under any prefix: `SHOP_SESSION_COOKIE_NAME`."""
    names = {
        row.setting for framework in frameworks() for row in framework.rows if re.fullmatch(r"(SESSION|REMEMBER_COOKIE|PERMANENT_SESSION)_[A-Z_]+", row.setting)
    }
    return re.compile(rf"(?:^|_)(?:{'|'.join(sorted(plain_name(name) for name in names))})$")


class _Held:
    """The variables of a tree's deployment, by where they are held."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.everything = [fact for fact in side.everywhere(VariableSet) if is_deployed(fact.place.path)]
        self._by_scope: dict[str, list[VariableSet]] = {}
        self._by_file: dict[str, list[VariableSet]] = {}
        for fact in self.everything:
            self._by_scope.setdefault(fact.scope, []).append(fact)
            self._by_file.setdefault(fact.place.path, []).append(fact)

    def of(self, taken: VariablesTaken) -> list[VariableSet]:
        return self._by_file.get(taken.source, []) if taken.source in self.side.paths else self._by_scope.get(taken.source, [])

    def has(self, taken: VariablesTaken) -> bool:
        return taken.source in self.side.paths or taken.source in self._by_scope

    def holding(self, fact: VariableSet) -> VariableSet | None:
        """The one place of the tree where the value stands that a file names only."""
        match fact.value:
            case Reference(name) if name.startswith(("Secret/", "ConfigMap/")):
                scope, _, key = name.rpartition("/")
                found = [each for each in self._by_scope.get(scope, ()) if each.name == key]
                return found[0] if len(found) == 1 else None
            case Environment(name):
                beside = posixpath.join(posixpath.dirname(fact.place.path), ".env")
                found = [each for each in self._by_file.get(beside, ()) if each.name == name and each is not fact]
                return found[-1] if found and fact.place.path != beside else None
        return None


def _given(
    fact: VariableSet, held: _Held, name: str, place: Place, wanted: dict[str, tuple[str, ...]], secret: Collection[str], owner: str | None = None
) -> Given:
    holding = held.holding(fact)
    value = holding.value if holding is not None else fact.value
    return Given(
        name,
        seal(value) if name in secret else value,
        place,
        owner if owner is not None else owner_of(place.path, fact.scope),
        holding.place if holding is not None else fact.place if fact.place != place else None,
        wanted.get(name, ()),
    )


def _likeliness(path: str) -> int:
    """Sorts first what says that it is production's, and last what says that it is what comes before."""
    return 0 if _PRODUCTION.search(path) else 2 if _BEFORE_PRODUCTION.search(path) else 1
