"""Numbers of bytes: the arithmetic on whole passages gives what the plain way gives, piece by piece."""

import re
import zlib
from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.verdict.grams import BASES, BITS, FACT_BITS, Hashed, Hashing, Places

ROUND = 1 << 32
TEXTS: tuple[Hashed, ...] = (
    (b"", b"", (), ()),
    (b"abc", b"", (b"one",), ()),
    (b"", b"word", (), (b"order x y", b"order x,y")),
    (b"Subject: claim your prize\n", b"claim your prize now, claim it", (b"kind text/plain", b"kind text/plain"), ()),
    (
        "Subject: 代开发票\n".encode("gb18030"),
        "优惠，请联系我们".encode("gb18030") + b"\xff\x00",
        (b"size 9 1",),
        (b"order x",),
    ),
    (b"x" * 5000, b"a b " * 2000, (), ()),
)


def plainly(seed: int, header: bytes, body: bytes, *facts: Sequence[bytes]) -> list[set[int]]:
    """The places of each view, one piece after the other."""
    factor = (0x9E3779B1 + 2 * 0x3C6EF35F * seed) % ROUND | 1
    header, body = header[:4000], body[:4000]

    def runs(data: bytes) -> set[int]:
        numbers = (int.from_bytes(data[at : at + 4], "little") for at in range(len(data) - 3))
        return {number * factor % ROUND >> 32 - BITS for number in numbers}

    words = []
    for word in re.findall(rb"[A-Za-z0-9\x80-\xff$'_.@-]+", header + b"\n" + body):
        number = sum((sign + 1) * pow(0x01000193, place, ROUND) for place, sign in enumerate(word))
        words.append(number * factor % ROUND)
    pieces = list(words)
    pieces += [one * 0x9E3779B1 % ROUND ^ other * (40503 + 12346) % ROUND for one, other in pairwise(words)]
    return [
        runs(header),
        runs(body),
        {piece * 0x85EBCA6B % ROUND >> 32 - BITS for piece in pieces},
        {zlib.crc32(fact, seed) * 0x9E3779B1 % ROUND >> 32 - FACT_BITS for fact in chain(*facts)},
    ]


def parted(places: Places) -> list[set[int]]:
    """The places of each view, from the beginning of its part."""
    begins = (0, *places.ends[:-1])
    parts = (places.all[begin:end] for begin, end in zip(begins, places.ends, strict=True))
    return [set((part - base).tolist()) for part, base in zip(parts, BASES.values(), strict=True)]


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("text", TEXTS)
def test_places_are_those_of_each_piece(text: Hashed, seed: int) -> None:
    """Every run, word, pair and fact has the place that its own hash gives."""
    places = Hashing(seed).places([text])[0]
    assert parted(places) == plainly(seed, *text)


@pytest.mark.parametrize("text", TEXTS)
def test_each_place_once_and_in_order(text: Hashed) -> None:
    """A word that is said a hundred times counts once."""
    assert (np.diff(Hashing().places([text])[0].all) > 0).all()


@pytest.mark.parametrize("text", TEXTS)
def test_a_message_touches_the_same_places_in_any_company(text: Hashed) -> None:
    """Of twenty messages that are read at once, each gives what it gives alone."""
    hashing = Hashing(7)
    others = [TEXTS[number % len(TEXTS)] for number in range(19)]
    for at in (0, 7, 8, 19):
        found = hashing.places([*others[:at], text, *others[at:]])
        assert [parted(each) for each in (found[at], *found[:at])] == [
            plainly(7, *each) for each in (text, *others[:at])
        ]


def test_a_reason_looks_where_the_view_looked() -> None:
    """The place of each run by itself, and of a fact by itself, is one that the message touches."""
    hashing, header, fact = Hashing(3), b"Subject: prize", b"size 9 1"
    header_places, _, _, fact_places = parted(hashing.places([(header, b"", (fact,), ())])[0])
    assert set(hashing.positions(header).tolist()) == header_places
    assert {hashing.fact_position(fact)} == fact_places


def test_a_fact_has_its_place_whatever_came_before() -> None:
    """Facts are remembered, and more of them came than are; a long one is not remembered at all."""
    hashing = Hashing(5)
    facts = (b"kind text/plain", b"order " + b"x" * 300)
    for _ in range(3):
        assert parted(hashing.places([(b"", b"", facts, ())])[0])[3] == plainly(5, b"", b"", facts)[3]
        hashing.places([(b"", b"", tuple(b"size %d" % number for number in range(9000)), ())])


def test_facts_that_come_together_have_their_places_whatever_came_before() -> None:
    """They are remembered together, and more of them came than are; many together are not remembered at all."""
    hashing = Hashing(5)
    orders = tuple(tuple(b"order x%d y%d" % (each, number) for number in range(3)) for each in range(1500))
    long = tuple(b"order %d" % number for number in range(60))
    for order in (*orders, long, *orders[::-1], long):
        assert parted(hashing.places([(b"", b"", (b"one",), order)])[0])[3] == plainly(5, b"", b"", (b"one",), order)[3]


@given(st.lists(st.tuples(st.binary(max_size=60), st.binary(max_size=60)), min_size=1, max_size=18))
def test_any_bytes_in_any_company(lot: list[tuple[bytes, bytes]]) -> None:
    """Words at either end of a passage, of one sign, of any: each has the place that its own hash gives."""
    found = Hashing(3).places([(header, body, (), ()) for header, body in lot])
    assert [parted(each) for each in found] == [plainly(3, header, body, ()) for header, body in lot]
