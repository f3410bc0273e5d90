"""The shipped ladder: who has an infected device is told by what reaches, in the right language, and helped by a person."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from comity.bootstrap.playbook import playbook_named
from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.cases.weighing import weigh
from comity.model.case import SubjectKind
from comity.model.case_consequence import ConsequenceState
from comity.model.desk import CaseState
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.outcomes import ComityError
from comity.model.playbook import ActionKind, Happening
from comity.model.retention import KeptClass, Term
from comity.model.sending import OutboxState
from comity.services.receive.playbook.informing import by_hand
from comity.services.remedy.forgetting import forget
from comity.services.remedy.ladder import Wanted
from comity.store.tables.sending import outbox

from ...retention import erase_class
from .ladder_scene import ALL, HelpDesk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OBSERVED = tuple(each for each in ALL if each is not ActionKind.NOTICE)


def test_nothing_leaves_before_it_is_live(tmp_path: Path) -> None:
    """The case goes its way, and what would have been told stands on it; nobody was told anything."""
    desk = HelpDesk(tmp_path, live=())
    desk.knows(1, mail="wang@mail.example")
    desk.hears(1)
    desk.passes(2 * DAY)
    assert desk.position(1).state == "told"
    first = desk.consequences(1)[0]
    assert (first.kind, first.state) == (ActionKind.NOTICE, ConsequenceState.OBSERVED)
    assert (desk.given(1), desk.mails(), desk.folder.brought) == ([], [], [])


def test_the_subscriber_is_told_in_the_own_language(tmp_path: Path) -> None:
    """A mail in Chinese to whoever speaks it; the case weighs something, and knows what was seen."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example", language="zh-CN")
    desk.hears(1)
    desk.turns()
    (given,) = desk.given(1)
    assert (given.kind, given.language, given.family, given.guide) == (NoticeKind.MAIL, "zh_Hans", "mirai", "camera")
    assert [mail.address for mail in desk.mails()] == ["wang@mail.example"]
    assert weigh(desk.case(1), desk.now).total > 0
    desk.turns()
    assert len(desk.mails()) == 1


def test_whoever_asks_for_a_language_without_texts_is_told_so_and_nobody_else_anything(tmp_path: Path) -> None:
    """Another language would not be understood; the known ones are named, each however it is written."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example")
    desk.hears(1)
    case = desk.case(1)
    with desk.store.write() as records:
        with pytest.raises(ComityError) as caught:
            desk.ladder.reach(
                records, case, Wanted(forms=(NoticeKind.MAIL,), language="tlh"), actor="ann", now=desk.now
            )
        assert (caught.value.code, caught.value.details["known"]) == ("notice-language", "en, zh-Hans")
    assert (desk.given(1), desk.mails()) == ([], [])
    with desk.store.write() as records:
        wanted = Wanted(forms=(NoticeKind.MAIL,), language="zh-CN", days=7)
        reached = desk.ladder.reach(records, case, wanted, actor="ann", now=desk.now)
    assert reached.given is not None
    assert [each.language for each in desk.given(1)] == ["zh_Hans"]


def test_nobody_is_woken(tmp_path: Path) -> None:
    """What is decided at night leaves in the morning."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example")
    desk.now += 11 * HOUR
    desk.hears(1)
    desk.passes(8 * HOUR)
    assert desk.kinds(1) == []
    desk.passes(2 * HOUR)
    assert [(each.kind, each.given.hour) for each in desk.given(1)] == [(NoticeKind.MAIL, 8)]


