"""The week for the desk's boss."""

from datetime import datetime, timedelta
from pathlib import Path

from comity.locale import catalogue
from comity.model.desk import Act, CaseState
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.playbook import ActionKind
from comity.services.operate.weekly import lines, weekly
from comity.services.remedy.rows import ActOfSubscriber

from ..receive.intake import NOW, arf
from ..receive.playbook_scene import Scene
from ..receive.test_playbook import LADDER, WEST
from ..remedy.ladder_scene import HelpDesk

DAY = timedelta(days=1)


def _week(scene: Scene, until: datetime) -> object:
    with scene.store.read() as records:
        return weekly(records, until=until)


def test_a_week_is_counted() -> None:
    """Who it was about, how soon it was acted on, who comes back."""
    scene = Scene(LADDER, live=())
    scene.arrives(*[arf(number, recipient=f"reader{number}@mail.example") for number in range(3)])
    scene.arrives(arf(9, source="192.0.2.200"))
    scene.now += timedelta(hours=3)
    scene.acts(WEST, Act.TAKE)
    scene.acts(WEST, Act.CLOSE)
    scene.now += 10 * DAY
    scene.arrives(arf(20, recipient="late@mail.example", seen=scene.now))
    found = _week(scene, NOW + DAY)
    assert (found.reports, found.opened, found.closed, found.relapses) == (4, 2, 1, 0)  # type: ignore[attr-defined]
    assert (found.acted_on, found.not_acted_on, found.median_seconds) == (1, 1, 3 * 3600)  # type: ignore[attr-defined]
    assert [(each.label, each.reports, each.complainers) for each in found.top] == [  # type: ignore[attr-defined]
        ("West Hosting", 3, 3),
        ("East Shop", 1, 1),
    ]
    later = _week(scene, scene.now + DAY)
    assert (later.reports, later.opened, later.relapses) == (1, 1, 1)  # type: ignore[attr-defined]
    assert [(each.label, each.cases) for each in later.repeating] == [("West Hosting", 2)]  # type: ignore[attr-defined]
    far = _week(scene, scene.now + 400 * DAY)
    assert (far.reports, far.repeating, far.median_seconds) == (0, (), None)  # type: ignore[attr-defined]


def test_what_a_playbook_does_to_the_case_alone_is_no_act() -> None:
    """A case that it set to wait, while its notice is still to leave, was not acted on; once the notice left, it was."""
    scene = Scene(LADDER, live=(ActionKind.WAIT,))
    scene.arrives(*[arf(number, recipient=f"reader{number}@mail.example") for number in range(5)])
    assert scene.case(WEST).state is CaseState.WAITING
    found = _week(scene, scene.now + DAY)
    assert (found.acted_on, found.not_acted_on, found.median_seconds) == (0, 1, None)  # type: ignore[attr-defined]


def test_a_week_says_what_was_done_for_infected_lines(tmp_path: Path) -> None:
    """Lines that were seen, notices that were given out, and what subscribers said; a week without any says nothing of them."""
    desk = HelpDesk(tmp_path)
    desk.knows(1, mail="wang@mail.example")
    desk.hears(1)
    desk.hears(2)
    desk.turns()
    case, reference = desk.case(1).case_id, desk.given(1)[0].reference
    with desk.store.write() as rows:
        rows.notices.say(ActOfSubscriber(case_id=case, reference=reference, act=SelfServiceAct.DONE, at=desk.now))
    with desk.store.read() as records:
        found = weekly(records, until=desk.now + DAY)
        before = weekly(records, until=desk.now - 30 * DAY)
    assert (found.remedied.seen, found.remedied.opened, found.remedied.closed) == (2, 2, 0)
    assert found.remedied.notices[0] == (NoticeKind.MAIL, 1)
    assert found.remedied.said == ((SelfServiceAct.DONE, 1),)
    words = catalogue("en")
    assert words.say("weekly.infested") in list(lines(found, words, label=str))
    assert words.say("weekly.infested") not in list(lines(before, words, label=str))
