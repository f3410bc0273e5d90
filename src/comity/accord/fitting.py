"""Whether a record that another side signed has exactly its fields, and each of them fits.

Trust:      a record comes from another member: what does not fit is named by its field; nothing is raised.
Standards:  texts are there in English and in Chinese; times are whole seconds since 1970, before the year 2242.
Answers:    ``misfit(record, fields, kind)`` gives the first field that does not fit, or None; checks of single values;
            ``second`` and ``moment`` turn a time into its second and back.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from comity.formats import header_text

Check = Callable[[Any], bool]
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATEST: Final = 1 << 33  # in the year 2242


def misfit(record: Mapping[str, Any], fields: Mapping[str, Check], kind: str) -> str | None:
    """The first field that is missing, does not fit, or does not belong there.

    >>> misfit({"type": "member", "made": -1}, {"made": is_second}, "member")
    'made'
    """
    if record.get("type") != kind:
        return "type"
    for name in sorted({*record, *fields} - {"type"}):
        if name not in fields or name not in record or not fields[name](record[name]):
            return name[:40]
    return None


def matches(pattern: re.Pattern[str]) -> Check:
    """Whether it is a text of this form."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def both(limit: int) -> Check:
    """Whether it is a text in each language."""
    return lambda value: in_both(value, lambda language, text: text_fault(language, text, limit))


def in_both(value: Any, fault: Callable[[str, Any], bool]) -> bool:
    """Whether there is one in each language, and neither has a fault."""
    return (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and not any(fault(language, text) for language, text in value.items())
    )


def text_fault(language: str, text: object, limit: int) -> bool:
    """Whether a text does not fit: lines that can be shown, and the Chinese one in Chinese.

    >>> text_fault("en", "one\\ntwo", 100), text_fault("zh", "one", 100), text_fault("en", "a\\x1b", 100)
    (False, True, True)
    """
    if not isinstance(text, str) or not text.strip() or len(text) > limit:
        return True
    if not text.replace("\n", "").isprintable():
        return True
    return is_not_in(language, text)


def is_not_in(language: str, text: str) -> bool:
    """Whether a text that should be Chinese has no Chinese character."""
    return language == "zh" and not _HAN.search(text)


def is_domain(value: Any) -> bool:
    """Whether it is a domain as we write it."""
    return isinstance(value, str) and header_text.domain(value) == value


def is_second(value: Any) -> bool:
    """Whether it is a second that we can show."""
    return type(value) is int and 0 <= value < _LATEST


def second(moment: datetime) -> int:
    """The second of a time."""
    return int(moment.timestamp())


def moment(second: int) -> datetime:
    """The time of a second."""
    return datetime.fromtimestamp(second, UTC)
