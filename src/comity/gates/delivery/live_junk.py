"""The campaigns that are junked for a while because vetted people complained: asked at each mail, read when they change.

Answers:    ``LiveJunk.judged(data, said)``: the judgement, or that the mail is spam with the reason ``campaign``.
Limits:     the file is looked at once a second. While nothing is junked it costs nothing; else about a millisecond a mail, for the
            fingerprint.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from comity.model.verdict import Judgement, Reason, Verdict
from comity.services.judge.learning.campaign import fingerprint

_LOOK: Final = 1.0
_WEIGHT: Final = 4.0  # log-odds above the threshold: a word of people, not a certainty

Stamp = tuple[int, ...] | None


class LiveJunk:
    """Fingerprints behind a file."""

    def __init__(
        self,
        load: Callable[[], Mapping[str, datetime]],
        stamp: Callable[[], Stamp],
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        """``load`` reads the file, ``stamp`` says whether it is another one."""
        self._load, self._stamp, self._clock, self._now = load, stamp, clock, now
        self._seen, self._looked = stamp(), clock()
        self._campaigns = load()

    def judged(self, data: bytes, said: Judgement | None) -> Judgement | None:
        """What is said of a mail; ``data`` is without marks of ours."""
        if said is None or not self._current():
            return said
        end = self._campaigns.get(fingerprint(data))
        if end is None or end <= self._now():
            return said
        reason = Reason(mark="campaign", weight=_WEIGHT, arguments={"until": end.strftime("%H:%M UTC")})
        score = max(said.score, said.threshold + _WEIGHT)
        return replace(
            said,
            verdict=Verdict.SPAM,
            score=score,
            probability=max(said.probability, 0.99),
            reasons=(reason, *said.reasons),
            why=None,
        )

    def _current(self) -> Mapping[str, datetime]:
        if self._clock() - self._looked >= _LOOK:
            self._looked = self._clock()
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen, self._campaigns = stamp, self._load()
        return self._campaigns
