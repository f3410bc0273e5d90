"""What a customer answers joins the case that he was told of; nobody else finds his way there."""

import pytest

from comity.formats.reply_address import case_of, written
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Ingested, Terms
from comity.services.receive.prepare import Delivery, prepare

from .intake import OWN, arf, reads
from .playbook_scene import Scene
from .test_playbook import LADDER, WEST

BASE, KEY = "feedback@east.example", b"k" * 32
LETTER = b"From: noc@west.example\nSubject: Re: Complaints\nMessage-ID: <a1@west.example>\n\nWe found the account and closed it.\n"
VACATION = (
    b"From: noc@west.example\nSubject: Out of office\nAuto-Submitted: auto-replied\nMessage-ID: <a2@west.example>\n\n"
    b"I am out of the office until Monday.\n"
)


@pytest.fixture
def scene() -> Scene:
    """A customer was told."""
    made = Scene(LADDER)
    terms = Terms(own=OWN, follows=True, answered=lambda recipient: case_of(recipient, BASE, KEY))
    made.ingest = Ingest(terms, following=made.following)
    made.arrives(*[arf(number, recipient=f"reader{number}@mail.example") for number in range(3)])
    return made


def _comes(scene: Scene, data: bytes, to: str) -> Ingested:
    delivery = Delivery(gate="lmtp", name=f"{to}/7.eml", arrived=scene.now)
    with scene.store.write() as records:
        return scene.ingest.apply([prepare(data, delivery, reads)], records, scene.now)[0]


def test_an_answer_joins_its_case_and_a_person_is_to_look(scene: Scene) -> None:
    """No new case; the letter stands in the old one, which stops waiting."""
    case = scene.case(WEST)
    done = _comes(scene, LETTER, written(BASE, case.case_id, KEY))
    assert (done.fate.value, done.cases, done.opened) == ("letter", (case.case_id,), ())
    position = scene.position(WEST)
    assert position is not None
    assert position.raised == scene.now
    assert "reply" in [each.act for each in scene.events(WEST)]
    with scene.store.read() as records:
        (letter,) = records.intake.letters_of([case.case_id], 10)
    assert letter.name.endswith("/7.eml")
    assert scene.case(WEST).reports == case.reports


def test_an_automatic_answer_says_nothing(scene: Scene) -> None:
    """Nobody is called because somebody is on holiday."""
    _comes(scene, VACATION, written(BASE, scene.case(WEST).case_id, KEY))
    position = scene.position(WEST)
    assert position is not None
    assert position.raised is None


@pytest.mark.parametrize(
    "recipient",
    ["feedback+case.{case}.aaaaaaaaaa@east.example", "feedback@east.example", "feedback+{case}@east.example"],
)
def test_an_address_that_was_made_up_leads_nowhere(scene: Scene, recipient: str) -> None:
    """It is a mail like any other."""
    case = scene.case(WEST)
    done = _comes(scene, LETTER, recipient.format(case=case.case_id))
    assert done.cases == ()
    position = scene.position(WEST)
    assert position is not None
    assert position.raised is None


def test_an_address_belongs_to_its_case_and_key_alone() -> None:
    """Another case, another key, another domain: None; whatever the letters' case."""
    address = written(BASE, "4f2a9c1b2d4e", KEY)
    assert len(address.partition("@")[0]) <= 64
    assert case_of(address.upper(), BASE, KEY) == "4f2a9c1b2d4e"
    assert case_of(address, BASE, b"another") is None
    assert case_of(address, "feedback@west.example", KEY) is None
    assert case_of(address.replace("4f2a", "4f2b"), BASE, KEY) is None


def test_an_answer_about_a_case_that_is_gone_is_kept(scene: Scene) -> None:
    """A mark that holds, of no case that we know."""
    done = _comes(scene, LETTER, written(BASE, "ffffffffffff", KEY))
    assert (done.fate.value, done.cases) == ("stored", ())
