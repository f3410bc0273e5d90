"""Labels of advertising, and the way out of a list."""

from dataclasses import replace

import pytest

from comity.formats.bulk_labels import labels_of
from comity.formats.mime import scan
from comity.model.origin import Signature, Standing

SIGNED = Signature(
    domain="east.example",
    selector="s",
    standing=Standing.VERIFIED,
    signed_headers=("from", "list-unsubscribe", "list-unsubscribe-post"),
)
WAY = "List-Unsubscribe: <mailto:out@east.example>,\r\n <https://east.example/out?7>\r\n"
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


def _labels(fields: str, *signatures: Signature):  # type: ignore[no-untyped-def]
    return labels_of(scan(f"{fields}\r\n".encode()).headers, signatures)


@pytest.mark.parametrize(
    ("subject", "jurisdictions"),
    [
        ("广告 新品上市", ("cn",)),
        ("【广告】新品上市", ("cn",)),
        ("(AD) Spring sale", ("cn",)),
        ("AD: Spring sale", ("cn",)),
        ("ad Spring sale", ("cn",)),
        ("=?gb2312?B?Ufk=?= x", ()),
        ("=?utf-8?B?W+W5v+WRil0=?= x", ("cn",)),
        ("Advice for spring", ()),
        ("Re: AD", ()),
        ("关于广告的问题", ()),
        ("SEXUALLY-EXPLICIT: x", ("us",)),
        ("", ()),
    ],
)
def test_the_label_that_a_law_asks_for(subject: str, jurisdictions: tuple[str, ...]) -> None:
    """At the beginning of the Subject, as a word of its own."""
    assert _labels(f"Subject: {subject}\r\n").advertising == jurisdictions


def test_the_ways_out_of_a_list_are_shown() -> None:
    """Both of them, as written; what is neither https nor mailto is none."""
    found = _labels(WAY.replace("<mailto", "<javascript:x>, <mailto"))
    assert found.unsubscribe == ("mailto:out@east.example", "https://east.example/out?7")
    assert (found.is_list, found.one_click, found.one_click_lacks) == (True, False, None)


@pytest.mark.parametrize(
    ("fields", "signatures", "lacks"),
    [
        (WAY + POST, (SIGNED,), None),
        (WAY + POST, (), "signature"),
        (WAY + POST, (replace(SIGNED, standing=Standing.CLAIMED),), "signature"),
        (WAY + POST, (replace(SIGNED, signed_headers=("from",)),), "signature"),
        (POST, (SIGNED,), "https"),
        (WAY.replace("https", "http") + POST, (SIGNED,), "https"),
        (WAY + "List-Unsubscribe-Post: yes\r\n", (SIGNED,), "post-field"),
    ],
)  # fmt: skip
def test_one_click_is_all_of_it_or_not_there(fields: str, signatures: tuple[Signature, ...], lacks: str | None) -> None:
    """RFC 8058: https, the field for it, and a signature over both that holds."""
    found = _labels(fields, *signatures)
    assert (found.one_click, found.one_click_lacks) == (lacks is None, lacks)
