"""The pages of one network: the way in by a mail, its own figures, pausing, leaving, and what a stranger may try with it."""

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import insert

from comity.locale import catalogue
from comity.model.agreement import Agreement
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.portal import KeyKind
from comity.model.tier import Tier
from comity.services.complain.portal.keys import IDLE, LASTS
from comity.store.tables.intake import raw, report_row
from comity.store.tables.sending import complaint, outbox, report_out

from ..on_loopback import waited
from .conftest import SITE, PortalScene, a_portal

LINK = re.compile(rf"{SITE}(/en/in/[A-Za-z0-9_-]+)")


def link(scene: PortalScene, mailbox: str = "fbl@east.example") -> str:
    """Ask for the link, and take it out of the mail."""
    before = len(scene.mails())
    scene.post("/en/sign-in", mailbox=mailbox)
    waited(lambda: len(scene.mails()) > before)
    to, text = scene.mails()[-1]
    assert to == mailbox
    found = LINK.search(text)
    assert found is not None
    return found[1]


def enter(scene: PortalScene, mailbox: str = "fbl@east.example") -> str:
    """Sign in; the word of the session's forms."""
    answer = scene.post(link(scene, mailbox), act="enter")
    assert answer.headers["location"] == "/en/own"
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', scene.client.get("/en/own").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_network_sees_its_own(scene: PortalScene, language: str) -> None:
    """Signed in by mail: its state, quota, claims; nothing of anybody else."""
    scene.enrol("east.example")
    scene.enrol("south.example")
    enter(scene)
    page = scene.client.get(f"/{language}/own").text
    assert "fbl@east.example" in page
    assert "south" not in page
    assert "[" not in re.sub(r"<[^>]*>", "", page.partition("<main")[2])


def test_the_link_opens_once(scene: PortalScene) -> None:
    """Looking at it uses nothing, as mail programs look at links; the second press of the button opens nothing."""
    scene.enrol()
    path = link(scene)
    for _ in range(3):
        assert scene.client.get(path).status_code == 200
    assert scene.post(path, act="enter").status_code == 303
    assert scene.post(path, act="enter").status_code == 404
    assert scene.client.get(path).status_code == 404


def test_the_link_and_the_session_end(scene: PortalScene) -> None:
    """The link after half an hour, the session half an hour after its last use, and after eight hours anyhow."""
    scene.enrol()
    path = link(scene)
    scene.clock[0] += LASTS[KeyKind.LINK]
    assert scene.post(path, act="enter").status_code == 404
    enter(scene)
    scene.clock[0] += IDLE - timedelta(minutes=2)
    assert scene.client.get("/en/own").status_code == 200
    scene.clock[0] += IDLE - timedelta(minutes=2)  # it was prolonged by use
    assert scene.client.get("/en/own").status_code == 200
    for _ in range(20):
        scene.clock[0] += IDLE - timedelta(minutes=2)
        scene.client.get("/en/own")
    assert scene.client.get("/en/own").status_code == 303


def test_nobody_learns_who_is_here(scene: PortalScene) -> None:
    """A known mailbox, an unknown one, and none at all get the same answer; a mail goes to the known one alone."""
    scene.enrol()
    before = len(scene.mails())
    texts = {
        scene.post("/en/sign-in", mailbox=each).text for each in ("x@nobody.example", "nonsense", "fbl@east.example")
    }
    assert len(texts) == 1
    waited(lambda: len(scene.mails()) > before)
    assert [to for to, _ in scene.mails()[before:]] == ["fbl@east.example"]


def test_a_mailbox_is_not_bombed(scene: PortalScene) -> None:
    """One mail in five minutes and five a day, whoever asks from wherever."""
    scene.enrol()
    before = len(scene.mails())
    signing_in = scene.work.signing_in
    assert signing_in is not None
    for number in range(200):
        with scene.store.write() as rows:
            signing_in.send(rows, "fbl@east.example", household=f"192.0.2.{number}", now=scene.clock[0])
        scene.later(minutes=3)
    assert len(scene.mails()) - before == 5


def test_an_unproved_mailbox_gets_nothing(scene: PortalScene) -> None:
    """Somebody names a victim's mailbox in an application: the way in is mailed to whoever proved it, and to nobody else."""
    scene.allow()
    scene.apply("victim.example")
    before = len(scene.mails())
    signing_in = scene.work.signing_in
    assert signing_in is not None
    with scene.store.write() as rows:
        assert signing_in.send(rows, "fbl@victim.example", household="x", now=scene.clock[0]) == 0
    assert len(scene.mails()) == before


