"""A person writes from the page of a case, sees the letter before it leaves, and finds it and the answer in the case."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import decompress

import pytest
from sqlalchemy import select

from comity.bootstrap.conversation.letter_desk import LetterDesk, draft
from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.formats.letter_files import Attachment
from comity.model.account import Role
from comity.model.case import SubjectKind
from comity.model.desk import Act
from comity.model.infestation import SubscriberContact
from comity.model.sending import CORRESPONDENTS, Peer, PeerState
from comity.services.receive.desk import Desk
from comity.settings import Settings, read_settings
from comity.settings.records import IdentitySettings
from comity.store.tables.sending import outbox

from .conftest import CSRF, NOW, state_of

if TYPE_CHECKING:
    from email.message import EmailMessage

    from comity.model.desk import DeskCase

    from .conftest import DeskScene

NOC = "noc@west-hosting.example"


def draft_of(page: str) -> dict[str, str]:
    """What the form that sends holds."""
    fields = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}
    text = re.search(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    fields["text"] = unescape(text[1]) if text else ""
    fields.pop("csrf")
    return fields


def mails(desk: "DeskScene") -> "list[EmailMessage]":
    """What letters are in the outbox."""
    with desk.store.read() as records:
        rows = records.connection.execute(select(outbox.c.data).where(outbox.c.party == CORRESPONDENTS)).all()
    return [message_from_bytes(decompress(row.data), policy=policy.default) for row in rows]  # type: ignore[arg-type]


def previewed(desk: "DeskScene", case: "DeskCase", **form: str) -> str:
    """The letter as it would leave."""
    page = desk.client.get(f"/cases/{case.case_id}/write").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    usual = {"to": f"customer {NOC}", "subject": "Your server", "text": "Please look.", "seen": seen[1]}
    answer = desk.post(f"/cases/{case.case_id}/write", act="preview", **usual | form)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_nothing_is_sent_before_it_was_looked_at(letter_desk: "DeskScene") -> None:
    """A preview writes nothing; what is sent afterwards is what was shown, signed for and answered to the case."""
    case = letter_desk.put("West Hosting")
    before = state_of(letter_desk)
    page = previewed(letter_desk, case, within="3 working days")
    assert state_of(letter_desk) == before
    assert "abuse@east.example" in page
    assert "abuse+case." in page
    sent = letter_desk.post(f"/cases/{case.case_id}/write", act="send", **draft_of(page))
    assert sent.status_code == 303
    (mail,) = mails(letter_desk)
    assert mail["To"] == NOC
    assert mail["Reply-To"].startswith("abuse+case.")
    assert "Please look." in mail.get_content()
    page = letter_desk.client.get(f"/cases/{case.case_id}").text
    assert "Your server" in page
    assert "/outbox/mail?party=correspondents" in page


def test_the_list_of_to_whom_is_ours(letter_desk: "DeskScene") -> None:
    """A form cannot name an address: letters go to whom our own books know, or who wrote."""
    case = letter_desk.put("West Hosting")
    for act in ("preview", "send"):
        form = {"to": "customer victim@elsewhere.example", "subject": "x", "text": "y"}
        assert letter_desk.post(f"/cases/{case.case_id}/write", act=act, **form).status_code == 409
    assert mails(letter_desk) == []


def test_a_letter_is_in_the_language_that_is_read_there(letter_desk: "DeskScene") -> None:
    """The sentence about the day is Chinese for a subscriber who reads Chinese; where nobody knows, it is said in both."""
    claim = Claim(kind=SubjectKind.SUBSCRIBER, label="line-7", rule="lease")
    case = opened(claim, NOW)
    known = SubscriberContact(subscriber="line-7", language="zh-Hans", mail="wang@mail.example", taken=NOW)
    with letter_desk.store.write() as records:
        records.cases.add([case])
        records.contacts.put([known])
    page = previewed(letter_desk, case, to="customer wang@mail.example", within="3 days")
    assert ("请于" in page, "Please answer by" in page) == (True, False)
    other = letter_desk.put("West Hosting")
    page = previewed(letter_desk, other, within="3 days")
    assert ("请于" in page, "Please answer by" in page) == (True, True)
    page = previewed(letter_desk, other, within="3 days", language="en")
    assert ("请于" in page, "Please answer by" in page) == (False, True)


def test_a_template_is_filled_and_can_be_changed(letter_desk: "DeskScene") -> None:
    """With a template and no text the preview shows the template as this case fills it; "change it" gives it into the form."""
    case = letter_desk.put("West Hosting")
    names = letter_desk.work.letters.templates() if letter_desk.work.letters else {}
    page = previewed(letter_desk, case, template=next(iter(names)), subject="", text="", language="en")
    assert case.case_id in page or "West Hosting" in page
    again = letter_desk.post(f"/cases/{case.case_id}/write", act="edit", **draft_of(page)).text
    assert draft_of(page)["text"].splitlines()[0] in unescape(again)
    assert 'value="preview"' in again


def test_what_a_colleague_did_meanwhile_is_shown_and_nothing_leaves(letter_desk: "DeskScene") -> None:
    """Whoever read the preview while a colleague closed the case sees that first; asked once more, the letter leaves."""
    case = letter_desk.put("West Hosting")
    form = draft_of(previewed(letter_desk, case))
    with letter_desk.store.write() as records:
        Desk(records, actor="mei", now=NOW + timedelta(minutes=1)).act(case, Act.CLOSE, note="he called: it is mended")
    late = letter_desk.post(f"/cases/{case.case_id}/write", act="send", **form)
    assert late.status_code == 409
    assert "he called: it is mended" in late.text
    assert mails(letter_desk) == []
    assert letter_desk.post(f"/cases/{case.case_id}/write", act="send", **draft_of(late.text)).status_code == 303
    assert len(mails(letter_desk)) == 1


def test_the_same_letter_is_not_sent_twice(letter_desk: "DeskScene") -> None:
    """A form that is sent once more, by a second click or a reload, is shown with the letter that left, and sends nothing."""
    case = letter_desk.put("West Hosting")
    form = draft_of(previewed(letter_desk, case))
    first, second = (letter_desk.post(f"/cases/{case.case_id}/write", act="send", **form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert len(mails(letter_desk)) == 1


def test_a_case_that_went_into_another_is_written_about_there(letter_desk: "DeskScene") -> None:
    """A letter is never put into a thread that nobody looks at."""
    case, into = letter_desk.put("West Hosting"), letter_desk.put("West Hosting Two")
    form = draft_of(previewed(letter_desk, case))
    with letter_desk.store.write() as records:
        Desk(records, actor="ann", now=NOW).merge(case, into)
    assert f"/cases/{into.case_id}/write" in letter_desk.client.get(f"/cases/{case.case_id}/write").text
    assert letter_desk.post(f"/cases/{case.case_id}/write", act="send", **form).status_code == 409
    assert mails(letter_desk) == []


def test_a_letter_that_is_held_says_so(letter_desk: "DeskScene") -> None:
    """Where the operator holds letters of people, the preview says so, and what is sent waits."""
    case = letter_desk.put("West Hosting")
    held = Peer(name=CORRESPONDENTS, address="abuse@east.example", state=PeerState.OBSERVE, since=NOW)
    with letter_desk.store.write() as records:
        records.peers.put(held)
    page = previewed(letter_desk, case)
    assert "comity peer live correspondents" in page
    letter_desk.post(f"/cases/{case.case_id}/write", act="send", **draft_of(page))
    with letter_desk.store.read() as records:
        assert records.peers.by_name([CORRESPONDENTS])[CORRESPONDENTS].state is PeerState.OBSERVE


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PRIVACY])
def test_who_only_looks_writes_to_nobody(letter_desk: "DeskScene", role: Role) -> None:
    """Roles that see and do not act get neither the button nor the page, and a form of theirs changes nothing."""
    case = letter_desk.put("West Hosting")
    letter_desk.roles[:] = [role]
    assert f"/cases/{case.case_id}/write" not in letter_desk.client.get(f"/cases/{case.case_id}").text
    assert letter_desk.client.get(f"/cases/{case.case_id}/write").status_code == 403
    form = {"to": f"customer {NOC}", "subject": "x", "text": "y"}
    assert letter_desk.post(f"/cases/{case.case_id}/write", act="send", **form).status_code == 403
    assert mails(letter_desk) == []


@pytest.mark.parametrize(("role", "sees"), [(Role.DESK, True), (Role.AUDITOR, False)])
def test_what_goes_with_a_letter_is_named_to_those_who_may_see_people(
    letter_desk: "DeskScene", tmp_path: Path, role: Role, sees: bool
) -> None:
    """The name of a file names whom it is about, as a subject does; the API leaves both out for the same readers."""
    case, letters = letter_desk.put("West Hosting"), LetterDesk(read_settings(tmp_path / "comity.toml"))
    with letter_desk.store.write() as records:
        (to,) = letters.recipients(records, case, NOW)
        made = draft(to, subject="Your server", text="Please look.", by="li", within="", languages=("en",))
        file = Attachment(name="ann-smith.txt", media_type="text/plain", data=b"log")
        letters.write(records, case, replace(made, files=(file,)), now=NOW)
    letter_desk.roles[:] = [role]
    assert ("ann-smith" in letter_desk.client.get(f"/cases/{case.case_id}").text) is sees


def test_a_form_of_elsewhere_sends_nothing(letter_desk: "DeskScene") -> None:
    """Without the word that only a page of this session holds, nothing leaves."""
    case = letter_desk.put("West Hosting")
    form = draft_of(previewed(letter_desk, case))
    assert letter_desk.post(f"/cases/{case.case_id}/write", csrf=f"{CSRF}!", act="send", **form).status_code == 403
    assert mails(letter_desk) == []


def test_without_an_address_the_page_says_what_is_missing() -> None:
    """Before there are a domain and an address nobody is written to, and the page names the setting."""
    assert LetterDesk(Settings()).obstacle == "identity.domain"
    assert LetterDesk(Settings(identity=IdentitySettings(domain="east.example"))).obstacle == "identity.address"
