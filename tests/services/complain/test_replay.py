"""A mail that somebody sent again: who is told, and who is not blamed."""

from typing import TYPE_CHECKING
from zlib import decompress

import pytest

from comity.cases.facts import facts_of
from comity.formats.arf import read
from comity.model.case import EvidenceClass
from comity.model.decisions import noes_in
from comity.model.mailbox import Item
from comity.services.complain.straight_line import Mail
from comity.services.operate.housekeeping import keep_house

if TYPE_CHECKING:
    from conftest import Desk

# Out of two networks of east.example.
HOSTS = ("198.51.100.7", "198.51.100.9", "203.0.113.9")


def _replayed(name: str, host: str = HOSTS[0], signer: str = "good.example") -> Mail:
    """One mail of a good domain to Bob, in the mailbox of somebody else, from a host that is not the domain's."""
    when = "Sun, 01 Mar 2026 08:05:09 +0000"
    return Mail(
        path=f"{name}.eml",
        data=(
            f"Delivered-To: {name}@west.example\n"
            f"Received: from x (unknown [{host}]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
            f"\tfor <{name}@west.example>; {when}\n"
            f"Authentication-Results: mx.west.example; dkim=pass header.d={signer} header.s=s1;\n"
            f"\tspf=pass smtp.mailfrom=x@bulk.example\n"
            f"DKIM-Signature: v=1; a=rsa-sha256; d={signer}; s=s1; h=from:to:subject:date; bh=aGk=; b=QUJDREVGR0g=\n"
            f"From: Good <news@{signer}>\nTo: bob@elsewhere.example\nDate: {when}\nSubject: Win\n"
            f"CFBL-Address: cfbl@{signer}\nMessage-ID: <1@{signer}>\n\nwin\n"
        ).encode(),
    )


def _complain(desk: "Desk", *mails: Mail) -> None:
    for mail in mails:
        with desk.store.write() as rows:
            desk.complaints.enter(rows, mail, desk.now)
    desk.later(minutes=20)
    desk.decide()


def _told(desk: "Desk") -> list[str]:
    return [party for party, _, _ in desk.outbox()]


def test_suspected_the_signer_hears_of_it(desk: "Desk") -> None:
    """In one mailbox it may be a forwarder that nobody declared: the signer is told as usual, and that it may be a replay."""
    complained = desk.line.complain(_replayed("ann"), desk.now)
    assert [each.send.party for each in complained.reports] == ["good", "east"]
    for each in complained.reports:
        assert b"\r\nComity-Replay: suspected\r\n" in each.data
        assert b"\r\nFeedback-Type: abuse\r\n" in each.data
    replay = next(step for step in complained.steps if step.rule.startswith("replay"))
    assert (replay.rule, replay.reason) == ("replay:suspected", "not-addressed, handed-over-elsewhere")


def test_in_many_mailboxes_the_signer_is_not_blamed(desk: "Desk") -> None:
    """Three people whom the signer never wrote to: only the network that handed it over is told, and the no has a name."""
    _complain(desk, *(_replayed(name) for name in ("ann", "carl", "dora")))
    assert _told(desk) == ["east", "east", "east"]
    with desk.store.read() as rows:
        noes = [
            (each["reason"], each["party"]) for row in rows.sending.told_nobody(10) for each in noes_in(row.refusals)
        ]
    assert noes.count(("dkim-replay", "good")) == 3


def test_out_of_several_networks_too(desk: "Desk") -> None:
    """Two mailboxes are enough where two networks handed the same signature over."""
    _complain(desk, _replayed("ann", HOSTS[0]), _replayed("carl", HOSTS[2]))
    assert sorted(_told(desk)) == ["east", "shop"]


def test_whoever_asked_is_informed(desk: "Desk") -> None:
    """An agreement may ask for it: then the signer learns of the replay, not as a complaint."""
    _complain(desk, *(_replayed(name, signer="asks.example") for name in ("ann", "carl", "dora")))
    assert sorted(set(_told(desk))) == ["asks", "east"]
    with desk.store.read() as rows:
        told = rows.sending.held("asks", ("observe",), most=1)[0].outgoing
    assert (told.evidence_class, told.dkim_domain) == ("other", "asks.example")


@pytest.mark.parametrize("signer", ["asks.example", "good.example"])
def test_the_reader_blames_the_network_alone(desk: "Desk", signer: str) -> None:
    """Who reads the network's report finds no domain to blame; who reads the signer's finds no complaint."""
    _complain(desk, *(_replayed(name, signer=signer) for name in ("ann", "carl", "dora")))
    reports = {}
    with desk.store.read() as rows:
        for party in ("asks", "east"):
            for told in rows.sending.held(party, ("observe",), most=1):
                reports[party] = told
    for party, told in reports.items():
        reading = read(decompress(told.packed or b""))
        assert reading is not None
        assert "signature-replayed" in [each.code for each in reading.findings]
        evidence = facts_of(Item(name="x", position="", size=1), reading, "00").evidence[0]
        if party == "east":
            assert (evidence.evidence_class, evidence.dkim_domain) == (EvidenceClass.COMPLAINT, ())
            assert reading.reports[0].reported_domain == ()
        else:
            assert (evidence.evidence_class, evidence.dkim_domain) == (EvidenceClass.OTHER, (signer,))
            assert not reading.reports[0].is_complaint


def test_the_address_in_it_is_not_written_to(desk: "Desk") -> None:
    """A CFBL-Address is the signer's word: where the signer is not to blame, nobody is aimed at by it."""
    mails = [_replayed(name, signer="news.example") for name in ("ann", "carl", "dora")]
    signed = [Mail(path=each.path, data=each.data.replace(b"h=from:", b"h=cfbl-address:from:")) for each in mails]
    assert [each.send.party for each in desk.line.complain(signed[0], desk.now).reports] == ["east", "news.example"]
    _complain(desk, *signed)
    assert _told(desk) == ["east", "east", "east"]


def test_what_was_seen_is_forgotten(desk: "Desk") -> None:
    """After two weeks nobody remembers which signature was where."""
    _complain(desk, _replayed("ann"), _replayed("carl"))
    desk.later(days=15)
    with desk.store.write() as rows:
        assert keep_house(rows, desk.now).forgotten == 2
    _complain(desk, _replayed("dora"))
    assert sorted(_told(desk)) == ["east", "east", "east", "good", "good", "good"]


def test_ordinary_mail_leaves_no_trace(desk: "Desk") -> None:
    """Nothing is remembered of mail whose signer wrote to this mailbox, or that nobody signed."""
    addressed = _replayed("ann")
    addressed = Mail(path="a", data=addressed.data.replace(b"To: bob@elsewhere", b"To: ann@west"))
    assert desk.line.identify(addressed).sightings == ()
    assert desk.line.identify(Mail(path="b", data=desk.mail())).sightings == ()
