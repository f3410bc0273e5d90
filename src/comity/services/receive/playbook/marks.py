"""By what a recipient is known who is to get no more mail: one rule for reports that join and for a dry run over those of before.

Trust:      all of it is out of strangers' reports. A provider's hash at its domain, or its word for whoever it does not name, only
            looks like an address.
Standards:  RFC 9477 section 2: CFBL-Feedback-ID is the sender's own and may have any form, also that of a Feedback-ID, which says
            which customer and campaign, of all recipients.
Answers:    ``marks_of`` of a report whose bytes were read; ``marks_told`` of one out of what is kept of it, and out of what its
            bytes say of its id, as long as they are there (``states_own_id``).
Limits:     of an address only its token is kept. Where the bytes are gone, or hide the mail in them, an id with colons between is
            taken for a Feedback-ID, and one without for the sender's own.
"""

from collections.abc import Sequence
from typing import Final

from comity.formats.cfbl import ID_FIELD
from comity.model.case import Evidence, EvidenceClass
from comity.model.playbook import Mark

_SUPPRESSIBLE: Final = frozenset({EvidenceClass.COMPLAINT, EvidenceClass.FORWARD, EvidenceClass.UNSUBSCRIBE})
_ANY_ID: Final = b"feedback-id"


def names_one(evidence: Evidence) -> bool:
    """Whether somebody wants no more of it, and is named."""
    is_named = evidence.complainer is not None and not evidence.complainer_hidden
    return evidence.evidence_class in _SUPPRESSIBLE and is_named


def marks_of(evidence: Evidence, recipients: Sequence[str], own_id: str | None) -> tuple[Mark, ...]:
    """The addresses, else the sender's own id, else the mail."""
    marks = tuple(Mark(kind="address", value=each) for each in recipients)
    return marks or _by_ids(own_id, evidence.message_id)


def marks_told(evidence: Evidence, *, has_own_id: bool | None) -> tuple[Mark, ...]:
    """The same out of what is kept; ``has_own_id`` is None where nobody can say any more.

    >>> known = Evidence(evidence_class=EvidenceClass.COMPLAINT, feedback_id="111:222:333", message_id="1@shop.example")
    >>> [marks_told(known, has_own_id=each)[0].kind for each in (True, False, None)]
    ['feedback-id', 'message-id', 'message-id']
    """
    if names_one(evidence):
        return (Mark(kind="address", value=evidence.complainer or ""),)
    known = evidence.feedback_id
    if known is not None and has_own_id is None:
        has_own_id = ":" not in known
    return _by_ids(known if has_own_id else None, evidence.message_id)


def states_own_id(data: bytes) -> bool | None:
    """Whether a report states the sender's own id of the mail in it; None where the mail in it does not lie open.

    >>> states_own_id(b"CFBL-Feedback-ID: 111:222:333"), states_own_id(b"Feedback-ID: 1:2:3:esp"), states_own_id(b"{}")
    (True, False, None)
    """
    lower = data.lower()
    if ID_FIELD.encode() in lower:
        return True
    return False if _ANY_ID in lower else None


def _by_ids(own_id: str | None, message_id: str | None) -> tuple[Mark, ...]:
    if own_id:
        return (Mark(kind="feedback-id", value=own_id),)
    return (Mark(kind="message-id", value=message_id),) if message_id else ()
