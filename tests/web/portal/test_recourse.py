"""Recourse in a browser: asked by reference or by proof, objected, answered by a day, escalated once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from comity.model.recourse import RecourseState

from .conftest import PortalScene, a_portal


def state(scene: PortalScene, reference: str) -> RecourseState:
    """Where it stands."""
    with scene.store.read() as rows:
        found = rows.recourses.find(reference)
    assert found is not None
    return found[1].state


def answer(scene: PortalScene, reference: str, text: str, *, by: str, grants: bool = False) -> None:
    """A person of ours answers."""
    with scene.store.write() as rows:
        scene.work.recourse(rows, actor=by, now=scene.clock[0]).answer(reference, text, grants=grants)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_whole_way(scene: PortalScene, language: str) -> None:
    """Ask, object, a no with a name and a date, escalate, a second person's yes."""
    made = scene.impose()
    path = f"/{language}/recourse/{made.reference}"
    asked = scene.post(f"/{language}/recourse", reference=made.reference.lower())
    assert asked.headers["location"] == path
    page = scene.client.get(path).text
    assert "198.51.100.0/24" in page
    assert "A wave of phishing" in page
    assert scene.post(path, act="argue", text="We closed the customer").headers["location"] == f"{path}?said=objected"
    page = scene.client.get(f"{path}?said=objected").text
    assert "2026-03-25 09:30" in page  # when the answer is owed
    answer(scene, made.reference, "Your customer still sends", by="ann")
    page = scene.client.get(path).text
    assert "Your customer still sends" in page
    assert "ann" in page
    assert scene.post(path, act="escalate", text="Not any more").status_code == 303
    answer(scene, made.reference, "Right: it stopped", by="bob", grants=True)
    page = scene.client.get(path).text
    assert "Right: it stopped" in page
    assert "<textarea" not in page
    assert state(scene, made.reference) is RecourseState.GRANTED


def test_days_and_the_second_text_are_said_as_they_are(scene: PortalScene) -> None:
    """The last day is the one of the mail, not the midnight after it; what was sent is said to be here before more is added."""
    ends = scene.clock[0].replace(hour=0, minute=0) + timedelta(days=20)
    made = scene.impose(ends=ends)
    path = f"/en/recourse/{made.reference}"
    page = scene.client.get(path).text
    assert f"{made.last_day} (that day included, by UTC)" in page
    assert f"{ends:%Y-%m-%d}" not in page
    assert "Send the objection" in page
    scene.post(path, act="argue", text="We closed the customer")
    page = scene.client.get(path).text
    assert "What you sent is here." in page
    assert "Send the objection" not in page


def test_it_is_escalated_once(scene: PortalScene) -> None:
    """After the last answer nothing is taken any more, and the page says why."""
    made = scene.impose()
    path = f"/en/recourse/{made.reference}"
    scene.post(path, act="argue", text="wrong")
    answer(scene, made.reference, "no", by="ann")
    scene.post(path, act="escalate", text="wrong")
    answer(scene, made.reference, "no", by="bob")
    for act in ("argue", "escalate"):
        refused = scene.post(path, act=act, text="again")
        assert refused.status_code == 409
        assert "cannot be done where it stands now" in refused.text
    assert state(scene, made.reference) is RecourseState.CLOSED


def test_an_objection_is_for_us_alone(scene: PortalScene) -> None:
    """The reference stands in every mail that was turned away: what one holder wrote, another does not read."""
    made = scene.impose()
    path = f"/en/recourse/{made.reference}"
    scene.post(path, act="argue", text="Our customer Wang, tel 555, is innocent")
    assert "Wang" not in scene.client.get(path).text
    with scene.store.read() as rows:
        notes = [each.note for each in rows.recourses.history(made.reference)]
    assert "Our customer Wang, tel 555, is innocent" in notes


def test_looking_is_not_asking(scene: PortalScene) -> None:
    """A page that is opened, by a mail program say, changes nothing; a question that is sent is written down."""
    made = scene.impose()
    scene.client.get(f"/en/recourse/{made.reference}")
    assert state(scene, made.reference) is RecourseState.OPEN
    scene.post("/en/recourse", reference=made.reference)
    assert state(scene, made.reference) is RecourseState.ASKED


