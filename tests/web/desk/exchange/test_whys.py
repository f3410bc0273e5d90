"""Why somebody is told of a complaint, or is not, stands on the pages: each question, its answer, the reason."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.model.decisions import Step, keep, step_object
from comity.model.sending import OutboxKind
from comity.services.complain.rows import NewComplaint, Outgoing, enter

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene

STEPS = (
    Step(rule="originator-signature", held=True, about="cheap.example"),
    Step(rule="network", held=True, reason="received:2", about="198.51.100.0/24"),
    Step(rule="network:198.51.100.0/24", held=False, reason="already-told", about="east"),
    Step(rule="format:xarf", held=False, reason="xarf-port-unknown", about="east"),
    Step(rule="<b>rule", held=False, reason="no-cfbl-address"),
)


@pytest.fixture
def west_told(west: "DeskScene") -> "DeskScene":
    """A complaint of which east gets a report, and a network that is not told."""
    with west.store.write() as records:
        made = NewComplaint(
            key=b"k" * 16,
            not_spam=False,
            digest=b"d" * 32,
            packed=b"x",
            size=1,
            name="ann@west.example/7.eml",
            mailbox="ann@west.example",
            mailbox_token=None,
            arrived=NOW,
            due=NOW,
            kept_until=None,
        )
        number = records.sending.add_complaint(made)
        noes = [{"reason": "no-cfbl-address", "party": "letters.example"}]
        records.sending.decided({number: keep(noes, [step_object(each) for each in STEPS])}, NOW)
        outgoing = Outgoing(
            report_key=b"r" * 16,
            name="cr1-one",
            complaint_id=number,
            party="east",
            role="originator",
            rule="originator:signature",
            agreement_version=1,
            tier="T2",
            tlp="TLP:AMBER",
            definition="complaint",
            evidence_class="complaint",
            source_ip=None,
            source_net="198.51.100.0/24",
            observed=NOW,
            precision="second",
            message_id=None,
            dkim_domain="cheap.example",
            mailbox_token=None,
            facts={},
            reported=None,
            day="2026-03-20",
        )
        (report_id,) = records.sending.add_reports([outgoing])
        row = enter(OutboxKind.REPORT, b"x", party="east", address="f@east.example", bounce_token="t" * 24, now=NOW)
        row = replace(row, report_id=report_id)
        records.sending.add_outbox([row])
    return west


def test_each_step_stands_beside_the_mail(west_told: "DeskScene") -> None:
    """The page of a report says what was asked before it was made; a stranger's word in it does nothing."""
    page = west_told.client.get("/outbox/mail?party=east&id=1").text
    assert "originator-signature" in page
    assert "cheap.example" in page
    assert "&lt;b&gt;rule" in page
    assert "<b>rule" not in page
    assert "the network it came from is responsible" in page
    assert "the same party is told already" in page
    assert "found in trace line 2, counted from our side" in page
    assert "XARF wants the source port, and nobody noted it" in page
    assert "received:2" not in page


def test_a_complaint_that_told_nobody_says_why(west_told: "DeskScene") -> None:
    """It is on a list of the outbox, with the network that is not told and the reason; whose it is sees who may see people."""
    assert "/outbox/untold" in west_told.client.get("/outbox").text
    page = west_told.client.get("/outbox/untold").text
    assert "letters.example" in page
    assert "/outbox/why?id=1" in page
    assert "ann@west.example" in page
    whole = west_told.client.get("/outbox/why?id=cr1-one").text
    assert "network:198.51.100.0/24" in whole
    assert west_told.client.get("/outbox/why?id=7").status_code == 404
    assert west_told.client.get("/outbox/why").status_code == 404
    west_told.roles[:] = [Role.AUDITOR]
    page = west_told.client.get("/outbox/untold").text
    assert ("letters.example" in page, "ann@west.example" in page) == (True, False)
