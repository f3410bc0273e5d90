"""Lines of Postfix: smtpd names the login, cleanup the Message-ID, both under the queue id.

Trust:      as ``comity.formats.maillog``. What a client says (HELO, Message-ID) stands in lines of other forms or behind ``=``.
Standards:  Postfix 3.x logging, syslog's time (RFC 3164) or RFC 3339; short and long queue ids.
Answers:    ``read(line, zone, now)`` gives ``Handed`` or None; ``moment`` reads the time of a line.
"""

import re
from datetime import datetime, timedelta, tzinfo
from typing import Final

from comity.formats.maillog.terms import ID_LIMIT, Handed, cut

_LINE: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\S{8,25}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S{1,255}) "
    r"postfix\S{0,60}/(?P<service>smtpd|cleanup)\[\d{1,10}\]: (?P<queue>[0-9A-Za-z]{3,30}): (?P<rest>.{1,3000})",
    re.ASCII,
)
_LOGIN: Final = re.compile(r"(?:^|, )sasl_username=(.+?)(?:, sasl_sender=|$)")
_MESSAGE_ID: Final = re.compile(r"(?:resent-)?message-id=<?([^<>]{1,996})>?$")
_SYSLOG: Final = "%Y %b %d %H:%M:%S"
_AHEAD: Final = timedelta(days=1)


def read(line: str, zone: tzinfo, now: datetime) -> Handed | None:
    """What a line says of a mail."""
    found = _LINE.match(line.rstrip("\r\n"))
    if found is None:
        return None
    rest, is_client = found["rest"], found["service"] == "smtpd"
    said = (_LOGIN.search(rest) if rest.startswith("client=") else None) if is_client else _MESSAGE_ID.match(rest)
    at = None if said is None else moment(found["time"], zone, now)
    if said is None or at is None:
        return None
    login, message_id = (cut(said[1]), None) if is_client else (None, cut(said[1], ID_LIMIT))
    if login is None and message_id is None:
        return None
    return Handed(at=at, host=found["host"].lower(), queue_id=found["queue"], login=login, message_id=message_id)


def moment(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The time of a line; of one without a year the latest that is not ahead of ``now``."""
    try:
        if text[4:5] == "-":
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(now.tzinfo)
        for year in (now.year + 1, now.year, now.year - 1):
            dated = _dated(f"{year} {text}", zone)
            if dated is not None and dated <= now + _AHEAD:
                return dated.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None
    return None


def _dated(text: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.strptime(" ".join(text.split()), _SYSLOG).replace(tzinfo=zone)
    except ValueError:  # the 29th of February of another year
        return None
