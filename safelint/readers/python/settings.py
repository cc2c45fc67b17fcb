"""Settings from Python: settings modules, config classes, `app.config`, pydantic settings, components with their arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from safelint.facts import Fact
from safelint.facts.settings import SettingAssigned, SettingsInherited
from safelint.frameworks import Component, components, components_by_base, components_by_method
from safelint.paths import is_settings_path
from safelint.readers import Source
from safelint.readers.python import NAMES, PythonModule, _dynaconf, _fields, _traits, parse
from safelint.secrets import is_secret_name, seal, seal_by_name
from safelint.values import Environment, Known, Listing, Mapping, Unknown, Value, text_of

__all__ = ["NAMES", "TRIGGERS", "YIELDS", "read"]

YIELDS: tuple[type[Fact], ...] = (SettingAssigned, SettingsInherited)
TRIGGERS = (b"secret", b"session_", b"_session", b"cookie", b"jwt", b"signing", b"salt", b"installed_apps", b"caches", b"basesettings", b"sessionmiddleware",
            b"import *", b"database", b"middleware", b"fernet", b"serializer", b"itsdangerous", b"authtkt", b"fastapi_users", b"application_root",
            b"server_name", b"hashers", b"auth_user_model", b"authentication_backends", b"auth_key", b"_token", b"signer", b"algorithm",
            b"sessioninterface", b"tokenauthentication", b"get_signed_",
            b"generate_password_hash", b"passlib", b"filesystemcache", b"config.from_", b"dynaconf")  # fmt: skip

_LOADS = Component(name="loads", qualified=())  # a serializer of itsdangerous may come from anywhere, its method says enough
_STORAGES = {"storage", "store", "cache", "redis", "client", "backend"}
_SIGNERS = {"TimestampSigner", "URLSafeTimedSerializer", "URLSafeSerializer"}
_DEEPEST = 4  # dictionaries in dictionaries: CACHES.default.OPTIONS.db is four deep
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
# What a module that is no settings module may still set and sessions depend on.
_OF_INTEREST = re.compile(
    r"secret|signing|jwt|session|cookie|salt|hmac|fernet|csrf|(^|_)(auth|token|crypt|encryption)_?key|^(\w+_)?algorithms?$", re.IGNORECASE
)
# Words that stand everywhere: a file that is no settings module and has only these of the trigger words is not worth parsing.
_EVERYDAY = {b"database", b"middleware", b"serializer"}
_ELSEWHERE = re.compile("|".join(re.escape(word.decode()) for word in TRIGGERS if word not in _EVERYDAY) + r"|max_age", re.IGNORECASE)
_CONFIG_CLASS = re.compile(
    r"(config|configuration|settings|conf|environment)$|^(base|common|production|prod|staging|development|dev|testing|test|local)$", re.IGNORECASE
)
_CONFIGURATION_BASE = re.compile(r"(^|\.)(Configuration|BaseConfiguration|Config|BaseConfig)$")
# Attributes of an application object that are settings by another name.
_APPLICATION_ATTRIBUTES = {"secret_key": "SECRET_KEY", "permanent_session_lifetime": "PERMANENT_SESSION_LIFETIME", "session_cookie_name": "SESSION_COOKIE_NAME",
                           "session_interface": "session_interface", "session_protection": "session_protection"}  # fmt: skip


def read(source: Source) -> Iterator[Fact]:
    """The settings of a file."""
    holds_settings = is_settings_path(source.path)
    if holds_settings or _ELSEWHERE.search(source.text):
        yield from _Reader(parse(source), holds_settings).facts()


def _own_signer(qualified: str) -> Component | None:
    """An application's own subclass of a signer of itsdangerous, which mostly keeps its name."""
    owner, _, name = qualified.rpartition(".")
    return components().get(f"itsdangerous.{name}") if name in _SIGNERS and owner and not owner.startswith("django") else None


