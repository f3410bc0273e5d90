"""The words of the roll-ups: on what a report rests, how exact its time is, where in the network it points."""

from datetime import UTC, datetime
from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from comity.cases.standing import definition_of, precision_of, source_net
from comity.model.case import Evidence, EvidenceClass


@given(st.ip_addresses())
def test_the_network_is_the_one_the_address_lies_in(address: object) -> None:
    """/24 for the old protocol, /48 for the new one."""
    text = str(address)
    length = 24 if "." in text and ":" not in text else 48
    if length == 48 and "." in text:
        return  # an address of the old protocol written in the new one is made plain before it gets here
    assert source_net(text) == str(ip_network(f"{text}/{length}", strict=False))


def test_no_address_has_no_network() -> None:
    """Reports by signing domain are counted all the same, under no network."""
    assert (source_net(None), source_net("nonsense"), source_net("")) == ("", "", "")


def test_every_class_has_its_definition_or_says_that_it_has_none() -> None:
    """A bot was seen, a button was pressed, a filter decided."""
    known = {each: definition_of(Evidence(evidence_class=each)) for each in EvidenceClass}
    assert {each.value: name and name.value for each, name in known.items()} == {
        "complaint": "complaint", "forward": "complaint", "unsubscribe": "complaint", "not-spam": "complaint",
        "virus": "filter", "auth-failure": "filter", "bot": "sinkhole", "fraud": None, "feed": None, "notice": None,
        "other": None,
    }  # fmt: skip


def test_a_time_claims_no_more_than_it_says() -> None:
    """Midnight may be a moment or a day: it is taken for a day."""
    assert precision_of(None) is None
    assert precision_of(datetime(2026, 3, 1, tzinfo=UTC)) == "day"
    assert precision_of(datetime(2026, 3, 1, 8, 5, tzinfo=UTC)) == "minute"
    assert precision_of(datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)) == "second"
