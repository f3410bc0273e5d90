"""``comity recourse`` as an operator types it, and a letter that comes in through ``comity ingest``."""

import json
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
    assert (status, made["mailed"], made["not_mailed"]) == (0, False, "no-agreement")
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
        thread.join(5)


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
    assert (status, proof["proved"], proof["name"]) == (75, False, "_comity-recourse.east.example")
    zone[proof["name"]] = "comity-something-else"
    assert run("recourse", "ask", "--subject", "east.example")[0] == 75
    zone[proof["name"]] = proof["value"]
    status, lines = run("recourse", "ask", "--subject", "East.Example")
    assert (status, [each["state"] for each in lines]) == (0, ["asked"])
    assert run("recourse", "ask", "--subject", "west.example")[0] == 75


def test_a_letter_finds_its_recourse(run: Run, tmp_path: Path) -> None:
    """Mail that cites the reference asks, then objects; it stays a letter on the desk all the same."""
    _, (made,) = run("recourse", "impose", "198.51.100.7", *BLOCK)
    for number, text in enumerate(("Why?", "We object: it is a new customer.")):
        letter = LETTER.format(reference=made["reference"], number=number, text=text)
        (tmp_path / f"{number}.eml").write_text(letter, encoding="utf-8")
        assert run("ingest", f"{number}.eml")[0] == 0
    (line,) = run("recourse", "show", made["reference"])[1]
    assert (line["state"], [each["act"] for each in line["history"]]) == ("argued", ["impose", "ask", "argue"])
    assert "new customer" in line["history"][-1]["text"]
    assert line["history"][-1]["by"] == "noc@east.example"


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
