"""The pages about infected lines, the playbook and flows: what is shown of them, and the way out of the garden."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.bootstrap.pages.remedy_pages import remedy_doing
from comity.bootstrap.playbook import playbook_in_use
from comity.locale import catalogue
from comity.model.account import Role
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.desk import CaseState, DeskCase
from comity.model.infestation import Infestation
from comity.model.notice import Certainty, NoticeKind, SelfServiceAct
from comity.model.playbook import ActionKind, Happening, Position
from comity.model.sighting import Outcomes
from comity.remediation.effect.comparison import Difference
from comity.services.public.course import course_of
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.writing_down import WritingDown
from comity.services.remedy.effect.measuring import Effect, SourceFigures
from comity.services.remedy.rows import ActOfSubscriber, GivenNotice
from comity.settings import read_settings

from .conftest import _served

if TYPE_CHECKING:
    from conftest import DeskScene

HOSTILE = "<script>alert(1)</script>" + chr(0x202E)


def infested(desk: "DeskScene", label: str, certainty: Certainty = Certainty.LIKELY, family: str = "mirai") -> DeskCase:
    """One more infected line."""
    case, now = desk.put(label), desk.work.now()
    with desk.store.write() as records:
        known = Infestation(
            case_id=case.case_id,
            certainty=certainty,
            reason="trusted",
            first=now - timedelta(days=2),
            last=now - timedelta(hours=1),
            sightings=3,
            sources=("sinkhole",),
            said={family: 3},
            addresses=1,
        )
        records.infestations.put([known])
    return case


def confined(desk: "DeskScene", case: DeskCase) -> None:
    """The line of a case is in the garden."""
    now = desk.work.now()
    with desk.store.write() as records:
        row = CaseConsequence(
            key=f"{case.case_id}:garden",
            case_id=case.case_id,
            kind=ActionKind.GARDEN,
            target_kind="label",
            target=case.label,
            actor="ann",
            why="asked by phone",
            state=ConsequenceState.DONE,
            entered=now - timedelta(hours=2),
            due=now - timedelta(hours=2),
            until=now + timedelta(days=3),
        )
        records.consequences.add([row])


def told(desk: "DeskScene", case: DeskCase, act: SelfServiceAct | None = None) -> None:
    """The subscriber of a case was told, and said something."""
    now = desk.work.now()
    with desk.store.write() as records:
        given = GivenNotice(
            reference="ABCDEFGH",
            case_id=case.case_id,
            kind=NoticeKind.LETTER,
            language="en",
            certainty=Certainty.LIKELY,
            family="mirai",
            guide="router",
            seen_first=now,
            seen_last=now,
            deadline=now + timedelta(days=7),
            given=now - timedelta(days=1),
        )
        records.notices.add(given)
        if act is not None:
            records.notices.say(ActOfSubscriber(case_id=case.case_id, reference="ABCDEFGH", act=act, at=now))


def test_lines_are_counted_and_chosen(remedy_desk: "DeskScene") -> None:
    """By certainty and family; one whose case was closed is left out."""
    infested(remedy_desk, "line-one", Certainty.CONFIRMED)
    infested(remedy_desk, "line-two", family="mozi")
    closed = infested(remedy_desk, "line-three")
    with remedy_desk.store.write() as records:
        records.cases.change([replace(closed, state=CaseState.CLOSED)])
    text = remedy_desk.client.get("/remedy").text
    assert "2 lines, seen last at first." in text
    assert "line-three" not in text
    assert "line-two" not in remedy_desk.client.get("/remedy", params={"certainty": "confirmed"}).text
    assert "line-one" not in remedy_desk.client.get("/remedy", params={"family": "mozi"}).text


def test_a_line_says_what_was_told_and_answered(remedy_desk: "DeskScene") -> None:
    """The last notice, and what the subscriber said last; the same on the page of notices."""
    case = infested(remedy_desk, "line-one")
    told(remedy_desk, case, SelfServiceAct.DONE)
    for path in ("/remedy", "/remedy/notices"):
        text = remedy_desk.client.get(path).text
        assert "letter" in text
        assert "says: it is done" in text


def test_a_line_is_let_out_with_a_reason(remedy_desk: "DeskScene") -> None:
    """Without one nothing is done; it stands beside the line, with whoever did it; once the line is out nobody is to be let out."""
    case = infested(remedy_desk, "line-one")
    confined(remedy_desk, case)
    assert "asked by phone" in remedy_desk.client.get("/remedy/garden").text
    unsaid = remedy_desk.post("/remedy/garden", case=case.case_id, why=" ")
    assert unsaid.status_code == 422
    assert 'aria-describedby="refused"' in unsaid.text
    remedy_desk.post("/remedy/garden", case=case.case_id, why="device replaced")
    text = remedy_desk.client.get("/remedy/garden").text
    assert "device replaced" in text
    with remedy_desk.store.read() as records:
        one = records.consequences.newest(ActionKind.GARDEN, 9)[0]
    assert (one.state, one.lifted_by) == (ConsequenceState.LIFTING, "ann")
    assert remedy_desk.post("/remedy/garden", case=case.case_id, why="again").status_code == 303
    with remedy_desk.store.write() as records:
        records.consequences.released(one.consequence_id, remedy_desk.work.now())
    assert remedy_desk.post("/remedy/garden", case=case.case_id, why="and again").status_code == 404
    assert remedy_desk.post("/remedy/garden", case="nothing", why="x").status_code == 404


def test_whether_it_helped_says_what_cannot_be_told(remedy_desk: "DeskScene") -> None:
    """With nothing seen there is no curve, no comparison, and that is said; a period that is none is refused."""
    text = remedy_desk.client.get("/remedy/effect").text
    assert "No comparison is set up" in text
    assert "Of 0 lines" not in text
    assert "Nothing to draw yet" in text
    assert remedy_desk.client.get("/remedy/effect", params={"period": "2026q1"}).status_code == 200
    assert remedy_desk.client.get("/remedy/effect", params={"period": HOSTILE}).status_code == 400


def test_one_group_is_one() -> None:
    """What is read aloud of a picture with a single line has the singular."""
    words = "desk-remedy.curve-label"
    assert catalogue("en").say(words, title="By family", n=1, days=60) == "By family: one group over 60 days"
    assert catalogue("en").say(words, title="By family", n=2, days=60) == "By family: 2 groups over 60 days"
    assert catalogue("zh_Hans").say(words, title="按类型", n=1, days=60) == "按类型：1 组，60 天"


def test_what_readers_know_is_shown_before_and_after(remedy_desk: "DeskScene") -> None:
    """Nobody has answered, and that is said; then the shares of both, with what could be chance."""
    assert "Nobody has answered yet." in remedy_desk.client.get("/remedy/effect").text
    with remedy_desk.store.write() as records:
        for phase, answer in (("before", "link"), ("before", "ask"), ("after", "ask"), ("after", "ask")):
            records.notices.count("2026-03-01", phase, {"check": answer})
    text = remedy_desk.client.get("/remedy/effect", params={"period": "2026-03"}).text
    assert "50 % <" in text
    assert "100 % <" in text
    assert "Nobody has answered yet." in remedy_desk.client.get("/remedy/effect", params={"period": "2026-04"}).text


def test_the_playbook_says_what_is_live(remedy_desk: "DeskScene") -> None:
    """Every state is there, in both languages; the file of the picture lists the ways on."""
    text = remedy_desk.client.get("/playbook").text
    assert "ladder" in text
    assert "only watched" in text
    rows = list(csv.reader(io.StringIO(remedy_desk.client.get("/playbook/states.csv").text)))
    assert rows[0] == ["state", "cases", "leads to"]
    assert rows[-1][0] == "closed"
    remedy_desk.client.cookies.set("comity-language", "zh-Hans")
    assert "仅观察" in remedy_desk.client.get("/playbook").text


def test_lines_are_shown_without_a_playbook_that_can_be_used(torn_desk: "DeskScene") -> None:
    """Its file may be torn while somebody writes it; the page about it says what is wrong, and where."""
    infested(torn_desk, "line-one")
    assert "line-one" in torn_desk.client.get("/remedy").text
    assert [facts["code"] for _, facts in torn_desk.log] != []
    answer = torn_desk.client.get("/playbook")
    assert answer.status_code >= 400
    assert "mine.toml" in answer.text


@pytest.mark.parametrize("by", ["country", "network", "prefix", HOSTILE])
def test_who_complains_about_whom(remedy_desk: "DeskScene", by: str) -> None:
    """The roll-ups by both ends; who reports outside of an agreement has no name."""
    day = remedy_desk.work.now().date().isoformat()
    with remedy_desk.store.write() as records:
        channel = records.ledger.channel(
            "west/to/east/q", reporting="west.example", reported="east.example", quarter="2026q1"
        )
        records.intake.count_up(
            {(channel.channel_id, day, "complaint", "192.0.2.0/24"): 7, (0, day, "complaint", ""): 2}
        )
    text = remedy_desk.client.get("/flows/flows.csv", params={"by": by}).text
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [(row[0], row[2]) for row in rows] == [("west.example", "7"), ("without an agreement", "2")]
    assert "west.example" in remedy_desk.client.get("/flows", params={"by": by}).text
    assert len(list(csv.reader(io.StringIO(remedy_desk.client.get("/flows/spread.csv").text)))) > 1


def test_a_long_table_goes_on_in_the_file(remedy_desk: "DeskScene") -> None:
    """The page shows three hundred rows and says how many more there are; the file has them all."""
    day = remedy_desk.work.now().date().isoformat()
    with remedy_desk.store.write() as records:
        records.intake.count_up({(0, day, "complaint", f"10.{n // 250}.{n % 250}.0/24"): 1 for n in range(310)})
    text = remedy_desk.client.get("/flows").text
    assert text.count("10 more rows are in the CSV.") == 2
    assert len(remedy_desk.client.get("/flows/flows.csv").text.splitlines()) == 311


def test_a_strangers_name_in_a_picture_does_nothing(remedy_desk: "DeskScene") -> None:
    """Neither on the page nor in a file of its own; in the table for spreadsheets it is no formula."""
    day = remedy_desk.work.now().date().isoformat()
    with remedy_desk.store.write() as records:
        channel = records.ledger.channel("x", reporting="=cmd|" + HOSTILE, reported="east.example", quarter="2026q1")
        records.intake.count_up({(channel.channel_id, day, "complaint", "192.0.2.0/24"): 7})
    page, file = remedy_desk.client.get("/flows").text, remedy_desk.client.get("/flows/flows.svg").text
    for text in (page, file):
        assert "<script>alert" not in text
        assert chr(0x202E) not in text
    assert "\n'=cmd|" in remedy_desk.client.get("/flows/flows.csv").text.replace('"', "")


def test_strangers_words_do_nothing(remedy_desk: "DeskScene") -> None:
    """Families are what sources call them."""
    case = infested(remedy_desk, "line" + HOSTILE, family=HOSTILE)
    confined(remedy_desk, case)
    told(remedy_desk, case)
    for path in ("/remedy", f"/remedy?family={HOSTILE}", "/remedy/notices", "/remedy/garden"):
        assert "<script>alert" not in remedy_desk.client.get(path).text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize(
    "path",
    ["/remedy", "/remedy/notices", "/remedy/garden", "/remedy/effect", "/playbook", "/flows", "/flows?by=prefix"],
)
def test_every_sentence_is_there(remedy_desk: "DeskScene", path: str, language: str) -> None:
    """With something on each page, no page shows the id of a sentence, in either language."""
    case = infested(remedy_desk, "line-one")
    confined(remedy_desk, case)
    told(remedy_desk, case, SelfServiceAct.HELP)
    remedy_desk.client.cookies.set("comity-language", language)
    text = remedy_desk.client.get(path).text
    assert f'<html lang="{language}">' in text
    assert "[desk-" not in text


def test_an_auditor_lets_nobody_out(remedy_desk: "DeskScene") -> None:
    """Nor is a way offered."""
    case = infested(remedy_desk, "line-one")
    confined(remedy_desk, case)
    remedy_desk.roles[:] = [Role.AUDITOR]
    assert 'name="why"' not in remedy_desk.client.get("/remedy/garden").text
    assert remedy_desk.post("/remedy/garden", case=case.case_id, why="x").status_code == 403


@pytest.mark.parametrize(
    ("low", "high", "is_zero_between"), [(-0.22, 0.1, True), (-0.4, -0.2, False), (0.1, 0.3, False)]
)
def test_a_difference_is_said_with_its_sign(tmp_path: Path, low: float, high: float, is_zero_between: bool) -> None:
    """A new way that does worse is not said to be better; where zero lies between the bounds, that shows nothing."""
    (tmp_path / "comity.toml").write_text("")
    doing = remedy_doing(read_settings(tmp_path / "comity.toml"))
    share = (low + high) / 2
    compared = Difference(share=share, low=low, high=high, usual=128, new=128)

    def effect(records: Any, **asked: Any) -> Effect:
        return replace(doing.effect(records, **asked), comparison=compared)

    for desk in _served(tmp_path, lambda work: replace(work, remedying=replace(doing, effect=effect))):
        text = desk.client.get("/remedy/effect").text
        assert f"{share * 100:+.0f} percentage points" in text
        assert ("no difference" in text) is is_zero_between


def test_a_feed_and_its_silence_are_two_words(tmp_path: Path) -> None:
    """On a phone they stand in one line: the name of the feed ends before what is said of it begins."""
    (tmp_path / "comity.toml").write_text("")
    doing = remedy_doing(read_settings(tmp_path / "comity.toml"))
    feed = SourceFigures(
        source="feed-x", seen=1, days=2, needed=4, outcomes=Outcomes(), weight=0.3, wrong=None, pause=(9, 3)
    )

    def effect(records: Any, **asked: Any) -> Effect:
        return replace(doing.effect(records, **asked), sources=(feed,))

    for desk in _served(tmp_path, lambda work: replace(work, remedying=replace(doing, effect=effect))):
        before, _, _ = desk.client.get("/remedy/effect").text.partition('<span class="under">nothing for 9 days')
        assert "feed-x" in before[-60:]
        assert before[-1] == " "


def test_why_a_line_is_not_out_yet_is_said_in_words(remedy_desk: "DeskScene") -> None:
    """Why the program lets it out, and what came of asking the operator's command, are no codes."""
    case, now = infested(remedy_desk, "line-one"), remedy_desk.work.now()
    confined(remedy_desk, case)
    with remedy_desk.store.write() as records:
        one = records.consequences.newest(ActionKind.GARDEN, 9)[0]
        records.consequences.lift(one.consequence_id, by="comity", why="case-closed", at=now)
        records.consequences.put_off([one.consequence_id], until=now, error="late")
    text = remedy_desk.client.get("/remedy/garden").text
    assert "no answer in time" in text
    assert "the case was closed" in text
    assert "case-closed" not in text


