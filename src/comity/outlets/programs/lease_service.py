"""Ask a program of the operator's who held some addresses.

Trust:      the address stands in our settings, and nowhere else (promise P6); the answer is read by ``formats.leases.asking``.
Answers:    ``LeaseService(place, seconds)(asked, now)`` gives the leases, or a word that says why there is no answer.
Limits:     one conversation for at most ``asking.MOST`` questions; what is cut short is no answer.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.formats.leases import asking
from comity.formats.leases.terms import Mistake
from comity.model.lease import Asked, Lease
from comity.outlets.programs.posting import Place, post

_OK = 200


class LeaseService:
    """The way to it."""

    def __init__(self, place: Place, *, seconds: float) -> None:
        self._place, self._seconds = place, seconds

    def __call__(self, asked: Sequence[Asked], now: datetime) -> list[Lease] | str:
        """Ask once."""
        body = asking.question(asked)
        said = post(self._place, body, {"accept": "application/json"}, seconds=self._seconds, most=asking.LIMIT)
        if said.status == 0:
            return "away"
        if said.status != _OK:
            return f"status-{said.status}"
        if said.is_cut:
            return "answer-size"
        found = asking.answer(said.data, now)
        return found.code if isinstance(found, Mistake) else found