class _Reader:
    """One file."""

    def __init__(self, module: PythonModule, holds_settings: bool) -> None:
        self.module = module
        self.holds_settings = holds_settings

    def facts(self) -> Iterator[Fact]:
        statements: tuple[type[ast.Assign | ast.AnnAssign | ast.AugAssign], ...] = (ast.Assign, ast.AnnAssign, ast.AugAssign)
        for kind in statements:
            for statement in self.module.nodes(kind):
                yield from self._assignment(statement)
        for call in self.module.nodes(ast.Call):
            yield from self._call(call)
        for imported in self.module.nodes(ast.ImportFrom):
            if imported.names[0].name == "*" and isinstance(self.module.scope(imported), ast.Module):
                yield SettingsInherited(
                    place=self.module.place(imported), source=self.module.imported_package(imported), form="module", scope="",
                    module=self.module.dotted, condition=self._condition(imported),
                )  # fmt: skip
        for cls in self.module.nodes(ast.ClassDef):
            yield from self._class(cls)

    # ---- assignments

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[Fact]:
        if node.value is None:
            yield from self._declared(node)
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        scope = self.module.scope(node)
        added = isinstance(node, ast.AugAssign)
        for target in targets:
            match target:
                case ast.Name(id=name) if isinstance(scope, ast.Module):
                    if self._is_setting(name):
                        yield from self._set(node, name, node.value, "module", "", added=added)
                    elif isinstance(node.value, ast.Dict):
                        yield from self._mapping(node, name, node.value)
                case ast.Name(id="session_interface") if isinstance(scope, ast.ClassDef):
                    yield from self._set(node, "session_interface", node.value, "config", "")
                case ast.Name(id="serializer") if isinstance(scope, ast.ClassDef) and self._is_interface(scope):
                    yield from self._set(node, "session_interface.serializer", node.value, "config", "")
                case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in _STORAGES and isinstance(node.value, ast.Call):
                    if (owner := self.module.class_of(node)) is not None and self._is_interface(owner):
                        yield from self._set(node, "session_interface.storage", node.value, "config", "")
                case ast.Name(id=name) if isinstance(scope, ast.ClassDef) and not _fields.is_settings(self.module, scope):
                    if self._is_config_class(scope) and _CONSTANT.fullmatch(name):
                        yield from self._set(node, name, node.value, "class", scope.name, added=added)
                case ast.Subscript():
                    yield from self._item(node, target, node.value, scope)
                case ast.Attribute(value=owner, attr=attribute):
                    if isinstance(owner, ast.Attribute) and owner.attr == "config" and _CONSTANT.fullmatch(attribute):
                        yield from self._set(node, attribute, node.value, "config", "")
                    elif isinstance(owner, ast.Attribute) and owner.attr == "session_interface":
                        yield from self._set(node, f"session_interface.{attribute}", node.value, "config", "")
                    elif attribute in _APPLICATION_ATTRIBUTES and (self._is_application(owner) or self._is_own_application(owner)):
                        yield from self._set(node, _APPLICATION_ATTRIBUTES[attribute], self._made(node.value), "config", "")
                case ast.Tuple(elts=elts) if isinstance(scope, ast.Module) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(elts):
                    for each, value in zip(elts, node.value.elts, strict=True):
                        if isinstance(each, ast.Name) and self._is_setting(each.id):
                            yield from self._set(node, each.id, value, "module", "")

    def _declared(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[Fact]:
        """A setting that a config class names without a value: whoever makes an object of it gives one, so that the default does not hold."""
        scope = self.module.scope(node)
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(scope, ast.ClassDef)):
            return
        if self._is_config_class(scope) and _CONSTANT.fullmatch(node.target.id) and not _fields.is_settings(self.module, scope):
            yield self._fact(node, node.target.id, Unknown("given where it is made"), "class", scope.name, "", False)

    def _is_setting(self, name: str) -> bool:
        if self.holds_settings and _CONSTANT.fullmatch(name):
            return True
        return _OF_INTEREST.search(name) is not None

    def _is_config_class(self, cls: ast.ClassDef) -> bool:
        bases = [self.module.qualified(base) or "" for base in cls.bases]
        return self.holds_settings or _CONFIG_CLASS.search(cls.name) is not None or any(_CONFIGURATION_BASE.search(base) for base in bases)

    def _is_dataclass(self, cls: ast.ClassDef) -> bool:
        decorators = [each.func if isinstance(each, ast.Call) else each for each in cls.decorator_list]
        return any((self.module.qualified(each) or "").rsplit(".", 1)[-1] == "dataclass" for each in decorators)

    def _is_interface(self, cls: ast.ClassDef) -> bool:
        """Whether a class keeps the sessions of Flask."""
        return any((self.module.qualified(base) or "").endswith("SessionInterface") for base in cls.bases)

    def _is_application(self, owner: ast.expr) -> bool:
        name = (self.module.qualified(owner) or "").rsplit(".", 1)[-1].lower()
        return name in ("app", "application", "current_app", "login_manager", "server", "flask_app") or name.endswith("app")

    def _is_own_application(self, owner: ast.expr) -> bool:
        """Whether it is `self` in a class of the application's own."""
        cls = self.module.class_of(owner) if isinstance(owner, ast.Name) and owner.id == "self" else None
        return cls is not None and any((self.module.qualified(base) or "").rpartition(".")[2] in ("Flask", "Quart") for base in cls.bases)

    def _made(self, value: ast.expr) -> ast.expr:
        """What a method of the same class makes, where it is one thing: `self._interface(app)`."""
        cls = self.module.class_of(value)
        if cls is None or not isinstance(value, ast.Call) or self.module.text(value.func) != f"self.{getattr(value.func, 'attr', '')}":
            return value
        method = next((each for each in cls.body if isinstance(each, ast.FunctionDef) and f"self.{each.name}" == self.module.text(value.func)), None)
        returned = [each.value for each in ast.walk(method) if isinstance(each, ast.Return) and each.value is not None] if method is not None else []
        if method is None or len(returned) != 1:
            return value
        (made,) = returned
        if isinstance(made, ast.Name):
            assigned = self.module.assignments(method, made.id)
            made = assigned[0] if len(assigned) == 1 and assigned[0] is not None else made
        return made if isinstance(made, ast.Call) else value

    def _mapping(self, node: ast.stmt, name: str, value: ast.Dict) -> Iterator[Fact]:
        """A dictionary whose keys are settings: `DEFAULTS = {"SECRET_KEY": None, ...}`."""
        keys = [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        if any(_CONSTANT.fullmatch(key) and _OF_INTEREST.search(key) for key in keys):
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _CONSTANT.fullmatch(key.value):
                    yield from self._set(item, key.value, item, "mapping", name)

    def _item(self, node: ast.stmt, target: ast.Subscript, value: ast.expr, scope: ast.AST) -> Iterator[Fact]:
        keys: list[str] = []
        owner: ast.expr = target
        while isinstance(owner, ast.Subscript):
            key = text_of(self.module.value(owner.slice))
            if key is None:
                return
            keys.insert(0, key)
            owner = owner.value
        if self._is_config(owner):
            if _CONSTANT.match(keys[0]):
                yield from self._set(node, ".".join(keys), value, "config", "")
        elif isinstance(owner, ast.Name) and isinstance(scope, ast.Module) and self._is_setting(owner.id):
            yield from self._set(node, ".".join([owner.id, *keys]), value, "module", "")
        elif isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id in ("globals", "vars", "locals") and self.holds_settings:
            yield from self._set(node, ".".join(keys), value, "module", "")

    def _is_config(self, owner: ast.expr) -> bool:
        return isinstance(owner, ast.Attribute) and owner.attr == "config"

    # ---- calls

    def _call(self, node: ast.Call) -> Iterator[Fact]:
        if isinstance(node.func, ast.Attribute):
            method, owner = node.func.attr, node.func.value
            if self._is_config(owner):
                yield from self._config_call(node, method)
            elif method == "update" and isinstance(owner, ast.Name) and isinstance(self.module.scope(node), ast.Module) and self._is_setting(owner.id):
                for name, value, at in self._named_values(node):
                    yield from self._set(at, f"{owner.id}.{name}", value, "module", "")
            elif method == "configure" and (self.module.qualified(owner) or "") == "django.conf.settings":
                for name, value, at in self._named_values(node):
                    yield from self._set(at, name, value, "config", "")
        yield from _dynaconf.of(self.module, node, self._condition(node))
        yield from self._registered(node)
        yield from self._built(node)
        yield from self._component(node)

    def _config_call(self, node: ast.Call, method: str) -> Iterator[Fact]:
        if method in ("update", "from_mapping"):
            for name, value, at in self._named_values(node):
                if _CONSTANT.fullmatch(name):
                    yield from self._set(at, name, value, "config", "")
        elif method == "setdefault" and len(node.args) == 2:
            wanted = text_of(self.module.value(node.args[0]))
            if wanted and _CONSTANT.fullmatch(wanted):
                yield from self._set(node, wanted, node.args[1], "config", "")
        elif method in ("from_object", "from_pyfile", "from_prefixed_env", "from_envvar", "from_file", "from_json", "from_toml"):
            given = self.module.value(node.args[0]) if node.args else None
            source = self.module.qualified(node.args[0]) if node.args and isinstance(node.args[0], ast.Name | ast.Attribute) else None
            source = source or text_of(given) or ""
            yield SettingsInherited(
                place=self.module.place(node), source=source, form="config", scope=method, module=self.module.dotted, condition=self._condition(node)
            )

    def _named_values(self, node: ast.Call) -> Iterator[tuple[str, ast.expr, ast.expr]]:
        """What a call like `update` sets: names, values, and where to point."""
        for argument in node.args:
            if isinstance(argument, ast.Dict):
                for key, value in zip(argument.keys, argument.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value, value
        for keyword in node.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value, keyword.value

    def _component(self, node: ast.Call) -> Iterator[Fact]:
        qualified = self.module.qualified(node.func) or ""
        if isinstance(node.func, ast.Attribute) and self.module.argument(node, "max_age") and self._is_unsigned(node.func.attr):
            yield from self._used(node, _LOADS, [])
            return
        if isinstance(node.func, ast.Attribute) and (found := components_by_method().get(node.func.attr)) and self.module.imports(found.package):
            yield from self._used(node, found, node.args)
            return
        component = components().get(qualified) or _own_signer(qualified)
        positional = node.args
        if component is None and node.args and qualified.rsplit(".", 1)[-1] in ("add_middleware", "Middleware"):
            component = components().get(self.module.qualified(node.args[0]) or "")
            positional = []
        if component is not None and self.module.is_imported(node.args[0] if not positional and node.args else node.func):
            yield from self._used(node, component, positional)

    def _is_unsigned(self, method: str) -> bool:
        """Whether a method that is given a `max_age` checks a signature of itsdangerous, maybe by a signer of the application's own."""
        if method == "loads":
            return self.module.imports("itsdangerous")
        return method == "unsign" and not self.module.imports("django")

    def _registered(self, node: ast.Call) -> Iterator[Fact]:
        """`set_from_environment(settings, "sessions.secret", "SESSION_SECRET")`: a setting that is taken from a variable of the environment."""
        if not re.search(r"(^|_)set(_|$)", (self.module.qualified(node.func) or "").rpartition(".")[2]) or len(node.args) < 2:
            return
        texts = [text for each in node.args if (text := text_of(self.module.value(each))) is not None]
        if len(texts) == 2 and re.fullmatch(r"[a-z][a-z0-9_.]*", texts[0]) and _OF_INTEREST.search(texts[0]) and re.fullmatch(r"[A-Z][A-Z0-9_]+", texts[1]):
            default = self.module.argument(node, "default")
            value = Environment(texts[1], self.module.value(default) if default is not None else None)
            yield from self._yield(node, texts[0], seal_by_name(texts[0], value), "config", "", self._condition(node), False)

    def _built(self, node: ast.Call) -> Iterator[Fact]:
        """`Settings(SECRET=read(...))`: what a settings class of this file is given when it is built counts more than the environment."""
        if not isinstance(node.func, ast.Name):
            return
        cls = next((each for each in self.module.nodes(ast.ClassDef) if each.name == node.func.id), None)
        fields = cls is not None and _fields.is_settings(self.module, cls)
        if cls is None or not (fields or (self._is_config_class(cls) and self._is_dataclass(cls))):
            return
        for keyword in node.keywords:
            given = [(keyword.arg, keyword.value)] if keyword.arg else self._spread(node, keyword.value)
            for name, value in given:
                if not name.startswith("_") and _OF_INTEREST.search(name):
                    yield self._fact(value, name, self._value(name, value), "field" if fields else "class", cls.name, self._condition(node), False)

    def _spread(self, node: ast.Call, value: ast.expr) -> list[tuple[str, ast.expr]]:
        """The items of a `**dictionary` that is written out in the same function."""
        if isinstance(value, ast.Name):
            assigned = self.module.assignments(self.module.scope(node), value.id)
            value = assigned[0] if len(assigned) == 1 and assigned[0] is not None else value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict" and not value.args:
            return [(keyword.arg, keyword.value) for keyword in value.keywords if keyword.arg]
        if not isinstance(value, ast.Dict):
            return []
        return [(key.value, item) for key, item in zip(value.keys, value.values, strict=True) if isinstance(key, ast.Constant) and isinstance(key.value, str)]

    def _used(self, node: ast.Call, component: Component, positional: list[ast.expr]) -> Iterator[Fact]:
        arguments: list[tuple[Value, Value]] = []
        parts: list[tuple[str, ast.expr]] = []
        spread = {id(each): self._spread(node, each.value) for each in node.keywords if each.arg is None}
        if len(positional) > len(component.positional) or any(isinstance(each, ast.Starred) for each in positional) or not all(spread.values()):
            arguments.append((Unknown("a spread"), Unknown("a spread")))
        for name, argument in zip(component.positional, positional, strict=False):
            if isinstance(argument, ast.Starred):
                break
            parts.append((name, argument))
        for keyword in node.keywords:
            parts += [(keyword.arg, keyword.value)] if keyword.arg else spread[id(keyword)]
        arguments += [(Known(name), self._value(name, value)) for name, value in parts]
        scope = self._scope_name(node, component)
        yield SettingAssigned(
            place=self.module.place(node), name=component.name, value=Mapping(tuple(arguments)), form="argument", scope=scope,
            module=self.module.dotted, condition=self._condition(node),
        )  # fmt: skip
        for name, given in parts:
            yield from self._set(given, f"{component.name}.{name}", given, "argument", scope, condition=self._condition(node))

    def _scope_name(self, node: ast.AST, component: Component) -> str:
        """What tells one use of a component from another, and stays when lines move: the names around it, or the name it is given."""
        names = [above.name for above in self.module.parents(node) if isinstance(above, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
        for above in self.module.parents(node):
            if isinstance(above, ast.Assign | ast.AnnAssign):
                target = above.targets[0] if isinstance(above, ast.Assign) else above.target
                names.insert(0, self.module.text(target))
                break
            if isinstance(above, ast.stmt):
                break
        return ".".join(reversed(names))

    # ---- classes

    def _configured_class(self, cls: ast.ClassDef) -> Iterator[Fact]:
        """A class that configures a component by what it derives from and by its attributes."""
        names = [self.module.qualified(base.value if isinstance(base, ast.Subscript) else base) or "" for base in cls.bases]
        component = next((found for each in names if (found := components_by_base().get(each))), None)
        if component is None:
            return
        last = Listing(tuple(Known(each.rsplit(".", 1)[-1]) for each in names))
        parts = [(each.targets[0].id, each.value) for each in cls.body if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)]
        parts += [(each.target.id, each.value) for each in cls.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value]
        given = Mapping((*((Known(name), self._value(name, value)) for name, value in parts), (Known("bases"), last)))
        yield self._fact(cls, component.name, given, "argument", cls.name, "", False)
        yield self._fact(cls, f"{component.name}.bases", last, "argument", cls.name, "", False)
        for name, value in parts:
            yield from self._set(value, f"{component.name}.{name}", value, "argument", cls.name, condition="")

    def _class(self, cls: ast.ClassDef) -> Iterator[Fact]:
        yield from self._configured_class(cls)
        if self.module.imports("traitlets"):
            for at, name, value in _traits.of(self.module, cls):
                if _OF_INTEREST.search(name) or "token" in name:
                    yield from self._yield(at, name, seal_by_name(name, value), "field", cls.name, "", False)
        fields = _fields.is_settings(self.module, cls)
        if not fields and not self._is_config_class(cls):
            return
        form = "field" if fields else "class"
        for base in cls.bases:
            source = self.module.qualified(base)
            if source and not source.startswith("pydantic"):
                yield SettingsInherited(place=self.module.place(base), source=source, form=form, scope=cls.name, module=self.module.dotted)
        if fields:
            for at, name, value in _fields.of(self.module, cls):
                yield from self._yield(at, name, seal_by_name(name, value), "field", cls.name, "", False)
        for statement in cls.body:
            if isinstance(statement, ast.FunctionDef) and any(self._is_property(each) for each in statement.decorator_list):
                returned = [each for each in ast.walk(statement) if isinstance(each, ast.Return) and each.value is not None]
                if (_CONSTANT.fullmatch(statement.name) or fields) and len(returned) == 1 and returned[0].value is not None:
                    yield from self._set(returned[0], statement.name, returned[0].value, form, cls.name, condition="")

    def _is_property(self, node: ast.expr) -> bool:
        name = (self.module.qualified(node) or "").rsplit(".", 1)[-1]
        return name in ("property", "cached_property", "computed_field", "classproperty")

    # ---- values

    def _set(
        self, at: ast.expr | ast.stmt, name: str, value: ast.expr, form: str, scope: str, *, added: bool = False, condition: str | None = None
    ) -> Iterator[Fact]:
        if condition is None:
            condition = self._condition(at)
        if isinstance(value, ast.IfExp):
            test = _test(self.module.text(value.test))
            yield from self._set(at, name, value.orelse, form, scope, added=added, condition=condition)
            yield from self._set(at, name, value.body, form, scope, added=added, condition=_both(condition, test))
            return
        if isinstance(value, ast.Dict) and name.count(".") < _DEEPEST:
            yield self._fact(at, name, self._value(name, value), form, scope, condition, added)
            for key, item in zip(value.keys, value.values, strict=True):
                part = text_of(self.module.value(key)) if key is not None else None
                if part is not None:
                    yield from self._set(item, f"{name}.{part}", item, form, scope, condition=condition)
            return
        yield from self._yield(at, name, self._value(name, value), form, scope, condition, added)

    def _value(self, name: str, node: ast.expr) -> Value:
        value = self.module.value(node)
        if isinstance(node, ast.Call):
            value = self._wrapped(name, node) or value
        holder, _, last = name.rpartition(".")
        return seal(value) if holder and is_secret_name(holder) and not isinstance(node, ast.Dict) else seal_by_name(last, value)

    def _wrapped(self, name: str, node: ast.Call) -> Value | None:
        """`values.SecretValue()` of django-configurations: the variable is named by the setting, with DJANGO_ before it."""
        qualified = self.module.qualified(node.func) or ""
        if not re.fullmatch(r"(configurations\.)?values\.\w*Value", qualified):
            return None
        prefix = text_of(self.module.value(self.module.argument(node, "environ_prefix"))) if self.module.argument(node, "environ_prefix") else "DJANGO"
        variable = text_of(self.module.value(self.module.argument(node, "environ_name"))) or name
        default = self.module.argument(node, "default", 0)
        if self.module.value(self.module.argument(node, "environ")) == Known(False):
            return self.module.value(default)
        return Environment(f"{prefix}_{variable}" if prefix else variable, self.module.value(default) if default is not None else None)

    def _yield(self, at: ast.expr | ast.stmt, name: str, value: Value, form: str, scope: str, condition: str, added: bool) -> Iterator[Fact]:
        yield self._fact(at, name, value, form, scope, condition, added)
        if isinstance(value, Mapping) and name.count(".") < _DEEPEST:
            for key, item in value.items:
                if isinstance(key, Known) and isinstance(key.value, str):
                    yield from self._yield(at, f"{name}.{key.value}", seal_by_name(key.value, item), form, scope, condition, added)

    def _fact(self, at: ast.expr | ast.stmt, name: str, value: Value, form: str, scope: str, condition: str, added: bool) -> SettingAssigned:
        return SettingAssigned(
            place=self.module.place(at), name=name, value=value, form=form, scope=scope, module=self.module.dotted, condition=condition, added=added
        )

    def _condition(self, node: ast.AST) -> str:
        """The code that decides whether a statement runs, from the outside in, up to its function or class."""
        found: list[str] = []
        below = node
        for above in self.module.parents(node):
            if isinstance(above, ast.If):
                test = _test(self.module.text(above.test))
                found.insert(0, f"not ({test})" if below in above.orelse else test)
            elif isinstance(above, ast.ExceptHandler):
                found.insert(0, "after an exception")
            elif isinstance(above, ast.For | ast.While | ast.Match):
                found.insert(0, "in a loop")
            elif isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                break
            below = above
        return " and ".join(found)


def _test(code: str) -> str:
    """The code of a condition; where it talks of secrets, without the texts in it."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "...", code) if is_secret_name(code) else code


def _both(first: str, second: str) -> str:
    return f"{first} and {second}" if first else second
