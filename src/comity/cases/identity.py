"""What makes a report this report, whatever way it came, and a complainer this complainer.

Trust:      ids are strangers' words; whoever repeats one gains only that his own report counts once, and nothing by being first.
Standards:  DESIGN.md P2: delivered once, twice or ten times, it is counted once.
Answers:    ``report_key(item, index, line)``, ``complaint_key(evidence)``, ``complainer_mark(case_id, evidence, number)``;
            ``another_key(key, ...)`` where a report cannot be the one that has its key.
Limits:     Original-Envelope-Id names one sending to many recipients (RFC 3461), so it counts only beside the complainer.
            A carrying mail's Message-ID counts only together with what the mail reports: programs reuse them.
"""

from hashlib import blake2b
from typing import Final

from comity.cases.assembly import who_of
from comity.cases.duplicates import house
from comity.cases.matching import Claim
from comity.cases.opening import subject_of
from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind

_OWN_IDS: Final = "cr1-"  # Comity-Report-ID: opaque, one for each report
_ENVELOPE_KINDS: Final = (Kind.ARF, Kind.AUTH_FAILURE, Kind.JMRP)
_HUMAN: Final = (EvidenceClass.COMPLAINT, EvidenceClass.FORWARD)


def report_key(item: ItemFacts, index: int, line: str) -> bytes:
    """Sixteen bytes that are the same whenever this report comes again; ``line`` is its evidence as one line of text.

    By the provider's own id; else by the mail that carried it and all that it says; else by the bytes of the item.
    """
    evidence = item.evidence[index]
    if evidence.report_id is not None and _is_opaque(item.kind, evidence):
        return _hash(
            "id",
            house(evidence.reporter) or "",
            evidence.report_id,
            evidence.complainer or "",
            evidence.evidence_class.value,
        )
    if item.message_id and item.carried_from:
        carrier = (item.kind.value, item.message_id, item.carried_from, item.subject or "")
        return _hash("mail", *carrier, str(index), line)
    return _hash("bytes", item.digest, str(index))


def another_key(key: bytes, found: Claim | None, *, strength: int) -> bytes:
    """The identity of a report whose own one somebody else has used who cannot have meant the same: ``found`` is whose this is,
    ``strength`` how surely it was said.
    """
    words = (str(strength), "" if found is None else subject_of(found))
    return _hash("another", key.hex(), *words)


def complaint_key(evidence: Evidence) -> bytes | None:
    """The same for every report of one person about one mail, by whatever way; None where one of the two is not known.

    >>> by_button = Evidence(evidence_class=EvidenceClass.COMPLAINT, message_id="1@west.example", complainer="a")
    >>> forwarded = Evidence(evidence_class=EvidenceClass.FORWARD, message_id="1@west.example", complainer="a")
    >>> complaint_key(by_button) == complaint_key(forwarded)
    True
    """
    if evidence.message_id is None or evidence.complainer is None:
        return None
    sort = "human" if evidence.evidence_class in _HUMAN else evidence.evidence_class.value
    return _hash("complaint", evidence.message_id, evidence.complainer, sort)


def complainer_mark(case_id: str, evidence: Evidence, number: int) -> int:
    """A number for one complainer in one case; ``number`` stands in where nothing tells who it was."""
    who = who_of(evidence)
    words = ("nobody", str(number)) if who is None else tuple(map(str, who))
    digest = blake2b(_joined(case_id, *words), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _is_opaque(kind: Kind, evidence: Evidence) -> bool:
    if kind not in _ENVELOPE_KINDS or evidence.complainer is not None:
        return True
    return (evidence.report_id or "").startswith(_OWN_IDS)


def _hash(*words: str) -> bytes:
    return blake2b(_joined(*words), digest_size=16).digest()


def _joined(*words: str) -> bytes:
    """Each word with its length: ("ab", "c") and ("a", "bc") must not meet."""
    octets = [word.encode("utf-8", "surrogatepass") for word in words]
    return b"".join(len(each).to_bytes(4, "big") + each for each in octets)
