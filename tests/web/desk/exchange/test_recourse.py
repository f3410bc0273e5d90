"""Recourse on the desk: what is owed first, a person's answer with reasons, another person's after an escalation."""

from datetime import timedelta
from typing import TYPE_CHECKING

from comity.accord.recourse import UNANSWERED, UNWARNED, WARNED
from comity.model.account import Role
from comity.model.recourse import Measure, RecourseEvent, RecourseState
from comity.services.prove.recourse.acting import PROGRAM, Imposing

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene


def objected(west: "DeskScene", subject: str = "198.51.100.7") -> str:
    """Something that is done to a network, which objects."""
    ends = NOW + timedelta(days=20)
    wanted = Imposing(subject=subject, measure=Measure.LIMITED, reason="<b>traps</b>", also="trap", ends=ends)
    with west.store.write() as records:
        desk = west.work.dealings.recourse(records, actor="li na", now=NOW)
        made = desk.impose(wanted)
        desk.argue(made.reference, "not <i>us</i>")
    return made.reference


def escalated(west: "DeskScene", reference: str) -> None:
    """The other side wants a second person."""
    with west.store.write() as records:
        west.work.dealings.recourse(records, actor="affected", now=NOW).escalate(reference, "look again")


def state_of(west: "DeskScene", reference: str) -> tuple[RecourseState, str | None]:
    """Where it stands, and who answered last."""
    with west.store.read() as records:
        found = records.recourses.find(reference)
    assert found is not None
    return found[1].state, found[1].answered_by


def test_what_is_owed_comes_first(west: "DeskScene") -> None:
    """With its day; what strangers wrote does nothing."""
    assert "Nothing is done to anybody." in west.client.get("/recourse").text
    done, owed = objected(west, "192.0.2.1"), objected(west)
    with west.store.write() as records:
        west.work.dealings.recourse(records, actor="ann", now=NOW).answer(done, "yes", grants=True)
    text = west.client.get("/recourse").text
    assert text.index(owed) < text.index(done)
    page = west.client.get(f"/recourse/{owed}").text
    assert "not &lt;i&gt;us&lt;/i&gt;" in page
    assert "<b>traps" not in page
    assert west.client.get("/recourse/R-NOTHING").status_code == 404


def test_a_person_answers_with_reasons(west: "DeskScene") -> None:
    """Without reasons nothing changes; what cannot be mailed is shown, to be handed on."""
    reference = objected(west)
    path = f"/recourse/{reference}"
    assert west.post(path, act="grant").status_code == 400
    assert west.post(path, act="maybe", text="x").status_code == 400
    assert state_of(west, reference) == (RecourseState.ARGUED, None)
    answer = west.post(path, act="grant", text="the customer is clean")
    assert answer.status_code == 200
    assert "the customer is clean" in answer.text
    assert state_of(west, reference) == (RecourseState.GRANTED, "ann")
    assert west.post(path, act="refuse", text="no, after all").status_code == 409
    assert state_of(west, reference) == (RecourseState.GRANTED, "ann")


def test_nobody_answers_twice(west: "DeskScene") -> None:
    """After an escalation the same account is offered no form, and refused when it sends one all the same."""
    reference = objected(west)
    path = f"/recourse/{reference}"
    west.post(path, act="refuse", text="still traps")
    escalated(west, reference)
    page = west.client.get(path).text
    assert "You answered before." in page
    assert 'name="text"' not in page
    assert west.post(path, act="refuse", text="again").status_code == 400
    assert state_of(west, reference) == (RecourseState.ESCALATED, "ann")


def test_a_second_person_gives_the_last_answer(west: "DeskScene") -> None:
    """Somebody else refused first; this account upholds it."""
    reference = objected(west)
    with west.store.write() as records:
        west.work.dealings.recourse(records, actor="li na", now=NOW).answer(reference, "no", grants=False)
    escalated(west, reference)
    assert "This is the last answer" in west.client.get(f"/recourse/{reference}").text
    west.post(f"/recourse/{reference}", act="refuse", text="I looked, and it is so")
    assert state_of(west, reference) == (RecourseState.CLOSED, "ann")


def test_whoever_may_only_look_answers_nothing(west: "DeskScene") -> None:
    """A desk account sees it and is offered no answer."""
    reference = objected(west)
    west.roles[:] = [Role.DESK]
    assert 'name="text"' not in west.client.get(f"/recourse/{reference}").text
    assert west.post(f"/recourse/{reference}", act="grant", text="x").status_code == 403
    assert state_of(west, reference)[0] is RecourseState.ARGUED


