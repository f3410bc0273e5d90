"""What strangers' bytes may never do to a reader, as functions of bytes: each raises AssertionError where a promise is broken.

Used by ``tests/fuzz/test_targets.py`` in every run of the suite and by ``script/soak`` for as long as one likes. A target takes any
bytes; where a reader wants more than one value, the bytes are cut by a fixed rule, so that a crasher is one file.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.feedback.redaction import leaks, tiers
from comity.formats import (
    archives,
    arf,
    arf_fields,
    authres,
    cfbl,
    dkim,
    ip,
    json_text,
    reading,
    received,
    tables,
    xarf,
)
from comity.formats.dialects import bounce, forward, inline_forward, notices, prose, verification
from comity.formats.dialects.context import Context
from comity.formats.mime import Part, addresses, decode_words, parameters, parse_date, scan
from comity.formats.xarf import keyed_text
from comity.locale import catalogue
from comity.model.agreement import BodyPolicy
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import CODES, DETAIL_LIMIT, Finding
from comity.model.tier import Tier
from comity.services.receive.read import rows

from .sender_targets import arc_check, authentication, dmarc_check, spf_check

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONTEXT = Context(now=NOW)
# The linear budget: far more than any reader needs, far less than quadratic work takes. CPU seconds, not those of the clock.
BASE_SECONDS = 1.0
SECONDS_A_BYTE = 50e-6
_REPORT_LIMIT = 200_000
_RECIPIENT = "ann.lee@mail.west.example"
_PEER_KEY = b"sixteen bytes or more of a key"
_SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_CODINGS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    bytes.upper,
    base64.b64encode,
    lambda address: base64.b64encode(base64.b64encode(address)),
    lambda address: base64.b64encode(b'{"u":"' + address + b'","n":1}').rstrip(b"="),
    lambda address: address.hex().encode(),
    lambda address: b"".join(b"%%%02x" % each for each in address),
    lambda address: b"".join(b"=%02X" % each for each in address),
    lambda address: b"".join(b"&#%d;" % each for each in address),
    lambda address: b"=?utf-8?B?" + base64.b64encode(address) + b"?=",
    lambda address: b"bounce-7-" + address.replace(b"@", b"=") + b"@mail.east.example",
    lambda address: hashlib.sha256(address).hexdigest().encode(),
)

Target = Callable[[bytes], None]


def bounded(target: Target, data: bytes, slowness: float = 1.0) -> None:
    """Run a target and hold it to the budget; who is over it once gets a second try, because machines hiccup."""
    allowed = (BASE_SECONDS + SECONDS_A_BYTE * len(data)) * slowness
    for last in (False, True):
        began = time.process_time()
        target(data)
        taken = time.process_time() - began
        if taken <= allowed:
            return
        assert not last, f"{taken:.1f} CPU seconds for {len(data)} bytes, {allowed:.1f} allowed"


# -- promises that all readers make


def _storable(text: str | None, what: str) -> None:
    """Absent is None, never "", and a database must be able to hold it."""
    assert text is None or (text and text.encode("utf-8")), what


def _findings(found: Iterable[Finding]) -> None:
    for each in found:
        assert each.severity is CODES[each.code]
        assert each.detail is None or len(each.detail) <= DETAIL_LIMIT


def _report(report: FeedbackReport) -> None:
    for name in (
        "feedback_type",
        "original_mail_from",
        "message_id",
        "feedback_id",
        "reported_class",
        "header_from",
        "report_id",
        "reporter",
    ):
        _storable(getattr(report, name), name)
    for name in ("original_rcpt_to", "reported_domain", "reported_uri", "dkim_domain"):
        for value in getattr(report, name):
            _storable(value, name)
    assert (report.source_ip is None) == (report.source_ip_from is None)
    assert report.source_ip is None or ip.canonical(report.source_ip) == report.source_ip
    assert report.source_port is None or 0 < report.source_port < 65536
    assert report.arrival_date is None or report.arrival_date.utcoffset() == timedelta(0)
    assert report.incidents >= 0
    assert all(0 <= each.confidence <= 1 and each.offset >= 0 and each.value for each in report.suggestions)
    for key, value in (
        *report.provenance.items(),
        *report.extra.items(),
    ):  # a row is taken apart each time that it is asked
        assert all(each.encode("utf-8") is not None for each in (key, value))


def _reading(found: Reading | None) -> None:
    if found is None:
        return
    assert isinstance(found.kind, Kind)
    for language in ("en", "zh"):
        assert found.why in catalogue(language), found.why
    assert len(found.reports) <= _REPORT_LIMIT
    _findings(found.findings)
    for name in ("message_id", "carried_from"):
        _storable(getattr(found, name), name)
    for report in found.reports[:200]:
        _report(report)
    for row in rows("sample", found):
        json.dumps(row, allow_nan=False)


# -- the targets


def mime(data: bytes) -> None:
    """Slices join to what came in, offsets are true, every part can be decoded."""
    message = scan(data)
    assert message.data == data
    for part in message.walk():
        assert 0 <= part.start <= part.body_start <= part.end <= len(part.data)
        assert part.data[part.start : part.body_start] + part.body == part.raw
        _fields(part)
        inside = [child for child in part.children if child.data is part.data]
        assert all(part.body_start <= child.start and child.end <= part.end for child in inside)
        assert all(first.end <= second.start for first, second in pairwise(inside))
        for text in (part.content_type, part.charset, part.encoding, part.disposition, part.filename, part.text()):
            assert text is None or isinstance(text, str)
        assert isinstance(part.content(), bytes)
    _findings(message.all_findings())


def _fields(part: Part) -> None:
    last = part.start
    for field in part.headers.items():
        assert last <= field.offset < part.body_start or field.offset == part.start
        last = field.offset
        assert part.data[field.offset : field.offset + len(field.name)] == field.name.encode("ascii")
        colon = part.data.index(b":", field.offset)
        assert part.data[colon + 1 : colon + 1 + len(field.raw)] == field.raw
        assert field.name.lower() in part.headers
        part.headers.decoded(field.name.lower())


def header_values(data: bytes) -> None:
    """The small readers of field values."""
    text = data.decode("utf-8", "replace")
    decode_words(text)
    parameters(text)
    parsed = parse_date(text)
    assert parsed is None or parsed.utcoffset() == timedelta(0)
    for box in addresses(text):
        assert box.address
    for offset, address in ip.find(text):
        assert ip.canonical(address) == address and 0 <= offset < len(text)
    cfbl.read(b"CFBL-Address: " + data + b"\r\n\r\n")


def read(data: bytes) -> None:
    """The door: any bytes are some kind of item."""
    _reading(reading.read(data, CONTEXT))


def read_file(data: bytes) -> None:
    """The same by the name of a file: the first byte chooses it."""
    name = ("report.csv", "report.json", "report.xml", "report.zip", "report.csv.gz", "report.txt")[
        data[0] % 6 if data else 0
    ]
    _reading(reading.read(data[1:], CONTEXT, name=name))


def arf_report(data: bytes) -> None:
    """A report whose fields are the bytes before the first NUL, and whose original is what follows."""
    fields, _, original = data.partition(b"\x00")
    arf_fields.Fields(data)
    _reading(
        arf.read(
            b"From: a@west.example\nSubject: report for 192.0.2.7\nContent-Type: multipart/report; boundary=b\n\n--b\n\n"
            b"received from IP 192.0.2.7\n--b\nContent-Type: message/feedback-report\n\n" + fields + b"\n--b\n"
            b"Content-Type: message/rfc822\n\n" + original + b"\n--b--\n",
            CONTEXT,
        )
    )


def xarf_document(data: bytes) -> None:
    """JSON of any shape, and the older text of keys and values."""
    _reading(xarf.read(data))
    _findings(json_text.load(data).findings)
    text = data.decode("utf-8", "replace")
    report, notes = keyed_text.read(text)
    _findings(notes)
    if report is not None:
        _report(report)


def table(data: bytes) -> None:
    """Rows by the words of their header."""
    _reading(tables.read(data, "feed.csv"))


def archive(data: bytes) -> None:
    """What is unpacked stays within its limits, whatever the archive says of itself."""
    unpacked = archives.unpack(data, "feed.zip")
    _findings(unpacked.findings)
    assert sum(len(each.data) for each in unpacked.members) <= archives.TOTAL_LIMIT
    assert all(each.name and "/" not in each.name and "\\" not in each.name for each in unpacked.members)


def dkim_check(data: bytes) -> None:
    """No signature of a stranger holds; ours does, whatever it covers."""
    record, _, message = data.partition(b"\x00")
    wanted = dkim.keys_wanted(message)
    for keys in (
        {},
        {each.dns_name: record for each in wanted},
        {each.dns_name: dkim.public_record(_SIGNING_KEY) for each in wanted},
    ):
        checks = dkim.verify(message, keys, now=NOW)
        assert all(check.result is not dkim.Result.PASS and check.reason for check in checks)
        dkim.as_signatures(checks)
    mail = b"From: a@west.example\r\n" + message
    try:
        field = dkim.sign(mail, domain="west.example", selector="s", key=_SIGNING_KEY)
    except ValueError:
        return  # two From fields and the like are not signed
    signed = dkim.verify(field + mail, {"s._domainkey.west.example": dkim.public_record(_SIGNING_KEY)}, now=NOW)
    assert signed[0].result is dkim.Result.PASS, signed[0]


def trace_lines(data: bytes) -> None:
    """Received and Authentication-Results lines: an address found is an address."""
    values = data.decode("utf-8", "replace").split("\x00")
    walked = received.trace(values, trusted_hosts=frozenset({"mx.west.example"}))
    _findings(walked.findings)
    assert walked.source is None or ip.canonical(walked.source.ip) == walked.source.ip
    for value in values[:50]:
        hop = received.parse(value)
        assert hop.date is None or hop.date.utcoffset() == timedelta(0)
        results = authres.parse(value)
        address = authres.client_ip(results) if results else None
        assert address is None or ip.canonical(address) == address


def words(data: bytes) -> None:
    """What people and their programs write: every reader of prose sees every text, not only the first that knows it."""
    for start in (b"", b"Subject: spam from 192.0.2.9\nTo: abuse@east.example\n\n", b"Content-Type: text/html\n\n"):
        message = scan(start + data)
        for reader in (notices.read, prose.read, inline_forward.read, forward.read, bounce.read, verification.read):
            _reading(reader(message, CONTEXT))


def redaction(data: bytes) -> None:
    """Nobody is found in what leaves, or it does not leave. The recipient is hidden in the mail, in a coding of their choice."""
    hidden = _CODINGS[data[0] % len(_CODINGS) if data else 0](_RECIPIENT.encode())
    at = data[-1] * len(data) // 256 if data else 0
    mail = b"To: Ann Lee <" + _RECIPIENT.encode() + b">\n" + data[:at] + hidden + data[at:]
    message = scan(mail)
    for tier, body in ((Tier.T1, BodyPolicy.NEVER), (Tier.T2, BodyPolicy.NEVER), (Tier.T2, BodyPolicy.ALWAYS)):
        redacted = tiers.redact(message, tier=tier, recipients=[_RECIPIENT], key=_PEER_KEY, body=body)
        _findings(redacted.leaks)
        if leaks.find(redacted.content, [_RECIPIENT]):
            assert redacted.leaks, "somebody is found in what would be sent"


TARGETS: dict[str, Target] = {
    each.__name__.replace("_", "-"): each
    for each in (
        mime, header_values, read, read_file, arf_report, xarf_document, table, archive, dkim_check, trace_lines, words, redaction,
        spf_check, dmarc_check, arc_check, authentication,
    )
}  # fmt: skip
