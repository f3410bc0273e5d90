"""Read XARF, the abuse report in JSON, of every version that is still sent.

Trust:      input is a stranger's bytes; output is safe to store, not to print unescaped.
Standards:  XARF v4 (schema 4.2.0), v3 and before; X-ARF 0.1 and 0.2 in ``keyed_text``.
Answers:    ``read(data)``: a Reading of kind XARF. A refused document gives no report and a finding for every field that is
            missing or wrong (``xarf-field-missing``, ``xarf-field-invalid``); nothing is raised.
Limits:     see ``comity.formats.json_text``; several documents in one input (a list, JSON Lines) are several reports.
"""

from typing import Any, Final

from comity.formats import json_text
from comity.formats.xarf import version3, version4
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

__all__ = ["is_meant", "is_shaped", "read", "read_documents", "unfolded"]

_FINDING_LIMIT: Final = 200
_LOOK: Final = 4_096


def is_shaped(document: Any) -> bool:
    """Whether a JSON value means to be an XARF document, good or bad.

    >>> is_shaped({"xarf_version": "4.2.0"}), is_shaped({"Version": "3"}), is_shaped({"version": 3}), is_shaped([])
    (True, True, False, False)
    """
    return isinstance(document, dict) and (version4.is_shaped(document) or version3.is_shaped(document))


def is_meant(data: bytes | str) -> bool:
    """Whether text that is no JSON any more was meant to be XARF.

    >>> is_meant('{"xarf_version": "4.2.0", "repor'), is_meant("hello")
    (True, False)
    """
    text = data[:_LOOK] if isinstance(data, str) else data[:_LOOK].replace(b"\0", b"").decode("latin-1")
    return '"xarf_version"' in text or ('"ReporterInfo"' in text and '"Version"' in text)


def read(data: bytes | str, where: str | None = None) -> Reading:
    """Read the bytes of one or more XARF documents; ``where`` is put before each finding's path.

    >>> read(b'{"Version": "3"}').findings[0].where
    'ReporterInfo'
    >>> read(b'{"hello": 1}').why
    'why.json-other'
    """
    loaded = json_text.load(data)
    if not loaded.documents and is_meant(data):
        return Reading(kind=Kind.XARF, why="why.xarf-damaged", findings=loaded.findings)
    return read_documents(unfolded(loaded.documents), loaded.findings, where)


def read_documents(documents: tuple[Any, ...], remarks: tuple[Finding, ...] = (), where: str | None = None) -> Reading:
    """Read what is already parsed."""
    if not documents:
        return Reading(kind=Kind.UNREADABLE, why="why.not-json", findings=remarks)
    shaped = [(index, each) for index, each in enumerate(documents) if is_shaped(each)]
    if not shaped:
        return Reading(kind=Kind.UNREADABLE, why="why.json-other", findings=(*remarks, finding("json-other", where)))
    reports: list[FeedbackReport] = []
    notes = list(remarks)
    if len(shaped) < len(documents):
        notes.append(finding("json-other", where, str(len(documents) - len(shaped))))
    for index, document in shaped:
        prefix = (f"{where}: " if where else "") + (f"[{index}]." if len(documents) > 1 else "")
        version = version4 if version4.is_shaped(document) else version3
        feedback, found = version.read(document, prefix)
        notes += found[: _FINDING_LIMIT - len(notes)] if len(notes) < _FINDING_LIMIT else ()
        if feedback is not None:
            reports.append(feedback)
    why = "why.xarf-v4" if version4.is_shaped(shaped[0][1]) else "why.xarf-v3"
    return Reading(kind=Kind.XARF, why=why, reports=tuple(reports), findings=tuple(notes))


def unfolded(documents: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list of documents is those documents."""
    if len(documents) == 1 and isinstance(documents[0], list):
        return tuple(documents[0][: json_text.DOCUMENT_LIMIT])
    return documents
