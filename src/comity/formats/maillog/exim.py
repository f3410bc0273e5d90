"""Lines of Exim's main log: one for each mail that was taken in, with login and Message-ID.

Trust:      as ``comity.formats.maillog``. The sender's address stands before the fields, and holds no blank.
Standards:  Exim's specification, chapter "Log files": ``A=`` authenticator and login, ``id=`` Message-ID.
Answers:    ``read(line, zone)`` gives ``Handed`` or None; ``moment(text, offset, zone)`` when it was.
Limits:     without an offset in the line (``log_timezone``) the zone holds.
"""

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

from comity.formats.maillog.terms import ID_LIMIT, Handed, cut

_LINE: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)(?P<zone> [+-]\d{4})?(?: \[\d{1,10}\])? "
    r"(?P<queue>[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) <= (?P<rest>.{1,4000})",
    re.ASCII,
)
_LOGIN: Final = re.compile(r" A=[^\s:]{1,60}:(\S{1,200})")
_MESSAGE_ID: Final = re.compile(r" id=(\S{1,996})")


def read(line: str, zone: tzinfo) -> Handed | None:
    """What a line says of a mail.

    >>> line = "2026-11-28 08:00:00 1vPABC-000000001hZ-2abc <= ann@west.example H=a [192.0.2.7] P=esmtpsa A=plain:ann id=1@a"
    >>> found = read(line, UTC)
    >>> found.login, found.message_id, found.queue_id
    ('ann', '1@a', '1vPABC-000000001hZ-2abc')
    """
    found = _LINE.match(line.rstrip("\r\n"))
    if found is None:
        return None
    login, named = _LOGIN.search(found["rest"]), _MESSAGE_ID.search(found["rest"])
    at = moment(found["time"], found["zone"], zone)
    if login is None or at is None:
        return None
    message_id = cut(named[1].strip("<>"), ID_LIMIT) if named else None
    return Handed(at=at, queue_id=found["queue"], login=cut(login[1]), message_id=message_id)


def moment(text: str, offset: str | None, zone: tzinfo) -> datetime | None:
    """When it was; ``zone`` holds where the line says no offset."""
    try:
        found = datetime.fromisoformat(text + (offset or "").strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
