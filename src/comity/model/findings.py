"""What a reader remarks about what it read.

Trust:      a finding may quote a stranger's text in ``detail``: safe to store, escape it before showing it.
Answers:    ``finding(code)`` gives a ``Finding`` with the severity the registry names; the sentence for people
            is the catalogue entry ``finding.CODE`` in ``comity/locale``.
Limits:     ``detail`` is cut at 200 characters.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

DETAIL_LIMIT: Final = 200


class Severity(StrEnum):
    """How much a finding matters to whoever acts on the report."""

    NOTE = "note"  # worth knowing, nothing is wrong
    DEVIATION = "deviation"  # the input breaks its standard, the value was read all the same
    LOSS = "loss"  # something was there and could not be read or must not be believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark: a stable code, how bad it is, where in the input, and the offending text if it helps."""

    code: str
    severity: Severity
    where: str | None = None
    detail: str | None = None


_NOTE, _DEVIATION, _LOSS = Severity.NOTE, Severity.DEVIATION, Severity.LOSS

# One registry of codes for all readers: a code that is not here cannot be raised, and the suite checks that each
# has a sentence in every language.
CODES: Final[dict[str, Severity]] = {
    # -- the item itself
    "item-closed": _LOSS,
    "item-too-large": _LOSS,
    # -- the mail scanner
    "bare-cr": _DEVIATION,
    "header-limit": _LOSS,
    "part-limit": _LOSS,
    "depth-limit": _LOSS,
    "size-limit": _LOSS,
    "no-boundary": _DEVIATION,
    "boundary-missing": _DEVIATION,
    "boundary-unclosed": _DEVIATION,
    "encoding-unknown": _DEVIATION,
    "encoding-damaged": _DEVIATION,
    "charset-unknown": _DEVIATION,
    "charset-damaged": _DEVIATION,
    "header-malformed": _DEVIATION,
    "header-nul": _DEVIATION,
    # -- feedback of any kind
    "field-repeated": _DEVIATION,
    "field-conflict": _LOSS,
    "field-malformed": _LOSS,
    "field-empty": _DEVIATION,
    "field-misspelt": _DEVIATION,
    "field-missing": _DEVIATION,
    "version-unusual": _DEVIATION,
    "feedback-type-unknown": _NOTE,
    "feedback-part-encoded": _DEVIATION,
    "feedback-part-missing": _DEVIATION,
    "feedback-part-mistyped": _DEVIATION,
    "feedback-part-repeated": _DEVIATION,
    "original-missing": _DEVIATION,
    "original-mistyped": _DEVIATION,
    "original-redacted": _NOTE,
    "identifier-redacted": _NOTE,
    "recipient-hashed": _NOTE,
    "recipient-redacted": _NOTE,
    "address-private": _NOTE,
    "address-redacted": _NOTE,
    "address-conflict": _LOSS,
    "address-disagrees": _NOTE,
    "address-unknown": _LOSS,
    "port-without-address": _DEVIATION,
    "date-unreadable": _LOSS,
    "automatic-mark": _NOTE,
    "report-about-report": _NOTE,
    "signature-replayed": _NOTE,
    "suggestion": _NOTE,
    # -- the gate before a report is sent
    "redaction-leak": _LOSS,
    "redaction-unchecked": _LOSS,
    "text-limit": _LOSS,
    "date-without-zone": _NOTE,
    "attachment-unreadable": _LOSS,
    "attachment-limit": _LOSS,
    # -- the complaint feedback address of a message (RFC 9477)
    "cfbl-address-malformed": _LOSS,
    "cfbl-address-several": _DEVIATION,
    "cfbl-format-unknown": _DEVIATION,
    # -- Received lines
    "received-unreadable": _LOSS,
    "received-ambiguous": _LOSS,
    "received-unconfirmed": _LOSS,
    "received-foreign": _LOSS,
    "received-internal": _NOTE,
    # -- JSON and XARF
    "json-malformed": _LOSS,
    "json-too-complex": _LOSS,
    "json-document-limit": _LOSS,
    "json-other": _NOTE,
    "json-key-repeated": _DEVIATION,
    "json-number-unusable": _LOSS,
    "xarf-field-missing": _LOSS,
    "xarf-field-invalid": _LOSS,
    "xarf-field-deviates": _DEVIATION,
    "xarf-encrypted": _LOSS,
    # -- tables
    "table-unrecognised": _LOSS,
    "table-column-repeated": _DEVIATION,
    "table-column-limit": _LOSS,
    "table-row-limit": _LOSS,
    "table-row-unreadable": _LOSS,
    "table-row-cut": _LOSS,
    "table-row-length": _DEVIATION,
    "table-rows-skipped": _LOSS,
    "table-row-repeated": _NOTE,
    "table-address-ambiguous": _LOSS,
    "table-zone-assumed": _DEVIATION,
    "table-row-well": _NOTE,
    "table-formula": _NOTE,
    # -- archives and aggregate reports
    "archive-damaged": _LOSS,
    "archive-encrypted": _LOSS,
    "archive-unsupported": _LOSS,
    "archive-limit": _LOSS,
    "archive-nested": _LOSS,
    "aggregate-source": _NOTE,
}


def finding(code: str, where: str | None = None, detail: str | None = None) -> Finding:
    """Give the finding with this code; an unknown code is a programming error and raises KeyError.

    >>> finding("field-repeated", "Source-IP").severity
    <Severity.DEVIATION: 'deviation'>
    """
    if detail is not None and len(detail) > DETAIL_LIMIT:
        detail = detail[: DETAIL_LIMIT - 1] + "\u2026"
    return _made(code, where, detail)


@lru_cache(maxsize=1024)
def _made(code: str, where: str | None, detail: str | None) -> Finding:
    """A provider's reports all break their standard in the same way."""
    return Finding(code=code, severity=CODES[code], where=where, detail=detail)
