"""Every dialect answers whatever it is given, in time."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.formats.dialects import (
    auto_reply,
    bounce,
    forward,
    inline_forward,
    newsletter,
    notices,
    prose,
    verification,
)
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Reading

READERS = {
    "auto-reply": auto_reply.read,
    "bounce": bounce.read,
    "forward": forward.read,
    "inline-forward": inline_forward.read,
    "newsletter": newsletter.read,
    "notice": notices.read,
    "prose": prose.read,
    "verification": verification.read,
}
SAMPLES = sorted((Path(__file__).parents[2] / "corpus").glob("*/*/*.eml"))
CONTEXTS = (
    Context(),
    Context(now=datetime(2026, 11, 23, 12, tzinfo=UTC), trusted_hosts=frozenset({"mx1.west.example"})),
)


def _read_by_all(data: bytes) -> None:
    message = scan(data)
    for read in READERS.values():
        for context in CONTEXTS:
            answer = read(message, context)
            assert answer is None or isinstance(answer, Reading)


@given(st.binary(max_size=600))
def test_random_bytes(data: bytes) -> None:
    """A stranger's bytes never raise."""
    _read_by_all(data)


@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mangled_samples(seed: int) -> None:
    """Real shapes with pieces cut out, doubled, swapped and overwritten never raise either."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    data = bytearray(rng.choice(SAMPLES).read_bytes())
    for _ in range(rng.randrange(1, 8)):
        at, length = rng.randrange(len(data) + 1), rng.randrange(60)
        piece = bytes(data[at : at + length])
        data[at : at + length] = rng.choice((b"", piece * 2, piece[::-1], rng.randbytes(length), b"\r\n", b"\0", b"--"))
    _read_by_all(bytes(data))


HEADS = (
    b"To: abuse@west.example\nFrom: noreply@x.example\nSubject: Abuse report 192.0.2.1\nAuto-Submitted: auto-generated\n",
    b"To: abuse@west.example\nFrom: p@x.example\nSubject: Fwd: feedback loop verification\nContent-Type: text/html\n",
)
SPEECH = b"Dear abuse team, spam from your network, please investigate. Logs below. IP: 192.0.2.1\n"
REPEATED = (
    b"http://", b"a@", b"192.0.2.1 ", b"1:2:", b"From: x\n", b"Received: from x\n", b"IP: 192.0.2.1\n", b"<a>", b"<a b=\"",
    b"from your ", b"|ip|url|\n", b"[.]", b"2026-11-23 14:05 ", "贵司IP攻击".encode(), b"Nov ", b" ", b"\n", b"> ",
    b"--- Forwarded message ---\n", b"http://a.b/c [192.0.2.1]\n", b"message-id: <", b"X-A: b\n", b"&lt;", b"domain a.",
)  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_a_long_text_costs_little(head: bytes, hang_guard: None) -> None:
    """400 kB of anything repeated is read within the five seconds that one message may take, by all readers together."""
    for piece in REPEATED:
        message = scan(head + b"\n" + SPEECH + piece * (400_000 // len(piece)))
        for read in READERS.values():
            read(message, CONTEXTS[1])


def test_two_thousand_attachments() -> None:
    """More attached mails than are read at once are counted, and the first ones read."""
    part = b"--b\nContent-Type: message/rfc822\n\nFrom: x@y.example\nTo: z@y.example\nSubject: s\n\nbuy\n"
    data = b"To: abuse@west.example\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 2000 + b"--b--\n"
    reading = forward.read(scan(data), Context())
    assert reading is not None
    assert len(reading.reports) == 50
    assert "attachment-limit" in {each.code for each in reading.findings}
