"""Mail made to hurt, and the process that reads it: ``python hostile_inputs.py NAME ...`` prints one JSON line for each.

It runs apart from the tests, under hard limits of its own, so that a hang or a leak hurts nobody else.
"""

import base64
import io
import json
import resource
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

_MEMORY_WALL = 2 << 30
_CPU_WALL = 120
_TEXT = "Content-Type: text/plain; charset="
_SPOKEN = "投诉：请处理来自 192.0.2.7 的垃圾邮件"


def _deep_multipart(depth: int) -> bytes:
    heads = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )
    return (
        b"Subject: deep\n"
        + heads
        + b"\ninnermost\n"
        + b"".join(b"--b%d--\n" % level for level in reversed(range(depth)))
    )


def _many_parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


def _subject(word: bytes, size: int) -> bytes:
    return b"Subject: " + word * (size // len(word)) + b"\n\nx\n"


def _continuations(count: int, star: bytes = b"*") -> bytes:
    sections = b"".join(b"; name*%d%s=%%41%d" % (number, star, number) for number in range(count))
    return (
        b"Content-Type: text/plain; charset=utf-8"
        + sections
        + b"\nContent-Disposition: attachment"
        + sections.replace(b"name", b"filename")
        + b"\n\nx\n"
    )


def _in_charset(charset: str, body: bytes) -> bytes:
    return (
        b"To: abuse@east.example\nSubject: =?"
        + charset.encode()
        + b"?B?"
        + base64.b64encode(body)
        + b"?=\n"
        + _TEXT.encode()
        + charset.encode()
        + b"\n\n"
        + body
    )


def _attached(data: bytes, name: str) -> bytes:
    return (
        f"Subject: report\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; name={name}\n"
        f"Content-Disposition: attachment; filename={name}\nContent-Transfer-Encoding: base64\n\n"
    ).encode() + base64.encodebytes(data) + b"--b--\n"  # fmt: skip


def _gzip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"ip,time\n192.0.2.7,2026-11-23T06:05:00Z\n"[:8] + bytes((1 << 20) - 8)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _nested_zip(depth: int) -> bytes:
    data = b"ip\n192.0.2.7\n"
    for level in range(depth):
        data = _zip({f"{level}.zip": data})
    return data


def _many_members(count: int) -> bytes:
    """One member, and a directory that names it ``count`` times."""
    member = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(b"x"), 1, 1, 1, 0) + b"ax"
    entry = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, zlib.crc32(b"x"), 1, 1, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(entry) * count, len(member), 0
    )
    return member + entry * count + end


def _entities(levels: int) -> bytes:
    declared = '<!ENTITY e0 "lol">' + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    shown = f"<feedback><report_metadata><org_name>&e{levels - 1};</org_name></report_metadata></feedback>"
    return f'<?xml version="1.0"?><!DOCTYPE feedback [{declared}]>{shown}'.encode()


def _report_about_report(depth: int) -> bytes:
    data = b"Subject: spam\n\nspam\n"
    for level in range(depth):
        data = (
            b"From: fbl@west.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b%d\n\n--b%d\n"
            b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\n\n"
            b"--b%d\nContent-Type: message/rfc822\n\n%s\n--b%d--\n" % (level, level, level, data, level)
        )
    return data


def _abuse(text: bytes) -> bytes:
    return (
        b"From: ann@west.example\nTo: abuse@east.example\nSubject: spam from your network\n\nPlease stop this spam. "
        + text
        + b"\n"
    )


def _unstated(field: bytes) -> bytes:
    """A report without Source-IP whose original carries this field: its reader must walk and weigh."""
    return (
        _report_about_report(1)
        .replace(b"Source-IP: 192.0.2.7\n", b"")
        .replace(b"Subject: spam\n", field + b"\nSubject: spam\n")
    )


def _stated(field: bytes) -> bytes:
    return _report_about_report(1).replace(b"Version: 1\n", b"Version: 1\n" + field)


