"""The header that carries a mail's memory: ours and for this mail, or nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.authres import MethodResult
from comity.formats.delivery_memory import DeliveryKeys, Facts, Recalled, anchor_of, is_ours, mark, read, recall
from comity.formats.mime import scan

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
KEYS = DeliveryKeys(secrets={"1": OLD})
WHEN = datetime(2026, 5, 1, 10, tzinfo=UTC)
OURS = b"Received: from liar (mx7.east.example [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 4F; 1 May 2026 10:00 +0000\n"
CAME = (
    b"Received: from a (a.example [198.51.100.6]) by mx7.east.example with ESMTP id 2; 1 May 2026 09:59 +0000\n"
    b"From: News <news@east.example>\nTo: lin@west.example,\n ann@west.example\nMessage-ID: <1@east.example>\n"
    b"Date: 1 May 2026 09:58 +0000\nSubject: x\n"
)
FACTS = Facts(
    delivered=WHEN,
    client_ip="192.0.2.7",
    queue_id="4F",
    mailboxes=("Lin@west.example", "ann@west.example"),
    results=(
        MethodResult(method="dkim", result="pass", properties={"header.d": "east.example", "header.b": "a/b+c="}),
        MethodResult(method="spf", result="softfail", properties={"smtp.mailfrom": "b,1;x@east.example", "odd": "x"}),
    ),
)


def _fields(block: bytes) -> list[tuple[bytes, bytes]]:
    return [(each.name.lower().encode(), each.raw) for each in scan(block + b"\n").headers.items()]


def _marked(came: bytes = CAME, *, keys: DeliveryKeys = KEYS, facts: Facts = FACTS, above: bytes = OURS) -> bytes:
    """As the mail lies in the mailbox: our trace line, our mark, what came."""
    value = mark(facts, anchor_of(_fields(came)), keys)
    assert value is not None
    return above + f"Comity-Delivery: {value}\n".encode() + came + b"\nhello\n"


def _recall(data: bytes, keys: DeliveryKeys = KEYS) -> Recalled | None:
    return recall(scan(data), keys)


def test_a_mail_remembers_its_delivery() -> None:
    """When, from where, what was checked, in which mailboxes, and which trace line is our own."""
    found = _recall(_marked())
    assert found is not None
    assert (found.delivered, found.client_ip, found.line, found.key_id, found.verdict) == (
        WHEN,
        "192.0.2.7",
        1,
        "1",
        None,
    )
    assert [(each.method, each.result, dict(each.properties)) for each in found.results.results] == [
        ("dkim", "pass", {"header.d": "east.example", "header.b": "a/b+c="}),
        ("spf", "softfail", {"smtp.mailfrom": "b,1;x@east.example"}),
    ]
    assert [found.went_to(each) for each in ("lin@west.example", "ANN@west.example", "bob@west.example")] == [
        True,
        True,
        False,
    ]


def test_no_mailbox_can_be_read_from_it_or_known_again_in_another_mail() -> None:
    """Two mails to one mailbox carry different tokens, and neither names it."""
    one, other = _marked(), _marked(CAME.replace(b"<1@", b"<2@"))
    tokens = [read(scan(each).headers.first("comity-delivery") or "") for each in (one, other)]
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert not set(tokens[0]["m"].split(",")) & set(tokens[1]["m"].split(","))
    assert b"lin" not in one.partition(b"Comity-Delivery")[2].partition(b"Received")[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<1@east.example>", b"<2@east.example>"),
        (b"news@east.example", b"news@south.example"),
        (b"09:58", b"09:57"),
        (b"198.51.100.6", b"198.51.100.7"),
        (b"From: News", b"From: other@east.example\nFrom: News"),
        (
            b"Subject: x",
            b"Received: from x (x.example [198.51.100.9]) by y.example id 9; 1 May 2026 09:00 +0000\nSubject: x",
        ),
        (b"h=192.0.2.7", b"h=192.0.2.8"),
        (b"a=dkim:pass", b"a=dkim:fail"),
        (b"k=1", b"k=2"),
        (b"id 4F;", b"id 5A;"),
        (OURS, b""),
        (OURS, CAME.partition(b"From")[0]),
    ],
)
def test_moved_or_changed_it_says_nothing(old: bytes, new: bytes) -> None:
    """Another id, author, date, trace or trace line of ours; one sign of the header itself."""
    data = _marked()
    assert _recall(data) is not None
    assert old in data
    assert _recall(data.replace(old, new)) is None


def test_hosts_behind_ours_and_other_folding_change_nothing() -> None:
    """More trace lines on top, fields folded otherwise, CRLF: the same mail."""
    later = b"Received: from mx.west.example (mx.west.example [192.0.2.1]) by in.west.example id 7; 1 May 2026 10:01 +0000\n"
    data = later + _marked()
    for each in (
        data,
        data.replace(b"\n", b"\r\n"),
        data.replace(b"; ", b";\n "),
        data.replace(b"News <", b"News\n\t<"),
    ):
        found = _recall(each)
        assert found is not None
        assert found.line == 2


def test_a_strangers_header_beside_ours_is_passed_over() -> None:
    """Where nobody took it away, it is not believed, and ours still is."""
    forged = (
        b"Comity-Delivery: v=1; t=0; h=203.0.113.9; m=none; r=0; q=none; a=none; j=none; k=1; s=" + b"A" * 43 + b"\n"
    )
    assert _recall(OURS + forged + CAME + b"\n") is None
    data = _marked().replace(OURS, OURS + forged)
    found = _recall(data)
    assert found is not None
    assert found.client_ip == "192.0.2.7"


def test_keys_can_be_changed() -> None:
    """The first key writes; marks of an older one hold for as long as it is kept."""
    both = DeliveryKeys(secrets={"2": NEW, "1": OLD})
    assert (_recall(_marked(), both) or pytest.fail("old mark")).key_id == "1"
    assert (_recall(_marked(keys=both), both) or pytest.fail("new mark")).key_id == "2"
    assert _recall(_marked(keys=both)) is None
    for unfit in ({}, {"1": b"short"}, {"A B": OLD}):
        with pytest.raises(ValueError, match="key"):
            DeliveryKeys(secrets=unfit)


def test_a_mark_is_known_again_when_the_mail_passes_once_more() -> None:
    """A filter hands the mail back to our host, with our first trace line on it."""
    marked = _fields(_marked())
    values = [value for name, value in marked if name == b"comity-delivery"]
    assert is_ours(values, anchor_of(marked), KEYS)
    assert is_ours(values, anchor_of(_fields(CAME)), KEYS)
    assert not is_ours(values, anchor_of(_fields(CAME.replace(b"<1@", b"<2@"))), KEYS)
    assert not is_ours([b"v=1", b"\xff"], anchor_of(marked), KEYS)


def test_however_many_mailboxes_no_line_is_long() -> None:
    """Hosts on the way cut lines of more than 998 bytes."""
    facts = Facts(
        delivered=WHEN,
        client_ip="2001:db8::1",
        queue_id="x" * 500,
        mailboxes=[f"{number}@west.example" for number in range(500)],
        results=[MethodResult(method="dkim", result="pass", properties={"header.d": "\u5317" * 300})] * 90,
    )
    data = _marked(facts=facts)
    assert max(map(len, data.splitlines())) < 998
    found = _recall(data)
    assert found is not None
    assert found.went_to("7@west.example")


def test_a_mail_that_goes_round_and_round_is_not_marked() -> None:
    """More trace lines than any mail has."""
    assert mark(FACTS, anchor_of([(b"received", b"x")] * 201), KEYS) is None


@given(st.text(alphabet="v=1;thmrqajks,. %AZ-_\n\t09", max_size=300))
def test_any_value_is_answered(value: str) -> None:
    """Nothing is raised, and nothing is believed."""
    read(value)
    read(f"v=1; t=0; h=none; m=none; r=0; q=none; a={value}; j=none; k=1; s={'A' * 43}")
    assert _recall(OURS + b"Comity-Delivery: " + value.replace("\n", " ").encode() + b"\n" + CAME + b"\n") is None


_texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(_texts, _texts, _texts)
def test_any_result_is_remembered(method: str, result: str, value: str) -> None:
    """Whatever another filter wrote comes back as it was, or cut."""
    facts = Facts(
        delivered=WHEN,
        client_ip=None,
        queue_id=None,
        results=[MethodResult(method=method, result=result, properties={"header.d": value})],
    )
    data = _marked(facts=facts)
    found = _recall(data)
    assert found is not None
    (back,) = found.results.results
    assert (back.method, back.result, back.properties["header.d"]) == (method, result, value)


def test_the_port_is_remembered() -> None:
    """Behind one address may be many: the port goes along where the host told it; a changed one makes the mark nobody's."""
    data = _marked(facts=replace(FACTS, client_port=40211))
    found = _recall(data)
    assert found is not None
    assert found.client_port == 40211
    assert _recall(data.replace(b"p=40211", b"p=40212")) is None
    without = _recall(_marked())
    assert without is not None
    assert without.client_port is None
