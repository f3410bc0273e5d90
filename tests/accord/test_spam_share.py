"""What a side says of the other's spam: small numbers stand nowhere, and better is said only where nothing else fits."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.accord.spam_share import BETTER, REASONS, SPAM, STEP, UNCLEAR, WORSE, Arrived, changes, is_part, part
from comity.locale import LANGUAGES, catalogue

COUNTS = st.integers(0, 3000)


def counted(draw: Any) -> Arrived:
    mails = draw(COUNTS)
    judged = draw(st.integers(0, mails))
    traps, left = (draw(st.one_of(st.none(), COUNTS)) for _ in range(2))
    return Arrived(mails=mails, judged=judged, spam=draw(st.integers(0, judged)), traps=traps, left=left)


@settings(max_examples=300)
@given(data=st.data())
def test_no_small_number_can_be_read(data: st.DataObject) -> None:
    """What is said is sound, no number from 1 to 9 is in it or follows from it, and each gap has its reason."""
    found = part(counted(data.draw))
    if not found:
        return
    said = found[SPAM]
    assert is_part(said)
    numbers = [said[name] for name in ("mails", "judged", "spam", "traps", "left") if said[name] is not None]
    if said["spam"] is not None:
        numbers.append(said["judged"] - said["spam"])
    assert not any(0 < each < 10 for each in numbers)
    assert (said["traps"] or 0) % STEP == 0
    assert set(said["unknown"].values()) <= set(REASONS)
    for language in LANGUAGES:
        words = catalogue(language)
        assert all(f"statement.unknown-because.{reason}" in words for reason in said["unknown"].values())
        assert all(f"statement.spam.what.{name}" in words for name in said["unknown"])


def test_one_more_mail_to_a_suspected_trap_shows_nothing() -> None:
    """Whoever mails one address more and compares the numbers sees a difference for at most one in ten counts of a trap."""
    said = [part(Arrived(mails=1000, traps=n))[SPAM]["traps"] for n in range(200)]
    assert sum(one != other for one, other in pairwise(said[10:])) == 18
    assert set(said[1:10]) == {None}


@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_part_is_unsound(data: st.DataObject) -> None:
    """One number or one reason changed: it is no part any more, or it is another one that its counts give."""
    found = part(counted(data.draw))
    if not found:
        return
    said = dict(found[SPAM], unknown=dict(found[SPAM]["unknown"]))
    name = data.draw(st.sampled_from(sorted(said)))
    said[name] = data.draw(st.sampled_from([None, -1, 3, 1 << 70, "x", [], {}, True, 12.5]))
    if said != found[SPAM]:
        assert not is_part(said) or name in ("mails", "left", "judged")


@pytest.mark.parametrize(
    ("before", "now", "way"),
    [((300, 1000), (100, 1000), BETTER), ((100, 1000), (300, 1000), WORSE), ((100, 1000), (104, 1000), UNCLEAR)],
)
def test_better_worse_or_unclear(before: tuple[int, int], now: tuple[int, int], way: str) -> None:
    """The word follows from the interval, for the share and for the traps."""

    def of(spam: int, mails: int) -> dict[str, dict[str, Any]]:
        return part(Arrived(mails=mails, judged=mails, spam=spam, traps=spam))

    spam, traps, *_ = changes({"a": of(*now)}, {"a": of(*before)}, ["a", "b"])
    assert (spam["way"], traps["way"]) == (way, way)
    assert spam["low"] <= spam["points"] <= spam["high"]


def test_nothing_changed_is_seldom_called_a_change() -> None:
    """Two hundred periods of the same sender: at most one in twenty is called better or worse, with spam as with traps."""
    chance = Random(5)  # noqa: S311 - a simulation
    called = {"spam": 0, "traps": 0}
    for _ in range(200):
        one, other = (
            part(
                Arrived(
                    mails=1000,
                    judged=1000,
                    spam=sum(chance.random() < 0.2 for _ in range(1000)),
                    traps=sum(chance.random() < 0.08 for _ in range(1000)),
                )
            )
            for _ in range(2)
        )
        for each in changes({"a": one}, {"a": other}, ["a", "b"])[:2]:
            called[each["key"]] += each["way"] != UNCLEAR
    assert called["spam"] <= 20 and called["traps"] <= 10, called
    assert called["spam"] > 0  # the test can fail: chance alone gives some


def test_noughts_divide_nothing() -> None:
    """No hits then, none now, or a share of nought: said without an error."""
    none = {"a": part(Arrived(mails=1000, judged=1000, spam=0, traps=0))}
    some = {"a": part(Arrived(mails=1000, judged=1000, spam=500, traps=500))}
    for now, before in ((none, none), (some, none), (none, some)):
        spam, traps, *_ = changes(now, before, ["a", "b"])
        assert spam["why"] is None and traps["why"] is None
    assert changes(some, none, ["a", "b"])[1]["way"] == WORSE
    assert changes(none, some, ["a", "b"])[1]["way"] == BETTER
