"""What ``comity judge`` does, whoever took its command line apart.

Trust:      what is shown comes from strangers: control characters are made visible, JSON is escaped.
            As a filter it passes each mail on, whatever happens: what cannot be judged goes on as it came, with status 0.
Answers:    ``judge_all(paths)`` says a line a mail, with exit status 65 when an item could not be handed over whole, and a line
            that says so; ``pass_on()`` is for a pipe; ``meant(arguments)`` understands the ordinary command line by itself.
"""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Item
from comity.model.outcomes import ComityError, Outcome
from comity.model.verdict import Judgement

if TYPE_CHECKING:
    from comity.services.judge.filtering import Filter
    from comity.services.judge.spread import Hands

    Fan = Callable[[Filter], AbstractContextManager[Hands]]


def meant(arguments: Sequence[str]) -> Callable[[], Outcome] | None:
    """What an ordinary command line asks for; None for any other.

    A pipe starts this program for each mail, and the library for command lines takes longer to load than a mail to judge.
    """
    options = [word for word in arguments if word.startswith("-") and word != "-"]
    paths = [word for word in arguments if word not in options]
    if options == ["--filter"] and not paths:
        return pass_on
    if paths and options in ([], ["--json"]):
        return partial(judge_all, paths, as_json=bool(options))
    return None


def pass_on() -> Outcome:
    """Standard input to standard output: nothing of it may be lost, whatever we cannot do."""
    from comity.formats.spam_headers import fields_of, with_fields, without_marks

    data = sys.stdin.buffer.read()
    said = None
    try:
        said = _serving().judge(without_marks(data), reasons=True)
    except Exception as error:  # one mail in a pipe: no fault of ours, or of the settings, may cost it
        sys.stderr.write(f"comity: {plain(str(error), 200)}\n")
    sys.stdout.buffer.write(with_fields(data, fields_of(said)))
    sys.stdout.buffer.flush()
    return Outcome.DONE


def _serving() -> "Filter":
    """The filter; the one before it where it cannot be used, which is said."""
    from comity.bootstrap.judging import filter_before, kept_filter

    try:
        return kept_filter(settings())
    except ComityError as error:
        sys.stderr.write(f"comity: {plain(str(error), 200)}\n")
        return filter_before(settings())


def judge_all(path: list[str], *, as_json: bool, hands: "Fan | None" = None) -> Outcome:
    """One line a mail, and its reasons; ``hands`` are who judges, where that is not this process."""
    from comity.bootstrap.judging import kept_filter
    from comity.outlets.mailboxes import as_given, open_source
    from comity.services.judge.lots import in_lots
    from comity.services.judge.spread import Alone, judged

    judge = kept_filter(settings())
    outcome = Outcome.DONE
    lots = in_lots(item for each in path for item in as_given(each, open_source(each)))
    with (
        nullcontext(Alone(judge)) if hands is None else hands(judge) as many,
        progress(speaker().say("judge.progress")) as line,
    ):
        for item, said in judged(lots, many):
            line.advance(share=item.share)
            if said is None:
                outcome = Outcome.BAD_INPUT
                _show_closed(item, as_json)
            else:
                _show(item.name, said, as_json)
    return outcome


def _show(name: str, said: Judgement, as_json: bool) -> None:
    say = speaker().say
    words = [say(f"reason.{each.mark}", **each.arguments) for each in said.reasons]
    if as_json:
        row = _row(name, said)
        row["reasons"] = [
            {"mark": each.mark, "weight": round(each.weight, 3), "text": text, "arguments": dict(each.arguments)}
            for each, text in zip(said.reasons, words, strict=True)
        ]
        sys.stdout.write(json.dumps(row, ensure_ascii=True) + "\n")
        return
    line = say(
        "judge.line", name=plain(name), verdict=say(f"verdict.{said.verdict}"), percent=f"{100 * said.probability:.1f}"
    )
    sys.stdout.write(line + (f" ({say(f'unsure.{said.why}')})" if said.why else "") + "\n")
    for each, text in zip(said.reasons, words, strict=True):
        sys.stdout.write(f"    {each.weight:+.2f}  {plain(text, 160)}\n")


def _row(name: str, said: Judgement) -> dict[str, Any]:
    return {
        "path": name,
        "verdict": said.verdict.value,
        "probability": round(said.probability, 6),
        "score": round(said.score, 4),
        "threshold": round(said.threshold, 4),
        "language": said.language,
        "why": said.why,
    }


def _show_closed(item: Item, as_json: bool) -> None:
    if as_json:
        row = {
            "path": item.name,
            "verdict": "unsure",
            "probability": 0.5,
            "score": 0.0,
            "language": "none",
            "reasons": [],
        }
        sys.stdout.write(json.dumps(row | {"why": "closed"}, ensure_ascii=True) + "\n")
    else:
        sys.stdout.write(f"{plain(item.name)}: {speaker().say('why.cannot-open')}\n")
