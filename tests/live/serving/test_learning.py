"""The running program learns from people: killed in between, no lesson is lost or learnt twice; a campaign is junked at once."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.bootstrap.learning import lineage_of
from comity.formats.delivery_memory import Facts, anchor_of, mark
from comity.outlets.key_ring import keys_at
from comity.outlets.model_file import read_model, write_model
from comity.services.judge.filtering import Filter
from comity.settings import read_settings
from comity.store.engine import open_store
from comity.verdict.model_file import pack

if TYPE_CHECKING:
    from conftest import Desk, Running

pytestmark = pytest.mark.live
JUNK = "junk@comity.west.example"
GATES = f"""[gates]
lmtp = ["127.0.0.1:0"]
spamd = ["127.0.0.1:0"]
mailboxes = ["fbl@west.example"]
moved_to_junk = ["{JUNK}"]
moved_from_junk = ["not-junk@comity.west.example"]
"""
LEARNING = """[learning]
wait_hours = 0
every_minutes = 0
per_mailbox = 500
per_cohort = 500
vetted = ["ann@west.example", "bob@west.example", "carl@west.example"]
"""
RUNS = 15


class School:
    """A desk with a filter that knows something, and people who move mail to Junk."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        self.keys = keys_at(desk.folder / "delivery.keys")
        settings = desk.folder / "comity.toml"
        settings.write_text(settings.read_text().replace("[learning]\n", LEARNING))
        judge = Filter.new()
        for number in range(60):
            judge.learn(f"Subject: prize {number}\n\nclaim your prize {number}\n".encode(), True)
            judge.learn(f"Subject: minutes {number}\n\nDear Ann, the minutes, {number}\n".encode(), False)
        write_model(desk.folder / "judge.model", judge.model())

    def mail(self, who: str, run: str) -> bytes:
        """A mail of a run as it lies in somebody's mailbox: our milter marked it at delivery."""
        now = datetime.now(UTC)
        mailbox, date = f"{who}@west.example", format_datetime(now)
        own = (
            f"From: <desk@{run}.example>\r\nTo: <{mailbox}>\r\nSubject: Your account at {run}\r\n"
            f"Message-ID: <{who}.{run}@{run}.example>\r\nDate: {date}\r\n"
        )
        fields = [
            (name.lower().encode(), value.encode()) for name, _, value in (x.partition(":") for x in own.splitlines())
        ]
        facts = Facts(delivered=now, client_ip="198.51.100.7", queue_id="4ABC", mailboxes=[mailbox])
        line = (
            f"Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\r\n"
            f"\tfor <{mailbox}>; {date}\r\n"
        )
        value = str(mark(facts, anchor_of(fields), self.keys)).replace("\n", "\r\n")
        text = (
            f"Dear customer, your account at {run} needs to be looked at before the end of the week, please come by\r\n"
        )
        return f"{line}Comity-Delivery: {value}\r\n{own}\r\n{text}".encode()

    def moves(self, running: "Running", who: str, runs: Sequence[str]) -> None:
        """Somebody moves a mail of each run to Junk."""
        client = running.connect()
        for run in runs:
            client.say(f"MAIL FROM:<{who}@west.example>\r\nRCPT TO:<{JUNK}>\r\nDATA\r\n".encode(), 3)
            assert client.say(self.mail(who, run) + b".\r\n").startswith(b"250")
        client.close()

    def states(self) -> dict[object, object]:
        """How many samples are in each state."""
        return dict(self.desk.ask("comity.db", "SELECT state, count(*) FROM training_sample GROUP BY state"))

    def versions(self) -> int:
        return self.desk.count("comity.db", "SELECT count(*) FROM model_version")

    def comity(self, *arguments: str) -> str:
        """One of our commands."""
        command = [sys.executable, "-m", "comity", "--config", str(self.desk.folder / "comity.toml"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    def asked(self, running: "Running", data: bytes) -> bytes:
        """What the gate says of a mail, in words."""
        port = next(each.rpartition(":")[2] for each in running.places if each.startswith("spamd="))
        with socket.create_connection(("127.0.0.1", int(port)), timeout=120) as client:
            client.sendall(b"REPORT SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(data) + data)
            return client.makefile("rb").read()


@pytest.fixture
def school(make_provider: "Callable[[str], Desk]") -> School:
    return School(make_provider(GATES))


def test_the_worker_is_killed_and_no_lesson_is_lost_or_learnt_twice(school: School) -> None:
    """SIGKILL while samples are admitted, while a file waits for the store, while the store waits for the file."""
    desk = school.desk
    running = desk.start()
    names = [f"bank{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(RUNS)]
    folder = desk.folder / "judge.model.versions"

    def is_writing() -> bool:
        """A file of a model that the store does not name yet."""
        files = sorted(int(each.name[:8]) for each in folder.glob("*.model")) if folder.is_dir() else []
        known = desk.ask("comity.db", "SELECT coalesce(max(id), 0) FROM model_version")[0][0]
        return bool(files) and files[-1] > int(str(known))

    kills = 0
    for part in range(0, RUNS, 5):
        runs, before = names[part : part + 5], school.versions()
        for who in ("ann", "bob"):
            school.moves(running, who, runs)
        moments: list[Callable[[], bool]] = [
            lambda: "admitted" in school.states(),
            is_writing,
            lambda before=before: school.versions() > before,  # type: ignore[misc]
        ]
        desk.wait_until(partial(_is_at, moments[part // 5 % 3], school, part + 5), "a moment to kill in")
        worker = running.child("worker")
        if worker is not None:
            os.kill(worker, signal.SIGKILL)
            kills += 1
            desk.wait_until(lambda gone=worker: running.child("worker") not in (None, gone), "the worker again")  # type: ignore[misc]
    desk.wait_until(lambda: school.states() == {"trained": 2 * RUNS}, f"all of it learnt {school.states()}", 180)
    assert kills == RUNS // 5
    served = desk.folder / "judge.model"
    desk.wait_until(lambda: Filter.of(read_model(served)).learner.spam == 60 + 2 * RUNS, "the newest model serves")
    running.end()
    assert Filter.of(read_model(served)).learner.spam == 60 + 2 * RUNS
    settings = read_settings(desk.folder / "comity.toml")
    store = open_store(desk.data / "comity.db")
    try:
        lineage = lineage_of(settings, store)
        with store.read() as rows:
            current, members = rows.learning.current(), rows.learning.members()
        assert current is not None
        built = lineage.built(members, current, lineage.base_of(current))
    finally:
        store.close()
    assert pack(built.model()) == served.read_bytes()


def _is_at(moment: Callable[[], bool], school: School, runs: int) -> bool:
    """The moment has come, or all of it was learnt so fast that it will not come."""
    return moment() or school.states() == {"trained": 2 * runs}


def test_vetted_people_junk_a_campaign_at_once_and_the_operator_lifts_it(school: School) -> None:
    """Three complaints, and the next mail of that campaign is called spam for that reason; the next of another is not."""
    desk = school.desk
    running = desk.start()
    mail = school.mail("dora", "bank")
    assert b"complained about this campaign" not in school.asked(running, mail)
    for who in ("ann", "bob"):
        school.moves(running, who, ["bank"])
    for who in ("eve", "mallory", "trent"):
        school.moves(running, who, ["shop"])
    desk.wait_until_worked_off()
    assert json.loads(school.comity("learn", "status", "--json"))["junked"] == []
    school.moves(running, "carl", ["bank"])
    desk.wait_until(lambda: b"complained about this campaign" in school.asked(running, mail), "junked at the gate")
    assert b"Spam: True" in school.asked(running, mail)
    assert b"complained about this campaign" not in school.asked(running, school.mail("dora", "shop"))
    (junked,) = json.loads(school.comity("learn", "status", "--json"))["junked"]
    assert junked["people"] == 3
    school.comity("learn", "lift", junked["campaign"])
    desk.wait_until(lambda: b"complained about this campaign" not in school.asked(running, mail), "let through again")
    assert Path(desk.folder / "judge.model.junked").exists()
