"""What an application is configured with, wherever it is said: settings modules, config classes, `.env` files, arguments."""

from __future__ import annotations

from safelint.facts import Fact
from safelint.records import dataclass
from safelint.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAssigned(Fact):
    """A setting gets a value.

    `name` is dotted for a part of a dictionary (`SIMPLE_JWT.SIGNING_KEY`, `CACHES.default.LOCATION`); the dictionary
    itself is a fact of its own, just before its parts. A secret is sealed, by its name.

    `form` says how: `module` (a module-level name), `class` (an attribute of a config class), `field` (of a pydantic
    settings class; the value then is the environment variable with its default), `config` (`app.config[...]` and its
    like), `mapping` (a dictionary of settings), `argument` (of a component, named `SessionMiddleware.secret_key`), `file` (of a
    configuration file in YAML, TOML, JSON or INI, named by all that it stands in: `session.cookie.domain`).

    `scope` tells two sets of settings in one file apart: the class, the dictionary's name, the function around a
    call. `module` is the dotted path of the file. `condition` is the code under which it happens, empty where it
    always does; `added` is true for `+=`.
    """

    name: str
    value: Value
    form: str
    scope: str
    module: str
    condition: str = ""
    added: bool = False

    @property
    def conditional(self) -> bool:
        """Whether it depends on something when this value is the one."""
        return bool(self.condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsInherited(Fact):
    """A set of settings begins with those of another: `from .base import *`, a base class, `config.from_object(...)`.

    `source` is a dotted name, or the path of a configuration file; `scope` and `form` are those of the settings that inherit. Of form `config`,
    `scope` is the method. Where Dynaconf reads a file (`scope` is `dynaconf`, names are then the same in any case), `layers` are the sections of it
    that production has, in their order, empty where it has none; `holder` is the object that holds them, of form `object`; a
    variable that begins with `prefix` counts more than any file.
    """

    source: str
    form: str
    scope: str
    module: str
    condition: str = ""
    layers: tuple[str, ...] = ()
    holder: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSet(Fact):
    """An environment variable is given a value by a file: `.env`, a compose file, a manifest.

    `scope` is whose it is, where a file holds several: a compose service (`web`), a container (`Deployment/web/app`), what
    containers take theirs from (`ConfigMap/web`, `Secret/web`). A value that another file or a vault holds is a
    `Reference` (`Secret/web/secret-key`); one that is encrypted is what the tool makes of its sealed text.
    """

    name: str
    value: Value
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesTaken(Fact):
    """A service or container begins with all variables of another place: an env file (its path in the tree), or `ConfigMap/web`, `Secret/web`.

    What it sets itself counts before that, and of several places the last one.
    """

    source: str
    scope: str
    prefix: str = ""
