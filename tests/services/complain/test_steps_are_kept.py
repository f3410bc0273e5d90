"""Each step of the decision about a complaint is kept: its yes or no, and why."""

from dataclasses import replace
from typing import TYPE_CHECKING

from comity.feedback.pacing import PaceRules
from comity.model.sending import OutboxState
from comity.services.complain.straight_line import Mail

if TYPE_CHECKING:
    from .conftest import Desk


def test_every_step_is_kept_and_noes_stand_apart(desk: "Desk") -> None:
    """One who is told, one whom nobody answers for: both can be asked afterwards, by number or by the report."""
    desk.live("east")
    desk.complain(1)
    desk.complain(2, address="192.0.2.77")
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        told, nobody = rows.submissions.complaints_now([1, 2])
        (name,) = [each.name for each in rows.sending.listed("east", (OutboxState.WAITING,), 9)]
        assert (rows.submissions.complaint_of(name), rows.submissions.complaint_of("2")) == (1, 2)
        assert (rows.submissions.complaint_of("3"), rows.submissions.complaint_of("cr1-none")) == (None, None)
        assert rows.submissions.complaint_of("9" * 40) is None
        assert [each.id for each in rows.sending.told_nobody(9)] == [2]
    assert [each["rule"] for each in told.steps if each["held"]][:1] == ["message"]
    assert told.refusals == ()
    assert not any(each["held"] for each in nobody.steps[1:])
    assert [each["reason"] for each in nobody.refusals] == ["no-agreement-and-no-cfbl-address"]


def test_no_step_keeps_whose_line_it_was(desk: "Desk") -> None:
    """Rows of complaints outlive what was read in the mails: of a source they keep the network."""
    desk.complain(1, address="192.0.2.77")
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        (nobody,) = rows.submissions.complaints_now([1])
    assert "192.0.2.77" not in repr((nobody.steps, nobody.refusals))
    assert "192.0.2.0/24" in {each.get("about") for each in nobody.steps}


def test_no_keeps_the_mailbox_that_a_mail_named_for_itself(desk: "Desk") -> None:
    """A mailbox may be a person's: of one whose CFBL-Address was not signed the domain is kept, as in the steps."""
    data = desk.mail(1, "192.0.2.77").replace(
        b"Subject:", b"CFBL-Address: fbl+ann@shop.example; report=arf\nSubject:", 1
    )
    with desk.store.write() as rows:
        desk.complaints.enter(rows, Mail(path="1.eml", data=data), desk.now)
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        (nobody,) = rows.submissions.complaints_now([1])
    assert "fbl+ann" not in repr((nobody.steps, nobody.refusals))
    assert ("cfbl-signature-missing", "shop.example") in {(each["reason"], each["party"]) for each in nobody.refusals}


def test_what_pacing_spares_is_a_step_too(desk: "Desk") -> None:
    """The ladder said yes; that the party hears of a complainer once a campaign stands behind it."""
    desk.pacing = replace(desk.pacing, rules=PaceRules())
    desk.__post_init__()
    desk.live("east")
    for number in (1, 2):  # one campaign, one complainer
        desk.complain(number)
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        _, spared = rows.submissions.complaints_now([1, 2])
    assert spared.steps[-1] == {"rule": "pacing", "held": False, "reason": "complainer-told", "about": "east"}
    assert [(each["reason"], each["party"]) for each in spared.refusals] == [("complainer-told", "east")]
