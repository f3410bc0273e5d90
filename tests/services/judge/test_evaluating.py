"""The on-line protocol: what is measured is what happened."""

from pathlib import Path

import pytest

from comity.services.judge.evaluating import IndexLine, Protocol, Run, read_index, run
from comity.services.judge.filtering import Filter

SPAM = b"From: win@shop.example\nSubject: prize %d\n\nYou have won a prize of %d dollars, claim it now at once\n"
LEGITIMATE = b"From: desk@west.example\nSubject: minutes %d\n\nAttached are the minutes of the meeting number %d\n"


def measured(protocol: Protocol, count: int = 120, missing: str = "") -> Run:
    """A run over mails of two kinds in turn."""
    index = "".join(f"{'spam' if number % 2 else 'ham'} {number}\n" for number in range(count))

    def fetch(path: str) -> bytes | None:
        number = int(path)
        return None if path == missing else (SPAM if number % 2 else LEGITIMATE) % (number, number)

    return run(list(read_index(index)), Filter.new(), protocol, fetch=fetch, clock=lambda: 0.0, told=lambda: None)


def test_every_mail_is_judged_before_its_label_is_told() -> None:
    """The first mail is judged by a filter that knows nothing."""
    done = measured(Protocol())
    assert done.scores[0] == measured(Protocol(partial=0.0)).scores[0]
    assert done.scores[-1] > 2 > -2 > done.scores[-2]


def test_missing_files_and_lines_that_are_none_are_counted() -> None:
    """An index that names missing files gives figures of the rest, and says how many were missing."""
    done = measured(Protocol(), missing="3")
    assert done.missing == [4]
    assert done.figures()["n"] == 119
    assert list(read_index("spam\n\nham a b\nother x\n")) == [1, IndexLine(spam=False, path="a b", number=3), 4]


def test_a_delayed_label_is_unknown_until_it_arrives() -> None:
    """With a delay of 50, fifty-one mails are judged by a filter that knows nothing."""
    done = measured(Protocol(delay=50))
    untaught = measured(Protocol(partial=0.0)).scores
    assert done.scores[:51] == untaught[:51]
    assert not set(done.scores[52:]) & set(untaught)


def test_without_labels_nothing_is_learnt() -> None:
    """A share of nought teaches nothing."""
    scores = measured(Protocol(partial=0.0)).scores
    assert len(set(scores[::2])) == len(set(scores[1::2])) == 1


def test_after_a_batch_nothing_is_learnt() -> None:
    """Only the rest is judged, and the same mail twice gets the same score."""
    done = measured(Protocol(batch=0.5))
    assert len(done.scores) == 60


@pytest.mark.parametrize("name", ["roc", "learning"])
def test_curves_are_drawn(name: str, tmp_path: Path) -> None:
    """The picture has both curves and the words of the reader."""
    from comity.locale import catalogue
    from comity.services.judge.curves import learning_curve, roc_curve
    from comity.web.charts import svg

    done = measured(Protocol())
    charts = (roc_curve(done.labels, done.scores), learning_curve(done.labels, done.called_spam))
    words = catalogue("zh")
    picture = svg(charts, words.say)
    assert words.say(f"chart.{name}") in picture
    assert picture.count("<polyline") == 3


def test_wrong_labels_teach_the_opposite() -> None:
    """Where all labels lie, spam scores low; the figures are of the truth all the same."""
    done = measured(Protocol(wrong=1.0))
    assert done.scores[-1] < -2 < 2 < done.scores[-2]
    assert done.labels == measured(Protocol()).labels


def test_probabilities_are_told_beside_what_was_true() -> None:
    """Every mail stands in one bin, and within it what was said is near to what came true."""
    done = measured(Protocol(), count=600)
    rows = done.reliability()
    assert sum(row["n"] for row in rows) == 600
    assert all(row["from"] <= row["said"] <= row["to"] for row in rows)
    assert rows[0]["spam_share"] == 0.0 and rows[-1]["spam_share"] == 1.0
    assert done.figures()["brier"] < 0.02


def test_a_late_label_counts_as_lost_what_was_called_spam_when_it_came() -> None:
    """What the filter shows of its promise is what happened to those mails whose labels came, however much it learnt since."""
    done = measured(Protocol(delay=30, wrong=0.2, seed=3), count=400)
    figures = done.figures()
    labelled = 400 - 30
    kinds = list(zip(done.labels, done.called_spam, strict=True))[:labelled]
    assert figures["labelled_ham"] < labelled
    assert figures["labelled_ham_misclassified"] <= sum(called for _, called in kinds)
    true = measured(Protocol(delay=30), count=400)
    lost = sum(called and not spam for spam, called in list(zip(true.labels, true.called_spam, strict=True))[:labelled])
    assert true.figures()["labelled_ham_misclassified"] == lost
    assert true.figures()["ham_misclassified_at_most_percent"] >= 100 * lost / (labelled / 2)