@pytest.mark.parametrize("subject", ["198.51.100.0/24", "198.51.100.7", "east.example"])
def test_a_proof_opens_what_is_held(scene: PortalScene, subject: str) -> None:
    """By a record in the DNS, of exactly that subject; before it nobody learns whether there is anything."""
    made = scene.impose(subject)
    other = scene.impose("203.0.113.0/24")
    page = scene.post("/en/recourse/prove", subject=subject).text
    names = re.findall(r"<code>(_comity-recourse[^<]+)</code>", page)
    value = re.findall(r"<code>(comity-[^<]+)</code>", page)[0]
    assert made.reference not in scene.post("/en/recourse/prove", subject=subject, act="check").text
    scene.zone.update(dict.fromkeys(names, value))
    page = scene.post("/en/recourse/prove", subject=subject, act="check").text
    assert made.reference in page
    assert other.reference not in page
    assert state(scene, made.reference) is RecourseState.ASKED
    assert state(scene, other.reference) is RecourseState.OPEN


def test_what_was_lifted_before_anybody_was_warned_never_began(scene: PortalScene) -> None:
    """No page gives it the day of its end for its beginning."""
    made = scene.impose(waits=True)
    with scene.store.write() as rows:
        rows.recourses.lift(made.reference, scene.clock[0])
    page = scene.client.get(f"/en/recourse/{made.reference}").text
    assert "after a warning that reached you, which is not on record yet" in page
    value = re.findall(
        r"<code>(comity-[^<]+)</code>", page := scene.post("/en/recourse/prove", subject=made.subject).text
    )
    scene.zone.update(dict.fromkeys(re.findall(r"<code>(_comity-recourse[^<]+)</code>", page), value[0]))
    page = scene.post("/en/recourse/prove", subject=made.subject, act="check").text
    assert made.reference in page
    assert f"{made.begins:%Y-%m-%d}" not in page


def test_nobody_learns_what_is_held_against_others(scene: PortalScene) -> None:
    """Somebody who is limited and somebody who is not: the same page but for the name, before and after a failed check."""
    scene.impose("192.0.2.0/24")
    for act in ("show", "check"):
        pages = []
        for subject, reverse in (("192.0.2.0/24", "2.0.192"), ("203.0.113.0/24", "113.0.203")):
            text = scene.post("/en/recourse/prove", subject=subject, act=act).text
            text = text.replace(subject, "SUBJECT").replace(reverse, "REVERSE")
            pages.append(re.sub(r"comity-[a-z2-7]{24}", "TOKEN", text))
        assert pages[0] == pages[1]


def test_a_proof_asks_few_names(scene: PortalScene) -> None:
    """A network of many reverse zones makes nobody ask for hundreds of names; what is no subject asks for none."""
    asked: list[str] = []
    folder = Path(str(scene.store.path)).parent / "other"
    folder.mkdir()
    with a_portal(folder, is_proved=lambda subject: asked.append(subject) is not None) as other:
        for subject in (
            "203.0.0.0/17",
            "2001:db8::/33x",
            "<script>alert(1)</script>",
            "..",
            "a" * 400,
            "\u202e.example",
        ):
            page = other.post("/en/recourse/prove", subject=subject, act="check")
            assert page.status_code == 422, subject
            assert "<script" not in page.text
    assert asked == []


def test_references_are_not_guessed(tmp_path: Path) -> None:
    """Whoever tries is slowed down; one that there is not and one that is no reference are one answer."""
    with a_portal(tmp_path, per_minute=60) as scene:
        made = scene.impose()
        texts = {
            re.sub(r'/recourse/[^"]+', "", scene.client.get(f"/en/recourse/{each}").text)
            for each in ("R-AAAAAAAAAAAAAAAA", "x", "R-1")
        }
        assert len(texts) == 1
        codes = [scene.client.get(f"/en/recourse/R-AAAAAAAAAAAAAA{a}{b}").status_code for a in "ABCDE" for b in "ABCDE"]
        assert codes[-1] == 429
        assert scene.client.get(f"/en/recourse/{made.reference}").status_code == 200


def test_an_empty_objection_is_none(scene: PortalScene) -> None:
    """Blanks are no reason."""
    made = scene.impose()
    path = f"/en/recourse/{made.reference}"
    page = scene.post(path, act="argue", text=" \r\n ")
    assert page.status_code == 422
    assert 'aria-describedby="refused' in page.text
    assert scene.post(path, act="grant", text="x").status_code == 400  # what only we may do
    assert state(scene, made.reference) is RecourseState.OPEN
