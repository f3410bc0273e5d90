"""The filter behind a file: it is asked in a stream of mail, and a new file goes on where the old one was."""

from comity.gates.delivery.live_filter import LiveFilter, Stamp
from comity.model.outcomes import ComityError, Outcome
from comity.services.judge.filtering import Filter


def _taught() -> Filter:
    judge = Filter.new()
    for number in range(40):
        judge.learn(f"Subject: prize {number}\n\nclaim your prize {number}\n".encode(), True)
        judge.learn(f"Subject: minutes {number}\n\nDear Ann, the minutes, {number}\n".encode(), False)
    return judge


def test_each_mail_goes_by_and_only_legitimate_labels_make_it_fresh() -> None:
    """A new file that learnt spam alone does not make the promise any younger."""
    kept, stamp, clock = _taught(), [1], [0.0]

    def stamped() -> Stamp:
        return (stamp[0],)

    live = LiveFilter(
        lambda: Filter.of(kept.model()),
        stamped,
        otherwise=Filter.new,
        clock=lambda: clock[0],
        log=lambda *_, **__: None,
    )
    for _ in range(100):
        live.now()
    assert live.now().budget.went_by == 101
    for label, expected in ((True, 102), (False, 0)):
        kept.learn(b"Subject: one more\n\nof them\n", label)
        stamp[0] += 1
        clock[0] += 2
        assert live.now().budget.went_by == expected


def test_a_file_that_is_broken_at_the_start_keeps_nobody_from_judging() -> None:
    """The filter before it serves, and the log says why; the next file that can be used takes over."""
    kept, before, said = _taught(), Filter.new(), list[str]()
    is_whole, clock = [False], [0.0]

    def load() -> Filter:
        if not is_whole[0]:
            raise ComityError("model-damaged", "damaged", outcome=Outcome.CONFIGURATION)
        return kept

    live = LiveFilter(
        load,
        lambda: (int(is_whole[0]),),
        otherwise=lambda: before,
        clock=lambda: clock[0],
        log=lambda event, **_: said.append(event),
    )
    assert live.now() is before
    is_whole[0], clock[0] = True, 2.0
    assert live.now() is kept
    assert said == ["model-refused", "model-taken"]