def test_no_form_is_taken_without_its_word(scene: PortalScene) -> None:
    """Of this session, from our own page; and nothing without a session."""
    scene.enrol()
    word = enter(scene)
    assert scene.post("/en/own", act="leave").status_code == 403
    assert scene.post("/en/own", act="leave", csrf="0" * len(word)).status_code == 403
    evil = {"origin": "https://evil.example"}
    assert scene.client.post("/en/own", data={"act": "leave", "csrf": word}, headers=evil).status_code == 403
    bare = httpx.Client(base_url=str(scene.client.base_url), trust_env=False)
    assert bare.post("/en/own", data={"act": "leave", "csrf": word}).headers["location"] == "/en/sign-in"
    assert scene.state() is ConsumerState.TRIAL


def test_pausing_going_on_and_leaving(scene: PortalScene) -> None:
    """In one step each; what our people stopped is not let go on by the network."""
    scene.enrol()
    word = enter(scene)
    scene.post("/en/own", act="pause", csrf=word)
    assert scene.state() is ConsumerState.SUSPENDED
    assert "Paused by you" in scene.client.get("/en/own").text
    scene.post("/en/own", act="resume", csrf=word)
    assert scene.state() is ConsumerState.TRIAL
    with scene.store.write() as rows:
        scene.desk(rows).act(scene.name(), ConsumerAct.SUSPEND, reason="listwashing")
    assert scene.post("/en/own", act="resume", csrf=word).status_code == 400
    assert scene.state() is ConsumerState.SUSPENDED
    gone = scene.post("/en/own", act="leave", csrf=word)
    assert gone.headers["location"] == "/en/sign-in?said=own-leave"
    assert scene.state() is ConsumerState.LEFT
    assert scene.client.get("/en/own").status_code == 303


@pytest.mark.parametrize(("language", "said"), [("en", ": reports go on from there"), ("zh_Hans", "请写信至")])
def test_what_to_do_stands_beside_why_it_stopped(scene: PortalScene, language: str, said: str) -> None:
    """Whom our program suspended reads on its page whom to write to; whoever paused by himself goes on by himself."""
    scene.enrol()
    word = enter(scene)
    scene.post("/en/own", act="pause", csrf=word)
    assert said not in scene.client.get(f"/{language}/own").text
    scene.post("/en/own", act="resume", csrf=word)
    with scene.store.write() as rows:
        scene.desk(rows).act(scene.name(), ConsumerAct.SUSPEND, reason="mail-refused")
    assert said in scene.client.get(f"/{language}/own").text


def test_whoever_paused_is_told_where_it_goes_on(scene: PortalScene) -> None:
    """On the same pages, and by nobody's leave."""
    scene.enrol()
    word = enter(scene)
    scene.post("/en/own", act="pause", csrf=word)
    assert "The same pages let them go on" in scene.mails()[-1][1]


def test_whoever_pauses_all_day_fills_no_mailbox(scene: PortalScene) -> None:
    """The contact that is told may be somebody else of the same organisation: four mails a day, and one that it left."""
    scene.enrol()
    word = enter(scene)
    before = len(scene.mails())
    for act in ("pause", "resume") * 5:
        assert scene.post("/en/own", act=act, csrf=word).status_code == 303
    assert len(scene.mails()) - before == 4
    scene.later(hours=25)
    word = enter(scene)
    before = len(scene.mails())
    for act in ("pause", "resume", "leave"):
        assert scene.post("/en/own", act=act, csrf=word).status_code == 303
    assert len(scene.mails()) - before == 3


def test_signing_out_ends_the_session(scene: PortalScene) -> None:
    """A cookie that somebody kept opens nothing."""
    scene.enrol()
    word = enter(scene)
    kept = dict(scene.client.cookies)
    scene.post("/en/own", act="sign-out", csrf=word)
    answer = httpx.get(f"{scene.client.base_url}/en/own", cookies=kept, trust_env=False)
    assert answer.status_code == 303


def test_the_cookie_is_for_this_host_alone(tmp_path: Path) -> None:
    """Over TLS it has the prefix that binds it; no script reads it, no other site sends it with a form."""
    with a_portal(tmp_path, is_secure=True) as scene:
        scene.enrol()
        said = scene.post(link(scene), act="enter").headers["set-cookie"].lower()
        assert said.startswith("__host-comity-network=")
        for each in ("secure", "httponly", "samesite=lax", "path=/"):
            assert each in said
        assert "domain" not in said


def test_a_host_that_a_request_names_is_in_no_mail(scene: PortalScene) -> None:
    """Links begin with what the settings say."""
    scene.enrol()
    before = len(scene.mails())
    scene.client.post("/en/sign-in", data={"mailbox": "fbl@east.example"}, headers={"host": "evil.example"})
    waited(lambda: len(scene.mails()) > before)
    assert "evil" not in scene.mails()[-1][1]


