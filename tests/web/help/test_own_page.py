"""A subscriber's own page: what stands on it, what is said back, and who cannot see it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from comity.bootstrap.help.serving import tell_case
from comity.locale import catalogue
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.notice import SelfServiceAct
from comity.model.playbook import ActionKind
from comity.services.public.course import noted
from comity.services.remedy.self_service import Confined
from comity.settings import Settings
from comity.store.tables.playbook import case_consequence

from .conftest import NOW, HelpScene


def test_it_says_what_was_seen_and_where_nobody_looks(scene: HelpScene) -> None:
    """Kind, times, how sure we are, the guide for that device first; no name, no address, no line."""
    page = scene.client.get(f"/en/my/{scene.token()}")
    assert page.status_code == 200
    for said in ("Mirai", "17 March 2026 at 09:30", "20 March 2026 at 04:30", "30 March 2026", "Several independent"):
        assert said in page.text
    assert page.text.index("Camera, recorder") < page.text.index("Computer or laptop")
    for secret in ("line-7", "wang@", scene.case.case_id):
        assert secret not in page.text
    # Who is done need not scroll past all steps.
    assert page.text.index('href="#tell"') < page.text.index("Camera, recorder")
    assert page.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page.text
    assert 'type="password"' not in page.text


def test_steps_are_remembered_in_every_language(scene: HelpScene) -> None:
    """A step that is done in one language is done in the other; it can be taken back; what is no step changes nothing."""
    token = scene.token()
    done = scene.post(f"/en/my/{token}", device="camera", step="password", done="1")
    assert done.status_code == 303
    assert done.headers["location"].endswith("#camera")
    assert "已完成 1 步，共 6 步" in scene.client.get(f"/zh_Hans/my/{token}").text
    scene.post(f"/zh_Hans/my/{token}", device="camera", step="password", done="0")
    assert "0 of 6 steps done" in scene.client.get(f"/en/my/{token}").text
    assert scene.post(f"/en/my/{token}", device="camera", step="'; drop", done="1").status_code == 400
    with scene.store.read() as records:
        assert records.notices.steps(scene.case.case_id) == set()


@pytest.mark.parametrize("act", SelfServiceAct)
def test_what_is_said_reaches_the_case(scene: HelpScene, act: SelfServiceAct) -> None:
    """Each act is heard once within an hour, however often the button is pressed, and is thanked for."""
    token = scene.token()
    for _ in range(3):
        answer = scene.post(f"/en/my/{token}", act=act.value)
        assert answer.status_code == 303
    assert scene.told == [(scene.case.case_id, act)]
    assert "Thank you." in scene.client.get(f"/en/my/{token}?said={act.value}").text
    scene.clock[0] = NOW + timedelta(minutes=59)
    scene.post(f"/en/my/{token}", act=act.value)
    assert len(scene.told) == 1
    with scene.store.read() as records:
        assert [each.act for each in records.notices.said(scene.case.case_id)] == [act]


def test_what_was_said_stands_on_the_case(scene: HelpScene) -> None:
    """With a playbook in use or without: whoever reads the case reads what its subscriber said, and when."""
    with scene.store.write() as records:
        tell_case(Settings())(records, scene.case.case_id, SelfServiceAct.NOT_ME, NOW)
        event = records.cases.events_of(scene.case.case_id)[-1]
    assert (event.at, event.actor, event.act) == (NOW, "web", "said")
    assert noted(catalogue("en"), event) == "this cannot be my connection"


@pytest.mark.parametrize(
    ("state", "lifted", "said"),
    [
        (ConsequenceState.DONE, None, "Your connection is paused"),
        (ConsequenceState.LIFTING, timedelta(0), "Your connection is being opened again."),
        (ConsequenceState.LIFTED, timedelta(minutes=14), "Your connection is being opened again."),
        (ConsequenceState.LIFTED, timedelta(minutes=15), None),
        (ConsequenceState.OBSERVED, None, None),
    ],
)
def test_it_says_whether_the_line_is_paused(
    scene: HelpScene, state: ConsequenceState, lifted: timedelta | None, said: str | None
) -> None:
    """Whoever said that it is done reads that the line is opened, and when to call; a garden that was only looked at is none."""
    ago = NOW - timedelta(hours=2)
    garden = CaseConsequence(
        key="garden", case_id=scene.case.case_id, kind=ActionKind.GARDEN, target_kind="subscriber", target="line-7",
        actor="ann", why="told/7", state=state, entered=ago, due=ago, until=NOW + timedelta(days=7),
        lifted=None if lifted is None else NOW - lifted,
    )  # fmt: skip
    with scene.store.write() as records:
        records.consequences.add([garden])
        if lifted is not None:
            records.connection.execute(update(case_consequence).values(state=state.value, lifted=NOW - lifted))
    text = scene.client.get(f"/en/my/{scene.token()}").text
    assert ("data-line" in text) is (said is not None)
    assert said is None or said in text


def test_an_address_that_ended_shows_nothing(scene: HelpScene) -> None:
    """After its hours a page is gone, for looking and for saying; so is one whose address was changed by a sign."""
    token = scene.token(hours=1)
    scene.clock[0] = NOW + timedelta(hours=1, seconds=1)
    assert scene.client.get(f"/en/my/{token}").status_code == 410
    assert scene.post(f"/en/my/{token}", act="self-done").status_code == 410
    scene.clock[0] = NOW
    for at in range(len(token) - 1):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert scene.client.get(f"/en/my/{other}").status_code in (410, 429)
    for odd in ("x", "é" * 34, token + "A", token[:-1]):
        assert scene.client.get(f"/en/my/{odd}").status_code in (410, 429)
    assert scene.told == []
    with scene.store.read() as records:
        assert records.notices.said(scene.case.case_id) == []


def test_said_in_the_address_says_only_our_words(scene: HelpScene) -> None:
    """What stands behind the question mark cannot put text onto the page."""
    page = scene.client.get(f"/en/my/{scene.token()}?said=<b>paid</b>&at=<i>").text
    assert "paid" not in page
    assert "<i>" not in page


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"act=self-done&x=" + b"y" * 5000, 413),
        (b"\xff=\xfe", 400),
        (b"&".join(b"a%d=1" % n for n in range(40)), 400),
        (b"", 400),
    ],
)
def test_a_form_has_bounds(scene: HelpScene, body: bytes, status: int) -> None:
    """Too large, no text, too many fields, nothing at all: refused, and nothing is noted."""
    assert scene.client.post(f"/en/my/{scene.token()}", content=body).status_code == status
    assert scene.told == []


def test_the_captive_portal_speaks_the_standard(scene: HelpScene) -> None:
    """RFC 8908: its media type, a portal under https while the line is in the garden, and nothing to be kept by caches."""
    free = scene.client.get("/captive/api")
    assert free.headers["content-type"] == "application/captive+json"
    assert free.json() == {"captive": False}
    assert "not paused" in scene.client.get("/en/captive").text
    scene.garden.append(Confined(notice=scene.notice))
    held = scene.client.get("/captive/api")
    assert held.json() == {"captive": True, "user-portal-url": "https://help.east.example/captive"}
    assert "private" in held.headers["cache-control"]
    page = scene.client.get("/captive", headers={"accept-language": "zh-CN"}, follow_redirects=True)
    assert page.url.path == "/zh_Hans/captive"
    assert str(scene.words()) in page.text
    assert "my/" in page.text


def test_the_captive_portal_knows_who_is_on_the_way(scene: HelpScene) -> None:
    """A line that no equipment holds yet is not called captive; whoever is still held is not told that nothing is paused."""
    scene.garden[:] = [Confined(notice=scene.notice, is_in=False)]
    assert scene.client.get("/captive/api").json() == {"captive": False}
    assert "my/" in scene.client.get("/en/captive").text  # the equipment alone leads here
    scene.garden[:] = [Confined(notice=scene.notice, is_leaving=True)]
    assert scene.client.get("/captive/api").json()["captive"] is True
    leaving = scene.client.get("/en/captive").text
    assert "is being opened again" in leaving
    assert "not paused" not in leaving


def test_answers_are_counted_and_nobody_is(scene: HelpScene) -> None:
    """By day, phase, question and answer; what is no answer of ours is not counted."""
    for answer in ("ask", "ask", "link"):
        said = scene.post("/en/questions", phase="before", check=answer, device="nonsense")
        assert said.status_code == 200
    with scene.store.read() as records:
        assert records.notices.counts() == [
            ("2026-03-20", "before", "check", "ask", 2),
            ("2026-03-20", "before", "check", "link", 1),
        ]
    assert scene.post("/en/questions", phase="whenever").status_code == 400


def test_what_is_right_is_shown_after_reading_alone(scene: HelpScene) -> None:
    """Whoever saw it before would answer from memory; the way back to the questions stands there, and nothing is sent twice."""
    before = scene.post("/en/questions", phase="before", check="link")
    assert "Not quite." not in before.text
    assert scene.work.packs.of("en").questions[0].why not in before.text
    assert 'href="questions?phase=after"' in before.text
    assert "<form" not in before.text.partition("<main")[2]
    again = scene.client.get("/en/questions?phase=after").text
    assert 'value="after" checked' in again
    after = scene.post("/en/questions", phase="after", check="link").text
    assert "Not quite." in after
    assert "Not answered." in after
    assert "<button" not in after.partition("<main")[2]
