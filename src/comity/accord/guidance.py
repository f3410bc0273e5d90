"""Guidance as records that are signed, and back; and which act fits when.

Trust:      a record comes from the other party: what does not fit names the field in which it does not; nothing is raised.
Standards:  texts are there in English and in Chinese; times are whole seconds since 1970.
Answers:    ``version_record``, ``read_version``, ``comment_record``, ``read_comment``, ``consent_record``, ``read_consent``:
            a record, or the name of a field; ``next_fault`` why a version does not follow.
Limits:     a title of 200 signs, a text of 8,000 in each language, 40 themes. A record has exactly its fields.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from comity.accord.fitting import Check, both, is_domain, is_second, matches, misfit, moment, second, text_fault
from comity.model.guidance import Consent, GuidanceComment, GuidanceVersion, KeptVersion

VERSION: Final = "guidance"
COMMENT: Final = "guidance-comment"
CONSENT: Final = "guidance-consent"
TITLE: Final = 200
TEXT: Final = 8000
_GUIDANCE_ID: Final = re.compile(r"G-[A-Z2-7]{16}")
_COMMENT_ID: Final = re.compile(r"C-[A-Z2-7]{16}")
_THEME: Final = re.compile(r"[a-z0-9-]{1,60}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
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
        "made": second(said.made),
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
        "made": second(said.made),
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
        "made": second(said.made),
    }


def read_version(record: Mapping[str, Any]) -> GuidanceVersion | str:
    """The version, or the field that does not fit."""
    wrong = misfit(record, _VERSION, VERSION)
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
        made=moment(record["made"]),
    )


def read_comment(record: Mapping[str, Any]) -> GuidanceComment | str:
    """The comment, or the field that does not fit."""
    wrong = misfit(record, _COMMENT, COMMENT)
    if wrong is not None:
        return wrong
    return GuidanceComment(
        comment_id=record["id"],
        guidance_id=record["guidance"],
        version=record["version"],
        issuer=record["issuer"],
        text=dict(record["text"]),
        by=record["by"],
        made=moment(record["made"]),
    )


def read_consent(record: Mapping[str, Any]) -> Consent | str:
    """The consent, or the field that does not fit."""
    wrong = misfit(record, _CONSENT, CONSENT)
    if wrong is not None:
        return wrong
    return Consent(
        guidance_id=record["guidance"],
        version=record["version"],
        issuer=record["issuer"],
        sha256=record["sha256"],
        line=record["line"],
        by=record["by"],
        made=moment(record["made"]),
    )


def next_fault(said: GuidanceVersion, before: Sequence[KeptVersion]) -> str | None:
    """Why a version does not follow the ones before it, by name: versions count up by one, between the same two parties."""
    if before and before[-1].said.parties != said.parties:
        return "guidance-parties"
    return None if said.version == len(before) + 1 else "guidance-version"


def _is_parties(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(is_domain(each) for each in value) and value[0] < value[1]
    )


def _is_themes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 40
        and all(matches(_THEME)(each) for each in value)
        and len(set(value)) == len(value)
    )


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 500 and value.count("\n") == 1 and value.endswith("\n")


_FRAME: Final[Mapping[str, Check]] = {
    "issuer": is_domain,
    "version": lambda value: type(value) is int and 0 < value <= _MOST_VERSIONS,
    "by": lambda value: not text_fault("en", value, 100) and "\n" not in value,
    "made": is_second,
}
_VERSION: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": matches(_GUIDANCE_ID),
    "parties": _is_parties,
    "title": both(TITLE),
    "text": both(TEXT),
    "practices": _is_themes,
}
_COMMENT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": matches(_COMMENT_ID),
    "guidance": matches(_GUIDANCE_ID),
    "text": both(TEXT),
}
_CONSENT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "guidance": matches(_GUIDANCE_ID),
    "sha256": matches(_DIGEST),
    "line": _is_line,
}
