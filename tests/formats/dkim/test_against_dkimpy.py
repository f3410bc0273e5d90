"""dkimpy as an oracle: it believes what we sign, we believe what it signs, whatever the white space."""

import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.formats.dkim import Result, public_record, sign, verify
from comity.formats.dkim.canonical import crlf, relaxed_body, simple_body
from comity.formats.mime import scan

dkim: Any = pytest.importorskip("dkim")

KEY_NAME = "s1._domainkey.west.example"
_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8).map(str.encode)
_BLANK = st.sampled_from([b" ", b"  ", b"\t", b" \t ", b"\r\n ", b"\r\n\t ", b" \r\n\t"])
_VALUE = st.lists(st.tuples(_BLANK, _WORDS), min_size=1, max_size=5).map(lambda each: b"".join(map(b"".join, each)))
_NAME = st.sampled_from([b"Subject", b"subject", b"X-Ref", b"To", b"Cc", b"List-ID", b"Received"])
_LINE = st.lists(st.sampled_from([b"word", b" ", b"\t", b"  ", b".", b"\xe4\xb8\x80"]), max_size=6).map(b"".join)
_END = st.sampled_from([b"", b"\r\n", b"\r\n\r\n \r\n"])
# A last line with blanks and no line end cannot stand on the wire; dkimpy keeps its blanks (docs/spec-questions.md).
_BODY = st.tuples(st.lists(_LINE, max_size=8).map(b"\r\n".join), _END).map(
    lambda each: each[0] + (each[1] if each[0].rstrip(b" \t") == each[0] else each[1] or b"\r\n")
)


@st.composite
def _messages(draw: st.DrawFn) -> bytes:
    fields = draw(st.lists(st.tuples(_NAME, st.sampled_from([b":", b" :"]), _VALUE), max_size=8))
    at = draw(st.integers(0, len(fields)))
    lines = [b"".join((name, colon.strip() if name == b"To" else b":", value)) for name, colon, value in fields]
    lines.insert(at, b"From: news@west.example")
    return b"\r\n".join(lines) + b"\r\n\r\n" + draw(_BODY)


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _txt(record: str) -> Any:
    return lambda name, timeout=5: record.encode()


@_SLOW
@given(
    message=_messages(),
    forms=st.sampled_from([b"simple/simple", b"simple/relaxed", b"relaxed/simple", b"relaxed/relaxed"]),
    length=st.booleans(),
)
def test_we_believe_what_dkimpy_signs(message: bytes, forms: bytes, length: bool, rsa_key: RSAPrivateKey) -> None:
    """In all four forms, with folded and repeated fields, with l= and without."""
    header, _, body = forms.partition(b"/")
    field = dkim.sign(message, b"s1", b"west.example", _pem(rsa_key), canonicalize=(header, body), length=length)
    keys: dict[str, str | bytes | None] = {KEY_NAME: public_record(rsa_key)}
    [check] = verify(field + message, keys)
    assert (check.result, check.reason) == (Result.PASS, None)
    assert check.body_unsigned == 0


@_SLOW
@given(message=_messages(), with_lf=st.booleans())
def test_dkimpy_believes_what_we_sign(message: bytes, with_lf: bool, rsa_key: RSAPrivateKey) -> None:
    """Oversigned fields, absent fields, LF files."""
    if with_lf:
        message = message.replace(b"\r\n", b"\n")
    field = sign(message, domain="west.example", selector="s1", key=rsa_key, identity="x@mx.west.example")
    assert dkim.verify(field + message, dnsfunc=_txt(public_record(rsa_key)))
    assert verify(field + message, {KEY_NAME: public_record(rsa_key)})[0].result is Result.PASS


def test_ed25519_both_ways(message: bytes, ed_key: Ed25519PrivateKey) -> None:
    """RFC 8463 as both sides understand it (dkimpy needs PyNaCl for it)."""
    pytest.importorskip("nacl")
    secret, record = b64encode(ed_key.private_bytes_raw()), public_record(ed_key)
    theirs = dkim.sign(message, b"s1", b"west.example", secret, signature_algorithm=b"ed25519-sha256")
    assert verify(theirs + message, {KEY_NAME: record})[0].result is Result.PASS
    ours = sign(message, domain="west.example", selector="s1", key=ed_key)
    assert dkim.verify(ours + message, dnsfunc=_txt(record))


@_SLOW
@given(data=st.data(), message=_messages())
def test_a_changed_message_is_judged_alike(data: st.DataObject, message: bytes, rsa_key: RSAPrivateKey) -> None:
    """One octet anywhere made another: we believe it only where dkimpy does."""
    signed = sign(message, domain="west.example", selector="s1", key=rsa_key) + message
    at = data.draw(st.integers(0, len(signed) - 1))
    octet = data.draw(st.sampled_from([b" ", b"\t", b"x", b";", b"=", b"A", b":"]))
    changed = signed[:at] + octet + signed[at + 1 :]
    ours = any(check.result is Result.PASS for check in verify(changed, {KEY_NAME: public_record(rsa_key)}))
    try:
        dkim.DKIM(changed)
    except (dkim.MessageFormatError, IndexError):
        return  # a line among the fields is none: dkimpy refuses the message, we pass over what nobody signed
    assert not ours or dkim.verify(changed, dnsfunc=_txt(public_record(rsa_key)))


@_SLOW
@given(body=_BODY)
def test_bodies_are_canonical_alike(body: bytes) -> None:
    """The same bytes are hashed in either form."""
    assert simple_body(body) == dkim.canonicalization.Simple.canonicalize_body(body)
    assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@pytest.mark.parametrize("folder", ["mime-torture", "glitchy-spam-archive", "bounces", "feedback-reports"])
def test_real_bodies_hash_alike(folder: str, real_data: Path) -> None:
    """Every signed mail at hand: our body hash is dkimpy's, signature for signature, and nothing raises."""
    compared = 0
    for path in sorted((real_data / folder).rglob("*")):
        text = path.read_bytes() if path.is_file() else b""
        if b"dkim-signature" not in text.lower():
            continue
        checks = verify(text, {})
        fields = scan(crlf(text)).headers.all("dkim-signature")
        assert len(checks) == len(fields)
        for check, field in zip(checks, fields, strict=True):
            theirs = _body_hash_ok(text, field.encode("utf-8", "replace")) if check.body_hash_ok is not None else None
            if theirs is not None:
                assert check.body_hash_ok is theirs, f"{path}: {check.reason}"
                compared += 1
    assert compared or folder not in {"mime-torture", "glitchy-spam-archive"}


def _body_hash_ok(text: bytes, field: bytes) -> bool | None:
    """dkimpy's opinion without its look at the clock; None where it cannot read the message."""
    tags = dkim.util.parse_tag_value(field)
    try:
        body = dkim.DKIM(text).body
    except (dkim.MessageFormatError, IndexError):
        return None
    body = dkim.CanonicalizationPolicy.from_c_value(tags.get(b"c")).canonicalize_body(body)
    if b"l" in tags:
        body = body[: int(tags[b"l"])]
    digest = dkim.HASH_ALGORITHMS[tags[b"a"]](body).digest()
    return bool(digest == b64decode(re.sub(rb"\s+", b"", tags[b"bh"])))
