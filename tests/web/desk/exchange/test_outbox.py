"""The outbox on the desk: who gets what, a mail as text, and letting a peer go live in two steps."""

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.model.consumer import Consumer, ConsumerState
from comity.model.sending import (
    APPLICANTS,
    OURS,
    OWN_CUSTOMERS,
    OWN_PROGRAMS,
    REGISTERED,
    OutboxKind,
    Peer,
    PeerState,
)
from comity.services.complain.rows import enter

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene

MAIL = b"Subject: <script>alert(1)</script>\r\n\r\nbody of " + "\u202egnp".encode() + b"\r\n"


@pytest.fixture
def east(west: "DeskScene") -> "DeskScene":
    """A peer that is observed, and a notice that waits for it."""
    with west.store.write() as records:
        records.peers.put(Peer(name="east", address="fbl@east.example", state=PeerState.OBSERVE, since=NOW))
        row = enter(OutboxKind.NOTICE, MAIL, party="east", address="fbl@east.example", bounce_token="t" * 24, now=NOW)
        records.sending.add_outbox([row])
    return west


def state_of(west: "DeskScene") -> PeerState:
    """Whether mail for it leaves."""
    with west.store.read() as records:
        return records.peers.by_name(["east"])["east"].state


@pytest.mark.parametrize(
    ("language", "empty", "unfit"),
    [("en", "Nothing has left yet", "No mail fits"), ("zh-Hans", "尚未发出任何邮件", "没有符合的邮件")],
)
def test_an_empty_outbox_says_so(west: "DeskScene", language: str, empty: str, unfit: str) -> None:
    """Whoever asked for nothing is not told to choose otherwise."""
    west.client.get(f"/language/{language}")
    page = west.client.get("/outbox").text
    assert (empty in page, unfit in page) == (True, False)
    asked = west.client.get("/outbox?state=failed").text
    assert (empty in asked, unfit in asked) == (False, True)


def test_a_mail_is_text_and_who_saw_it_is_written_down(east: "DeskScene") -> None:
    """What strangers wrote into it does nothing; whoever may not see people sees no text."""
    assert "/outbox/mail?party=east&amp;id=1" in east.client.get("/outbox").text
    page = east.client.get("/outbox/mail?party=east&id=1").text
    assert "&lt;script&gt;" in page
    assert "U+202E" in page
    with east.store.read() as records:
        assert [(each.account, each.what) for each in records.accounts.seen(5)] == [("ann", "outbox")]
    east.roles[:] = [Role.AUDITOR]
    hidden = east.client.get("/outbox/mail?party=east&id=1").text
    assert "&lt;script&gt;" not in hidden
    assert "fbl@east.example" not in hidden
    for path in ("?party=east&id=2", "?party=west&id=1", "?id=x"):
        assert east.client.get(f"/outbox/mail{path}").status_code == 404


@pytest.mark.parametrize(
    ("party", "who_acts", "who_sees"),
    [
        (APPLICANTS, Role.POSTMASTER, Role.DESK),
        (REGISTERED, Role.POSTMASTER, Role.PRIVACY),
        (OWN_CUSTOMERS, Role.DESK, Role.PRIVACY),
    ],
)
def test_whoever_may_only_look_finds_no_link_that_opens_something(
    west: "DeskScene", party: str, who_acts: Role, who_sees: Role
) -> None:
    """A link for another network is asked for by anybody: an account that may not act there does not read it while it waits."""
    data = b"Subject: your link\r\n\r\nhttps://west.example/en/sign-in/SECRET\r\n"
    with west.store.write() as records:
        row = enter(OutboxKind.NOTICE, data, party=party, address="fbl@east.example", bounce_token="u" * 24, now=NOW)
        records.sending.add_outbox([row])
    for role, is_seen in ((who_sees, False), (who_acts, True), (Role.AUDITOR, False)):
        west.roles[:] = [role]
        for raw in ("", "&raw=yes"):
            assert ("SECRET" in west.client.get(f"/outbox/mail?party={party}&id=1{raw}").text) is is_seen


def test_a_mail_is_shown_in_words(west: "DeskScene") -> None:
    """What is encoded is decoded and says so, and does nothing; the bytes as they are stand one link away."""
    inner = b64encode("<b>您好</b>".encode()).decode()
    data = f"Subject: =?utf-8?B?5oqV6K+J?=\r\nContent-Transfer-Encoding: base64\r\n\r\n{inner}\r\n".encode()
    with west.store.write() as records:
        row = enter(OutboxKind.NOTICE, data, party="east", address="fbl@east.example", bounce_token="u" * 24, now=NOW)
        records.sending.add_outbox([row])
    page = west.client.get("/outbox/mail?party=east&id=1").text
    assert "Subject: 投诉" in page
    assert "[text/plain, decoded from base64]" in page
    assert "&lt;b&gt;您好&lt;/b&gt;" in page
    assert inner not in page
    assert "raw=yes" in page
    raw = west.client.get("/outbox/mail?party=east&id=1&raw=yes").text
    assert inner in raw
    assert "您好" not in raw


