"""Records of many fields that are made for every mail.

Answers:    ``@record``: a frozen dataclass with slots, its fields given by name, that is made, sent to another process and
            received there three times as quickly. ``maker(cls)``: what the constructor does, in half of its time.
Limits:     a record has no subclass and no ``__post_init__``; every field is one that ``__init__`` takes.

A frozen dataclass sets each of its fields with a call of ``object.__setattr__``. Here the new object belongs to a twin while it is
filled, a class with the same slots that is not frozen; then it becomes what it was. Outside the constructor nobody sees the twin.

The methods are source text made of the names of our own fields, executed once when the class is made: what ``dataclasses`` does
itself, and the one place that may (``tests/architecture/test_purity.py``). Weighed and left: named tuples, which compare as
tuples; a class frozen for the type checker alone. What is made a few times a run stays a plain dataclass.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Final, ParamSpec, TypeVar, dataclass_transform

_Record = TypeVar("_Record")
_Arguments = ParamSpec("_Arguments")
_turn: Final = object.__dict__["__class__"].__set__


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[_Record]) -> type[_Record]:
    """Make a record of a class.

    >>> @record
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(x=1), Point(x=1) == Point(x=1, y=0)
    (Point(x=1, y=0), True)
    """
    made: Any = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    for name, method in _methods(made).items():
        method.__qualname__, method.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
        setattr(made, name, staticmethod(method) if name == "_maker" else method)
    made.__init_subclass__ = classmethod(_no_subclass)
    return made  # type: ignore[no-any-return]


def maker(cls: Callable[_Arguments, _Record]) -> Callable[_Arguments, _Record]:
    """Give a function that takes what the constructor takes: a class that is called puts its arguments into a dict first.

    >>> @record
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> maker(Point)(x=1)
    Point(x=1, y=0)
    """
    made: Any = cls
    return made._maker  # type: ignore[no-any-return]


def _methods(cls: Any) -> dict[str, Any]:
    """``__init__`` and what pickle asks for, written out as ``dataclasses`` writes its own: the names are those of our code."""
    known: dict[str, Any] = {
        "_twin": type(cls.__name__, (), {"__slots__": cls.__slots__}),
        "_own": cls,
        "_turn": _turn,
        "_MISSING": MISSING,
    }
    takes, sets = zip(*[_argument(each, known) for each in fields(cls)], strict=True)
    values = "".join(f"self.{each.name}, " for each in fields(cls))
    lines = [
        f"def __init__(self, *, {', '.join(takes)}):", "    _turn(self, _twin)", *sets, "    self.__class__ = _own",
        f"def _maker(*, {', '.join(takes)}):", "    self = _twin()", *sets, "    self.__class__ = _own", "    return self",
        "def __getstate__(self):", f"    return [{values}]",
        "def __setstate__(self, state):", "    _turn(self, _twin)", f"    ({values}) = state", "    self.__class__ = _own",
    ]  # fmt: skip
    methods: dict[str, Any] = {}
    exec("\n".join(lines), known, methods)  # noqa: S102 - our own words
    return methods


def _argument(each: "Field[Any]", known: dict[str, Any]) -> tuple[str, str]:
    """How the constructor takes a field, and how it sets it."""
    name = each.name
    if each.default is not MISSING:
        known[f"_default_{name}"] = each.default
        return f"{name}=_default_{name}", f"    self.{name} = {name}"
    if each.default_factory is not MISSING:
        known[f"_make_{name}"] = each.default_factory
        return f"{name}=_MISSING", f"    self.{name} = _make_{name}() if {name} is _MISSING else {name}"
    return name, f"    self.{name} = {name}"


def _no_subclass(cls: type) -> None:
    raise TypeError(f"{cls.__name__}: a record has no subclass")
