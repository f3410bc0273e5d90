"""Cases follow their playbook at a real desk: what is decided is written down in the same transaction, once."""

from datetime import timedelta

import pytest

from comity.model.case_consequence import ConsequenceState
from comity.model.desk import Act, CaseState
from comity.model.outcomes import ComityError
from comity.model.playbook import CLOSED, ActionKind, Happening
from comity.model.source import Alarm, AlarmKind

from .intake import NOW, arf
from .playbook_scene import Scene

WEST = "customer:West Hosting"
DAY = timedelta(days=1)
LADDER = """
name = "own"
start = "watched"

[[state]]
name = "watched"
[[state.on]]
event = "report"
do = [{ action = "suppress", days = 100 }]
[[state.on]]
event = "relapse"
do = [{ action = "raise" }]
[[state.on]]
event = "report"
complainers = 3
do = [{ action = "tell", template = "first" }, { action = "wait" }]
to = "told"
[[state.on]]
event = "time"
quiet = "14 days"
to = "closed"

[[state]]
name = "told"
[[state.on]]
event = "report"
do = [{ action = "suppress", days = 200 }, { action = "tell", template = "first" }]
[[state.on]]
event = "reply"
do = [{ action = "raise" }]
[[state.on]]
event = "person"
word = "stop"
do = [{ action = "hold", days = 5 }]
[[state.on]]
event = "time"
quiet = "14 days"
to = "closed"

[[template]]
name = "first"
subject_en = "Complaints {cases}"
subject_zh = "投诉 {cases}"
text_en = "{customer}: {reports} reports, {complainers}, {first} {last} {organisation} {address}"
text_zh = "{customer}：{reports} 份报告，{complainers}，{first} {last} {organisation} {address}"
"""


def _short(scene: Scene) -> list[tuple[str, str, str]]:
    return [(each.kind.value, each.target, each.state.value) for each in scene.consequences(WEST)]


def _reports(first: int, last: int, **told: object) -> list[bytes]:
    return [arf(number, recipient=f"reader{number}@mail.example", **told) for number in range(first, last)]  # type: ignore[arg-type]


def test_reports_lead_a_case_through_its_playbook() -> None:
    """Three complainers: each suppressed, the customer to be told once, the case waits; who, why, until when stand beside it."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    assert _short(scene) == [
        ("suppress", "reader0@mail.example", "waiting"),
        ("suppress", "reader1@mail.example", "waiting"),
        ("suppress", "reader2@mail.example", "waiting"),
        ("tell", "noc@west.example", "waiting"),
        ("wait", scene.case(WEST).case_id, "done"),
    ]
    first = scene.consequences(WEST)[0]
    assert (first.actor, first.why, first.until) == ("playbook own", "watched/1", NOW + 100 * DAY)
    assert scene.case(WEST).state is CaseState.WAITING
    position = scene.position(WEST)
    assert position is not None
    assert (position.state, position.due) == ("told", NOW + 14 * DAY)


def test_batches_and_single_reports_come_to_the_same() -> None:
    """Three in one transaction are three in three."""
    together, apart = Scene(LADDER), Scene(LADDER)
    together.arrives(*_reports(0, 5))
    for each in _reports(0, 5):
        apart.arrives(each)
    assert sorted(_short(together)) == sorted(_short(apart))
    assert together.position(WEST) == apart.position(WEST)


def test_a_flood_on_one_case_is_one_notice() -> None:
    """Three hundred reports: one notice waits for the contact and the template."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 100))
    scene.arrives(*_reports(100, 300))
    assert sum(kind == "tell" for kind, _, _ in _short(scene)) == 1
    assert sum(kind == "suppress" for kind, _, _ in _short(scene)) == 300