def test_who_is_confined_at_night_is_shown_why_at_once(tmp_path: Path) -> None:
    """The page wakes nobody: without it the line would be cut off, and told until the morning that it is not in the garden."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example")
    desk.hears(1)
    desk.turns()
    desk.now += 11 * HOUR
    desk.decides(1, "confine")
    desk.turns()
    assert [each.kind for each in desk.given(1)] == [NoticeKind.MAIL, NoticeKind.PAGE]


def test_who_says_what_rings_lets_the_rest_leave_at_night(tmp_path: Path) -> None:
    """A mail goes at once, a text message in the morning; a form that does not reach is passed over at night as well."""
    desk = HelpDesk(tmp_path, rings=(NoticeKind.SMS, NoticeKind.CALL))
    desk.knows(1, mail="wang@mail.example")
    desk.knows(2, phone="+86 10 1234 5678")
    desk.now += 11 * HOUR
    desk.hears(1, 2, 3)
    desk.passes(8 * HOUR)
    assert [desk.kinds(line) for line in (1, 2, 3)] == [["mail"], [], ["letter"]]
    desk.passes(2 * HOUR)
    assert [(each.kind, each.given.hour) for each in desk.given(2)] == [(NoticeKind.SMS, 8)]


@pytest.mark.parametrize(
    ("contact", "kind"),
    [({}, "letter"), ({"phone": "+86 10 1234 5678"}, "sms"), ({"mail": "a@b.example", "phone": "1"}, "mail")],
)
def test_what_a_subscriber_lacks_leads_to_the_next_form(tmp_path: Path, contact: dict[str, str], kind: str) -> None:
    """Without mail a text message, without telephone a letter; what did not reach is said on the case."""
    desk = HelpDesk(tmp_path)
    desk.knows(2, **contact)
    desk.hears(2)
    desk.turns()
    assert desk.kinds(2) == [kind]
    if kind == "sms":
        assert ",+86 10 1234 5678" in (tmp_path / "notices" / "sms.csv").read_text(encoding="utf-8")
    case = desk.case(2)
    with desk.store.read() as records:
        notes = [each.note or "" for each in records.cases.events_of(case.case_id)]
    assert any("mail: no-mail" in note for note in notes) is (kind != "mail")


def test_a_line_that_strangers_use_is_a_question_for_the_desk(tmp_path: Path) -> None:
    """Nobody is told, nothing fails, a person is to look; the next line is told all the same."""
    desk = HelpDesk(tmp_path)
    desk.knows(3, mail="cafe@mail.example", is_hotspot=True)
    desk.knows(4, mail="li@mail.example")
    desk.hears(3, 4)
    desk.turns()
    assert (desk.kinds(3), desk.kinds(4)) == ([], ["mail"])
    position = desk.position(3)
    assert (position.state, position.raised) == ("by-hand", desk.now)
    (failed,) = [each for each in desk.consequences(3) if each.kind is ActionKind.NOTICE]
    assert (failed.state, failed.reason) == (ConsequenceState.FAILED, "hotspot")


def test_a_mail_that_comes_back_leads_to_the_next_form(tmp_path: Path) -> None:
    """At once, and not after days."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="gone@mail.example", phone="12345")
    desk.hears(1)
    desk.turns()
    desk.bounces()
    desk.passes(HOUR)
    assert desk.kinds(1) == ["mail", "sms"]
    assert desk.position(1).state == "told-again"


def test_who_does_nothing_is_told_by_stronger_forms_and_then_by_a_person(tmp_path: Path) -> None:
    """Working days count: a mail on Wednesday, a text message on Monday, a letter on the next one, then the desk."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example", phone="12345")
    desk.hears(1)
    for _ in range(28):
        desk.passes(DAY, every=6 * HOUR)
        desk.hears(1)
    assert desk.kinds(1) == ["mail", "sms", "letter"]
    assert [each.given.strftime("%a %d") for each in desk.given(1)] == ["Wed 25", "Mon 30", "Mon 07"]
    position = desk.position(1)
    assert position.state == "garden-asked"
    assert position.raised is not None


def test_what_the_subscriber_says_counts(tmp_path: Path) -> None:
    """Done is believed when the feeds are silent; late news is no relapse; what is seen afterwards is."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example", phone="12345")
    desk.hears(1)
    desk.turns()
    desk.passes(DAY)
    desk.says(1, SelfServiceAct.DONE)
    assert desk.position(1).state == "cleaning"
    desk.hears(1, ago=5 * HOUR)
    assert desk.position(1).state == "cleaning"
    desk.passes(DAY)
    desk.hears(1)
    desk.turns()
    assert desk.position(1).state == "told-again"
    assert desk.kinds(1) == ["mail", "sms"]


