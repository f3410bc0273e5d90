"""The walled garden: a person or a strict rule decides, the operator's own program does it, and nobody stays too long."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from comity.bootstrap.help.serving import garden_of
from comity.model.case_consequence import ConsequenceState
from comity.model.desk import Act
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.outcomes import ComityError
from comity.model.playbook import ActionKind, Happening
from comity.model.sending import PeerState
from comity.outlets.programs.command import CommandOut
from comity.services.complain.rows import set_peer
from comity.services.operate.backups import hold_all
from comity.services.receive.desk import Desk
from comity.services.receive.playbook.writing_down import let_out
from comity.settings import parse
from comity.settings.playbook.reading import parse_playbook
from comity.store.tables.playbook import playbook_position
from comity.store.tables.remedy.notices import notice

from .ladder_scene import ALL, HelpDesk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULE = """
name = "own"
start = "watched"
[[state]]
name = "watched"
[[state.on]]
event = "report"
certainty = "{certainty}"
do = [{{ action = "garden", days = {days} }}]
[[state.on]]
event = "time"
quiet = "9 days"
to = "closed"
"""


def test_it_is_recommended_and_a_person_decides(tmp_path: Path) -> None:
    """Weeks of notices first; then the desk is asked, and without its word nothing happens to the line."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    for _ in range(28):
        desk.passes(DAY, every=6 * HOUR)
        desk.hears(1)
    assert (desk.position(1).state, desk.gate.heard) == ("garden-asked", [])
    assert desk.position(1).raised is not None
    desk.decides(1, "confine")
    desk.turns()
    assert desk.gate.inside == {"line-1": (desk.now + 7 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert desk.kinds(1)[-1] == "page"
    assert desk.notes(1, "garden") == ["confine: garden-asked/2"]


def test_a_desk_that_came_back_confines_nobody_and_lets_nobody_out(tmp_path: Path) -> None:
    """What the equipment was told since, nobody here knows: it is asked again when somebody says so."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    for _ in range(28):
        desk.passes(DAY, every=6 * HOUR)
        desk.hears(1)
    desk.decides(1, "confine")
    with desk.store.write() as records:
        assert "own_programs" in hold_all(records, desk.now)
    desk.turns()
    assert (desk.gate.asked, desk.gate.inside) == (0, {})
    with desk.store.write() as records:
        set_peer(records.peers, records.peers.by_name(["own_programs"])["own_programs"], PeerState.LIVE, now=desk.now)
    desk.turns()
    assert list(desk.gate.inside) == ["line-1"]


def test_what_a_line_is_shown_follows_the_equipment(tmp_path: Path) -> None:
    """On the way in it is not in yet; on the way out it still is, also where its case is closed; then nothing is shown."""
    desk = HelpDesk(tmp_path)
    garden = garden_of(parse('[own]\nnetworks = ["192.0.2.0/24"]\n', tmp_path / "comity.toml"))

    def shown() -> tuple[bool, bool] | None:
        with desk.store.read() as records:
            found = garden(records, ("192.0.2.1", 0), desk.now)
            return None if found is None else (found.is_in, found.is_leaving)

    desk.gate.fails = 1
    desk.confines(1)
    assert (desk.gate.inside, shown()) == ({}, (False, False))
    desk.passes(2 * HOUR)
    desk.turns()
    assert (list(desk.gate.inside), shown()) == (["line-1"], (True, False))
    desk.gate.fails = 1
    desk.says(1, SelfServiceAct.DONE)
    desk.turns()
    assert (list(desk.gate.inside), shown()) == (["line-1"], (True, True))
    desk.passes(2 * HOUR)
    desk.turns()
    assert (desk.gate.inside, shown()) == ({}, None)


def test_who_stays_longer_than_was_decided_is_not_told_that_nothing_is_paused(tmp_path: Path) -> None:
    """The last day has passed, but the equipment does not let the line out: it is held still, and that is said."""
    desk = HelpDesk(tmp_path)
    garden = garden_of(parse('[own]\nnetworks = ["192.0.2.0/24"]\n', tmp_path / "comity.toml"))
    desk.confines(1)
    desk.turns()
    desk.gate.fails = 10_000
    desk.passes(8 * DAY)
    with desk.store.read() as records:
        found = garden(records, ("192.0.2.1", 0), desk.now)
    assert list(desk.gate.inside) == ["line-1"]
    assert found is not None
    assert (found.is_in, found.is_leaving) == (True, True)


def test_who_is_let_out_on_his_day_is_not_told_that_he_is_in(tmp_path: Path) -> None:
    """The page may name a later day than the garden had: the line is out, and its devices are told so; the program ended it."""
    desk = HelpDesk(tmp_path)
    garden = garden_of(parse('[own]\nnetworks = ["192.0.2.0/24"]\n', tmp_path / "comity.toml"))
    desk.confines(1)
    with desk.store.write() as records:
        later = update(notice).where(notice.c.kind == NoticeKind.PAGE.value)
        records.connection.execute(later.values(deadline=desk.now + 30 * DAY))
        records.connection.execute(update(playbook_position).values(due=None))
    desk.passes(6 * DAY)
    assert list(desk.gate.inside) == ["line-1"]
    desk.passes(DAY + HOUR)
    assert desk.gate.inside == {}
    case = desk.case(1)
    with desk.store.read() as records:
        assert garden(records, ("192.0.2.1", 0), desk.now) is None
        events = [each for each in records.cases.events_of(case.case_id) if each.act == "garden"]
    assert [(each.actor, each.note) for each in events][-1] == ("comity", "release: end")


def test_who_says_that_it_is_done_is_let_out_at_once(tmp_path: Path) -> None:
    """By the next turn; the reason stands on the case."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    assert list(desk.gate.inside) == ["line-1"]
    desk.says(1, SelfServiceAct.DONE)
    desk.turns()
    assert (desk.gate.inside, desk.position(1).state) == ({}, "cleaning")
    assert [note.partition(":")[0] for note in desk.notes(1, "garden")] == ["confine", "release"]
    desk.turns()
    assert len(desk.gate.heard) == 2


def test_nobody_stays_longer_than_was_decided(tmp_path: Path) -> None:
    """Sightings that go on prolong nothing; on the seventh day the line is out, and a person is asked."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    for _ in range(7):
        assert list(desk.gate.inside) == ["line-1"]
        desk.passes(DAY)
        desk.hears(1)
    desk.passes(HOUR)
    assert desk.gate.inside == {}
    (row,) = [each for each in desk.consequences(1) if each.kind is ActionKind.GARDEN]
    assert row.finished is not None
    assert row.finished <= row.entered + 7 * DAY + HOUR


def test_the_way_out_is_tried_until_it_is_open(tmp_path: Path) -> None:
    """Equipment that does not answer keeps nobody in: a person is told once, and it is tried again."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    desk.gate.fails = 5
    desk.says(1, SelfServiceAct.DONE)
    for _ in range(5):
        desk.turns()
        desk.now += 20 * timedelta(minutes=1)
    assert list(desk.gate.inside) == ["line-1"]
    desk.turns()
    assert desk.gate.inside == {}
    assert [note.partition(":")[0] for note in desk.notes(1, "garden")] == ["confine", "garden-failed", "release"]


def test_whoever_sleeps_while_the_equipment_answers_writes_nothing_down(tmp_path: Path) -> None:
    """Another machine has let the line out meanwhile: what the sleeper hears then is no failure, and nobody is asked to look."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    desk.says(1, SelfServiceAct.DONE)
    do, asked = desk.gate.do, list[int]()

    def slept(*words: Any, **more: Any) -> Any:
        asked.append(1)
        if len(asked) > 1:
            return do(*words, **more)
        desk.now += timedelta(minutes=2)
        desk.turns()
        desk.gate.fails = 1
        return do(*words, **more)

    desk.gate.do = slept  # type: ignore[method-assign]
    desk.turns()
    assert (len(asked), desk.gate.inside) == (2, {})
    assert [note.partition(":")[0] for note in desk.notes(1, "garden")] == ["confine", "release"]


def test_a_person_need_not_wait_for_the_next_try(tmp_path: Path) -> None:
    """The equipment is up again: whoever lets the line out once more is not told that nobody is in, and it is tried at once."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    desk.gate.fails = 1
    desk.says(1, SelfServiceAct.DONE)
    desk.turns()
    desk.now += timedelta(seconds=1)
    desk.turns()
    assert list(desk.gate.inside) == ["line-1"]
    with desk.store.write() as records:
        case = Desk(records, actor="ann", now=desk.now).find("subscriber:line-1")
        assert let_out(records, case, by="ann", why="it is up again", now=desk.now) == 1
    desk.turns()
    assert desk.gate.inside == {}
    with desk.store.write() as records:
        assert let_out(records, case, by="ann", why="-", now=desk.now) == 0


def test_what_cannot_be_begun_is_given_up_and_undone(tmp_path: Path) -> None:
    """After three days a person is asked; the equipment is told to let out what it may have taken in."""
    desk = HelpDesk(tmp_path)
    desk.gate.fails = 10**6
    desk.confines(1)
    desk.passes(3 * DAY + HOUR)
    assert desk.position(1).raised is not None
    desk.gate.fails = 0
    desk.passes(HOUR)
    assert [step for step, _, _ in desk.gate.heard] == ["release"]


def test_where_nobody_answers_the_others_wait_for_the_next_turn(tmp_path: Path) -> None:
    """Each line that is asked for in vain costs the program's whole time: timers and notices must not stand behind all of them."""
    desk = HelpDesk(tmp_path)
    desk.gate.fails, desk.gate.fails_with = 10**6, 0
    for line in (1, 2, 3):
        desk.hears(line)
        desk.happens(line, Happening.API, "self-not-me")
        desk.decides(line, "confine")
    for turns in (1, 2, 3):
        desk.turns()
        assert desk.gate.asked == turns
    desk.turns()
    assert desk.gate.asked == 3
    desk.gate.fails = 0
    desk.now += timedelta(minutes=20)
    desk.turns()
    assert sorted(desk.gate.inside) == ["line-1", "line-2", "line-3"]


def test_a_case_that_is_closed_lets_its_line_out(tmp_path: Path) -> None:
    """Whoever closes it need not think of the garden."""
    desk = HelpDesk(tmp_path)
    desk.confines(1)
    with desk.store.write() as records:
        door = Desk(records, actor="ann", now=desk.now, following=desk.following)
        door.act(door.find("subscriber:line-1"), Act.CLOSE)
    desk.turns()
    assert desk.gate.inside == {}
    assert desk.gate.heard[-1] == ("release", "line-1", "case-closed")


def test_a_person_lets_out_before_it_was_begun(tmp_path: Path) -> None:
    """Then the equipment is never asked; decided anew by a person, it holds anew."""
    desk = HelpDesk(tmp_path)
    desk.hears(1)
    desk.happens(1, Happening.API, "self-not-me")
    desk.decides(1, "confine")
    with desk.store.write() as records:
        case = Desk(records, actor="ann", now=desk.now).find("subscriber:line-1")
        assert let_out(records, case, by="ann", why="a nurse lives there", now=desk.now) == 1
    desk.turns()
    assert desk.gate.heard == []
    desk.happens(1, Happening.PERSON, "release")
    desk.decides(1, "confine")
    desk.turns()
    assert list(desk.gate.inside) == ["line-1"]


def test_what_is_not_live_is_only_observed(tmp_path: Path) -> None:
    """The case goes its way; the equipment hears nothing, neither then nor when it would be let out."""
    desk = HelpDesk(tmp_path, live=[each for each in ALL if each is not ActionKind.GARDEN])
    desk.confines(1)
    desk.says(1, SelfServiceAct.DONE)
    desk.passes(9 * DAY)
    assert desk.gate.heard == []
    (row,) = [each for each in desk.consequences(1) if each.kind is ActionKind.GARDEN]
    assert row.state is ConsequenceState.OBSERVED


@pytest.mark.parametrize(
    ("certainty", "days", "code"),
    [("likely", 7, "playbook-restricts-unguarded"), ("confirmed", 31, "playbook-too-long"), ("confirmed", 7, None)],
)
def test_a_rule_may_decide_where_it_is_sure(certainty: str, days: int, code: str | None) -> None:
    """A trusted source and another that does not depend on it; thirty days at most."""
    text = RULE.format(certainty=certainty, days=days)
    if code is None:
        assert parse_playbook(text, Path("own.toml")).asks_infestation
        return
    with pytest.raises(ComityError) as caught:
        parse_playbook(text, Path("own.toml"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('live = ["garden"]', "playbook-no-garden"),
        ('garden_webhook = "bras"', "playbook-webhook"),
    ],
)
def test_there_is_a_way_in(tmp_path: Path, text: str, code: str) -> None:
    """None, or one that nobody knows is a slip that is said before anything runs."""
    with pytest.raises(ComityError) as caught:
        parse(f"[playbook]\n{text}\n", tmp_path / "comity.toml")
    assert caught.value.code == code


def test_a_command_is_told_on_its_input(tmp_path: Path) -> None:
    """No shell, no variables of ours; what it says when it fails is kept, shortened; one that hangs is ended."""
    script = tmp_path / "garden"
    script.write_text(
        f'#!/bin/sh\ncat > {tmp_path}/$1.json\nenv > {tmp_path}/env\n[ "$1" = confine ] && exit 0\n'
        '[ "$1" = hang ] && exec sleep 600\necho "no such session" >&2; exit 3\n'
    )
    script.chmod(0o700)
    out = CommandOut([str(script)], seconds=60)
    line = 'line-1"; rm -rf /'
    assert out.run("confine", {"line": line}).status == 200
    assert json.loads((tmp_path / "confine.json").read_text())["line"] == line
    assert "COMITY" not in (tmp_path / "env").read_text()
    failed = out.run("release", {})
    assert (failed.status, failed.text) == (500, "no such session")
    assert CommandOut([str(script)], seconds=0.3).run("hang", {}).status == 0
    assert CommandOut([str(tmp_path / "nothing")]).run("confine", {}).status == 0