# Sizes as large as somebody would send them, or what makes the same point.
INPUTS: dict[str, Callable[[], bytes]] = {
    "multipart-2000-deep": lambda: _deep_multipart(2000),
    "message-2000-deep": lambda: b"Content-Type: message/rfc822\n\n" * 2000 + b"Subject: innermost\n\nx",
    "message-2000-deep-base64": lambda: b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" * 2000,
    "parts-200000": lambda: _many_parts(200_000),
    "parts-and-no-end": lambda: _many_parts(200_000)[:-6],
    "boundary-of-nothing-but-dashes": lambda: (
        b"Content-Type: multipart/mixed; boundary=---\n\n" + b"-" * 500_000 + b"\n" + b"-----\n" * 50_000
    ),
    "separator-of-nothing-but-dashes": lambda: _abuse(
        b"\n"
        + b"-" * 64_000
        + b"\nFrom: Shop <news@shop.example>\nDate: Sun, 1 Mar 2026 08:05:09 +0000\nSubject: Offer\n\nbuy"
    ),
    "boundary-almost": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bb\n" * 500_000,
    "boundary-not-named": lambda: (
        b"Content-Type: multipart/mixed\n\n" + b"--" * 500_000 + b"\n" + b"--x\nContent\n" * 50_000
    ),
    "boundary-quoted-semicolon": lambda: (
        b'Content-Type: multipart/mixed; boundary="a;b=c"; x=y\n\n--a;b=c\n\ninside\n--a;b=c--\n'
    ),
    "boundary-of-each-part-the-same": lambda: (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000) + b"\nx\n",
    "subject-of-encoded-words": lambda: _subject(b"=?utf-8?B?5oqV6K+J?= ", 320_000),
    "subject-of-unfinished-words": lambda: _subject(b"=?utf-8?B?5oqV6K+J", 320_000),
    "subject-of-questions": lambda: _subject(b"=?", 320_000),
    "subject-of-words-in-200-charsets": lambda: (
        b"Subject: " + b" ".join(b"=?x-%d?Q?=41?=" % (number % 200) for number in range(20_000)) + b"\n\nx"
    ),
    "subject-folded": lambda: b"Subject: a" + b"\n b" * 300_000 + b"\n\nx",
    "from-3000-parentheses": lambda: b"From: " + b"(" * 3000 + b"a@west.example\n\nx",
    "from-300000-parentheses": lambda: b"From: " + b"(" * 150_000 + b")" * 150_000 + b"a@west.example\n\nx",
    "from-20000-addresses": lambda: (
        b"From: " + b", ".join(b'"N, %d" <a%d@west.example>' % (number, number) for number in range(20_000)) + b"\n\nx"
    ),
    "from-quotes-and-backslashes": lambda: b"From: " + b'\\"' * 200_000 + b"\n\nx",
    "from-words-and-commas": lambda: b"From: " + b"a b," * 60_000 + b"\n\nx",
    "from-angles": lambda: b"From: " + b"<" * 200_000 + b"a@b" + b">" * 200_000 + b"\n\nx",
    "parameters-5000-continuations": lambda: _continuations(5000),
    "parameters-5000-plain-continuations": lambda: _continuations(5000, b""),
    "parameters-100000": lambda: b"Content-Type: text/plain" + b"; a=b" * 100_000 + b"\n\nx",
    "parameters-open-quotes": lambda: b"Content-Type: text/plain" + b'; a="' * 100_000 + b"\n\nx",
    "headers-200000": lambda: b"X-Field: value\n" * 200_000 + b"Subject: late\n\nx",
    "header-without-end": lambda: b"X: " + b"a" * 3_000_000,
    "headers-spaced-colons": lambda: b"X-Field \t : value\n" * 50_000 + b"\nx",
    "headers-no-body": lambda: b"no field here\n" * 200_000,
    "line-of-25-MB": lambda: b"Subject: long\n\n" + b"a" * 25_000_000,
    "line-of-25-MB-to-a-desk": lambda: _abuse(b"192.0.2.7 " * 2_500_000),
    "lines-of-25-MB": lambda: b"Subject: long\nContent-Type: text/html\n\n" + b"<p>\n" * 6_250_000,
    "bare-cr": lambda: (
        b"Subject: mac\rContent-Type: multipart/mixed; boundary=b\r\r--b\r\rinside\r--b--\r" * 1 + b"\r" * 500_000
    ),
    "nul-bytes": lambda: b"Subject: \x00nul\x00\nFrom: a\x00@west.example\n\n" + b"\x00" * 1_000_000,
    "base64-with-garbage": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"aGVs\xff\xfe!!bG8=\n= =*\n" * 50_000,
    "base64-all-padding": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"=" * 2_000_000,
    "base64-blocks": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"YQ==" * 500_000,
    "quoted-printable-of-nothing": lambda: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 1_000_000,
    "uuencode-liar": lambda: b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + b"~~~~\n" * 200_000,
    "html-open-tags": lambda: b"To: abuse@east.example\nContent-Type: text/html\n\n" + b"<div><a href='" * 100_000,
    "html-of-angles": lambda: b"To: abuse@east.example\nContent-Type: text/html\n\n" + b"<" * 1_000_000,
    "html-entities": lambda: b"To: abuse@east.example\nContent-Type: text/html\n\n" + b"&amp;&#x4e00;&lt" * 100_000,
    "gzip-bomb": lambda: _gzip_bomb(1 << 30),
    "gzip-bomb-attached": lambda: _attached(_gzip_bomb(1 << 28), "feed.csv.gz"),
    "zip-bomb": lambda: _zip({"feed.csv": b"ip\n" + bytes(200 << 20)}),
    "zip-bomb-attached": lambda: _attached(_zip({"feed.csv": b"ip\n" + bytes(200 << 20)}), "feed.zip"),
    "zip-nested": lambda: _nested_zip(50),
    "zip-of-a-million-members": lambda: _many_members(1_000_000),
    "zip-paths": lambda: _zip({"../../etc/passwd": b"ip\n192.0.2.7\n", "C:\\x\\feed.csv": b"ip\n192.0.2.8\n"}),
    "xml-entity-bomb": lambda: _entities(12),
    "xml-entity-bomb-attached": lambda: _attached(_entities(12), "aggregate.xml"),
    "xml-deep": lambda: b"<feedback>" + b"<a>" * 200_000,
    "json-deep": lambda: b'{"xarf_version":"4.2.0","a":' + b"[" * 200_000,
    "json-numbers": lambda: b'{"xarf_version":"4.2.0","source_port":' + b"9" * 200_000 + b"}",
    "json-documents": lambda: b'{"xarf_version":"4.2.0"}\n' * 50_000,
    "table-of-500000-rows": lambda: b"ip,time\n" + b"192.0.2.7,2026-11-23T06:05:00Z\n" * 500_000,
    "table-of-100000-columns": lambda: b"ip" + b",c" * 100_000 + b"\n192.0.2.7" + b",1" * 100_000 + b"\n",
    "table-open-quote": lambda: b'ip,time\n"192.0.2.7,' + b"2026-11-23\n" * 200_000,
    "report-about-report-200-deep": lambda: _report_about_report(200),
    "report-100000-fields": lambda: _stated(b"Reported-URI: http://x.example/\n" * 100_000),
    "report-200-source-addresses": lambda: _stated(b"".join(b"Source-IP: 192.0.2.%d\n" % n for n in range(1, 201))),
    "received-20000": lambda: _unstated(
        b"\n".join([b"Received: from a (b [10.0.0.1]) by c with SMTP; Mon, 23 Nov 2026 06:05:00 +0000"] * 20_000)
    ),
    "received-parentheses": lambda: _unstated(b"Received: from a " + b"(" * 200_000 + b" by c"),
    "received-by-by-by": lambda: _unstated(b"Received: " + b"from by with id for via " * 40_000),
    "results-semicolons": lambda: _unstated(b"Authentication-Results: " + b"a;" * 200_000),
    "results-comments": lambda: _unstated(b"Authentication-Results: a; dkim=pass " + b"((" * 100_000),
    "prose-digits": lambda: _abuse(b"1." * 300_000),
    "prose-colons": lambda: _abuse(b"a:" * 300_000),
    "prose-addresses": lambda: _abuse(b"192.0.2.7 2001:db8::7 " * 50_000),
    "prose-times": lambda: _abuse(b"2026-11-23 06:05:00 Mon, 23 Nov 2026 " * 20_000),
    "prose-links": lambda: _abuse(b"http://a.example/" * 100_000),
    "prose-one-word": lambda: _abuse(b"a" * 1_000_000),
    "prose-hyphens": lambda: _abuse(b"a-" * 300_000),
    "prose-labels": lambda: _abuse(b"\nSource IP: 192.0.2.7" * 50_000),
    "prose-quotes": lambda: _abuse(b"\n" + b">" * 500_000),
    "prose-pasted-headers": lambda: _abuse(b"\nReceived: from a [192.0.2.7] by b; x\nFrom: a@b.example" * 20_000),
    "prose-forward-blocks": lambda: _abuse(
        b"\n---------- Forwarded message ---------\nFrom: a <a@b.example>\nDate: x\n" * 20_000
    ),
    "prose-bars": lambda: _abuse(b"\n|ip|" + b"|" * 500_000),
    "prose-spaces": lambda: _abuse(b" " * 1_000_000 + b"x"),
    "charset-unknown": lambda: _in_charset("x-nobody-knows", _SPOKEN.encode()),
    "charset-wrong": lambda: _in_charset("us-ascii", _SPOKEN.encode("gb18030") * 20_000),
    "charset-not-text": lambda: _in_charset("zip", _SPOKEN.encode()),
    "charset-hex": lambda: _in_charset("hex", b"zz" * 1000),
    "charset-punycode": lambda: _in_charset("punycode", b"a-" + b"9" * 5000),
    "charset-idna": lambda: _in_charset("idna", b"xn--" + b"9" * 5000),
    "charset-unicode-escape": lambda: _in_charset("unicode_escape", b"\\N{" * 5000),
    "charset-utf-7": lambda: _in_charset("utf-7", b"+" * 100_000),
    "charset-utf-16": lambda: _in_charset("utf-16", _SPOKEN.encode("utf-16")),
    "charset-utf-16-odd": lambda: _in_charset("utf-16", b"\xff\xfe\x00\xd8" * 10_001 + b"\x00"),
    "charset-gb18030": lambda: _in_charset("gb2312", _SPOKEN.encode("gb18030")),
    "charset-hz": lambda: _in_charset("hz-gb-2312", _SPOKEN.encode("hz") + b"~{" * 50_000),
    "charset-iso-2022-cn": lambda: _in_charset("iso-2022-cn", b"\x1b$)A\x0eM6Kf\x0f" * 5000 + b"\x0e" * 50_000),
    "charset-iso-2022-jp": lambda: _in_charset("iso-2022-jp", b"\x1b$B" * 100_000),
    "charset-big5": lambda: _in_charset("big5", "投訴".encode("big5")),
    "charset-name-without-end": lambda: _in_charset("a" * 300_000, b"x"),
}

