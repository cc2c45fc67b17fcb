"""Dataclasses that cost next to nothing before they are used.

A run defines a few hundred facts and hazards and makes objects of a dozen. The standard library compiles six methods for
each class as it is defined (0.37 ms a class, measured on Python 3.11: a third of a run); here `__init__` is compiled when
the first object is made, and the other methods are shared. The part of the interface that is here means the same.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
C = TypeVar("C", bound=type)

_NOTHING: Any = object()  # no default


class FrozenRecordError(AttributeError):
    """Somebody tried to change what does not change."""


class Field:
    """One field of a class."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "name", "shown")

    def __init__(self, default: Any, default_factory: Any, compare: bool, shown: bool) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.shown = shown
        self.kw_only = False


def field(*, default: Any = _NOTHING, default_factory: Callable[[], Any] = _NOTHING, compare: bool = True, repr: bool = True) -> Any:  # noqa: A002
    """A field that needs more said than its type: how a default is made, whether it counts when two are compared, and is shown."""
    return Field(default, default_factory, compare, repr)


@dataclass_transform(field_specifiers=(field,))
def dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False, order: bool = False, eq: bool = True) -> Callable[[C], C]:
    """As `dataclasses.dataclass`."""

    def decorated(cls: C) -> C:
        own = _own_fields(cls, kw_only)
        every = {name: each for base in reversed(cls.__mro__[1:]) for name, each in getattr(base, "_record_fields", {}).items()} | own
        if slots:
            cls = _with_slots(cls, own)
        else:
            for name, each in own.items():
                if each.default is not _NOTHING:
                    setattr(cls, name, each.default)
                elif name in cls.__dict__:
                    delattr(cls, name)
        cls._record_fields = every  # type: ignore[attr-defined]
        _add(cls, "__match_args__", tuple(name for name, each in every.items() if not each.kw_only))
        _add(cls, "__init__", _first_init(cls, frozen))
        _add(cls, "__repr__", _repr)
        if slots:
            _add(cls, "__reduce__", _reduce)
        compared = [name for name, each in every.items() if each.compare]
        values: Callable[[Any], Any] = attrgetter(*compared) if compared else lambda self: ()
        if eq:
            _add(cls, "__eq__", lambda self, other: values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented)
            _add(cls, "__hash__", (lambda self: hash(values(self))) if frozen else None)
        if order:
            _add(cls, "__lt__", lambda self, other: values(self) < values(other) if other.__class__ is self.__class__ else NotImplemented)
            _add(cls, "__le__", lambda self, other: values(self) <= values(other) if other.__class__ is self.__class__ else NotImplemented)
            _add(cls, "__gt__", lambda self, other: values(self) > values(other) if other.__class__ is self.__class__ else NotImplemented)
            _add(cls, "__ge__", lambda self, other: values(self) >= values(other) if other.__class__ is self.__class__ else NotImplemented)
        if frozen:
            cls.__setattr__ = _refuse  # type: ignore[method-assign]
            cls.__delattr__ = _refuse  # type: ignore[method-assign]
        return cls

    return decorated


def fields(record: object) -> tuple[Field, ...]:
    """The fields of a class or of an object of it, in order. Raises TypeError for anything else."""
    found = getattr(record, "_record_fields", None)
    if found is None:
        raise TypeError(f"{record!r} has no fields")
    return tuple(found.values())


def is_dataclass(value: object) -> bool:
    """Whether this is such a class, or an object of one."""
    return hasattr(value, "_record_fields")


def replace(record: T, **changes: Any) -> T:
    """A copy with some fields changed."""
    return type(record)(**{each.name: getattr(record, each.name) for each in fields(record)} | changes)


def _own_fields(cls: type, kw_only: bool) -> dict[str, Field]:
    own: dict[str, Field] = {}
    for name, annotation in cls.__annotations__.items():
        if not str(annotation).startswith("ClassVar"):
            given = cls.__dict__.get(name, _NOTHING)
            own[name] = each = given if isinstance(given, Field) else Field(given, _NOTHING, True, True)
            each.name = name
            each.kw_only = kw_only
    return own


def _with_slots(cls: C, own: dict[str, Field]) -> C:
    """The same class again: a class has its slots from the start or not at all."""
    taken = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    body = {name: value for name, value in cls.__dict__.items() if name not in own and name not in ("__dict__", "__weakref__")}
    body["__slots__"] = tuple(name for name in own if name not in taken)
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _add(cls: type, name: str, value: object) -> None:
    """What the class says itself stays as it says."""
    if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
        setattr(cls, name, value)


def _first_init(cls: type, frozen: bool) -> Callable[..., None]:
    def first(self: Any, *arguments: Any, **named: Any) -> None:
        made = _compiled_init(cls, frozen)
        cls.__init__ = made  # type: ignore[misc]
        made(self, *arguments, **named)

    return first


def _compiled_init(cls: Any, frozen: bool) -> Callable[..., None]:
    known: dict[str, Any] = {"_nothing": _NOTHING, "_set": object.__setattr__}
    plain: list[str] = ["self"]
    named: list[str] = []
    body: list[str] = []
    for name, each in cls._record_fields.items():
        parameter = value = name
        if each.default is not _NOTHING:
            known[f"_default_{name}"] = each.default
            parameter += f"=_default_{name}"
        elif each.default_factory is not _NOTHING:
            known[f"_make_{name}"] = each.default_factory
            parameter += "=_nothing"
            value = f"_make_{name}() if {name} is _nothing else {name}"
        (named if each.kw_only else plain).append(parameter)
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    text = f"def __init__({', '.join([*plain, *(['*', *named] if named else [])])}):\n " + "\n ".join(body or ["pass"])
    exec(text, known)  # noqa: S102 - made of the names of fields in our own source, as the standard library does it
    return known["__init__"]  # type: ignore[no-any-return]


def _repr(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name, each in self._record_fields.items() if each.shown)})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return _rebuilt, (type(self), {name: getattr(self, name) for name in self._record_fields})


def _rebuilt(cls: type, values: dict[str, Any]) -> object:
    return cls(**values)


def _refuse(self: object, *_: object) -> None:
    raise FrozenRecordError(f"{type(self).__name__} does not change")
