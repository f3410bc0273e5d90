"""An XARF document is written where it can be valid, and is valid for every reader."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import xarf
from comity.formats.arf_writer import FeedbackMessage, write
from comity.formats.reading import read
from comity.formats.xarf.writer import LACKS, document
from comity.model.agreement import Definition
from comity.model.feedback import FeedbackReport, Kind
from comity.model.origin import ReplayGrade
from comity.model.tlp import Tlp

WHEN = datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC)
ORIGINAL = (
    b"Received: from h.example (h.example [198.51.100.7]) by mx.west.example; 1 Mar 2026 08:05:09 +0000\r\n"
    b"From: Shop <news@shop.example>\r\nMessage-ID: <1@shop.example>\r\nSubject: Great news\r\n"
)
SAID = FeedbackReport(
    feedback_type="abuse",
    is_complaint=True,
    source_ip="198.51.100.7",
    source_port=40211,
    original_mail_from="b-1@shop.example",
    original_rcpt_to=("redacted-abcdefghijklmnopqrst-@west.example",),
    arrival_date=WHEN,
    report_id="cr1-abc",
    original=ORIGINAL,
    original_headers_only=True,
)
MESSAGE = FeedbackMessage(
    header_from="feedback@west.example",
    organisation="West Mail 西方邮件",
    to="abuse@east.example",
    subject="Great news 好消息",
    written=WHEN,
    message_id="cr1-abc@west.example",
    text="hello",
    tlp=Tlp.AMBER_STRICT,
    definition=Definition.COMPLAINT,
    feedback_report=SAID,
)


def _with(**values: Any) -> FeedbackMessage:
    return replace(MESSAGE, feedback_report=replace(SAID, **values))


def _written(message: FeedbackMessage = MESSAGE) -> bytes:
    made = document(message)
    assert isinstance(made, bytes), made
    return made


@pytest.fixture(scope="module")
def valid(request: pytest.FixtureRequest) -> Callable[[bytes], list[str]]:
    """What the published schemas say of a document, formats included."""
    jsonschema = pytest.importorskip("jsonschema")
    from referencing import Registry, Resource

    data: Path = request.getfixturevalue("real_data")
    schemas = [json.loads(path.read_bytes()) for path in (data / "xarf/xarf-spec-schemas/v4").glob("**/*.json")]
    assert len(schemas) > 20
    registry: Any = Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in schemas)
    spam = next(each for each in schemas if each["$id"].endswith("messaging-spam.json"))
    checker = jsonschema.Draft202012Validator(
        spam, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return lambda made: [each.message for each in checker.iter_errors(json.loads(made))]


def test_the_published_schemas_accept_it(valid: Callable[[bytes], list[str]]) -> None:
    """With everything that may be in it, and with as little as possible; and they do refuse what has no port."""
    least = _with(original_rcpt_to=(), original=None)
    assert valid(_written()) == []
    assert valid(_written(replace(least, subject=None))) == []
    assert valid(_written(replace(MESSAGE, definition=Definition.TRAP))) == []
    without = {name: value for name, value in json.loads(_written()).items() if name != "source_port"}
    assert valid(json.dumps(without).encode()) != []


def test_our_reader_reads_what_was_said() -> None:
    """Address, port, people, ids and evidence come back, and nothing is remarked."""
    reading = xarf.read(_written())
    assert reading.findings == ()
    one = reading.reports[0]
    assert (one.source_ip, one.source_port, one.arrival_date) == ("198.51.100.7", 40211, WHEN)
    assert (one.original_mail_from, one.original_rcpt_to) == (SAID.original_mail_from, SAID.original_rcpt_to)
    assert (one.message_id, one.subject, one.original) == ("1@shop.example", MESSAGE.subject, ORIGINAL)
    assert (one.is_complaint, one.reported_class) == (True, "messaging/spam")
    assert one.extra["tlp"] == "AMBER+STRICT"


def test_it_travels_as_arf_does() -> None:
    """Feedback-Type xarf, the document in the third part; the id of the report is the one that an answer names."""
    carried = write(replace(MESSAGE, document=_written())).data
    assert b"\r\nFeedback-Type: xarf\r\n" in carried
    assert carried.count(b"Content-Type: application/json\r\n") == 1
    assert carried.isascii()
    assert all(len(line) <= 998 for line in carried.split(b"\r\n"))
    reading = read(carried)
    assert reading.kind is Kind.XARF
    assert [(each.report_id, each.source_port) for each in reading.reports] == [("cr1-abc", 40211)]


@pytest.mark.parametrize(
    ("message", "lack"),
    [
        (_with(source_port=None), "xarf-port-unknown"),
        (_with(source_ip=None), "xarf-source-unknown"),
        (_with(arrival_date=None), "xarf-time-unknown"),
        (_with(original_mail_from="<>"), "xarf-null-sender"),
        (_with(original_mail_from=None), "xarf-sender-unknown"),
        (_with(original_mail_from="nobody"), "xarf-sender-unknown"),
        (_with(feedback_type="not-spam"), "xarf-complaints-only"),
        (_with(feedback_type="other"), "xarf-complaints-only"),
        (replace(MESSAGE, replay=ReplayGrade.SUSPECTED), "xarf-no-word-for-replay"),
        (replace(MESSAGE, header_from="feedback@"), "xarf-not-valid"),
    ],
)
def test_what_it_lacks_has_a_name(message: FeedbackMessage, lack: str) -> None:
    """Nothing is made up: no port, no sender, no time."""
    assert document(message) == lack
    assert lack in LACKS


@given(
    st.text(max_size=700),
    st.text(max_size=60),
    st.binary(max_size=400),
    st.integers(min_value=-1, max_value=70_000),
)
def test_a_document_is_valid_or_not_there(subject: str, mail_from: str, evidence: bytes, port: int) -> None:
    """Whatever strangers wrote, our reader finds nothing to remark in what is written."""
    message = replace(
        MESSAGE,
        subject=subject,
        feedback_report=replace(SAID, original_mail_from=mail_from, original=evidence, source_port=port),
    )
    made = document(message)
    if isinstance(made, bytes):
        assert made.isascii()
        reading = xarf.read(made)
        assert len(reading.reports) == 1
        assert reading.findings == ()
    else:
        assert made in LACKS
