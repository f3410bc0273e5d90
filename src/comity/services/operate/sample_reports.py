"""Feedback reports of real size with known truth, made anew from a seed.

Trust:      our own words and example domains; no line of anybody's mail.
Answers:    ``make(rng, dialect, size)``: (bytes of one mail, ``Truth``). ``DIALECTS`` names the shapes.
Limits:     ten dialects, the ones that real providers are known to send (docs/quirks.md); sizes are those of the whole mail.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Final

_TEXT: Final = (
    "offer price today delivery account invoice please order warehouse season quality meeting the a of and with for our "
    "特价 发票 优惠 培训 课程 公司 产品 联系 电话 欢迎 咨询 订购 质量 服务 广告"
)
_WORDS: Final = _TEXT.split()
_AROUND: Final = 1150  # bytes of a report beside the reported message, on average
_START: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a reader must find in one generated report; ``source_ip`` None: it must not claim one."""

    feedback_type: str
    source_ip: str | None
    recipient: str | None
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The values one report is made of."""

    address: str
    recipient: str
    message_id: str
    mail_from: str
    domain: str
    arrived: str
    boundary: str
    original: bytes  # the reported message
    headers_only: bytes


def make(rng: Random, dialect: str, size: int = 12_000) -> tuple[bytes, Truth]:
    """Make one report of about ``size`` bytes in the named dialect; the same seed gives the same bytes.

    >>> data, truth = make(Random(1), "strict")
    >>> truth.source_ip.encode() in data
    True
    """
    return _WRITERS[dialect](_case(rng, size))


def _case(rng: Random, size: int) -> _Case:
    number = rng.randrange(10**9)
    address = f"198.51.{rng.randrange(100, 114)}.{rng.randrange(1, 255)}"
    if rng.random() < 0.1:
        address = f"2001:db8:{number % 65535 + 1:x}::{rng.randrange(1, 65536):x}"
    domain = f"shop{number % 997}.east.example"
    recipient = f"reader{number % 5003}@mail.west.example"
    arrived = format_datetime(_START + timedelta(seconds=number % 20_000_000))
    message_id = f"{number:x}.{number % 8191}@{domain}"
    literal = f"IPv6:{address}" if ":" in address else address
    fields = (
        f"Return-Path: <bounce-{number}@{domain}>\n"
        f"Received: from out{number % 9}.{domain} (out{number % 9}.{domain} [{literal}])\n"
        f"\tby mx{number % 4}.west.example (Postfix) with ESMTPS id {number:X}\n\tfor <{recipient}>; {arrived}\n"
        f"Received: from app (localhost [127.0.0.1])\n\tby out{number % 9}.{domain} (Postfix) with ESMTP id {number + 1:X};\n"
        f"\t{arrived}\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=k1;\n"
        f"\th=From:To:Subject:Date:Message-ID; bh={_filler(rng, 44)};\n\tb={_filler(rng, 340)}\n"
        f"Message-ID: <{message_id}>\nDate: {arrived}\n"
        f"From: =?utf-8?B?{base64.b64encode('每日优惠'.encode()).decode()}?= <news@{domain}>\n"
        f"To: {recipient}\nSubject: =?utf-8?B?{base64.b64encode(_prose(rng, 6).encode()).decode()}?=\n"
        f"List-Unsubscribe: <https://{domain}/u/{_filler(rng, 40)}>\nFeedback-ID: c{number % 31}:{domain}\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    )
    head = fields.encode()
    lines = [*[f"{_prose(rng, 9)}\n".encode() for _ in range(8)], b"\n"]  # as long as people and programs write them
    body = _text(lines, size - len(head) - _AROUND)
    return _Case(
        address=address,
        recipient=recipient,
        message_id=message_id,
        mail_from=f"bounce-{number}@{domain}",
        domain=domain,
        arrived=arrived,
        boundary=f"=_{number:x}_{rng.randrange(10**6)}",
        original=b"%b\n%b" % (head, body),
        headers_only=head,
    )


def _text(lines: list[bytes], wanted: int) -> bytes:
    """The lines again and again, to the line that comes nearest to so many bytes; at least once."""
    lengths = list(map(len, lines))
    times, rest = divmod(max(wanted, sum(lengths)), sum(lengths))
    last = 0
    while rest > lengths[last] // 2:
        rest -= lengths[last]
        last += 1
    return b"".join(lines) * times + b"".join(lines[:last])


def _filler(rng: Random, length: int) -> str:
    return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=length))


def _prose(rng: Random, words: int) -> str:
    return " ".join(rng.choices(_WORDS, k=words))


# -- the dialects


def _report(
    case: _Case, fields: str, part: tuple[bytes, ...], *, subject: str | None = None, text: str | None = None
) -> bytes:
    """One multipart/report; ``part`` is the whole third one, in pieces, for it may be large."""
    text = text or f"This is a report about a message received from IP {case.address} on {case.arrived}."
    head = (
        f"Received: from fbl.west.example (fbl.west.example [203.0.113.8])\n\tby mx.east.example (Postfix) with ESMTP id 4F;\n"
        f"\t{case.arrived}\nFrom: Feedback <feedback@west.example>\nTo: fbl@east.example\nDate: {case.arrived}\n"
        f"Subject: {subject or 'FW: report'}\nMessage-ID: <r.{case.message_id}>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=feedback-report;\n\tboundary="{case.boundary}"\n\n'
    )
    between = f"--{case.boundary}\n".encode()
    pieces = [
        head.encode(),
        between,
        f"Content-Type: text/plain; charset=us-ascii\n\n{text}\n\n".encode(),
        between,
        f"Content-Type: message/feedback-report\n\n{fields}\n".encode(),
        between,
        *part,
        f"--{case.boundary}--\n".encode(),
    ]
    return b"".join(pieces)


def _message(case: _Case) -> tuple[bytes, ...]:
    return b"Content-Type: message/rfc822\nContent-Disposition: inline\n\n", case.original, b"\n"


def _fields(case: _Case, kind: str = "abuse") -> str:
    return (
        f"Feedback-Type: {kind}\nUser-Agent: WestFBL/2.0\nVersion: 1\nOriginal-Mail-From: <{case.mail_from}>\n"
        f"Original-Rcpt-To: <{case.recipient}>\nArrival-Date: {case.arrived}\nReporting-MTA: dns; mx.west.example\n"
        f"Source-IP: {case.address}\nReported-Domain: {case.domain}\n"
        f"Authentication-Results: mx.west.example; dkim=pass header.d={case.domain}; spf=pass smtp.mailfrom={case.mail_from}\n"
    )


def _truth(case: _Case, kind: str = "abuse", recipient: str | None = None) -> Truth:
    return Truth(
        feedback_type=kind, source_ip=case.address, recipient=recipient or case.recipient, message_id=case.message_id
    )


def _strict(case: _Case) -> tuple[bytes, Truth]:
    return _report(case, _fields(case), _message(case)), _truth(case)


def _crlf(case: _Case) -> tuple[bytes, Truth]:
    return _report(case, _fields(case), _message(case)).replace(b"\n", b"\r\n"), _truth(case)


def _no_address(case: _Case) -> tuple[bytes, Truth]:
    """By signing domain: no Source-IP, an old version, Received-Date."""
    fields = (
        f"Feedback-Type: abuse\nUser-Agent: Mail-Feedback/1.0\nVersion: 0.1\nOriginal-Mail-From: <{case.mail_from}>\n"
        f"Original-Rcpt-To: {case.recipient}\nReceived-Date: {case.arrived}\nReported-Domain: {case.domain}\n"
        "Authentication-Results: \n"
    )
    text = f"This is an email abuse report for an email message from {case.domain} on {case.arrived}"
    return _report(case, fields, _message(case), text=text), _truth(case)


def _universal(case: _Case) -> tuple[bytes, Truth]:
    """The universal loops: another order, a channel field, a hashed recipient."""
    hashed = f"{abs(hash_of(case.recipient)):032x}@mail.west.example"
    fields = (
        f"User-Agent: UniversalFBL/1.0\nAbuse-Type: complaint\nArrival-Date: {case.arrived}\nFeedback-Type: abuse\n"
        f"Version: 1\nSource-IP: {case.address}\nOriginal-Rcpt-To: {hashed}\nOriginal-Mail-From: {case.mail_from}\n"
        "Reported-Domain: mail.west.example\nSubscription-Link: https://fbl.example/manage\n"
    )
    return _report(case, fields, _message(case)), _truth(case, recipient=hashed)


def hash_of(text: str) -> int:
    """A number that stays the same from run to run, unlike ``hash``."""
    return int.from_bytes(base64.b16encode(text.encode())[-24:], "big") % (1 << 127)


def _encoded(case: _Case) -> tuple[bytes, Truth]:
    """The feedback part in base64, in a multipart/mixed."""
    packed = base64.encodebytes(("\n" + _fields(case, "auth-failure")).encode())
    data = _report(case, "", _message(case)).replace(
        b"Content-Type: message/feedback-report\n\n\n",
        b"Content-Type: message/feedback-report; name=ATT1\nContent-Transfer-Encoding: base64\n\n%b\n" % packed,
    )
    data = data.replace(b"multipart/report; report-type=feedback-report;", b"multipart/mixed;")
    return data, _truth(case, "auth-failure")


def _headers_only(case: _Case) -> tuple[bytes, Truth]:
    part = b"Content-Type: text/rfc822-headers\n\n", case.headers_only, b"\n"
    return _report(case, _fields(case), part), _truth(case)


def _folded(case: _Case) -> tuple[bytes, Truth]:
    """Fields folded, repeated alike, in other cases, an extra empty line before the original."""
    fields = (
        f"feedback-type: abuse\nUser-Agent:\n FBL\nVERSION: 1\nSource-Ip:\n\t{case.address}\nSource-IP: {case.address}\n"
        f"Original-Rcpt-To:\n <{case.recipient}>\nOriginal-Mail-From: <{case.mail_from}>\nArrival-Date: {case.arrived}\n"
    )
    opening, *message = _message(case)
    return _report(case, fields, (opening + b"\n", *message)), _truth(case)


def _not_spam(case: _Case) -> tuple[bytes, Truth]:
    return _report(case, _fields(case, "not-spam"), _message(case)), _truth(case, "not-spam")


def _conflict(case: _Case) -> tuple[bytes, Truth]:
    """Two different Source-IP lines; the trace line supports one of them."""
    fields = _fields(case) + "Source-IP: 203.0.113.99\n"
    return _report(case, fields, _message(case)), _truth(case)


def _old_microsoft(case: _Case) -> tuple[bytes, Truth]:
    """No feedback part at all: the reported message with fields of the reporter on top."""
    on_top = (
        f"X-HmXmrOriginalRecipient: {case.recipient}\nX-Reporter-IP: 203.0.113.5\n"
        f"Authentication-Results: west.example; spf=pass (sender IP is {case.address})\n smtp.mailfrom={case.mail_from};"
        f" dkim=pass header.d={case.domain}\n"
    )
    head = (
        f"From: staff@west.example\nTo: fbl@east.example\nDate: {case.arrived}\nMessage-ID: <j.{case.message_id}>\n"
        f"Subject: complaint about message from {case.address}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="{case.boundary}"\n\n--{case.boundary}\n'
        f"Content-Type: message/rfc822\nContent-Disposition: inline\n\n{on_top}"
    )
    return head.encode() + case.original + f"\n--{case.boundary}--\n".encode(), _truth(case)


_WRITERS: Final[dict[str, Callable[[_Case], tuple[bytes, Truth]]]] = {
    "strict": _strict,
    "crlf": _crlf,
    "no-address": _no_address,
    "universal": _universal,
    "encoded": _encoded,
    "headers-only": _headers_only,
    "folded": _folded,
    "not-spam": _not_spam,
    "conflict": _conflict,
    "old-microsoft": _old_microsoft,
}
DIALECTS: Final = tuple(_WRITERS)
