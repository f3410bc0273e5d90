"""The mail scanner: bytes in, structure out; see ``scanner`` for what it promises."""

from comity.formats.mime.addresses import Mailbox, addresses, domain_of, first_address
from comity.formats.mime.content import ContentFields, content_said
from comity.formats.mime.dates import parse_date
from comity.formats.mime.headers import Header, Headers
from comity.formats.mime.scanner import DEPTH_LIMIT, PART_LIMIT, Part, scan, scan_again, scan_read
from comity.formats.mime.words import decode_words, parameters

__all__ = [
    "DEPTH_LIMIT",
    "PART_LIMIT",
    "ContentFields",
    "Header",
    "Headers",
    "Mailbox",
    "Part",
    "addresses",
    "content_said",
    "decode_words",
    "domain_of",
    "first_address",
    "parameters",
    "parse_date",
    "scan",
    "scan_again",
    "scan_read",
]
