"""Join the pages about infected lines, flows and the playbook to the settings.

Answers:    ``remedy_doing(settings)``; ``Networks(settings).find`` says whose an address is.
Limits:     the playbook's file is read when a page asks for it: the page shows what the file says now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from comity.model.period import Period
from comity.services.public.pages.remedy import RemedyDoing
from comity.services.remedy.effect.answers import Understood
from comity.services.remedy.effect.measuring import Effect
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.known_network import KnownNetwork
    from comity.outlets.prefix_index import PrefixIndex


def remedy_doing(settings: Settings) -> RemedyDoing:
    """What the pages are told."""
    from comity.bootstrap.playbook import playbook_in_use

    return RemedyDoing(
        effect=partial(_effect, settings),
        answers=partial(_answers, settings),
        playbook=partial(playbook_in_use, settings),
        live=frozenset(settings.playbook.live),
    )


def _effect(settings: Settings, records: Any, *, now: datetime, period: Period | None) -> Effect:
    from comity.bootstrap.remedy.effect import measured

    return measured(settings, records, now=now, period=period)


def _answers(
    settings: Settings, records: Any, *, period: Period | None
) -> tuple[Sequence[Understood], Mapping[str, Mapping[str, str]]]:
    from comity.bootstrap.remedy.effect import answered

    return answered(settings, records, period=period)


class Networks:
    """Whose an address is; the table is read when somebody asks first, and again when it has changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._seen: int | None = None
        self._index: PrefixIndex | None = None

    def are_known(self) -> bool:
        """Whether there is a table."""
        from comity.bootstrap.data import prefix_path

        return prefix_path(self._settings).exists()

    def find(self, address: str) -> "KnownNetwork | None":
        """What the table says of it."""
        from comity.bootstrap.data import prefix_index, prefix_path

        with self._lock:
            try:
                seen = prefix_path(self._settings).stat().st_mtime_ns
            except OSError:
                return None
            if seen != self._seen:
                self._index, self._seen = prefix_index(self._settings), seen
            return None if self._index is None else self._index.find(address)