def test_an_auditor_reads_no_address(west: "DeskScene") -> None:
    """Whoever wrote from a mailbox of his own is somebody to whoever may not see people."""
    reference = objected(west)
    with west.store.write() as records:
        west.work.dealings.recourse(records, actor="jo@east.example", now=NOW).argue(reference, "once more")
    for path in (f"/recourse/{reference}", "/audit", "/audit.csv"):
        west.roles[:] = [Role.ADMINISTRATOR]
        assert "jo@east.example" in west.client.get(path).text
        west.roles[:] = [Role.AUDITOR]
        assert "jo@east.example" not in west.client.get(path).text, path


def test_a_warning_that_came_back_says_what_to_do(west: "DeskScene") -> None:
    """The page has the text to give them by another way, and takes down how it was done; a rule's listing begins from then on."""
    with west.store.write() as records:
        desk = west.work.dealings.recourse(records, actor=PROGRAM, now=NOW)
        made = desk.impose(
            Imposing(
                subject="mail.listed.example",
                measure=Measure.LISTED,
                reason="traps",
                also="trap",
                ends=NOW + timedelta(days=20),
                waits=True,
            )
        )
        for act, note in ((WARNED, "abuse@listed.example"), (UNWARNED, "abuse@listed.example: <b>550</b>")):
            event = RecourseEvent(at=NOW, actor="ann", act=act, note=note, to_state=RecourseState.OPEN)
            records.recourses.note(made.reference, event)
    assert "warning came back" in west.client.get("/recourse").text
    assert "whose other side a person has to tell" in west.client.get("/").text
    path = f"/recourse/{made.reference}"
    page = west.client.get(path).text
    assert "The warning did not arrive" in page
    assert "A rule decided this" in page
    assert f"cite {made.reference}" in page
    assert "<b>550" not in page
    assert west.post(path, act="told", text=" ").status_code == 400
    west.post(path, act="told", text="by telephone, noc desk")
    with west.store.read() as records:
        assert not west.work.dealings.recourse(records, actor="", now=NOW).find(made.reference)[0].waits
    assert "The warning did not arrive" not in west.client.get(path).text


def test_whoever_may_only_look_warns_nobody(west: "DeskScene") -> None:
    """The list shows it; the form is for those who act."""
    wanted = Imposing(
        subject="mail.listed.example",
        measure=Measure.LISTED,
        reason="traps",
        also="trap",
        ends=NOW + timedelta(days=20),
        waits=True,
    )
    with west.store.write() as records:
        made = west.work.dealings.recourse(records, actor=PROGRAM, now=NOW).impose(wanted)
    west.roles[:] = [Role.DESK]
    assert "nobody warned" in west.client.get("/recourse").text
    assert "They were told" not in west.client.get(f"/recourse/{made.reference}").text
    assert west.post(f"/recourse/{made.reference}", act="told", text="x").status_code == 403


def test_whoever_asked_by_mail_in_vain_is_named(west: "DeskScene") -> None:
    """Of a network that nothing may be mailed to: on the first page, in the list, and with what to do until somebody told them."""
    ends = NOW.replace(hour=0, minute=0) + timedelta(days=20)
    wanted = Imposing(subject="203.0.113.0/24", measure=Measure.REPORTED, reason="phishing", also="trap", ends=ends)
    with west.store.write() as records:
        desk = west.work.dealings.recourse(records, actor="li na", now=NOW)
        made = desk.impose(wanted)
        desk.ask(made.reference, asker="wang@north.example", how="mail")
        event = RecourseEvent(at=NOW, actor=PROGRAM, act=UNANSWERED, note=None, to_state=RecourseState.ASKED)
        records.recourses.note(made.reference, event)
    path = f"/recourse/{made.reference}"
    assert "report whose other side a person has to tell" in west.client.get("/").text
    assert "asked, not answered" in west.client.get("/recourse").text
    page = west.client.get(path).text
    assert "They asked by mail, and no mail may answer" in page
    assert f"{made.last_day} <span" in page
    assert west.post(path, act="told", text="by telephone").status_code == 303
    assert "They asked by mail, and no mail may answer" not in west.client.get(path).text
    assert "a person has to tell" not in west.client.get("/").text