@pytest.mark.parametrize(("act", "state"), [(SelfServiceAct.HELP, "told"), (SelfServiceAct.NOT_ME, "by-hand")])
def test_who_asks_is_heard_by_a_person(tmp_path: Path, act: SelfServiceAct, state: str) -> None:
    """A question, or "this cannot be me", is put before the desk at once."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    desk.turns()
    desk.says(1, act)
    assert (desk.position(1).state, desk.position(1).raised) == (state, desk.now)


def test_silence_closes_and_a_relapse_knows_its_past(tmp_path: Path) -> None:
    """A month of a feed that is silent about it; months later the same line, at another address, is the second case of it."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    desk.is_fed(32)
    first = desk.case(1)
    assert first.state is CaseState.CLOSED
    desk.passes(24 * DAY)
    (relapse,) = desk.hears(1, base=100, family="mozi").relapses
    again = desk.case(1)
    assert (again.case_id, again.number, again.reopened_from) == (relapse, 2, first.case_id)
    assert desk.position(1).raised is not None
    with desk.store.read() as records:
        known = records.infestations.of([first.case_id, again.case_id])
    assert (known[first.case_id].family, known[again.case_id].family) == ("mirai", "mozi")


def test_a_feed_that_is_delivered_again_is_no_news(tmp_path: Path) -> None:
    """Silence goes on."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    desk.is_fed(25)
    desk.hears(1, ago=25 * DAY + HOUR)
    desk.is_fed(7)
    assert desk.case(1).state is CaseState.CLOSED


def test_a_feed_that_is_down_closes_nothing(tmp_path: Path) -> None:
    """The sinkhole delivers nothing for two months: whatever the subscriber says, nobody is clean by it; a person is to look."""
    desk = HelpDesk(tmp_path)
    desk.hears(1, 2)
    desk.turns()
    desk.says(2, SelfServiceAct.DONE)
    desk.passes(44 * DAY)
    assert [desk.position(line).raised is None for line in (1, 2)] == [False, True]
    desk.passes(16 * DAY)
    assert [desk.case(line).state is CaseState.CLOSED for line in (1, 2)] == [False, False]
    assert [desk.position(line).raised is None for line in (1, 2)] == [False, False]
    assert [desk.position(line).state for line in (1, 2)] == ["by-hand", "cleaning"]
    desk.is_fed(32)
    assert [desk.case(line).state is CaseState.CLOSED for line in (1, 2)] == [True, True]


def test_what_nobody_saw_of_a_bot_is_closed_when_it_is_quiet(tmp_path: Path) -> None:
    """A case that complaints opened has no feed that could be silent: fourteen days without a report are enough."""
    desk = HelpDesk(tmp_path)
    with desk.store.write() as records:
        case = opened(Claim(kind=SubjectKind.SUBSCRIBER, label="line-9", rule="lease"), desk.now)
        records.cases.add([case])
        desk.following.happen(records, case, Happening.REPORT, now=desk.now)
    desk.passes(16 * DAY)
    assert desk.case(9).state is CaseState.CLOSED


def test_silence_says_that_somebody_was_told_and_not_that_a_device_is_clean() -> None:
    """What reporters are told of a case that silence ended is what was done; "cleaned" is the word of whoever cleaned it."""
    said = {
        (state, action.outcome)
        for state, rules in playbook_named("ladder", Path()).states.items()
        for rule in rules
        for action in rule.actions
        if rule.happening is Happening.TIME and action.kind is ActionKind.CLOSE
    }
    assert {state for state, outcome in said if outcome == "cleaned"} == {"cleaning"}


def test_a_disk_that_fails_costs_nothing_but_time(tmp_path: Path) -> None:
    """The notice is noted, its file is not there yet: a few minutes later it is, under the same reference, once."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    desk.folder.fails = 1
    with pytest.raises(OSError):  # as the disk says it
        desk.turns()
    desk.turns()
    assert desk.folder.brought == []
    desk.now += timedelta(minutes=6)
    desk.turns()
    desk.turns()
    assert desk.folder.brought == [each.reference for each in desk.given(1)]
    assert len(desk.folder.brought) == 1


