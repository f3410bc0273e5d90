"""Which campaign a mail belongs to, as a short hash.

Trust:      the marks are a stranger's words; they only group.
Answers:    ``campaign_of(message, origin)``: eight octets, None where nothing is told of it.
Limits:     the first of Feedback-ID, subject and List-Id counts, below whoever signed or sent it;
            numbers and words that hold digits do not count, as they differ per recipient.
"""

from hashlib import blake2b

from comity.cases.campaign import plain_subject
from comity.formats.domains import organisation_of
from comity.formats.mime import Part, decode_words
from comity.model.origin import Origin

_MOST = 400


def campaign_of(message: Part, origin: Origin) -> bytes | None:
    """The campaign of a mail.

    >>> from comity.formats.mime import scan
    >>> from comity.attribution.origin import Vantage, origin_of
    >>> one, other = (scan(b"From: n@shop.example\\nSubject: Great news, order %d\\n\\n" % n) for n in (1, 2))
    >>> campaign_of(one, origin_of(one, vantage=Vantage())) == campaign_of(other, origin_of(other, vantage=Vantage()))
    True
    """
    mark = _mark(message, origin)
    if mark is None:
        return None
    signer = next((each.domain for each in origin.signatures if each.standing.is_believed), None)
    domain = signer or origin.header_from_domain or origin.source_ip or ""
    by = organisation_of(domain) or domain
    return blake2b(f"{by}\0{mark}".encode("utf-8", "replace"), digest_size=8, person=b"campaign").digest()


def _mark(message: Part, origin: Origin) -> str | None:
    if origin.feedback_id:
        return f"id:{origin.feedback_id[:_MOST].strip().lower()}"
    subject = plain_subject(decode_words((message.headers.first("subject") or "")[:_MOST]))
    if subject is not None:
        return f"subject:{subject}"
    named = message.headers.first("list-id")
    return f"list:{named[:_MOST].strip().lower()}" if named else None
