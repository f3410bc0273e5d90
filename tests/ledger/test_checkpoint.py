"""Names and heads of channels, as strangers may write them."""

import pytest

from comity.ledger import checkpoint

WEST, EAST, QUARTER = "west.example", "east.example", "2026q4"
ROOT = "A" * 43 + "="


def test_a_name_says_who_writes() -> None:
    """The side that reports; where reports came by mail alone, the side that got them."""
    for origin, writer in (
        (checkpoint.channel_origin(WEST, EAST, QUARTER), WEST), (checkpoint.by_mail_origin(WEST, EAST, QUARTER), EAST),
    ):  # fmt: skip
        name = checkpoint.channel_name(origin)
        assert name is not None
        assert (name.reporting, name.reported, name.quarter, name.writer) == (WEST, EAST, QUARTER, writer)


@pytest.mark.parametrize(
    "origin",
    [
        "", "/to//", "west.example", "west.example/to/east.example", "west.example/to/east.example/2026q5",
        "west.example/to/east.example/2026q4/", "west.example/to/east.example/2026q4/by-mail/x",
        "west.example/to/east.example/2026q4/by-hand", "/to/east.example/2026q4", "west.example/to//2026q4",
        "../to/east.example/2026q4", "west.example/to/../2026q4", "WEST.example/to/east.example/2026q4",
        "west.example/to/east.example\n/2026q4", f"{'w' * 254}/to/east.example/2026q4",
    ],
)  # fmt: skip
def test_what_names_no_channel_is_none(origin: str) -> None:
    """Neither side is anything but a domain, the quarter is one, and nothing follows it but one word."""
    assert checkpoint.channel_name(origin) is None


@pytest.mark.parametrize(
    "text",
    [
        "", f"a\n3\n{ROOT}", f"\n3\n{ROOT}\n", f"a\n03\n{ROOT}\n", f"a\n-3\n{ROOT}\n", f"a\n{1 << 63}\n{ROOT}\n",
        "a\n3\nAAAA\n", f"a\n3\n{ROOT}\n\n", f"a\n3\n{ROOT}\nmore\n\nmore\n", "a\n3\n\n", f"a\n\u0663\n{ROOT}\n",
    ],
)  # fmt: skip
def test_what_is_no_head_is_none(text: str) -> None:
    """A name, a number in its one way of writing, a root of 32 bytes; lines behind them are kept, and none is empty."""
    assert checkpoint.read(text) is None


def test_a_head_is_read_as_it_was_written() -> None:
    """With whatever lines a later edition puts below."""
    for head in (
        checkpoint.Checkpoint(origin="a", size=(1 << 63) - 1, root=bytes(32)),
        checkpoint.Checkpoint(origin="a", size=0, root=bytes(32), extensions=("one", "two")),
    ):
        assert checkpoint.read(head.text()) == head
