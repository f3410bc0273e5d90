"""What the reported message says about itself: the facts a report repeats or leaves out.

Trust:      all of it was written by strangers; the address is found elsewhere (``source_address``, ``received``).
Standards:  RFC 5322, RFC 6376 section 3.5 (d=), RFC 9477 section 3.2 (CFBL-Feedback-ID).
Answers:    ``facts(message)``; absent is None or an empty tuple. ``head(original)``: the bytes of its header, for whoever looks
            for single fields in them.
Limits:     the first ten signatures and a hundred recipients; a field that holds more than 998 characters is cut. Of a header
            64 KiB.
"""

import re
from hashlib import blake2b
from typing import Final, NamedTuple

from comity.formats.mime import Headers, Part, addresses, decode_words, first_address
from comity.model.findings import Finding, finding

# The look-behind stands second, so that the search leaps from one "d" to the next.
_SIGNING_DOMAIN: Final = re.compile(r"d(?<![^;\s]d)\s*=\s*([A-Za-z0-9._-]{1,253})")
_MESSAGE_ID: Final = re.compile(r"<([^<>]{1,996})>")
KEPT: Final = 160  # characters of an identity
ID_LIMIT: Final = 998
HEAD: Final = 64 << 10
_MOST_NAMES: Final = 20
IDENTIFIERS: Final = ("message-id", "cfbl-feedback-id", "feedback-id")  # what a reader looks up in its own log
_RECIPIENT_FIELDS: Final = (
    "x-hmxmroriginalrecipient",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-apparently-to",
    "to",
)


class Facts(NamedTuple):
    """Facts of one reported message; see ``FeedbackReport`` for the meaning of each."""

    message_id: str | None
    subject: str | None
    header_from: str | None
    dkim_domain: tuple[str, ...]
    feedback_id: str | None


_facts: Final = tuple.__new__  # for every mail: what the class itself does takes four times as long


def head(original: bytes) -> bytes:
    """The header with line ends of one sort, up to ``HEAD`` bytes of the whole.

    >>> head(b"A: a\\r\\nB: b\\r\\n\\r\\nC: c"), head(b"\\r\\nA: a")
    (b'A: a\\nB: b', b'')
    """
    if original[:1] in b"\r\n":
        return b""
    return original[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]


def facts(headers: Headers) -> Facts:
    """Give the facts that the reported message's own fields state.

    >>> from comity.formats.mime import scan
    >>> facts(scan(b"Message-ID: <a@west.example>\\nFrom: W <w@west.example>\\n\\n").headers).message_id
    'a@west.example'
    """
    author = headers.first("from")
    feedback_id = headers.first("cfbl-feedback-id") or headers.first("feedback-id")
    return _facts(
        Facts,
        (
            bare_id(headers.first("message-id")),
            subject_of(headers),
            first_address(author) if author else None,
            signing_domains(headers),
            feedback_id[:ID_LIMIT] if feedback_id else None,
        ),
    )


def unaltered(said: Facts, headers: Headers, altered: str | None) -> tuple[Facts, list[Finding]]:
    """The facts without the identifiers that whoever reports says are not what they were, and a remark on each.

    >>> from comity.formats.mime import scan
    >>> headers = scan(b"Message-ID: <redacted-1@west.example>\\nFeedback-ID: 7\\n\\n").headers
    >>> unaltered(facts(headers), headers, "message-id")[0][::4]
    (None, '7')
    """
    names = altered_names(altered)
    notes = [finding("identifier-redacted", each) for each in headers.present(IDENTIFIERS) if each in names]
    feedback_id = "cfbl-feedback-id" if headers.first("cfbl-feedback-id") else "feedback-id"
    return said._replace(
        message_id=None if "message-id" in names else said.message_id,
        feedback_id=None if feedback_id in names else said.feedback_id,
    ), notes


def altered_names(value: str | None) -> frozenset[str]:
    """Which identifiers a report says are not what they were.

    >>> sorted(altered_names("Message-ID, feedback-id")), altered_names(None)
    (['feedback-id', 'message-id'], frozenset())
    """
    return frozenset(each.strip().lower() for each in value.split(",")[:_MOST_NAMES]) if value else frozenset()


def subject_of(headers: Headers) -> str | None:
    """The decoded Subject, cut to what a person reads."""
    value = headers.first("subject")
    if not value:
        return None
    return (decode_words(value[:20000]) if "=?" in value else value)[:ID_LIMIT] or None


def bare_id(value: str | None) -> str | None:
    """A Message-ID without its angle brackets; what stands there instead of one is kept as it is.

    >>> bare_id("<1@west.example> (added by mx)"), bare_id("1@west.example"), bare_id("<>")
    ('1@west.example', '1@west.example', None)
    """
    if not value:
        return None
    if value[0] == "<" and value[-1] == ">" and len(value) < ID_LIMIT:  # nearly all
        inside = value[1:-1]
        if "<" not in inside and ">" not in inside:
            return inside.strip() or None
    match = _MESSAGE_ID.search(value)
    return (match.group(1).strip() if match else value.strip("<> \t")[:ID_LIMIT]) or None


def kept_id(text: str) -> str:
    """An identity as it is kept and compared: of one that is long its beginning, and a hash of all of it.

    No index takes whatever a stranger writes: a row of PostgreSQL's has room for 2,704 bytes.

    >>> kept_id("1@west.example"), len(kept_id("x" * 998)), kept_id(kept_id("x" * 998)) == kept_id("x" * 998)
    ('1@west.example', 97, True)
    """
    if len(text) <= KEPT:
        return text
    return f"{text[: KEPT // 2]}…{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def signing_domains(headers: Headers) -> tuple[str, ...]:
    """The d= of every DKIM-Signature, top first, each once, lower case: a claim until somebody verifies it."""
    domains: list[str] = []
    if headers.first("dkim-signature") is None:
        return ()
    for value in headers.each("dkim-signature")[:10]:
        stated = _SIGNING_DOMAIN.search(value)
        if stated:
            domain = stated.group(1).rstrip(".").lower()
            if domain not in domains:
                domains.append(domain)
    return tuple(domains)


def recipient(headers: Headers) -> tuple[str | None, str | None]:
    """Whose mailbox it was: (address, field), where one field names exactly one; (None, None) otherwise."""
    for name in _RECIPIENT_FIELDS:
        value = headers.first(name)
        if value:
            found = addresses(value.partition(";")[0].partition(" via ")[0][:20000])
            if len(found) == 1 and looks_like_mailbox(found[0].address):
                return found[0].address, name
            if found:
                return None, None
    return None, None


def looks_like_mailbox(address: str) -> bool:
    """Tell an address from what redaction left of one.

    >>> looks_like_mailbox("a@west.example"), looks_like_mailbox("redacted@"), looks_like_mailbox("redacted")
    (True, False, False)
    """
    name, _, host = address.rpartition("@")
    return bool(name and host) and address.split() == [address]


def message_in(part: Part) -> Part | None:
    """The message a message/rfc822 part (or one of its misspellings) holds."""
    children = part.children
    return children[0] if children and children[0].is_message else None
