"""``comity recourse`` as an operator types it, and a letter that comes in through ``comity ingest``."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from comity.cli import main
from comity.outlets.dns_keys import DnsKeys

Run = Callable[..., tuple[int, list[dict[str, Any]]]]
UNTIL = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
BLOCK = ("--measure", "blocked", "--reason", "trap hits", "--until", UNTIL, "--also", "trap", "--by", "Ann")
LETTER = """\
From: NOC <noc@east.example>
To: feedback@west.example
Subject: blocked? {reference}
Message-ID: <{number}@east.example>
Date: Mon, 23 Nov 2026 10:00:00 +0000

Hello, our address was blocked. {text}
Regards, the NOC
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of one desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert (
        main(["init", ".", "--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519"]) == 0
    )

    def command(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*words, "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


def test_the_story_on_the_command_line(run: Run) -> None:
    """Impose, ask, argue, refuse, escalate, grant: each command says where it stands."""
    status, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    assert (status, made["mailed"], made["not_mailed"]) == (0, False, "no-contact")
    reference = made["reference"]
    assert run("recourse", "ask", reference)[1][0]["state"] == "asked"
    assert run("recourse", "argue", reference, "--text", "Not us.")[1][0]["due"] is not None
    status, (refused,) = run("recourse", "answer", reference, "--refuse", "--text", "It was.", "--by", "Ann")
    assert (status, refused["state"]) == (0, "refused")
    assert run("recourse", "escalate", reference, "--text", "Look again.")[1][0]["state"] == "escalated"
    assert run("recourse", "answer", reference, "--refuse", "--text", "No.", "--by", "Ann")[0] == 64
    status, (granted,) = run("recourse", "answer", reference, "--grant", "--text", "You are right.", "--by", "Bob")
    assert (status, granted["state"]) == (0, "granted")
    (line,) = run("recourse", "list")[1]
    assert (line["state"], line["in_force"], line["answered_by"]) == ("granted", False, "Bob")
    assert run("recourse", "escalate", reference, "--text", "Again.")[0] == 65


def test_replies_are_for_what_is_in_force(run: Run) -> None:
    """A block that has not begun turns nobody away; a severe one does, with its reference."""
    run("recourse", "impose", "198.51.100.7", *BLOCK)
    assert run("recourse", "replies")[1] == []
    _, (made,) = run("recourse", "impose", "203.0.113.0/24", *BLOCK, "--severe")
    ((line,),) = (run("recourse", "replies")[1],)
    assert line["subject"] == "203.0.113.0/24"
    assert made["reference"] in line["reply"]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A name server on loopback that knows these texts, asked instead of everybody's."""
    from comity.bootstrap.trust import recourse

    texts: dict[str, str] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        thread = Thread(target=serve, args=(server, texts), daemon=True)
        thread.start()
        monkeypatch.setattr(recourse, "txt_records", lambda: DnsKeys(resolver))
        yield texts
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", server.getsockname())
        thread.join(120)


def serve(server: socket.socket, texts: dict[str, str]) -> None:
    """Answer questions until an empty one comes."""
    while True:
        data, asker = server.recvfrom(4096)
        if not data:
            return
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        name = question.question[0].name
        text = texts.get(name.to_text(omit_final_dot=True))
        if text is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
        server.sendto(answer.to_wire(), asker)


def test_a_subject_is_proved_in_the_dns(run: Run, zone: dict[str, str]) -> None:
    """Whoever has no reference is told which record to set, and is believed once it is there."""
    run("recourse", "impose", "east.example", *BLOCK)
    status, (proof,) = run("recourse", "ask", "--subject", "east.example")
    assert (status, proof["proved"], proof["names"]) == (75, False, ["_comity-recourse.east.example"])
    (name,) = proof["names"]
    zone[name] = "comity-something-else"
    assert run("recourse", "ask", "--subject", "east.example")[0] == 75
    zone[name] = proof["value"]
    status, lines = run("recourse", "ask", "--subject", "East.Example")
    assert (status, [each["state"] for each in lines]) == (0, ["asked"])
    assert run("recourse", "ask", "--subject", "west.example")[0] == 75


def test_one_part_of_a_network_does_not_prove_the_whole(run: Run, zone: dict[str, str]) -> None:
    """A customer with one /24 of a /22 learns nothing of the evidence about the /22: each of its zones must say so."""
    run("recourse", "impose", "203.0.112.0/22", *BLOCK)
    status, (proof,) = run("recourse", "ask", "--subject", "203.0.112.0/22")
    assert (status, len(proof["names"])) == (75, 4)
    for name in proof["names"][:3]:
        zone[name] = proof["value"]
        assert run("recourse", "ask", "--subject", "203.0.112.0/22")[0] == 75
    zone[proof["names"][3]] = proof["value"]
    assert run("recourse", "ask", "--subject", "203.0.112.0/22")[0] == 0


def test_a_letter_finds_its_recourse(run: Run, tmp_path: Path) -> None:
    """Mail that cites the reference asks, then objects; it stays a letter on the desk all the same."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    for number, text in enumerate(("Why?", "We object: it is a new customer.")):
        letter = LETTER.format(reference=made["reference"], number=number, text=text)
        (tmp_path / f"{number}.eml").write_text(letter, encoding="utf-8")
        assert run("ingest", f"{number}.eml")[0] == 0
    (line,) = run("recourse", "show", made["reference"])[1]
    assert (line["state"], [each["act"] for each in line["history"]]) == (
        "argued",
        ["impose", "ask", "unanswered", "argue", "unanswered"],
    )
    assert "new customer" in line["history"][-2]["text"]
    assert line["history"][-2]["by"] == "unproved noc@east.example"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["recourse", "impose", "nobody at all", *BLOCK], 64),
        (["recourse", "impose", "198.51.100.7", *BLOCK[:4], "--until", "never", *BLOCK[6:]], 64),
        (["recourse", "impose", "198.51.100.7", *BLOCK[:6], "--by", "Ann"], 65),
        (["recourse", "impose", "198.51.100.7", *BLOCK[:6], "--also", "feeling", "--by", "Ann"], 64),
        (["recourse", "show", "R-ABCDEFGHIJKLMNOP"], 65),
        (["recourse", "ask"], 64),
        (["recourse", "argue", "R-ABCDEFGHIJKLMNOP", "--text", "x"], 65),
    ],
)
def test_what_is_wrong_is_said(run: Run, words: list[str], status: int) -> None:
    """A slip has its exit status."""
    assert run(*words)[0] == status


def test_both_languages_tell_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown to people is in their language."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    capsys.readouterr()
    assert main(["recourse", "show", made["reference"]]) == 0
    assert "blocked" in capsys.readouterr().out
    assert main(["--language", "zh", "recourse", "show", made["reference"]]) == 0
    assert "被屏蔽" in capsys.readouterr().out


def test_an_answer_is_owed_in_working_days(run: Run) -> None:
    """The days are those on which the people work who must answer."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    (plain,) = run("recourse", "argue", made["reference"], "--text", "Not us.")[1]
    assert datetime.fromisoformat(plain["due"]) - datetime.now(UTC) > timedelta(days=6)  # a weekend lies between


PROOF = """\
From: {by}
To: feedback@west.example
Subject: Re: somebody asks
Message-ID: <proof-{number}@elsewhere.example>
Date: Mon, 23 Nov 2026 10:00:00 +0000
{header}
{text}
"""


def outbox(tmp_path: Path) -> list[tuple[str, str, str]]:
    """Every mail that leaves: whose, where to, its text."""
    import sqlite3
    from email import message_from_bytes
    from zlib import decompress

    with sqlite3.connect(next(tmp_path.glob("**/comity.db"))) as database:
        rows = database.execute("SELECT party, address, data FROM outbox ORDER BY id").fetchall()
    found = []
    for party, address, packed in rows:
        mail = message_from_bytes(decompress(packed))
        part = next(each for each in mail.walk() if each.get_content_type() == "text/plain")
        found.append((party, address, bytes(part.get_payload(decode=True) or b"").decode()))
    return found


def test_a_mailbox_of_the_domain_proves_it(run: Run, tmp_path: Path) -> None:
    """A code goes to abuse and postmaster; a person's consent with it, from wherever it comes, sends the reasons there alone."""
    _, (made,) = run("recourse", "impose", "east.example", *BLOCK)
    status, (asked,) = run("recourse", "ask", "--subject", "East.Example", "--by-mail")
    assert (status, asked["asked"]) == (75, ["abuse@east.example", "postmaster@east.example"])
    assert run("recourse", "ask", "--subject", "east.example", "--by-mail")[0] == 75  # once a day
    mails = outbox(tmp_path)
    assert [each[:2] for each in mails] == [("affected", to) for to in asked["asked"]]
    code = re.findall(r"P-[A-Z2-7]{16}", mails[0][2])[0]

    def letter(number: int, text: str, header: str = "") -> str:
        data = PROOF.format(by="Thief <thief@elsewhere.example>", number=number, text=text, header=header)
        (tmp_path / f"proof-{number}.eml").write_text(data, encoding="utf-8")
        assert run("ingest", f"proof-{number}.eml")[0] == 0
        return str(run("recourse", "show", made["reference"])[1][0]["state"])

    assert code not in json.dumps(run("recourse", "show", made["reference"])[1])
    assert letter(1, mails[0][2]) == "open"  # our own mail, sent back whole
    assert letter(2, f"agree {code}", "Auto-Submitted: auto-replied\n") == "open"
    assert letter(3, "agree P-AAAAAAAAAAAAAAAA") == "open"
    assert letter(4, f"agree {code}") == "asked"
    ((party, to, text),) = outbox(tmp_path)[2:]
    assert (party, to) == ("affected", "abuse@east.example")
    assert made["reference"] in text
    assert letter(5, f"agree {code}") == "asked"  # a code holds once
    assert len(outbox(tmp_path)) == 3


def test_nobody_takes_the_place_of_a_mailbox_that_proved_itself(run: Run, tmp_path: Path) -> None:
    """Somebody who knows the reference asks first and argues after: what is answered goes to the domain all the same."""
    _, (made,) = run("recourse", "impose", "east.example", *BLOCK)

    def letter(number: int, text: str, by: str) -> None:
        data = PROOF.format(by=by, number=number, text=text, header="")
        (tmp_path / f"{number}.eml").write_text(data, encoding="utf-8")
        assert run("ingest", f"{number}.eml")[0] == 0

    letter(1, f"Why? {made['reference']}", "Thief <thief@elsewhere.example>")
    run("recourse", "ask", "--subject", "east.example", "--by-mail")
    code = re.findall(r"P-[A-Z2-7]{16}", outbox(tmp_path)[0][2])[0]
    letter(2, f"agree {code}", "Wang <wang@east.example>")
    letter(3, f"We object. {made['reference']}", "Thief <thief@elsewhere.example>")
    letter(4, f"So do we. {made['reference']}", "Wang <wang@east.example>")
    before = len(outbox(tmp_path))
    status, (answered,) = run("recourse", "answer", made["reference"], "--refuse", "--text", "It was.", "--by", "Ann")
    assert (status, answered["mailed"]) == (0, True)
    assert {each[1] for each in outbox(tmp_path)[2:]} == {"abuse@east.example"}
    assert len(outbox(tmp_path)) == before + 1


def test_a_mailbox_is_not_written_to_in_its_own_name(run: Run, tmp_path: Path) -> None:
    """Mail to affected networks is live; a stranger with a reference writes From: the mailbox for abuse, and nothing goes there."""
    _, (other,) = run("recourse", "impose", "north.example", *BLOCK)
    run("recourse", "ask", "--subject", "north.example", "--by-mail")
    _, (made,) = run("recourse", "impose", "east.example", *BLOCK)
    before = len(outbox(tmp_path))
    for number, text in enumerate(("Why?", "We object.")):
        said = f"{text} {made['reference']}"
        data = PROOF.format(by="Abuse <abuse@east.example>", number=number, text=said, header="")
        (tmp_path / f"{number}.eml").write_text(data, encoding="utf-8")
        assert run("ingest", f"{number}.eml")[0] == 0
    (line,) = run("recourse", "show", made["reference"])[1]
    said = [(each["act"], each["by"]) for each in line["history"][1:]]
    assert said[::2] == [("ask", "unproved abuse@east.example"), ("argue", "unproved abuse@east.example")]
    assert said[1::2] == [("unanswered", "comity")] * 2
    assert len(outbox(tmp_path)) == before
    assert other["reference"] != made["reference"]


def test_a_letter_that_comes_again_says_nothing_new(run: Run, tmp_path: Path) -> None:
    """The same argument, delivered ten times or after the answer, is one argument and no objection to the answer."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    (tmp_path / "a.eml").write_text(LETTER.format(reference=made["reference"], number=1, text="No."), encoding="utf-8")
    (tmp_path / "b.eml").write_text(LETTER.format(reference=made["reference"], number=2, text="No!"), encoding="utf-8")
    for _ in range(5):
        assert run("ingest", "a.eml", "b.eml")[0] == 0
    run("recourse", "answer", made["reference"], "--refuse", "--text", "It was.", "--by", "Ann")
    assert run("ingest", "a.eml", "b.eml")[0] == 0
    (line,) = run("recourse", "show", made["reference"])[1]
    assert [each["act"] for each in line["history"]] == ["impose", "ask", "unanswered", "argue", "unanswered", "refuse"]


def test_nobody_is_asked_by_mail_without_cause(run: Run, tmp_path: Path) -> None:
    """No mail about a domain to which nothing is done; none for a network, which has no mailbox of its own."""
    assert run("recourse", "ask", "--subject", "north.example", "--by-mail") == (0, [{"proved": False, "asked": []}])
    run("recourse", "impose", "198.51.100.7", *BLOCK)
    assert run("recourse", "ask", "--subject", "198.51.100.7", "--by-mail")[0] == 64
    assert outbox(tmp_path) == []


def test_what_was_lifted_is_said_to_be(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that names the last day alone reads as if it still held."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    run("recourse", "argue", made["reference"], "--text", "Not us.")
    assert main(["recourse", "list"]) == 0
    assert "lifted" not in capsys.readouterr().out
    run("recourse", "answer", made["reference"], "--grant", "--text", "True.", "--by", "Ann")
    main(["recourse", "list"])
    assert f"lifted on {datetime.now(UTC):%Y-%m-%d}" in capsys.readouterr().out


def test_a_listing_whose_warning_came_back_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """On the terminal and for programs; a person's word of how they were told ends it."""
    from comity.accord.recourse import UNWARNED
    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import desk_store
    from comity.model.recourse import RecourseEvent, RecourseState

    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    event = RecourseEvent(
        at=datetime.now(UTC), actor="comity", act=UNWARNED, note="abuse@x.example: 550", to_state=RecourseState.OPEN
    )
    with desk_store(settings_for("comity.toml", {}, Path.cwd())).write() as records:
        records.recourses.note(made["reference"], event)
    assert run("recourse", "list")[1][0]["warning_returned"] is True
    main(["recourse", "list"])
    assert "the warning did not arrive" in capsys.readouterr().out
    run("recourse", "warn", made["reference"], "--by", "Ann", "--handed-on", "by telephone")
    assert run("recourse", "list")[1][0]["warning_returned"] is False


def test_a_warning_that_has_not_left_is_no_warning_yet(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What a rule decided waits until the next host took the mail, and the line says what it waits for."""
    from comity.accord.recourse import WARNED
    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import desk_store
    from comity.model.recourse import RecourseEvent, RecourseState

    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    now = datetime.now(UTC)
    event = RecourseEvent(at=now, actor="Ann", act=WARNED, note="abuse@x.example", to_state=RecourseState.OPEN)
    with desk_store(settings_for("comity.toml", {}, Path.cwd())).write() as records:
        found = records.recourses.find(made["reference"])
        assert found is not None
        records.recourses.begin(made["reference"], found[0].ends)
        records.recourses.note(made["reference"], event)
    main(["recourse", "list"])
    assert "has not been taken by the next mail host" in capsys.readouterr().out


def test_whoever_asks_by_mail_and_cannot_be_mailed_waits_for_a_person(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is mailed to a stranger who cites a reference: so the list says that he waits, until somebody told him."""
    (made,) = run("recourse", "impose", "203.0.113.0/24", *BLOCK)[1]
    letter = tmp_path / "ask.eml"
    letter.write_text(LETTER.format(reference=made["reference"], number=1, text="Why?"))
    assert run("ingest", str(letter))[0] == 0
    assert [each["unanswered"] for each in run("recourse", "list")[1]] == [True]
    main(["recourse", "list"])
    assert "(asked by mail, and no mail may answer: tell them" in " ".join(capsys.readouterr().out.split())
    main(["recourse", "show", made["reference"]])
    assert "our answer could not be mailed" in capsys.readouterr().out
    assert run("recourse", "warn", made["reference"], "--handed-on", "by telephone", "--by", "Ann")[0] == 0
    assert [each["unanswered"] for each in run("recourse", "list")[1]] == [False]
