"""The quick look: what it remembers of one mail says the same in the next, and it never overlooks what the redactor would find."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from comity.feedback.redaction.glance import Glance
from comity.feedback.redaction.identity import identify
from comity.feedback.redaction.scrub import Scrubber

from .codings import CODINGS

NAMES = ("ann.lee", "jsmithy77", "info", "bo", "li-na+news", "张三丰")


def sees(text: str, *addresses: str) -> bool:
    people = [person for each in addresses if (person := identify(each, "X")) is not None]
    return Glance(people).sees(text, lambda _: True)


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.__name__)
def test_what_was_opened_before_is_seen_again(coding: Callable[[str, random.Random], str]) -> None:
    """A word is opened, met again, remembered: each time whoever is named in it is seen, and nobody else."""
    hidden = coding("marion.ashworth@west.example", random.Random(3))  # noqa: S311 - samples, not secrets
    text = f"List-Unsubscribe: <https://east.example/u?e={hidden}&x=1>"
    for _ in range(4):
        assert not sees(text, "quentin.birkenau@north.example")
        assert sees(text, "marion.ashworth@west.example")


@given(
    name=st.sampled_from(NAMES),
    codings=st.lists(st.sampled_from(CODINGS), min_size=1, max_size=2),
    around=st.text(st.characters(max_codepoint=0x2FF), max_size=40),
    seed=st.integers(0, 9),
)
def test_what_the_redactor_finds_is_seen(
    name: str, codings: list[Callable[[str, random.Random], str]], around: str, seed: int
) -> None:
    """Wherever a search of every place would write over something, the quick look has said so."""
    address, hidden = f"{name}@west.example", f"{name}@west.example"
    try:
        for coding in codings:
            hidden = coding(hidden, random.Random(seed))  # noqa: S311 - samples, not secrets
    except UnicodeError:
        reject()  # a charset that does not know the signs of the coding before
    person = identify(address, "X")
    assert person is not None
    for text in (f"X-Id: {around} {hidden}", f"X-Id: {around}\x1eX-Other: {hidden}\r\n {around}"):
        thorough = Scrubber([person])
        thorough._budget = 10**9
        found = thorough._settled(text, 4)[1]
        assert sees(text, address) or not found


def test_the_end_of_what_can_be_afforded_ends_the_look() -> None:
    """A no is obeyed at once: whoever cannot look through a text says so, and shows nothing of it."""
    asked: list[str] = []
    person = identify("marion.ashworth@west.example", "X")
    assert person is not None
    assert not Glance([person]).sees("marion.ashworth@west.example", lambda text: bool(asked.append(text)))
    assert len(asked) == 1
