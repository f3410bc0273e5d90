"""Minutes with owners: every field is looked at, and only the owner says what became of an action."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from comity.accord import minutes as forms
from comity.ledger import document
from comity.locale import LANGUAGES, catalogue
from comity.model.message import Message, OwnWords
from comity.model.minutes import ActionState, KeptMinutes
from comity.model.outcomes import ComityError
from comity.services.prove.coalition.digest import digest
from comity.services.prove.coalition.minutes import Draft, MinutesDesk, handlers
from comity.services.prove.documents import Documents
from comity.store.records import Records

from ..two_sides import EAST, KEYS, NOW, WEST, Side, both

DAY = int(NOW.timestamp())
ACTION = {"number": 1, "owner": EAST, "what": {"en": "clean the range", "zh": "清理该地址段"}, "due": DAY + 86400}
MISFITS: dict[str, list[Any]] = {
    "type": ["signal", None], "issuer": ["south.example", "", None], "id": ["M-1", "G-AAAAAAAAAAAAAAAA", None, 7],
    "held": [-1, None, DAY + 1, True],
    "present": [[], [WEST], [WEST, EAST], [EAST, EAST, WEST], [EAST, "south.example"], None, [7]],
    "title": [{}, {"en": "x"}, {"en": "x", "zh": "x"}, {"en": "x" * 201, "zh": "会"}, {"en": "a\x1b", "zh": "会"}, None],
    "text": [{}, {"en": "x", "zh": "x"}, {"en": "x" * 4001, "zh": "会"}, None, "x"],
    "actions": [None, [ACTION] * 2, [ACTION] * 21, ["x"], *([ACTION | {name: value}] for name, values in {
        "number": [0, 2, True, None], "owner": ["south.example", "", None], "what": [{}, {"en": "x", "zh": "x"}, None],
        "due": [-1, None, 1 << 40], "more": [1]}.items() for value in values)],
    "by": ["", "a\nb", "x" * 101, None], "made": [-1, None, DAY + 301], "more": [1],
}  # fmt: skip


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def desk(side: Side, rows: Records) -> MinutesDesk:
    return MinutesDesk(rows, side.name, KEYS[side.name], actor="Ann", now=side.now)


def written(side: Side, other: str) -> KeptMinutes:
    draft = Draft(
        minutes_id="M-AAAAAAAAAAAAAAAA", held=NOW - timedelta(hours=2), others=(other,),
        title={"en": "Monthly call", "zh": "月度会议"}, text={"en": "We spoke.", "zh": "双方交谈。"},
        actions=((EAST, {"en": "clean the range", "zh": "清理该地址段"}, NOW + timedelta(days=7)),
                 (WEST, {"en": "send samples", "zh": "发送样本"}, NOW + timedelta(days=1))),
    )  # fmt: skip
    with side.store.write() as rows:
        return desk(side, rows).write(draft)


def take(side: Side, text: str) -> dict[str, object]:
    taking: Documents[Records] = Documents(side.name, dict(handlers(side.name)), per_day=1000)  # type: ignore[arg-type]
    said = dict(taking.take(side.store, document.bundle([text]), now=side.now).said)
    assert all(f"refused.{said['error']}" in catalogue(each) for each in LANGUAGES if "error" in said)
    return said


def hand(one: Side, other: Side) -> None:
    """Everything that waits, over."""
    with one.store.write() as rows:
        waiting = rows.documents.waiting(other.name, 100)
        rows.documents.given([each.document_id for each in waiting], one.now)
    for each in waiting:
        assert take(other, each.note) == {"taken": 1, "known": 0}
        assert take(other, each.note) == {"taken": 0, "known": 1}


def kept(side: Side) -> list[KeptMinutes]:
    with side.store.read() as rows:
        return rows.coalition.minutes()


def test_written_given_done(sides: tuple[Side, Side]) -> None:
    """West writes, east has the same; east says that its action is done, and west reads so."""
    west, east = sides
    made = written(west, EAST)
    hand(west, east)
    assert [each.said for each in kept(east)] == [made.said]
    assert [each.owner for each in kept(east)[0].open_actions()] == [EAST, WEST]
    with east.store.write() as rows:
        done = {"en": "Cleaned.", "zh": "已清理。"}
        desk(east, rows).say_of_action("M-AAAA", 1, state=ActionState.DONE, text=done)
    hand(east, west)
    (ours,) = kept(west)
    assert ours.reports[1].text == done
    assert [each.number for each in ours.open_actions()] == [2]
    with west.store.read() as rows:
        (told,) = digest(rows, WEST, [EAST], since=west.now - timedelta(hours=1), now=west.now)
        later = digest(rows, WEST, [EAST], since=west.now + timedelta(hours=1), now=west.now + timedelta(hours=2))
    assert (
        Message(
            "digest.action-done",
            {"id": f"{made.said.minutes_id} 1", "task": OwnWords("clean the range", "清理该地址段")},
        )
        in told.changed
    )
    english, chinese = ("\n".join(map(catalogue(each).tell, told.changed)) for each in LANGUAGES)
    assert "clean the range" in english
    assert "清理该地址段" in chinese
    assert "clean the range" not in chinese  # each reader is given the words of his own language
    assert not [each for one in later for each in one.changed]


def test_only_the_owner_reports(sides: tuple[Side, Side]) -> None:
    """Neither our own person nor another member says what became of somebody else's action."""
    west, east = sides
    written(west, EAST)
    hand(west, east)
    with east.store.write() as rows, pytest.raises(ComityError, match="action-not-ours"):
        desk(east, rows).say_of_action("M-AAAA", 2, state=ActionState.DONE, text={"en": "x", "zh": "好"})
    record = {"type": "action-report", "issuer": EAST, "minutes": "M-AAAAAAAAAAAAAAAA", "number": 2, "state": "done",
              "text": {"en": "x", "zh": "好"}, "by": "Li", "made": DAY}  # fmt: skip
    for change, code in (
        ({}, "action-not-theirs"), ({"number": 7}, "action-not-theirs"), ({"minutes": "M-BBBBBBBBBBBBBBBB"}, "minutes-unknown"),
        ({"number": 1, "made": DAY + 301}, "minutes-made-in-future"), ({"state": "well"}, "field-malformed"),
        ({"number": 0}, "field-malformed"), ({"text": {"en": "x"}}, "field-malformed"),
    ):  # fmt: skip
        said = take(west, document.write(forms.REPORT, record | change, name=EAST, key=KEYS[EAST]))
        assert said["error"] == code
    assert kept(west)[0].reports == {}


