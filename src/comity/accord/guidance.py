"""Guidance as records that are signed, and back; and which act fits when.

Trust:      a record comes from the other party: what does not fit names the field in which it does not; nothing is raised.
Standards:  texts are there in English and in Chinese; times are whole seconds since 1970.
Answers:    ``version_record``, ``read_version``, ``comment_record``, ``read_comment``, ``consent_record``, ``read_consent``:
            a record, or the name of a field; ``next_fault`` why a version does not follow.
Limits:     a title of 200 signs, a text of 8,000 in each language, 40 themes. A record has exactly its fields.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from comity.formats import header_text
from comity.model.guidance import Consent, GuidanceComment, GuidanceVersion, KeptVersion

VERSION: Final = "guidance"
COMMENT: Final = "guidance-comment"
CONSENT: Final = "guidance-consent"
TITLE: Final = 200
TEXT: Final = 8000
_GUIDANCE_ID: Final = re.compile(r"G-[A-Z2-7]{16}")
_COMMENT_ID: Final = re.compile(r"C-[A-Z2-7]{16}")
_THEME: Final = re.compile(r"[a-z0-9-]{1,60}")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LATEST: Final = 1 << 33
_MOST_VERSIONS: Final = 1000


def version_record(said: GuidanceVersion) -> dict[str, Any]:
    """The record that both sign."""
    return {
        "type": VERSION,
        "issuer": said.issuer,
        "id": said.guidance_id,
        "version": said.version,
        "parties": list(said.parties),
        "title": dict(said.title),
        "text": dict(said.text),
        "practices": list(said.practices),
        "by": said.by,
        "made": _second(said.made),
    }


def comment_record(said: GuidanceComment) -> dict[str, Any]:
    """The record that its author signs."""
    return {
        "type": COMMENT,
        "issuer": said.issuer,
        "id": said.comment_id,
        "guidance": said.guidance_id,
        "version": said.version,
        "text": dict(said.text),
        "by": said.by,
        "made": _second(said.made),
    }


def consent_record(said: Consent) -> dict[str, Any]:
    """The record that carries a signature."""
    return {
        "type": CONSENT,
        "issuer": said.issuer,
        "guidance": said.guidance_id,
        "version": said.version,
        "sha256": said.sha256,
        "line": said.line,
        "by": said.by,
        "made": _second(said.made),
    }


def read_version(record: Mapping[str, Any]) -> GuidanceVersion | str:
    """The version, or the field that does not fit."""
    wrong = _misfit(record, _VERSION, VERSION)
    if wrong is not None:
        return wrong
    if record["issuer"] not in record["parties"]:
        return "parties"
    return GuidanceVersion(
        guidance_id=record["id"],
        version=record["version"],
        issuer=record["issuer"],
        parties=(record["parties"][0], record["parties"][1]),
        title=dict(record["title"]),
        text=dict(record["text"]),
        practices=tuple(record["practices"]),
        by=record["by"],
        made=_moment(record["made"]),
    )


def read_comment(record: Mapping[str, Any]) -> GuidanceComment | str:
    """The comment, or the field that does not fit."""
    wrong = _misfit(record, _COMMENT, COMMENT)
    if wrong is not None:
        return wrong
    return GuidanceComment(
        comment_id=record["id"],
        guidance_id=record["guidance"],
        version=record["version"],
        issuer=record["issuer"],
        text=dict(record["text"]),
        by=record["by"],
        made=_moment(record["made"]),
    )


def read_consent(record: Mapping[str, Any]) -> Consent | str:
    """The consent, or the field that does not fit."""
    wrong = _misfit(record, _CONSENT, CONSENT)
    if wrong is not None:
        return wrong
    return Consent(
        guidance_id=record["guidance"],
        version=record["version"],
        issuer=record["issuer"],
        sha256=record["sha256"],
        line=record["line"],
        by=record["by"],
        made=_moment(record["made"]),
    )


def next_fault(said: GuidanceVersion, before: Sequence[KeptVersion]) -> str | None:
    """Why a version does not follow the ones before it, by name: versions count up by one, between the same two parties."""
    if before and before[-1].said.parties != said.parties:
        return "guidance-parties"
    return None if said.version == len(before) + 1 else "guidance-version"


def text_fault(language: str, text: object, limit: int) -> bool:
    """Whether a text does not fit: lines that can be shown, and the Chinese one in Chinese.

    >>> text_fault("en", "one\\ntwo", 100), text_fault("zh", "one", 100), text_fault("en", "a\\x1b", 100)
    (False, True, True)
    """
    if not isinstance(text, str) or not text.strip() or len(text) > limit:
        return True
    if not text.replace("\n", "").isprintable():
        return True
    return language == "zh" and not _HAN.search(text)


Check = Callable[[Any], bool]


def _misfit(record: Mapping[str, Any], fields: Mapping[str, Check], kind: str) -> str | None:
    if record.get("type") != kind:
        return "type"
    for name in sorted({*record, *fields} - {"type"}):
        if name not in fields or name not in record or not fields[name](record[name]):
            return name[:40]
    return None


def _matches(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _both(limit: int) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and not any(text_fault(language, text, limit) for language, text in value.items())
    )


def _is_domain(value: Any) -> bool:
    return isinstance(value, str) and header_text.domain(value) == value


def _is_parties(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(_is_domain(each) for each in value) and value[0] < value[1]
    )


def _is_themes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 40
        and all(_matches(_THEME)(each) for each in value)
        and len(set(value)) == len(value)
    )


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 500 and value.count("\n") == 1 and value.endswith("\n")


_FRAME: Final[Mapping[str, Check]] = {
    "issuer": _is_domain,
    "version": lambda value: type(value) is int and 0 < value <= _MOST_VERSIONS,
    "by": lambda value: not text_fault("en", value, 100) and "\n" not in value,
    "made": lambda value: type(value) is int and 0 <= value < _LATEST,
}
_VERSION: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": _matches(_GUIDANCE_ID),
    "parties": _is_parties,
    "title": _both(TITLE),
    "text": _both(TEXT),
    "practices": _is_themes,
}
_COMMENT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": _matches(_COMMENT_ID),
    "guidance": _matches(_GUIDANCE_ID),
    "text": _both(TEXT),
}
_CONSENT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "guidance": _matches(_GUIDANCE_ID),
    "sha256": _matches(_DIGEST),
    "line": _is_line,
}


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
