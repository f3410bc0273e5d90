"""What a reader may answer, and what it may not: its answer is taken in by the process that writes."""

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from comity.formats import reading
from comity.model.feedback import Kind
from comity.outlets.readers.pool import BadAnswerError, opened
from comity.services.complain.straight_line import Identity, Mail
from comity.services.operate.sample_reports import DIALECTS, make
from comity.services.receive.own_people import ComplaintMail
from comity.services.receive.prepare import Delivery, prepare, unread

DELIVERY = Delivery(gate="lmtp", name="1.eml", arrived=datetime(2026, 7, 1, tzinfo=UTC))


class Calling:
    """Pickled, it is a call."""

    def __init__(self, call: Callable[..., object], *given: object) -> None:
        self.call, self.given = call, given

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call, self.given


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_was_read_arrives_whole(dialect: str) -> None:
    """What was made ready of a report of any dialect arrives as it was sent."""
    ready = prepare(make(Random(1), dialect)[0], DELIVERY, lambda data, name: reading.read(data, name=name))  # noqa: S311 - a sample
    assert opened(pickle.dumps(ready)) == ready


@pytest.mark.parametrize(
    "call",
    [
        Calling(os.system, "true"),
        Calling(eval, "1"),
        Calling(getattr, "x", "upper"),
        Calling(getattr, Kind, "__members__"),
        Calling(getattr, Kind, "mro"),
        Calling(open, os.devnull),
        Calling(reading.read, b"Subject: x\n\n"),
    ],
    ids=lambda each: each.call.__name__,
)
def test_no_answer_calls_anything(call: Calling) -> None:
    """An answer that names a function, be it one of ours, is refused before it is called."""
    with pytest.raises(BadAnswerError):
        opened(pickle.dumps(call))


def test_a_member_of_an_enumeration_may_be_named() -> None:
    """Python 3.11.2, which Debian 12 has, writes a member as an attribute of its class: that arrives, and no other attribute."""
    assert opened(pickle.dumps(Calling(getattr, Kind, "ARF"))) is Kind.ARF


@pytest.mark.parametrize(
    "name", ["comity.__main__\nmain", "comity.model.no_such_module\nThing", "comity.model.case\ndatetime", "os\nsystem"]
)
def test_no_answer_names_anything_but_records(name: str) -> None:
    """Modules of other rooms are not loaded; what a room's module only uses is not its record."""
    with pytest.raises(BadAnswerError):
        opened(b"c%b\n." % name.encode())


def test_what_people_complain_about_arrives_whole() -> None:
    """An answer may hold a mail that one of our own people complains about."""
    mail = Mail(path="1.eml", data=b"Subject: x\n\nx", recipient="reader@west.example")
    complained = ComplaintMail(
        mail=mail, identity=Identity(key=b"k" * 16, mailbox="reader@west.example", mailbox_token="t")
    )
    ready = replace(unread(b"x", DELIVERY, "fault"), trouble=None, complaints=(complained,))
    assert opened(pickle.dumps(ready)) == ready


@pytest.mark.parametrize(
    "answer", [b"", b"\x80", b"garbage", pickle.dumps([1])[:-1], b"\x80\x04]q\x00h\x01.", b"I12x\n."]
)
def test_what_is_no_pickle_is_no_answer(answer: bytes) -> None:
    """Bytes cut off or made up are refused by name."""
    with pytest.raises(BadAnswerError):
        opened(answer)
