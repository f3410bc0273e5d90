"""Our own delivery log is read whole or not at all, and becomes identities that say nothing to a stranger."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.delivery_log import identity, read_deliveries
from comity.formats.original import kept_id
from comity.model.line_slip import LineSlip


def test_columns_stand_in_any_order() -> None:
    """What else is in the file is passed over, empty lines too; a line may leave open to whom."""
    lines = ["to,Message_ID,day", "ann@west.example,<a@shop.example>,2026-11-23", "", ",b@shop.example,2026-11-24"]
    assert list(read_deliveries(lines, "x")) == [
        (date(2026, 11, 23), "a@shop.example", "west.example"),
        (date(2026, 11, 24), "b@shop.example", None),
    ]


@pytest.mark.parametrize(
    ("lines", "place", "code"),
    [
        (["day,id"], "x:1", "columns"),
        ([], "x:1", "columns"),
        (["day,message_id", "2026-11-23,<>"], "x:2", "line"),
        (["day,message_id", "2026-11-23"], "x:2", "line"),
        (["day,message_id", "2026-11-23,a@b", "23.11.2026,a@b"], "x:3", "day"),
        (["day,message_id", '2026-11-23,"a'], "x:3", "line"),
    ],
)
def test_what_cannot_be_read_ends_it(lines: list[str], place: str, code: str) -> None:
    """With its line: a mail left out would make an honest complaint look invented."""
    last = list(read_deliveries(lines, "x"))[-1]
    assert isinstance(last, LineSlip) and last.code == code
    assert last.place.startswith("x:") and (code == "line" or last.place == place)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_lines_are_answered(lines: list[str]) -> None:
    """Nothing is raised."""
    list(read_deliveries(["day,message_id", *lines], "x"))


def test_an_identity_depends_on_the_key() -> None:
    """Nobody without it can ask whether a mail is among them."""
    assert identity(b"one", "a@b") != identity(b"two", "a@b")


def test_a_long_identity_is_the_one_that_a_report_keeps() -> None:
    """A log has it whole and a report in part: who compared the two would call an honest report invented."""
    whole = f"<{'x' * 400}@shop.example>"
    assert identity(b"key", whole) == identity(b"key", kept_id(whole.strip("<>")))
    assert identity(b"key", whole) != identity(b"key", whole.replace("@shop", "@ship"))
