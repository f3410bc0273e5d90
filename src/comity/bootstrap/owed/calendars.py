"""Join the settings to the days on which our own people work.

Answers:    ``own_calendar(settings)``: that of the playbook in use; without one every weekday, by UTC.
"""

from datetime import UTC

from comity.bootstrap.playbook import playbook_in_use
from comity.model.playbook import Calendar
from comity.settings import Settings


def own_calendar(settings: Settings) -> Calendar:
    """When we work."""
    playbook = playbook_in_use(settings)
    return playbook.calendar if playbook is not None else Calendar(zone=UTC)