def reported(scene: PortalScene, party: str, number: int, state: str) -> None:
    """A report that left for a party, or waits."""
    with scene.store.write() as rows:
        connection, now = rows.connection, scene.clock[0]
        connection.execute(
            insert(raw).values(id=number, digest=number.to_bytes(32, "big"), data=None, size=1, arrived=now)
        )
        connection.execute(
            insert(complaint).values(
                id=number, key=number.to_bytes(16, "big"), not_spam=False, raw_id=number, name="Secret subject",
                mailbox="ann@west.example", arrived=now, due=now, state="decided", repeats=0,
            )
        )  # fmt: skip
        connection.execute(
            insert(report_row).values(
                id=number, report_key=number.to_bytes(16, "big"), direction="out", solicited=True,
                evidence_class="complaint" if number % 2 else "fraud", is_complaint=True, facts="{}",
                message_id="<secret@shop.example>", complainer="token-of-ann",
            )
        )  # fmt: skip
        connection.execute(
            insert(report_out).values(
                report_id=number, name=f"id-{number}", complaint_id=number, party=party, role="originator", rule="dkim",
                source_net="198.51.100.0/24", outcome="stopped" if number == 1 else None,
            )
        )  # fmt: skip
        connection.execute(
            insert(outbox).values(
                id=number + 1000, kind="report", party=party, address="fbl@east.example", bounce_token=f"b{number}",
                size=1, report_id=number, state=state, entered=now, due=now, released=now, attempts=1, unanswered=0,
                finished=now if state == "sent" else None,
            )
        )  # fmt: skip


def test_its_feedback_by_day_and_id(scene: PortalScene) -> None:
    """What left, by class and id; what waits, what another got, who complained and about what is not there."""
    scene.enrol("east.example")
    name = scene.name("east.example")
    for number, party, state in ((1, name, "sent"), (2, name, "sent"), (3, name, "waiting"), (4, "other", "sent")):
        reported(scene, party, number, state)
    enter(scene)
    page = scene.client.get("/en/own").text
    assert "id-1" in page
    assert "id-2" in page
    assert "stopped" in page
    assert "<dd>1 / 2</dd>" in page  # answered
    for other in ("id-3", "id-4", "Secret", "ann@", "token-of-ann", "shop.example"):
        assert other not in page
    row = re.search(r"<tr><td>2026-03-20</td>(.*?)</tr>", page)
    assert row is not None
    assert re.findall(r">(\d+)<", row[1]) == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("language", "refused", "wrong", "back", "stopped"),
    [
        (
            "en",
            "refused for good",
            "the address is wrong or does not exist",
            "it came back",
            "account or mailing stopped",
        ),
        ("zh_Hans", "被永久拒收", "地址有误或不存在", "被退回", "已停用账户或停止发送"),
    ],
)
def test_what_was_refused_is_among_the_last(
    scene: PortalScene, language: str, refused: str, wrong: str, back: str, stopped: str
) -> None:
    """So a network learns that its mailbox is broken: why in words, the code, and nothing that a host said beside it."""
    scene.enrol("east.example")
    name = scene.name("east.example")
    for number in (1, 2, 3):
        reported(scene, name, number, "sent")
    said = "550 5.1.1 <ann@west.example> from 192.0.2.9: Secret subject"
    with scene.store.write() as rows:
        rows.sending.fail(1002, reason="refused", error=said, at=scene.clock[0])
        rows.sending.bounced(1003, error="mailbox of Secret", at=scene.clock[0])
    reported(scene, "other", 4, "failed")
    enter(scene)
    page = scene.client.get(f"/{language}/own").text
    for each in ("id-1", "id-2", "id-3", refused, wrong, "<code>5.1.1</code>", back, stopped):
        assert each in page, each
    warned = catalogue(language).say("portal.own.not-arrived", n=2, address="<bdi>fbl@east.example</bdi>")
    assert warned in page
    for other in ("id-4", "Secret", "ann@", "192.0.2.9", "token-of-ann"):
        assert other not in page


def test_a_peer_proves_what_its_own_agreement_names(scene: PortalScene) -> None:
    """The network that reads the agreed domain's mailbox is no other than the peer; anybody else is still refused."""
    scene.agreements.append(
        Agreement(peer="east", address="fbl@east.example", dkim_domains=("east.example",), tier=Tier.T2)
    )
    scene.enrol("east.example")
    assert scene.state() is ConsumerState.TRIAL
    path = scene.apply("east.example", mailbox="fbl@north.example")
    scene.put_records(path)
    assert "somebody else has proved this before" in scene.post(path, act="check").text


def test_what_is_agreed_is_told_to_whoever_proved_the_domain(tmp_path: Path) -> None:
    """Reports that leave under the agreement's name are the network's own; so is what was agreed."""
    paper = SimpleNamespace(
        peer="east.example", ends=None, sections=(("Scope", (("Networks", ("198.51.100.0/24",)),)),)
    )
    with a_portal(tmp_path, party=lambda *_, **__: "east", papers=lambda *_, **__: [paper]) as scene:
        scene.enrol("east.example")
        reported(scene, "east", 1, "sent")
        reported(scene, scene.name(), 2, "sent")
        enter(scene)
        page = scene.client.get("/en/own").text
        assert "id-1" in page
        assert "id-2" not in page
        assert "198.51.100.0/24" in page
