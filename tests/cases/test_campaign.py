"""Copies of one sending are known by a mark they share."""

from collections.abc import Callable

import pytest

from comity.cases.campaign import mark_of, plain_subject
from comity.model.case import Evidence


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Order 4711 shipped today", "Order 99 shipped today"),
        ("RE: Fwd: Your invoice", "your INVOICE"),
        ("Ｗｉｎ　ａ　ｐｒｉｚｅ", "win a prize"),
        ("回复：工资补贴申领通知 12", "工资补贴申领通知"),
        ("Hot deals a8f3kq for you", "hot deals zz9 for you"),
        ("pay\u200bment due now!!!", "pay\u200bment due, now"),
    ],
)
def test_what_differs_per_copy_does_not_count(one: str, other: str) -> None:
    """Numbers, codes, case, width, punctuation and reply prefixes."""
    assert plain_subject(one) == plain_subject(other) is not None


@pytest.mark.parametrize("subject", ["", "hi", "Re: 12345", "？？？", "你好", "Re: Re: Re:"])
def test_a_subject_that_says_too_little_is_no_mark(subject: str) -> None:
    """Otherwise all mails that say "hi" would be one campaign."""
    assert plain_subject(subject) is None


def test_the_surest_mark_counts(evidence: Callable[..., Evidence]) -> None:
    """Feedback-ID, then subject, then link, then From domain, then class; else none."""
    fields = {
        "feedback_id": "a:b:c:west",
        "subject": "summer sale now",
        "link_domain": ("shop.example",),
        "header_from": "News@West.example",
        "reported_class": "messaging/spam",
    }
    seen = []
    while fields:
        seen.append(mark_of(evidence(**fields)))
        fields.pop(next(iter(fields)))
    assert seen == [
        ("feedback-id", "a:b:c:west"),
        ("subject", "summer sale now"),
        ("link-domain", "shop.example"),
        ("from-domain", "west.example"),
        ("class", "messaging/spam"),
    ]
    assert mark_of(evidence()) is None