# What takes longest to build and to read: script/soak reads them, the suite only where it is asked to.
HEAVY = frozenset(
    {
        "line-of-25-MB-to-a-desk",
        "lines-of-25-MB",
        "gzip-bomb",
        "zip-bomb",
        "zip-bomb-attached",
        "zip-of-a-million-members",
        "table-of-500000-rows",
    }
)


def read(name: str) -> dict[str, object]:
    """Build one input and read it in every way there is."""
    from comity.formats import archives, reading
    from comity.formats.mime import addresses, scan
    from comity.services.receive.read import rows

    data = INPUTS[name]()
    _forget_peak()
    began = time.process_time()
    found = reading.read(data)
    shown = sum(len(json.dumps(row)) for row in rows(name, found))
    parts = depth = text = 0
    if archives.kind(data) is None:
        message = scan(data)
        for part in message.walk():
            parts, depth = parts + 1, max(depth, part.depth)
            if not part.children:
                text += len(part.text())
            assert part.filename is None or part.filename
        addresses(message.headers.first("from") or "")
        message.headers.decoded("subject")
        fields = sum(1 for _ in message.headers.items())
        codes = {each.code for each in (*found.findings, *message.all_findings())}
    else:
        fields, codes = 0, {each.code for each in found.findings}
    return {
        "name": name, "bytes": len(data), "seconds": round(time.process_time() - began, 2),
        "kind": found.kind.value, "why": found.why,
        "reports": len(found.reports), "addresses": sorted({each.source_ip for each in found.reports if each.source_ip})[:5],
        "codes": sorted(codes), "parts": parts, "depth": depth, "fields": fields, "text": text, "shown": shown, "peak": _peak(),
    }  # fmt: skip


def _peak() -> int:
    """The most memory that this process held since ``_forget_peak``, in MiB. (After exec, getrusage tells the parent's.)"""
    status = Path("/proc/self/status")
    if status.exists():
        return next(
            int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_WALL, _MEMORY_WALL))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_WALL, _CPU_WALL))
    for each in sys.argv[1:] or INPUTS:
        print(json.dumps({"begun": each}), flush=True)
        print(json.dumps(read(each)), flush=True)