def played(desk: "DeskScene", case: DeskCase, state: str, **known: Any) -> None:
    """A case stands there in the playbook."""
    now = desk.work.now()
    values = {"entered": now, "checked": now, "heard": now, "due": now + timedelta(days=3)} | known
    with desk.store.write() as records:
        records.positions.put([Position(case_id=case.case_id, playbook="ladder", state=state, **values)])


def test_a_line_says_what_its_next_day_brings(remedy_desk: "DeskScene") -> None:
    """After three days somebody is told again; nothing is closed before fourteen quiet ones, and nobody is promised that."""
    case = infested(remedy_desk, "line-one")
    played(remedy_desk, case, "told")
    text = remedy_desk.client.get("/remedy").text
    assert "told again" in text
    assert "close [" not in text


def test_a_case_that_asks_for_a_person_stands_on_the_first_page(remedy_desk: "DeskScene") -> None:
    """Counted there, and found by the state behind the link."""
    asked, other = (remedy_desk.put(f"line-{each}", state=CaseState.OPEN) for each in ("one", "two"))
    played(remedy_desk, asked, "garden-asked", raised=remedy_desk.work.now())
    played(remedy_desk, other, "garden-asked")
    assert "case that the playbook put before a person" in remedy_desk.client.get("/").text
    queue = remedy_desk.client.get("/cases?state=raised").text
    assert asked.case_id in queue
    assert other.case_id not in queue