def test_the_same_complainer_is_suppressed_once_and_for_longer() -> None:
    """A second complaint prolongs what holds."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    scene.now += DAY
    scene.arrives(arf(77, recipient="reader0@mail.example"))
    held = [each for each in scene.consequences(WEST) if each.target == "reader0@mail.example"]
    assert [each.until for each in held] == [scene.now + 200 * DAY]


def test_whoever_complained_is_known_by_an_id_of_his_own_and_never_by_one_of_the_campaign() -> None:
    """A provider that hides recipients reports two of one campaign: each is left out, and not the campaign."""
    scene = Scene(LADDER)
    campaign = "Feedback-ID: sale:shop:news:esp\n"
    token, word = "redacted-zttjkgz2demnrf3s3zfu-@mail.example", "redacted@mail.example"
    hidden = [arf(1, recipient=token, head=campaign), arf(2, recipient=word, head=campaign)]
    own = arf(3, recipient=token, head=f"{campaign}CFBL-Feedback-ID: shop:17\n")
    nobody = arf(4, recipient=token, head=campaign).replace(b"Message-ID: <4@shop.example>\n", b"")
    scene.arrives(*hidden, own, nobody)
    found = {(each.target_kind, each.target) for each in scene.consequences(WEST) if each.kind is ActionKind.SUPPRESS}
    assert found == {
        ("message-id", "1@shop.example"),
        ("message-id", "2@shop.example"),
        ("feedback-id", "shop:17"),
    }


def test_what_a_person_lifted_is_not_done_again_before_its_day() -> None:
    """The desk's word outlives the next report."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 1))
    (row,) = scene.consequences(WEST)
    with scene.store.write() as records:
        records.consequences.lift(row.consequence_id, by="ann", why="asked to", at=scene.now)
    scene.arrives(arf(78, recipient="reader0@mail.example"))
    assert _short(scene) == [("suppress", "reader0@mail.example", "lifting")]
    scene.now += 101 * DAY
    scene.arrives(arf(79, recipient="reader0@mail.example"))
    assert len(_short(scene)) == 2


def test_what_is_not_live_is_only_written_down() -> None:
    """P9: the case goes its way, nothing is done, and what would have been stands there."""
    scene = Scene(LADDER, live=())
    scene.arrives(*_reports(0, 3))
    assert {state for _, _, state in _short(scene)} == {"observed"}
    assert scene.case(WEST).state is CaseState.NEW
    scene.passes(15 * DAY)
    assert scene.case(WEST).state is CaseState.NEW
    with scene.store.read() as records:
        assert list(records.consequences.in_force(scene.now)) == []
        assert list(records.consequences.due(tuple(ActionKind), scene.now + DAY, 100)) == []


def test_silence_closes_a_case_and_what_comes_back_is_a_relapse() -> None:
    """Closed by the timer, on the minute; the next complaint after a month opens the second case, which is raised."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    scene.passes(14 * DAY - timedelta(minutes=1))
    assert scene.case(WEST).state is CaseState.WAITING
    scene.passes(timedelta(minutes=1))
    assert scene.case(WEST).state is CaseState.CLOSED
    assert [each.act for each in scene.events(WEST)] == ["open", "moved", "wait", "moved", "close"]
    scene.passes(30 * DAY)
    scene.arrives(arf(90, recipient="reader9@mail.example", seen=scene.now))
    again = scene.case(WEST)
    assert (again.number, again.state) == (2, CaseState.NEW)
    position = scene.position(WEST)
    assert position is not None
    assert position.raised == scene.now


def test_a_feed_that_fell_silent_closes_no_case() -> None:
    """While its alarm is open nobody can say that it is quiet; when the feed is back, quiet is counted from then on."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 1))
    with scene.store.write() as records:
        records.sources.raise_alarm(Alarm(source="token:desk", kind=AlarmKind.SILENT, since=scene.now, facts={}))
    scene.passes(40 * DAY)
    assert scene.case(WEST).state is not CaseState.CLOSED
    with scene.store.write() as records:
        (alarm,) = records.sources.alarms()
        records.sources.end_alarm(alarm.alarm_id, by="comity", why=None, at=scene.now)
    scene.passes(13 * DAY)
    assert scene.case(WEST).state is not CaseState.CLOSED
    scene.passes(2 * DAY)
    assert scene.case(WEST).state is CaseState.CLOSED


