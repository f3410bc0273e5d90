"""The settings: one frozen record a room, read once out of ``comity.toml``.

Trust:      the file is the operator's own; a slip in it is answered with the line and the nearest right name.
Answers:    ``read_settings(path)`` gives ``Settings`` or raises ``ComityError`` (outcome CONFIGURATION) on the first thing that is
            wrong; ``Settings()`` is what holds without a file.
Limits:     only ``comity.bootstrap`` imports this room; the other rooms get values.
"""

from comity.settings.desk import DeskSettings
from comity.settings.own import OwnSettings
from comity.settings.reader import parse, read_settings
from comity.settings.records import (
    ComplainSettings,
    IdentitySettings,
    ReadingSettings,
    Settings,
    StoreSettings,
)
from comity.settings.sending import SendingSettings

__all__ = [
    "ComplainSettings",
    "DeskSettings",
    "IdentitySettings",
    "OwnSettings",
    "ReadingSettings",
    "SendingSettings",
    "Settings",
    "StoreSettings",
    "parse",
    "read_settings",
]