def test_a_person_goes_the_same_way(tmp_path: Path) -> None:
    """It stands on the case as what the playbook does; a mail that comes back is heard of."""
    desk = HelpDesk(tmp_path, live=OBSERVED)
    desk.knows(1, mail="wang@mail.example")
    desk.hears(1)
    case, wanted = desk.case(1), Wanted(forms=(NoticeKind.MAIL,), days=7)
    with desk.store.write() as records:
        reached = by_hand(records, case, wanted, reaches=desk.ladder, actor="ann", now=desk.now)
        assert by_hand(records, case, wanted, reaches=desk.ladder, actor="ann", now=desk.now).given is not None
    assert reached.given is not None
    assert reached.given.notice.deadline == desk.now + 7 * DAY
    mine = [each for each in desk.consequences(1) if each.actor == "ann"]
    assert [(each.state, each.outbox_id is None) for each in mine] == [(ConsequenceState.DONE, False)]


def test_a_case_that_was_closed_meanwhile_tells_nobody(tmp_path: Path) -> None:
    """What waits for the morning is asked again whether it still holds."""
    desk = HelpDesk(tmp_path)
    desk.now += 11 * HOUR
    desk.hears(1)
    desk.happens(1, Happening.API, "self-not-me")
    desk.happens(1, Happening.OUTCOME, "no-fault")
    assert desk.case(1).state is CaseState.CLOSED
    desk.passes(12 * HOUR)
    assert desk.kinds(1) == []


@pytest.mark.parametrize("by", ["the subscriber", "the term"])
def test_where_a_notice_went_is_forgotten(tmp_path: Path, by: str) -> None:
    """The address stands in the outbox as well: it goes once the mail has left, with the subscriber or with the case."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example")
    desk.knows(2, mail="li@mail.example")
    desk.hears(1, 2)
    desk.turns()
    first, _ = desk.mails()
    assert first.address == "wang@mail.example"
    for line in (1, 2):
        desk.says(line, SelfServiceAct.NOT_ME)
        desk.happens(line, Happening.OUTCOME, "no-fault")
    with desk.store.write() as records:
        if by == "the subscriber":
            assert _forgotten(records, desk, by)[0] == "wang@mail.example"  # it waits, and still has to leave
        left = update(outbox).where(outbox.c.id == first.id).values(state=OutboxState.SENT.value, finished=desk.now)
        records.connection.execute(left)
        assert _forgotten(records, desk, by) == ["", "li@mail.example"]


def _forgotten(records: Any, desk: HelpDesk, by: str) -> list[str]:
    if by == "the term":
        erase_class(records, KeptClass.CASE, desk.now + DAY)
    else:
        forget(records, "line-1", {each: Term(of=each, days=1, wanted=1) for each in KeptClass}, now=desk.now)
    return list(records.connection.scalars(select(outbox.c.address).order_by(outbox.c.id)))


def test_a_page_by_hand_says_until_when(tmp_path: Path) -> None:
    """A line that we confined is shown the day on which that ends, whoever gives the page out."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    desk.now += 2 * HOUR  # the same kind is given out once an hour
    case, wanted = desk.case(1), Wanted(forms=(NoticeKind.PAGE,))
    with desk.store.write() as records:
        reached = by_hand(records, case, wanted, reaches=desk.ladder, actor="ann", now=desk.now)
    assert reached.given is not None
    (held,) = [each for each in desk.consequences(1) if each.kind is ActionKind.GARDEN]
    assert reached.given.notice.deadline == held.until is not None