def test_a_peer_goes_live_in_two_steps(east: "DeskScene") -> None:
    """The first asks and changes nothing."""
    assert "Let mail leave?" in east.client.get("/outbox/peer?name=east&act=live").text
    assert state_of(east) is PeerState.OBSERVE
    assert east.post("/outbox/peer", name="east", act="live").status_code == 303
    assert state_of(east) is PeerState.LIVE
    assert east.post("/outbox/peer", name="east", act="observe").status_code == 303
    assert state_of(east) is PeerState.OBSERVE
    assert east.post("/outbox/peer", name="nobody", act="live").status_code == 400
    assert east.post("/outbox/peer", name="east", act="leave").status_code == 400


def test_what_a_desk_that_came_back_does_outside_is_no_mail(west: "DeskScene") -> None:
    """Whoever lets it go on reads what that is: programs, gardens and tables, not mail by an agreement."""
    held = Peer(name=OWN_PROGRAMS, address=OWN_PROGRAMS, state=PeerState.OBSERVE, since=NOW)
    with west.store.write() as records:
        records.peers.put(held)
    for language, act, words in (
        ("en", "live", "your programs are told"),
        ("en", "observe", "the tables stay as they are"),
        ("zh-Hans", "live", "限制和放行线路"),
        ("zh-Hans", "observe", "名单保持不变"),
    ):
        where = f"/outbox/peer?name={OWN_PROGRAMS}&act={act}"
        west.client.get(f"/language/{language}")
        page = west.client.get(where).text
        assert (words in page, "agreement" in page, "协议及其配额" in page) == (True, False, False), (language, act)
    assert west.post("/outbox/peer", name=OWN_PROGRAMS, act="live").status_code == 303
    with west.store.read() as records:
        assert records.peers.by_name([OWN_PROGRAMS])[OWN_PROGRAMS].state is PeerState.LIVE


@pytest.mark.parametrize(
    ("state", "english", "chinese"),
    [
        (ConsumerState.SUSPENDED, "reports leave again when it is resumed", "恢复之后报告才会再次发出"),
        (ConsumerState.LEFT, "it can apply again", "它可以重新申请"),
    ],
)
def test_who_gets_no_reports_is_not_let_go_live(
    east: "DeskScene", state: ConsumerState, english: str, chinese: str
) -> None:
    """Neither offered nor done for a consumer that has left or is suspended: the page says what can be done instead."""
    gone = Consumer(name="east", address="fbl@east.example", state=state, since=NOW, applied=NOW)
    with east.store.write() as records:
        records.consumers.put(gone)
    for language, said in (("en", english), ("zh-Hans", chinese)):
        east.client.get(f"/language/{language}")
        for path in ("/outbox", "/outbox/peer?name=east&act=live"):
            page = east.client.get(path).text
            assert said in page, path
            assert 'href="/consumers/east"' in page, path
            assert "/outbox/peer?name=east&amp;act=live" not in page, path
            assert 'name="act" value="live"' not in page, path
    assert east.post("/outbox/peer", name="east", act="live", with_held="yes").status_code == 400
    assert state_of(east) is PeerState.OBSERVE


def test_whoever_may_only_look_lets_nothing_leave(east: "DeskScene") -> None:
    """Neither step is open to it."""
    east.roles[:] = [Role.DESK]
    assert "/outbox/peer" not in east.client.get("/outbox").text
    assert east.client.get("/outbox/peer?name=east&act=live").status_code == 403
    assert east.post("/outbox/peer", name="east", act="live").status_code == 403
    assert state_of(east) is PeerState.OBSERVE


@pytest.mark.parametrize("name", sorted(OURS))
def test_whom_many_mailboxes_stand_for_is_said_in_words(west: "DeskScene", name: str) -> None:
    """In the list, in the choice above it, in the question before it goes live, and where it is searched."""
    with west.store.write() as records:
        records.peers.put(Peer(name=name, address="fbl@many.example", state=PeerState.OBSERVE, since=NOW))
    for path in ("/outbox", f"/outbox?party={name}", f"/outbox/peer?name={name}&act=live", "/search?words=fbl"):
        answer = west.client.get(path)
        assert answer.status_code == 200, path
        assert f">{name}<" not in answer.text, path
    found = west.client.get("/search", params={"words": "many.example"}).text
    assert "many.example" in found
    assert f'<span class="under">{name}' not in found
