"""Consumers on the desk: proofs with their exact record, a person's yes or no, and the rights to say it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from comity.model.account import Role
from comity.model.consumer import ClaimKind, ConsumerAct, ConsumerState
from comity.services.complain.enrolment.acting import Application

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene

PATH = "/consumers/letters"


def applied(west: "DeskScene") -> dict[str, str]:
    """An application; the records of the DNS that prove it."""
    wanted = Application(name="letters", address="fbl@letters.example", domains=("letters.example",))
    with west.store.write() as records:
        desk = west.work.dealings.enrolment(records, actor="ann", now=NOW)
        desk.apply(wanted)
        return {each.dns_name: each.dns_value or "" for each in desk.wanted("letters") if each.dns_name}


def proved(west: "DeskScene") -> None:
    """All of it, and the mailbox by the answer to a mail of ours."""
    records_wanted = applied(west)
    with west.store.write() as records:
        desk = west.work.dealings.enrolment(records, actor="ann", now=NOW)
        desk.look("letters", records_wanted)
        (mailbox,) = [each for each in records.consumers.claims("letters") if each.kind is ClaimKind.MAILBOX]
        records.consumers.put_claim(replace(mailbox, asked=NOW))
        assert desk.typed("letters", mailbox.code) is not None


def state_of(west: "DeskScene") -> tuple[ConsumerState, str | None]:
    """Where it stands, and why."""
    with west.store.read() as records:
        found = records.consumers.find("letters")
    assert found is not None
    return found.state, found.reason


def test_a_proof_stands_there_to_be_copied(west: "DeskScene") -> None:
    """Name, type and value of the record; the code that is mailed does not."""
    (name, value) = next(iter(applied(west).items()))
    page = west.client.get(PATH).text
    assert name in page
    assert value in page
    with west.store.read() as records:
        codes = [each.code for each in records.consumers.claims("letters")]
    assert not [each for each in codes if each in page]
    assert west.client.get("/consumers/nobody").status_code == 404


def test_what_is_not_proved_is_not_accepted(west: "DeskScene") -> None:
    """It is not offered, and refused when asked all the same."""
    applied(west)
    assert 'value="accept"' not in west.client.get(PATH).text
    assert west.post(PATH, act="accept").status_code == 400
    assert west.post(PATH, act="prove").status_code == 400
    assert state_of(west)[0] is ConsumerState.APPLIED


def test_a_person_accepts_and_suspends_with_a_reason(west: "DeskScene") -> None:
    """Each step stands in its history under the account."""
    proved(west)
    assert west.post(PATH, act="accept").status_code == 303
    assert state_of(west)[0] is ConsumerState.TRIAL
    assert west.post(PATH, act="suspend").status_code == 400
    assert state_of(west)[0] is ConsumerState.TRIAL
    assert west.post(PATH, act="suspend", why="<b>loops</b>").status_code == 303
    assert state_of(west) == (ConsumerState.SUSPENDED, "<b>loops</b>")
    page = west.client.get(PATH).text
    assert "<b>loops" not in page
    assert "accepted on trial" in page


def test_whoever_may_only_look_decides_nothing(west: "DeskScene") -> None:
    """An auditor sees no mailbox either."""
    proved(west)
    west.roles[:] = [Role.AUDITOR]
    page = west.client.get(PATH).text
    assert "fbl@letters.example" not in page
    assert "fbl@letters.example" not in west.client.get("/consumers").text
    assert west.post(PATH, act="accept").status_code == 403
    assert state_of(west)[0] is ConsumerState.PROVED


def test_why_nothing_leaves_is_said_in_words(west: "DeskScene") -> None:
    """What the program or the network itself did has its reason in the reader's language, above and in the history."""
    proved(west)
    assert west.post(PATH, act="accept").status_code == 303
    for reason, words in (("paused-by-consumer", "paused by the network itself"), ("mail-refused", "refuses reports")):
        with west.store.write() as records:
            desk = west.work.dealings.enrolment(records, actor="comity", now=NOW)
            desk.act("letters", ConsumerAct.SUSPEND, reason=reason)
        page = west.client.get(PATH).text
        assert page.count(words) == 2
        assert reason not in page
        assert west.post(PATH, act="resume").status_code == 303


def test_a_no_at_the_desk_has_a_name_besides_the_words(west: "DeskScene") -> None:
    """Chosen from the list, shown as a sentence beside what was written; one that is not in the list is refused."""
    proved(west)
    assert west.post(PATH, act="accept").status_code == 303
    assert west.post(PATH, act="suspend", no="because", why="they wrote to a reader").status_code == 400
    assert west.post(PATH, act="suspend", no="misused", why="they wrote to a reader").status_code == 303
    assert state_of(west)[0] is ConsumerState.SUSPENDED
    page = west.client.get(PATH).text
    assert page.count("something else than to stop abuse (") == 2  # above, and in the history
    assert page.count("they wrote to a reader") == 2
    assert "misused:" not in page


def test_whoever_waits_for_a_yes_stands_on_the_first_page(west: "DeskScene") -> None:
    """An applicant that proved all it claims waits for a person, and for nobody once somebody has decided."""
    proved(west)
    page = west.client.get("/").text
    assert "waits for a yes or no" in page
    assert 'href="/consumers"' in page.partition("<main")[2]
    assert west.post(PATH, act="accept").status_code == 303
    assert "waits for a yes or no" not in west.client.get("/").text


def test_whoever_has_left_is_not_looked_for(west: "DeskScene") -> None:
    """The button that looks into the DNS goes with the consumer."""
    proved(west)
    assert 'value="look"' in west.client.get(PATH).text
    assert west.post(PATH, act="leave").status_code == 303
    assert 'value="look"' not in west.client.get(PATH).text
