"""Mails put together in lots: all of them, in order, whatever their source does."""

from collections.abc import Iterator

import pytest

from comity.model.mailbox import Item
from comity.model.outcomes import ComityError, Outcome
from comity.services.judge.filtering import Filter
from comity.services.judge.lots import in_lots
from comity.verdict.model_file import pack


def _items(count: int, size: int = 10) -> Iterator[Item]:
    for number in range(count):
        yield Item(name=str(number), position=".", size=size, data=b"x" * size)


def test_every_item_comes_in_its_order() -> None:
    """Four hundred small ones in three lots."""
    lots = list(in_lots(_items(400)))
    assert [len(lot) for lot in lots] == [160, 160, 80]
    assert [each.name for lot in lots for each in lot] == [str(number) for number in range(400)]


def test_large_mails_are_not_heaped_up() -> None:
    """Of 3 MiB each, no more than two are held at once."""
    assert [len(lot) for lot in in_lots(_items(5, 3 << 20))] == [2, 2, 1]


def test_what_came_before_a_source_broke_off_is_given_first() -> None:
    """Then the error is raised."""

    def breaking() -> Iterator[Item]:
        yield from _items(3)
        raise ComityError("source-missing", "there is no such file", outcome=Outcome.BAD_INPUT)

    lots, seen = in_lots(breaking()), list[str]()
    with pytest.raises(ComityError, match="no such file"):
        for lot in lots:
            seen += [each.name for each in lot]
    assert seen == ["0", "1", "2"]


def test_a_lot_is_judged_and_learnt_as_one_by_one() -> None:
    """Verdicts, reasons and the model that comes of it are the same to the bit."""
    mails = [
        f"From: {number}@east.example\nSubject: {'prize' if number % 2 else 'minutes'} {number}\n\n"
        f"{'claim your prize' if number % 2 else 'Dear Ann, the minutes'} {number} 会议记录\n".encode()
        for number in range(60)
    ]
    single, together = Filter.new(), Filter.new()
    for begin in range(0, 60, 25):
        lot = mails[begin : begin + 25]
        together.look_ahead(lot)
        for number, data in enumerate(lot, begin):
            assert together.judge(data, reasons=True) == single.judge(data, reasons=True)
            together.learn(data, bool(number % 2))
            single.learn(data, bool(number % 2))
    assert pack(together.model()) == pack(single.model())


def test_a_lot_that_nothing_is_learnt_from_is_judged_as_one_by_one() -> None:
    """Scores are found together then, and are the same to the bit; so is that of a mail without text, or without anything."""
    single, together = _taught(), _taught()
    lot = [_mail(number) for number in range(100, 120)]
    lot += [b"Subject: claim your prize\n\n", b"Subject: Dear Ann, the minutes\n\n", b"", b"\n\nclaim your prize"]
    for _ in range(3):  # before the first something was learnt, at the last views are surer than they may be
        together.look_ahead(lot)
        assert [together.judge(data) for data in lot] == [single.judge(data) for data in lot]
        for judge in (single, together):
            for view in judge.learner.views:
                view.weights *= 9


def test_a_label_counts_for_what_is_left_of_its_lot() -> None:
    """What was found together before it came is not said any more."""
    single, together = _taught(), _taught()
    lot = [_mail(number) for number in range(100, 110)]
    for _ in range(2):
        together.look_ahead(lot)
    before = together.judge(lot[9]).score
    for judge in (single, together):
        judge.learn(lot[0], True)
    assert [together.judge(data) for data in lot] == [single.judge(data) for data in lot]
    assert together.judge(lot[9]).score != before


def test_a_mail_is_learnt_as_it_was_judged_whatever_was_looked_at_since() -> None:
    """A lot that is scored meanwhile takes nothing of it along."""
    single, together = _taught(), _taught()
    data, lot = _mail(100), [_mail(number) for number in range(200, 210)]
    together.look_ahead(lot)
    for judge in (single, together):
        judge.judge(data)
    together.look_ahead(lot)
    for judge in (single, together):
        judge.learn(data, True)
    assert pack(together.model()) == pack(single.model())


def _mail(number: int) -> bytes:
    words = "claim your prize" if number % 2 else "Dear Ann, the minutes"
    return f"From: {number}@east.example\nSubject: {words} {number}\n\n{words} {number} 会议记录\n".encode()


def _taught() -> Filter:
    judge = Filter.new()
    for number in range(60):
        judge.learn(_mail(number), bool(number % 2))
    return judge
