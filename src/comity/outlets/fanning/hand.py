"""What a hand does, in whatever process and on whatever machine: it unpacks the filter once, and judges lots by it.

Answers:    ``hand(model, share, lot)`` gives the judgements of a lot; ``version(...)`` what program this is.
Limits:     one filter a process, the last one that was used.
"""

from collections.abc import Sequence

from comity import __version__
from comity.model.verdict import Judgement
from comity.services.judge.filtering import Filter
from comity.services.judge.spread import judge_lot
from comity.verdict.model_file import unpack

_held: list[tuple[bytes, float, Filter]] = []


def hand(model: bytes, share: float, lot: Sequence[bytes]) -> list[Judgement]:
    """Judge a lot by the filter in these bytes."""
    if not _held or _held[0][:2] != (model, share):
        judge = Filter.of(unpack(model))
        judge.budget.share = share
        _held[:] = [(model, share, judge)]
    return judge_lot(_held[0][2], lot)


def version() -> str:
    """Of the program that judges here."""
    return __version__
