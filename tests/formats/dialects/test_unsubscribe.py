"""A request to end a subscription: marked by the provider, or a mail that says nothing else."""

import pytest

from comity.formats import reading
from comity.formats.dialects import unsubscribe
from comity.formats.dialects.context import Context
from comity.formats.mime import scan
from comity.model.feedback import Kind, Reading


def _read(data: bytes) -> Reading | None:
    return unsubscribe.read(scan(data), Context())


def _mail(subject: str, body: str, *fields: str) -> bytes:
    head = ("From: Reader <reader@west.example>", "To: leave-7@east.example", f"Subject: {subject}", *fields)
    return ("\n".join(head) + "\n\n" + body).encode()


def test_a_marked_request_is_a_complaint() -> None:
    """Apple's field: pressed beside "junk" in the mail program; the subscription is named by the address written to."""
    found = _read(_mail("Unsubscribe", "anything at all\n" * 50, "X-Apple-Unsubscribe: true"))
    assert found is not None
    assert (found.kind, found.why) == (Kind.UNSUBSCRIBE, "why.unsubscribe")
    (one,) = found.reports
    assert (one.feedback_type, one.is_complaint, one.report_id) == ("opt-out", True, "leave-7@east.example")
    assert one.original_rcpt_to == ("reader@west.example",)
    assert (one.source_ip, one.original) == (None, None)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("unsubscribe", ""),
        ("", "unsubscribe"),
        ("Unsubscribe", "Please unsubscribe me."),
        ("opt-out", "OPT OUT!\n\n"),
        ("退订", ""),
        ("=?utf-8?b?6YCA6K6i?=", "取消订阅。"),
        ("", "請取消訂閱"),
    ],
)
def test_a_mail_that_says_nothing_else_is_a_request(subject: str, body: str) -> None:
    """In English and Chinese; it asks for something and complains of nothing."""
    found = _read(_mail(subject, body))
    assert found is not None
    assert found.kind is Kind.UNSUBSCRIBE
    assert not found.reports[0].is_complaint


@pytest.mark.parametrize(
    "data",
    [
        _mail("", ""),
        _mail("hello", "unsubscribe"),
        _mail("unsubscribe", "I never subscribed to this, and it comes from 192.0.2.7"),
        _mail("How do I unsubscribe?", ""),
        _mail("", "x" * 5000),
        _mail("unsubscribe", "unsubscribe", "Content-Type: image/png"),
    ],
)
def test_who_says_more_is_read_by_others(data: bytes) -> None:
    """A complaint that mentions the word is a complaint."""
    assert _read(data) is None


def test_the_first_text_of_a_multipart_counts() -> None:
    """Markup falls away."""
    data = _mail(
        "unsubscribe",
        "--b\nContent-Type: text/html\n\n<html><body><p>Unsubscribe</p></body></html>\n--b--\n",
        "Content-Type: multipart/alternative; boundary=b",
    )
    assert _read(data) is not None
    assert reading.read(data).kind is Kind.UNSUBSCRIBE


def test_a_request_without_addresses_still_is_one() -> None:
    """Who asks and for what stay open."""
    found = _read(b"Subject: unsubscribe\n\n")
    assert found is not None
    assert (found.reports[0].original_rcpt_to, found.reports[0].report_id) == ((), None)
