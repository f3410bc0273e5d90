"""The log: events with names, and nothing of anybody's mail."""

import io
import json

import pytest

from comity.outlets.event_log import EventLog


def test_an_event_is_one_line() -> None:
    """Time, weight, name and details, for people or as JSON."""
    plain, lines = io.StringIO(), io.StringIO()
    EventLog("gates", stream=plain)("gate-no-room", code="spool-busy", n=3, seconds=0.12345)
    EventLog("gates", stream=lines, as_json=True)("process-died", status=-9)
    assert plain.getvalue().endswith("Z warning gate-no-room process=gates code=spool-busy n=3 seconds=0.123\n")
    found = json.loads(lines.getvalue())
    assert (found["level"], found["event"], found["process"], found["status"]) == ("error", "process-died", "gates", -9)


@pytest.mark.parametrize("said", ["fbl@west.example", "Re: hello", "x" * 200, "a\nb", b"x", ["x"], "投诉", ""])
def test_nothing_of_a_mail_gets_into_it(said: object) -> None:
    """An address, a subject, a line end: whatever is no number or short word of ours is not shown."""
    stream = io.StringIO()
    EventLog("worker", stream=stream)("worker-fault", kind=said)
    assert stream.getvalue().endswith(" worker-fault process=worker kind=?\n")


def test_an_unknown_event_is_a_fault() -> None:
    """Names are a registry, so that whoever watches the log knows all of them."""
    with pytest.raises(KeyError):
        EventLog("gates", stream=io.StringIO())("no-such-event")
