"""Our own sample mail: one campaign, and its letters that differ only in their recipient."""

import base64
import hashlib
import random
import urllib.parse
from email.header import Header

from .codings import CODINGS, digest

KEY = b"key of west.example for east.example"
RECIPIENT = "ann.lee@west.example"

LETTER = (
    b"Return-Path: <bounce-ann.lee=west.example@mail.east.example>\r\n"
    b"Delivered-To: ann.lee@west.example\r\n"
    b"X-Spam-Status: Yes, score=9.1 for ann.lee\r\n"
    b"Received: from mx2.west.example (mx2.west.example [10.0.0.2])\r\n"
    b"\tby store.west.example with LMTP id 1 for <ann.lee@west.example>; Mon, 2 Nov 2026 10:00:02 +0000\r\n"
    b"Received: from out.east.example (out.east.example [198.51.100.7])\r\n"
    b"\tby mx2.west.example with ESMTPS id 4711\r\n"
    b"\tfor <ann.lee@west.example>; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
    b"Received: from app (app.east.example [192.0.2.8]) by out.east.example with SMTP id 99; Mon, 2 Nov 2026 09:59:58 +0000\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=east.example; s=k1; h=from:to:subject;\r\n"
    b"\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
    b"\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
    b"Message-ID: <20261102.4711.7f3a9c@east.example>\r\n"
    b"From: East News <news@east.example>\r\n"
    b'To: "Ann Lee" <ann.lee@west.example>, Bob Fisher <b.fisher@north.example>\r\n'
    b"Subject: Ann Lee, your parcel\r\n"
    b"Date: Mon, 2 Nov 2026 09:59:50 +0000\r\n"
    b"List-Unsubscribe: <https://east.example/u/7f3a9c>, <mailto:leave-ann.lee=west.example@east.example>\r\n"
    b"Feedback-ID: 4711:news:c9:east\r\n"
    b"CFBL-Feedback-ID: 4711:7f3a9c\r\n"
    b"X-East-Trace: 7f3a9c-4711-00\r\n"
    b"In-Reply-To: <1.ann.lee@laptop.west.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Dear Ann,\r\n"
    b"your parcel waits: https://click.east.example/t?u=ann.lee%40west.example&c=4711\r\n"
)


def campaign(count: int, seed: int) -> list[bytes]:
    """``count`` letters of one campaign to as many people, each naming its recipient in ways of its own."""
    return [_letter(number, random.Random(f"{seed}/{number}")) for number in range(count)]  # noqa: S311 - samples, not secrets


def _letter(number: int, rng: random.Random) -> bytes:
    local = rng.choice(("reader", "li.na", "wang-wu", "x", "info", "j+list"))
    address = f"{local}{number}@{rng.choice(('west.example', 'mail.west.example'))}"
    name = f"Reader Number{number}"
    mark = hashlib.sha256(address.encode()).hexdigest()[:12]
    hidden = rng.choice(CODINGS)(address, rng).replace("\r\n ", "")
    verp = address.replace("@", "=")
    subject = (
        Header(f"{name}，您的包裹 {mark}", "gb18030").encode() if rng.random() < 0.5 else f"{name}, your parcel {mark}"
    )
    fields = [
        f"Return-Path: <bounce-{mark}-{verp}@v{number}.mail.east.example>",
        f"Delivered-To: {address}",
        "Received: from out.east.example (out.east.example [198.51.100.7]) by mx.west.example with ESMTP",
        f"\tid {mark} for <{address}>; Mon, 2 Nov 2026 10:{number % 60:02}:{rng.randrange(60):02} +0000",
        f"DKIM-Signature: v=1; d=east.example; s=k{number}; i=u{mark}@east.example; h=from:to; bh={mark}; b={digest(address, rng)}",
        f"Message-ID: <{mark}.{hidden}@n{number}.east.example>",
        f'From: "{name} at East" <news+{mark}@u{number}.east.example>',
        f"Reply-To: <answer-{verp}@replies.east.example>",
        f'To: "{name}" <{address}>',
        f"Subject: {subject}",
        f"Date: Mon, 2 Nov 2026 09:{number % 60:02}:50 +0000",
        f"List-Id: News for {name} <news-{mark}.lists.east.example>",
        f"List-Unsubscribe: <https://east.example/u?e={urllib.parse.quote(hidden)}>, <mailto:leave-{verp}@east.example>",
        f"Feedback-ID: {mark}:{number}:c9:{rng.randrange(10**6)}",
        f"CFBL-Feedback-ID: {mark}:{hidden}",
        f"X-East-Recipient: {hidden}",
        "MIME-Version: 1.0",
    ]
    fields.insert(rng.randrange(4, len(fields)), f"X-{mark}: {hidden}")
    text = (
        f"Dear {name},\n尊敬的{name}：\nyour parcel waits: https://click{number}.east.example/t/{mark}?u={hidden}\n"
        f"http://{hidden.encode().hex()[:20]}@shop.south.example/ and {hidden}\n"
    )
    return "\r\n".join(fields).encode() + b"\r\n" + _multipart(text, mark, rng)


def _multipart(text: str, mark: str, rng: random.Random) -> bytes:
    coding, body = _transferred(text, rng)
    markup = f'<p>{text}</p><img src="https://open.east.example/{mark}.gif">'
    other, page = _transferred(markup, rng)
    return (
        f'Content-Type: multipart/alternative; boundary="b{mark}"\r\n\r\n--b{mark}\r\n'
        f"Content-Type: text/plain; charset={coding[0]}\r\nContent-Transfer-Encoding: {coding[1]}\r\n\r\n{body}\r\n--b{mark}\r\n"
        f"Content-Type: text/html; charset={other[0]}\r\nContent-Transfer-Encoding: {other[1]}\r\n\r\n{page}\r\n--b{mark}--\r\n"
    ).encode("latin-1")


def _transferred(text: str, rng: random.Random) -> tuple[tuple[str, str], str]:
    charset = rng.choice(("utf-8", "gb18030"))
    data = text.encode(charset)
    if rng.random() < 0.5:
        return (charset, "base64"), base64.encodebytes(data).decode()
    quoted = "".join(f"={byte:02X}" if byte > 126 or byte == 61 or byte < 32 else chr(byte) for byte in data)
    lines = [quoted[at : at + 60] for at in range(0, len(quoted), 60)]
    return (charset, "quoted-printable"), _soft(lines)


def _soft(lines: list[str]) -> str:
    """Cut only between signs, never inside "=41"."""
    text, made = "".join(lines), ""
    while len(text) > 70:
        cut = 70 - (2 if text[68] == "=" else 1 if text[69] == "=" else 0)
        made, text = made + text[:cut] + "=\r\n", text[cut:]
    return made + text
