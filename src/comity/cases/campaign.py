"""Which messages belong together: one sending, known by a mark that its copies share.

Trust:      every mark is a stranger's words: it groups, it accuses nobody.
Answers:    ``mark_of(evidence)`` gives (mark, value): the first of Feedback-ID, subject, linked domain, From domain, class.
Limits:     a subject is compared without case, width, reply prefixes, numbers and words that hold digits; one with fewer than
            two words, or four Han characters, says too little and is passed over.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from comity.model.case import Evidence

_REPLY: Final = re.compile(
    r"^(?:\s*(?:re|fwd?|aw|wg|sv|tr|antw|回复|回覆|答复|转发|轉發)(?:\[\d{1,3}\])?\s*[:：])+", re.IGNORECASE
)
_NUMBERED: Final = re.compile(r"\w*\d\w*")
_SPACE: Final = re.compile(r"[\W_]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def mark_of(evidence: Evidence) -> tuple[str, str] | None:
    """The mark by which a report's message belongs to a campaign.

    >>> from comity.model.case import EvidenceClass
    >>> mark_of(Evidence(evidence_class=EvidenceClass.COMPLAINT, subject="Re: Invoice 4711 is overdue"))
    ('subject', 'invoice is overdue')
    """
    if evidence.feedback_id:
        return "feedback-id", evidence.feedback_id
    subject = plain_subject(evidence.subject or "")
    if subject:
        return "subject", subject
    if evidence.link_domain:
        return "link-domain", evidence.link_domain[0]
    domain = (evidence.header_from or "").rpartition("@")[2].lower()
    if domain:
        return "from-domain", domain
    if evidence.reported_class:
        return "class", evidence.reported_class.lower()
    return None


@lru_cache(maxsize=8192)
def plain_subject(subject: str) -> str | None:
    """What copies of one subject have in common; None where too little is left.

    >>> plain_subject("FWD: ＷＩＮ 500€ now"), plain_subject("Hi")
    ('win now', None)
    """
    text = unicodedata.normalize("NFKC", subject[:200]).casefold()
    words = _SPACE.sub(" ", _NUMBERED.sub(" ", _REPLY.sub("", text))).split()
    text = " ".join(words)
    return text if len(words) >= 2 or len(_HAN.findall(text)) >= 4 else None