def test_a_later_word_counts(sides: tuple[Side, Side]) -> None:
    """The owner may say later that it was dropped after all; an earlier word does not come back."""
    west, east = sides
    written(west, EAST)
    record = {"type": "action-report", "issuer": EAST, "minutes": "M-AAAAAAAAAAAAAAAA", "number": 1, "state": "done",
              "text": {"en": "x", "zh": "好"}, "by": "Li", "made": DAY}  # fmt: skip
    first = document.write(forms.REPORT, record, name=EAST, key=KEYS[EAST])
    assert take(west, first)["taken"] == 1
    later = document.write(forms.REPORT, record | {"state": "dropped", "made": DAY + 60}, name=EAST, key=KEYS[EAST])
    assert take(west, later)["taken"] == 1
    assert take(west, first)["error"] == "action-older"
    assert kept(west)[0].reports[1].state is ActionState.DROPPED
    assert take(east, first)["error"] in ("document-not-signed", "peer-not-paired", "minutes-unknown")


@pytest.mark.parametrize("field", sorted(MISFITS))
def test_every_field_is_checked(sides: tuple[Side, Side], field: str) -> None:
    """A record that was signed but does not fit is refused by name, and nothing is kept."""
    west, east = sides
    good = forms.minutes_record(written(west, EAST).said)
    for value in MISFITS[field]:
        said = take(east, document.write(forms.MINUTES, good | {field: value}, name=WEST, key=KEYS[WEST]))
        assert said.get("error"), (field, value)
    for name in good:
        if name not in ("issuer", "type"):
            less = {key: value for key, value in good.items() if key != name}
            assert take(east, document.write(forms.MINUTES, less, name=WEST, key=KEYS[WEST])).get("error")
    assert kept(east) == []


def test_other_minutes_of_one_id_are_refused(sides: tuple[Side, Side]) -> None:
    """What was signed once stays as it is; and who was not there keeps nothing."""
    west, east = sides
    said = forms.minutes_record(written(west, EAST).said)
    hand(west, east)
    other = document.write(forms.MINUTES, said | {"by": "Bob"}, name=WEST, key=KEYS[WEST])
    assert take(east, other)["error"] == "minutes-differ"
    elsewhere = said | {"present": ["south.example", WEST], "actions": [], "id": "M-BBBBBBBBBBBBBBBB"}
    assert take(east, document.write(forms.MINUTES, elsewhere, name=WEST, key=KEYS[WEST]))["error"] == "minutes-others"


def test_a_stranger_is_given_nothing(sides: tuple[Side, Side]) -> None:
    """Minutes go to paired members alone."""
    with pytest.raises(ComityError, match="minutes-peer"):
        written(sides[0], "south.example")
