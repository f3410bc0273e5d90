"""The last gate: it finds people in every coding, and nobody where nobody is."""

import base64
import random
from collections.abc import Callable

import pytest

from comity.feedback.redaction import find_leaks, openings, redact, tokens
from comity.feedback.redaction.leaks import SIZE_LIMIT, Kind, _spelled
from comity.feedback.redaction.tokens import canonical
from comity.formats.mime import scan
from comity.model.agreement import BodyPolicy
from comity.model.tier import Tier

from .codings import CODINGS
from .letters import KEY

NAMES = ("ann.lee", "jsmithy77", "info", "bo", "li-na+news")
PLACES = (
    "X-Id: {}",
    "Message-ID: <{}@east.example>",
    "List-Unsubscribe: <https://east.example/u?e={}&x=1>",
    "Subject: to {} now",
)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_recipient_is_found_in_every_coding(coding: Callable[[str, random.Random], str], name: str) -> None:
    """What the redactor might overlook is seen here."""
    address = f"{name}@west.example"
    for place in PLACES:
        line = place.format(coding(address, random.Random(1)))  # noqa: S311 - samples, not secrets
        assert find_leaks(f"{line}\r\n".encode(), [address]), line


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_recipient_is_taken_out_of_every_coding(coding: Callable[[str, random.Random], str], name: str) -> None:
    """At T2 the coded form itself is gone from header and body, and the gate finds nobody."""
    address = f"{name}@west.example"
    for place in PLACES:
        hidden = coding(address, random.Random(2))  # noqa: S311 - samples, not secrets
        mail = f"From: n@east.example\r\n{place.format(hidden)}\r\n\r\nbody {hidden} end\r\n".encode()
        shown = redact(scan(mail), tier=Tier.T2, recipients=[address], key=KEY, body=BodyPolicy.ALWAYS)
        assert (shown.tier, shown.leaks) == (Tier.T2, ())
        assert hidden.replace("\r\n ", "").encode() not in shown.content.replace(b"\r\n ", b"")
        text = scan(shown.content).text()
        assert hidden not in text
        assert text.rstrip().endswith("end")


@pytest.mark.parametrize(
    "output",
    [
        b"From: news@annlee.example",
        b"X-Link: https://www.annlee.example/",
        b"X-Id: redacted-aaaaaaaaaaaaaaaaaaaa-@west.example",
        b"X-Id: information at west.example",
        b"Received: from mail.west.example by mx.west.example",
        b"X-Id: joannlee2@north.example",
    ],
)
def test_what_only_looks_like_somebody_passes(output: bytes) -> None:
    """A gate that cries at everything would be switched off."""
    assert find_leaks(output, ["annlee@west.example", "info@west.example", "mail@west.example"]) == ()


def test_a_leak_names_the_recipient_by_number_only() -> None:
    """What the gate says may be logged."""
    leak = find_leaks(b"X: bob7@west.example", ["ann.lee@west.example", "bob7@west.example"])[0]
    assert (leak.kind, leak.recipient, leak.coding) == (Kind.ADDRESS, 1, "plain")
    assert "bob7" not in repr(leak)


def test_hashes_of_the_address_are_leaks() -> None:
    """md5 of an address is found by whoever has a list of addresses."""
    kinds = {
        each.kind
        for each in find_leaks(b"u=5f4c6bc1e0b1b1e0b1 " + _md5(b"ann.lee@west.example"), ["Ann.Lee@west.example"])
    }
    assert kinds == {Kind.HASH}


@pytest.mark.parametrize("form", ["li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"])
@pytest.mark.parametrize("known", ["li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"])
@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2])
def test_a_hash_over_either_form_of_the_domain_is_one_of_the_address(form: str, known: str, tier: Tier) -> None:
    """Whoever made it may have written the domain in Chinese or in ASCII, however we know it."""
    mail = b"Message-ID: <%b@east.example>\r\nTo: you\r\n\r\nhello\r\n" % _md5(form.encode())
    assert find_leaks(mail, [known])
    shown = redact(scan(mail), tier=tier, recipients=[known], key=KEY, body=BodyPolicy.ALWAYS)
    assert _md5(form.encode()) not in shown.content
    assert shown.leaks == ()


def _md5(data: bytes) -> bytes:
    import hashlib

    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def test_what_cannot_be_looked_through_does_not_pass() -> None:
    """Too large is not clean."""
    assert find_leaks(b"x" * (SIZE_LIMIT + 1), ["ann.lee@west.example"])[0].kind is Kind.NOT_CHECKABLE


@pytest.mark.parametrize(
    "line",
    [
        b"X-Id: " + base64.b64encode("ⅧⅧⅧⅧⅧ".encode()),
        b"X-Id: %26%238551;%26%238551;%26%238551;%26%238551;%26%238551;",
        b"X-Id: =?gb18030?b?" + base64.b64encode("ⅧⅧⅧⅧⅧ".encode("gb18030")) + b"?=",
        b"X-Id: " + "ｖｉｉｉｖｉｉｉｖｉｉｉｖｉｉｉｖｉｉｉ".encode("gb18030"),
        b"X: " + base64.b64encode(b"~{" + bytes(each & 0x7F for each in "ⅧⅧⅧⅧⅧ".encode("gb2312")) + b"~}"),
        b"X: " + base64.b64encode(b"\x1b$A" + bytes(each & 0x7F for each in "ⅧⅧⅧⅧⅧ".encode("gb2312")) + b"\x1b(B"),
    ],
)
def test_signs_that_are_several_letters_hide_nobody_from_the_gate(line: bytes) -> None:
    """Fewer signs than the name has letters, and still its letters."""
    assert find_leaks(line + b"\r\n", ["viiiviiiviiiviiiviii@west.example"])


@pytest.mark.parametrize("parts", [("marion", "ashworth"), ("marion", "ashworth@west.example")])
def test_a_name_that_is_coded_word_by_word_is_found(parts: tuple[str, str]) -> None:
    """Each word in a stretch of its own, each too short for the whole name: put side by side they name somebody."""
    one, two = (base64.b64encode(each.encode()) for each in parts)
    assert find_leaks(
        b"X-Link: https://east.example/?f=" + one + b"&l=" + two + b"\r\n", ["marion.ashworth@west.example"]
    )


def test_mails_of_all_signs_there_are_leave_nothing_behind() -> None:
    """What was looked up of a sign is remembered for the next mail, but not for a million signs that no language has."""
    for start in range(0x80, 0x110000, 2000):
        signs = "".join(map(chr, range(start, min(start + 2000, 0x110000)))).encode("utf-8", "replace")
        assert find_leaks(signs + b" ann.\xe2\x80\x8blee@west.example\r\n", ["ann.lee@west.example"])
    assert len(openings._SEEN) <= openings._MOST_SEEN + openings._MANY


def test_domains_that_no_host_has_are_not_remembered() -> None:
    """A mail may name a recipient at a domain of 60,000 characters: it is redacted like any other, and forgotten."""
    kept = (_spelled.__self__, tokens.ascii_domain.__self__)
    for each in kept:
        each.clear()
    for number in range(3):
        domain = f"x{number}{'y' * 60_000}.example"
        assert canonical(f"Ann.Lee@{domain.upper()}.") == f"ann.lee@{domain}"
        assert find_leaks(f"X-Id: ann.lee@{domain}".encode(), [f"ann.lee@{domain}"])
    assert kept == ({}, {})
    assert canonical("Ann@West.Example") == "ann@west.example"
    assert find_leaks(b"X-Id: uma.quill@west.example", ["uma.quill@west.example"])
    assert [len(each) for each in kept] == [1, 1]
