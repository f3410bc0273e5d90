"""The header fields in which a filter tells mail programs what it thinks, and how they are taken off again.

Trust:      what a message brought along under these names is a stranger's word; ``without_marks`` takes it away before anything is
            judged or learnt. The pieces that a reason shows are a stranger's text too: whatever it is, it stays in its field.
Standards:  none; the names and forms that SpamAssassin made common, which Sieve scripts and mail programs look for.
Answers:    ``fields_of(judgement)``; ``shown_score``; ``is_mark(name)``; ``without_marks(data)``; ``with_fields(data, fields)``.
Limits:     eight reasons, 400 characters of them. The score that is shown is shifted so that spam begins at ``REQUIRED``, whatever
            the threshold of the filter is: a rule that somebody wrote for SpamAssassin means the same here.
"""

import re
from collections.abc import Iterable
from typing import Final

from comity.formats import delivery_memory, header_text
from comity.model.verdict import Judgement, Reason, Verdict

REQUIRED: Final = 5.0
_JUST_BELOW: Final = 4.9
_MOST: Final = 99.9
_REASONS: Final = 8
_PREFIXES: Final = (b"x-spam-", b"x-comity-")
_DELIVERY: Final = delivery_memory.HEADER.lower().encode("ascii")
_MARK: Final = re.compile(
    rb"^(?:X-Spam-|X-Comity-|Comity-Delivery[ \t]*:)[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)", re.MULTILINE | re.IGNORECASE
)
_EMPTY_LINE: Final = re.compile(rb"\n(\r?\n)")  # begins with one certain sign: that is searched for quickly

Field = tuple[str, str]


def shown_score(judgement: Judgement | None) -> float:
    """The score with spam beginning at ``REQUIRED``; 0 for what was not judged.

    >>> shown_score(Judgement(verdict=Verdict.SPAM, probability=0.99, score=6.0, threshold=4.0, language="en"))
    7.0
    """
    if judgement is None:
        return 0.0
    shown = round(max(-_MOST, min(_MOST, REQUIRED + judgement.score - judgement.threshold)), 1)
    return max(REQUIRED, shown) if judgement.verdict is Verdict.SPAM else min(_JUST_BELOW, shown)


def symbols_of(judgement: Judgement | None) -> tuple[str, ...]:
    """What speaks, as names of tests: the verdict first, then each mark once.

    >>> symbols_of(None)
    ('COMITY_UNJUDGED',)
    """
    if judgement is None:
        return ("COMITY_UNJUDGED",)
    marks = dict.fromkeys(each.mark for each in judgement.reasons)
    return tuple(f"COMITY_{each.upper().replace('-', '_')}" for each in (judgement.verdict.value, *marks))


def fields_of(judgement: Judgement | None) -> tuple[Field, ...]:
    """The fields for a message; None is one that was accepted unjudged."""
    is_spam = judgement is not None and judgement.verdict is Verdict.SPAM
    score = shown_score(judgement)
    said = "Yes" if is_spam else "No"
    fields = [
        ("X-Spam-Flag", "YES" if is_spam else "NO"),
        ("X-Spam-Score", f"{score:.1f}"),
        (
            "X-Spam-Status",
            f"{said}, score={score:.1f} required={REQUIRED:.1f}\n\ttests={','.join(symbols_of(judgement))}",
        ),
        ("X-Comity-Verdict", "unjudged" if judgement is None else _verdict(judgement)),
    ]
    if score >= 1:
        fields.insert(2, ("X-Spam-Level", "*" * min(50, int(score))))
    if judgement is not None and judgement.reasons:
        text = "; ".join(_shown(each) for each in judgement.reasons[:_REASONS])
        fields.append(("X-Comity-Reasons", header_text.words(text).replace(" =?", "\n\t=?")))
    return tuple(fields)


def _verdict(judgement: Judgement) -> str:
    why = f"; why={judgement.why}" if judgement.why else ""
    return f"{judgement.verdict}; p={judgement.probability:.4f}; language={judgement.language}{why}"


def _shown(reason: Reason) -> str:
    """One reason in signs alone: who reads it may speak any language; ``comity judge`` says it in words."""
    return " ".join([reason.mark, *reason.arguments.values(), f"{reason.weight:+.1f}"])


def is_mark(name: bytes) -> bool:
    """Whether a field of this name, in lower case, is one that only we may write.

    >>> is_mark(b"x-spam-flag"), is_mark(b"subject")
    (True, False)
    """
    return name.startswith(_PREFIXES) or name == _DELIVERY


def without_marks(data: bytes) -> bytes:
    """The message as it came in: without any such field.

    >>> without_marks(b"X-Spam-Flag: NO\\r\\nSubject: a\\r\\nX-SPAM-Status: No,\\r\\n score=1\\r\\n\\r\\nX-Spam-Flag: b\\r\\n")
    b'Subject: a\\r\\n\\r\\nX-Spam-Flag: b\\r\\n'
    """
    if data.startswith((b"\n", b"\r\n")):
        return data
    end = _EMPTY_LINE.search(data)
    head = data[: end.start(1)] if end else data
    if not _MARK.search(head):
        return data
    return _MARK.sub(b"", head) + data[len(head) :]


def with_fields(data: bytes, fields: Iterable[Field]) -> bytes:
    """The message with these fields on top, in its own line ends, and with no others of their kind.

    >>> with_fields(b"X-Spam-Flag: NO\\nSubject: a\\n\\nb", [("X-Spam-Flag", "YES")])
    b'X-Spam-Flag: YES\\nSubject: a\\n\\nb'
    """
    first = data.find(b"\n")
    ending = "\r\n" if first > 0 and data[first - 1 : first] == b"\r" else "\n"
    top = "".join(f"{name}: {value}\n" for name, value in fields).replace("\n", ending)
    lead = b""
    if data.startswith(b"From "):  # the line of an mbox stays the first
        lead, data = data[: first + 1], data[first + 1 :]
    return lead + top.encode("ascii", "replace") + without_marks(data)
