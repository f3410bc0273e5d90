"""Proof by DNS and by mail."""

from ipaddress import ip_network

import pytest

from comity.formats import proof

CODE = proof.code(bytes(range(10)))


@pytest.mark.parametrize("text", ["agree {}", "Re: x\nAGREE  {}\n> old", "同意 {}", "同意：{}", "I agree: {}"])
def test_a_person_agrees(text: str) -> None:
    """The word and the code side by side are consent, in either language."""
    assert proof.answer_in(text.format(CODE)) == proof.Answer(code=CODE, agrees=True)


@pytest.mark.parametrize("text", ["refuse {}", "拒绝 {}"])
def test_a_person_refuses(text: str) -> None:
    """The other word takes it back."""
    assert proof.answer_in(text.format(CODE)) == proof.Answer(code=CODE, agrees=False)


@pytest.mark.parametrize(
    "text", ["{}", "agree\n\n    {}", "> the word agree, a blank, and this code:\n>\n> {}", "disagree {}"]
)
def test_a_program_that_repeats_the_mail_proves_nothing(text: str) -> None:
    """What quotes our mail, as ticket systems do, is no consent."""
    assert proof.answer_in(text.format(CODE)) is None


def test_our_own_mail_is_no_consent() -> None:
    """The mail that asks, sent back whole, proves nothing in any language."""
    from comity.locale import catalogue

    facts = {
        "consumer": "east",
        "organisation": "West",
        "subject": "east.example",
        "code": CODE,
        "ours": "f@west.example",
    }
    for language in ("en", "zh"):
        assert proof.answer_in(catalogue(language).say("consumer.mail.ask", **facts, day="")) is None


@pytest.mark.parametrize(
    ("network", "name"),
    [
        ("198.51.100.0/24", "_c.100.51.198.in-addr.arpa"),
        ("2001:db8::/32", "_c.8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_a_network_is_proved_below_its_reverse_name(network: str, name: str) -> None:
    """The record stands in the reverse zone of the network."""
    assert proof.dns_name("_c", ip_network(network)) == name
