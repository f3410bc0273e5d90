"""A model is data: kept to the bit, refused by name where it cannot be used."""

import numpy as np
import pytest

from comity.services.judge.filtering import Filter
from comity.verdict.model_file import Model, UnfitError, pack, unpack

SPAM = b"From: win@shop.example\nSubject: prize %d\n\nYou have won a prize of %d dollars, claim it now at once\n"
LEGITIMATE = b"From: desk@west.example\nSubject: minutes %d\n\nAttached are the minutes of meeting %d\n"


def taught(count: int = 60) -> Filter:
    """A filter that has seen mails of both kinds."""
    judge = Filter.new()
    for number in range(count):
        judge.learn(SPAM % (number, number), True)
        judge.learn(LEGITIMATE % (number, number), False)
    return judge


def test_what_is_read_again_goes_on_learning_as_if_it_had_never_stopped() -> None:
    """Kept and read, a filter learns on to the very same numbers, hard examples, chance and threshold included."""
    one = taught()
    other = Filter.of(unpack(pack(one.model())))
    for judge in (one, other):
        for number in range(40):
            judge.learn(LEGITIMATE % (number, 7 * number), False)
            judge.learn(SPAM % (5 * number, number), True)
    assert pack(one.model()) == pack(other.model())


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-1], "model-damaged"),
        (lambda data: data[:-9] + b"\x01" + data[-8:], "model-damaged"),
        (lambda data: data + b"\0", "model-damaged"),
        (lambda data: data[:40], "model-damaged"),
        (lambda data: data.replace(b"model 1\n", b"model 2\n", 1), "model-newer"),
        (lambda data: b"PK\x03\x04" + data, "model-foreign"),
        (lambda data: b"", "model-foreign"),
        (lambda data: b"\x80\x04\x95", "model-foreign"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(damage, code: str) -> None:  # type: ignore[no-untyped-def]
    """A cut, changed, newer or foreign file gives the reason, and nothing of it."""
    with pytest.raises(UnfitError) as refused:
        unpack(damage(pack(taught(3).model())))
    assert refused.value.code == code


def test_a_head_that_lies_about_its_tables_is_refused() -> None:
    """Lengths, kinds and names are checked before any number is believed."""
    for head in (
        b'{"tables":[["a","<f4",-1]]',
        b'{"tables":[["a","<U9",1]]',
        b"[]",
        b"{",
        b'{"tables":[["a","<f4",9e99]]',
    ):
        with pytest.raises(UnfitError):
            unpack(b"comity-verdict-model 1\n" + head + b',"about":{},"sha256":"e3b0"}\n')


@pytest.mark.parametrize("name", ["body.weights", "header.hard_places", "shares", "words.counted.spam"])
def test_a_model_with_a_table_that_does_not_fit_is_no_filter(name: str) -> None:
    """A whole file of another shape is refused before it judges anything."""
    model = taught(3).model()
    tables = dict(model.tables) | {name: np.zeros(5, dtype=np.float32)}
    with pytest.raises((ValueError, KeyError, IndexError, TypeError)):
        Filter.of(Model(tables=tables, about=model.about))


def test_what_is_exported_judges_the_same_and_holds_no_message() -> None:
    """An exported model has weights only, judges alike, and is no more than two MiB."""
    judge = taught()
    data = pack(judge.portable())
    assert len(data) < 2 << 20
    names = set(unpack(data).tables)
    assert not {name for name in names if "hard" in name or "recent" in name}
    verdict = Filter.of(unpack(data)).judge(SPAM % (99, 99))
    assert verdict.verdict is judge.judge(SPAM % (99, 99)).verdict
