"""The quick look: what it remembers of one mail says the same in the next, and it never overlooks what the redactor would find."""

import base64
import random
from collections.abc import Callable

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from comity.feedback.redaction.glance import Glance
from comity.feedback.redaction.identity import identify, squeezed
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


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("viiiviiiviiiviiiviii@west.example", base64.b64encode("ⅧⅧⅧⅧⅧ".encode()).decode()),
        ("viiiviiiviii@west.example", "%26%238551;%26%238551;%26%238551;"),
        ("teltelteltel@west.example", "=?gb18030?b?" + base64.b64encode("℡℡℡℡".encode("gb18030")).decode() + "?="),
        ("marionashworth@west.example", base64.b64encode("ｍａｒｉｏｎａｓｈｗｏｒｔｈ".encode()).decode()),
        ("marionashworth@west.example", base64.b64encode(b"+AG0AYQByAGkAbwBuAGEAcwBoAHcAbwByAHQAaA-").decode()),
        ("bo@west.example", base64.b64encode(b"bo@west.example").decode()),
        ("张三丰@west.example", base64.b64encode("张三丰@west.example".encode()).decode()),
    ],
)
def test_signs_that_are_several_letters_are_counted_as_those(address: str, hidden: str) -> None:
    """What is too short for a name is left out, and no name is shorter than it looks: "Ⅷ" has four letters in three bytes."""
    person = identify(address, "X")
    assert person is not None
    text = f"X-Id: {hidden}"
    assert sees(text, address)
    assert hidden not in Scrubber([person]).clean(text).text


def test_only_the_fields_that_name_somebody_are_searched_and_no_other_changes() -> None:
    """One field in many names somebody, plainly or in base64: it alone is written over, whatever stands beside it."""
    address = "marion.ashworth@west.example"
    person = identify(address, "X")
    assert person is not None
    coded = base64.b64encode(address.encode()).decode()
    others = [f"X-Other-{number}: {number * 7919:x} nothing here" for number in range(40)]
    for at in (0, 13, 39):
        many = Scrubber([person]).clean_all([f"X-{number}: {address}" for number in range(at)], ())[0]
        assert (many.places, many.is_sure, address in many.text) == (at, True, False)
        fields = [*others[:at], f"X-Plain: {address}", f"X-Coded: {coded}", *others[at:]]
        beside = ["Value: east.example", f"Value: {coded}", "Value: north.example", f"Value: {address}"]
        cleaned, passed = Scrubber([person]).clean_all(fields, beside)
        written = cleaned.text.split("\x1e")
        assert (passed, cleaned.places, cleaned.is_sure) == ({0, 2}, 2, True)
        assert written[:at] + written[at + 2 :] == others
        assert not sees(cleaned.text, address)


def test_a_value_beside_the_fields_is_looked_through_with_them() -> None:
    """Nobody in the fields and somebody in a value: the fields stay as they are, and the value has not passed."""
    person = identify("marion.ashworth@west.example", "X")
    assert person is not None
    for value, told in (("news@east.example", {0}), ("bounce-marion.ashworth=west.example@east.example", set[int]())):
        cleaned, passed = Scrubber([person]).clean_all(["X-Id: 7", "X-Id: 8"], [f"Value: {value}"])
        assert (cleaned.text, cleaned.places, passed) == ("X-Id: 7\x1eX-Id: 8", 0, told)


@given(st.text(alphabet=[chr(each) for each in range(0x80)] + ["\u3000", "\u00a0", "张"]))
def test_squeezed_is_without_dots_and_white_space(text: str) -> None:
    """The quick way of ASCII takes out what the plain one does: every sign that Python calls white space there, and dots."""
    assert squeezed(text) == "".join(text.split()).replace(".", "")
