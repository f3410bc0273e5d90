"""Say at the start which files the settings name that are not there.

Answers:    ``say_what_is_missing(settings, log)``.
Limits:     the program starts all the same: what needs the file fails alone, and mail is taken in.
"""

from comity.model.log_events import LogEvent
from comity.settings import Settings
from comity.settings.named_files import missing_files


def say_what_is_missing(settings: Settings, log: LogEvent) -> None:
    """Each with the line that names it."""
    for error in missing_files(settings):
        log("setting-file-missing", setting=error.details["name"], place=error.place)
