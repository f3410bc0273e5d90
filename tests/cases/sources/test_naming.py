"""Which source it is: by proof, never by what a mail says of itself."""

from datetime import date

import pytest

from comity.cases.sources.naming import Naming, Told
from comity.cases.sources.precision import precision, verdict_of
from comity.cases.sources.register import expiring, seen_from
from comity.model.source import AlarmKind, JoinedLoop, Proof

LOOP = JoinedLoop(
    name="jmrp",
    domains=("feedback.west.example",),
    selectors=("s1",),
    expires=date(2026, 12, 28),
)
NAMING = Naming([LOOP])


@pytest.mark.parametrize(
    ("told", "name", "proof"),
    [
        ({"signed_by": {"feedback.west.example": "s1"}}, "loop:jmrp", Proof.LOOP),
        ({"signed_by": {"west.example": "s1"}}, "mail:west.example", Proof.NONE),  # not a domain of the register
        ({"signed_by": {"feedback.west.example": "s1"}, "header_from": "a@east.example"}, "mail:east.example", Proof.NONE),
        ({}, "mail:west.example", Proof.NONE),
        ({"header_from": None}, "hand", Proof.NONE),
        ({"header_from": None, "token": "t1"}, "token:t1", Proof.TOKEN),
        ({"signed_by": {"west.example": "k"}, "peer": "west.example"}, "peer:west.example", Proof.PEER),
        ({"peer": "north.example", "signed_by": {"north.example": "k"}}, "mail:west.example", Proof.NONE),
    ],
)  # fmt: skip
def test_who_it_is_stands_on_a_proof_in_line_with_from(told: dict[str, object], name: str, proof: Proof) -> None:
    """A signature of somebody else than the one in From: proves nothing about whoever is in From:."""
    values = {"header_from": "staff@feedback.west.example", "signed_by": {}} | told
    found = NAMING.of(Told(**values))  # type: ignore[arg-type]
    assert (found.name, found.proof) == (name, proof)


@pytest.mark.parametrize(
    ("author", "name"),
    [("staff@west.example", "loop:hot"), ("ann@west.example", "mail:west.example"), (None, "mail:west.example")],
)
def test_a_user_of_its_mailboxes_is_not_the_loop(author: str | None, name: str) -> None:
    """A provider signs the mail of its users as it signs its reports: where the register names who reports, nobody else does."""
    naming = Naming([JoinedLoop(name="hot", domains=("west.example",), reports_from=("staff@west.example",))])
    told = Told(header_from="staff@west.example", signed_by={"west.example": "s1"}, author=author)
    assert naming.of(told).name == name


def test_precision_is_shown_by_its_lower_bound() -> None:
    """Nine of ten is not ninety per cent; nobody's decision is no number."""
    assert precision(0, 0).share is None
    found = precision(9, 1)
    assert (found.share, round(found.low, 2), found.is_enough) == (0.9, 0.55, False)
    assert precision(400, 4).is_enough
    assert [verdict_of(each) for each in ("warned", "no-fault", "not-me", "else")] == [True, False, False, None]


def test_a_loop_is_named_a_month_before_it_ends() -> None:
    """And after."""
    assert expiring(LOOP, date(2026, 11, 27)) is None
    assert expiring(LOOP, date(2026, 11, 28)) == {"day": "2026-12-28", "days": 30}
    assert expiring(LOOP, date(2027, 1, 2)) == {"day": "2026-12-28", "days": -5}


def test_another_key_is_named() -> None:
    """Where the register says which it should be."""
    assert list(seen_from(LOOP, ["s1"], [])) == []
    assert list(seen_from(LOOP, ["s1", "s9"], [])) == [(AlarmKind.OTHER_KEY, {"selectors": "s9"})]
