"""Join what makes up for the time in which a source was on trial to the store and the playbook in use.

Answers:    ``missed_of(settings, source)`` gives whom it would have had suppressed, ``make_up_for(settings, found, by=...)``
            suppresses them.
Limits:     a dry run over all that came: it takes as long as ``comity playbook try``, and holds nobody up meanwhile.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from comity.bootstrap import reader_for
from comity.bootstrap.desk import desk_read, desk_write
from comity.bootstrap.playbook import needed_playbook
from comity.model.playbook import ActionKind
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.receive.playbook.catching_up import Missed


def missed_of(settings: Settings, source: str) -> "list[Missed]":
    """Whom a source would have had suppressed; one that is not trusted is refused."""
    from comity.services.receive.playbook.catching_up import missed
    from comity.services.receive.playbook.trying import TryTerms
    from comity.services.receive.prepare import prepare
    from comity.services.receive.sources.deciding import acting

    playbook, now, read = needed_playbook(settings), datetime.now(UTC), reader_for(settings)
    with desk_read(settings) as records:
        name = acting(records.sources, source).name
        terms = TryTerms(playbook=playbook, quiet=timedelta(days=settings.desk.quiet_days), sent=records.past.sent())
        return missed(records, name, terms, again=lambda data, delivery: prepare(data, delivery, read), now=now)


def make_up_for(settings: Settings, found: "Sequence[Missed]", *, by: str) -> int:
    """Suppress those that are known; how many recipients that are."""
    from comity.services.receive.playbook.catching_up import make_up
    from comity.services.receive.playbook.writing_down import WritingDown

    live = [ActionKind(each) for each in settings.playbook.live]
    with desk_write(settings) as records:
        return make_up(records, found, WritingDown(live), by=by, now=datetime.now(UTC))
