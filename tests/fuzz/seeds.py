"""What the fuzzers begin with: our own samples, the golden corpora, generated reports, and a few pieces for the small readers."""

import gzip
import io
import zipfile
from pathlib import Path
from random import Random

from comity.services.operate.sample_reports import DIALECTS, make

ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 20_000
_TRACE = (
    b"from out1.east.example (out1.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTPS id 1; "
    b"Mon, 23 Nov 2026 06:05:00 +0000",
    b"from [192.0.2.7] (port=4711 helo=liar) by mx.west.example with esmtps (TLS1.3) (Exim 4.97) "
    b"(envelope-from <a@east.example>) id 1",
    b"(qmail 7 invoked from network); 23 Nov 2026 06:05:00 -0000\x00from unknown (HELO x) (2001:db8::7) by mx with SMTP",
    b"mx.west.example; dkim=pass (2048-bit key) header.d=east.example; "
    b"spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=east.example",
    b"i=1; mx.west.example 1; dmarc=fail (p=none dis=none) header.from=east.example",
)
_TABLE = (
    b"timestamp,ip,port,asn,type\n2026-11-23 06:05:00,192.0.2.7,4711,64500,bot\n",
    b'"ip";"time";"note"\r\n"192.0.2.7";"2026-11-23T06:05:00+08:00";"=1+1"\r\n',
    "IP地址\t时间\t端口\n192.0.2.7\t2026-11-23 14:05:00\t4711\n".encode("gb18030"),
)
_VALUES = (
    b"Mon, 23 Nov 2026 06:05:00 +0800 (CST)",
    b'"Desk, Abuse" <abuse@west.example>, group: a@b.example, <c@d.example>; (note (nested))',
    b"attachment; filename*0*=UTF-8''%E6%8A; filename*1*=%95.eml; size=\"1;2\"",
    b"=?gb2312?B?zbbL3w==?= =?gb2312?Q?=BC=FB?= =?utf-8?q?a_b?=",
    b"fbl@east.example; report=arf (note), 2001:db8::1 [IPv6:2001:db8::2] 192.0.2.1:25",
)
_SPF = (
    b"news@east.example\x00mx.east.example\x00v=spf1 ip4:192.0.2.0/28 a:%{d2} mx/24//64 include:_spf.%{d} -all",
    b"\x00mx.east.example\x00v=spf1 exists:%{ir}.%{v}._spf.%{d} ?all redirect=_spf.east.example exp=why.%{d}",
    b"a@east.example\x00h\x00v=spf1 include:a.example include:b.example ptr:c.example ~all\x00v=spf1 redirect=%{h}",
    b"%{x}@east.example\x00[192.0.2.7]\x00v=spf1 ip6:2001:db8::/200 +mx:%{L-}.%{o5r.} all\x00v=spf10",
)
_DMARC = (
    b"v=DMARC1; p=reject; sp=none; adkim=s; aspf=r; pct=20; rua=mailto:a@east.example\x00news.east.example",
    b"v=DMARC1; p=maybe; rua=mailto:x\x00\xc3\xa9.example",
    b"v=DMARC1;p=quarantine;pct=101\x00co.uk",
)
_SEALED = (
    b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=west.example; s=s; b=AAAA\r\n"
    b"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=west.example; s=s; h=from:subject; bh=AAAA; b=AAAA\r\n"
    b"ARC-Authentication-Results: i=1; mx.west.example; dmarc=pass header.from=east.example\r\n"
)
_DOCUMENT = (
    b'{"xarf_version":"4.2.0","report_id":"3f1f9f4e-0000-4000-8000-000000000001","timestamp":"2026-11-23T06:05:00Z","reporter":{"org":"West",'
    b'"contact":"a@west.example","domain":"west.example"},"sender":{"org":"West","contact":"a@west.example","domain":"west.example"},'
    b'"source_identifier":"192.0.2.7","source_port":4711,"category":"messaging","type":"spam","protocol":"smtp","smtp_from":"b@east.example"}'
)
_KEYED = (
    b"---\nReported-From: a@west.example\nCategory: abuse\nReport-Type: login-attack\n"
    b"Date: 2026-11-23T06:05:00Z\nSource: 192.0.2.7\nSource-Type: ipv4\nPort: 22\n"
)
_PIECES = {
    "header-values": _VALUES,
    "trace-lines": (b"\x00".join(_TRACE), *_TRACE),
    "table": _TABLE,
    "spf-check": _SPF,
    "dmarc-check": _DMARC,
}


def mails() -> list[bytes]:
    """Whole items, none larger than a fuzzer likes."""
    files = [*(ROOT / "src" / "comity" / "samples").rglob("*"), *(ROOT / "tests" / "corpus").rglob("*.eml")]
    found = [path.read_bytes() for path in sorted(files) if path.is_file()]
    found += [make(Random(1), dialect, 3000)[0] for dialect in DIALECTS]  # noqa: S311 - samples, not secrets
    found += [_gzip(_TABLE[0]), _zip({"feed.csv": _TABLE[0], "../b.eml": b"Subject: x\n\nspam"}), _DOCUMENT]
    return [each for each in found if len(each) <= _LARGEST]


def seeds(target: str) -> list[bytes]:
    """The seeds of one target."""
    if target in _PIECES:
        return list(_PIECES[target])
    if target == "archive":
        return [
            _gzip(_TABLE[0]),
            _gzip(_gzip(b"Subject: x\n\nspam")),
            _zip({"a.csv": _TABLE[0], "b/c.zip": _zip({"d": b"e"})}),
        ]
    if target == "xarf-document":
        return [_DOCUMENT, b"[" + _DOCUMENT + b"," + _DOCUMENT + b"]", _KEYED]
    if target == "read-file":
        return [
            bytes([number]) + each
            for number, each in enumerate(
                [
                    *_TABLE[:1],
                    _DOCUMENT,
                    b"<feedback><record/></feedback>",
                    _zip({"a.csv": _TABLE[0]}),
                    _gzip(_TABLE[0]),
                    _KEYED,
                ]
            )
        ]
    if target == "arf-report":
        return [
            b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.7\nOriginal-Rcpt-To: <a@west.example>\x00"
            + each
            for each in mails()[:20]
        ]
    if target == "authentication":
        return [b"a@east.example\x00" + _SEALED + each + b"\x00mx.east.example" for each in mails()[:20]] + list(_SPF)
    if target == "arc-check":
        return [b"v=DKIM1; k=rsa; p=AAAA\x00" + _SEALED + each for each in mails()[:20]]
    if target == "dkim-check":
        return [b"v=DKIM1; k=rsa; p=AAAA\x00" + each for each in mails()[:20]]
    return mails()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()
