"""One view: what it remembers of the mail that it learnt."""

import numpy as np

from comity.verdict.view import View

ROOM = 500  # messages


def small_view() -> View:
    """A view with its own tables."""
    return View(np.zeros(1 << 12, dtype=np.complex64), np.zeros(1 << 12, dtype=np.float32), base=0, bits=12)


def teach(view: View, number: int, spam: bool) -> None:
    """Learn a message that has one piece as its kind has, and three of its own."""
    places = np.array([int(spam), *range(3 * number + 2, 3 * number + 5)], dtype=np.intp)
    view.learn(places, view.weights[places], spam, chance=lambda below: number % below)


def remembered(view: View) -> int:
    """How many messages it remembers."""
    return len(view.kept()["hard_labels"])


def test_the_first_messages_are_remembered_though_they_were_easy() -> None:
    """Where labels are few, each of them is learnt more than once: after a while all of these are right before they are learnt."""
    view = small_view()
    for number in range(60):
        teach(view, number, spam=bool(number % 2))
    assert remembered(view) == 60


def test_when_there_is_no_room_left_only_hard_messages_are_remembered() -> None:
    """An easy one takes nobody's place then, one that says the opposite of what is known takes that of the oldest."""
    view = small_view()
    for number in range(ROOM):
        teach(view, number, spam=bool(number % 2))
    oldest = view.kept()["hard_places"].copy()
    teach(view, ROOM, spam=bool(ROOM % 2))
    assert np.array_equal(view.kept()["hard_places"], oldest)
    wrong = np.array([0, 4000, 4001, 4002], dtype=np.intp)
    view.learn(wrong, view.weights[wrong], spam=True, chance=lambda below: 0)
    assert remembered(view) == ROOM
    assert view.kept()["hard_places"][:4].tolist() == wrong.tolist()


def test_what_learnt_elsewhere_is_not_at_its_beginning() -> None:
    """Its first easy messages here are not remembered: that was tried with a starter, and it lost more legitimate mail."""
    taught, view = small_view(), small_view()
    for number in range(200):
        teach(taught, number, spam=bool(number % 2))
    view.take(taught.portable(), learnt=ROOM)
    teach(view, 0, spam=False)
    assert remembered(view) == 0