def test_a_silence_that_a_person_explained_holds_up_nothing() -> None:
    """Whoever ends the alarm says that nothing more is to come: the calendar counts again."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 1))
    with scene.store.write() as records:
        records.sources.raise_alarm(Alarm(source="token:desk", kind=AlarmKind.SILENT, since=scene.now, facts={}))
        (alarm,) = records.sources.alarms()
        records.sources.end_alarm(alarm.alarm_id, by="ann", why="we left that loop", at=scene.now)
    scene.passes(15 * DAY)
    assert scene.case(WEST).state is CaseState.CLOSED


def test_what_goes_on_soon_after_it_was_closed_begins_again() -> None:
    """The same case comes back, and its playbook starts with a relapse."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    scene.passes(14 * DAY)
    scene.now += DAY
    scene.arrives(arf(91, recipient="reader9@mail.example", seen=scene.now))
    position = scene.position(WEST)
    assert position is not None
    assert (scene.case(WEST).number, position.raised) == (1, scene.now)
    assert "return" in [each.act for each in scene.events(WEST)]


def test_a_person_decides_what_the_playbook_offers() -> None:
    """The word of the playbook, and no other."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    with pytest.raises(ComityError) as caught:
        scene.decides(WEST, "burn")
    assert (caught.value.code, caught.value.details["known"]) == ("case-act", "stop")
    scene.decides(WEST, "stop")
    held = scene.consequences(WEST)[-1]
    assert (held.kind, held.target, held.actor) == (ActionKind.HOLD, "West Hosting", "ann")


def test_acts_of_the_desk_reach_the_playbook() -> None:
    """Closing ends its timers; reopening starts it anew; taking a case answers what was raised."""
    scene = Scene(LADDER)
    scene.arrives(*_reports(0, 3))
    scene.happens(WEST, Happening.REPLY)
    raised = scene.position(WEST)
    assert raised is not None
    assert raised.raised == NOW
    assert scene.case(WEST).state is CaseState.OPEN
    scene.acts(WEST, Act.WAIT)
    waiting = scene.position(WEST)
    assert waiting is not None
    assert waiting.raised is None
    scene.acts(WEST, Act.CLOSE)
    closed = scene.position(WEST)
    assert closed is not None
    assert (closed.state, closed.due) == (CLOSED, None)
    scene.acts(WEST, Act.REOPEN)
    reopened = scene.position(WEST)
    assert reopened is not None
    assert (reopened.state, reopened.due) == ("watched", NOW + 14 * DAY)


def test_nobody_is_told_where_it_could_be_two_customers() -> None:
    """An undecided case, and a letter, follow no playbook."""
    scene = Scene(LADDER)
    scene.arrives(arf(20, source="203.0.113.9"))
    assert scene.position("address:203.0.113.9") is None
    assert scene.consequences("address:203.0.113.9") == []


def test_a_crash_before_the_commit_leaves_nothing_and_after_it_everything() -> None:
    """The same batch worked off again does nothing twice."""
    scene = Scene(LADDER)
    with pytest.raises(RuntimeError), scene.store.write() as records:
        scene.ingest.apply([], records, scene.now)
        raise RuntimeError
    scene.arrives(*_reports(0, 3))
    before = _short(scene)
    scene.arrives(*_reports(0, 3))
    assert _short(scene) == before


def test_timers_survive_the_end_of_the_program(tmp_path: object) -> None:
    """Another process, another day: the case is closed all the same."""
    from pathlib import Path

    from comity.store.engine import open_store

    place = Path(str(tmp_path)) / "desk.db"
    first = Scene(LADDER, store=open_store(place))
    first.arrives(*_reports(0, 3))
    first.store.close()
    second = Scene(LADDER, store=open_store(place))
    second.passes(20 * DAY)
    assert second.case(WEST).state is CaseState.CLOSED
    assert second.consequences(WEST)[-1].state is ConsequenceState.DONE
    second.store.close()
