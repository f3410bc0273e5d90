"""What every XARF v4 document must and may hold, whatever it reports.

Standards:  XARF v4, schema 4.2.0: the fields that all reports share (docs/quirks.md has what real ones do).
Answers:    ``ENVELOPE``, the rule; ``CORE``, the fields without which a document says nothing that could be acted on.
"""

from typing import Final

from comity.formats.xarf import shapes
from comity.formats.xarf.rules import (
    ANY,
    EMAIL,
    HOST,
    PORT,
    SHARE,
    TEXT,
    TIME,
    Rule,
    closed,
    form,
    integer,
    many,
    one_of,
    record,
    text,
)  # fmt: skip

NEWEST: Final = (4, 2)  # a later minor version may know types that are not in our tables

CONTACT: Final = closed("org contact domain", org=text(200), contact=EMAIL, domain=HOST)
EVIDENCE: Final = closed(
    "content_type payload",
    content_type=TEXT,
    description=text(500),
    payload=form("base64", shapes.base64),
    hash=form("algorithm:hexadecimal digits", shapes.evidence_hash),
    size=integer(0, 5 << 20),
)
ENVELOPE: Final = record(
    "xarf_version report_id timestamp reporter sender source_identifier category type",
    xarf_version=form("4.MINOR.PATCH", shapes.pattern(r"4\.[0-9]{1,9}\.[0-9]{1,9}")),
    report_id=form("UUID", shapes.uuid),
    timestamp=TIME,
    reporter=CONTACT,
    sender=CONTACT,
    source_identifier=text(low=1),
    source_port=PORT,
    category=one_of("messaging content copyright connection vulnerability infrastructure reputation"),
    type=TEXT,
    evidence_source=TEXT,
    evidence=many(EVIDENCE, high=50),
    tags=many(form("namespace:predicate", shapes.tag), high=20),
    confidence=SHARE,
    description=text(1000),
    legacy_version=one_of("3"),
    _internal=ANY,
)
CORE: Final = frozenset({*ENVELOPE.required, "source_port"})


def of_kind(required: str = "", /, **fields: Rule) -> Rule:
    """The rule for what one type adds to the envelope."""
    return record(required, **fields)
