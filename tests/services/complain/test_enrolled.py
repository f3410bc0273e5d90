"""An enrolled consumer is a rung of the ladder: what leaves for it, and what an agreement leaves to it."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.feedback.enrolment import IN_FORCE
from comity.locale import LANGUAGES, catalogue
from comity.model.consumer import Claim, ClaimKind, Consumer, ConsumerState, ProofWay
from comity.model.outcomes import ComityError
from comity.model.sending import OutboxState, Peer, PeerState

from .conftest import AGREEMENTS

if TYPE_CHECKING:
    from .conftest import Desk


def _enrol(desk: "Desk", network: str = "192.0.2.0/24", *, quota: int = 50, address: str = "fbl@north.example") -> None:
    north = Consumer(
        name="north", address=address, state=ConsumerState.TRIAL, since=desk.now, applied=desk.now, quota=quota
    )
    proof = Claim(
        consumer="north",
        kind=ClaimKind.NETWORK,
        subject=network,
        code="P-1",
        way=ProofWay.DNS,
        proved=desk.now,
        expires=desk.now + timedelta(days=180),
    )
    with desk.store.write() as rows:
        rows.consumers.put(north)
        rows.consumers.put_claim(proof)
        rows.consumers.put_claim(replace(proof, kind=ClaimKind.MAILBOX, subject=address, code="P-2"))
        rows.peers.put(Peer(name="north", address=address, state=PeerState.LIVE, since=desk.now))


def test_reports_leave_for_an_enrolled_consumer(desk: "Desk") -> None:
    """A complaint about mail out of its network reaches it at once, written down as for any peer."""
    _enrol(desk)
    desk.complain(address="192.0.2.7")
    desk.later(hours=1)
    desk.decide()
    assert desk.outbox() == [("north", OutboxState.WAITING, None)]
    assert desk.leaves() == {"report": 1}
    assert desk.faults() == []


def test_the_quota_of_the_trial_is_kept(desk: "Desk") -> None:
    """What is over the day's quota of a trial waits for the next day."""
    _enrol(desk, quota=1)
    for number in range(3):
        desk.complain(number, address="192.0.2.7")
    desk.later(hours=1)
    desk.decide()
    assert [reason for *_, reason in desk.outbox()] == [None, "quota", "quota"]


@pytest.mark.parametrize("state", sorted(set(ConsumerState) - IN_FORCE))
def test_nothing_is_let_out_to_whoever_gets_no_reports(desk: "Desk", state: ConsumerState) -> None:
    """Whether a consumer gets reports is decided about the consumer, not about its mail: what is held stays so."""
    _enrol(desk)
    with desk.store.write() as rows:
        found = rows.consumers.find("north")
        assert found is not None
        rows.consumers.put(replace(found, state=state))
        rows.peers.put(Peer(name="north", address=found.address, state=PeerState.SUSPENDED, since=desk.now))
    with pytest.raises(ComityError) as refused:
        desk.live("north", with_held=True)
    assert refused.value.code == f"peer-consumer-{state.value}"
    for language in LANGUAGES:
        assert {f"error.peer-consumer-{state.value}", f"remedy.peer-consumer-{state.value}"} <= set(catalogue(language))
    with desk.store.read() as rows:
        assert rows.peers.by_name(["north"])["north"].state is PeerState.SUSPENDED


def test_an_agreement_rules_whatever_was_enrolled_before(desk: "Desk") -> None:
    """Who left as a consumer and signed an agreement since goes live as every peer."""
    _enrol(desk)
    with desk.store.write() as rows:
        found = rows.consumers.find("north")
        assert found is not None
        rows.consumers.put(replace(found, name=AGREEMENTS[0].peer, state=ConsumerState.LEFT))
    desk.live(AGREEMENTS[0].peer)


def test_it_leaves_and_nothing_leaves_for_it(desk: "Desk") -> None:
    """From the moment it left, complaints find nobody."""
    _enrol(desk)
    with desk.store.write() as rows:
        found = rows.consumers.find("north")
        assert found is not None
        rows.consumers.put(replace(found, state=ConsumerState.LEFT))
    desk.complain(address="192.0.2.7")
    desk.later(hours=1)
    assert desk.decide().refused == {"no-agreement-and-no-cfbl-address": 1}


def test_an_agreement_goes_before_enrolment(desk: "Desk") -> None:
    """Whoever has an agreement is bound by it alone."""
    desk.pacing = replace(desk.pacing, names={"north.example": "north"})
    desk.__post_init__()
    _enrol(desk)
    desk.complain(address="192.0.2.7")
    desk.later(hours=1)
    assert desk.decide().refused == {"no-agreement-and-no-cfbl-address": 1}
