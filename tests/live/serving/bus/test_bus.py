"""The running program takes what lies on real message buses: what was acknowledged is stored, and nothing is counted twice."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from .conftest import SECRET, SORTS, TOPIC, closed_port

if TYPE_CHECKING:
    from conftest import Desk

    from .conftest import Broker

pytestmark = pytest.mark.live
REPORTS = "SELECT count(*) FROM report WHERE case_id IS NOT NULL"
ITEMS = "SELECT count(*) FROM item WHERE gate = 'bus'"
XARF = json.dumps(
    {
        "xarf_version": "4.2.0",
        "report_id": "3f0f8c5e-2b50-4a57-9d3e-0f6f1f0b7a11",
        "timestamp": "2026-07-01T08:00:00Z",
        "reporter": {"org": "East", "contact": "abuse@east.example", "domain": "east.example"},
        "sender": {"org": "East", "contact": "abuse@east.example", "domain": "east.example"},
        "source_identifier": "192.0.2.9",
        "source_port": 52100,
        "category": "infrastructure",
        "type": "botnet",
        "evidence_source": "honeypot",
        "compromise_evidence": "It spoke to the sinkhole.",
    }
).encode()


def watched(broker: "Broker", more: str = "", reserve: int = 1) -> str:
    """The settings of the gates, and of one place on a bus."""
    return (
        f"reserve_mib = {reserve}\nsize_mib = 1\n"
        f'[[watch.bus]]\nurl = "{broker.url}"\ntopic = "{broker.topic}"\nmailbox = "fbl@west.example"\n{more}'
    )


def stored(desk: "Desk") -> int:
    """How many items lie in the spool or were worked off."""
    waiting = desk.count("spool.db", "SELECT count(*) FROM waiting WHERE gate = 'bus'")
    return waiting + desk.count("comity.db", ITEMS)


@pytest.mark.parametrize("sort", SORTS)
def test_what_lies_on_a_bus_is_on_the_desk_once(
    make_desk: "Callable[..., Desk]", make_broker: "Callable[..., Broker]", sort: str
) -> None:
    """Mail, ARF and XARF are taken over a kill of everything of ours; what nobody can read is shunted, and not given again."""
    broker = make_broker(sort)
    desk = make_desk(gates=watched(broker))
    poison = [b"\x00\xff no mail, no JSON \xfe", b"{", b"Subject: large\r\n\r\n" + b"x" * (1 << 20)]
    first = [desk.feedback(f"a{number}") for number in range(20)]
    assert broker.publish([*first, XARF, *poison]) == 24
    desk.start().kill()
    desk.start()
    assert broker.publish([first[0], XARF, *[desk.feedback(f"b{number}") for number in range(20)]]) == 22
    desk.wait_until(lambda: broker.left() == 0, f"all acknowledged: {broker.left()}")
    desk.wait_until_worked_off()  # what is acknowledged lies in the spool
    assert desk.count("comity.db", REPORTS) == 41
    shunted = desk.ask("comity.db", "SELECT reason FROM shunt ORDER BY reason")
    assert len(shunted) == 3, shunted
    assert desk.events("watch-fault") == []


@pytest.mark.parametrize("sort", [each for each in SORTS if each != "kafka"])
def test_a_bus_that_dies_and_comes_back(
    make_desk: "Callable[..., Desk]", make_broker: "Callable[..., Broker]", sort: str
) -> None:
    """Killed and started again under load, three times: whatever it said it has is on the desk, and nothing twice."""
    broker = make_broker(sort)
    desk = make_desk(gates=watched(broker))
    running = desk.start()
    wanted = 0
    for turn in range(3):
        messages = [desk.feedback(f"{turn}-{number}") for number in range(60)]
        assert broker.publish(messages) == 60
        wanted += 60
        desk.wait_until(lambda wanted=wanted: stored(desk) > wanted - 60, "the first of them")
        broker.kill()
        broker.start()
    assert broker.publish([desk.feedback("last")]) == 1
    desk.wait_until(lambda: desk.count("comity.db", REPORTS) == 181, f"181 reports: {desk.count('comity.db', REPORTS)}")
    desk.wait_until(lambda: broker.left() == 0, f"all acknowledged: {broker.left()}")
    desk.wait_until_worked_off()
    assert desk.count("comity.db", REPORTS) == 181
    broker.kill()
    told = len(desk.events("watch-waits"))
    desk.wait_until(lambda: len(desk.events("watch-waits")) >= told + 3, "told three times that it is away")
    assert running.end() == 0  # a loop that asks what is not there without a pause would not hear of it
    assert {each["code"] for each in desk.events("watch-waits")} <= {"bus-away"}
    assert desk.events("watch-fault") == []


@pytest.mark.parametrize("sort", SORTS)
def test_without_room_nothing_is_acknowledged(
    make_desk: "Callable[..., Desk]", make_broker: "Callable[..., Broker]", sort: str
) -> None:
    """A disk with too little room leaves everything on the bus, and says so once and again; with room, all is taken."""
    broker = make_broker(sort)
    desk = make_desk(gates=watched(broker, reserve=1 << 20))
    assert broker.publish([desk.feedback(f"c{number}") for number in range(30)]) == 30
    running = desk.start()
    desk.wait_until(lambda: len(desk.events("watch-waits")) >= 3, "told that there is no room")
    assert {each["code"] for each in desk.events("watch-waits")} == {"spool-reserve"}
    assert stored(desk) == 0
    assert broker.left() == 30
    running.kill()
    desk = make_desk(gates=watched(broker))
    desk.start()
    desk.wait_until(lambda: desk.count("comity.db", REPORTS) == 30, f"thirty: {desk.count('comity.db', REPORTS)}")
    desk.wait_until(lambda: broker.left() == 0, "all acknowledged")


@pytest.mark.parametrize("sort", ["nats", "redis"])
def test_an_account_and_what_the_doctor_says(
    make_desk: "Callable[..., Desk]", make_broker: "Callable[..., Broker]", sort: str
) -> None:
    """With its password it is let in; the doctor names what is wrong: the password, the topic, nobody there."""
    broker = make_broker(sort, secret=SECRET)
    desk = make_desk(gates=watched(broker, 'account = "desk"\npassword_file = "bus.password"\n'))
    if sort == "redis":
        broker._client().acl_setuser("desk", enabled=True, passwords=[f"+{SECRET}"], keys="*", commands=["+@all"])
    password = desk.folder / "bus.password"
    password.write_text(f"{SECRET}\n")
    password.chmod(0o600)
    assert broker.publish([desk.feedback("d")]) == 1
    running = desk.start()
    desk.wait_until(lambda: desk.count("comity.db", REPORTS) == 1, f"the report: {desk.events('watch-waits')}")
    running.kill()
    assert checks(desk) == ["watch-bus"]
    password.write_text("another\n")
    assert checks(desk) == ["bus-refused"]
    if sort == "nats":
        password.write_text(f"{SECRET}\n")
        settings = desk.folder / "comity.toml"
        settings.write_text(settings.read_text().replace(TOPIC, "elsewhere.reports"))
        assert checks(desk) == ["bus-no-topic"]
    settings = desk.folder / "comity.toml"
    settings.write_text(settings.read_text().replace(str(broker.port), str(closed_port())))
    password.write_text(f"{SECRET}\n")
    assert checks(desk) == ["bus-away"]


def test_a_queue_that_is_not_there(make_desk: "Callable[..., Desk]", make_broker: "Callable[..., Broker]") -> None:
    """Comity makes no queue of RabbitMQ: it says that there is none."""
    broker = make_broker("rabbit")
    desk = make_desk(gates=watched(broker).replace(TOPIC, "elsewhere"))
    assert checks(desk) == ["bus-no-topic"]


def checks(desk: "Desk") -> list[str]:
    """What the doctor finds of what is watched."""
    command = [sys.executable, "-m", "comity", "doctor", "--json", "--config", str(desk.folder / "comity.toml")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    found = [json.loads(line) for line in said.stdout.splitlines()]
    return [each["finding"] for each in found if each["about"] == "watch"]
