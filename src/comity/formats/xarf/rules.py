"""Rules for JSON values as data, and the one function that holds a value against them.

Answers:    ``faults(value, rule, path)`` gives every place where the value breaks the rule, in the order of the rule.
Limits:     a rule is finite, so the depth of the check is; at most 40 faults of one document and 500 items of one list are named.

The vocabulary is the part of JSON Schema that the XARF schemas use; the XARF rules themselves are in ``envelope``,
``network_kinds``, ``content_kinds`` and ``legacy_rules``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from comity.formats.xarf import shapes

FAULT_LIMIT: Final = 40
ITEM_LIMIT: Final = 500


class Shape(Enum):
    """What kind of JSON value is wanted."""

    ANY = "any value"
    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "true or false"
    LIST = "list"
    RECORD = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: the shape, and what it demands beyond it. ``low`` and ``high`` bound a number or a length."""

    shape: Shape
    expects: str
    words: frozenset[str] | None = None
    test: Callable[[str], bool] | None = None
    low: float | None = None
    high: float | None = None
    item: "Rule | None" = None
    fields: Mapping[str, "Rule"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One place where a value breaks its rule; ``path`` is the JSON path, ``missing`` says that nothing stood there."""

    path: str
    expects: str
    value: str | None = None
    missing: bool = False


def text(high: int | None = None, low: int | None = None) -> Rule:
    """Any text, of at least ``low`` and at most ``high`` characters."""
    bounds = f", {low or 0} to {high}" if high else f", at least {low}" if low else ""
    return Rule(shape=Shape.TEXT, expects=f"text{bounds}", low=low, high=high)


def form(name: str, test: shapes.Test) -> Rule:
    """A text that passes the test; ``name`` is what a finding calls it."""
    return Rule(shape=Shape.TEXT, expects=name, test=test)


def one_of(words: str) -> Rule:
    """A text that is one of these words."""
    return Rule(shape=Shape.TEXT, expects=f"one of {', '.join(words.split())}", words=frozenset(words.split()))


def integer(low: int | None = None, high: int | None = None) -> Rule:
    """A whole number between the bounds."""
    return Rule(shape=Shape.INTEGER, expects=_between("whole number", low, high), low=low, high=high)


def number(low: float | None = None, high: float | None = None) -> Rule:
    """A number between the bounds."""
    return Rule(shape=Shape.NUMBER, expects=_between("number", low, high), low=low, high=high)


def many(item: Rule, low: int | None = None, high: int | None = None) -> Rule:
    """A list of such items."""
    return Rule(shape=Shape.LIST, expects=_between("list", low, high), item=item, low=low, high=high)


def record(required: str = "", /, **fields: Rule) -> Rule:
    """An object with these fields, and perhaps others."""
    return Rule(shape=Shape.RECORD, expects="object", fields=fields, required=tuple(required.split()))


def closed(required: str = "", /, **fields: Rule) -> Rule:
    """An object with these fields and no others."""
    return replace(record(required, **fields), closed=True)


def _between(what: str, low: float | None, high: float | None) -> str:
    if low is None:
        return what if high is None else f"{what}, at most {high}"
    return f"{what}, at least {low}" if high is None else f"{what}, {low} to {high}"


ANY: Final = Rule(shape=Shape.ANY, expects="any value")
TEXT: Final = text()
BOOLEAN: Final = Rule(shape=Shape.BOOLEAN, expects="true or false")
COUNT: Final = integer(0)
POSITIVE: Final = integer(1)
PORT: Final = integer(1, 65535)
SHARE: Final = number(0, 1)
TEXTS: Final = many(TEXT)
IP: Final = form("IP address", shapes.address)
TIME: Final = form("date-time of RFC 3339", shapes.date_time)
DAY: Final = form("date", shapes.date)
EMAIL: Final = form("e-mail address", shapes.email)
HOST: Final = form("host name", shapes.hostname)
URI: Final = form("URI", shapes.uri)
COUNTRY: Final = form("country code", shapes.country)


def faults(value: Any, rule: Rule, path: str) -> list[Fault]:
    """Every place where ``value`` breaks ``rule``.

    >>> [fault.path for fault in faults({"port": 0}, record("name", port=PORT), "$")]
    ['$.name', '$.port']
    """
    found: list[Fault] = []
    for fault in _faults(value, rule, path):
        found.append(fault)
        if len(found) >= FAULT_LIMIT:
            break
    return found


def below(path: str, name: str) -> str:
    """The path of one field of an object."""
    return f"{path}.{name}" if path else name


def _faults(value: Any, rule: Rule, path: str) -> Iterator[Fault]:
    if not _has_shape(value, rule.shape):
        yield Fault(path=path, expects=rule.expects, value=shown(value))
    elif rule.shape is Shape.RECORD:
        yield from _record_faults(value, rule, path)
    elif rule.shape is Shape.LIST:
        if not _within(len(value), rule):
            yield Fault(path=path, expects=rule.expects, value=str(len(value)))
        if rule.item is not None:
            for index, each in enumerate(value[:ITEM_LIMIT]):
                yield from _faults(each, rule.item, f"{path}[{index}]")
    elif not _holds(value, rule):
        yield Fault(path=path, expects=rule.expects, value=shown(value))


def _record_faults(value: dict[str, Any], rule: Rule, path: str) -> Iterator[Fault]:
    for name in rule.required:
        if name not in value:
            yield Fault(path=below(path, name), expects=rule.fields.get(name, ANY).expects, missing=True)
    for name, wanted in rule.fields.items():
        if name in value:
            yield from _faults(value[name], wanted, below(path, name))
    if rule.closed:
        for name, each in value.items():
            if name not in rule.fields:
                yield Fault(path=below(path, name[:80]), expects="no such field", value=shown(each))


def _has_shape(value: Any, shape: Shape) -> bool:
    match shape:
        case Shape.ANY:
            return True
        case Shape.TEXT:
            return isinstance(value, str)
        case Shape.INTEGER:
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
        case Shape.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Shape.BOOLEAN:
            return isinstance(value, bool)
        case Shape.LIST:
            return isinstance(value, list)
        case Shape.RECORD:
            return isinstance(value, dict)


def _within(measure: float, rule: Rule) -> bool:
    return (rule.low is None or measure >= rule.low) and (rule.high is None or measure <= rule.high)


def _holds(value: Any, rule: Rule) -> bool:
    if isinstance(value, str):
        if rule.words is not None and value not in rule.words:
            return False
        return _within(len(value), rule) and (rule.test is None or rule.test(value))
    return isinstance(value, bool) or not isinstance(value, int | float) or _within(value, rule)


def shown(value: Any) -> str:
    """A value as a finding quotes it: short, and without what is inside an object."""
    if isinstance(value, dict):
        return "{...}" if value else "{}"
    if isinstance(value, list):
        return "[...]" if value else "[]"
    if isinstance(value, str):
        return f'"{value[:80]}"'
    return "null" if value is None else str(value).lower()[:80]
