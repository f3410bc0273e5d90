"""What other programs were told, and telling it once more by hand."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.playbook.outside import Programs
from comity.model.account import Role
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.playbook import ActionKind
from comity.outlets.programs.posting import PRIVATE
from comity.outlets.programs.webhooks import Answered
from comity.settings import parse, read_settings
from comity.web.desk.app import desk_app

from ..conftest import NOW, _served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..conftest import DeskScene

SETTINGS = """
[[playbook.webhooks]]
name = "helpdesk"
url = "https://helpdesk.west.example/in?token=hush-hush"
secret_file = "helpdesk.secret"
authorization_file = "helpdesk.token"
"""


@pytest.fixture
def webhook_desk(tmp_path: Path) -> "Iterator[DeskScene]":
    """A desk whose settings name one program."""
    (tmp_path / "comity.toml").write_text(SETTINGS)
    settings = read_settings(tmp_path / "comity.toml")
    yield from _served(tmp_path, lambda work: replace(work, dealings=Dealings(settings)))


def put(desk: "DeskScene", **values: Any) -> int:
    """One thing that a program was told; its number."""
    made = {
        "key": "4f2a",
        "case_id": desk.put("Bakery").case_id,
        "kind": ActionKind.WEBHOOK,
        "target_kind": "webhook",
        "target": "helpdesk",
        "actor": "playbook",
        "why": "watched: raise",
        "state": ConsequenceState.FAILED,
        "entered": NOW - timedelta(days=8),
        "due": NOW - timedelta(days=1),
    }
    with desk.store.write() as records:
        records.consequences.add([CaseConsequence(**made | values)])
        number = max(each.consequence_id for each in records.consequences.newest(ActionKind.WEBHOOK, 9))
        if "state" not in values:
            records.consequences.fail(number, reason="gave-up", error="503 <b>busy</b>", at=NOW)
        return number


def rows(desk: "DeskScene") -> list[CaseConsequence]:
    """All of them, the oldest first."""
    with desk.store.read() as records:
        return sorted(records.consequences.newest(ActionKind.WEBHOOK, 99), key=lambda each: each.consequence_id)


def test_what_was_told_is_shown_without_secrets(webhook_desk: "DeskScene") -> None:
    """State and last answer; the host of the address, and no more of it."""
    put(webhook_desk)
    page = webhook_desk.client.get("/webhooks").text
    assert "503 &lt;b&gt;busy&lt;/b&gt;" in page
    assert "tried for long enough" in page
    assert "helpdesk.west.example" in page
    for secret in ("hush-hush", "helpdesk.secret", "helpdesk.token", "/in?"):
        assert secret not in page


def test_it_is_told_again_under_the_account(webhook_desk: "DeskScene") -> None:
    """It waits like any other, with its id as it was; who asked for it stands in the list of what was done."""
    number = put(webhook_desk)
    assert webhook_desk.post("/webhooks", number=number).status_code == 422
    assert len(rows(webhook_desk)) == 1
    assert webhook_desk.post("/webhooks", number=number, why="their disk is mended").status_code == 303
    first, second = rows(webhook_desk)
    assert first.state is ConsequenceState.FAILED  # what was, stays
    assert (second.state, second.actor, second.why) == (ConsequenceState.WAITING, "ann", "their disk is mended")
    assert (second.attempts, second.last_error, second.due) == (0, None, NOW)
    assert second.key != first.key
    assert "their disk is mended" in webhook_desk.client.get("/audit?kind=consequence&actor=ann").text
    with webhook_desk.store.read() as records:
        assert [each.key for each in records.consequences.due([ActionKind.WEBHOOK], NOW, 9)] == [second.key]


def test_what_waits_for_its_next_try_is_told_at_once(webhook_desk: "DeskScene") -> None:
    """A program that was away is back: nobody waits hours for the next try, and it is told once, not twice."""
    number = put(webhook_desk, state=ConsequenceState.WAITING)
    with webhook_desk.store.write() as records:
        records.consequences.lease([number], NOW)
        records.consequences.put_off([number], until=NOW + timedelta(hours=6), error="503 busy")
    assert f'name="number" value="{number}"' in webhook_desk.client.get("/webhooks").text
    assert webhook_desk.post("/webhooks", number=number, why="it is back").status_code == 303
    first, second = rows(webhook_desk)
    assert (first.state, first.reason) == (ConsequenceState.FAILED, "told-now")
    assert (second.state, second.due, second.actor) == (ConsequenceState.WAITING, NOW, "ann")
    with webhook_desk.store.read() as records:
        later = NOW + timedelta(hours=7)
        assert [each.key for each in records.consequences.due([ActionKind.WEBHOOK], later, 9)] == [second.key]
    assert "because a person asked" in webhook_desk.client.get("/webhooks").text


def test_a_program_knows_it_by_the_same_id(tmp_path: Path) -> None:
    """However often it is told: whoever counted it once does not count it again."""
    file = tmp_path / "comity.toml"
    told: list[str] = []

    class Out:
        """Hears what is sent."""

        def post(self, place: object, body: bytes, fields: dict[str, str]) -> Answered:
            told.append(fields["webhook-id"])
            assert json.loads(body) == {"event": "case"}
            return Answered(status=200, text="")

    settings = parse(SETTINGS.replace('authorization_file = "helpdesk.token"\n', ""), file)
    programs = Programs(settings, Out())  # type: ignore[arg-type]
    what = CaseConsequence(
        key="4f2a",
        case_id=None,
        kind=ActionKind.WEBHOOK,
        target_kind="webhook",
        target="helpdesk",
        actor="x",
        why="x",
        state=ConsequenceState.WAITING,
        entered=NOW,
        due=NOW,
    )
    for key in ("4f2a", "4f2a+again-1", "4f2a+again-12"):
        programs.tell(replace(what, key=key), {"event": "case"}, NOW)
    assert len(told) == 3
    assert len(set(told)) == 1


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"state": ConsequenceState.WAITING}, 409),
        ({"state": ConsequenceState.OBSERVED}, 409),
        ({"target": "nobody"}, 409),
        ({"kind": ActionKind.RAISE, "number": 1}, 404),
        ({"number": 999}, 404),
        ({"number": "x"}, 400),
        ({"number": "9" * 30}, 404),
    ],
)
def test_what_cannot_be_told_again_is_not(webhook_desk: "DeskScene", values: dict[str, Any], status: int) -> None:
    """What waits, what is not live, whom the settings do not name, what is something else."""
    asked = values.pop("number", None)
    number = 1 if "kind" in values else put(webhook_desk, **values)
    if "kind" in values:
        other = replace(_raise(webhook_desk), **values)
        with webhook_desk.store.write() as records:
            records.consequences.add([other])
    before = rows(webhook_desk)
    answer = webhook_desk.post("/webhooks", number=number if asked is None else asked, why="x")
    assert answer.status_code == status
    assert rows(webhook_desk) == before


def _raise(desk: "DeskScene") -> CaseConsequence:
    return CaseConsequence(
        key="r",
        case_id=desk.put("Shop").case_id,
        kind=ActionKind.RAISE,
        target_kind="case",
        target="x",
        actor="x",
        why="x",
        state=ConsequenceState.DONE,
        entered=NOW,
        due=NOW,
    )


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_and_who_tells(webhook_desk: "DeskScene", role: Role) -> None:
    """Whoever may see settings sees it; a form is there for nobody who may not use it."""
    number = put(webhook_desk)
    webhook_desk.roles[:] = [role]
    page = webhook_desk.client.get("/webhooks")
    may = role in (Role.POSTMASTER, Role.ADMINISTRATOR)
    assert page.status_code == (403 if role is Role.DESK else 200)
    assert ('name="number"' in page.text) == may
    assert webhook_desk.post("/webhooks", number=number, why="x").status_code == (303 if may else 403)
    assert desk_app(webhook_desk.work) is not None


@pytest.mark.parametrize(("language", "word"), [("en", "open internet"), ("zh-Hans", "公开的互联网")])
def test_a_program_that_is_not_called_for_its_address_has_the_remedy(
    webhook_desk: "DeskScene", language: str, word: str
) -> None:
    """In the language of whoever looks; what a program says itself is not taken for it."""
    webhook_desk.client.cookies.set("comity-language", language)
    ours = put(webhook_desk)
    with webhook_desk.store.write() as records:
        records.consequences.fail(ours, reason="gave-up", error=f"0 {PRIVATE}", at=NOW)
    page = webhook_desk.client.get("/webhooks").text
    assert page.count(word) == 1
    assert "private = true" in page
    with webhook_desk.store.write() as records:
        records.consequences.fail(ours, reason="gave-up", error=f"503 {PRIVATE}", at=NOW)
    page = webhook_desk.client.get("/webhooks").text
    assert "503 private" in page