def test_nobody_is_confined_by_one_slip(confining_desk: "DeskScene") -> None:
    """The page asks why before a line is confined; what harms nobody is one button. It says that a person is asked for."""
    case = confining_desk.put("line-one", state=CaseState.OPEN)
    played(confining_desk, case, "garden-asked", raised=confining_desk.work.now())
    text = confining_desk.client.get(f"/cases/{case.case_id}").text
    assert "The playbook asks for a person since" in text
    confine = text[text.index('value="confine"') :].partition("</form>")[0]
    leave = text[text.index('value="leave"') :].partition("</form>")[0]
    assert 'name="note"' in confine
    assert "required" in confine
    assert 'name="note"' not in leave


def test_a_word_that_confines_by_the_state_it_leads_to_asks_why_too(
    confining_desk: "DeskScene", tmp_path: Path
) -> None:
    """Whether the rule of the word does it, or the first rule of where it leads, is the same for whoever is confined."""
    playbook = playbook_in_use(read_settings(tmp_path / "comity.toml"))
    assert playbook is not None
    case = confining_desk.put("line-one", state=CaseState.OPEN)
    played(confining_desk, case, "garden-asked")
    states = dict(playbook.states)
    (confines,) = [each for each in states["garden-asked"] if each.word == "confine"]
    entry = replace(confines, happening=Happening.ENTRY, word=None, to=None)
    states["garden-asked"] = tuple(
        replace(each, actions=()) if each is confines else each for each in states["garden-asked"]
    )
    states["confined"] = (entry, *states["confined"])
    following = Following(replace(playbook, states=states), WritingDown(frozenset(), None))
    with confining_desk.store.read() as records:
        course = course_of(records, case, lambda: following)
    assert course is not None
    assert (set(course.offers) >= {"confine", "leave"}, course.strong) == (True, {"confine"})
